<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\AuthException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\SyncTestCase;

/** The server is found by the mailbox's address, and the password goes only where it may. */
final class AutodiscoverTest extends SyncTestCase
{
    private const EWS = 'https://mail.example.com/EWS/Exchange.asmx';
    private const NEW_EWS = 'https://new.example.com/EWS/Exchange.asmx';
    private const OWN = 'autodiscover.example.com';

    private Listener $front;
    private string $log;
    private int $sought = 100;

    protected function setUp(): void
    {
        parent::setUp();
        $this->log = (string) tempnam(sys_get_temp_dir(), 'ecs-front');
        $names = ['example.com', self::OWN, 'mail.example.com', 'new.example.com', 'in.example.com', 'sub.example.com', 'mail.hoster.test'];
        $this->front = Listener::front($this->exchange, $this->log, $names);
        $this->onlySays();
    }

    protected function tearDown(): void
    {
        $this->front->stop();
        unlink($this->log);
        parent::tearDown();
    }

    /** P5, P9: found at the first request, both sides are kept alike, and nobody who did not ask for a log-in saw one. */
    public function testTheServerIsFound(): void
    {
        $this->says(['host' => self::OWN, 'form' => 'pox', 'settings' => ['external' => self::EWS]]);
        $sync = $this->sought();
        $sync->install();
        $this->exchange->add(['GivenName' => 'There']);
        self::assertSame(1, $this->round($sync)->inserted());
        self::assertPushed(Outcome::Created, $sync->push($this->db->insert(['first_name' => 'Here'])));
        self::assertContains('CONNECT mail.example.com', $this->asked());
        self::assertSame(
            ['soap example.com -', 'pox example.com -', 'soap autodiscover.example.com -', 'pox autodiscover.example.com -', 'pox autodiscover.example.com in'],
            array_map(static fn (array $seen): string => "$seen[form] $seen[host] " . ($seen['loggedIn'] ? 'in' : '-'), $this->seen()),
        );
        self::assertTrue(array_column($sync->check(), 'ok', 'step')['exchange.folder']);
    }

    /** P9: every way leads there, and only hosts that asked for it saw a log-in. */
    public function testEveryWayLeadsThere(): void
    {
        foreach ($this->ways() as $way => [$rules, $loggedIn, $host, $autodiscover]) {
            $this->onlySays(...$rules);
            $steps = array_column($this->sought($autodiscover)->check(), null, 'step');
            self::assertStringContainsString("https://$host/EWS/Exchange.asmx", $steps['exchange.autodiscover']['message'], $way);
            self::assertTrue($steps['exchange.folder']['ok'], $way);
            $told = array_filter($this->seen(), static fn (array $seen): bool => $seen['tried']);
            self::assertSame($loggedIn, array_values(array_map(static fn (array $seen): string => "$seen[form] $seen[host]", $told)), $way);
        }
    }

    /** @return iterable<string, array{list<array<string, mixed>>, list<string>, string, array<string, mixed>}> rules, hosts that let us in, host of EWS, exchange.autodiscover */
    private function ways(): iterable
    {
        $settings = ['settings' => ['external' => self::EWS, 'internal' => 'https://in.example.com/EWS/Exchange.asmx']];
        $there = ['host' => 'sub.example.com'] + $settings;
        yield 'by SOAP' => [[['host' => self::OWN, 'form' => 'soap'] + $settings], ['soap ' . self::OWN], 'mail.example.com', []];
        yield 'at the bare domain' => [[['host' => 'example.com', 'form' => 'soap'] + $settings], ['soap example.com'], 'mail.example.com', []];
        yield 'from inside' => [[['host' => self::OWN] + $settings], ['soap ' . self::OWN], 'in.example.com', ['prefer' => 'internal']];
        yield 'by another address' => [
            [['host' => self::OWN, 'form' => 'pox', 'redirectAddress' => 'sales@sub.example.com'], $there],
            ['pox ' . self::OWN, 'soap sub.example.com'], 'mail.example.com', [],
        ];
        yield 'by another place' => [
            [['host' => self::OWN, 'redirectUrl' => 'https://sub.example.com/autodiscover/autodiscover.svc'], $there],
            ['soap ' . self::OWN, 'soap sub.example.com'], 'mail.example.com', [],
        ];
        yield 'by a redirect of HTTP' => [
            [['host' => 'example.com', 'form' => 'pox', 'location' => 'https://sub.example.com/autodiscover/autodiscover.xml'], $there],
            ['pox sub.example.com'], 'mail.example.com', [],
        ];
        yield 'by a redirect over plain HTTP, to a host that is allowed' => [
            [
                ['host' => self::OWN, 'form' => 'look', 'location' => 'https://mail.hoster.test/autodiscover/autodiscover.xml'],
                ['host' => 'mail.hoster.test', 'settings' => ['external' => 'https://mail.hoster.test/EWS/Exchange.asmx']],
            ],
            ['soap mail.hoster.test'], 'mail.hoster.test', ['allow' => ['*.hoster.test']],
        ];
    }

