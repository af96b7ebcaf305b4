<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Passwords stay where they were put. */
final class SecretsTest extends SyncTestCase
{
    public function testNoWayToPrintTheObjectShowsOne(): void
    {
        $sync = $this->ready();
        foreach ([$sync, $sync->state(), $sync->plan(), $sync->pull(), $sync->push(1)] as $object) {
            ob_start();
            var_dump($object);
            print_r($object);
            var_export($object);
            echo json_encode($object), print_r((array) $object, true), print_r(get_object_vars($object), true);
            echo print_r((new \ReflectionObject($object))->getProperties(), true);
            self::assertClean((string) ob_get_clean());
        }
    }

    public function testItCannotBeSerialisedOrCloned(): void
    {
        $sync = $this->sync();
        self::assertClean((string) self::thrown(\Throwable::class, fn () => serialize($sync)));
        self::assertClean((string) self::thrown(\Error::class, fn () => clone $sync));
    }

    public function testNoMessageAndNoTraceHoldsOne(): void
    {
        $before = (string) ini_set('zend.exception_ignore_args', '0');
        try {
            $this->sync()->install();
            foreach ([
                'constructor' => fn () => new ExchangeContactSync(['exchange' => ['url' => 1]] + $this->config()),
                'type error' => fn () => new ExchangeContactSync($this->config()['mysql']),
                'login' => fn () => $this->sync(['exchange' => ['username' => 'nobody']])->pull(),
                'no server' => fn () => $this->sync(['exchange' => ['url' => 'http://127.0.0.1:1/']])->pull(),
                'no database' => fn () => $this->sync(['mysql' => str_replace('/ecs_', '/ecs_no_', $this->db->url())])->pull(),
                'no table' => fn () => $this->sync(['contacts' => ['table' => 'nowhere']])->pull(),
            ] as $case => $call) {
                $thrown = self::thrown(\Throwable::class, $call);
                for ($each = $thrown; $each !== null; $each = $each->getPrevious()) {
                    self::assertClean($each->getMessage(), $case);
                    // The frames of the tests themselves, which hold the configuration as their own, are none of ours.
                    $own = array_filter($each->getTrace(), static fn (array $frame): bool => ($frame['class'] ?? '') === ExchangeContactSync::class);
                    self::assertClean(print_r($own, true), $case);
                    self::assertClean($each->getTraceAsString(), $case);
                }
            }
        } finally {
            ini_set('zend.exception_ignore_args', $before);
        }
    }

    public function testPhpinfoAndTheLogShowNone(): void
    {
        $logger = new class () {
            public string $lines = '';

            /** @param array<string, mixed> $context */
            public function log(mixed $level, string|\Stringable $message, array $context = []): void
            {
                $this->lines .= "$level $message " . print_r($context, true) . "\n";
            }

            /** @param array<mixed> $arguments */
            public function __call(string $level, array $arguments): void
            {
                $this->log($level, ...$arguments);
            }
        };
        foreach (['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as $level) {
            self::assertTrue(is_callable([$logger, $level]));
        }
        $sync = $this->sync(['logger' => $logger]);
        $sync->install();
        $sync->push($this->db->insert(['first_name' => 'Logged']));
        $sync->sync();
        $this->exchange->offline(true);
        $sync->push($this->db->insert(['first_name' => 'Not delivered']));
        self::assertNotSame('', $logger->lines);
        self::assertClean($logger->lines);
        ob_start();
        phpinfo(INFO_MODULES);
        $info = (string) ob_get_clean();
        self::assertStringContainsString('exchange_contact_sync', $info);
        self::assertClean($info);
    }

    public function testNoTableOfOursHoldsOne(): void
    {
        $sync = $this->ready();
        $sync->push($this->db->insert(['first_name' => 'Stored']));
        $tables = $this->db->pdo->query("SHOW TABLES LIKE 'ecs\\_%'")->fetchAll(\PDO::FETCH_COLUMN);
        self::assertNotSame([], $tables);
        foreach ($tables as $table) {
            self::assertClean(print_r($this->db->pdo->query("SELECT * FROM `$table`")->fetchAll(), true), $table);
        }
    }

    private static function assertClean(string $text, string $where = ''): void
    {
        foreach ([Simulator::PASSWORD, Database::PASSWORD, base64_encode(Simulator::USER . ':' . Simulator::PASSWORD)] as $secret) {
            self::assertStringNotContainsString($secret, $text, $where);
        }
    }
}
