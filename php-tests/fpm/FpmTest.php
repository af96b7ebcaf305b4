<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Fpm;

use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\FpmPool;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** The extension in php-fpm workers: warm, long-lived, and now and then killed. */
final class FpmTest extends SyncTestCase
{
    private ?FpmPool $pool = null;

    protected function tearDown(): void
    {
        $this->pool?->stop();
        $this->pool = null;
        parent::tearDown();
    }

    public function testTenPushesOfOneWorkerUseOneConnectionToExchange(): void
    {
        $this->ready();
        $this->pool = new FpmPool(1);
        $this->push($this->db->insert(['first_name' => 'Warm-up']));
        $this->exchange->resetStats();
        $workers = [];
        for ($n = 0; $n < 10; $n++) {
            $answer = $this->push($this->db->insert(['first_name' => "Nr. $n"]));
            self::assertSame('created', $answer['outcome'] ?? null, json_encode($answer));
            $workers[] = $answer['pid'];
        }
        self::assertCount(1, array_unique($workers));
        $stats = $this->exchange->stats();
        self::assertLessThanOrEqual(1, $stats['connections'], json_encode($stats));
        self::assertSame(10, $stats['requests']['CreateItem'] ?? 0);
        self::assertCount(11, $this->exchange->items());
    }

    public function testAWarmWorkerPushesWithOneRequestEach(): void
    {
        $this->ready();
        $this->pool = new FpmPool(1);
        $id = $this->db->insert(['first_name' => 'Warm']);
        $this->push($id);
        // The first update of a pair finds out whether the server looks at versions.
        $this->db->update($id, ['phone' => '+49 30']);
        $this->push($id);
        for ($n = 0; $n < 5; $n++) {
            $this->exchange->resetStats();
            $this->db->update($id, ['phone' => "+49 30 $n"]);
            self::assertSame('updated', $this->push($id)['outcome']);
            self::assertSame(1, $this->exchange->stats()['total'], json_encode($this->exchange->stats()));
        }
    }

    /** Semantics 50. */
    public function testOneWorkerLogsInByNtlmOnceForEachConnection(): void
    {
        $this->exchange->stop();
        $this->exchange = Simulator::byNtlm();
        $login = ['exchange' => [
            'url' => $this->exchange->secureUrl(), 'auth' => 'ntlm', 'ca_file' => Listener::certificates() . '/ca.pem',
        ]];
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY notes MEDIUMTEXT');
        $this->ready($login);
        $id = $this->db->insert(['first_name' => 'Warm']);
        $this->pool = new FpmPool(1);
        $this->exchange->resetStats();
        self::assertSame('created', $this->push($id, $login)['outcome']);
        $legs = ['connections', 'tlsFull', 'tlsResumed', 'challenges', 'logins', 'unauthenticated', 'earlyBodies'];
        $seen = fn (): array => array_map(fn (string $leg): int => $this->exchange->stats()[$leg], $legs);
        self::assertSame([1, 1, 0, 1, 1, 1, 0], $seen());
        // The first update of a pair finds out whether the server looks at versions.
        $this->db->update($id, ['phone' => '+49']);
        $this->push($id, $login);
        $before = $this->exchange->stats()['total'];
        for ($n = 1; $n <= 50; $n++) {
            $this->db->update($id, ['notes' => str_repeat('x', $n % 2 === 0 ? 1_000 : 100_000) . $n]);
            self::assertSame('updated', $this->push($id, $login)['outcome']);
            self::assertSame($before + $n, $this->exchange->stats()['total'], 'one request each');
        }
        self::assertSame([1, 1, 0, 1, 1, 1, 0], $seen());

        foreach ([1 => 1_000, 2 => 100_000] as $n => $length) {
            $this->exchange->hangUp();
            $this->db->update($id, ['notes' => str_repeat('y', $length)]);
            $answer = $this->push($id, $login);
            self::assertSame(['updated', null], [$answer['outcome'], $answer['error']], json_encode($answer));
            // A refusal of what was sent over the new connection, and the challenge.
            self::assertSame([1 + $n, 1, $n, 1 + $n, 1 + $n, 1 + 2 * $n, 0], $seen());
        }
        self::assertSame($before + 52, $this->exchange->stats()['total']);
    }

    /** P2. */
    public function testWorkersBesideEachOtherDoubleNothing(): void
    {
        $sync = $this->ready();
        $this->pool = new FpmPool(4);
        $id = $this->db->insert(['first_name' => 'Popular', 'email' => 'popular@example.com']);
        $requests = [];
        for ($n = 0; $n < 16; $n++) {
            $requests[] = $this->pool->send(['do' => 'push', 'config' => $this->config(), 'id' => $id]);
        }
        $outcomes = [];
        foreach ($requests as $request) {
            $answer = json_decode((string) $request->read(), true);
            $outcomes[] = $answer['outcome'] ?? json_encode($answer);
        }
        self::assertSame([], array_diff($outcomes, ['created', 'unchanged', 'queued']), json_encode($outcomes));
        self::assertContains('created', $outcomes);
        $sync->pushPending();
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
        self::assertSame(1, $this->db->count());
    }