    /** P9: a fake host is not even connected to; the message names it and the key. */
    public function testAFakeHostGetsNothing(): void
    {
        $evil = 'https://autodiscover.evil.test/autodiscover/autodiscover.xml';
        foreach ([
            ['form' => 'look', 'location' => $evil],
            ['form' => 'soap', 'location' => $evil],
            ['form' => 'pox', 'redirectUrl' => $evil],
            ['form' => 'soap', 'redirectAddress' => 'sales@evil.test'],
            ['form' => 'soap', 'settings' => ['external' => 'https://evil.test/EWS/Exchange.asmx']],
        ] as $trap) {
            $this->onlySays(['host' => self::OWN] + $trap);
            $steps = array_column($this->sought()->check(), null, 'step');
            self::assertFalse($steps['exchange.autodiscover']['ok']);
            foreach (['evil.test', 'exchange.autodiscover.allow', 'https://' . self::OWN, 'HTTP 404'] as $part) {
                self::assertStringContainsString($part, $steps['exchange.autodiscover']['message']);
            }
            // A look over plain HTTP carries nothing.
            self::assertSame([], preg_grep('/CONNECT .*evil/', $this->asked()));
        }
        $sync = $this->sought();
        $sync->install();
        self::assertStringContainsString('evil.test', self::thrown(ExchangeException::class, fn () => $sync->pull())->getMessage());
    }

    /** What one process has found the others know; the server's name in messages is the found one. */
    public function testOneSearchServesAllProcesses(): void
    {
        $this->says(['host' => self::OWN, 'settings' => ['external' => self::EWS]]);
        $sync = $this->sought();
        $sync->install();
        $this->round($sync);
        $searched = count($this->seen());
        $this->exchange->add(['GivenName' => 'Anna']);
        $code = '$sync = new ExchangeContactSync(json_decode(getenv("CONFIG"), true)); echo $sync->pull()->inserted();';
        self::assertSame('1', $this->php($code, $this->changes([], ['page_size' => $this->sought])));
        self::assertCount($searched, $this->seen());
        $this->exchange->fault(null, 'soap_fault', 1, ['code' => 'ErrorAccessDenied', 'text' => 'no']);
        $said = self::thrown(AuthException::class, fn () => $sync->pull())->getMessage();
        self::assertStringContainsString('mail.example.com (found by Autodiscover)', $said);
    }

    /** A server that has moved answers 404 or 410: it is found anew, once, and nobody notices. One that has not is told of. */
    public function testAServerThatHasMovedIsFoundAnew(): void
    {
        $this->says(['host' => self::OWN, 'settings' => ['external' => self::EWS]]);
        $sync = $this->sought();
        $sync->install();
        $this->round($sync);
        foreach ([404 => self::NEW_EWS, 410 => 'https://in.example.com/EWS/Exchange.asmx'] as $status => $url) {
            $this->says(['host' => self::OWN, 'settings' => ['external' => $url]]);
            $this->exchange->fault(null, 'http_status', 1, ['status' => $status]);
            file_put_contents($this->log, '');
            self::assertPushed(Outcome::Created, $sync->push($this->db->insert(['first_name' => "Nr. $status"])));
            self::assertContains('CONNECT ' . parse_url($url, PHP_URL_HOST), $this->asked());
            $searched = count($this->seen());
            $this->round($sync);
            self::assertCount($searched, $this->seen());
            $this->exchange->fault(null, 'http_status', 1, ['status' => $status]);
            $id = $this->db->insert(['first_name' => "Waits $status"]);
            $waits = $sync->push($id);
            self::assertPushed(Outcome::Queued, $waits);
            self::assertStringContainsString("HTTP $status", (string) $waits->error());
            $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = NULL');
            self::assertPushed(Outcome::Created, $sync->push($id));
        }
    }

