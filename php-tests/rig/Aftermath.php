<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use ExchangeContactSync;
use ExchangeContactSync\BusyException;
use ExchangeContactSync\ExchangeException;

/** What must be true once everything that was thrown at a pair has come to its end. */
trait Aftermath
{
    /** What a hurry cannot wait for: all times are those of the database (R25), so time passes when they are moved back. */
    protected function timePasses(): void
    {
        foreach ([
            'ecs_activity' => 'back_off_until', 'ecs_attempts' => 'at', 'ecs_held' => 'tried', 'ecs_tombstones' => 'at',
        ] as $table => $column) {
            $this->db->pdo->exec("UPDATE $table SET $column = $column - INTERVAL 2 HOUR");
        }
    }

    /** Rounds as cron makes them, by a process that nothing happens to, until both sides have come to rest. */
    protected function recover(ExchangeContactSync $sync, string $case): void
    {
        for ($round = 0; $round < 8; $round++) {
            $this->timePasses();
            try {
                $report = $this->onceFree($sync);
            } catch (ExchangeException) {
                continue;
            }
            $quiet = array_sum([$report->inserted(), $report->updated(), $report->deleted(), $report->created(), $report->pushedUpdates(), $report->pushedDeletes()]) === 0;
            if ($quiet && $sync->state()->pending() === 0 && $round > 0) {
                return;
            }
        }
        self::fail("$case: no rest after $round rounds: " . json_encode($sync->state()));
    }

    /** R20: the lease of a killed process is free as soon as the server has seen the end of its connection, without any expiry. */
    private function onceFree(ExchangeContactSync $sync): ExchangeContactSync\SyncReport
    {
        $until = microtime(true) + 3;
        while (true) {
            try {
                return $sync->sync();
            } catch (BusyException $busy) {
                if (microtime(true) > $until) {
                    throw $busy;
                }
                usleep(2_000);
            }
        }
    }

    /** P1, P2, P4: both sides alike, nobody there twice, links one to one, nothing waiting, and then silence. */
    protected function assertOneAddressBook(ExchangeContactSync $sync, string $case): void
    {
        $held = array_map(static fn ($held): string => $held->reason(), $sync->held());
        self::assertSame([], $held, $case);
        try {
            $this->assertSidesAgree();
        } catch (\PHPUnit\Framework\AssertionFailedError $error) {
            Tally::count('violations');
            throw new \PHPUnit\Framework\AssertionFailedError("$case: " . $error->getMessage(), 0, $error);
        }
        $twice = $this->db->pdo->query('SELECT first_name FROM contacts GROUP BY first_name HAVING COUNT(*) > 1')->fetchAll(\PDO::FETCH_COLUMN);
        self::assertSame([], $twice, "$case: doubled");
        $links = $this->db->pdo->query('SELECT COUNT(*), COUNT(DISTINCT row_key), COUNT(DISTINCT item_hash) FROM ecs_links')->fetch(\PDO::FETCH_NUM);
        $rows = $this->db->count();
        self::assertEquals([$rows, $rows, $rows], $links, "$case: links are not one to one");
        self::assertSame(0, $sync->state()->pending(), $case);
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        $sync->sync();
        $stats = $this->exchange->stats();
        self::assertSame([1, 0], [$stats['total'], $stats['writes']], "$case: not silent: " . json_encode($stats));
        self::assertSame($before, $this->db->fingerprint(), "$case: not silent");
    }
}
