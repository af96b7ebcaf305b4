<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** The same contact, edited on both sides between two rounds. */
final class MergeTest extends SyncTestCase
{
    private const EVA = ['first_name' => 'Eva', 'last_name' => 'Beispiel', 'phone' => '1', 'job_title' => 'Clerk', 'tags' => 'A, B'];

    /** P1. */
    public function testEditsOfDifferentFieldsBothSurviveByPull(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->db->update($id, ['phone' => '2']);
        $this->exchange->edit($item, ['JobTitle' => 'Chief']);
        $report = $this->round($sync);
        self::assertSame(0, $report->conflicts());
        $this->assertRow(['phone' => '2', 'job_title' => 'Chief'], $id);
        $this->assertItem(['BusinessPhone' => '2', 'JobTitle' => 'Chief'], $item);
        self::assertSame([], $sync->conflicts());
        $this->assertSidesAgree();
    }

    /** P1, semantics 26: the push meets the other edit. */
    public function testEditsOfDifferentFieldsBothSurviveByPush(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->exchange->edit($item, ['JobTitle' => 'Chief']);
        $this->db->update($id, ['phone' => '2']);
        self::assertPushed(Outcome::Merged, $sync->push($id));
        $this->assertRow(['phone' => '2', 'job_title' => 'Chief'], $id);
        $this->assertItem(['BusinessPhone' => '2', 'JobTitle' => 'Chief'], $item);
        self::assertSame([], $sync->conflicts());
        $report = $this->round($sync);
        self::assertSame([0, 0], [$report->updated(), $report->pushedUpdates()]);
    }

