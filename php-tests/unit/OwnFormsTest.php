<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Contacts with a form of the company's own, with `exchange.item_classes`. Over EWS only: Graph names no classes. */
final class OwnFormsTest extends SyncTestCase
{
    /** semantics 12, P7: a form of one's own is no plain contact, also where a contact gets it later. */
    public function testFormsOfOnesOwnAreLeftAloneUnlessTheyAreNamed(): void
    {
        $sync = $this->ready();
        $item = $this->exchange->call('POST', '/items', [
            'mailbox' => Simulator::MAILBOX, 'folder' => 'contacts', 'itemClass' => 'IPM.Contact.Custom',
            'fields' => ['GivenName' => 'Anna', 'BusinessPhone' => '1'],
        ])['id'];
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
}
