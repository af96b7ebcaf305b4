<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\PushResult;
use PHPUnit\Framework\TestCase;

/**
 * A webapp's database and a mailbox, both fresh for every test, and what one needs to play with them.
 */
abstract class SyncTestCase extends TestCase
{
    protected const MAP = [
        'first_name' => 'GivenName',
        'last_name' => 'Surname',
        'company' => 'CompanyName',
        'job_title' => 'JobTitle',
        'email' => 'EmailAddress1',
        'email2' => 'EmailAddress2',
        'phone' => 'BusinessPhone',
        'mobile' => 'MobilePhone',
        'street' => 'BusinessAddress.Street',
        'zip' => 'BusinessAddress.PostalCode',
        'city' => 'BusinessAddress.City',
        'country' => 'BusinessAddress.CountryOrRegion',
        'birthday' => 'Birthday',
        'notes' => 'Body',
        'tags' => 'Categories',
    ];

    /** The application that has the simulator's consent. */
    protected const APPLICATION = 'app-of-the-tests';

    protected Database $db;
    protected Simulator $exchange;

    protected function setUp(): void
    {
        $this->db = new Database();
        $this->exchange = new Simulator(['--oauth-client', self::APPLICATION . ':' . Simulator::PASSWORD]);
    }

    /**
     * How Exchange is reached.
     *
     * @return array<string, mixed>
     */
    private function exchange(): array
    {
        return Simulator::overGraph() ? $this->byGraph() : $this->byEws();
    }

    /**
     * @return array<string, mixed>
     */
    protected function byGraph(): array
    {
        return [
            'kind' => 'graph',
            'url' => $this->exchange->door(),
            'oauth' => [
                'authority' => $this->exchange->door(), 'tenant' => 'tenant',
                'client_id' => self::APPLICATION, 'client_secret' => Simulator::PASSWORD,
            ],
            'mailbox' => Simulator::MAILBOX,
            'allow_plain_http' => true,
        ];
    }

    /**
     * @return array<string, mixed>
     */
    protected function byEws(): array
    {
        return [
            'url' => $this->exchange->url(),
            'username' => Simulator::USER,
            'password' => Simulator::PASSWORD,
            'mailbox' => Simulator::MAILBOX,
            'allow_plain_http' => true,
        ];
    }

    /**
     * How Exchange is reached by who knows another password.
     *
     * @return array<string, mixed>
     */
    protected static function loggingInWith(string $password): array
    {
        return Simulator::overGraph() ? ['oauth' => ['client_secret' => $password]] : ['password' => $password];
    }

    protected function tearDown(): void
    {
        $this->exchange->stop();
        $this->db->drop();
        // PHPUnit keeps every test until the end, and with it its connection.
        unset($this->db, $this->exchange);
    }

    /**
     * @param array<string, mixed> $changes laid over the usual configuration, key by key; null removes a key of contacts
     *
     * @return array<string, mixed>
     */
    protected function config(array $changes = []): array
    {
        $map = $changes['contacts']['map'] ?? self::MAP;
        unset($changes['contacts']['map']);
        $config = array_replace_recursive([
            'exchange' => $this->exchange(),
            'mysql' => $this->db->url(),
            'contacts' => ['table' => 'contacts', 'key' => 'id', 'modified' => 'updated_at'],
        ], $changes);
        $config['contacts']['map'] = $map;
        $config['contacts'] = array_filter($config['contacts'], static fn (mixed $value): bool => $value !== null);
        return $config;
    }

    /**
     * @param array<string, mixed> $changes
     */
    protected function sync(array $changes = []): ExchangeContactSync
    {
        return new ExchangeContactSync($this->config($changes));
    }

    /**
     * Installed, and through its first round.
     *
     * @param array<string, mixed> $changes
     */
    protected function ready(array $changes = []): ExchangeContactSync
    {
        $sync = $this->sync($changes);
        $sync->install();
        $this->round($sync);
        $this->exchange->resetStats();
        return $sync;
    }

    /** A round that must come to its end. */
    protected function round(ExchangeContactSync $sync): ExchangeContactSync\SyncReport
    {
        $report = $sync->sync();
        self::assertNull($report->failure());
        self::assertTrue($report->complete());
        return $report;
    }

