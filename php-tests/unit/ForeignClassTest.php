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
        // Graph does not even list them.
        $seen = Simulator::overGraph() ? 0 : count($ids);
        self::assertSame([$seen, 0, 0, 0], [$report->skipped(), $report->inserted(), $report->deleted(), $report->held()]);
        $this->db->update($id, ['phone' => '2']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        // Also where the whole folder is listed anew.
        $sync->state()->reset();
        $report = $this->round($sync);
        self::assertSame([$seen, 0, 0], [$report->skipped(), $report->inserted(), $report->deleted()]);
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

    private function foreign(string $class): string
    {
        return $this->exchange->call('POST', '/items', [
            'mailbox' => Simulator::MAILBOX, 'folder' => 'contacts', 'itemClass' => $class,
            'fields' => ['DisplayName' => 'All of us', 'Subject' => 'All of us'],
        ])['id'];
    }
}
