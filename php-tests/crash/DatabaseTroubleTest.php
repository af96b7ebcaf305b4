<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\OwnMariaDb;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Point;
use ExchangeContactSync\Tests\Strike;
use ExchangeContactSync\Tests\Tally;

/** MariaDB is killed in the middle of a page, full, or read-only. */
final class DatabaseTroubleTest extends CrashTestCase
{
    private OwnMariaDb $server;

    protected function setUp(): void
    {
        // All tables in one file of limited size: a disk that is full.
        $this->server = new OwnMariaDb('--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:48M', '--innodb-flush-log-at-trx-commit=1');
        parent::setUp();
    }

    protected function tearDown(): void
    {
        parent::tearDown();
        $this->server->stop();
    }

    /** P1, P2, P3, R21: killed while it is at the rows of a page, at their commit, and after it: the next round ends what was begun. */
    public function testTheDatabaseIsKilledInTheMiddleOfAPage(): void
    {
        $sync = $this->ready();
        for ($n = 0; $n < 30; $n++) {
            $this->exchange->add(['GivenName' => "Known $n"]);
        }
        foreach ([
            ['INSERT contacts', Phase::Before], ['INSERT contacts', Phase::During], ['INSERT contacts', Phase::After],
            ['COMMIT', Phase::Before], ['COMMIT', Phase::During], ['COMMIT', Phase::After],
        ] as $number => [$what, $phase]) {
            $case = "$what, {$phase->value}";
            for ($n = 0; $n < 5; $n++) {
                $this->exchange->add(['GivenName' => "killed $number $n", 'JobTitle' => $case]);
            }
            $worker = $this->warm(['exchange' => ['page_size' => 10]]);
            $strike = Strike::other(
                static fn (Point $point): bool => !$point->toExchange && str_contains($point->name, $what),
                $phase,
                fn () => $this->server->crash(),
            );
            [, $answer] = $this->proxy->play($worker, $this->throughProxy(['exchange' => ['page_size' => 10]]), [['pull', []]], $strike);
            self::assertTrue($strike->done, $case);
            self::assertSame(StoreException::class, $answer['thrown']['class'] ?? null, $case . json_encode($answer, JSON_THROW_ON_ERROR));
            Tally::count('restarts');
            $worker->kill();
            $this->server->again();
            $this->db = $this->db->again();
            $sync = $this->sync();
            $this->recover($sync, $case);
            for ($n = 0; $n < 5; $n++) {
                self::assertNotNull($this->db->find('first_name', "killed $number $n"), $case);
            }
            $this->assertOneAddressBook($sync, $case);
        }
    }

    /** P1, P3: no room for another row (error 1114): the pull says so and keeps its place; when there is room again it goes on. */
    public function testADiskThatIsFull(): void
    {
        $sync = $this->ready();
        $this->db->pdo->exec('CREATE TABLE ballast (id INT AUTO_INCREMENT PRIMARY KEY, filling LONGBLOB) ENGINE=InnoDB');
        for ($size = 1 << 20; $size > 1 << 12;) {
            try {
                $this->db->pdo->exec("INSERT INTO ballast (filling) VALUES (REPEAT('x', $size))");
            } catch (\PDOException) {
                $size >>= 1;
            }
        }
        for ($n = 0; $n < 60; $n++) {
            $this->exchange->add(['GivenName' => "Full $n", 'Body' => str_repeat("line $n.", 2_000)]);
        }
        $thrown = self::thrown(StoreException::class, fn () => $sync->pull());
        self::assertStringContainsString('full', $thrown->getMessage());
        self::assertSame([], $sync->held(), 'that the disk is full is no contact\'s fault');
        $this->server->crash();
        $this->server->again('--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:256M');
        Tally::count('restarts');
        $this->db = $this->db->again();
        $sync = $this->sync();
        $id = $this->db->insert(['first_name' => 'Afterwards']);
        $this->recover($sync, 'room again');
        self::assertSame(61, $this->db->count());
        self::assertNotNull($this->db->row($id));
        $this->assertOneAddressBook($sync, 'room again');
    }

    /** P1, P2: read-only (error 1290), as during a switch-over: every call says so, and what comes later finds everything. */
    public function testAReadOnlyDatabase(): void
    {
        $sync = $this->ready();
        $id = $this->db->insert(['first_name' => 'Before']);
        $this->exchange->add(['GivenName' => 'Theirs']);
        Database::root()->exec('SET GLOBAL read_only = 1');
        foreach (['pull' => [], 'push' => [$id]] as $call => $arguments) {
            $thrown = self::thrown(StoreException::class, fn () => $sync->$call(...$arguments));
            self::assertStringContainsString('read', strtolower($thrown->getMessage()), $call);
        }
        self::assertCount(1, $this->exchange->items(), 'nothing is sent that is not durable here first');
        Database::root()->exec('SET GLOBAL read_only = 0');
        $this->recover($sync, 'writable again');
        self::assertSame(2, $this->db->count());
        self::assertCount(2, $this->exchange->items());
        $this->assertOneAddressBook($sync, 'writable again');
    }
}
