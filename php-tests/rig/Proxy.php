<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/**
 * Stands between one worker and both of its servers. Everything that a worker does to the outer world goes through here as a
 * request to one of them, so every point between two of its effects can be found, named and struck, without any help of the worker.
 */
final class Proxy
{
    private const LONGEST = 30.0;

    /** @var resource */
    private $database;
    /** @var resource */
    private $exchange;
    private string $socket;
    /** @var list<Wire> */
    private array $wires = [];

    public function __construct(private readonly string $mysqlSocket, private readonly string $exchangeUrl)
    {
        $this->socket = sys_get_temp_dir() . '/ecs-proxy.' . bin2hex(random_bytes(6));
        $this->database = self::listen("unix://$this->socket");
        $this->exchange = self::listen('tcp://127.0.0.1:0');
    }

    public function close(): void
    {
        $this->cutAll();
        fclose($this->database);
        fclose($this->exchange);
        @unlink($this->socket);
    }

    /** The Unix socket that a worker takes for that of MariaDB. */
    public function mysqlSocket(): string
    {
        return $this->socket;
    }

    /** The URL that a worker takes for that of Exchange. */
    public function exchangeUrl(): string
    {
        return 'http://' . stream_socket_get_name($this->exchange, false) . (string) parse_url($this->exchangeUrl, PHP_URL_PATH);
    }

    /**
     * Lets a worker work, and strikes.
     *
     * @param array<string, mixed>             $config
     * @param list<array{string, list<mixed>}> $calls
     *
     * @return array{list<Point>, array{results: list<mixed>, thrown: array{class: string, message: string, code: int}|null}|null}
     *         the requests, and what the worker answered; null when it was killed
     */
    public function play(Worker $worker, array $config, array $calls, ?Strike $strike = null): array
    {
        $worker->send($config, $calls);
        $points = [];
        $until = microtime(true) + self::LONGEST;
        while (microtime(true) < $until) {
            $read = [$worker->answers(), $this->database, $this->exchange];
            foreach ($this->wires as $wire) {
                array_push($read, ...$wire->streams());
            }
            $write = $except = null;
            if (stream_select($read, $write, $except, 1) === false) {
                throw new RuntimeException('stream_select failed');
            }
            foreach ([[$this->database, "unix://$this->mysqlSocket", MySqlWire::class], [$this->exchange, $this->upstream(), HttpWire::class]] as [$listener, $address, $class]) {
                if (in_array($listener, $read, true)) {
                    $this->wires[] = new $class(stream_socket_accept($listener), $address);
                }
            }
            foreach ($this->wires as $wire) {
                foreach ($wire->requests($read) as $name) {
                    $point = new Point(count($points) + 1, $name, $wire->isLasting($name), $wire instanceof HttpWire);
                    $points[] = $point;
                    if ($strike === null || !$strike->hits($point)) {
                        $wire->forward();
                        continue;
                    }
                    if ($strike->phase !== Phase::Before) {
                        $wire->forward();
                    }
                    if ($strike->phase === Phase::After || $strike->phase === Phase::Middle) {
                        $wire->awaitAnswer($strike->phase === Phase::Middle);
                    }
                    $strike->strike($worker);
                    if ($strike->killsWorker) {
                        $this->cutAll();
                        Tally::count('kills');
                        return [$points, null];
                    }
                    $wire->cut();
                    Tally::count('cut answers');
                }
                $wire->answers($read);
            }
            $this->wires = array_values(array_filter($this->wires, static fn (Wire $wire): bool => $wire->isOpen()));
            if (in_array($worker->answers(), $read, true) && ($answer = $worker->answer()) !== null) {
                return [$points, $answer];
            }
        }
        throw new RuntimeException('a worker does not answer; its last request was ' . ($points === [] ? 'none' : end($points)->name));
    }

    private function cutAll(): void
    {
        foreach ($this->wires as $wire) {
            $wire->cut();
        }
        $this->wires = [];
    }

    private function upstream(): string
    {
        return 'tcp://' . parse_url($this->exchangeUrl, PHP_URL_HOST) . ':' . parse_url($this->exchangeUrl, PHP_URL_PORT);
    }

    /** @return resource */
    private static function listen(string $address)
    {
        return stream_socket_server($address) ?: throw new RuntimeException("nobody can listen at $address");
    }
}
