<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Tests\SyncTestCase;
use SyncState;

/** state(): where a pair stands, and how that moves. */
final class StateTest extends SyncTestCase
{
    public function testTheStateCountsWhatThereIs(): void
    {
        $sync = $this->sync();
        $sync->install();
        $state = $sync->state();
        self::assertSame([null, null, null, 0], [$state->cursor(), $state->lastPull(), $state->lastPush(), $state->linked()]);
        $this->exchange->seed(5);
        $this->round($sync);
        $sync->push($this->db->insert(['first_name' => 'Sixth']));
        $this->db->insert(['first_name' => 'Waits']);
        $state = $sync->state();
        self::assertSame([6, 1, 0, 0], [$state->linked(), $state->pending(), $state->held(), $state->conflicts()]);
        self::assertNotSame('', (string) $state->folder());
        self::assertNotSame('', (string) $state->cursor());
        foreach ([$state->lastPull(), $state->lastPush()] as $time) {
            self::assertInstanceOf(\DateTimeImmutable::class, $time);
            self::assertSame(0, $time->getOffset());
            self::assertLessThan(120, abs($time->getTimestamp() - time()));
        }
        $shown = $state->toArray();
        self::assertSame(6, $shown['linked']);
        self::assertSame($state->lastPull()->getTimestamp(), (new \DateTimeImmutable($shown['last_pull']))->getTimestamp());
        self::assertSame(json_encode($shown), json_encode($state));
        // A state is a look at one moment.
        $sync->pushPending();
        self::assertSame(1, $state->pending());
        self::assertSame(0, $sync->state()->pending());
    }

    public function testAStateMovesAsText(): void
    {
        $this->exchange->seed(5);
        $sync = $this->ready();
        $text = $sync->state()->toString();
        self::assertMatchesRegularExpression('/^[\x21-\x7e]+$/', $text);
        $state = SyncState::fromString($text);
        self::assertSame($sync->state()->cursor(), $state->cursor());
        self::assertSame($sync->state()->folder(), $state->folder());
        $sync->state()->reset();
        self::assertNull($sync->state()->cursor());
        $sync->restore($state);
        self::assertSame($state->cursor(), $sync->state()->cursor());
        $this->exchange->resetStats();
        self::assertSame(0, $sync->pull()->fetched());
        self::assertSame(5, $this->db->count());
    }

    public function testADamagedTextIsRefused(): void
    {
        $this->exchange->seed(1);
        $text = $this->ready()->state()->toString();
        foreach (['', 'nonsense', substr($text, 0, -3), $text . 'AAAA', strrev($text)] as $damaged) {
            self::thrown(ConfigException::class, fn () => SyncState::fromString($damaged));
        }
    }

    public function testTheStateOfAnotherFolderIsRefused(): void
    {
        $this->exchange->folder('contacts/Other');
        $here = $this->ready();
        $there = $this->ready(['exchange' => ['folder' => 'contacts/Other']]);
        $cursor = $here->state()->cursor();
        self::thrown(ConfigException::class, fn () => $here->restore($there->state()));
        self::assertSame($cursor, $here->state()->cursor());
    }

    public function testTheReportIsAnArrayAndJson(): void
    {
        $this->exchange->seed(3);
        $sync = $this->sync();
        $sync->install();
        $report = $sync->pull();
        $shown = $report->toArray();
        self::assertSame(
            ['fetched', 'inserted', 'updated', 'deleted', 'created', 'pushed_updates', 'pushed_deletes', 'matched', 'merged',
                'conflicts', 'held', 'detached', 'skipped', 'pending_deletes', 'queued', 'ambiguous', 'warnings', 'requests',
                'complete', 'failure'],
            array_keys($shown),
        );
        self::assertSame([3, 3, true, null], [$shown['fetched'], $shown['inserted'], $shown['complete'], $shown['failure']]);
        self::assertSame(json_encode($shown), json_encode($report));
        $result = $sync->push($this->db->insert(['first_name' => 'Json']));
        self::assertSame(['key', 'outcome', 'error', 'conflicts', 'synced'], array_keys($result->toArray()));
        self::assertSame(json_encode($result->toArray()), json_encode($result));
    }
}
