<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** One connection of a worker and the one behind it. Requests are held until somebody forwards them, answers pass at once. */
abstract class Wire
{
    /** @var resource|null */
    protected $client;
    /** @var resource|null */
    protected $server;
    protected string $asked = '';
    private string $held = '';

    /**
     * @param resource $client
     */
    public function __construct($client, string $address)
    {
        $server = stream_socket_client($address, $code, $message, 5) ?: null;
        $this->client = $client;
        $this->server = $server;
        stream_set_blocking($client, false);
        if ($server === null) {
            // The server is away: so is this connection.
            $this->cut();
            return;
        }
        stream_set_blocking($server, false);
    }

    /** @return list<resource> */
    public function streams(): array
    {
        return $this->isOpen() ? [$this->client, $this->server] : [];
    }

    public function isOpen(): bool
    {
        return $this->client !== null && $this->server !== null;
    }

    public function cut(): void
    {
        foreach ([$this->client, $this->server] as $stream) {
            if ($stream !== null) {
                fclose($stream);
            }
        }
        $this->client = $this->server = null;
    }

    /**
     * The names of complete requests, each of which is to be forwarded before the next one is asked for.
     *
     * @param list<resource> $ready
     *
     * @return iterable<string>
     */
    public function requests(array $ready): iterable
    {
        if ($this->isOpen() && in_array($this->client, $ready, true)) {
            $part = fread($this->client, 1 << 20);
            if (($part === '' || $part === false) && feof($this->client)) {
                $this->cut();
                return;
            }
            $this->asked .= (string) $part;
        }
        while ($this->isOpen() && ($length = $this->lengthOfFirst()) !== null) {
            $this->held = substr($this->asked, 0, $length);
            $this->asked = substr($this->asked, $length);
            $name = $this->nameOf($this->held);
            if ($name === null) {
                $this->forward();
            } else {
                yield $name;
            }
        }
    }

    public function forward(): void
    {
        self::write($this->server, $this->held);
        $this->held = '';
    }

    /**
     * @param list<resource> $ready
     */
    public function answers(array $ready): void
    {
        if (!$this->isOpen() || !in_array($this->server, $ready, true)) {
            return;
        }
        $part = fread($this->server, 1 << 20);
        if (($part === '' || $part === false) && feof($this->server)) {
            $this->cut();
            return;
        }
        $this->seen((string) $part);
        self::write($this->client, (string) $part);
    }

    /** Waits until the server has carried out what was forwarded and has said so; half of what it says may pass. */
    public function awaitAnswer(bool $passHalf): void
    {
        $answer = '';
        $until = microtime(true) + 20;
        do {
            $read = [$this->server];
            $write = $except = null;
            stream_select($read, $write, $except, 0, 2_000);
            $answer .= (string) fread($this->server, 1 << 20);
            if (microtime(true) > $until) {
                throw new RuntimeException('a server does not answer');
            }
        } while (!$this->isAnswered($answer) && !feof($this->server));
        if ($passHalf) {
            self::write($this->client, substr($answer, 0, intdiv(strlen($answer), 2)));
        }
    }

    /** Whether a request of this name changes something that outlives the worker. */
    abstract public function isLasting(string $name): bool;

    /** The bytes of the first complete request, null if there is none. */
    abstract protected function lengthOfFirst(): ?int;

    /** What a request is called, null for one that is of no interest. */
    abstract protected function nameOf(string $request): ?string;

    abstract protected function isAnswered(string $answer): bool;

    /** The server said something. */
    protected function seen(string $answer): void
    {
    }

    /**
     * @param resource|null $stream
     */
    private static function write($stream, string $bytes): void
    {
        if ($stream === null) {
            return;
        }
        stream_set_blocking($stream, true);
        for ($sent = 0; $sent < strlen($bytes); $sent += $now) {
            $now = @fwrite($stream, substr($bytes, $sent));
            if ($now === false || $now === 0) {
                // The other end is gone; its silence is noticed by who reads.
                break;
            }
        }
        stream_set_blocking($stream, false);
    }
}
