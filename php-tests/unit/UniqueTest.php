<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\SyncTestCase;

/** Values of UNIQUE columns that change hands in Outlook: whatever the order and the pages, nobody is overwritten or left behind. */
final class UniqueTest extends SyncTestCase
{
    private const EACH = ['exchange' => ['page_size' => 1]];

    /**
     * R22, P10: the last one gets what the first one had, each on a page of its own or all on one.
     *
     * @dataProvider keys
     *
     * @param array<string, mixed> $changes of the configuration
     */
    public function testContactsPassTheirAddressesOnInARing(string $key, int $count, array $changes): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts $key");
        $sync = $this->ready($changes);
        $linked = [];
        for ($n = 0; $n < $count; $n++) {
            $linked[] = $this->linked($sync, ['first_name' => "Nr. $n", 'email' => "n$n@example.com"]);
        }
        foreach ($linked as $n => [, $item]) {
            $this->exchange->edit($item, ['EmailAddress1' => 'n' . ($n + 1) % $count . '@example.com']);
        }
        $report = $this->round($sync);
        self::assertSame([$count, 0, 0], [$report->updated(), $report->held(), $report->pushedUpdates()]);
        self::assertSame([], $sync->held());
        foreach ($linked as $n => [$id]) {
            $this->assertRow(['first_name' => "Nr. $n", 'email' => 'n' . ($n + 1) % $count . '@example.com'], $id);
        }
        $this->assertSidesAgree();
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** @return iterable<string, array{string, int, array<string, mixed>}> */
    public function keys(): iterable
    {
        $scope = ['contacts' => ['scope' => ['account_id' => 7]]];
        foreach (['on one page' => [], 'page by page' => self::EACH] as $how => $pages) {
            yield "two, $how" => ['ADD UNIQUE KEY one (email)', 2, $pages];
            yield "three, $how" => ['ADD UNIQUE KEY one (email)', 3, $pages];
            yield "one key over two columns, $how" => ['ADD UNIQUE KEY one (account_id, email)', 2, $pages + $scope];
            yield "no NULL, $how" => ["MODIFY email VARCHAR(190) NOT NULL DEFAULT '', ADD UNIQUE KEY one (email)", 2, $pages];
        }
    }

    /** R22, P6: one that wants what somebody else keeps does not stop those who swap. */
    public function testOneThatCannotHaveItsValueStopsNoSwap(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one (email)');
        $sync = $this->ready();
        $this->linked($sync, ['first_name' => 'Keeps', 'email' => 'kept@example.com']);
        [$ids, $wanted] = [[], []];
        // The last one could have what the one before it has, if that one could go on.
        foreach (['a' => 'b', 'b' => 'a', 'c' => 'kept', 'd' => 'c'] as $has => $wants) {
            [$id, $item] = $this->linked($sync, ['first_name' => $has, 'email' => "$has@example.com"]);
            $ids[$has] = $id;
            $wanted[$item] = "$wants@example.com";
        }
        foreach ($wanted as $item => $email) {
            $this->exchange->edit($item, ['EmailAddress1' => $email]);
        }
        $report = $this->round($sync);
        self::assertSame([2, 2], [$report->updated(), $report->held()]);
        foreach (['a' => 'b', 'b' => 'a', 'c' => 'c', 'd' => 'd'] as $name => $email) {
            $this->assertRow(['first_name' => $name, 'email' => "$email@example.com"], $ids[$name]);
        }
        $this->exchange->edit($this->exchange->find('GivenName', 'Keeps')['id'], ['EmailAddress1' => 'new@example.com']);
        $this->isDue();
        $this->round($sync);
        self::assertSame([], $sync->held());
        $this->assertSidesAgree();
    }

