<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** Processes that run scripts side by side; each prints one line of JSON when it is done. */
final class Crowd
{
    /** @var list<array{resource, resource}> */
    private array $members = [];

    /**
     * @param array<string, mixed> $work what the script is told
     */
    public function join(string $script, array $work): void
    {
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-d', 'display_errors=1', $script],
            [['pipe', 'r'], ['pipe', 'w'], ['redirect', 1]],
            $pipes,
        );
        if ($process === false) {
            throw new RuntimeException("$script does not start");
        }
        fwrite($pipes[0], json_encode($work, JSON_THROW_ON_ERROR));
        fclose($pipes[0]);
        $this->members[] = [$process, $pipes[1]];
        Tally::count('processes');
    }

    public function isAtWork(): bool
    {
        foreach ($this->members as [$process]) {
            if (proc_get_status($process)['running']) {
                return true;
            }
        }
        return false;
    }

    /**
     * What each of them has told, in the order in which they joined.
     *
     * @return list<array<string, mixed>>
     */
    public function told(): array
    {
        $told = [];
        foreach ($this->members as $number => [$process, $pipe]) {
            $printed = (string) stream_get_contents($pipe);
            proc_close($process);
            $words = json_decode($printed, true);
            if (!is_array($words)) {
                throw new RuntimeException("process $number did not come to its end: $printed");
            }
            $told[] = $words;
        }
        $this->members = [];
        return $told;
    }

    public function __destruct()
    {
        foreach ($this->members as [$process]) {
            proc_terminate($process, SIGKILL);
            proc_close($process);
        }
    }
}
