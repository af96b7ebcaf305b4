<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Tests\SyncTestCase;

/** What the constructor refuses, and how it says so. It opens no connection: none of this needs a server. */
final class ConfigTest extends SyncTestCase
{
    protected function setUp(): void
    {
    }

    protected function tearDown(): void
    {
    }

    private const GOOD = [
        'exchange' => [
            'url' => 'https://mail.example.com/EWS/Exchange.asmx',
            'username' => 'CORP\\svc',
            'password' => 'geheim-0815-wort',
            'mailbox' => 'sales@example.com',
        ],
        'mysql' => 'mysql://app:app-pass-4711@localhost/crm',
        'contacts' => ['table' => 'contacts', 'key' => 'id', 'map' => ['first_name' => 'GivenName', 'email' => 'EmailAddress1']],
    ];

    /** @return iterable<string, array{string, mixed, string}> path, value (null removes the key), what the message must name */
    private static function wrong(): iterable
    {
        yield 'no url' => ['exchange.url', null, 'exchange.url'];
        yield 'url of another kind' => ['exchange.url', 'ftp://mail.example.com', 'exchange.url'];
        yield 'no url at all' => ['exchange.url', 'mail example com', 'exchange.url'];
        yield 'plain http' => ['exchange.url', 'http://mail.example.com/EWS/Exchange.asmx', 'allow_plain_http'];
        yield 'no username' => ['exchange.username', null, 'exchange.username'];
        yield 'empty username' => ['exchange.username', '', 'exchange.username'];
        yield 'no password' => ['exchange.password', null, 'exchange.password'];
        yield 'password of another type' => ['exchange.password', 4711, 'exchange.password'];
        yield 'no mailbox' => ['exchange.mailbox', null, 'exchange.mailbox'];
        yield 'mailbox that is no address' => ['exchange.mailbox', 'sales', 'exchange.mailbox'];
        yield 'channel binding without ntlm' => ['exchange.channel_binding', true, 'exchange.channel_binding'];
        yield 'oauth beside a password' => ['exchange.auth', 'oauth', 'exchange.username'];
        yield 'oauth with another auth' => ['exchange.oauth', ['token' => 'geheim-0815-wort'], 'exchange.oauth'];
        yield 'kerberos with another auth' => ['exchange.kerberos', ['realm' => 'CORP.EXAMPLE.TEST'], 'exchange.kerberos'];
        yield 'unknown auth' => ['exchange.auth', 'digest', 'exchange.auth'];
        yield 'unknown access' => ['exchange.access', 'root', 'exchange.access'];
        yield 'empty folder' => ['exchange.folder', '', 'exchange.folder'];
        yield 'page above the limit' => ['exchange.page_size', 513, 'exchange.page_size'];
        yield 'page of nothing' => ['exchange.page_size', 0, 'exchange.page_size'];
        yield 'batch above the limit' => ['exchange.batch', 101, 'exchange.batch'];
        yield 'negative time-out' => ['exchange.timeout', -1, 'exchange.timeout'];
        yield 'endless push' => ['exchange.push_timeout', 3600, 'exchange.push_timeout'];
        yield 'time-out in words' => ['exchange.connect_timeout', 'ten', 'exchange.connect_timeout'];
        yield 'misspelt key' => ['exchange.passwort', 'x', 'exchange.passwort'];
        yield 'misspelt section' => ['exchnage', [], 'exchnage'];
        yield 'no mysql' => ['mysql', null, 'mysql'];
        yield 'mysql of another kind' => ['mysql', 'pgsql://app:app-pass-4711@localhost/crm', 'mysql'];
        yield 'mysql without database' => ['mysql', 'mysql://app:app-pass-4711@localhost', 'mysql'];
        yield 'table that cannot be' => ['contacts.table', '', 'contacts.table'];
        yield 'misspelt contacts key' => ['contacts.keys', 'id', 'contacts.keys'];
        yield 'map of nothing' => ['contacts.map', [], 'contacts.map'];
        yield 'unknown property' => ['contacts.map.email', 'EmailAdress1', 'EmailAddress1'];
        yield 'unknown property is named' => ['contacts.map.email', 'EmailAdress1', 'contacts.map.email'];
        yield 'one property twice' => ['contacts.map.mail', 'EmailAddress1', 'EmailAddress1'];
        yield 'property of another type' => ['contacts.map.email', 1, 'contacts.map.email'];
        yield 'time zone' => ['contacts.timezone', 'Mars/Olympus', 'contacts.timezone'];
        yield 'scope that is no list' => ['contacts.scope', 'account_id=7', 'contacts.scope'];
        yield 'unknown conflict policy' => ['policy.conflict', 'latest', 'policy.conflict'];
        yield 'unknown delete policy' => ['policy.remote_delete', 'purge', 'policy.remote_delete'];
        yield 'mark without a column' => ['policy.remote_delete', 'mark', 'contacts.mark'];
        yield 'unknown edit policy' => ['policy.edit_vs_delete', 'row', 'policy.edit_vs_delete'];
        yield 'negative guard' => ['policy.max_deletes', -1, 'policy.max_deletes'];
        yield 'share above all' => ['policy.max_delete_share', 1.5, 'policy.max_delete_share'];
        yield 'logger that is none' => ['logger', 'error_log', 'logger'];
        yield 'logger that cannot log' => ['logger', new \stdClass(), 'logger'];
    }

    public function testEveryWrongKeyIsNamed(): void
    {
        foreach (self::wrong() as $case => [$path, $value, $named]) {
            $thrown = self::thrown(ConfigException::class, fn () => new ExchangeContactSync(self::with($path, $value)));
            self::assertStringContainsString($named, $thrown->getMessage(), $case);
            self::assertStringNotContainsString('geheim-0815-wort', (string) $thrown, $case);
            self::assertStringNotContainsString('app-pass-4711', (string) $thrown, $case);
        }
    }

    public function testEveryPolicyAndOptionThatIsDocumentedIsTaken(): void
    {
        $config = self::GOOD;
        $config['exchange'] += [
            'auth' => 'basic', 'access' => 'impersonation', 'folder' => 'contacts/Customers', 'push_timeout' => 2.5,
            'connect_timeout' => 3, 'timeout' => 30, 'page_size' => 512, 'batch' => 100, 'allow_plain_http' => false,
        ];
        $config['contacts'] += [
            'modified' => 'updated_at', 'timezone' => 'Europe/Berlin', 'scope' => ['account_id' => 7], 'mark' => 'deleted_at',
        ];
        $config['policy'] = [
            'conflict' => fn () => null, 'remote_delete' => 'mark', 'edit_vs_delete' => 'delete', 'max_deletes' => 0,
            'max_delete_share' => 1,
        ];
        $config['pair'] = 'sales';
        $config['logger'] = null;
        self::assertInstanceOf(ExchangeContactSync::class, new ExchangeContactSync($config));
        $config['exchange']['folder'] = ['id' => 'AAMkAGI='];
        $config['policy']['conflict'] = 'exchange';
        unset($config['contacts']);
        $config['policy']['remote_delete'] = 'keep';
        self::assertInstanceOf(ExchangeContactSync::class, new ExchangeContactSync($config));
    }

    /** @return array<string, mixed> */
    private static function with(string $path, mixed $value): array
    {
        $config = self::GOOD;
        $place = &$config;
        $steps = explode('.', $path);
        $last = array_pop($steps);
        foreach ($steps as $step) {
            $place[$step] ??= [];
            $place = &$place[$step];
        }
        if ($value === null) {
            unset($place[$last]);
        } else {
            $place[$last] = $value;
        }
        return $config;
    }
}