    /**
     * R22: a number that a deleted or changed contact had is free for another one in the same round.
     *
     * @dataProvider pages
     *
     * @param array<string, mixed> $pages
     */
    public function testAValueIsTakenOverFromOneThatGoesInTheSameRound(array $pages): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile)');
        $sync = $this->ready($pages);
        [$gone, $goneItem] = $this->linked($sync, ['first_name' => 'Gone', 'mobile' => '1']);
        [$left, $leftItem] = $this->linked($sync, ['first_name' => 'Left', 'mobile' => '2']);
        [$moved, $movedItem] = $this->linked($sync, ['first_name' => 'Moved', 'mobile' => '3']);
        [$heir, $heirItem] = $this->linked($sync, ['first_name' => 'Heir']);
        $this->exchange->delete($goneItem);
        $this->exchange->delete($leftItem);
        $this->exchange->edit($movedItem, ['MobilePhone' => '4']);
        $this->exchange->edit($heirItem, ['MobilePhone' => '1']);
        $this->exchange->add(['GivenName' => 'New', 'MobilePhone' => '2']);
        $this->exchange->add(['GivenName' => 'Newer', 'MobilePhone' => '3']);
        $report = $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame([2, 2, 2, 0], [$report->deleted(), $report->updated(), $report->inserted(), $report->held()]);
        self::assertNull($this->db->row($gone));
        self::assertNull($this->db->row($left));
        $this->assertRow(['mobile' => '4'], $moved);
        $this->assertRow(['mobile' => '1'], $heir);
        $this->assertSidesAgree();
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public function pages(): iterable
    {
        yield 'on one page' => [[]];
        yield 'page by page' => [self::EACH];
    }

    /** R22: one that we wrote ourselves just before waits for the deletions as well. */
    public function testAnItemThatWeWroteJustBeforeIsTriedAgainAfterTheDeletions(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile)');
        $sync = $this->ready();
        [, $goneItem] = $this->linked($sync, ['first_name' => 'Gone', 'mobile' => '1']);
        [$heir, $heirItem] = $this->linked($sync, ['first_name' => 'Heir']);
        $this->db->update($heir, ['phone' => 'ours']);
        self::assertTrue($sync->push($heir)->isSynced());
        $this->exchange->delete($goneItem);
        $this->exchange->edit($heirItem, ['MobilePhone' => '1']);
        $report = $this->round($sync);
        self::assertSame([1, 1, 0], [$report->deleted(), $report->updated(), $report->held()]);
        $this->assertRow(['mobile' => '1', 'phone' => 'ours'], $heir);
        $this->assertSidesAgree();
    }

    /** R22: also one that has waited for long and is changed again is tried after the deletions of that round. */
    public function testOneThatHasWaitedIsTriedAgainAfterTheDeletions(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile)');
        $sync = $this->ready();
        [, $goneItem] = $this->linked($sync, ['first_name' => 'Gone', 'mobile' => '1']);
        $heir = $this->exchange->add(['GivenName' => 'Heir', 'MobilePhone' => '1']);
        self::assertSame(1, $this->round($sync)->held());
        for ($n = 0; $n < 3; $n++) {
            $this->isDue();
            $this->round($sync);
        }
        self::assertGreaterThan(3, $sync->held()[0]->tries());
        $this->exchange->edit($heir, ['BusinessPhone' => '5']);
        $this->exchange->delete($goneItem);
        $report = $this->round($sync);
        self::assertSame([1, 1, []], [$report->deleted(), $report->inserted(), $sync->held()]);
        $this->assertSidesAgree();
    }

    /** P6: of several that want the same value one has it; what the collation takes for the same counts as the same. */
    public function testTheNextOneGetsTheValueWhenItIsFree(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile)');
        $sync = $this->ready();
        foreach (['a' => 'Office', 'b' => 'office', 'c' => 'OFFICE '] as $name => $mobile) {
            $this->exchange->add(['GivenName' => $name, 'MobilePhone' => $mobile]);
        }
        $report = $this->round($sync);
        self::assertSame([1, 2], [$report->inserted(), $report->held()]);
        for ($left = 2; $left > 0; $left--) {
            $row = $this->db->pdo->query('SELECT id, first_name FROM contacts ORDER BY id DESC LIMIT 1')->fetch();
            if ($left === 2) {
                $this->db->delete((int) $row['id']);
            } else {
                $this->db->update((int) $row['id'], ['mobile' => 'elsewhere']);
            }
            $this->round($sync);
            $this->isDue();
            self::assertSame(1, $this->round($sync)->inserted());
            self::assertCount($left - 1, $sync->held());
        }
        self::assertSame(2, $this->db->count());
        self::assertCount(2, $this->exchange->items());
    }

    /** P6: what is held comes to an end with its item. */
    public function testAHeldContactThatIsDeletedInOutlookIsForgotten(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile)');
        $sync = $this->ready();
        $this->linked($sync, ['first_name' => 'First', 'mobile' => '1']);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Second', 'mobile' => '2']);
        $this->exchange->edit($item, ['MobilePhone' => '1']);
        $new = $this->exchange->add(['GivenName' => 'Third', 'MobilePhone' => '1']);
        self::assertSame(2, $this->round($sync)->held());
        $this->exchange->delete($item);
        $this->exchange->delete($new);
        $report = $this->round($sync);
        self::assertSame([1, 0, []], [$report->deleted(), $report->held(), $sync->held()]);
        self::assertNull($this->db->row($id));
        $this->assertSidesAgree();
    }

    /** The next try of what is held is due by the clock of the database (R25). */
    private function isDue(): void
    {
        $this->db->pdo->exec('UPDATE ecs_held SET tried = tried - INTERVAL 2 HOUR');
    }
}
