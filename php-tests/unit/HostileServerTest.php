<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\SyncTestCase;

/** A server that means us harm, or is none of Exchange: a typed error with a word on what to do, in time, in bounded memory, and nothing half-written. */
final class HostileServerTest extends SyncTestCase
{
    /** Seconds for a request that only time ends, and for one that ends by itself. */
    private const SHORT = 1;
    private const LONG = 20;

    /** How many seconds more an error may take, however busy the machine is. */
    private const SLACK = 8;

    private const NO_EXCHANGE = 'not as Exchange Web Services do';

    /** What the server does, and what is said of it. */
    private const HARM = [
        'endless elements' => 'larger than the limit',
        'endless text' => 'holds more than is taken over at once',
        'endless headers' => 'did not answer in HTTP as it should',
        'a gigabyte announced' => 'larger than the limit',
        'laughs' => 'it has a document type',
        'external entity' => 'it has a document type',
        'unknown entity' => 'unknown entity "lol9"',
        'deep' => 'nested more than 100 deep',
        'wide' => 'more than 64 attributes',
        'gzip bomb' => 'larger than the limit',
        'gzip bomb of zeros' => 'larger than the limit',
        'drip of a body' => 'did not arrive in time',
        'drip of a head' => 'did not answer in time',
        'log-in page' => self::NO_EXCHANGE,
        'json' => self::NO_EXCHANGE,
        'empty' => self::NO_EXCHANGE,
        'binary' => self::NO_EXCHANGE,
        'utf-16' => self::NO_EXCHANGE,
        'cut' => 'broke off in the middle',
        'closed at once' => 'broke before the answer',
        'closed in the head' => 'broke before the answer',
        'http 0.9' => 'did not answer in HTTP as it should; check the port, and http or https',
        'tls' => 'did not answer in HTTP as it should; check the port, and http or https',
        'mute' => 'did not answer in time',
    ];

    private const PULL = '$config = json_decode(getenv("CONFIG"), true); $sync = new ExchangeContactSync($config); $said = null; $class = null; $began = microtime(true);'
        . ' try { $sync->pull(); } catch (Throwable $e) { $class = $e::class; $said = $e->getMessage(); }'
        . ' preg_match("/VmHWM:\s+(\d+)/", file_get_contents("/proc/self/status"), $peak);'
        . ' echo json_encode(["class" => $class, "said" => $said, "seconds" => microtime(true) - $began, "peak" => (int) $peak[1]]);';

    /** @var list<Listener> */
    private array $servers = [];
    private string $log;

    protected function setUp(): void
    {
        parent::setUp();
        $this->log = (string) tempnam(sys_get_temp_dir(), 'ecs-hostile');
    }

    protected function tearDown(): void
    {
        foreach ($this->servers as $server) {
            $server->stop();
        }
        unlink($this->log);
        parent::tearDown();
    }

    /** P1, P9, P10. */
    public function testHarmEndsInATypedErrorWithinLimits(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, ['first_name' => 'Anna']);
        $normal = $this->pullAlone([]);
        self::assertNull($normal['class'], (string) $normal['said']);
        $this->db->update($id, ['phone' => '+49 30']);
        $before = [$this->db->row($id), $sync->state()->toString()];
        foreach (self::HARM as $kind => $said) {
            file_put_contents($this->log, '');
            $limit = preg_match('/^(drip|mute)/', $kind) === 1 ? self::SHORT : self::LONG;
            $hostile = $this->hostile($kind, '', $limit);
            $pull = $this->pullAlone($hostile);
            self::assertSame(ExchangeException::class, $pull['class'], "$kind: $pull[said]");
            self::assertStringContainsString($said, $pull['said'], $kind);
            self::assertLessThan($limit + self::SLACK, $pull['seconds'], $kind);
            self::assertLessThan($normal['peak'] + 24 * 1024, $pull['peak'], "$kind: kilobytes of memory");
            self::assertSame(['connection', 'credentials', 'request'], array_slice($this->lines(), 0, 3), $kind);
            self::assertSame(1, array_count_values($this->lines())['request'], $kind);

            $this->exchangeIsToBeAskedAgain();
            $began = microtime(true);
            $push = $this->sync($hostile)->push($id);
            self::assertPushed(Outcome::Queued, $push);
            self::assertStringContainsString($said, (string) $push->error(), $kind);
            self::assertLessThan($limit + self::SLACK, microtime(true) - $began, $kind);
            self::assertSame($before, [$this->db->row($id), $sync->state()->toString()], $kind);
            self::assertSame(1, $this->db->count(), $kind);
            $this->exchangeIsToBeAskedAgain();
            // What was delivered in vain is from then on sent alone, and held in the end: each server is to be the first.
            $this->db->pdo->exec('DELETE FROM ecs_tries');
            array_pop($this->servers)->stop();
        }
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** P9. */
    public function testARedirectTakesNothingElsewhere(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, ['first_name' => 'Anna']);
        $stolen = (string) tempnam(sys_get_temp_dir(), 'ecs-stolen');
        $this->servers[] = $thief = Listener::hostile('empty', $stolen);
        foreach (['301', '302', '307', '308'] as $status) {
            $hostile = $this->hostile("redirect $status", $thief->url('http'));
            $said = self::thrown(ExchangeException::class, fn () => $this->sync($hostile)->pull())->getMessage();
            self::assertStringContainsString("redirects elsewhere; credentials are never sent along, so put the final address into exchange.url (HTTP $status)", $said);
            $this->db->update($id, ['phone' => $status]);
            self::assertPushed(Outcome::Queued, $this->sync($hostile)->push($id));
        }
        self::assertSame('', file_get_contents($stolen));
        unlink($stolen);
    }

    public function testTlsWhereNoneIsSpokenIsToldSo(): void
    {
        $this->ready();
        $sync = $this->sync(['exchange' => ['url' => str_replace('http:', 'https:', $this->exchange->url())]]);
        $said = self::thrown(ExchangeException::class, fn () => $sync->pull())->getMessage();
        self::assertStringContainsString('does not speak TLS on this port; check the port, and https, in exchange.url', $said);
    }

    /** @return array<string, mixed> */
    private function hostile(string $kind, string $target = '', int $seconds = self::LONG): array
    {
        $this->servers[] = $server = Listener::hostile($kind, $this->log, $target);
        return ['exchange' => ['url' => $server->url('http'), 'timeout' => $seconds, 'push_timeout' => $seconds]];
    }

    /**
     * A pull in a process of its own.
     *
     * @param array<string, mixed> $changes
     *
     * @return array{class: ?string, said: ?string, seconds: float, peak: int}
     */
    private function pullAlone(array $changes): array
    {
        $printed = $this->php(self::PULL, $changes);
        $told = json_decode($printed, true);
        self::assertIsArray($told, $printed);
        return $told;
    }

    /** @return list<string> */
    private function lines(): array
    {
        return file($this->log, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) ?: [];
    }

    private function exchangeIsToBeAskedAgain(): void
    {
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until=NULL, failures=0');
    }
}
