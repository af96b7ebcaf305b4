<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Catalogue;
use ExchangeContactSync\Tests\ForeignClient;
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
        self::assertGreaterThan($nothing === null ? 100 : 80, $checked);
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

    /** @return iterable<string, array{array<string, bool>}> */
    public function servers(): iterable
    {
        yield 'one that clears a slot as a whole' => [[]];
        yield 'one that leaves ghosts' => [['ghostSlots' => true]];
        yield 'one that keeps display names' => [['keepDisplayNames' => true]];
        yield 'one that does both' => [['ghostSlots' => true, 'keepDisplayNames' => true]];
    }

    /**
     * semantics 34.
     *
     * @dataProvider servers
     *
     * @param array<string, bool> $modes
     */
    public function testAnEmailSlotLeavesNoGhostAndNoOldName(array $modes): void
    {
        if ($modes !== []) {
            $this->exchange->call('POST', '/modes', $modes);
        }
        [$sync, $id, $item] = $this->full();
        foreach ([2, 1, 3] as $number) {
            [$key, $column] = ["EmailAddress$number", "c_emailaddress$number"];
            $others = array_map(
                fn (int $other): array => self::slot($this->exchange->item($item), "EmailAddress$other"),
                array_diff([1, 2, 3], [$number]),
            );
            foreach ([null, "other$number@example.com", "third$number@example.com"] as $address) {
                $this->change($id, [$column => $address]);
                self::assertPushed(Outcome::Updated, $sync->push($id));
                $after = $this->exchange->item($item);
                $slot = self::slot($after, $key);
                self::assertSame($address, $slot[$key] ?? null);
                // Nothing of the address before is left, whatever the server keeps by itself.
                $left = array_diff($slot, [$address, 'SMTP']);
                self::assertSame([], $address === null ? $slot : $left, "$key $address");
                foreach ($others as $other => $held) {
                    self::assertSame($held, self::slot($after, 'EmailAddress' . ([1, 2, 3])[$other]), "$key leaves the others");
                }
            }
        }
        $this->settle($sync);
        $this->assertSilent($sync, $this->db);
    }

    /**
     * A contact with a value for everything, known on both sides.
     *
     * @return array{ExchangeContactSync, int, string, array<string, mixed>} with row key, item id and row
     */
    private function full(): array
    {
        $row = WholeTable::contact(4711, true);
        foreach (WholeTable::properties() as $column => $property) {
            $row[$column] = match (true) {
                // In Exchange a mapping brings FileAs with it unless somebody gives that too.
                $property === 'FileAs' => 'Filed under this',
                $property === 'Culture' => 'de-DE',
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
     * Puts the column's value back. A FileAs alone would switch its mapping off, and a mapping alone make another FileAs, so
     * these two come together.
     *
     * @param array<string, mixed> $row
     */
    private function restore(ExchangeContactSync $sync, int $id, string $column, array $row): void
    {
        $filed = ['c_fileas' => null, 'c_fileasmapping' => null];
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
     * @param array<string, mixed> $values
     */
    private function change(int $id, array $values): void
    {
        $set = implode(', ', array_map(static fn (string $column): string => "`$column` = ?", array_keys($values)));
        $this->db->pdo->prepare('UPDATE ' . WholeTable::NAME . " SET $set WHERE id = ?")->execute([...array_values($values), $id]);
    }

    /**
     * @return array<string, mixed>
     */
    private function row(int $id): array
    {
        return $this->db->pdo->query('SELECT * FROM ' . WholeTable::NAME . " WHERE id = $id")->fetch();
    }

    /**
     * All that an item holds of an e-mail slot.
     *
     * @param array{fields: array<string, mixed>} $item
     *
     * @return array<string, mixed>
     */
    private static function slot(array $item, string $key): array
    {
        return array_filter($item['fields'], static fn (string $name): bool => str_starts_with($name, $key), ARRAY_FILTER_USE_KEY);
    }
}
