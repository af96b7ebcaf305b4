<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Point;
use ExchangeContactSync\Tests\Strike;
use ExchangeContactSync\Tests\Tally;

/** Exchange and MariaDB carry something out, and their answers do not arrive; the process lives on. */
final class CutAnswersTest extends CrashTestCase
{
    /** P1, P2, P5, R5, R16, semantics 20: each write to Exchange, its answer cut off or cut in half: done once, and no failed save. */
    public function testEveryWriteWhoseAnswerIsCut(): void
    {
        $sync = $this->ready();
        foreach (['CreateItem', 'UpdateItem', 'DeleteItem', 'MoveItem'] as $operation) {
            foreach (['cut_after', 'cut_middle'] as $kind) {
                foreach ([1, 2] as $times) {
                    $case = "$operation, $kind, $times times";
                    $id = $this->db->insert(['first_name' => "$operation $kind $times", 'phone' => '1']);
                    if ($operation !== 'CreateItem') {
                        $sync->pushPending();
                        $this->round($sync);
                        $operation === 'UpdateItem' ? $this->db->update($id, ['phone' => '2']) : $this->db->delete($id);
                    }
                    if ($operation === 'MoveItem') {
                        // A delegate may not delete into another's Deleted Items and moves instead (semantics 31).
                        $this->exchange->fault('DeleteItem', 'item_error', $times + 1, ['code' => 'ErrorCannotDeleteObject']);
                    }
                    $this->exchange->fault($operation, $kind, $times);
                    Tally::count('cut answers', $times);
                    $sync->push($id);
                    $this->recover($sync, $case);
                    $this->exchange->noFaults();
                    $this->assertOneAddressBook($sync, $case);
                    $found = $this->exchange->find('GivenName', "$operation $kind $times");
                    if (in_array($operation, ['DeleteItem', 'MoveItem'], true)) {
                        self::assertNull($found, $case);
                    } else {
                        self::assertSame($operation === 'UpdateItem' ? '2' : '1', $found['fields']['BusinessPhone'] ?? null, $case);
                    }
                }
            }
        }
        self::assertSame([], $sync->conflicts(), 'our own writes are no conflict');
    }

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
