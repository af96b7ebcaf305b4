<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Exception;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\ClashTestCase;

/** What happens to the contact while the app's resolver decides about it. */
final class ResolverRaceTest extends ClashTestCase
{
    /**
     * R2, P1: what the app saves while the resolver thinks is neither overwritten nor forgotten.
     *
     * @dataProvider calls
     */
    public function testTheAppSavesTheSameContactWhileItIsDecided(string $way): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $this->answer = function (string $property, ?string $row, ?string $item) use ($id): string {
            if ($this->asked === 1) {
                $this->db->update($id, ['phone' => 'saved meanwhile', 'company' => 'Meanwhile AG']);
                $this->db->connect()->exec("UPDATE contacts SET city = 'Bern' WHERE id = $id");
            }
            return "$row and $item";
        };
        $this->carryOut($sync, $way, $id);
        $this->round($sync);
        self::assertGreaterThan(1, $this->asked);
        $this->assertRow(['phone' => 'saved meanwhile and there', 'company' => 'Meanwhile AG', 'city' => 'Bern'], $id);
        $this->assertSidesAgree();
        $conflict = $sync->conflicts()[0];
        self::assertSame(['saved meanwhile', 'there', 'resolver'], [$conflict->row(), $conflict->item(), $conflict->winner()]);
        self::assertCount(1, $sync->conflicts());
    }

    /**
     * R2, R3: a save that is not yet committed when the resolver answers is waited for, without holding up the app.
     *
     * @dataProvider calls
     */
    public function testTheAppHasTheContactLockedWhileItIsDecided(string $way): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $app = $this->db->connect();
        $this->answer = function () use ($app, $id): string {
            if (!$app->inTransaction()) {
                $app->beginTransaction();
                $app->exec("UPDATE contacts SET phone = 'in a transaction' WHERE id = $id");
            }
            return 'decided';
        };
        $this->carryOut($sync, $way, $id);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        $app->commit();
        $this->answer = static fn (string $property, ?string $row, ?string $item): string => "$row, $item";
        $this->round($sync);
        $this->round($sync);
        $this->assertRow(['phone' => 'in a transaction, there'], $id);
        $this->assertSidesAgree();
        self::assertSame('there', $sync->conflicts()[0]->item());
    }

    /**
     * P1: the app deletes the contact while it is decided: the edit in Outlook lives on, as the policy says.
     *
     * @dataProvider calls
     */
    public function testTheAppDeletesTheContactWhileItIsDecided(string $way): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $this->answer = function () use ($id): string {
            $this->db->delete($id);
            return 'decided';
        };
        $this->carryOut($sync, $way, $id);
        $this->round($sync);
        $this->round($sync);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        self::assertSame([1, 1], [$this->db->count(), $sync->state()->linked()]);
        self::assertSame('there', $this->db->find('first_name', 'Eva')['phone']);
        self::assertCount(1, $this->exchange->items());
    }

    /**
     * P5, P10: a value that changes each time anybody looks at it ends no call in a loop; when it stands still, it is decided.
     *
     * @dataProvider calls
     */
    public function testAValueThatChangesWheneverItIsAskedAbout(string $way): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $restless = true;
        $this->answer = function (string $property, ?string $row) use ($id, &$restless): string {
            if ($restless) {
                $this->db->update($id, ['phone' => "change $this->asked"]);
            }
            return "$row it is";
        };
        $this->carryOut($sync, $way, $id);
        self::assertLessThanOrEqual(20, $this->asked);
        $last = $this->db->row($id)['phone'];
        self::assertSame("change $this->asked", $last);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        $restless = false;
        $this->round($sync);
        $this->assertRow(['phone' => "$last it is"], $id);
        $this->assertSidesAgree();
        self::assertSame('there', $sync->conflicts()[0]->item());
    }

    /**
     * P1, P2, R1: the resolver delivers the same contact itself: by its own object it may not, by another one it may; what that
     * brings about is not overwritten.
     *
     * @dataProvider calls
     */
    public function testTheResolverPushesTheSameContact(string $way): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $other = $this->sync(['policy' => ['conflict' => 'webapp']]);
        $inner = [];
        $this->answer = function () use ($sync, $other, $id, &$inner): string {
            self::thrown(Exception::class, fn () => $sync->push($id));
            $inner[] = $other->push($id)->outcome();
            return 'decided';
        };
        $this->carryOut($sync, $way, $id);
        $this->round($sync);
        self::assertSame($way === 'push' ? Outcome::Queued : Outcome::Merged, $inner[0]);
        $kept = $way === 'push' ? 'decided' : 'here';
        $this->assertRow(['phone' => $kept], $id);
        $this->assertItem(['BusinessPhone' => $kept], $item);
        self::assertCount(1, $sync->conflicts());
        self::assertSame(['here', 'there'], [$sync->conflicts()[0]->row(), $sync->conflicts()[0]->item()]);
        self::assertCount(1, $this->exchange->items());
        $this->assertSidesAgree();
    }
}
