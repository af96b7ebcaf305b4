<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\SyncTestCase;

/** When both sides agree, nothing happens. */
final class SilenceTest extends SyncTestCase
{
    /** P4, semantics 24. */
    public function testTenIdleRoundsWriteNothingAndFetchNoItem(): void
    {
        $sync = $this->ready();
        $this->exchange->seed(80, 11);
        for ($n = 0; $n < 40; $n++) {
            $this->db->insert([
                'first_name' => "Here $n", 'notes' => "line\r\nline 🎉", 'tags' => 'b, a', 'phone' => ' +49 30 1 ', 'birthday' => '1980-02-29',
            ]);
        }
        $this->round($sync);
        $this->round($sync);
        self::assertSame(120, $sync->state()->linked());
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        $items = $this->exchange->items();
        $writes = $this->db->writes();
        for ($round = 0; $round < 10; $round++) {
            $report = $sync->sync();
            self::assertSame([0, 0, 0, 0, 0], [
                $report->fetched(), $report->updated(), $report->inserted(), $report->created(), $report->pushedUpdates(),
            ]);
        }
        $stats = $this->exchange->stats();
        self::assertSame(0, $stats['writes']);
        self::assertSame(0, $stats['requests']['GetItem'] ?? 0);
        self::assertSame(10, $stats['total'], json_encode($stats));
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame($items, $this->exchange->items());
        $changed = [];
        foreach ($this->db->writes() as $table => $rows) {
            $changed[$table] = $rows - ($writes[$table] ?? 0);
        }
        self::assertSame(0, $changed['contacts'] ?? 0);
        // The one bookkeeping row of the pair: when it was last pulled, and where the rolling comparison is.
        self::assertSame(['ecs_pairs'], array_keys(array_filter($changed)), json_encode($changed));
        self::assertLessThanOrEqual(20, $changed['ecs_pairs']);
    }

    /** P4. */
    public function testAnIdlePullIsOneRequestAlsoOfANewObject(): void
    {
        $this->exchange->seed(20, 12);
        $this->ready();
        foreach ([$this->sync(), $this->sync(['exchange' => ['page_size' => 10]])] as $sync) {
            $this->exchange->resetStats();
            $report = $sync->pull();
            $stats = $this->exchange->stats();
            self::assertSame(['SyncFolderItems' => 1], array_filter($stats['requests']));
            self::assertSame(1, $report->requests());
        }
    }

    /** P4. */
    public function testAnIdlePushPendingAsksExchangeNothing(): void
    {
        $this->exchange->seed(20, 13);
        $sync = $this->ready();
        self::assertSame(0, $sync->pushPending()->requests());
        self::assertSame(0, $this->exchange->stats()['total']);
    }

    public function testOneObjectKeepsOneConnectionToExchange(): void
    {
        $sync = $this->ready();
        $this->exchange->resetStats();
        for ($n = 0; $n < 10; $n++) {
            $sync->push($this->db->insert(['first_name' => "Nr. $n"]));
        }
        self::assertLessThanOrEqual(1, $this->exchange->stats()['connections']);
        self::assertCount(10, $this->exchange->items());
    }
}
