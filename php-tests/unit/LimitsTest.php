<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\HeldContact;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\SyncTestCase;

/** What the app's table refuses is held with the reason, never cut, never sent back damaged, and comes when it fits. */
final class LimitsTest extends SyncTestCase
{
    private const FULL = [
        'last_name' => 'Case', 'company' => 'Muster AG', 'job_title' => 'Clerk', 'zip' => '1000', 'city' => 'Bern',
        'country' => 'Schweiz', 'birthday' => '1980-05-17', 'notes' => 'short', 'mobile' => '1',
    ];

    /** The server's own mode, which is put back. */
    private string $mode;

    protected function setUp(): void
    {
        $root = Database::root();
        $this->mode = (string) $root->query('SELECT @@global.sql_mode')->fetchColumn();
        // A server that cuts what is too long, and an app that lets it.
        $root->exec("SET GLOBAL sql_mode=''");
        parent::setUp();
    }

    protected function tearDown(): void
    {
        parent::tearDown();
        Database::root()->prepare('SET GLOBAL sql_mode=?')->execute([$this->mode]);
    }

    /**
     * P6, R22, semantics 43, 44: a changed and a new contact that the table refuses are held, the others of the page arrive; a
     * correction in Outlook ends the hold with the next round, one of the table when the next try is due.
     *
     * @dataProvider limits
     *
     * @param list<string> $schema
     * @param list<string> $repair
     */
    public function testARefusedContactIsHeldUntilItFits(
        array $schema,
        string $property,
        ?string $bad,
        string $good,
        string $named,
        array $repair,
    ): void {
        array_map($this->db->pdo->exec(...), $schema);
        $sync = $this->ready();
        [$neighbour, $beside] = $this->linked($sync, ['first_name' => 'Neighbour', 'phone' => '777'] + self::FULL);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Limited'] + self::FULL);
        $before = $this->db->row($id);

        $this->exchange->edit($item, [$property => $bad, 'MobilePhone' => 'there']);
        $this->exchange->edit($beside, ['MobilePhone' => 'fine']);
        $new = $this->exchange->add(['GivenName' => 'Newcomer', $property => $bad] + self::fields());
        $this->exchange->add(['GivenName' => 'Welcome'] + self::fields());
        $report = $this->round($sync);
        self::assertSame([1, 1, 2], [$report->inserted(), $report->updated(), $report->held()]);
        self::assertSame($before, $this->db->row($id));
        $this->assertRow(['mobile' => 'fine'], $neighbour);
        self::assertNotNull($this->db->find('first_name', 'Welcome'));
        self::assertNull($this->db->find('first_name', 'Newcomer'));
        foreach ([[$item, (string) $id, 'Limited', 'there'], [$new, null, 'Newcomer', '1']] as [$of, $key, $label, $mobile]) {
            $held = $this->heldOf($sync, $of);
            self::assertSame([$key, 'to_table'], [$held->key(), $held->direction()]);
            self::assertStringContainsString($named, $held->reason());
            self::assertStringContainsString($label, $held->label());
            self::assertSame([$bad, $mobile], [$held->values()[$property] ?? null, $held->values()['MobilePhone']]);
        }

        // Neither silence nor an edit of the row sends anything back.
        $items = $this->exchange->items();
        $this->exchange->resetStats();
        $this->round($sync);
        $this->db->update($id, ['email' => 'here@example.com']);
        $result = $sync->push($id);
        self::assertPushed(Outcome::Held, $result);
        self::assertStringContainsString($named, (string) $result->error());
        $this->round($sync);
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame($items, $this->exchange->items());
        self::assertCount(2, $sync->held());

        foreach ([$item, $new] as $of) {
            $this->exchange->edit($of, [$property => $good]);
        }
        $this->round($sync);
        self::assertSame([], $sync->held());
        $this->assertRow(['mobile' => 'there', 'email' => 'here@example.com'], $id);
        self::assertSame(4, $this->db->count());
        $this->assertSidesAgree();

        foreach ([$item, $new] as $of) {
            $this->exchange->edit($of, [$property => $bad]);
        }
        self::assertSame(2, $this->round($sync)->held());
        array_map($this->db->pdo->exec(...), $repair);
        $this->hoursPass();
        $this->cron();
        self::assertSame([], $sync->held());
        self::assertSame(4, $this->db->count());
        $this->assertSidesAgree();
    }

