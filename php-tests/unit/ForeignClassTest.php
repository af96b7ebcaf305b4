<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** What lies in a contacts folder and is no contact: lists of addresses, mails, whatever somebody dragged there. */
final class ForeignClassTest extends SyncTestCase
{
    private const FOREIGN = ['IPM.DistList', 'IPM.DistList.Custom', 'IPM.Note', 'IPM.Post', 'IPM.Activity'];

    /** semantics 12, P7, P8: they become no rows, count as skipped, and nothing is ever written to them. */
    public function testTheyAreSkippedAndStayAsTheyAre(): void
    {
        $sync = $this->ready();
        [$id, $contact] = $this->linked($sync, ['first_name' => 'Bo', 'phone' => '1']);
        $ids = array_map($this->foreign(...), self::FOREIGN);
        $before = array_map($this->exchange->item(...), $ids);
        $report = $this->round($sync);
        self::assertSame([count($ids), 0, 0, 0], [$report->skipped(), $report->inserted(), $report->deleted(), $report->held()]);
        $this->db->update($id, ['phone' => '2']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        // Also where the whole folder is listed anew.
        $sync->state()->reset();
        $report = $this->round($sync);
        self::assertSame([count($ids), 0, 0], [$report->skipped(), $report->inserted(), $report->deleted()]);
        self::assertSame($before, array_map($this->exchange->item(...), $ids));
        self::assertSame([1, 1], [$this->db->count(), $sync->state()->linked()]);
        $this->assertItem(['GivenName' => 'Bo', 'BusinessPhone' => '2'], $contact);
    }

    /** semantics 12, P7: their coming, changing and going is no contact's. */
    public function testTheirGoingIsNoDeletionOfAContact(): void
    {
        $sync = $this->ready(['policy' => ['max_deletes' => 0, 'max_delete_share' => 0.0]]);
        $this->many($sync, 3);
        $ids = array_map($this->foreign(...), self::FOREIGN);
        $this->round($sync);
        foreach ($ids as $place => $item) {
            $this->exchange->edit($item, ['Subject' => 'Edited']);
            $this->round($sync);
            $this->exchange->delete($item, $place % 2 === 0 ? 'MoveToDeletedItems' : 'HardDelete');
            $report = $this->round($sync);
            self::assertSame([0, 0, 0], [$report->deleted(), $report->pendingDeletes(), $report->held()]);
        }
        $sync->state()->reset();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->deleted(), $report->pendingDeletes(), $report->skipped()]);
        self::assertSame([3, 3], [$this->db->count(), $sync->state()->linked()]);
    }

    /** semantics 12, P4: a folder with nothing else in it is a quiet one. */
    public function testTheyCostNothingInIdleRounds(): void
    {
        $sync = $this->ready();
        array_map($this->foreign(...), self::FOREIGN);
        $this->round($sync);
        $this->exchange->resetStats();
        for ($round = 0; $round < 3; $round++) {
            self::assertSame([0, 0], [$this->round($sync)->fetched(), $this->round($sync)->skipped()]);
        }
        self::assertSame([6, 0], [$this->exchange->stats()['total'], $this->exchange->stats()['writes']]);
    }

    /** semantics 12, P7: a form of one's own is no plain contact, also where a contact gets it later. */
    public function testFormsOfOnesOwnAreLeftAloneUnlessTheyAreNamed(): void
    {
        $sync = $this->ready();
        $item = $this->foreign('IPM.Contact.Custom', ['GivenName' => 'Anna', 'BusinessPhone' => '1']);
        $report = $this->round($sync);
        self::assertSame([0, 1, 0], [$report->inserted(), $report->skipped(), $this->db->count()]);
        $before = $this->exchange->item($item);
        for ($round = 0; $round < 2; $round++) {
            $sync->state()->reset();
            self::assertSame(1, $this->round($sync)->skipped());
        }
        self::assertSame($before, $this->exchange->item($item));

        $wider = $this->ready(['exchange' => ['item_classes' => ['IPM.Contact.*']]]);
        $wider->state()->reset();
        self::assertSame([1, 0], [($report = $this->round($wider))->inserted(), $report->skipped()]);
        $row = $this->db->find('first_name', 'Anna');
        $this->db->update($row['id'], ['phone' => '2']);
        self::assertPushed(Outcome::Updated, $wider->push($row['id']));
        $this->assertItem(['BusinessPhone' => '2'], $item);
        self::assertSame('IPM.Contact.Custom', $this->exchange->item($item)['itemClass']);
        // With the narrower setting its next edit ends that: the row stays.
        $this->exchange->edit($item, ['BusinessPhone' => '3']);
        $report = $this->round($sync);
        self::assertSame([1, 0, 0], [$report->detached(), $report->deleted(), $report->updated()]);
        $this->assertRow(['phone' => '2'], (int) $row['id']);
        $this->exchange->delete($item);
        self::assertSame(0, $this->round($sync)->deleted());
        $this->assertRow(['phone' => '2'], (int) $row['id']);
    }

    /**
     * @param array<string, mixed> $fields
     */
    private function foreign(string $class, array $fields = ['DisplayName' => 'All of us', 'Subject' => 'All of us']): string
    {
        return $this->exchange->call('POST', '/items', [
            'mailbox' => Simulator::MAILBOX, 'folder' => 'contacts', 'itemClass' => $class, 'fields' => $fields,
        ])['id'];
    }
}
