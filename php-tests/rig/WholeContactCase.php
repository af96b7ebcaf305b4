<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use ExchangeContactSync;

/** Contacts of which every property is mapped. */
abstract class WholeContactCase extends SyncTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        WholeTable::create($this->db->pdo);
    }

    /**
     * A pair of a table of everything and a folder, installed.
     */
    protected function whole(?Database $db = null, string $folder = 'contacts', string $zone = 'UTC'): ExchangeContactSync
    {
        $sync = $this->sync([
            'exchange' => ['folder' => $folder, 'batch' => Simulator::overGraph() ? 20 : 50],
            'mysql' => ($db ?? $this->db)->url(),
            'contacts' => ['table' => WholeTable::NAME, 'modified' => null, 'timezone' => $zone, 'map' => WholeTable::map()],
        ]);
        $sync->install();
        return $sync;
    }

    /** Rounds until nothing is left to do, which must be soon. */
    protected function settle(ExchangeContactSync $sync, string $case = ''): void
    {
        for ($round = 0; $round < 4; $round++) {
            $report = $this->round($sync);
            $held = array_map(static fn ($held): string => $held->reason(), $sync->held());
            self::assertSame([], $held, $case);
            if ($report->inserted() + $report->updated() + $report->created() + $report->pushedUpdates() === 0) {
                return;
            }
        }
        self::fail("$case: no rest after $round rounds");
    }

    /** P4: rounds that neither fetch nor write anything, on either side. */
    protected function assertSilent(ExchangeContactSync $sync, Database $db, int $rounds = 3, string $case = ''): void
    {
        $table = 'CHECKSUM TABLE ' . WholeTable::NAME . ' EXTENDED';
        $before = $db->pdo->query($table)->fetchAll();
        $this->exchange->resetStats();
        for ($round = 0; $round < $rounds; $round++) {
            $report = $this->round($sync);
            self::assertSame(
                [0, 0, 0, 0, 0],
                [$report->fetched(), $report->inserted(), $report->updated(), $report->created(), $report->pushedUpdates()],
                $case,
            );
        }
        $stats = $this->exchange->stats();
        self::assertSame([$rounds, 0], [$stats['total'], $stats['writes']], $case);
        self::assertSame($before, $db->pdo->query($table)->fetchAll(), $case);
    }

    /**
     * What the items of a folder hold for every mapped property, in the order of their subjects.
     *
     * @return list<array<string, mixed>>
     */
    protected function shown(string $folder = 'contacts'): array
    {
        $all = array_map($this->everything(...), $this->exchange->items($folder));
        usort($all, static fn (array $a, array $b): int => $a[WholeTable::numbered()] <=> $b[WholeTable::numbered()]);
        return $all;
    }

    /**
     * @param array{id: string, fields: array<string, mixed>, extended: array<string, mixed>, attachments: list<mixed>} $item
     *
     * @return array<string, mixed> by property, the photo as base64
     */
    protected function everything(array $item): array
    {
        $shown = [];
        foreach (WholeTable::properties() as $property) {
            $shown[$property] = Catalogue::shown($item, $property);
        }
        $photo = $item['attachments'] === [] ? null : $this->exchange->call('GET', '/photos/' . rawurlencode($item['id']))['photo'];
        $shown['Photo'] = $photo['content'] ?? null;
        return $shown;
    }

    /**
     * A contact with a value for everything, known on both sides.
     *
     * @return array{ExchangeContactSync, int, string, array<string, mixed>} with row key, item id and row
     */
    protected function full(): array
    {
        $row = WholeTable::contact(4711, true);
        foreach (WholeTable::properties() as $column => $property) {
            $row[$column] = match (true) {
                // In Exchange a mapping brings FileAs with it unless somebody gives that too.
                $property === 'FileAs' => 'Filed under this',
                $property === 'Culture' => 'de-DE',
                // In a list without gaps nobody could tell which one of two equal ones is gone.
                $property === 'BusinessPhone2' => 'another number',
                str_ends_with($property, '#Boolean') => 1,
                default => $row[$column],
            };
        }
        $id = $this->db->insert($row, WholeTable::NAME);
        $sync = $this->whole();
        $this->settle($sync);
        $items = $this->exchange->items();
        self::assertCount(1, $items);
        return [$sync, $id, $items[0]['id'], $row];
    }

    /**
     * @param array<string, mixed> $values
     */
    protected function change(int $id, array $values): void
    {
        $set = implode(', ', array_map(static fn (string $column): string => "`$column` = ?", array_keys($values)));
        $this->db->pdo->prepare('UPDATE ' . WholeTable::NAME . " SET $set WHERE id = ?")->execute([...array_values($values), $id]);
    }

    /**
     * All that an item holds of an e-mail slot.
     *
     * @param array{fields: array<string, mixed>} $item
     *
     * @return array<string, mixed>
     */
    protected static function slot(array $item, string $key): array
    {
        return array_filter($item['fields'], static fn (string $name): bool => str_starts_with($name, $key), ARRAY_FILTER_USE_KEY);
    }
}
