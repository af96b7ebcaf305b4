<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Exception;
use ExchangeContactSync\Tests\SyncTestCase;

/** What disappears in Exchange in masses waits for a person's word. */
final class GuardInwardTest extends SyncTestCase
{
    /** R8: what was shown and nothing else. */
    public function testManyDeletionsInExchangeWaitForAWord(): void
    {
        $sync = $this->ready();
        $ids = $this->many($sync, 40);
        $this->deletes(15);
        foreach ([1, 2] as $_) {
            $report = $sync->pull();
            self::assertSame([0, 15], [$report->deleted(), $report->pendingDeletes()]);
            self::assertNotSame([], $report->warnings());
            self::assertSame(count($ids), $this->db->count());
        }
        $sync->pushPending();
        self::assertCount(25, $this->exchange->items());
        $report = $sync->confirmDeletes();
        self::assertSame(15, $report->deleted());
        self::assertSame(25, $this->db->count());
        self::assertSame(0, $sync->pull()->pendingDeletes());
        $this->assertSidesAgree();
    }

    /** R8: what is gone only since the report is asked about again; what is back is kept. */
    public function testTheWordCoversWhatWasShownAndIsStillGone(): void
    {
        $sync = $this->ready(['exchange' => ['page_size' => 2]]);
        $this->many($sync, 40);
        $gone = array_slice($this->exchange->items(), 0, 15);
        foreach ($gone as $item) {
            $this->exchange->delete($item['id']);
        }
        self::assertSame(15, $sync->pull()->pendingDeletes());
        $this->deletes(3);
        // Seen by the pull that is cut short, but shown by none.
        self::assertFalse($sync->pull(static fn (): bool => false)->complete());
        self::assertSame(15, $sync->confirmDeletes()->deleted());
        self::assertSame(25, $this->db->count());
        $report = $sync->pull();
        self::assertSame([0, 3], [$report->deleted(), $report->pendingDeletes()]);
        self::assertSame(3, $sync->confirmDeletes()->deleted());
        self::assertSame(0, $sync->confirmDeletes()->deleted());
        $this->assertSidesAgree();
    }

    /** R8: a report that asks the same again writes nothing. */
    public function testAskingAgainWritesNothing(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->deletes(15);
        $asked = $this->round($sync)->warnings();
        $this->round($sync);
        $before = $this->written();
        for ($n = 0; $n < 3; $n++) {
            self::assertSame($asked, $this->round($sync)->warnings());
        }
        self::assertSame($before, $this->written());
    }

    /** R8. */
    public function testAFewDeletionsWaitForNobody(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->deletes(8);
        self::assertSame(8, $sync->pull()->deleted());
        self::assertSame(32, $this->db->count());
    }

    /** R8: under the threshold in each round, but counted over a day. */
    public function testTenDeletionsAMinuteDoNotWalkUnderTheThreshold(): void
    {
        $sync = $this->ready();
        $this->many($sync, 100);
        for ($minute = 0; $minute < 8; $minute++) {
            $this->deletes(10);
            $report = $this->round($sync);
            self::assertSame($minute === 0 ? [10, 0] : [0, 10 * $minute], [$report->deleted(), $report->pendingDeletes()]);
            $this->db->pdo->exec('UPDATE ecs_tombstones SET at = at - INTERVAL 1 MINUTE');
        }
        self::assertSame(90, $this->db->count());
        // A day later what was deleted is no longer counted, but what waits is.
        $this->db->pdo->exec('UPDATE ecs_tombstones SET at = at - INTERVAL 25 HOUR');
        $this->round($sync);
        self::assertSame([90, 70], [$this->db->count(), $this->round($sync)->pendingDeletes()]);
    }

