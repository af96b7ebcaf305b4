<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** A php of its own with the extension that carries out jobs, one line each, until it is killed. */
final class Worker
{
    public readonly int $pid;

    /** @var resource */
    private $process;
    /** @var resource */
    private $jobs;
    /** @var resource */
    private $answers;
    private string $read = '';
    private bool $ended = false;

    public function __construct()
    {
        $process = proc_open(
            [PHP_BINARY, '-n', ...self::modules(), '-d', 'extension=' . getenv('EXTENSION'), __DIR__ . '/work.php'],
            [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']],
            $pipes,
        );
        if ($process === false) {
            throw new RuntimeException('a worker does not start');
        }
        [$this->jobs, $this->answers] = $pipes;
        stream_set_blocking($this->answers, false);
        $this->process = $process;
        $this->pid = proc_get_status($process)['pid'];
        Tally::count('processes');
    }

    /**
     * @param array<string, mixed>                   $config
     * @param list<array{string, list<mixed>}>       $calls  methods of ExchangeContactSync with their arguments, or of work.php
     */
    public function send(array $config, array $calls): void
    {
        fwrite($this->jobs, json_encode(['config' => $config, 'calls' => $calls], JSON_THROW_ON_ERROR) . "\n");
    }

    /** @return resource where answers come from, for stream_select() */
    public function answers()
    {
        return $this->answers;
    }

    /**
     * What it has answered, null while that is not complete.
     *
     * @return array{results: list<mixed>, thrown: array{class: string, message: string, code: int}|null}|null
     */
    public function answer(): ?array
    {
        $part = fread($this->answers, 1 << 16);
        $this->read .= (string) $part;
        if (str_ends_with($this->read, "\n")) {
            [$line, $this->read] = [$this->read, ''];
            return json_decode($line, true, 512, JSON_THROW_ON_ERROR);
        }
        if (($part === '' || $part === false) && feof($this->answers)) {
            $status = proc_get_status($this->process);
            throw new RuntimeException("a worker ended by itself: signal $status[termsig], status $status[exitcode]; $this->read");
        }
        return null;
    }

    /** SIGKILL; afterwards it is gone. */
    public function kill(): void
    {
        if (!$this->ended) {
            $this->ended = true;
            proc_terminate($this->process, SIGKILL);
            fclose($this->jobs);
            fclose($this->answers);
            proc_close($this->process);
        }
    }

    /** @return list<string> the modules that a worker needs where they are not built in */
    private static function modules(): array
    {
        static $modules = null;
        if ($modules === null) {
            exec(escapeshellarg(PHP_BINARY) . ' -n -m', $builtIn);
            $modules = [];
            foreach (array_diff(['mysqlnd', 'PDO', 'pdo_mysql', 'posix'], $builtIn) as $module) {
                array_push($modules, '-d', 'extension=' . strtolower($module));
            }
        }
        return $modules;
    }
}
