<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\SyncTestCase;

/** Processes that exit, fail, fork, are killed, or run beside each other. */
final class ProcessTest extends SyncTestCase
{
    use Aftermath;

    private const OPEN = '$sync = new ExchangeContactSync(json_decode(getenv("CONFIG"), true));';

    /** P1, P2, R20: however it ends, the next pull finds the lease free. */
    public function testAProcessThatEndsWithinACallbackLosesNothing(): void
    {
        $this->exchange->seed(40, 21);
        $sync = $this->sync();
        $sync->install();
        foreach ([
            'exit' => 'exit(3);',
            'fatal error' => 'trigger_error("boom", E_USER_ERROR);',
            'out of memory' => 'ini_set("memory_limit", "8M"); str_repeat("x", 1 << 28);',
            'killed' => 'posix_kill(getmypid(), SIGKILL);',
        ] as $case => $end) {
            $this->php(self::OPEN . "\$sync->pull(function () { $end });", ['exchange' => ['page_size' => 10]], $status);
            self::assertNotSame(0, $status, $case);
            self::assertNotSame(139, $status, "$case: segmentation fault");
        }
        self::assertTrue($sync->pull()->complete());
        self::assertSame(40, $this->db->count());
        self::assertSame(40, $sync->state()->linked());
        $this->assertSidesAgree();
    }

    public function testAForkedChildWorksOnItsOwnConnections(): void
    {
        if (!function_exists('pcntl_fork')) {
            self::markTestSkipped('this php has no pcntl');
        }
        $this->exchange->seed(5, 22);
        $this->ready();
        $printed = $this->php(self::OPEN . <<<'PHP'
            $sync->pull();
            $pid = pcntl_fork();
            if ($pid === 0) {
                echo $sync->pull()->complete() ? 'child ' : 'bad ';
                exit(0);
            }
            pcntl_waitpid($pid, $status);
            echo $sync->pull()->complete() ? 'parent ' : 'bad ', pcntl_wexitstatus($status);
            PHP, [], $status);
        self::assertSame('child parent 0', $printed);
        self::assertSame(0, $status);
    }

    /** P2. */
    public function testManyProcessesPushTheSameRowsAndNothingDoubles(): void
    {
        $sync = $this->ready();
        $ids = [];
        for ($n = 0; $n < 12; $n++) {
            $ids[] = $this->db->insert(['first_name' => "Crowd $n", 'email' => "crowd$n@example.com"]);
        }
        $code = self::OPEN . '$ids = [' . implode(',', $ids) . ']; shuffle($ids); foreach ($ids as $id) { $sync->push($id); } echo "done";';
        $running = [];
        for ($process = 0; $process < 4; $process++) {
            $running[] = proc_open(
                [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', $code],
                [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['redirect', 1]],
                $pipes[$process],
                null,
                ['CONFIG' => json_encode($this->config(), JSON_THROW_ON_ERROR)] + getenv(),
            );
        }
        foreach ($running as $process => $handle) {
            self::assertSame('done', stream_get_contents($pipes[$process][1]));
            self::assertSame(0, proc_close($handle));
        }
        $sync->pushPending();
        $this->round($sync);
        self::assertCount(12, $this->exchange->items());
        self::assertSame(12, $this->db->count());
        self::assertSame(12, $sync->state()->linked());
        $this->assertSidesAgree();
    }

    /** P1, P2, R5, semantics 20. */
    public function testAPushThatIsKilledMidwayIsDeliveredLaterOnce(): void
    {
        $sync = $this->ready();
        $id = $this->db->insert(['first_name' => 'Killed', 'email' => 'killed@example.com']);
        // The request is on its way and not answered when the process dies.
        $this->exchange->fault('CreateItem', 'delay_ms', 1, ['ms' => 3000]);
        $this->exchange->resetStats();
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', self::OPEN . "\$sync->push($id);"],
            [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']],
            $pipes,
            null,
            ['CONFIG' => json_encode($this->config(['exchange' => ['push_timeout' => 30]]), JSON_THROW_ON_ERROR)] + getenv(),
        );
        $until = microtime(true) + 20;
        while (($this->exchange->stats()['requests']['CreateItem'] ?? 0) === 0 && microtime(true) < $until) {
            usleep(20_000);
        }
        self::assertSame(1, $this->exchange->stats()['requests']['CreateItem'] ?? 0, 'the request is on its way');
        proc_terminate($process, SIGKILL);
        proc_close($process);
        // It may still be carried out: until it is known that it cannot be any more, nothing is sent again.
        $sync->sync();
        self::assertSame([1, 1], [$this->exchange->stats()['requests']['CreateItem'], $sync->state()->pending()]);
        $this->recover($sync, 'a push that was killed');
        self::assertCount(1, $this->exchange->items());
        self::assertSame(1, $this->db->count());
        self::assertSame(1, $sync->state()->linked());
    }
}
