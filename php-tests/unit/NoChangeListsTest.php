<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Folders that refuse SyncFolderItems, as those of group mailboxes: listed as a whole, with the same results. Over EWS only: Graph has lists for all that it reaches. */
final class NoChangeListsTest extends SyncTestCase
{
    private const POLICY = ['policy' => ['conflict' => 'exchange']];

    /**
     * semantics 13, P4, P10: the same random edits of both sides end in the same rows, items and conflicts, round by round, and when
     * nothing happens nothing is written or fetched. ECS_SEED plays one history.
     */
    public function testTheSameEditsEndInTheSame(): void
    {
        $seed = (int) (getenv('ECS_SEED') ?: random_int(1, 1 << 30));
        $told = [];
        foreach ([false, true] as $withoutLists) {
            mt_srand($seed);
            $told[] = $this->life($withoutLists, "seed $seed");
            $this->anotherWorld();
        }
        self::assertNotSame([], array_filter(array_column($told[0], 'conflicts')), "no conflict was met; seed $seed");
        self::assertSame($told[0], $told[1], "seed $seed");
    }

    /** semantics 9, 13, 14: thousands of contacts, in pages that end where the server's budget does. */
    public function testThousandsInShortPages(): void
    {
        $this->exchange->call('POST', '/modes', ['noChangeLists' => true, 'shortPages' => 700]);
        $this->exchange->seed(2500);
        $sync = $this->ready(['exchange' => ['batch' => 100], 'contacts' => ['map' => ['first_name' => 'GivenName', 'last_name' => 'Surname']]]);
        self::assertSame(2500, $this->db->count());
        $items = $this->exchange->items();
        $this->exchange->edit($items[1200]['id'], ['GivenName' => 'Edited']);
        foreach ([3, 1700, 2499] as $n) {
            $this->exchange->delete($items[$n]['id']);
        }
        $this->exchange->add(['GivenName' => 'Added']);
        $this->exchange->resetStats();
        $report = $this->round($sync);
        self::assertSame([1, 1, 3], [$report->inserted(), $report->updated(), $report->deleted()]);
        self::assertSame(2498, $this->db->count());
        self::assertGreaterThanOrEqual(4, $this->exchange->stats()['requests']['FindItem']);
        $this->assertSilent($sync);
    }

    /** One life of both sides: what each round left behind. */
    private function life(bool $withoutLists, string $seed): array
    {
        $this->exchange->call('POST', '/modes', ['noChangeLists' => $withoutLists, 'shortPages' => $withoutLists ? 7 : 0]);
        for ($n = 0; $n < 24; $n++) {
            $n % 2 === 0 ? $this->exchange->add(['GivenName' => "Nr. $n"]) : $this->db->insert(['first_name' => "Nr. $n"]);
        }
        $sync = $this->ready(self::POLICY);
        $this->round($sync);
        $told = [];
        for ($round = 0; $round < 5; $round++) {
            for ($edit = 0; $edit < 8; $edit++) {
                $this->somebodyEdits("$round.$edit", $edit);
            }
            $this->round($sync);
            $this->round($sync);
            $this->assertSidesAgree();
            $this->assertSilent($sync);
            $told[] = $this->told($sync);
        }
        $asked = $this->exchange->stats()['requests'];
        self::assertSame($withoutLists, isset($asked['FindItem']), $seed);
        self::assertSame($withoutLists, !isset($asked['SyncFolderItems']), $seed);
        return $told;
    }

    /** One edit of one side or of both; every round holds each kind once. */
    private function somebodyEdits(string $value, int $kind): void
    {
        $names = $this->db->pdo->query('SELECT first_name FROM contacts ORDER BY first_name')->fetchAll(\PDO::FETCH_COLUMN);
        $name = $names[mt_rand(0, count($names) - 1)];
        $row = $this->db->find('first_name', $name);
        $item = $this->exchange->find('GivenName', $name);
        match ($kind) {
            0 => $this->db->insert(['first_name' => "Row $value"]),
            1 => $this->exchange->add(['GivenName' => "Item $value", 'Body' => "line\r\n$value"]),
            2, 3 => $this->db->update((int) $row['id'], [['phone', 'company'][mt_rand(0, 1)] => "here $value"]),
            4, 5 => $item === null ?: $this->exchange->edit($item['id'], [['BusinessPhone', 'CompanyName'][mt_rand(0, 1)] => "there $value"]),
            6 => $this->bothEdit((int) $row['id'], $item['id'] ?? null, $value),
            default => $this->oneGoes((int) $row['id'], $item['id'] ?? null),
        };
    }

    private function bothEdit(int $row, ?string $item, string $value): void
    {
        $this->db->update($row, ['job_title' => "here $value"]);
        if ($item !== null) {
            $this->exchange->edit($item, ['JobTitle' => "there $value", 'MobilePhone' => $value]);
        }
    }

    private function oneGoes(int $row, ?string $item): void
    {
        if ($item !== null && mt_rand(0, 1) === 0) {
            mt_rand(0, 1) === 0 ? $this->exchange->delete($item) : $this->exchange->move($item, 'inbox');
        } else {
            $this->db->delete($row);
        }
    }

    /** What a person would find, without keys and ids. */
    private function told(ExchangeContactSync $sync): array
    {
        $columns = implode(', ', array_keys(self::MAP));
        $conflicts = array_map(
            static fn (ExchangeContactSync\Conflict $conflict): array => array_diff_key($conflict->toArray(), ['id' => 0, 'key' => 0, 'at' => 0]),
            $sync->conflicts(),
        );
        usort($conflicts, static fn (array $a, array $b): int => json_encode($a) <=> json_encode($b));
        $items = array_map(static fn (array $item): array => array_intersect_key($item['fields'], array_flip(self::MAP)), $this->exchange->items());
        usort($items, static fn (array $a, array $b): int => $a['GivenName'] <=> $b['GivenName']);
        return [
            'rows' => $this->db->pdo->query("SELECT $columns FROM contacts ORDER BY first_name")->fetchAll(),
            'items' => $items,
            'conflicts' => $conflicts,
            'held' => count($sync->held()),
        ];
    }

    private function assertSilent(ExchangeContactSync $sync): void
    {
        $before = $this->db->fingerprint();
        $this->exchange->resetStats();
        $this->round($sync);
        $stats = $this->exchange->stats();
        self::assertSame([0, $before], [$stats['writes'], $this->db->fingerprint()]);
        self::assertArrayNotHasKey('GetItem', $stats['requests']);
    }

    private function anotherWorld(): void
    {
        $this->exchange->stop();
        $this->db->drop();
        $this->db = new Database();
        $this->exchange = new Simulator();
    }
}
