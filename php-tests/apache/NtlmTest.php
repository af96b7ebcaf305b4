<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Apache;

use ExchangeContactSync;
use ExchangeContactSync\AuthException;
use ExchangeContactSync\Tests\Apache;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\SyncTestCase;

/** NTLM with an acceptor that has nothing of ours: Apache, mod_auth_gssapi and gss-ntlmssp (user-pains 2, 3). */
final class NtlmTest extends SyncTestCase
{
    private const PASSWORD = 'Pässwort mit Raum';

    private Apache $apache;
    private string $users;

    protected function setUp(): void
    {
        if (!Apache::isThere()) {
            self::markTestSkipped('apache2 or mod_auth_gssapi is not installed');
        }
        parent::setUp();
        $this->users = (string) tempnam(sys_get_temp_dir(), 'ecs-users');
        file_put_contents($this->users, 'CORP:svc:' . self::PASSWORD . "
:svc@corp.example.test:" . self::PASSWORD . "
");
        $this->apache = new Apache($this->exchange, 'ntlmssp', ['NTLM_USER_FILE' => $this->users]);
    }

    protected function tearDown(): void
    {
        $this->apache->stop();
        unlink($this->users);
        parent::tearDown();
    }

    /** Semantics 50. */
    public function testOneLogInServesManyRequestsAndBodiesOfAnyLength(): void
    {
        $sync = $this->byNtlm();
        $sync->install();
        self::assertTrue($this->round($sync)->complete());
        [$first, $second] = $this->apache->answered();
        self::assertSame([401, 0], [$first['status'], $first['body']], 'the first leg carries no body');
        self::assertSame([200, 1, 'svc'], [$second['status'], $second['before'], preg_replace('/^.*\\\\|@.*$/', '', $second['user'])], $second['user']);
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

    public function testAUserPrincipalNameIsAsGood(): void
    {
        $sync = $this->byNtlm(['username' => 'svc@corp.example.test']);
        $sync->install();
        self::assertTrue($this->round($sync)->complete());
    }

    public function testAWrongPasswordIsTriedOnceAndSaysWhatMayBeWrong(): void
    {
        $sync = $this->byNtlm(['password' => 'Passwort']);
        $sync->install();
        $said = self::thrown(AuthException::class, static fn () => $sync->pull())->getMessage();
        foreach (['refuses the NTLM log-in after the whole handshake', 'user name or password is wrong', 'locked', 'CORP\svc'] as $words) {
            self::assertStringContainsString($words, $said);
        }
        self::assertStringNotContainsString('Passwort', $said);
        self::assertSame([401, 401], array_column($this->apache->answered(), 'status'));
        // A save is not disturbed, and knocks at the door no more.
        $id = $this->db->insert(['first_name' => 'Anna']);
        self::assertSame('queued', $sync->push($id)->outcome()->value);
        self::assertCount(2, $this->apache->answered());
        $steps = array_column($sync->check(), null, 'step');
        self::assertFalse($steps['exchange.login']['ok']);
        self::assertStringContainsString('NTLM', $steps['exchange.login']['message']);
    }

    public function testBasicIsNotTriedWhereItIsNotOffered(): void
    {
        $sync = $this->byNtlm(['auth' => 'basic', 'channel_binding' => null]);
        $sync->install();
        $said = self::thrown(AuthException::class, static fn () => $sync->pull())->getMessage();
        self::assertStringContainsString('it offers Negotiate', $said);
        self::assertStringContainsString('and not Basic', $said);
    }

    /** @param array<string, mixed> $changes of the key exchange */
    private function byNtlm(array $changes = []): ExchangeContactSync
    {
        $exchange = $changes + [
            'url' => $this->apache->url(), 'auth' => 'ntlm', 'username' => 'CORP\\svc', 'password' => self::PASSWORD,
            'ca_file' => Listener::certificates() . '/ca.pem', 'allow_plain_http' => false,
        ];
        return $this->sync(['exchange' => array_filter($exchange, static fn (mixed $value): bool => $value !== null)]);
    }
}
