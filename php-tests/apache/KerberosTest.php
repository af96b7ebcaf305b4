<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Apache;

use ExchangeContactSync;
use ExchangeContactSync\AuthException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Tests\Apache;
use ExchangeContactSync\Tests\Kdc;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\SyncTestCase;

/** Kerberos with a realm and an acceptor that have nothing of ours: MIT's centre, Apache and mod_auth_gssapi (user-pains 2, 3). */
final class KerberosTest extends SyncTestCase
{
    private const PASSWORD = 'Pässwort mit Raum';

    private static ?Kdc $kdc = null;
    private static string $keytab;
    private Apache $apache;

    public static function setUpBeforeClass(): void
    {
        if (!Apache::isThere() || !Kdc::isThere()) {
            self::markTestSkipped('apache2, mod_auth_gssapi, krb5-kdc or krb5-admin-server is not installed');
        }
        parent::setUpBeforeClass();
        self::$kdc = new Kdc();
        $password = self::PASSWORD;
        self::$kdc->administer("addprinc -pw \"$password\" svc", 'addprinc -randkey HTTP/localhost');
        self::$keytab = self::$kdc->keytab('HTTP/localhost');
    }

    public static function tearDownAfterClass(): void
    {
        self::$kdc?->stop();
        self::$kdc = null;
        parent::tearDownAfterClass();
    }

    protected function setUp(): void
    {
        parent::setUp();
        $this->apache = $this->apache(self::$keytab);
    }

    protected function tearDown(): void
    {
        $this->apache->stop();
        parent::tearDown();
    }

    /** Semantics 50. */
    public function testOneProofServesManyRequestsAndBodiesOfAnyLength(): void
    {
        $sync = $this->byKerberos();
        $sync->install();
        self::assertTrue($this->round($sync)->complete());
        [$first, $second] = $this->apache->answered();
        self::assertSame([401, 0], [$first['status'], $first['body']], 'only the first request of all is asked for what it has not shown');
        self::assertSame([200, 1, 'svc@' . Kdc::REALM], [$second['status'], $second['before'], $second['user']]);
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY notes MEDIUMTEXT');
        $id = $this->db->insert(['first_name' => 'Anna']);
        $sync->push($id);
        $this->db->update($id, ['phone' => '+49 30']);
        $sync->push($id);
        $this->apache->forget();
        foreach ([1_000, 100_000, 2_100] as $n => $length) {
            $this->db->update($id, ['notes' => str_repeat((string) $n, $length)]);
            self::assertSame('updated', $sync->push($id)->outcome()->value);
            self::assertSame($length, strlen($this->exchange->items()[0]['fields']['Body']));
        }
        self::assertSame([200, 200, 200], array_column($this->apache->answered(), 'status'));
        self::assertGreaterThan(100_000, $this->apache->answered()[1]['body']);
        self::assertGreaterThan(2, $this->apache->answered()[0]['before'], 'the connection is the one of before');
    }

    /** A server that forgets who we are gets a proof with each request, and the centre is not asked again. */
    public function testAServerThatForgetsGetsAProofEachTime(): void
    {
        $this->apache->stop();
        $this->apache = $this->apache(self::$keytab, ['GssapiConnectionBound Off']);
        $sync = $this->byKerberos(['username' => Kdc::REALM . '\svc']);
        $sync->install();
        self::assertTrue($this->round($sync)->complete());
        $id = $this->db->insert(['first_name' => 'Anna']);
        $sync->push($id);
        $this->apache->forget();
        $asked = self::$kdc->asked('TGS_REQ');
        self::assertGreaterThan(0, $asked);
        foreach (['1', '2', '3'] as $phone) {
            $this->db->update($id, ['phone' => $phone]);
            self::assertSame('updated', $sync->push($id)->outcome()->value);
        }
        $statuses = array_column($this->apache->answered(), 'status');
        self::assertSame(array_fill(0, count($statuses), 200), $statuses);
        self::assertSame(['svc@' . Kdc::REALM], array_values(array_unique(array_column($this->apache->answered(), 'user'))));
        self::assertSame($asked, self::$kdc->asked('TGS_REQ'));
    }

