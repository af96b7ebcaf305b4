<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\AuthException;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Logging in by OAuth 2.0: tokens of an application, ready ones, and those of a callable. */
final class OAuthTest extends SyncTestCase
{
    private const SECRET = 'client-secret-0815';
    private const CERTIFIED = 'certified-app';

    /** Tokens are shared within a process: each test has an application of its own. */
    private string $client;
    private string $pem;

    protected function setUp(): void
    {
        parent::setUp();
        $this->exchange->stop();
        $this->client = 'app-' . bin2hex(random_bytes(4));
        $this->pem = sys_get_temp_dir() . "/ecs-$this->client.pem";
        $this->exchange = new Simulator($this->applications());
    }

    /** @return list<string> */
    private function applications(): array
    {
        return ['--oauth-client', "$this->client:" . self::SECRET, '--oauth-certificate', self::CERTIFIED . ":$this->pem"];
    }

    protected function tearDown(): void
    {
        @unlink($this->pem);
        parent::tearDown();
    }

    /** P9: the token is in our tables only in encrypted form, and neither it nor the secret is in any output. */
    public function testAnApplicationWithASecretSyncsAndItsTokenIsShared(): void
    {
        $sync = $this->sync();
        $sync->install();
        $this->exchange->add(['GivenName' => 'Anna']);
        self::assertSame(1, $this->round($sync)->inserted());
        self::assertPushed(Outcome::Created, $sync->push($this->db->insert(['first_name' => 'Bo'])));
        foreach (array_column($sync->check(), 'ok', 'step') as $step => $ok) {
            self::assertTrue($ok, $step);
        }
        self::assertSame(['issued' => 1, 'asked' => 1], $this->counted());
        self::assertSame(0, $this->exchange->stats()['unanchored']);
        $code = '(new ExchangeContactSync(json_decode(getenv("CONFIG"), true)))->pull(); echo "done";';
        self::assertSame('done', $this->php($code));
        self::assertSame(['issued' => 1, 'asked' => 1], $this->counted(), 'the other process has found it');

        $token = $this->exchange->call('GET', '/oauth')['tokens'][0];
        $held = $this->db->pdo->query('SELECT * FROM ecs_cache')->fetchAll();
        self::assertCount(1, $held);
        ob_start();
        var_dump($held, $sync, $sync->check(), $sync->state());
        $printed = (string) ob_get_clean();
        foreach ([self::SECRET, $token, substr($token, 0, 24)] as $secret) {
            self::assertStringNotContainsString($secret, $printed);
        }
    }

    /** P9: who has another secret finds nothing, and is told what is wrong with his own. */
    public function testAWrongSecretIsNamedAndNotShown(): void
    {
        $sync = $this->sync();
        $sync->install();
        $this->round($sync);
        $wrong = $this->sync(['exchange' => ['oauth' => ['client_secret' => 'wrong-secret-4711']]]);
        $thrown = self::thrown(AuthException::class, fn () => $wrong->pull());
        self::assertStringContainsString('AADSTS7000215', $thrown->getMessage());
        self::assertStringContainsString('exchange.oauth.client_secret is wrong', $thrown->getMessage());
        self::assertStringContainsString($this->client, $thrown->getMessage());
        self::assertStringNotContainsString('wrong-secret-4711', (string) $thrown);
        $steps = array_column($wrong->check(), null, 'step');
        $step = Simulator::overGraph() ? 'exchange.token' : 'exchange.login';
        self::assertFalse($steps[$step]['ok']);
        self::assertStringContainsString('client_secret is wrong', $steps[$step]['message']);
    }

    public function testAnApplicationWithACertificate(): void
    {
        $made = null;
        exec('openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=app -keyout - 2>/dev/null > ' . escapeshellarg($this->pem), $made, $status);
        self::assertSame(0, $status);
        $oauth = ['client_id' => self::CERTIFIED, 'certificate' => $this->pem, 'client_secret' => null];
        $sync = $this->sync(['exchange' => ['oauth' => $oauth]]);
        $sync->install();
        $this->exchange->add(['GivenName' => 'Anna']);
        self::assertSame(1, $this->round($sync)->inserted());
        self::assertSame(1, $this->counted()['issued']);
    }

