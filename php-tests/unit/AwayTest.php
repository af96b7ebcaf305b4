<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Exchange is busy, down, or fails on one contact: all processes leave it alone together, and one contact stops no other. */
final class AwayTest extends SyncTestCase
{
    private const OPEN = '$sync = new ExchangeContactSync(json_decode(getenv("CONFIG"), true));';

    /**
     * R25, P5, semantics 47: whichever way a server says that it is busy, or does not answer, no process sends anything before the time;
     * afterwards everything is delivered.
     *
     * @dataProvider outages
     *
     * @param array<string, mixed> $more of the fault
     */
    public function testNoProcessSendsAnythingBeforeTheTime(string $kind, array $more, int $least, int $most): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, ['first_name' => 'Busy', 'phone' => '1']);
        $this->exchange->fault('UpdateItem', $kind, 1, $more);
        // The first update of a pair reads before it writes.
        $this->db->update($id, ['phone' => '2']);
        $result = $sync->push($id);
        self::assertPushed(Outcome::Queued, $result);
        $left = $this->left();
        self::assertGreaterThanOrEqual($least - 1, $left);
        self::assertLessThanOrEqual($most, $left);
        $this->exchange->resetStats();
        $other = $this->db->insert(['first_name' => 'Waits']);
        $printed = $this->php(self::OPEN . <<<PHP
            echo \$sync->push($other)->outcome()->value, ' ';
            foreach (['pull', 'sync', 'pushPending', 'plan'] as \$call) {
                try { \$sync->\$call(); echo 'sent '; } catch (ExchangeContactSync\\ExchangeException \$e) { echo 'refused '; }
            }
            PHP);
        self::assertSame('queued refused refused refused refused ', $printed);
        self::assertSame(0, $this->exchange->stats()['total']);
        $this->passes($left + 1);
        $this->round($sync);
        self::assertSame(0, $sync->state()->pending());
        self::assertNull($this->left(), 'the first success ends the wait');
        $this->assertSidesAgree();
    }

    /**
     * @return iterable<string, array{string, array<string, mixed>, int, int}>
     */
    public function outages(): iterable
    {
        yield 'HTTP 503 with Retry-After' => ['http_status', ['status' => 503, 'retryAfter' => 90], 90, 113];
        yield 'HTTP 429' => ['http_status', ['status' => 429, 'retryAfter' => '90'], 90, 113];
        yield 'HTTP 503 alone' => ['http_status', ['status' => 503], 5, 7];
        yield 'an answer cut off' => ['cut_before', [], 5, 7];
        yield from Simulator::overGraph() ? $this->outagesOfGraph() : $this->outagesOfEws();
    }

    /**
     * @return iterable<string, array{string, array<string, mixed>, int, int}>
     */
    private function outagesOfGraph(): iterable
    {
        $busy = static fn (int $status, string $code, ?string $wait): array => [
            'graph_error', ['status' => $status, 'code' => $code] + ($wait === null ? [] : ['retryAfter' => $wait]),
        ];
        yield 'too many requests' => [...$busy(429, 'TooManyRequests', '90'), 90, 113];
        yield 'too many at once, with a fraction' => [...$busy(429, 'ApplicationThrottled', '89.128'), 90, 113];
        yield 'a service that is busy' => [...$busy(503, 'ErrorServerBusy', '90'), 90, 113];
        yield 'until a moment' => [...$busy(429, 'TooManyRequests', gmdate('D, d M Y H:i:s', time() + 3_600) . ' GMT'), 3_000, 4_500];
        yield 'no time named' => [...$busy(429, 'activityLimitReached', null), 10, 13];
        yield 'an error inside' => [...$busy(500, 'ErrorInternalServerTransientError', null), 5, 7];
    }

    /**
     * @return iterable<string, array{string, array<string, mixed>, int, int}>
     */
    private function outagesOfEws(): iterable
    {
        yield 'a SOAP fault' => ['server_busy_fault', ['backOffMilliseconds' => 90_000], 90, 113];
        yield 'a response message' => ['server_busy_message', ['backOffMilliseconds' => 90_000], 90, 113];
        yield 'an inner code' => ['item_error', ['code' => 'ErrorInternalServerError', 'inner' => 'ErrorServerBusy'], 10, 13];
        yield 'in another language' => ['soap_fault', ['code' => 'ErrorServerBusy', 'text' => 'Der Server ist beschäftigt.'], 10, 13];
        yield 'no time named' => ['server_busy_fault', ['backOffMilliseconds' => 0], 10, 13];
    }

    /** R25: the wait grows with every failure in a row; of many processes that come when it is over, one asks. */
    public function testTheWaitGrowsAndOneProcessFindsOut(): void
    {
        $sync = $this->ready();
        $before = 0;
        foreach ([5, 10, 20, 40] as $least) {
            $this->exchange->fault('SyncFolderItems', 'cut_before');
            self::thrown(ExchangeException::class, fn () => $sync->pull());
            $before = (int) $this->left();
            self::assertGreaterThanOrEqual($least - 1, $before);
            self::assertLessThanOrEqual($least * 1.25, $before);
            $this->passes($before + 1);
        }
        $ids = [];
        for ($n = 0; $n < 6; $n++) {
            $ids[] = $this->db->insert(['first_name' => "Crowd $n"]);
        }
        $this->exchange->resetStats();
        // The one that asks gets no answer until all others have come.
        $this->exchange->fault(null, 'delay_ms', 1, ['ms' => 2_000]);
        $this->exchange->fault(null, 'cut_before');
        $running = [];
        foreach ($ids as $id) {
            $running[] = $this->start(self::OPEN . "echo \$sync->push($id)->outcome()->value;");
        }
        foreach ($running as [$process, $pipe]) {
            self::assertSame('queued', stream_get_contents($pipe));
            proc_close($process);
        }
        self::assertSame(1, $this->exchange->stats()['total']);
        $this->passes(3_600);
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** P6: Exchange dies on one contact every time; the others arrive, that one is held after its tries, and arrives when it is corrected. */
    public function testAPoisonContactIsHeldAndStopsNoOther(): void
    {
        $sync = $this->ready();
        $poison = $this->db->insert(['first_name' => 'Poison', 'last_name' => 'Apple']);
        for ($n = 0; $n < 3; $n++) {
            $this->db->insert(['first_name' => "Good $n"]);
        }
        $this->exchange->fault('CreateItem', 'cut_before', null, ['containing' => 'Poison']);
        for ($round = 0; $round < 20 && $sync->held() === []; $round++) {
            $sync->pushPending();
            $this->passes(3_600);
        }
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertSame((string) $poison, $held[0]->key());
        self::assertStringContainsString('while it answered otherwise', $held[0]->reason());
        self::assertStringContainsString('Apple', $held[0]->label());
        self::assertCount(3, $this->exchange->items());
        $this->db->update($poison, ['first_name' => 'Cured']);
        self::assertPushed(Outcome::Created, $sync->push($poison));
        self::assertSame([], $sync->held());
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** P1, semantics 26: a server that takes a stale ChangeKey loses nobody's edit unnoticed. */
    public function testAServerThatChecksNoChangeKeyLosesNoEdit(): void
    {
        $this->exchange->call('POST', '/modes', ['ignoreChangeKeys' => true]);
        $sync = $this->ready(['policy' => ['conflict' => 'webapp']]);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Careful', 'phone' => '1']);
        foreach ([0, 1] as $time) {
            $this->exchange->edit($item, ['BusinessPhone' => "theirs $time", 'JobTitle' => "title $time"]);
            $this->db->update($id, ['phone' => "ours $time"]);
            self::assertPushed(Outcome::Merged, $sync->push($id));
            $this->assertItem(['BusinessPhone' => "ours $time", 'JobTitle' => "title $time"], $item);
            $this->assertRow(['job_title' => "title $time"], $id);
            self::assertSame("theirs $time", $sync->conflicts()[$time]->item());
        }
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** R24, semantics 32: with Exchange's clock five minutes wrong either way, the later edit wins. */
    public function testTheLaterEditWinsWithWrongClocks(): void
    {
        foreach ([300, -300] as $ahead) {
            foreach ([60 => 'row', -60 => 'item'] as $later => $winner) {
                $this->tearDown();
                $this->setUp();
                $this->exchange->call('POST', '/modes', ['clockAhead' => $ahead]);
                $sync = $this->ready();
                [$id, $item] = $this->linked($sync, ['first_name' => 'Clock', 'phone' => '1']);
                $this->exchange->edit($item, ['BusinessPhone' => 'item']);
                $this->db->update($id, ['phone' => 'row']);
                // As if the row had been edited a minute after, or before, the item.
                $this->db->pdo->exec("UPDATE ecs_outbox SET at = at + INTERVAL $later SECOND");
                $this->round($sync);
                $this->assertRow(['phone' => $winner], $id);
                $this->assertItem(['BusinessPhone' => $winner], $item);
                self::assertCount(1, $sync->conflicts());
            }
        }
    }

    /** The seconds for which Exchange is still left alone. */
    private function left(): ?int
    {
        $left = $this->db->pdo->query('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), back_off_until) FROM ecs_activity')->fetchColumn();
        return $left === null ? null : (int) $left;
    }

    /** So many seconds pass for the database, by whose clock everything waits (R25). */
    private function passes(int $seconds): void
    {
        $this->db->pdo->exec("UPDATE ecs_activity SET back_off_until = back_off_until - INTERVAL $seconds SECOND");
        $this->db->pdo->exec("UPDATE ecs_attempts SET at = at - INTERVAL $seconds SECOND");
    }

    /**
     * @return array{resource, resource} process and what it prints
     */
    private function start(string $code): array
    {
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', $code],
            [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['redirect', 1]],
            $pipes,
            null,
            ['CONFIG' => json_encode($this->config(), JSON_THROW_ON_ERROR)] + getenv(),
        );
        self::assertIsResource($process);
        return [$process, $pipes[1]];
    }
}