    /** R8: a few a day are what people do. */
    public function testTenDeletionsADayAreCarriedOut(): void
    {
        $sync = $this->ready();
        $this->many($sync, 60);
        for ($day = 0; $day < 4; $day++) {
            $this->deletes(10);
            self::assertSame(10, $this->round($sync)->deleted(), "day $day");
            $this->db->pdo->exec('UPDATE ecs_tombstones SET at = at - INTERVAL 25 HOUR');
        }
        self::assertSame(20, $this->db->count());
    }

    /** R8, semantics 54: the number is known only with the last page. */
    public function testAFolderEmptiedOverManyPagesWipesNothing(): void
    {
        $sync = $this->ready(['exchange' => ['page_size' => 10]]);
        $this->many($sync, 60);
        $this->exchange->empty();
        $report = $this->round($sync);
        self::assertSame([0, 60], [$report->deleted(), $report->pendingDeletes()]);
        self::assertSame(60, $this->db->count());
        $this->round($sync);
        self::assertSame([60, []], [$this->db->count(), $this->exchange->items()]);
        self::assertSame(60, $sync->confirmDeletes()->deleted());
        $this->round($sync);
        self::assertSame([0, []], [$this->db->count(), $this->exchange->items()]);
    }

    /** R8, R11, semantics 6, 7, 54: emptied, and the cursor is lost, in three ways. */
    public function testAnEmptiedFolderWithoutACursorWipesNothing(): void
    {
        foreach (['forgetStates', 'silentRestarts', 'reset'] as $way) {
            $this->tearDown();
            $this->setUp();
            $sync = $this->ready(['exchange' => ['page_size' => 10]]);
            $this->many($sync, 30);
            $this->exchange->empty();
            match ($way) {
                'forgetStates' => $this->exchange->call('POST', '/modes', ['forgetStates' => true]),
                'silentRestarts' => $this->exchange->call('POST', '/modes', ['silentRestarts' => 1]),
                'reset' => $sync->state()->reset(),
            };
            $this->round($sync);
            self::assertSame(30, $this->db->count(), $way);
            $sync->state()->reset();
            $report = $this->round($sync);
            self::assertSame([0, 30], [$report->deleted(), $report->pendingDeletes()], $way);
            self::assertSame([30, []], [$this->db->count(), $this->exchange->items()], $way);
        }
    }

    /** R19, semantics 52, 54: another folder, mailbox or server is no reason to write anything. */
    public function testAWrongFolderStopsBeforeAnyWrite(): void
    {
        $this->exchange->folder('contacts/Empty');
        $pair = ['pair' => 'crm'];
        $this->many($this->ready($pair), 15);
        $before = $this->db->fingerprint();
        foreach ([
            'contacts/Empty' => ['folder' => 'contacts/Empty'], 'boss@example.com' => ['mailbox' => 'boss@example.com'],
            'localhost' => ['url' => str_replace('127.0.0.1', 'localhost', $this->config()['exchange']['url'])],
        ] as $named => $wrong) {
            $other = $this->sync($pair + ['exchange' => $wrong]);
            $this->exchange->resetStats();
            foreach (['pull', 'sync', 'pushPending', 'confirmDeletes'] as $call) {
                $thrown = self::thrown(Exception::class, fn () => $other->$call());
                self::assertStringContainsString($named, $thrown->getMessage(), $call);
                self::assertStringContainsString('nothing was written', $thrown->getMessage(), $call);
            }
            self::assertSame(0, $this->exchange->stats()['writes']);
            self::assertSame($before, $this->db->fingerprint());
        }
        $this->round($this->sync($pair));
        self::assertCount(15, $this->exchange->items());
    }

    /** So many people are deleted in Outlook. */
    private function deletes(int $count): void
    {
        foreach (array_slice($this->exchange->items(), 0, $count) as $item) {
            $this->exchange->delete($item['id']);
        }
    }

    /**
     * @return array<string, int> rows written in each table, the bookkeeping of the pair apart
     */
    private function written(): array
    {
        return array_diff_key($this->db->writes(), ['ecs_pairs' => 0, 'ecs_activity' => 0]);
    }
}
