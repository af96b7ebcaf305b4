<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** A MariaDB for one test alone, which may be killed, filled up and made read-only. While it is there, all of the rig uses it. */
final class OwnMariaDb
{
    private const SCRIPT = __DIR__ . '/../../scripts/mariadb';

    private string $directory;
    /** @var array<string, string> */
    private array $before = [];

    public function __construct(string ...$options)
    {
        $this->directory = sys_get_temp_dir() . '/ecs-own.' . bin2hex(random_bytes(4));
        $this->run('start', ...$options);
        foreach (['ECS_MYSQL_SOCKET', 'ECS_MYSQL_PORT', 'ECS_MYSQL_CA'] as $name) {
            $this->before[$name] = (string) getenv($name);
        }
        preg_match_all('/^(\w+)=(.*)$/m', (string) file_get_contents("$this->directory/env"), $found, PREG_SET_ORDER);
        foreach ($found as [, $name, $value]) {
            putenv("$name=$value");
        }
    }

    public function stop(): void
    {
        $this->run('stop');
        foreach ($this->before as $name => $value) {
            putenv("$name=$value");
        }
        exec('rm -rf ' . escapeshellarg($this->directory));
    }

    public function crash(): void
    {
        $this->run('crash');
    }

    /** Starts it once more, with other options if any are given. */
    public function again(string ...$options): void
    {
        if ($options !== []) {
            file_put_contents("$this->directory/options", implode("\n", $options) . "\n");
        }
        $this->run('again');
    }

    private function run(string $verb, string ...$options): void
    {
        $command = implode(' ', array_map(escapeshellarg(...), [self::SCRIPT, $verb, $this->directory, ...$options]));
        exec("$command </dev/null 2>&1", $printed, $status);
        if ($status !== 0) {
            throw new RuntimeException("$command: " . implode("\n", $printed));
        }
    }
}
