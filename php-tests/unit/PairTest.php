<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Scope, folders, and several pairs over one table. */
final class PairTest extends SyncTestCase
{
    /** R18: what one pair writes is a change for the other. */
    public function testTwoPairsOverOneTableBothHearOfEveryWrite(): void
    {
        $this->exchange->folder('contacts/Customers');
        $main = $this->ready();
        $copy = $this->ready(['exchange' => ['folder' => 'contacts/Customers']]);
        $id = $this->db->insert(['first_name' => 'Twice']);
        self::assertSame(1, $main->pushPending()->created());
        self::assertSame(1, $copy->pushPending()->created());
        $item = $this->exchange->find('GivenName', 'Twice');
        $this->exchange->edit($item['id'], ['JobTitle' => 'from one folder']);
        $this->round($main);
        $this->round($copy);
        self::assertSame('from one folder', $this->exchange->items('contacts/Customers')[0]['fields']['JobTitle'] ?? null);
        $this->db->delete($id);
        self::assertSame(1, $copy->pushPending()->pushedDeletes());
        self::assertCount(1, $this->exchange->items());
        self::assertSame(1, $main->pushPending()->pushedDeletes());
        self::assertSame([], $this->exchange->items());
        foreach ([$main, $copy, $main, $copy] as $sync) {
            $report = $this->round($sync);
            self::assertSame([0, 0, 0], [$report->inserted(), $report->created(), $report->deleted()]);
        }
    }

    public function testOnlyRowsInScopeAreMeantAndNewRowsAreInScope(): void
    {
        $sync = $this->ready(['contacts' => ['scope' => ['account_id' => 7]]]);
        $this->db->insert(['first_name' => 'Mine', 'account_id' => 7]);
        $theirs = $this->db->insert(['first_name' => 'Theirs', 'account_id' => 8]);
        $this->exchange->add(['GivenName' => 'From Outlook']);
        self::assertPushed(Outcome::Unchanged, $sync->push($theirs));
        $this->round($sync);
        self::assertCount(2, $this->exchange->items());
        self::assertSame(7, (int) $this->db->find('first_name', 'From Outlook')['account_id']);
        self::assertNull($this->exchange->find('GivenName', 'Theirs'));
    }

    /** R17, semantics 46: nothing is deleted, no edit makes a twin, and the way back makes one contact of both. */
    public function testARowThatLeavesTheScopeKeepsItsItemAndIsDetached(): void
    {
        $sync = $this->ready(['contacts' => ['scope' => ['account_id' => 7]]]);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Leaver', 'account_id' => 7, 'phone' => '1']);
        $this->db->update($id, ['account_id' => 8]);
        $report = $this->round($sync);
        self::assertSame(1, $report->detached());
        self::assertCount(1, $this->exchange->items());
        // Neither side's next edit reaches the other one, or makes a twin.
        $this->db->update($id, ['phone' => '2']);
        $this->exchange->edit($item, ['JobTitle' => 'elsewhere']);
        $this->round($sync);
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
        self::assertSame(1, $this->db->count());
        $this->assertItem(['BusinessPhone' => '1', 'JobTitle' => 'elsewhere'], $item);
        $this->assertRow(['phone' => '2', 'job_title' => null], $id);
        // Back in scope, both are one contact again.
        $this->db->update($id, ['account_id' => 7]);
        $this->round($sync);
        $this->round($sync);
        self::assertSame(1, $this->db->count());
        self::assertCount(1, $this->exchange->items());
        $this->assertRow(['job_title' => 'elsewhere'], $id);
    }

    /** R19. */
    public function testACopyOfTheDatabaseCannotTouchAnotherMailbox(): void
    {
        $this->exchange->folder('contacts/Staging');
        $pair = ['pair' => 'crm'];
        $this->linked($this->ready($pair), ['first_name' => 'Production']);
        $before = $this->db->fingerprint();
        $other = $this->sync($pair + ['exchange' => ['folder' => 'contacts/Staging']]);
        self::thrown(\ExchangeContactSync\Exception::class, fn () => $other->pull());
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame([], $this->exchange->items('contacts/Staging'));
    }

    public function testAFolderByItsPathAndByItsId(): void
    {
        $this->exchange->folder('contacts/Customers');
        $this->exchange->folder('contacts/Customers/Big ones');
        $byPath = $this->ready(['exchange' => ['folder' => 'contacts/Customers/Big ones']]);
        $this->db->insert(['first_name' => 'Big', 'email' => 'big@example.com']);
        $byPath->pushPending();
        self::assertCount(1, $this->exchange->items('contacts/Customers/Big ones'));
        self::assertSame([], $this->exchange->items());
        $id = $byPath->state()->folder();
        self::assertNotNull($id);
        $byId = $this->sync(['exchange' => ['folder' => ['id' => $id]], 'pair' => 'by-id']);
        $byId->install();
        self::assertSame(1, $byId->plan()->matches());
    }

    /** R14. */
    public function testADroppedColumnDoesNotBreakTheAppsSaves(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, ['first_name' => 'Robust', 'phone' => '1']);
        $this->db->pdo->exec('ALTER TABLE contacts DROP COLUMN phone');
        $this->db->update($id, ['first_name' => 'Still saved']);
        $this->assertRow(['first_name' => 'Still saved'], $id);
    }
}