    /** A 401 says that a request was not carried out: it goes once more with a new token, and nobody notices. */
    public function testATokenThatWasRevokedOrHasEndedIsReplacedInTheMiddleOfARound(): void
    {
        $this->exchange->seed(60, 3);
        $sync = $this->sync(['exchange' => ['page_size' => 20]]);
        $sync->install();
        $ended = false;
        $report = $sync->pull(function (string $stage, int $done) use (&$ended): void {
            if ($stage === 'pull' && $done > 0 && !$ended) {
                $ended = true;
                $this->change(['revoke' => true]);
            }
        });
        self::assertTrue($ended);
        self::assertNull($report->failure());
        self::assertTrue($report->complete());
        $this->change(['expire' => true]);
        $this->db->insert(['first_name' => 'Anna']);
        $this->round($sync);
        self::assertSame(61, $this->db->count());
        self::assertSame(3, $this->counted()['issued']);
        $this->assertSidesAgree();
    }

    /** By the lifetime that the authority tells: a token that is over is not shown, and not kept for others. */
    public function testATokenIsRenewedAtItsEnd(): void
    {
        $sync = $this->ready();
        $issued = $this->counted()['issued'];
        $this->change(['revoke' => true, 'lifetime' => 0]);
        $this->round($sync);
        $more = $this->counted()['issued'];
        self::assertGreaterThan($issued, $more);
        $this->exchange->resetStats();
        $this->change(['lifetime' => 3599]);
        $this->round($sync);
        $this->round($sync);
        self::assertSame($more + 1, $this->counted()['issued']);
        self::assertSame(0, $this->exchange->stats()['unauthenticated']);
    }

    /** P9: the authority is verified like Exchange itself; a company's own certificates count for both. */
    public function testTheAuthorityIsReachedByTls(): void
    {
        $this->exchange->stop();
        $certificates = Listener::certificates();
        $this->exchange = new Simulator([
            ...$this->applications(), '--tls-certificate', "$certificates/server.pem", '--tls-key', "$certificates/server.key",
        ]);
        $url = $this->exchange->secureUrl();
        $door = substr($url, 0, -strlen('/EWS/Exchange.asmx'));
        $https = ['url' => Simulator::overGraph() ? $door : $url, 'oauth' => ['authority' => $door]];
        $sync = $this->sync(['exchange' => $https + ['ca_file' => "$certificates/ca.pem"]]);
        $sync->install();
        $this->round($sync);
        self::assertSame(1, $this->counted()['issued']);
        $other = ['oauth' => ['client_id' => self::CERTIFIED] + $https['oauth']] + $https;
        $thrown = self::thrown(ExchangeException::class, fn () => $this->sync(['exchange' => $other])->pull());
        self::assertStringContainsString('certificate', $thrown->getMessage());
        self::assertSame(1, $this->counted()['asked'], 'nothing was told to a server that nobody vouches for');
    }

    public function testATokenThatIsReady(): void
    {
        $this->change(['grant' => 'ready-token-1', 'mailbox' => Simulator::MAILBOX]);
        $sync = $this->withToken('ready-token-1');
        $sync->install();
        $this->exchange->add(['GivenName' => 'Anna']);
        self::assertSame(1, $this->round($sync)->inserted());
        $thrown = self::thrown(AuthException::class, fn () => $this->withToken('no-such-token')->pull());
        $refused = Simulator::overGraph() ? 'InvalidAuthenticationToken' : 'refuses the token';
        self::assertStringContainsString($refused, $thrown->getMessage());
        self::assertStringNotContainsString('no-such-token', (string) $thrown);
        self::assertSame(0, $this->counted()['asked']);
        $thrown = self::thrown(ConfigException::class, fn () => $this->withToken(['no', 'callable']));
        self::assertStringContainsString('exchange.oauth.token', $thrown->getMessage());
    }

