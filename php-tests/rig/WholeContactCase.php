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
            'exchange' => ['folder' => $folder, 'batch' => 50],
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
        usort($all, static fn (array $a, array $b): int => $a['Subject'] <=> $b['Subject']);
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
}
