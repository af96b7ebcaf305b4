<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\SyncTestCase;

/** Our own tables and triggers beside the app's. */
final class InstallTest extends SyncTestCase
{
    public function testInstallCanBeRepeatedAndLeavesTheAppsTablesAlone(): void
    {
        $created = $this->db->pdo->query('SHOW CREATE TABLE contacts')->fetch()['Create Table'];
        $sync = $this->sync();
        $sync->install();
        $tables = $this->tables();
        $sync->install();
        $this->sync()->install();
        self::assertSame($tables, $this->tables());
        self::assertSame($created, $this->db->pdo->query('SHOW CREATE TABLE contacts')->fetch()['Create Table']);
        foreach (array_diff($tables, ['contacts', 'orders']) as $table) {
            self::assertStringStartsWith('ecs_', $table);
        }
        self::assertCount(3, $this->triggers());
    }

    /** P7: no contact on either side, and the app saves on. */
    public function testUninstallTakesEverythingAwayButTheContacts(): void
    {
        $sync = $this->ready();
        $this->linked($sync, ['first_name' => 'Stays', 'email' => 'stays@example.com']);
        $before = $this->db->fingerprint();
        $sync->uninstall();
        self::assertSame(['contacts', 'orders'], $this->tables());
        self::assertSame([], $this->triggers());
        self::assertSame($before, $this->db->fingerprint());
        self::assertCount(1, $this->exchange->items());
        $this->db->insert(['first_name' => 'Saved without us']);
        self::assertSame(2, $this->db->count());
        $sync->uninstall();
        $again = $this->ready();
        self::assertSame(2, $again->state()->linked());
        self::assertCount(2, $this->exchange->items());
    }

    /** R18. */
    public function testUninstallOfOnePairLeavesTheOtherOne(): void
    {
        $this->exchange->folder('contacts/Customers');
        $main = $this->ready();
        $other = $this->ready(['exchange' => ['folder' => 'contacts/Customers']]);
        $other->uninstall();
        $id = $this->db->insert(['first_name' => 'Noticed']);
        self::assertSame(1, $main->state()->pending());
        self::assertPushed(Outcome::Created, $main->push($id));
    }

    public function testTheSqlAloneForADatabaseAdministrator(): void
    {
        $sync = $this->sync();
        $statements = $sync->installSql();
        self::assertNotSame([], $statements);
        self::assertSame(['contacts', 'orders'], $this->tables());
        foreach ($statements as $statement) {
            $this->db->pdo->exec($statement);
        }
        $tables = $this->tables();
        $id = $this->db->insert(['first_name' => 'By hand']);
        $this->round($sync);
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        self::assertCount(1, $this->exchange->items());
        $sync->install();
        self::assertSame($tables, $this->tables());
    }

    /** R12. */
    public function testWithoutTriggersChangedRowsAreFoundByComparing(): void
    {
        $root = Database::root();
        $root->exec("CREATE USER IF NOT EXISTS 'plain'@'localhost' IDENTIFIED BY 'app-pass-4711'");
        $root->exec("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES, CREATE TEMPORARY TABLES ON `{$this->db->name}`.* TO 'plain'@'localhost'");
        $url = str_replace('mysql://app:', 'mysql://plain:', $this->db->url());
        $sync = $this->ready(['mysql' => $url]);
        self::assertSame([], $this->triggers());
        $steps = array_column($sync->check(), null, 'step');
        self::assertFalse($steps['mysql.triggers']['ok']);
        self::assertStringContainsString('installSql()', $steps['mysql.triggers']['message']);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Compared', 'phone' => '1']);
        $this->db->update($id, ['phone' => '2']);
        $this->round($sync);
        $this->assertItem(['BusinessPhone' => '2'], $item);
        $this->db->insert(['first_name' => 'New too']);
        $this->round($sync);
        self::assertCount(2, $this->exchange->items());
        $this->db->delete($id);
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
    }

    public function testBeforeInstallEveryCallSaysSo(): void
    {
        $sync = $this->sync();
        $id = $this->db->insert(['first_name' => 'Early']);
        foreach ([fn () => $sync->push($id), fn () => $sync->pull(), fn () => $sync->state(), fn () => $sync->held()] as $call) {
            $thrown = self::thrown(StoreException::class, $call);
            self::assertStringContainsString('install()', $thrown->getMessage());
        }
        self::assertSame([], $this->exchange->items());
    }

    public function testWhatTheDatabaseDoesNotHaveIsNamed(): void
    {
        $this->db->pdo->exec('CREATE VIEW contact_view AS SELECT * FROM contacts');
        foreach ([
            'peoples' => ['table' => 'peoples'],
            'number' => ['key' => 'number'],
            'email' => ['key' => 'email'],
            'first_nam' => ['map' => ['first_nam' => 'GivenName']],
            'updatet_at' => ['modified' => 'updatet_at'],
            'accountid' => ['scope' => ['accountid' => 7]],
            'contact_view' => ['table' => 'contact_view'],
        ] as $named => $contacts) {
            $thrown = self::thrown(ConfigException::class, fn () => $this->sync(['contacts' => $contacts])->install());
            self::assertStringContainsString($named, $thrown->getMessage());
            self::assertSame([], $this->triggers(), $named);
        }
        self::assertSame(0, $this->exchange->stats()['total']);
    }

    /** @return list<string> */
    private function tables(): array
    {
        return $this->db->pdo->query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME")->fetchAll(\PDO::FETCH_COLUMN);
    }

    /** @return list<string> */
    private function triggers(): array
    {
        return $this->db->pdo->query('SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
            ORDER BY TRIGGER_NAME')->fetchAll(\PDO::FETCH_COLUMN);
    }
}
