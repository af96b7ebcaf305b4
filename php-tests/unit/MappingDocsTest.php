<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** The examples of docs/mapping.md: each table and configuration as it stands there makes a round trip. */
final class MappingDocsTest extends SyncTestCase
{
    private const FILE = __DIR__ . '/../../docs/mapping.md';

    /** R23, P8. */
    public function testAPlainTable(): void
    {
        $sync = $this->example('a plain table');
        $id = $this->db->insert([
            'first_name' => 'Anna', 'last_name' => 'Muster', 'birthday' => '1980-05-17', 'tags' => 'A, B', 'sensitivity' => 'Private',
            'customer_number' => 4711, 'vip' => 1, 'last_call' => '2026-07-01 12:00:00',
        ]);
        $item = $this->pushed($sync, $id, 'Anna');
        $this->assertItem(['Surname' => 'Muster', 'Birthday' => '1980-05-17', 'Categories' => ['A', 'B'], 'Sensitivity' => 'Private'], $item);
        $extended = $this->exchange->call('GET', '/items/' . rawurlencode($item))['extended'];
        $own = 'b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42';
        self::assertSame(
            ['4711', 'true', '2026-07-01T10:00:00Z'],
            [$extended["$own/CustomerNumber"], $extended["$own/Vip"], $extended["$own/LastCall"]],
        );
        $this->exchange->edit($item, ['MobilePhone' => '+49 1', 'Body' => "one\r\ntwo", 'Categories' => ['B'], 'Sensitivity' => null]);
        $this->round($sync);
        $this->assertRow(['mobile' => '+49 1', 'notes' => "one\ntwo", 'tags' => 'B', 'sensitivity' => 'Normal', 'customer_number' => 4711], $id);
        $this->assertSilent($sync);
    }

    /** R23, P8. */
    public function testChildTables(): void
    {
        $sync = $this->example('child tables');
        $id = $this->db->insert(['first_name' => 'Bea'], 'people');
        $this->db->insert(['person_id' => $id, 'position' => 2, 'email' => 'bea@x.example'], 'people_emails');
        $this->db->insert(['person_id' => $id, 'kind' => 'mobile', 'number' => '1'], 'people_phones');
        $this->db->insert(['person_id' => $id, 'kind' => 'skype', 'number' => 'bea'], 'people_phones');
        $this->db->insert(['person_id' => $id, 'type' => 'work', 'city' => 'Köln'], 'people_addresses');
        $this->db->insert(['person_id' => $id, 'tag' => 'A'], 'people_tags');
        $item = $this->pushed($sync, $id, 'Bea');
        $this->assertItem(
            ['EmailAddress2' => 'bea@x.example', 'MobilePhone' => '1', 'BusinessAddress.City' => 'Köln', 'Categories' => ['A']],
            $item,
        );
        $this->exchange->edit($item, [
            'EmailAddress1' => 'one@x.example', 'MobilePhone' => null, 'HomePhone' => '2', 'HomeAddress.Street' => 'Weg 1', 'Categories' => ['A', 'C'],
        ]);
        $this->round($sync);
        self::assertSame(['1 one@x.example', '2 bea@x.example'], $this->rows("CONCAT(position, ' ', email) FROM people_emails"));
        self::assertSame(['home 2', 'skype bea'], $this->rows("CONCAT(kind, ' ', number) FROM people_phones"));
        self::assertSame(['home Weg 1', 'work Köln'], $this->rows("CONCAT(type, ' ', COALESCE(street, city)) FROM people_addresses"));
        self::assertSame(['A', 'C'], $this->rows('tag FROM people_tags'));
        $this->assertSilent($sync);
    }