    /** Accounts are locked after a few wrong passwords: each host sees one, and no more than two do. */
    public function testAWrongPasswordIsTriedTwiceAtMost(): void
    {
        foreach (['example.com', self::OWN] as $host) {
            $this->says(['host' => $host, 'settings' => ['external' => self::EWS]]);
        }
        $sync = $this->sync($this->changes([], ['password' => 'wrong']));
        $sync->install();
        $said = self::thrown(AuthException::class, fn () => $sync->pull())->getMessage();
        self::assertStringContainsString(self::OWN, $said);
        $tried = array_filter($this->seen(), static fn (array $seen): bool => $seen['tried']);
        self::assertSame(['example.com', self::OWN], array_column($tried, 'host'));
    }

    /** P5: a host that hangs leaves time for the others, within the time that a save has. */
    public function testAHostThatHangsIsLeftInTime(): void
    {
        $this->says(['host' => self::OWN, 'settings' => ['external' => self::EWS]]);
        $sync = $this->sync($this->changes([], ['push_timeout' => 3]));
        $sync->install();
        $this->round($sync);
        // Another process, without a cache, has to search again.
        $this->db->pdo->exec('DELETE FROM ecs_cache');
        $this->says(['host' => 'example.com', 'hang' => 20_000]);
        $sync = $this->sync($this->changes([], ['push_timeout' => 3.5]));
        $id = $this->db->insert(['first_name' => 'Here']);
        $begun = microtime(true);
        self::assertPushed(Outcome::Created, $sync->push($id));
        self::assertLessThan(4.0, microtime(true) - $begun);
    }

    /**
     * @param array<string, mixed> $rule
     */
    private function says(array $rule): void
    {
        $this->exchange->call('POST', '/autodiscover', $rule);
    }

    /**
     * Nothing but a company's website, and these rules.
     *
     * @param array<string, mixed> ...$rules
     */
    private function onlySays(array ...$rules): void
    {
        $this->exchange->call('DELETE', '/autodiscover');
        foreach ([['host' => 'example.com', 'status' => 404], ['host' => self::OWN, 'status' => 404], ...$rules] as $rule) {
            $this->says($rule);
        }
    }

    /** @return list<array{form: string, host: string, mailbox: string, tried: bool, loggedIn: bool}> */
    private function seen(): array
    {
        return $this->exchange->call('GET', '/autodiscover')['seen'];
    }

    /** @return list<string> what the proxy was asked for */
    private function asked(): array
    {
        return file($this->log, FILE_IGNORE_NEW_LINES) ?: [];
    }

    /**
     * One that has never asked: a process keeps what it has found for a configuration.
     *
     * @param array<string, mixed> $autodiscover
     */
    private function sought(array $autodiscover = []): ExchangeContactSync
    {
        return $this->sync($this->changes($autodiscover, ['page_size' => ++$this->sought]));
    }

    /**
     * @param array<string, mixed> $autodiscover
     * @param array<string, mixed> $more
     *
     * @return array<string, mixed>
     */
    private function changes(array $autodiscover = [], array $more = []): array
    {
        return ['exchange' => $more + [
            'url' => 'autodiscover',
            'autodiscover' => $autodiscover,
            'allow_plain_http' => false,
            'ca_file' => Listener::certificates() . '/ca.pem',
            'proxy' => $this->front->url('http', ''),
        ]];
    }
}