    /**
     * A contact that both sides know and agree on.
     *
     * @param array<string, mixed> $values columns
     *
     * @return array{int, string} row key and item id
     */
    protected function linked(ExchangeContactSync $sync, array $values): array
    {
        $id = $this->db->insert($values);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $property = self::MAP[array_key_first($values)];
        $item = $this->exchange->find($property, $values[array_key_first($values)]);
        self::assertNotNull($item);
        $this->round($sync);
        $this->exchange->resetStats();
        return [$id, $item['id']];
    }

    /**
     * Contacts that both sides know and agree on, named after their number.
     *
     * @return list<int> row keys
     */
    protected function many(ExchangeContactSync $sync, int $count): array
    {
        $known = count($this->exchange->items());
        $ids = [];
        for ($n = $known; $n < $known + $count; $n++) {
            $ids[] = $this->db->insert(['first_name' => "Nr. $n", 'email' => "nr$n@example.com"]);
        }
        $this->round($sync);
        $this->round($sync);
        self::assertCount($known + $count, $this->exchange->items());
        return $ids;
    }

    protected static function assertPushed(Outcome $expected, PushResult $result): void
    {
        self::assertSame($expected->value, $result->outcome()->value, (string) $result->error());
    }

    /**
     * @param array<string, mixed> $expected null means absent
     */
    protected function assertItem(array $expected, string $id): void
    {
        foreach ($this->exchange->items() as $item) {
            if ($item['id'] === $id) {
                foreach ($expected as $property => $value) {
                    $held = $item['fields'][$property] ?? null;
                    self::assertSame($value, is_string($held) ? self::lines($held) : $held, $property);
                }
                return;
            }
        }
        self::fail("there is no item $id");
    }

    /**
     * @param array<string, mixed> $expected
     */
    protected function assertRow(array $expected, int $id): void
    {
        $row = $this->db->row($id);
        self::assertNotNull($row, "there is no row $id");
        foreach ($expected as $column => $value) {
            self::assertSame($value, $row[$column], $column);
        }
    }

    /** Every contact is on both sides exactly once and alike in every mapped property. */
    protected function assertSidesAgree(): void
    {
        $rows = array_map(
            static fn (array $row): string => self::canonical(array_combine(self::MAP, array_map(
                static fn (string $column): mixed => is_int($row[$column]) ? (string) $row[$column] : $row[$column],
                array_keys(self::MAP),
            ))),
            $this->db->pdo->query('SELECT * FROM contacts')->fetchAll(),
        );
        $items = array_map(
            static fn (array $item): string => self::canonical(array_intersect_key($item['fields'], array_flip(self::MAP))),
            $this->exchange->items(),
        );
        sort($rows);
        sort($items);
        self::assertSame($items, $rows);
    }

    /** Exchange ends lines with CR LF, a webapp with LF; that is no difference. */
    private static function lines(string $text): string
    {
        return str_replace("\r\n", "\n", $text);
    }

    /**
     * @param array<string, mixed> $fields by property
     */
    private static function canonical(array $fields): string
    {
        $fields = array_filter($fields, static fn (mixed $value): bool => $value !== null && $value !== '' && $value !== []);
        if (is_string($fields['Categories'] ?? null)) {
            $fields['Categories'] = preg_split('/\s*,\s*/', $fields['Categories']);
        }
        if (isset($fields['Categories'])) {
            sort($fields['Categories']);
        }
        $fields = array_map(static fn (mixed $value): mixed => is_string($value) ? self::lines($value) : $value, $fields);
        ksort($fields);
        return json_encode($fields, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
    }

    /**
     * What a php of its own prints; it has the extension, and in CONFIG the configuration as JSON.
     *
     * @param array<string, mixed> $changes of the configuration
     */
    protected function php(string $code, array $changes = [], ?int &$status = null): string
    {
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-d', 'display_errors=1', '-r', $code],
            [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['redirect', 1]],
            $pipes,
            null,
            ['CONFIG' => json_encode($this->config($changes), JSON_THROW_ON_ERROR)] + getenv(),
        );
        self::assertIsResource($process);
        $printed = (string) stream_get_contents($pipes[1]);
        $status = proc_close($process);
        return $printed;
    }

    /**
     * The exception that a call must throw.
     *
     * @template T of \Throwable
     *
     * @param class-string<T> $class
     *
     * @return T
     */
    protected static function thrown(string $class, callable $call): \Throwable
    {
        try {
            $call();
        } catch (\Throwable $thrown) {
            self::assertInstanceOf($class, $thrown, $thrown::class . ': ' . $thrown->getMessage());
            return $thrown;
        }
        self::fail("no $class was thrown");
    }
}
