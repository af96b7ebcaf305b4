<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Point;
use ExchangeContactSync\Tests\Strike;

/**
 * Every call is played once to learn its requests to MariaDB and to Exchange, then again and again with the process killed at each
 * of them: before the request is sent, right after, and when it has been carried out without its answer being heard.
 */
final class EveryPointTest extends CrashTestCase
{
    private int $number = 0;

    /**
     * P1, P2, P3, P4, R5, R16, R21, semantics 4, 20, 57.
     *
     * @dataProvider calls
     */
    public function testKilledAtEveryPointOfACall(string $scene, string $call): void
    {
        $sync = $this->ready();
        // The first update of a pair finds out what kind of server it is: a scene of its own.
        if ($scene !== 'update') {
            $this->linkedPair($sync, 'First');
            $this->db->pdo->exec("UPDATE contacts SET phone = 'x'");
            $sync->pushPending();
            $this->round($sync);
        }
        $points = $this->strike($sync, $scene, $call, null);
        self::assertGreaterThan(3, count($points));
        $lasting = array_filter($points, static fn (Point $point): bool => $point->lasting);
        self::assertNotSame([], $lasting, 'a call that has no effect proves nothing');
        foreach ($points as $point) {
            // What changes nothing is as good as not sent.
            $phases = $point->lasting ? [Phase::Before, Phase::During, Phase::After] : [Phase::After];
            foreach ($phases as $phase) {
                $this->strike($sync, $scene, $call, Strike::kill($point->number, $phase), $point);
            }
        }
    }

    /**
     * @return iterable<string, array{string, string}>
     */
    public function calls(): iterable
    {
        yield 'push of a new row' => ['create', 'push'];
        yield 'push of a changed row' => ['update', 'push'];
        yield 'push of a deleted row' => ['delete', 'push'];
        yield 'delivery of several rows' => ['rows', 'pushPending'];
        yield 'push that meets an edit' => ['merge', 'push'];
        yield 'pull of all kinds of changes' => ['changes', 'pull'];
        yield 'pull of an edit of the same field' => ['conflict', 'pull'];
        yield 'a full pass after a lost cursor' => ['lost', 'pull'];
    }

    /**
     * @return list<Point>
     */
    private function strike(ExchangeContactSync $sync, string $scene, string $call, ?Strike $strike, ?Point $point = null): array
    {
        $case = $point === null ? $scene : "$scene, killed {$strike?->phase->value} $point->number ($point->name)";
        [$key, $check] = $this->$scene($sync);
        $worker = $this->warm();
        [$points, $answer] = $this->proxy->play($worker, $this->throughProxy(), [[$call, $key === null ? [] : [$key]]], $strike);
        if ($strike === null) {
            self::assertNull($answer['thrown'] ?? null, json_encode($answer, JSON_THROW_ON_ERROR));
        }
        $worker->kill();
        $this->recover($sync, $case);
        $check($case);
        $this->assertOneAddressBook($sync, $case);
        return $points;
    }

    /** @return array{int, string} row and item */
    private function linkedPair(ExchangeContactSync $sync, string $name): array
    {
        $id = $this->db->insert(['first_name' => $name, 'email' => strtr(strtolower($name), ' ', '.') . '@example.com', 'phone' => '1']);
        $sync->pushPending();
        $this->round($sync);
        return [$id, $this->exchange->find('GivenName', $name)['id']];
    }

    private function name(string $scene): string
    {
        return "$scene " . ++$this->number;
    }

    /** @return array{?int, callable(string): void} */
    private function create(ExchangeContactSync $sync): array
    {
        $name = $this->name('create');
        $id = $this->db->insert(['first_name' => $name, 'phone' => '7']);
        return [$id, fn (string $case) => self::assertSame('7', $this->exchange->find('GivenName', $name)['fields']['BusinessPhone'] ?? null, $case)];
    }

    /** @return array{?int, callable(string): void} */
    private function update(ExchangeContactSync $sync): array
    {
        [$id, $item] = $this->linkedPair($sync, $this->name('update'));
        $this->db->update($id, ['phone' => '2', 'email' => null]);
        return [$id, fn (string $case) => $this->assertItem(['BusinessPhone' => '2', 'EmailAddress1' => null], $item)];
    }

