<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\AuthException;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Exception;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Ways to both servers, and what is said when there is none. */
final class ConnectionTest extends SyncTestCase
{
    public function testMySqlOverSocketTcpAndTls(): void
    {
        $ca = (string) getenv('ECS_MYSQL_CA');
        foreach ([
            'socket' => $this->db->url(),
            'tcp' => $this->db->tcpUrl(),
            'tls' => $this->db->tcpUrl(['require_ssl' => 'true', 'ssl_ca' => $ca]),
        ] as $way => $url) {
            $sync = $this->sync(['mysql' => $url]);
            $sync->install();
            self::assertSame(0, $sync->state()->held(), $way);
        }
    }

    public function testTlsIsReallyUsedAndTheCertificateIsChecked(): void
    {
        $root = Database::root();
        $root->exec("CREATE USER IF NOT EXISTS 'tlsonly'@'127.0.0.1' IDENTIFIED BY 'app-pass-4711' REQUIRE SSL");
        $root->exec("GRANT ALL ON `{$this->db->name}`.* TO 'tlsonly'@'127.0.0.1'");
        $as = static fn (string $url): string => str_replace('mysql://app:', 'mysql://tlsonly:', $url);
        self::thrown(StoreException::class, fn () => $this->sync(['mysql' => $as($this->db->tcpUrl())])->install());
        $ca = (string) getenv('ECS_MYSQL_CA');
        $this->sync(['mysql' => $as($this->db->tcpUrl(['require_ssl' => 'true', 'ssl_ca' => $ca]))])->install();
        // The server's own CA is no authority that this machine knows.
        self::thrown(
            StoreException::class,
            fn () => $this->sync(['mysql' => $as($this->db->tcpUrl(['require_ssl' => 'true']))])->install(),
        );
    }

    public function testAMySqlThatCannotBeReachedIsNamed(): void
    {
        foreach ([
            'no server there' => 'mysql://app:app-pass-4711@127.0.0.1:1/crm',
            'no socket there' => 'mysql://app:app-pass-4711@localhost/crm?socket=/nowhere/mysqld.sock',
            'wrong password' => str_replace('app-pass-4711', 'wrong-0815-wrong', $this->db->url()),
        ] as $case => $url) {
            $sync = $this->sync(['mysql' => $url]);
            foreach ([fn () => $sync->install(), fn () => $sync->push(1), fn () => $sync->pull()] as $call) {
                $thrown = self::thrown(StoreException::class, $call);
                self::assertStringNotContainsString('app-pass-4711', (string) $thrown, $case);
                self::assertStringNotContainsString('wrong-0815-wrong', (string) $thrown, $case);
            }
        }
        $denied = self::thrown(StoreException::class, fn () => $this->sync([
            'mysql' => str_replace('app-pass-4711', 'wrong-0815-wrong', $this->db->url()),
        ])->install());
        self::assertSame(1045, $denied->getCode());
        $wrong = str_replace($this->db->name, 'ecs_nowhere', $this->db->url());
        $missing = self::thrown(ConfigException::class, fn () => $this->sync(['mysql' => $wrong])->install());
        self::assertStringContainsString('ecs_nowhere', $missing->getMessage());
    }

