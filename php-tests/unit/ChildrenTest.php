<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Contacts that live in several tables. */
final class ChildrenTest extends SyncTestCase
{
    private const CHILDREN = [
        ['table' => 'contact_phones', 'contact' => 'contact_id', 'slot' => 'kind', 'value' => 'number',
            'map' => ['mobile' => 'MobilePhone', 'work' => 'BusinessPhone']],
        ['table' => 'contact_emails', 'contact' => 'contact_id', 'slot' => 'position', 'value' => 'email',
            'map' => [1 => 'EmailAddress1', 2 => 'EmailAddress2']],
        ['table' => 'contact_addresses', 'contact' => 'contact_id', 'slot' => 'type',
            'map' => ['work' => ['street' => 'BusinessAddress.Street', 'city' => 'BusinessAddress.City']]],
        ['table' => 'contact_tags', 'contact' => 'contact_id', 'value' => 'tag', 'list' => 'Categories'],
    ];

    protected function setUp(): void
    {
        parent::setUp();
        foreach ([
            'CREATE TABLE contact_phones (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, contact_id INT UNSIGNED NOT NULL, kind VARCHAR(20) NOT NULL,
                number VARCHAR(40) NOT NULL, label VARCHAR(40) NULL, created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
                CONSTRAINT phones_contact FOREIGN KEY (contact_id) REFERENCES contacts (id))',
            'CREATE TABLE contact_emails (contact_id INT UNSIGNED NOT NULL, position INT NOT NULL, email VARCHAR(190) NOT NULL,
                PRIMARY KEY (contact_id, position), UNIQUE KEY one_owner (email))',
            "CREATE TABLE contact_addresses (contact_id INT UNSIGNED NOT NULL, type ENUM('work','home') NOT NULL, street VARCHAR(200) NULL,
                city VARCHAR(80) NULL, PRIMARY KEY (contact_id, type), FOREIGN KEY (contact_id) REFERENCES contacts (id) ON DELETE CASCADE)",
            'CREATE TABLE contact_tags (contact_id INT UNSIGNED NOT NULL, tag VARCHAR(60) NOT NULL, KEY (contact_id))',
        ] as $sql) {
            $this->db->pdo->exec($sql);
        }
    }

    /**
     * @param array<string, mixed> $contacts
     */
    private function started(array $contacts = []): ExchangeContactSync
    {
        $map = ['first_name' => 'GivenName', 'last_name' => 'Surname'];
        return $this->ready(['contacts' => $contacts + ['map' => $map, 'children' => self::CHILDREN]]);
    }

    /**
     * @param array<string, mixed> $fields
     *
     * @return array{int, string} row key and item id
     */
    private function pulled(ExchangeContactSync $sync, string $name, array $fields): array
    {
        $item = $this->exchange->add(['GivenName' => $name] + $fields);
        $this->round($sync);
        $row = $this->db->find('first_name', $name);
        self::assertNotNull($row);
        return [(int) $row['id'], $item];
    }

    /**
     * @return list<string>
     */
    private function rows(string $sql): array
    {
        return $this->db->pdo->query($sql)->fetchAll(\PDO::FETCH_COLUMN);
    }

    /** P4, P8, R13. */
    public function testAContactArrivesInItsTablesAndTheSidesStayQuiet(): void
    {
        $sync = $this->started();
        $this->pulled($sync, 'Anna', [
            'MobilePhone' => '1', 'EmailAddress2' => 'two@x.example', 'BusinessAddress.City' => 'Köln', 'Categories' => ['A', 'B'],
            'HomePhone' => 'not mapped',
        ]);
        self::assertSame(['mobile 1'], $this->rows("SELECT CONCAT(kind, ' ', number) FROM contact_phones"));
        // A list of Graph has no gaps.
        self::assertSame([Simulator::overGraph() ? '1 two@x.example' : '2 two@x.example'], $this->rows("SELECT CONCAT(position, ' ', email) FROM contact_emails"));
        self::assertSame(['work Köln'], $this->rows("SELECT CONCAT(type, ' ', city) FROM contact_addresses"));
        self::assertSame(['A', 'B'], $this->rows('SELECT tag FROM contact_tags ORDER BY tag'));
        $this->exchange->resetStats();
        $writes = $this->db->writes();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0, 0], [$report->fetched(), $report->updated(), $report->created(), $report->pushedUpdates()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
        $now = $this->db->writes();
        foreach (['contacts', 'contact_phones', 'contact_emails', 'contact_addresses', 'contact_tags', 'ecs_links', 'ecs_outbox'] as $table) {
            self::assertSame($writes[$table] ?? 0, $now[$table] ?? 0, $table);
        }
        self::assertSame('MobilePhone', $sync->plan()->mapping()['contact_phones[mobile].number'] ?? null);
    }

    /** P1, R12, R18: raw SQL on a child table is enough. */
    public function testWhatTheAppWritesIntoChildRowsReachesExchange(): void
    {
        $sync = $this->started();
        $id = $this->db->insert(['first_name' => 'Bo']);
        $this->db->insert(['contact_id' => $id, 'kind' => 'work', 'number' => '2'], 'contact_phones');
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', 'Bo')['id'] ?? '');
        $this->assertItem(['BusinessPhone' => '2'], $item);
        $this->round($sync);
        foreach ([
            "UPDATE contact_phones SET number='22'" => ['BusinessPhone' => '22'],
            "INSERT INTO contact_phones (contact_id, kind, number) VALUES ($id, 'mobile', '3'), ($id, 'fax', '4')"
                => ['BusinessPhone' => '22', 'MobilePhone' => '3', 'BusinessFax' => null],
            "INSERT INTO contact_tags VALUES ($id, 'X'), ($id, 'Y')" => ['Categories' => ['X', 'Y']],
            "DELETE FROM contact_tags WHERE tag='X'" => ['Categories' => ['Y']],
            "INSERT INTO contact_addresses VALUES ($id, 'work', 'Weg 1', 'Bonn')"
                => ['BusinessAddress.Street' => 'Weg 1', 'BusinessAddress.City' => 'Bonn'],
            "DELETE FROM contact_phones WHERE kind='work'" => ['BusinessPhone' => null, 'MobilePhone' => '3'],
        ] as $sql => $expected) {
            $this->db->pdo->exec($sql);
            self::assertSame(1, $sync->state()->pending(), $sql);
            $this->round($sync);
            $this->assertItem($expected, $item);
        }
        $other = $this->db->insert(['first_name' => 'Cleo']);
        $this->round($sync);
        $this->db->pdo->exec("UPDATE contact_phones SET contact_id=$other WHERE kind='mobile'");
        self::assertSame(2, $sync->state()->pending());
        $this->round($sync);
        $this->assertItem(['MobilePhone' => null], $item);
        $this->assertItem(['MobilePhone' => '3'], (string) ($this->exchange->find('GivenName', 'Cleo')['id'] ?? ''));
    }

    /** P1, P8: each side edits another slot, then both the same one. */
    public function testBothSidesEditAtTheSameTime(): void
    {
        $sync = $this->started();
        [$id, $item] = $this->pulled($sync, 'Anna', ['MobilePhone' => '1', 'BusinessPhone' => '2', 'Categories' => ['A', 'B']]);
        $this->exchange->edit($item, ['MobilePhone' => '11', 'Categories' => ['A', 'B', 'C']]);
        $this->db->pdo->exec("UPDATE contact_phones SET number='22', label='desk' WHERE kind='work'");
        $this->db->pdo->exec("DELETE FROM contact_tags WHERE tag='A'");
        $this->round($sync);
        $this->round($sync);
        $this->assertItem(['MobilePhone' => '11', 'BusinessPhone' => '22', 'Categories' => ['B', 'C']], $item);
        self::assertSame(['mobile 11', 'work 22 desk'], $this->rows("SELECT CONCAT_WS(' ', kind, number, label) FROM contact_phones ORDER BY id"));
        self::assertSame(['B', 'C'], $this->rows('SELECT tag FROM contact_tags ORDER BY tag'));
        self::assertSame([], $sync->conflicts());

        $this->exchange->edit($item, ['MobilePhone' => 'theirs']);
        $this->db->pdo->exec("UPDATE contact_phones SET number='ours' WHERE kind='mobile'");
        $this->round($sync);
        $this->round($sync);
        $conflicts = $sync->conflicts();
        self::assertCount(1, $conflicts);
        self::assertSame('MobilePhone', $conflicts[0]->property());
        $kept = $this->rows("SELECT number FROM contact_phones WHERE kind='mobile'")[0];
        self::assertContains($kept, ['ours', 'theirs']);
        $this->assertItem(['MobilePhone' => $kept], $item);
        self::assertNotNull($this->db->row($id));
    }

    /** P8. */
    public function testWhatIsClearedInOutlookLosesItsRowUnlessTheAppKeepsMoreThere(): void
    {
        $sync = $this->started();
        [, $item] = $this->pulled($sync, 'Anna', ['MobilePhone' => '1', 'BusinessPhone' => '2', 'BusinessAddress.City' => 'Köln', 'Categories' => ['A']]);
        $this->db->pdo->exec("UPDATE contact_phones SET label='desk' WHERE kind='work'");
        $this->round($sync);
        $this->exchange->edit($item, ['MobilePhone' => null, 'BusinessPhone' => null, 'BusinessAddress.City' => null, 'Categories' => null]);
        $this->round($sync);
        self::assertSame(['work  desk'], $this->rows("SELECT CONCAT_WS(' ', kind, number, label) FROM contact_phones"));
        self::assertSame(0, $this->db->count('contact_addresses') + $this->db->count('contact_tags'));
        $this->exchange->resetStats();
        $this->round($sync);
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** P6, P8. */
    public function testTwoRowsForOneSlotAreHeldAndLeftAlone(): void
    {
        $sync = $this->started();
        [$id, $item] = $this->pulled($sync, 'Anna', ['MobilePhone' => '1', 'BusinessPhone' => '2']);
        $this->db->insert(['contact_id' => $id, 'kind' => 'mobile', 'number' => '9'], 'contact_phones');
        $this->db->pdo->exec("UPDATE contact_phones SET number='22' WHERE kind='work'");
        $this->round($sync);
        $this->assertItem(['MobilePhone' => '1', 'BusinessPhone' => '22'], $item);
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertStringContainsString('contact_phones has several rows for kind mobile', $held[0]->reason());
        $this->exchange->edit($item, ['MobilePhone' => '5', 'GivenName' => 'Änne']);
        $this->round($sync);
        self::assertSame(['1', '22', '9'], $this->rows('SELECT number FROM contact_phones ORDER BY id'));
        $this->assertRow(['first_name' => 'Änne'], $id);
        $this->db->pdo->exec("DELETE FROM contact_phones WHERE number='9'");
        $this->round($sync);
        $this->round($sync);
        self::assertSame([], $sync->held());
    }

    /** P6, R21: a value that another contact has, in a child table. */
    public function testWhatAChildTableRefusesIsHeldAlone(): void
    {
        $sync = $this->started();
        $this->pulled($sync, 'Anna', ['EmailAddress1' => 'one@x.example']);
        $this->exchange->add(['GivenName' => 'Bo', 'MobilePhone' => '5', 'EmailAddress2' => 'one@x.example']);
        $this->exchange->add(['GivenName' => 'Cleo', 'MobilePhone' => '6', 'EmailAddress2' => 'cleo@x.example']);
        $report = $this->round($sync);
        self::assertSame(1, $report->inserted());
        self::assertSame(['Anna', 'Cleo'], $this->rows('SELECT first_name FROM contacts ORDER BY id'));
        self::assertSame(['6'], $this->rows('SELECT number FROM contact_phones'));
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertStringContainsString('one_owner', $held[0]->reason());
        $this->db->pdo->exec("UPDATE contact_emails SET email='other@x.example' WHERE email='one@x.example'");
        $this->round($sync);
        $sync->retry($held[0]->id());
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame(3, $this->db->count());
        self::assertSame(['6', '5'], $this->rows('SELECT number FROM contact_phones ORDER BY id'));
    }

    /** P7. */
    public function testAContactThatIsDeletedInOutlookGoesWithItsRows(): void
    {
        $sync = $this->started();
        [$id, $item] = $this->pulled($sync, 'Anna', ['MobilePhone' => '1', 'EmailAddress1' => 'a@x.example', 'BusinessAddress.City' => 'Köln', 'Categories' => ['A']]);
        $this->db->insert(['contact_id' => $id, 'kind' => 'fax', 'number' => '9'], 'contact_phones');
        $this->round($sync);
        $this->exchange->delete($item);
        $this->round($sync);
        self::assertNotNull($this->db->row($id), 'the fax number refers to it');
        self::assertSame(2, $this->db->count('contact_phones'));
        self::assertStringContainsString('phones_contact', $sync->held()[0]->reason());
        $this->db->pdo->exec("DELETE FROM contact_phones WHERE kind='fax'");
        $sync->retry($id);
        $this->round($sync);
        self::assertNull($this->db->row($id));
        foreach (['contact_phones', 'contact_emails', 'contact_addresses', 'contact_tags'] as $table) {
            self::assertSame(0, $this->db->count($table), $table);
        }
    }

    /** P5, R3, R15: the app holds a child row in a transaction of its own. */
    public function testAnOpenTransactionOnAChildRowIsNeverWaitedFor(): void
    {
        $sync = $this->started();
        [$id, $item] = $this->pulled($sync, 'Anna', ['MobilePhone' => '1']);
        $app = $this->db->connect();
        $app->beginTransaction();
        $app->exec("UPDATE contact_phones SET label='mine' WHERE contact_id=$id");
        self::assertPushed(Outcome::Queued, $sync->push($id));
        $this->exchange->edit($item, ['MobilePhone' => '2']);
        $began = microtime(true);
        $this->round($sync);
        self::assertLessThan(5.0, microtime(true) - $began);
        self::assertSame(['1'], $this->rows('SELECT number FROM contact_phones'));
        $app->commit();
        $this->round($sync);
        self::assertSame(['2 mine'], $this->rows("SELECT CONCAT(number, ' ', label) FROM contact_phones"));
        $this->assertItem(['MobilePhone' => '2'], $item);
    }

    /** R23: a mapping that grows by a table. */
    public function testATableThatIsMappedLaterIsPairedByTheFirstRunsRules(): void
    {
        $sync = $this->ready(['contacts' => ['map' => ['first_name' => 'GivenName']]]);
        [$id, $item] = $this->pulled($sync, 'Anna', ['BusinessPhone' => '2']);
        $this->db->insert(['contact_id' => $id, 'kind' => 'mobile', 'number' => '1'], 'contact_phones');
        $later = $this->sync(['contacts' => ['map' => ['first_name' => 'GivenName'], 'children' => [self::CHILDREN[0]]]]);
        $later->install();
        $this->round($later);
        $this->round($later);
        $this->assertItem(['MobilePhone' => '1', 'BusinessPhone' => '2'], $item);
        self::assertSame(['mobile 1', 'work 2'], $this->rows("SELECT CONCAT(kind, ' ', number) FROM contact_phones ORDER BY id"));
    }

    public function testEveryWrongKeyIsNamed(): void
    {
        $phones = self::CHILDREN[0];
        foreach ([
            [[$phones + ['colour' => 'red']], 'contacts.children.0.colour'],
            [[array_diff_key($phones, ['contact' => 1])], 'contacts.children.0.contact: is missing'],
            [[array_diff_key($phones, ['value' => 1])], 'contacts.children.0.value: is missing'],
            [[array_diff_key($phones, ['map' => 1])], 'contacts.children.0.map: is missing'],
            [[$phones, ['map' => ['x' => 'Surename']] + $phones], 'contacts.children.1.map.x: there is no property'],
            [[$phones, ['map' => ['x' => 'MobilePhone']] + $phones], 'MobilePhone is mapped already, by contacts.children.0.map.mobile'],
            [[$phones, ['map' => ['x' => 'GivenName']] + $phones], 'GivenName is mapped already, by contacts.map.first_name'],
            [[['list' => 'Categories'] + $phones], 'contacts.children.0.slot: cannot be given together with list'],
            [[['list' => 'Surname', 'table' => 't', 'contact' => 'c', 'value' => 'v']], 'contacts.children.0.list: Surname is no list'],
            ['contact_phones', 'contacts.children: expected a list of tables'],
        ] as [$children, $complaint]) {
            $thrown = self::thrown(ConfigException::class, fn () => $this->started(['children' => $children]));
            self::assertStringContainsString($complaint, $thrown->getMessage());
        }
    }
}
