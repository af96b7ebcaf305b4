<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** What somebody marks as private in Outlook, with `exchange.private_items`. Over EWS only: Graph cannot leave them out. */
final class PrivateItemTest extends SyncTestCase
{
    private const LEFT_OUT = ['exchange' => ['private_items' => 'leave_out']];

    /** semantics 46: nothing else is said, so they are contacts as all others. */
    public function testTheyAreSyncedByDefault(): void
    {
        $this->exchange->add(['GivenName' => 'Anna', 'Sensitivity' => 'Private']);
        $this->ready();
        self::assertSame('Anna', $this->db->find('first_name', 'Anna')['first_name']);
    }

    /** semantics 46, P8: they become no rows and are never written to. */
    public function testTheyBecomeNoRows(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'Sensitivity' => 'Private', 'EmailAddress1' => 'anna@example.com']);
        $this->exchange->add(['GivenName' => 'Bo', 'Sensitivity' => 'Confidential']);
        $before = $this->exchange->item($item);
        $sync = $this->sync(self::LEFT_OUT);
        $sync->install();
        $report = $this->round($sync);
        self::assertSame([1, 1], [$report->inserted(), $report->skipped()]);
        self::assertSame([1, 'Bo'], [$this->db->count(), $this->db->find('first_name', 'Bo')['first_name']]);
        $sync->state()->reset();
        self::assertSame([0, 1], [($report = $this->round($sync))->inserted(), $report->skipped()]);
        self::assertSame($before, $this->exchange->item($item));
        $this->exchange->resetStats();
        self::assertSame(0, $this->round($sync)->fetched());
    }

    /** semantics 46, P7, R17: one that turns private keeps its row, as it was; turned back, both are one contact again. */
    public function testOneThatTurnsPrivateIsDetachedUntilItTurnsBack(): void
    {
        $sync = $this->ready(self::LEFT_OUT);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'phone' => '030 123456']);
        $this->exchange->edit($item, ['Sensitivity' => 'Private', 'BusinessPhone' => '030 999999']);
        $report = $this->round($sync);
        self::assertSame([1, 0, 0], [$report->detached(), $report->updated(), $report->deleted()]);
        $this->assertRow(['phone' => '030 123456'], $id);

        $this->db->update($id, ['last_name' => 'Muster']);
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        self::assertArrayNotHasKey('Surname', $this->exchange->item($item)['fields']);
        $this->exchange->resetStats();
        self::assertSame([0, 0], [$this->round($sync)->fetched(), $this->exchange->stats()['writes']]);

        $this->exchange->edit($item, ['Sensitivity' => 'Normal']);
        $this->round($sync);
        $this->round($sync);
        self::assertSame([1, 1], [$this->db->count(), count($this->exchange->items())]);
        $this->assertRow(['phone' => '030 999999', 'last_name' => 'Muster'], $id);
        $this->assertItem(['Surname' => 'Muster', 'BusinessPhone' => '030 999999'], $item);
        self::assertSame(['BusinessPhone', '030 123456'], [$sync->conflicts()[0]->property(), $sync->conflicts()[0]->row()]);
    }
}
