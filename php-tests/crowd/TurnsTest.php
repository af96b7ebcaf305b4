<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crowd;

use ExchangeContactSync\BusyException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\Crowd;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** How many requests are under way for one mailbox at the same time. */
final class TurnsTest extends SyncTestCase
{
    use Aftermath;

    private const PROCESSES = 8;

    /** @return array<string, array{int, int, int}> concurrency, and the least and the most requests at once */
    public static function concurrencies(): array
    {
        return ['one' => [1, 1, 1], 'the default' => [2, 2, 2], 'as many as there are' => [8, 3, 8]];
    }

    /**
     * P1, P2, semantics 47, user-pains 29: eight processes push and pull the same mailbox while each request takes its time; there are
     * never more at once than `exchange.concurrency` says, each comes to its turn, and nothing is lost or doubled.
     *
     * @dataProvider concurrencies
     */
    public function testSoManyRequestsAtOnce(int $concurrency, int $least, int $most): void
    {
        $changes = ['policy' => ['wait_for_pull' => 60], 'exchange' => ['concurrency' => $concurrency, 'push_timeout' => 60]];
        $sync = $this->ready($changes);
        $ids = $this->many($sync, self::PROCESSES);
        $this->exchange->fault(null, 'delay_ms', null, ['ms' => 40]);
        $this->exchange->resetStats();
        $crowd = new Crowd();
        foreach ($ids as $number => $id) {
            $crowd->join(__DIR__ . '/sender.php', [
                'config' => $this->config($changes),
                'dsn' => 'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ";dbname={$this->db->name};charset=utf8mb4",
                'user' => Database::USER,
                'password' => Database::PASSWORD,
                'number' => $number,
                'id' => $id,
            ]);
        }
        $told = $crowd->told();
        $atOnce = $this->exchange->stats()['atOnce'][Simulator::MAILBOX];
        $this->exchange->noFaults();
        self::assertSame([], array_merge(...array_column($told, 'errors')), 'a turn did not come');
        self::assertGreaterThanOrEqual($least, $atOnce);
        self::assertLessThanOrEqual($most, $atOnce);
        $this->recover($sync, "concurrency $concurrency");
        $phones = array_column($this->exchange->items(), 'fields');
        $phones = array_filter(array_column($phones, 'BusinessPhone'));
        sort($phones);
        $numbers = range(0, self::PROCESSES - 1);
        $expected = [...array_map(static fn (int $n): string => "new $n", $numbers), ...array_map(static fn (int $n): string => "of $n", $numbers)];
        self::assertSame($expected, $phones);
        $this->assertOneAddressBook($sync, "concurrency $concurrency");
    }

    /**
     * R20, semantics 47: where a pull has the only turn, a push answers Queued and another pull of the mailbox, though of another
     * database, throws; both say why. When the process is killed, its turn is free at once.
     */
    public function testWithoutATurnNothingIsSent(): void
    {
        $changes = ['exchange' => ['concurrency' => 1, 'push_timeout' => 1, 'page_size' => 5]];
        $sync = $this->ready($changes);
        $this->exchange->seed(20);
        $holder = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', <<<'PHP'
                $sync = new ExchangeContactSync(json_decode(getenv('CONFIG'), true));
                $sync->pull(function () { echo "within\n"; sleep(600); });
                PHP],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]],
            $pipes,
            null,
            ['CONFIG' => json_encode($this->config($changes), JSON_THROW_ON_ERROR)] + getenv(),
        );
        self::assertSame("within\n", fgets($pipes[1]));
        $id = $this->db->insert(['first_name' => 'Anna']);
        $writes = $this->exchange->stats()['writes'];
        $pushed = $sync->push($id);
        self::assertPushed(Outcome::Queued, $pushed);
        self::assertStringContainsString('exchange.concurrency', (string) $pushed->error());
        self::assertSame($writes, $this->exchange->stats()['writes']);
        $report = $sync->pushPending();
        self::assertSame(1, $report->queued());
        self::assertStringContainsString('exchange.concurrency', (string) $report->failure());
        $second = new Database();
        try {
            $elsewhere = $this->sync($changes + ['mysql' => $second->url()]);
            $elsewhere->install();
            $busy = self::thrown(BusyException::class, static fn () => $elsewhere->pull());
            self::assertStringContainsString('exchange.concurrency', $busy->getMessage());
            proc_terminate($holder, SIGKILL);
            self::assertTrue($elsewhere->pull()->complete());
            self::assertSame(20, $second->count());
        } finally {
            proc_terminate($holder, SIGKILL);
            proc_close($holder);
            $second->drop();
        }
        self::assertPushed(Outcome::Created, $sync->push($id));
    }
}