    /** semantics 45. */
    public function testSlotsAndAddressPartsMergeOneByOneAndListsAsSets(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::EVA + ['email' => 'a@example.com', 'street' => 'Old 1', 'city' => 'Bern']);
        $this->db->update($id, ['email2' => 'b@example.com', 'street' => 'New 2', 'tags' => 'A, B, here']);
        $this->exchange->edit($item, [
            'EmailAddress1' => 'aa@example.com', 'BusinessAddress.City' => 'Basel', 'Categories' => ['B', 'there'],
        ]);
        $this->round($sync);
        $this->assertItem([
            'EmailAddress1' => 'aa@example.com', 'EmailAddress2' => 'b@example.com', 'BusinessAddress.Street' => 'New 2',
            'BusinessAddress.City' => 'Basel',
        ], $item);
        $tags = preg_split('/, /', (string) $this->db->row($id)['tags']);
        sort($tags);
        self::assertSame(['B', 'here', 'there'], $tags);
        self::assertSame([], $sync->conflicts());
        $this->assertSidesAgree();
    }

    public function testTheSameEditOnBothSidesIsNoConflict(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->db->update($id, ['phone' => '3']);
        $this->exchange->edit($item, ['BusinessPhone' => '3']);
        $report = $this->round($sync);
        self::assertSame([0, 0], [$report->conflicts(), $report->pushedUpdates()]);
        $this->assertSidesAgree();
    }

    /** @return iterable<string, array{string, string, string, string}> policy, the app's clock, expected value and winner */
    private static function policies(): iterable
    {
        yield 'exchange wins' => ['exchange', '+1 hour', 'there', 'item'];
        yield 'webapp wins' => ['webapp', '-1 hour', 'here', 'row'];
        yield 'the row is newer' => ['newest', '+1 hour', 'here', 'row'];
        yield 'the item is newer' => ['newest', '-1 hour', 'there', 'item'];
    }

    /** P1, R24: both values, the base and the winner are in the journal. */
    public function testThePolicyDecidesAndTheLoserIsKept(): void
    {
        foreach (['pull', 'push'] as $way) {
            foreach (self::policies() as $case => [$policy, $clock, $kept, $winner]) {
                $this->tearDown();
                $this->setUp();
                $sync = $this->ready(['policy' => ['conflict' => $policy]]);
                [$id, $item] = $this->linked($sync, self::EVA);
                // The triggers take the time of the edit from the clock of the app's session.
                $this->db->pdo->exec('SET SESSION timestamp = ' . strtotime($clock));
                $this->db->update($id, ['phone' => 'here']);
                $this->exchange->edit($item, ['BusinessPhone' => 'there']);
                if ($way === 'push') {
                    self::assertSame(1, $sync->push($id)->conflicts(), "$case by $way");
                }
                $this->round($sync);
                $this->assertRow(['phone' => $kept], $id);
                $this->assertItem(['BusinessPhone' => $kept], $item);
                $conflicts = $sync->conflicts();
                self::assertCount(1, $conflicts, "$case by $way");
                $conflict = $conflicts[0];
                self::assertSame(
                    ['BusinessPhone', 'here', 'there', '1', $winner, (string) $id],
                    [$conflict->property(), $conflict->row(), $conflict->item(), $conflict->base(), $conflict->winner(), $conflict->key()],
                    "$case by $way",
                );
                self::assertLessThan(600, abs($conflict->at()->getTimestamp() - time()));
                self::assertSame(1, $sync->state()->conflicts());
                $sync->acknowledge($conflict->id());
                self::assertSame([], $sync->conflicts());
                self::assertSame(0, $sync->state()->conflicts());
            }
        }
    }

    public function testAResolverIsAskedOncePerPropertyAndItsAnswerIsOnBothSides(): void
    {
        $asked = [];
        $sync = $this->ready(['policy' => ['conflict' =>
            function (string $property, mixed $row, mixed $item, mixed $base, array $contact) use (&$asked): mixed {
                $asked[] = [$property, $row, $item, $base, $contact['Surname'] ?? null];
                return "$row and $item";
            },
        ]]);
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->db->update($id, ['phone' => 'here', 'company' => 'Only here']);
        $this->exchange->edit($item, ['BusinessPhone' => 'there']);
        $this->round($sync);
        self::assertContains(['BusinessPhone', 'here', 'there', '1', 'Beispiel'], $asked);
        self::assertSame(['BusinessPhone'], array_values(array_unique(array_column($asked, 0))));
        $this->assertRow(['phone' => 'here and there', 'company' => 'Only here'], $id);
        $this->assertItem(['BusinessPhone' => 'here and there', 'CompanyName' => 'Only here'], $item);
        self::assertSame('resolver', $sync->conflicts()[0]->winner());
    }

    public function testAResolverThatThrowsReachesTheCallerAndLosesNothing(): void
    {
        $fail = true;
        $sync = $this->ready(['policy' => ['conflict' => function (string $property, mixed $row) use (&$fail): mixed {
            return $fail ? throw new \DomainException('ask me later') : $row;
        }]]);
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->db->update($id, ['phone' => 'here']);
        $this->exchange->edit($item, ['BusinessPhone' => 'there']);
        self::thrown(\DomainException::class, fn () => $sync->sync());
        $this->assertRow(['phone' => 'here'], $id);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        $fail = false;
        $this->round($sync);
        $this->assertRow(['phone' => 'here'], $id);
        $this->assertItem(['BusinessPhone' => 'here'], $item);
    }

    /** semantics 29. */
    public function testEditHereDeletedThereLivesOnAndWithThePolicyDies(): void
    {
        foreach (['edit' => true, 'delete' => false] as $policy => $lives) {
            $this->tearDown();
            $this->setUp();
            $sync = $this->ready(['policy' => ['edit_vs_delete' => $policy]]);
            [$id, $item] = $this->linked($sync, self::EVA);
            $this->db->update($id, ['phone' => 'edited']);
            $this->exchange->delete($item);
            $this->round($sync);
            $this->round($sync);
            self::assertSame($lives, $this->db->row($id) !== null, $policy);
            self::assertCount($lives ? 1 : 0, $this->exchange->items(), $policy);
            if ($lives) {
                self::assertSame('edited', $this->exchange->items()[0]['fields']['BusinessPhone']);
            } else {
                self::assertNotSame([], $sync->conflicts());
            }
        }
    }

    /** R7, semantics 29. */
    public function testDeletedHereEditedThereLivesOn(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::EVA);
        $this->db->delete($id);
        $this->exchange->edit($item, ['BusinessPhone' => 'edited there']);
        $sync->push($id);
        $this->round($sync);
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
        self::assertSame('edited there', $this->db->find('first_name', 'Eva')['phone'] ?? null);
        $this->assertSidesAgree();
    }
}
