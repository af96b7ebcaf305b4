<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Trouble;

/** What is saved here arrives, whatever stands between. */
final class OutboxTest extends SyncTestCase
{
    use Aftermath;

    /** R4: raw SQL as well, and every row of a statement. */
    public function testEveryWriteOfTheAppIsNoticedByTheTriggers(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Raw', 'last_name' => 'Sql']);
        $this->db->pdo->exec("UPDATE contacts SET job_title = 'by hand'");
        $this->db->pdo->exec("INSERT INTO contacts (first_name) VALUES ('many'), ('rows'), ('at once')");
        self::assertSame(4, $sync->state()->pending());
        $report = $sync->pushPending();
        self::assertSame([3, 1], [$report->created(), $report->pushedUpdates()]);
        $this->assertItem(['JobTitle' => 'by hand'], $item);
        $this->db->pdo->exec("DELETE FROM contacts WHERE id = $id");
        self::assertSame(1, $sync->pushPending()->pushedDeletes());
        self::assertCount(3, $this->exchange->items());
        self::assertSame(0, $sync->state()->pending());
        $this->assertSidesAgree();
    }

    /** R3, R15: what the app's own transaction holds is queued at once. */
    public function testWithinTheAppsOwnTransactionItIsQueuedAndDeliveredAfterTheCommit(): void
    {
        $sync = $this->ready();
        [$edited, $item] = $this->linked($sync, ['first_name' => 'Before', 'phone' => '1']);
        $this->db->pdo->beginTransaction();
        $new = $this->db->insert(['first_name' => 'Uncommitted']);
        $this->db->update($edited, ['phone' => '2']);
        $began = microtime(true);
        self::assertPushed(Outcome::Queued, $sync->push($new));
        $result = $sync->push($edited);
        self::assertPushed(Outcome::Queued, $result);
        self::assertNotNull($result->error());
        self::assertFalse($result->isSynced());
        self::assertLessThan(3.0, microtime(true) - $began);
        $this->assertItem(['BusinessPhone' => '1'], $item);
        self::assertCount(1, $this->exchange->items());
        $this->db->pdo->commit();
        $report = $sync->pushPending();
        self::assertSame([1, 1], [$report->created(), $report->pushedUpdates()]);
        $this->assertSidesAgree();
        self::assertSame(0, $sync->state()->pending());
    }

    /** R4, R15: a note rolls back with its row. */
    public function testARolledBackTransactionLeavesNothingInExchange(): void
    {
        $sync = $this->ready();
        $this->db->pdo->beginTransaction();
        $id = $this->db->insert(['first_name' => 'Never']);
        self::assertPushed(Outcome::Queued, $sync->push($id));
        $this->db->pdo->rollBack();
        $sync->pushPending();
        self::assertSame([], $this->exchange->items());
        self::assertSame(0, $sync->state()->pending());
    }

    /** P5, R25. */
    public function testASaveNeverWaitsForADeadExchangeAndIsDeliveredWhenItIsBack(): void
    {
        $sync = $this->ready(['exchange' => ['push_timeout' => 2]]);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Patient', 'phone' => '1']);
        $this->exchange->offline(true);
        $this->db->update($id, ['phone' => '2']);
        $began = microtime(true);
        $result = $sync->push($id);
        self::assertLessThan(3.0, microtime(true) - $began);
        self::assertPushed(Outcome::Queued, $result);
        self::assertNotNull($result->error());
        // Known to be down: the next ones do not even try, in no process.
        $began = microtime(true);
        for ($n = 0; $n < 20; $n++) {
            self::assertPushed(Outcome::Queued, $sync->push($this->db->insert(['first_name' => "Waits $n"])));
        }
        self::assertLessThan(3.0, microtime(true) - $began);
        self::assertSame(21, $sync->state()->pending());
        $this->exchange->offline(false);
        $this->deliver($sync);
        $this->assertItem(['BusinessPhone' => '2'], $item);
        self::assertCount(21, $this->exchange->items());
        $this->assertSidesAgree();
    }

    /** P5. */
    public function testPushNeverThrowsForWrongCredentials(): void
    {
        $this->ready();
        $sync = $this->sync(['exchange' => self::loggingInWith('wrong-0815-wrong')]);
        $result = $sync->push($this->db->insert(['first_name' => 'Locked out']));
        self::assertPushed(Outcome::Queued, $result);
        self::assertStringNotContainsString('wrong-0815-wrong', (string) $result->error());
        $this->timePasses();
        $this->deliver($this->sync());
        self::assertCount(1, $this->exchange->items());
    }

    /** P2, R5, semantics 20. */
    public function testACreateWhoseAnswerIsLostIsNotDoneTwice(): void
    {
        $sync = $this->ready();
        $this->exchange->fault('CreateItem', 'cut_after');
        $id = $this->db->insert(['first_name' => 'Once', 'email' => 'once@example.com']);
        $sync->push($id);
        $this->deliver($sync);
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
        self::assertSame(1, $this->db->count());
        $this->assertSidesAgree();
    }

    /** R16, semantics 57. */
    public function testAnUpdateWhoseAnswerIsLostIsNoConflict(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Again', 'phone' => '1']);
        $this->exchange->fault('UpdateItem', 'cut_after');
        $this->db->update($id, ['phone' => '2']);
        $sync->push($id);
        $this->db->update($id, ['phone' => '3']);
        $this->deliver($sync);
        $this->round($sync);
        $this->assertItem(['BusinessPhone' => '3'], $item);
        self::assertSame([], $sync->conflicts());
        $this->assertSidesAgree();
    }

    /** R25, semantics 47. */
    public function testABusyServerIsLeftAloneAsLongAsItSays(): void
    {
        $sync = $this->ready();
        $this->exchange->trouble('CreateItem', Trouble::Busy);
        $result = $sync->push($this->db->insert(['first_name' => 'Polite']));
        self::assertPushed(Outcome::Queued, $result);
        $this->exchange->resetStats();
        self::assertPushed(Outcome::Queued, $sync->push($this->db->insert(['first_name' => 'Waiting'])));
        self::assertSame(0, $this->exchange->stats()['total']);
        $this->deliver($sync);
        $this->assertSidesAgree();
    }

    /** Cron's work until nothing waits; a server that was down is left alone for some time. */
    private function deliver(ExchangeContactSync $sync): void
    {
        for ($run = 0; $run < 5; $run++) {
            try {
                $sync->pushPending();
            } catch (ExchangeException) {
                // Not yet.
            }
            if ($sync->state()->pending() === 0) {
                return;
            }
            $this->timePasses();
        }
        self::fail('still pending: ' . json_encode($sync->state()));
    }
}