    /** A ticket that the server does not take any more is replaced once. */
    public function testAServiceWithANewKeyGetsANewTicket(): void
    {
        $this->round($this->installed($this->byKerberos()));
        $this->apache->stop();
        self::$keytab = self::$kdc->keytab('HTTP/localhost');
        // Without the keys of before.
        $this->apache = $this->apache(self::$keytab);
        $this->round($this->byKerberos());
        self::assertSame([401, 401, 200], array_slice(array_column($this->apache->answered(), 'status'), 0, 3));
    }

    public function testAServiceThatRunsAsAnotherAccountIsToldApart(): void
    {
        self::$kdc->administer('addprinc -randkey HTTP/other');
        $this->apache->stop();
        $this->apache = $this->apache(self::$kdc->keytab('HTTP/other'));
        $sync = $this->installed($this->byKerberos(['kerberos' => ['kdc' => self::$kdc->address(), 'realm' => Kdc::REALM]]));
        $said = self::thrown(AuthException::class, static fn () => $sync->pull())->getMessage();
        foreach (['does not take the Kerberos ticket', 'setspn -Q', 'svc@' . Kdc::REALM] as $words) {
            self::assertStringContainsString($words, $said);
        }
        self::assertSame([401, 401], array_column($this->apache->answered(), 'status'), 'a new ticket is not tried twice');
    }

    public function testAKeytabIsAsGoodAsAPassword(): void
    {
        self::$kdc->administer('addprinc -randkey robot');
        $keytab = self::$kdc->keytab('robot');
        $with = fn (string $file): ExchangeContactSync => $this->byKerberos([
            'username' => 'robot@' . Kdc::REALM, 'password' => null, 'kerberos' => ['kdc' => self::$kdc->address(), 'keytab' => $file],
        ]);
        $this->round($this->installed($with($keytab)));
        self::assertSame('robot@' . Kdc::REALM, $this->apache->answered()[1]['user']);
        $said = self::thrown(ExchangeException::class, static fn () => $with(self::$keytab)->pull())->getMessage();
        self::assertStringContainsString('has no key of the account (robot@' . Kdc::REALM . ')', $said);
        self::$kdc->keytab('robot');
        $old = $this->byKerberos(['username' => 'robot@' . Kdc::REALM, 'password' => null,
            'kerberos' => ['kdc' => self::$kdc->address(), 'realm' => Kdc::REALM, 'keytab' => $keytab]]);
        $said = self::thrown(AuthException::class, static fn () => $old->pull())->getMessage();
        self::assertStringContainsString('write the keytab anew', $said);
    }

    public function testAPasswordIsTriedOnce(): void
    {
        $sync = $this->installed($this->byKerberos(['password' => 'Falsch-17']));
        $asked = self::$kdc->asked('AS_REQ');
        $said = self::thrown(AuthException::class, static fn () => $sync->pull())->getMessage();
        self::assertStringContainsString('the password of svc@' . Kdc::REALM . ' is wrong', $said);
        self::assertStringNotContainsString('Falsch-17', $said);
        self::assertSame($asked + 2, self::$kdc->asked('AS_REQ'), 'how it wants the proof, and the proof');
        // A save is not disturbed, and asks no more.
        $id = $this->db->insert(['first_name' => 'Anna']);
        self::assertSame('queued', $sync->push($id)->outcome()->value);
        self::assertSame($asked + 2, self::$kdc->asked('AS_REQ'));
        self::assertSame([401], array_column($this->apache->answered(), 'status'), 'nothing was sent to Exchange');
        $steps = array_column($sync->check(), null, 'step');
        self::assertFalse($steps['exchange.login']['ok']);
        self::assertStringContainsString('KDC_ERR_PREAUTH_FAILED', $steps['exchange.login']['message']);
    }

