<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Point;
use ExchangeContactSync\Tests\Strike;

/** MariaDB carries something out, and its answer does not arrive; the process lives on. */
final class CutStatementsTest extends CrashTestCase
{
    /** P1, P2, P3, R21: the connection to MariaDB breaks at every point of a round, its last answer unheard; the next round goes on. */
    public function testTheDatabasesConnectionBreaksAtEveryPoint(): void
    {
        $sync = $this->ready();
        $number = 0;
        $points = $this->break($sync, ++$number, null);
        $fromDatabase = array_filter($points, static fn (Point $point): bool => !$point->toExchange);
        self::assertGreaterThan(8, count($fromDatabase));
        foreach ($fromDatabase as $point) {
            $this->break($sync, ++$number, Strike::cut($point->number, $point->lasting ? Phase::After : Phase::Before), $point);
        }
    }

    /**
     * @return list<Point>
     */
    private function break(ExchangeContactSync $sync, int $number, ?Strike $strike, ?Point $point = null): array
    {
        $case = $point === null ? 'whole' : "$point->number ($point->name)";
        $this->exchange->add(['GivenName' => "theirs $number", 'JobTitle' => 'new']);
        $id = $this->db->insert(['first_name' => "ours $number", 'phone' => '1']);
        $worker = $this->warm();
        [$points] = $this->proxy->play($worker, $this->throughProxy(), [['sync', []], ['push', [$id]]], $strike);
        $worker->kill();
        $this->recover($sync, $case);
        self::assertNotNull($this->db->find('first_name', "theirs $number"), $case);
        self::assertNotNull($this->exchange->find('GivenName', "ours $number"), $case);
        $this->assertOneAddressBook($sync, $case);
        return $points;
    }
}
