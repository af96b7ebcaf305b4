<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\Catalogue;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\ForeignClient;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\WholeContactCase;
use ExchangeContactSync\Tests\WholeTable;

/** Every property that can be mapped, and extended ones of every type, go over and come back as they were. */
final class WholeContactTest extends WholeContactCase
{
    private const CONTACTS = 30;

    public function testTheTableHasAColumnForEveryPropertyOfTheCatalogue(): void
    {
        self::assertSame([], array_diff(array_keys(Catalogue::kinds()), WholeTable::properties()));
        self::assertGreaterThanOrEqual(Simulator::overGraph() ? 80 : 87, count(Catalogue::kinds()));
        // What the catalogue lists is what the extension knows.
        $this->whole();
    }

    /** R13, P4, semantics 8, 35, 37, 38, 39, 43, 45, 46: whatever a webapp stores is what another one reads from the same mailbox. */
    public function testFromOneTableThroughExchangeToAnother(): void
    {
        $seed = self::seed();
        for ($n = 0; $n < self::CONTACTS; $n++) {
            $this->db->insert(WholeTable::contact($seed + $n), WholeTable::NAME);
        }
        $given = WholeTable::rows($this->db->pdo);
        $sync = $this->whole(zone: self::zone($seed));
        $this->settle($sync, "seed $seed");
        self::assertCount(self::CONTACTS, $this->exchange->items());
        self::assertSame($given, WholeTable::rows($this->db->pdo), "seed $seed: the first table");
        $this->assertSilent($sync, $this->db, 3, "seed $seed");
        $other = new Database();
        try {
            WholeTable::create($other->pdo);
            $reader = $this->whole($other, zone: self::zone($seed));
            $this->settle($reader, "seed $seed");
            self::assertSame($given, WholeTable::rows($other->pdo), "seed $seed: the second table");
            $this->assertSilent($reader, $other, 3, "seed $seed");
            $this->assertSilent($sync, $this->db, 1, "seed $seed");
        } finally {
            $other->drop();
        }
    }

    /** R13, P4, semantics 8, 35, 37, 38, 39, 43, 45, 46: whatever Outlook stores is what a webapp writes into another folder. */
    public function testFromOneFolderThroughATableToAnother(): void
    {
        $seed = self::seed();
        $outlook = new ForeignClient($this->exchange->url());
        for ($n = 0; $n < self::CONTACTS; $n++) {
            $outlook->make($this->exchange, WholeTable::contact($seed + $n));
        }
        $given = $this->shown();
        $sync = $this->whole(zone: self::zone($seed));
        $this->settle($sync, "seed $seed");
        self::assertSame($given, $this->shown(), "seed $seed: the first folder");
        $this->assertSilent($sync, $this->db, 3, "seed $seed");
        $other = new Database();
        try {
            WholeTable::create($other->pdo);
            Database::root()->exec("INSERT INTO $other->name.whole SELECT * FROM {$this->db->name}.whole");
            $this->exchange->folder('contacts/Copy');
            $writer = $this->whole($other, 'contacts/Copy', self::zone($seed));
            $this->settle($writer, "seed $seed");
            self::assertSame($given, $this->shown('contacts/Copy'), "seed $seed: the second folder");
            $this->assertSilent($writer, $other, 3, "seed $seed");
        } finally {
            $other->drop();
        }
    }

    /** The zone of the date-times of both tables. */
    private static function zone(int $seed): string
    {
        return ['UTC', 'Europe/Berlin', 'America/St_Johns'][$seed % 3];
    }

    private static function seed(): int
    {
        return (int) (getenv('ECS_SEED') ?: random_int(1, 1_000_000));
    }
}