    public function testWhatTheCentreRefusesIsSaid(): void
    {
        $password = self::PASSWORD;
        self::$kdc->administer(
            "addprinc -pw \"$password\" locked", 'modprinc -allow_tix locked',
            "addprinc -pw \"$password\" -pwexpire yesterday old",
            "addprinc -pw \"$password\" open", 'modprinc -requires_preauth open',
        );
        $at = '@' . Kdc::REALM;
        $kdc = self::$kdc->address();
        $this->byKerberos()->install();
        foreach ([
            [AuthException::class, ['username' => "nobody$at"], "has no account nobody$at"],
            [AuthException::class, ['username' => "locked$at"], "the account locked$at is locked"],
            [AuthException::class, ['username' => "old$at"], "the password of old$at is expired"],
            [ExchangeException::class, ['username' => "open$at"], 'Do not require Kerberos preauthentication'],
            [ExchangeException::class, ['kerberos' => ['kdc' => $kdc, 'spn' => 'HTTP/mail.example.test']], 'setspn -S HTTP/mail.example.test'],
        ] as [$class, $changes, $words]) {
            // Ends the wait after the failure before.
            $this->byKerberos()->check();
            $said = self::thrown($class, fn () => $this->byKerberos($changes)->pull())->getMessage();
            self::assertStringContainsString($words, $said);
            self::assertStringContainsString(substr($kdc, 6), $said);
            self::assertStringNotContainsString(self::PASSWORD, $said);
        }
    }

    /** Without an address of a centre the system's own configuration tells it. */
    public function testTheSystemKnowsTheCentre(): void
    {
        $sync = $this->installed($this->byKerberos(['kerberos' => null]));
        $before = getenv('KRB5_CONFIG');
        try {
            putenv('KRB5_CONFIG=/dev/null');
            $said = self::thrown(ExchangeException::class, static fn () => $sync->pull())->getMessage();
            self::assertStringContainsString('no key distribution centre of ' . Kdc::REALM . ' is known', $said);
            putenv('KRB5_CONFIG=' . self::$kdc->environment()['KRB5_CONFIG']);
            $sync->check();
            $this->round($sync);
        } finally {
            putenv($before === false ? 'KRB5_CONFIG' : "KRB5_CONFIG=$before");
        }
        self::assertSame('svc@' . Kdc::REALM, $this->apache->answered()[2]['user'] ?? null);
    }

    /** P3: a save goes on without the domain. */
    public function testACentreThatIsDownDelaysAndIsSaid(): void
    {
        // Of another identity than those whose ticket is at hand.
        $sync = $this->installed($this->byKerberos(['username' => Kdc::REALM . '\\svc', 'kerberos' => ['kdc' => self::$kdc->address() . '/']]));
        $id = $this->db->insert(['first_name' => 'Anna']);
        self::$kdc->end();
        $pushed = $sync->push($id);
        self::assertSame('queued', $pushed->outcome()->value);
        $said = (string) $pushed->error();
        self::$kdc->start();
        self::assertStringContainsString('cannot be reached', $said);
        self::assertStringContainsString(substr(self::$kdc->address(), 6), $said);
        $sync->check();
        self::assertTrue($this->round($sync)->complete());
        self::assertCount(1, $this->exchange->items());
    }

    private function installed(ExchangeContactSync $sync): ExchangeContactSync
    {
        $sync->install();
        return $sync;
    }

    /** @param list<string> $directives */
    private function apache(string $keytab, array $directives = []): Apache
    {
        return new Apache($this->exchange, 'krb5', self::$kdc->environment(), ["GssapiCredStore keytab:$keytab", ...$directives]);
    }

    /** @param array<string, mixed> $changes of the key exchange */
    private function byKerberos(array $changes = []): ExchangeContactSync
    {
        $exchange = $changes + [
            'url' => $this->apache->url(), 'auth' => 'kerberos', 'username' => 'svc@' . Kdc::REALM, 'password' => self::PASSWORD,
            'kerberos' => ['kdc' => self::$kdc->address()],
            'ca_file' => Listener::certificates() . '/ca.pem', 'allow_plain_http' => false,
        ];
        $config = $this->config(['exchange' => $exchange]);
        $config['exchange'] = array_filter($config['exchange'], static fn (mixed $value): bool => $value !== null);
        return new ExchangeContactSync($config);
    }
}