    /** @return array{?int, callable(string): void} */
    private function delete(ExchangeContactSync $sync): array
    {
        $name = $this->name('delete');
        [$id] = $this->linkedPair($sync, $name);
        $this->db->delete($id);
        return [$id, function (string $case) use ($name): void {
            self::assertNull($this->exchange->find('GivenName', $name), $case);
            self::assertNull($this->db->find('first_name', $name), $case);
        }];
    }

    /** @return array{?int, callable(string): void} */
    private function merge(ExchangeContactSync $sync): array
    {
        [$id, $item] = $this->linkedPair($sync, $this->name('merge'));
        $this->exchange->edit($item, ['JobTitle' => 'theirs']);
        $this->db->update($id, ['phone' => 'ours']);
        return [$id, fn (string $case) => $this->assertRow(['job_title' => 'theirs', 'phone' => 'ours'], $id)];
    }

    /** @return array{?int, callable(string): void} */
    private function changes(ExchangeContactSync $sync): array
    {
        [$edited, $item] = $this->linkedPair($sync, $this->name('edited'));
        $gone = $this->name('gone');
        $this->exchange->delete($this->linkedPair($sync, $gone)[1]);
        [$moved, $away] = $this->linkedPair($sync, $this->name('moved'));
        $this->exchange->move($this->exchange->move($away, 'deleteditems'), 'contacts');
        $this->exchange->edit($item, ['BusinessPhone' => 'edited']);
        $new = $this->name('new');
        $this->exchange->add(['GivenName' => $new, 'MobilePhone' => '4']);
        return [null, function (string $case) use ($edited, $gone, $moved, $new): void {
            $this->assertRow(['phone' => 'edited'], $edited);
            self::assertNull($this->db->find('first_name', $gone), $case);
            self::assertNotNull($this->db->row($moved), $case);
            self::assertSame('4', $this->db->find('first_name', $new)['mobile'] ?? null, $case);
        }];
    }

    /** @return array{?int, callable(string): void} */
    private function conflict(ExchangeContactSync $sync): array
    {
        $name = $this->name('conflict');
        [$id, $item] = $this->linkedPair($sync, $name);
        $this->exchange->edit($item, ['BusinessPhone' => "theirs of $name"]);
        $this->db->update($id, ['phone' => "ours of $name"]);
        return [null, function (string $case) use ($sync, $id, $name): void {
            $kept = $this->db->row($id)['phone'];
            self::assertContains($kept, ["theirs of $name", "ours of $name"], $case);
            $journal = array_filter($sync->conflicts(), static fn ($conflict): bool => $conflict->key() === (string) $id);
            self::assertNotSame([], $journal, "$case: the loser is nowhere");
            foreach ($journal as $conflict) {
                self::assertEqualsCanonicalizing(["theirs of $name", "ours of $name"], [$conflict->row(), $conflict->item()], $case);
            }
        }];
    }

    /** @return array{?int, callable(string): void} */
    private function rows(ExchangeContactSync $sync): array
    {
        [$changed, $item] = $this->linkedPair($sync, $this->name('changed'));
        [$gone] = $this->linkedPair($sync, $deleted = $this->name('deleted'));
        $names = [$this->name('one'), $this->name('two')];
        foreach ($names as $name) {
            $this->db->insert(['first_name' => $name]);
        }
        $this->db->update($changed, ['phone' => '3']);
        $this->db->delete($gone);
        return [null, function (string $case) use ($names, $item, $deleted): void {
            foreach ($names as $name) {
                self::assertNotNull($this->exchange->find('GivenName', $name), $case);
            }
            $this->assertItem(['BusinessPhone' => '3'], $item);
            self::assertNull($this->exchange->find('GivenName', $deleted), $case);
        }];
    }

    /** @return array{?int, callable(string): void} */
    private function lost(ExchangeContactSync $sync): array
    {
        [$edited, $item] = $this->linkedPair($sync, $this->name('edited'));
        $gone = $this->name('gone');
        $this->exchange->delete($this->linkedPair($sync, $gone)[1]);
        $this->exchange->edit($item, ['BusinessPhone' => '5']);
        $this->exchange->call('POST', '/modes', ['forgetStates' => true]);
        return [null, function (string $case) use ($edited, $gone): void {
            $this->assertRow(['phone' => '5'], $edited);
            self::assertNull($this->db->find('first_name', $gone), $case);
        }];
    }
}
