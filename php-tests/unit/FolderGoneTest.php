<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Trouble;

/** The folder is not there, for good or for a while: everything waits, and no row and no item suffers. */
final class FolderGoneTest extends SyncTestCase
{
    private const FOLDER = ['exchange' => ['folder' => 'contacts/Customers', 'page_size' => 3]];

    /** P7, semantics 6, 54: deleted in Outlook: the pull says so, pushes wait, nothing is deleted or made elsewhere. */
    public function testAFolderThatWasDeleted(): void
    {
        [$sync, $ids] = $this->customers(8);
        $this->exchange->call('POST', '/folders/delete', ['path' => 'contacts/Customers']);
        $before = $this->db->fingerprint();
        foreach (['pull', 'sync', 'pull'] as $call) {
            $message = self::thrown(ExchangeException::class, fn () => $sync->$call())->getMessage();
            self::assertStringContainsString('contacts/Customers', $message);
            $this->waitIsOver();
        }
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame([8, 0], [$sync->state()->linked(), $sync->state()->held()]);

        $this->db->update($ids[0], ['phone' => 'edited']);
        $new = $this->db->insert(['first_name' => 'New']);
        $this->db->delete($ids[1]);
        foreach ([$ids[0], $new, $ids[1]] as $id) {
            self::assertContains($sync->push($id)->outcome(), [Outcome::Queued, Outcome::Deleted]);
            $this->waitIsOver();
        }
        self::assertFalse(array_column($sync->check(), 'ok', 'step')['exchange.folder']);
        // One with the same name is another one: it is neither filled nor taken for an empty one.
        $this->exchange->folder('contacts/Customers');
        $this->exchange->resetStats();
        foreach (['sync', 'pushPending', 'pull'] as $call) {
            try {
                $sync->$call();
            } catch (ExchangeException) {
                // Told above.
            }
            $this->waitIsOver();
        }
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame([[], []], [$this->exchange->items(), $this->exchange->items('contacts/Customers')]);
        self::assertSame(8, $this->db->count());
        $this->assertRow(['phone' => 'edited'], $ids[0]);
        $steps = array_column($sync->check(), null, 'step');
        self::assertFalse($steps['exchange.folder']['ok']);
        self::assertStringContainsString('not the one', $steps['exchange.folder']['message']);
    }

    /**
     * P1, P7, semantics 6: away for a while, from the first page of a list or from a later one on; when it is back, all edits of
     * both sides arrive, and nothing is doubled.
     *
     * @dataProvider pages
     */
    public function testAFolderThatComesBack(int $page): void
    {
        [$sync, $ids, $items] = $this->customers(10);
        foreach (range(0, 6) as $n) {
            $this->exchange->edit($items[$n], ['MobilePhone' => "there $n"]);
        }
        $this->exchange->add(['GivenName' => 'New there'], 'contacts/Customers');
        $this->exchange->delete($items[9]);
        $this->exchange->trouble('SyncFolderItems', Trouble::FolderGone, null, ['skip' => $page]);
        $this->exchange->trouble('GetItem', Trouble::ItemGone, null, ['skip' => $page]);
        foreach (['GetFolder', 'CreateItem'] as $operation) {
            $this->exchange->trouble($operation, Trouble::FolderGone, null);
        }
        for ($round = 0; $round < 3; $round++) {
            self::thrown(ExchangeException::class, fn () => $sync->pull());
            $this->waitIsOver();
        }
        self::assertSame(10, $this->db->count());
        $this->db->update($ids[0], ['phone' => 'here']);
        $this->db->update($ids[8], ['phone' => 'here']);
        $this->db->insert(['first_name' => 'New here']);
        try {
            $sync->pushPending();
        } catch (ExchangeException) {
            // It waits.
        }
        $this->waitIsOver();
        $this->exchange->noFaults();
        for ($round = 0; $round < 3; $round++) {
            $this->db->pdo->exec('UPDATE ecs_held SET tried = tried - INTERVAL 2 HOUR');
            $this->round($sync);
        }
        self::assertSame([], $sync->held());
        self::assertSame([11, 11], [$this->db->count(), $sync->state()->linked()]);
        self::assertCount(11, $this->exchange->items('contacts/Customers'));
        foreach (range(0, 6) as $n) {
            $this->assertRow(['mobile' => "there $n"], $ids[$n]);
        }
        self::assertNotNull($this->db->find('first_name', 'New there'));
        self::assertNull($this->db->row($ids[9]));
        foreach ([0, 8] as $n) {
            self::assertSame('here', $this->exchange->find('GivenName', "Nr. $n", 'contacts/Customers')['fields']['BusinessPhone'] ?? null);
        }
        self::assertNotNull($this->exchange->find('GivenName', 'New here', 'contacts/Customers'));
    }

    /** @return iterable<string, array{int}> */
    public function pages(): iterable
    {
        yield 'from the beginning' => [0];
        yield 'after the first page' => [1];
        yield 'after the second page' => [2];
    }

    /**
     * @return array{ExchangeContactSync, list<int>, list<string>} with row keys and item ids
     */
    private function customers(int $count): array
    {
        $this->exchange->folder('contacts/Customers');
        $sync = $this->ready(self::FOLDER);
        $ids = [];
        for ($n = 0; $n < $count; $n++) {
            $ids[] = $this->db->insert(['first_name' => "Nr. $n"]);
        }
        $this->round($sync);
        $this->round($sync);
        $items = array_map(
            fn (int $n): string => $this->exchange->find('GivenName', "Nr. $n", 'contacts/Customers')['id'],
            array_keys($ids),
        );
        return [$sync, $ids, $items];
    }

    /** The wait after a failure is over by the clock of the database (R25). */
    private function waitIsOver(): void
    {
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = back_off_until - INTERVAL 2 HOUR');
        $this->db->pdo->exec('UPDATE ecs_attempts SET at = at - INTERVAL 2 HOUR');
    }
}