    /** @return iterable<string, array{list<string>, string, string|null, string, string, list<string>}> */
    public function limits(): iterable
    {
        $alter = static fn (string $how): array => ["ALTER TABLE contacts $how"];
        yield 'a UNIQUE value of another contact' => [
            $alter('ADD UNIQUE KEY one_phone (phone)'), 'BusinessPhone', '777', '', 'one_phone', $alter('DROP KEY one_phone'),
        ];
        yield 'nothing where NOT NULL is wanted' => [
            $alter('MODIFY birthday DATE NOT NULL'), 'Birthday', null, '1999-09-09', 'column birthday', $alter('MODIFY birthday DATE'),
        ];
        yield 'more characters than the column has' => [
            $alter('MODIFY job_title VARCHAR(10)'), 'JobTitle', 'Geschäftsführerin', 'Chefin', 'column job_title',
            $alter('MODIFY job_title VARCHAR(80)'),
        ];
        yield 'more bytes than the column has' => [
            $alter('MODIFY notes TINYTEXT'), 'Body', str_repeat('ä', 200), 'little', 'column notes', $alter('MODIFY notes TEXT'),
        ];
        yield 'four bytes where three are stored' => [
            $alter('MODIFY company VARCHAR(120) CHARACTER SET utf8mb3'), 'CompanyName', 'Fest 🎉 𠀀 GmbH', 'Fest GmbH', 'column company',
            $alter('MODIFY company VARCHAR(120) CHARACTER SET utf8mb4'),
        ];
        yield 'characters that only the server can judge' => [
            $alter('MODIFY company VARCHAR(120) CHARACTER SET cp1251'), 'CompanyName', 'Ñandú', 'Срок', 'column company',
            $alter('MODIFY company VARCHAR(120) CHARACTER SET utf8mb4'),
        ];
        yield 'a text where a number is wanted' => [
            $alter('MODIFY zip INT'), 'BusinessAddress.PostalCode', 'CH-3000', '3000', 'column zip is not of the column\'s type',
            $alter('MODIFY zip VARCHAR(20)'),
        ];
        yield 'a number out of range' => [
            $alter('MODIFY zip SMALLINT'), 'BusinessAddress.PostalCode', '99999', '3000', 'column zip', $alter('MODIFY zip INT'),
        ];
        yield 'none of the values of an ENUM' => [
            $alter("MODIFY country ENUM('Schweiz', 'Chile')"), 'BusinessAddress.CountryOrRegion', 'Atlantis', 'Chile', 'column country',
            $alter('MODIFY country VARCHAR(80)'),
        ];
        yield 'a CHECK constraint' => [
            $alter("ADD CONSTRAINT zip_has_digits CHECK (zip REGEXP '^[0-9]+$')"), 'BusinessAddress.PostalCode', 'CH', '3000', 'zip_has_digits',
            $alter('DROP CONSTRAINT zip_has_digits'),
        ];
        yield 'a generated column that has no room' => [
            $alter('ADD city_short VARCHAR(5) AS (city) STORED'), 'BusinessAddress.City', 'Winterthur', 'Chur', 'column city_short',
            $alter('DROP city_short'),
        ];
        yield 'a generated column that cannot be computed' => [
            $alter('ADD share DECIMAL(9, 4) AS (100 / zip) STORED'), 'BusinessAddress.PostalCode', '0', '4', 'Division by 0',
            $alter('DROP share'),
        ];
        foreach (['' => 'a SIGNAL of a trigger', ', MYSQL_ERRNO = 31000' => 'a SIGNAL with a number of its own'] as $number => $case) {
            $triggers = array_map(static fn (string $event): string => <<<SQL
                CREATE TRIGGER no_spies_$event BEFORE $event ON contacts FOR EACH ROW
                IF NEW.job_title = 'Spy' THEN
                    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'job_title must not be Spy' $number;
                END IF
                SQL, ['INSERT', 'UPDATE']);
            yield $case => [
                $triggers, 'JobTitle', 'Spy', 'Clerk', 'job_title must not be Spy',
                ['DROP TRIGGER no_spies_INSERT', 'DROP TRIGGER no_spies_UPDATE'],
            ];
        }
    }

    private function heldOf(ExchangeContactSync $sync, string $item): HeldContact
    {
        $item = $this->exchange->idOf($item);
        $held = array_values(array_filter($sync->held(), static fn (HeldContact $held): bool => $held->item() === $item));
        self::assertCount(1, $held);
        return $held[0];
    }

    /**
     * @return array<string, string> the usual values by property
     */
    private static function fields(): array
    {
        $fields = [];
        foreach (self::FULL as $column => $value) {
            $fields[self::MAP[$column]] = $value;
        }
        return $fields;
    }

    /** By the clock of the database, which tells when a held contact is due (R25). */
    private function hoursPass(): void
    {
        $this->db->pdo->exec('UPDATE ecs_held SET tried = tried - INTERVAL 2 HOUR');
    }

    /** A round in a process of its own, which sees the table as it is now. */
    private function cron(): void
    {
        $printed = $this->php(<<<'PHP'
            $report = (new ExchangeContactSync(json_decode(getenv('CONFIG'), true)))->sync();
            echo json_encode([$report->complete(), $report->failure()]);
            PHP);
        self::assertSame('[true,null]', $printed);
    }
}