    /** R25, semantics 48: a refused log-in is an exception of its own, also while it is not tried again. */
    public function testWrongCredentialsAreAnAuthException(): void
    {
        $this->sync()->install();
        foreach ([['password' => 'wrong-0815-wrong'], ['username' => 'nobody']] as $wrong) {
            $sync = $this->sync(['exchange' => $wrong]);
            $thrown = self::thrown(AuthException::class, fn () => $sync->pull());
            self::assertSame(401, $thrown->getHttpStatus());
            self::assertStringContainsString($wrong['username'] ?? Simulator::USER, $thrown->getMessage());
            self::assertStringNotContainsString('wrong-0815-wrong', (string) $thrown);
            // Accounts are locked by those who try again and again: for a while nothing is sent, until a person looks.
            $refused = $this->exchange->stats()['unauthenticated'];
            $again = self::thrown(AuthException::class, fn () => $sync->pull());
            self::assertStringContainsString('check()', $again->getMessage());
            self::assertSame($refused, $this->exchange->stats()['unauthenticated']);
            $this->sync()->check();
        }
        self::assertTrue($this->sync()->pull()->complete());
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** P7. */
    public function testAFolderThatDoesNotExistIsNamedAndNothingIsWritten(): void
    {
        $this->db->insert(['first_name' => 'Stays here']);
        $before = $this->db->fingerprint();
        foreach (['contacts/Nowhere', ['id' => 'AAMkNOWHERE=']] as $folder) {
            $sync = $this->sync(['exchange' => ['folder' => $folder]]);
            $sync->install();
            $thrown = self::thrown(ExchangeException::class, fn () => $sync->pull());
            self::assertStringContainsString(is_array($folder) ? $folder['id'] : 'Nowhere', $thrown->getMessage());
        }
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** P7: a missing folder is made when the pair is bound to it, by nothing that only looks, and never again. */
    public function testAFolderIsMadeWhereThatIsAskedFor(): void
    {
        $folder = ['exchange' => ['folder' => 'contacts/Customers/New', 'create_folder' => true]];
        $id = $this->db->insert(['first_name' => 'Anna']);
        $sync = $this->sync($folder);
        $sync->install();
        self::assertFalse(array_column($sync->check(), 'ok', 'step')['exchange.folder']);
        self::thrown(ExchangeException::class, fn () => $sync->plan());
        self::assertSame(0, $this->exchange->stats()['writes']);

        self::assertTrue($this->round($sync)->complete());
        self::assertSame(['Anna'], array_column(array_column($this->exchange->items('contacts/Customers/New'), 'fields'), 'GivenName'));
        self::assertSame([1, 1], [$sync->state()->linked(), $this->db->count()]);
        self::assertSame(0, $this->round($sync)->created());
        // Without the word for it nothing is made, and the message tells of it.
        $other = $this->sync(['exchange' => ['folder' => 'contacts/Suppliers'], 'pair' => 'other']);
        $other->install();
        $said = self::thrown(ExchangeException::class, fn () => $other->pull())->getMessage();
        self::assertStringContainsString('exchange.create_folder', $said);
        self::assertStringContainsString('Customers', $said);
        $this->db->update($id, ['phone' => '1']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
    }

    /** P7, P8: Exchange's own folders are refused with a word why, and nothing is written. */
    public function testAFolderThatIsNobodysAddressBookIsRefused(): void
    {
        $this->db->insert(['first_name' => 'Stays here']);
        foreach (['GAL Contacts' => 'address list', 'Recipient Cache' => 'suggests', 'Companies' => 'companies'] as $name => $why) {
            $sync = $this->sync(['exchange' => ['folder' => "contacts/$name"], 'pair' => $name]);
            $sync->install();
            $thrown = self::thrown(ExchangeException::class, fn () => $sync->sync());
            self::assertStringContainsString("\"$name\"", $thrown->getMessage());
            self::assertStringContainsString($why, $thrown->getMessage());
        }
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    public function testAMailboxThatDoesNotExistIsNamed(): void
    {
        $sync = $this->sync(['exchange' => ['mailbox' => 'nobody@example.com', 'access' => 'delegate']]);
        $sync->install();
        $thrown = self::thrown(ExchangeException::class, fn () => $sync->pull());
        self::assertStringContainsString('nobody@example.com', $thrown->getMessage());
    }

    /** semantics 49. */
    public function testWhatIsNotEwsIsSaidToBeSo(): void
    {
        foreach (['html', 'login', 'empty', 'error'] as $kind) {
            $server = Listener::of($kind);
            try {
                $sync = $this->sync(['exchange' => ['url' => $server->url('http')]]);
                $sync->install();
                $thrown = self::thrown(ExchangeException::class, fn () => $sync->pull());
                self::assertStringContainsString('127.0.0.1', $thrown->getMessage(), $kind);
                self::assertSame($kind === 'error' ? 500 : 200, $thrown->getHttpStatus(), $kind);
            } finally {
                $server->stop();
            }
        }
    }

    public function testACertificateThatDoesNotVerifyIsRefused(): void
    {
        $server = Listener::of('tls');
        try {
            $sync = $this->sync(['exchange' => ['url' => $server->url('https'), 'allow_plain_http' => false]]);
            $sync->install();
            $thrown = self::thrown(ExchangeException::class, fn () => $sync->pull());
            self::assertStringContainsString('certificate', strtolower($thrown->getMessage()));
            self::assertNull($thrown->getHttpStatus());
        } finally {
            $server->stop();
        }
    }

    public function testAnExchangeThatCannotBeReached(): void
    {
        $sync = $this->sync(['exchange' => ['url' => 'http://127.0.0.1:1/EWS/Exchange.asmx']]);
        $sync->install();
        $thrown = self::thrown(ExchangeException::class, fn () => $sync->pull());
        self::assertStringContainsString('127.0.0.1', $thrown->getMessage());
        self::assertNull($thrown->getResponseCode());
    }

    /** P5. */
    public function testAMuteExchangeTakesNoMoreThanItsTime(): void
    {
        $server = Listener::of('mute');
        try {
            $sync = $this->sync(['exchange' => ['url' => $server->url('http'), 'timeout' => 1, 'push_timeout' => 1]]);
            $sync->install();
            $began = microtime(true);
            self::thrown(ExchangeException::class, fn () => $sync->pull());
            self::assertLessThan(5.0, microtime(true) - $began);
        } finally {
            $server->stop();
        }
    }

    public function testCheckSaysStepByStepWhatWorks(): void
    {
        $sync = $this->ready();
        $steps = $sync->check();
        self::assertSame(
            [
                'mysql.connect', 'mysql.sql_mode', 'mysql.table', 'mysql.charset', 'mysql.tables', 'mysql.triggers', 'mysql.privileges',
                'exchange.dns', 'exchange.tcp', 'exchange.tls', 'exchange.http', 'exchange.schemes', 'exchange.login', 'exchange.folder',
                'exchange.rights', 'exchange.clock', 'exchange.throttling',
            ],
            array_column($steps, 'step'),
        );
        $statuses = array_column($steps, 'status', 'step');
        self::assertSame('warning', $statuses['exchange.tls'], 'plain HTTP to the simulator');
        unset($statuses['exchange.tls']);
        self::assertSame(['ok'], array_values(array_unique($statuses)), json_encode($steps));
        self::assertSame([true], array_values(array_unique(array_column($steps, 'ok'))), json_encode($steps));
        foreach ($steps as $step) {
            self::assertNotSame('', $step['message']);
        }
        foreach ([
            'mysql.connect' => ['mysql' => 'mysql://app:app-pass-4711@127.0.0.1:1/crm'],
            'mysql.table' => ['contacts' => ['table' => 'peoples']],
            'exchange.tcp' => ['exchange' => ['url' => 'http://127.0.0.1:1/EWS/Exchange.asmx']],
            'exchange.dns' => ['exchange' => ['url' => 'https://mail.nowhere.invalid/EWS/Exchange.asmx']],
            'exchange.http' => ['exchange' => ['url' => dirname($this->exchange->url(), 2) . '/owa/']],
            'exchange.login' => ['exchange' => ['password' => 'wrong-0815-wrong']],
            'exchange.folder' => ['exchange' => ['folder' => 'contacts/Nowhere']],
        ] as $broken => $changes) {
            $steps = array_column($this->sync($changes)->check(), null, 'step');
            self::assertFalse($steps[$broken]['ok'] ?? null, $broken . ' ' . json_encode($steps));
            self::assertStringNotContainsString('0815', json_encode($steps));
        }
    }

    public function testEveryExceptionIsARuntimeExceptionOfOurOwn(): void
    {
        $sync = $this->sync(['exchange' => ['password' => 'wrong-0815-wrong']]);
        $sync->install();
        $thrown = self::thrown(AuthException::class, fn () => $sync->pull());
        self::assertInstanceOf(ExchangeException::class, $thrown);
        self::assertInstanceOf(Exception::class, $thrown);
        self::assertInstanceOf(\RuntimeException::class, $thrown);
        self::assertSame(__FILE__, $thrown->getFile());
        self::assertGreaterThan(1, $thrown->getLine());
        self::assertSame('pull', $thrown->getTrace()[0]['function']);
    }
}