    /** R23, P8. */
    public function testAJsonColumn(): void
    {
        $sync = $this->example('a JSON column');
        $id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
        $document = '{"name":{"first":"Cleo"},"theme":"dark","phones":{"fax":"9","mobile":"1"},"born":"1990-02-28","vip":true}';
        $this->db->insert(['id' => $id, 'name' => 'Cleo C.', 'data' => $document]);
        $item = $this->pushed($sync, $id, 'Cleo');
        $this->assertItem(['DisplayName' => 'Cleo C.', 'MobilePhone' => '1', 'Birthday' => '1990-02-28'], $item);
        $this->exchange->edit($item, ['MobilePhone' => '2', 'Surname' => 'Muster', 'Categories' => ['A']]);
        $this->round($sync);
        [$now] = $this->rows('data FROM contacts');
        self::assertSame(
            ['name' => ['first' => 'Cleo', 'last' => 'Muster'], 'theme' => 'dark', 'phones' => ['fax' => '9', 'mobile' => '2'],
                'born' => '1990-02-28', 'vip' => true, 'tags' => ['A']],
            json_decode($now, true),
        );
        $this->assertSilent($sync);
    }

    /** R23, P8. */
    public function testLaravel(): void
    {
        $sync = $this->example('Laravel');
        $now = gmdate('Y-m-d H:i:s');
        $times = ['created_at' => $now, 'updated_at' => $now];
        $id = $this->db->insert(['account_id' => 7, 'first_name' => 'Dora', 'labels' => '["A"]'] + $times);
        $this->db->insert(['contact_id' => $id, 'type' => 'work', 'number' => '1'] + $times, 'contact_phones');
        $other = $this->db->insert(['account_id' => 8, 'first_name' => 'Of another account'] + $times);
        $item = $this->pushed($sync, $id, 'Dora');
        $this->assertItem(['BusinessPhone' => '1', 'Categories' => ['A']], $item);
        $this->exchange->edit($item, ['JobTitle' => 'Chief', 'MobilePhone' => '2', 'Categories' => ['A', 'B']]);
        $new = $this->exchange->add(['GivenName' => 'Emil', 'MobilePhone' => '3']);
        $this->round($sync);
        $this->assertRow(['job_title' => 'Chief', 'labels' => '["A","B"]'], $id);
        self::assertSame(['work 1', 'mobile 2'], $this->rows("CONCAT(type, ' ', number) FROM contact_phones WHERE contact_id = $id", 'id'));
        self::assertSame(7, $this->db->find('first_name', 'Emil')['account_id'] ?? null);
        $this->db->delete($id);
        self::assertPushed(Outcome::Deleted, $sync->push($id));
        self::assertSame([$new], array_column($this->exchange->items(), 'id'));
        self::assertNotNull($this->db->row($other));
        $this->assertSilent($sync);
    }

    /** R23, P6, P8. */
    public function testAnOldGermanTable(): void
    {
        $this->db->pdo->exec("SET SESSION sql_mode = ''");
        $sync = $this->example('an old German table');
        $id = $this->db->insert(['titel' => 'Dr.', 'vorname' => 'Jürgen', 'name' => 'Groß', 'abteilung' => 'Vertrieb', 'stichworte' => 'A, B'], 'adressen');
        $item = $this->pushed($sync, $id, 'Jürgen');
        $this->assertItem(['Surname' => 'Groß', 'Department' => 'Vertrieb', 'Categories' => ['A', 'B'], 'Birthday' => null], $item);
        $this->exchange->edit($item, ['Birthday' => '1961-03-09', 'Sensitivity' => 'Private', 'Department' => 'Technik', 'Categories' => ['A', 'C']]);
        $this->round($sync);
        self::assertSame(
            ['1961-03-09 Private Technik A, C'],
            $this->rows("CONCAT(geburtstag, ' ', vertraulich, ' ', abteilung, ' ', stichworte) FROM adressen"),
        );
        $this->assertSilent($sync);
        foreach ([['Surname' => 'Γεωργίου'], ['Surname' => 'Groß', 'Department' => 'Lager']] as $number => $fields) {
            $this->exchange->edit($item, $fields);
            $this->round($sync);
            self::assertCount(1, $sync->held());
            self::assertStringContainsString(['name', 'abteilung'][$number], $sync->held()[0]->reason());
            self::assertSame(['Groß Technik'], $this->rows("CONCAT(name, ' ', abteilung) FROM adressen"));
        }
        $this->exchange->edit($item, ['Department' => 'Einkauf']);
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame(['Einkauf'], $this->rows('abteilung FROM adressen'));
    }

