<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use DateTimeImmutable;
use DateTimeZone;
use ExchangeContactSync;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\ForeignClient;
use ExchangeContactSync\Tests\SyncTestCase;

/** A birthday is a day: no zone of anybody moves it, and no column type. */
final class CivilDateTest extends SyncTestCase
{
    private const DATES = ['1899-12-31', '1969-12-31', '2000-02-29'];

    private const ZONES = ['Pacific/Auckland', 'Europe/Berlin', 'America/Los_Angeles', 'Pacific/Kiritimati'];

    /** Address set: PidLidBirthdayLocal, PidLidWeddingAnniversaryLocal. */
    private const TWINS = ['Birthday' => 'extended:Address/32990#SystemTime', 'WeddingAnniversary' => 'extended:Address/32991#SystemTime'];

    private string $phpZone;
    private string $databaseZone;

    protected function setUp(): void
    {
        parent::setUp();
        $this->phpZone = date_default_timezone_get();
        $this->databaseZone = (string) Database::root()->query('SELECT @@GLOBAL.time_zone')->fetchColumn();
    }

    protected function tearDown(): void
    {
        date_default_timezone_set($this->phpZone);
        Database::root()->exec('SET GLOBAL time_zone = ' . $this->db->pdo->quote($this->databaseZone));
        parent::tearDown();
    }

    /** @return iterable<string, array{string, string}> */
    public function places(): iterable
    {
        foreach (self::ZONES as $zone) {
            foreach (['DATE', 'DATETIME', 'VARCHAR(20)'] as $type) {
                yield "$type in $zone" => [$zone, $type];
            }
        }
    }

    /**
     * semantics 41: PHP, the database and Outlook in that zone, and the other clients' ways of writing a day.
     *
     * @dataProvider places
     */
    public function testTheDayStaysTheSameForThreeRoundTrips(string $zone, string $type): void
    {
        date_default_timezone_set($zone);
        // No server knows more than 13 hours.
        $databaseZone = $this->db->pdo->quote(str_replace('+14', '+13', self::offset($zone)));
        Database::root()->exec("SET GLOBAL time_zone = $databaseZone");
        $this->db->pdo->exec("SET time_zone = $databaseZone");
        $this->db->pdo->exec("ALTER TABLE contacts MODIFY birthday $type NULL, ADD wedding $type NULL");
        $sync = $this->ready(['contacts' => [
            'timezone' => $zone,
            'map' => ['first_name' => 'GivenName', 'phone' => 'HomePhone', 'birthday' => 'Birthday', 'wedding' => 'WeddingAnniversary'],
        ]]);
        $outlook = new ForeignClient($this->exchange->url());
        $known = [];
        foreach (self::DATES as $date) {
            foreach (['Outlook', '00:00Z', '11:59Z', 'the webapp'] as $writer) {
                $name = "$date by $writer";
                $known[$name] = $date;
                if ($writer === 'the webapp') {
                    $this->db->insert(['first_name' => $name, 'birthday' => $date, 'wedding' => $date]);
                    continue;
                }
                $item = $this->exchange->add(['GivenName' => $name]);
                $this->writtenBy($writer, $outlook, $item, $zone, $date);
            }
        }
        for ($trip = 1; $trip <= 3; $trip++) {
            $this->settle($sync);
            $this->assertDays($known, "trip $trip, read");
            // The app writes what it has read once more, by way of nothing.
            $read = $this->db->pdo->query('SELECT id, birthday, wedding FROM contacts')->fetchAll();
            $this->db->pdo->exec('UPDATE contacts SET birthday = NULL, wedding = NULL');
            $this->settle($sync);
            self::assertNull($this->exchange->items()[0]['fields']['Birthday'] ?? null);
            foreach ($read as $row) {
                $this->db->update($row['id'], ['birthday' => $row['birthday'], 'wedding' => $row['wedding'], 'phone' => "trip $trip"]);
            }
            $this->settle($sync);
            $this->assertDays($known, "trip $trip, written");
            // Then Outlook, a telephone and so on save it in their own form, other clients after ours.
            foreach ($this->exchange->items() as $place => $item) {
                $writer = ['Outlook', '00:00Z', '11:59Z'][($place + $trip) % 3];
                $this->writtenBy($writer, $outlook, $item['id'], $zone, $known[$item['fields']['GivenName']]);
            }
        }
        $this->settle($sync);
        $this->assertDays($known, 'at the end');
        $this->exchange->resetStats();
        $this->round($sync);
        self::assertSame([1, 0], [$this->exchange->stats()['total'], $this->exchange->stats()['writes']]);
    }

    /** How a client writes a day: Outlook as midnight of its zone with the local twin, others without knowing of a twin. */
    private function writtenBy(string $writer, ForeignClient $outlook, string $item, string $zone, string $date): void
    {
        $moment = match ($writer) {
            'Outlook' => (new DateTimeImmutable("$date 00:00:00", new DateTimeZone(self::offset($zone))))
                ->setTimezone(new DateTimeZone('UTC'))->format('Y-m-d\TH:i:s\Z'),
            '00:00Z' => "{$date}T00:00:00Z",
            '11:59Z' => "{$date}T11:59:00Z",
        };
        $this->exchange->edit($item, ['Birthday' => $moment, 'WeddingAnniversary' => $moment]);
        if ($writer === 'Outlook') {
            $outlook->write($item, array_fill_keys(self::TWINS, "{$date}T00:00:00Z"));
        }
    }

    private function settle(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame(0, $sync->state()->pending());
    }

    /**
     * Every row has its day, and every item shows it to a client that reads it as Exchange's own documents say.
     *
     * @param array<string, string> $known name => day
     */
    private function assertDays(array $known, string $when): void
    {
        $rows = $this->db->pdo->query('SELECT first_name, birthday, wedding FROM contacts')->fetchAll();
        self::assertCount(count($known), $rows, $when);
        foreach ($rows as $row) {
            $day = $known[$row['first_name']];
            self::assertSame([$day, $day], [substr($row['birthday'], 0, 10), substr($row['wedding'], 0, 10)], "$when: $row[first_name]");
            $time = [substr($row['birthday'], 10), substr($row['wedding'], 10)];
            self::assertContains(array_unique($time), [[''], [' 00:00:00']], $when);
        }
    }

    /** What Outlook's rules of today make of the zone in the winter of the north, where all the days lie. */
    private static function offset(string $zone): string
    {
        return (new DateTimeImmutable('2026-01-01', new DateTimeZone($zone)))->format('P');
    }
}
