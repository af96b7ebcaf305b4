<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** check() as somebody reads it who was called: what was found at each step, and what to do (user-pains 2, 28). */
final class CheckTest extends SyncTestCase
{
    public function testOverTlsAndNtlmEveryStepIsWell(): void
    {
        $this->exchange->stop();
        $this->exchange = Simulator::byNtlm();
        $sync = $this->ready($this->byNtlm());
        $steps = $this->steps($sync);
        self::assertSame(['ok'], array_values(array_unique(array_column($steps, 'status'))), json_encode($steps));
        self::assertStringContainsString('127.0.0.1', $steps['exchange.dns']['message']);
        self::assertMatchesRegularExpression('/CN=localhost, issued by CN=Test CA, verifies and is good for (29|30) days/', $steps['exchange.tls']['message']);
        self::assertStringContainsString('HTTP 401', $steps['exchange.http']['message']);
        self::assertSame('offers Negotiate, NTLM; we use NTLM', $steps['exchange.schemes']['message']);
        self::assertStringContainsString('create, change and delete', $steps['exchange.rights']['message']);
    }

    public function testASchemeThatIsNotOfferedIsAWarningAndTheLogInSaysTheRest(): void
    {
        $sync = $this->ready();
        $steps = $this->steps($this->sync(['exchange' => ['auth' => 'ntlm']]));
        self::assertSame('warning', $steps['exchange.schemes']['status']);
        self::assertStringContainsString('offers Basic for logging in, and not NTLM', $steps['exchange.schemes']['message']);
        self::assertSame(['failure', false], [$steps['exchange.login']['status'], $steps['exchange.login']['ok']]);
        self::assertArrayNotHasKey('exchange.folder', $steps);
        self::assertSame('ok', $this->steps($sync)['exchange.login']['status']);
    }

    public function testNothingIsLoggedInToWhereTheDoorIsNotExchanges(): void
    {
        $sync = $this->ready();
        foreach ([
            ['html', 'exchange.http', null],
            ['tls', 'exchange.tls', 'certificate'],
            ['error', 'exchange.http', 'server error'],
        ] as [$kind, $step, $words]) {
            $server = Listener::of($kind);
            $url = $server->url($kind === 'tls' ? 'https' : 'http');
            $steps = $this->steps($this->sync(['exchange' => ['url' => $url], 'pair' => 'other']));
            $server->stop();
            if ($words !== null) {
                self::assertSame('failure', $steps[$step]['status'], "$kind " . json_encode($steps));
                self::assertStringContainsString($words, $steps[$step]['message']);
                self::assertArrayNotHasKey('exchange.login', $steps);
            } else {
                self::assertSame(['warning', 'failure'], [$steps[$step]['status'], $steps['exchange.login']['status']], json_encode($steps));
            }
        }
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** Semantics 47. */
    public function testAWaitIsShownWithItsReasonAndEnded(): void
    {
        $sync = $this->ready();
        $this->exchange->call('POST', '/faults', ['operation' => null, 'kind' => 'server_busy_fault', 'backOffMilliseconds' => 300_000, 'times' => 1]);
        self::thrown(ExchangeException::class, static fn () => $sync->pull());
        $step = $this->steps($sync)['exchange.throttling'];
        self::assertSame('warning', $step['status']);
        self::assertStringContainsString('ErrorServerBusy', $step['message']);
        self::assertSame('ok', $this->steps($sync)['exchange.throttling']['status']);
    }

    public function testAClockThatIsOffIsNamed(): void
    {
        $sync = $this->ready();
        foreach ([[0, 'ok'], [60, 'warning'], [-60, 'warning'], [600, 'failure']] as [$ahead, $status]) {
            $this->exchange->call('POST', '/modes', ['clockAhead' => $ahead]);
            // What is known of a clock is kept with the connection, so a new one is made.
            $steps = $this->steps($this->sync(['exchange' => ['connect_timeout' => 10 + abs($ahead) / 100]]));
            self::assertSame($status, $steps['exchange.clock']['status'], "$ahead " . json_encode($steps['exchange.clock']));
        }
    }

    /** Semantics 44. */
    public function testWhatOfTheDatabaseMakesValuesWaitIsAWarning(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY last_name VARCHAR(100) CHARACTER SET latin1');
        $sync = $this->sync();
        $steps = $this->steps($sync);
        self::assertSame('warning', $steps['mysql.charset']['status']);
        self::assertStringContainsString('last_name (latin1)', $steps['mysql.charset']['message']);
        self::assertSame('failure', $steps['mysql.tables']['status']);
        self::assertStringContainsString('install()', $steps['mysql.tables']['message']);
        self::assertArrayHasKey('mysql.trigger_rights', $steps);
        $sync->install();
        self::assertSame('ok', $this->steps($sync)['mysql.tables']['status']);
    }

    /** @return array<string, mixed> */
    private function byNtlm(): array
    {
        return ['exchange' => [
            'url' => $this->exchange->secureUrl(), 'auth' => 'ntlm', 'ca_file' => Listener::certificates() . '/ca.pem',
        ]];
    }

    /** @return array<string, array{step: string, ok: bool, status: string, message: string}> */
    private function steps(ExchangeContactSync $sync): array
    {
        return array_column($sync->check(), null, 'step');
    }
}