    /** R23, R13. */
    public function testComputed(): void
    {
        $sync = $this->example('computed');
        $id = $this->db->insert(['full_name' => 'Anna Maria Lee', 'phone_raw' => '030 1234', 'status' => 'partner']);
        $item = $this->pushed($sync, $id, 'Anna Maria');
        $this->assertItem(['Surname' => 'Lee', 'MobilePhone' => '+49 30 1234', 'Categories' => ['Customer', 'Partner']], $item);
        $this->exchange->edit($item, ['GivenName' => 'Bo', 'MobilePhone' => '+4940 9', 'Categories' => ['Customer', 'Blue']]);
        $this->exchange->add(['Surname' => 'Ray', 'EmailAddress1' => 'ray@example.com']);
        $this->round($sync);
        self::assertSame(
            ['Bo Lee|040 9|customer|-', 'Ray|-|-|ray@example.com'],
            $this->rows("CONCAT_WS('|', full_name, COALESCE(phone_raw, '-'), COALESCE(status, '-'), COALESCE(email, '-')) FROM contacts"),
        );
        $this->assertSilent($sync);
        $this->db->update($id, ['full_name' => 'Bo Lynn']);
        $this->exchange->edit($item, ['Categories' => ['Lead']]);
        $this->round($sync);
        $this->assertItem(['GivenName' => 'Bo', 'Surname' => 'Lynn', 'MobilePhone' => '+4940 9'], $item);
        self::assertSame(['lead'], $this->rows("status FROM contacts WHERE id = $id"));
        $this->assertSilent($sync);
    }

    /** R23: no example is left out here. */
    public function testEveryExampleHasItsTest(): void
    {
        preg_match_all('/^## Example: (.+)$/m', (string) file_get_contents(self::FILE), $found);
        foreach ($found[1] as $title) {
            self::assertTrue(method_exists(self::class, 'test' . str_replace(' ', '', $title)), $title);
        }
        self::assertCount(6, $found[1]);
    }

    /** Makes the tables of an example and installs with its configuration. */
    private function example(string $title): ExchangeContactSync
    {
        $section = explode("\n## Example: $title\n", (string) file_get_contents(self::FILE), 2)[1] ?? self::fail("no example $title");
        $section = explode("\n## ", $section, 2)[0];
        self::assertSame(1, preg_match('/```sql\n(.+?)```/s', $section, $sql));
        self::assertSame(1, preg_match('/```php\n(.+?)```/s', $section, $php));
        $this->db->pdo->exec('DROP TABLE orders, contacts');
        foreach (array_filter(array_map('trim', explode(";\n", $sql[1]))) as $statement) {
            $this->db->pdo->exec($statement);
        }
        $contacts = [];
        eval($php[1]);
        $sync = new ExchangeContactSync(['contacts' => $contacts] + $this->config());
        $sync->install();
        $this->round($sync);
        return $sync;
    }

    /** The id of the item that a pushed row became. */
    private function pushed(ExchangeContactSync $sync, int|string $id, string $name): string
    {
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', $name)['id'] ?? '');
        self::assertNotSame('', $item);
        $this->round($sync);
        return $item;
    }

    private function assertSilent(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        $this->exchange->resetStats();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->fetched(), $report->updated(), $report->pushedUpdates()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame([], $sync->held());
        self::assertSame([], $sync->conflicts());
    }

    /**
     * @return list<string> of one column, in its order or that of another one
     */
    private function rows(string $select, string $order = '1'): array
    {
        return $this->db->pdo->query("SELECT $select ORDER BY $order")->fetchAll(\PDO::FETCH_COLUMN);
    }
}
