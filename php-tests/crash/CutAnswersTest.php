<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\Tally;

/** Exchange carries something out, and its answer does not arrive; the process lives on. */
final class CutAnswersTest extends CrashTestCase
{
    /** P1, P2, P5, R5, R16, semantics 20: each write to Exchange, its answer cut off or cut in half: done once, and no failed save. */
    public function testEveryWriteWhoseAnswerIsCut(): void
    {
        $sync = $this->ready();
        // Over Graph nothing is moved.
        foreach (['CreateItem', 'UpdateItem', 'DeleteItem', ...Simulator::overGraph() ? [] : ['MoveItem']] as $operation) {
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
}
