<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Catalogue;
use ExchangeContactSync\Tests\ForeignClient;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\WholeContactCase;
use ExchangeContactSync\Tests\WholeTable;

/** What is emptied on one side becomes empty on the other one, that alone. */
final class ClearingTest extends WholeContactCase
{
    /** What Exchange shows in place of nothing. */
    private const INSTEAD = ['Culture' => 'en-US'];

    /** @return iterable<string, array{?string}> */
    public function nothings(): iterable
    {
        yield 'NULL' => [null];
        yield 'an empty text' => [''];
    }

    /**
     * semantics 27, 33, 39.
     *
     * @dataProvider nothings
     */
    public function testEachColumnAloneClearsItsPropertyInExchange(?string $nothing): void
    {
        [$sync, $id, $item, $row] = $this->full();
        $checked = 0;
        foreach (WholeTable::properties() as $column => $property) {
            if ($nothing === '' && !WholeTable::isText($column)) {
                continue;
            }
            if (Simulator::overGraph() && WholeTable::hasMoreBehindIt($property)) {
                // A list closes up, so that another one would take its place.
                continue;
            }
            $before = $this->everything($this->exchange->item($item));
            self::assertNotNull($before[$property], $property);
            $this->change($id, [$column => $nothing]);
            self::assertPushed(Outcome::Updated, $sync->push($id));
            $after = $this->exchange->item($item);
            self::assertSame([$property => null] + $before, [$property => null] + $this->everything($after), "$property alone");
            self::assertNull(Catalogue::shown($after, $property), $property);
            $slot = str_starts_with($property, 'EmailAddress') ? self::slot($after, $property) : [];
            self::assertSame([], $slot, "$property is gone with all that belongs to it");
            self::assertSame($nothing, $this->row($id)[$column], $column);
            $this->restore($sync, $id, $column, $row);
            $checked++;
        }
        self::assertGreaterThan(($nothing === null ? 100 : 80) - (Simulator::overGraph() ? 12 : 0), $checked);
        $this->settle($sync);
        $this->assertSilent($sync, $this->db);
    }

    /** semantics 33, P8. */
    public function testEachPropertyAloneClearsItsColumn(): void
    {
        [$sync, $id, $item, $row] = $this->full();
        $outlook = new ForeignClient($this->exchange->url());
        foreach (WholeTable::properties() as $column => $property) {
            $before = WholeTable::compared($this->row($id));
            self::assertNotNull($before[$column], $column);
            [$part, $name] = Catalogue::place($property);
            match (true) {
                $property === 'Photo' => $this->exchange->call('POST', '/photos', ['id' => $item, 'content' => null]),
                $property === 'ReminderDueBy' => $this->exchange->edit($item, ['ReminderIsSet' => 'false']),
                $part === 'fields' => $this->exchange->edit($item, [$name => null]),
                default => $outlook->write($item, [ForeignClient::wireName($property) => null]),
            };
            self::assertSame(1, $sync->pull()->updated(), $property);
            $after = WholeTable::compared($this->row($id));
            self::assertSame(self::INSTEAD[$property] ?? null, $after[$column], $column);
            self::assertSame([$column => null] + $before, [$column => null] + $after, "$column alone");
            $this->restore($sync, $id, $column, $row);
        }
        $this->settle($sync);
        $this->assertSilent($sync, $this->db);
    }

    /**
     * Puts the column's value back. A FileAs alone would switch its mapping off, and a mapping alone make another FileAs, so
     * these two come together.
     *
     * @param array<string, mixed> $row
     */
    private function restore(ExchangeContactSync $sync, int $id, string $column, array $row): void
    {
        $filed = array_intersect_key(['c_fileas' => null, 'c_fileasmapping' => null], $row);
        if (array_key_exists($column, $filed)) {
            // What follows from what is known only when the item is read back.
            $this->settle($sync);
            $this->change($id, $filed);
            $this->settle($sync);
            $this->change($id, array_intersect_key($row, $filed));
        } else {
            $this->change($id, [$column => $row[$column]]);
        }
        self::assertPushed(Outcome::Updated, $sync->push($id));
    }

    /**
     * @return array<string, mixed>
     */
    private function row(int $id): array
    {
        return $this->db->pdo->query('SELECT * FROM ' . WholeTable::NAME . " WHERE id = $id")->fetch();
    }
}