    /** R20: though the worker lives on. */
    public function testAFatalErrorInACallbackLeavesTheWorkerUsableAndTheLeaseFree(): void
    {
        $this->exchange->seed(30, 31);
        $sync = $this->sync();
        $sync->install();
        $this->pool = new FpmPool(1);
        $config = $this->config(['exchange' => ['page_size' => 10]]);
        $failed = $this->pool->ask(['do' => 'fatal within pull', 'config' => $config]);
        self::assertStringContainsString('boom', $failed['text'] ?? '', json_encode($failed));
        $answer = $this->pool->ask(['do' => 'pull', 'config' => $config]);
        self::assertTrue($answer['complete'] ?? null, json_encode($answer));
        self::assertSame(30, $this->db->count());
        // Another process is not kept out either while the worker lives on.
        self::assertTrue($sync->pull()->complete());
        $this->assertSidesAgree();
    }

    /** P1, P3, R20. */
    public function testAWorkerThatIsTerminatedMidwayLeavesNothingBehind(): void
    {
        $this->exchange->seed(30, 32);
        $sync = $this->sync();
        $sync->install();
        $this->pool = new FpmPool(1, ['request_terminate_timeout' => '1s']);
        $config = $this->config(['exchange' => ['page_size' => 10]]);
        self::assertSame('', (string) $this->pool->send(['do' => 'endless pull', 'config' => $config])->read());
        self::assertTrue($sync->pull()->complete());
        self::assertSame(30, $this->db->count());
        self::assertSame(30, $sync->state()->linked());
        $answer = $this->pool->ask(['do' => 'pull', 'config' => $config]);
        self::assertTrue($answer['complete'] ?? null, json_encode($answer));
        $this->assertSidesAgree();
    }

    public function testPhpinfoOfAWarmWorkerShowsNoPassword(): void
    {
        $this->ready();
        $this->pool = new FpmPool(1);
        $this->push($this->db->insert(['first_name' => 'Secretive']));
        $info = $this->pool->ask(['do' => 'phpinfo'])['text'];
        self::assertStringContainsString('exchange_contact_sync', $info);
        self::assertStringNotContainsString(Simulator::PASSWORD, $info);
        self::assertStringNotContainsString(Database::PASSWORD, $info);
    }

    /** P3, P5, R20: a reload ends what hangs with its worker, and a time limit ends it within the worker; neither leaves a lease or half a page. */
    public function testAReloadAndATimeLimitEndARequestThatHangs(): void
    {
        $this->exchange->seed(30, 33);
        $sync = $this->sync();
        $sync->install();
        $this->pool = new FpmPool(1, [], ['process_control_timeout' => '1s']);
        $config = $this->config(['exchange' => ['page_size' => 10]]);
        foreach (['reload', 'time limit'] as $what) {
            $this->exchange->resetStats();
            $this->exchange->fault('GetItem', 'delay_ms', 1, ['ms' => 20_000]);
            $worker = $this->pool->ask(['do' => 'nothing'])['pid'];
            $request = $this->pool->send(['do' => 'pull', 'config' => $config]);
            $this->until(fn (): bool => ($this->exchange->stats()['requests']['SyncFolderItems'] ?? 0) > 0);
            usleep(300_000);
            $began = microtime(true);
            if ($what === 'reload') {
                $this->pool->reload();
                self::assertSame('', (string) $request->read());
            } else {
                posix_kill($worker, SIGPROF);
                self::assertStringContainsString('Maximum execution time', (string) $request->read());
            }
            self::assertLessThan(8.0, microtime(true) - $began);
            self::assertLessThan(30, $this->db->count());
            self::assertSame($this->db->count(), $sync->state()->linked());
            $this->exchange->noFaults();
            $this->until(fn (): bool => is_int($this->pool->ask(['do' => 'nothing'])['pid'] ?? null));
        }
        self::assertTrue($sync->pull()->complete());
        self::assertSame(30, $this->db->count());
        $this->assertSidesAgree();
    }

    private function until(callable $holds): void
    {
        for ($tries = 0; ; $tries++) {
            try {
                if ($holds()) {
                    return;
                }
            } catch (\RuntimeException $notYet) {
            }
            self::assertLessThan(200, $tries, 'it does not come about');
            usleep(50_000);
        }
    }

    /**
     * @param array<string, mixed> $changes of the configuration
     *
     * @return array<string, mixed>
     */
    private function push(int $id, array $changes = []): array
    {
        return $this->pool->ask(['do' => 'push', 'config' => $this->config($changes), 'id' => $id]);
    }
}