    /** user-pains 2: a callable is asked once a call, once more when its token is refused, and each one's own. */
    public function testACallableGivesTokens(): void
    {
        foreach (['first', 'second'] as $token) {
            $this->change(['grant' => $token, 'mailbox' => Simulator::MAILBOX]);
        }
        $gives = ['first'];
        $asked = 0;
        $sync = $this->withToken(function () use (&$gives, &$asked): string {
            $asked++;
            return count($gives) > 1 ? array_shift($gives) : $gives[0];
        });
        $sync->install();
        self::assertSame(0, $asked, 'install() needs no Exchange');
        $this->round($sync);
        $asked = 0;
        self::assertPushed(Outcome::Created, $sync->push($this->db->insert(['first_name' => 'Anna'])));
        self::assertSame(1, $asked);
        $asked = 0;
        $gives = ['gone', 'second'];
        $this->round($sync);
        self::assertSame(2, $asked);
        // Pages are read ahead by a thread of its own, which calls nothing of PHP.
        $this->exchange->seed(60, 4);
        $asked = 0;
        $many = $this->config(['exchange' => self::ofAPerson() + ['page_size' => 20]]);
        $many['exchange']['oauth'] = ['token' => function () use (&$asked): string {
            $asked++;
            return 'first';
        }];
        self::assertSame(60, (new ExchangeContactSync($many))->pull()->inserted());
        self::assertSame(1, $asked);
        $other = $this->withToken(static fn (): string => 'gone');
        self::thrown(AuthException::class, fn () => $other->pull());
    }

    /** P5: an exception reaches who called pull() or check() unchanged; a save waits and does not fail. */
    public function testWhatACallableThrows(): void
    {
        $fails = false;
        $problem = new \DomainException('the vault is closed');
        $this->change(['grant' => 'good', 'mailbox' => Simulator::MAILBOX]);
        $sync = $this->withToken(static function () use (&$fails, $problem): string {
            return $fails ? throw $problem : 'good';
        });
        $sync->install();
        $this->round($sync);
        $fails = true;
        self::assertSame($problem, self::thrown(\DomainException::class, fn () => $sync->pull()));
        self::assertSame($problem, self::thrown(\DomainException::class, fn () => $sync->check()));
        $result = $sync->push($id = $this->db->insert(['first_name' => 'Anna']));
        self::assertPushed(Outcome::Queued, $result);
        self::assertStringContainsString('the vault is closed', (string) $result->error());
        $fails = false;
        $sync->check();
        $this->round($sync);
        self::assertNotNull($this->exchange->find('GivenName', 'Anna'));
        self::assertSame(0, $sync->state()->pending(), (string) $id);
        $wrong = $this->withToken(static fn (): int => 4711);
        $thrown = self::thrown(ConfigException::class, fn () => $wrong->pull());
        self::assertStringContainsString('exchange.oauth.token: the callable must return a token as a string, int given', $thrown->getMessage());
    }

    protected function config(array $changes = []): array
    {
        $config = parent::config(array_replace_recursive([
            'exchange' => (Simulator::overGraph() ? [] : ['auth' => 'oauth', 'access' => 'impersonation']) + [
                'oauth' => [
                    'authority' => $this->exchange->door(),
                    'tenant' => 'tenant',
                    'client_id' => $this->client,
                    'client_secret' => self::SECRET,
                ],
            ],
        ], $changes));
        unset($config['exchange']['username'], $config['exchange']['password']);
        $config['exchange']['oauth'] = array_filter($config['exchange']['oauth'], static fn (mixed $value): bool => $value !== null);
        return $config;
    }

    private function withToken(mixed $token): ExchangeContactSync
    {
        $config = $this->config(['exchange' => self::ofAPerson()]);
        $config['exchange']['oauth'] = ['token' => $token];
        return new ExchangeContactSync($config);
    }

    /**
     * Who opens a mailbox of his own says so over EWS.
     *
     * @return array<string, string>
     */
    private static function ofAPerson(): array
    {
        return Simulator::overGraph() ? [] : ['access' => 'self'];
    }

    /** @param array<string, mixed> $change */
    private function change(array $change): void
    {
        $this->exchange->call('POST', '/oauth', $change);
    }

    /** @return array{issued: int, asked: int} */
    private function counted(): array
    {
        $shown = $this->exchange->call('GET', '/oauth');
        return ['issued' => $shown['issued'], 'asked' => $shown['asked']];
    }
}
