<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** A server that is not the simulator. */
final class Listener
{
    /** @var resource */
    private $process;
    private int $port;

    /** One that is not Exchange: html, login, empty, error, mute, or tls with a certificate nobody vouches for. */
    public static function of(string $kind): self
    {
        return new self('listen.php', [$kind, self::certificates()]);
    }

    /**
     * One whose folder holds the contacts of recorded GetItem answers of a real server.
     *
     * @param list<string> $files
     */
    public static function replaying(array $files): self
    {
        return new self('replay.php', $files);
    }

    /** One that takes connections by TLS and passes them on to the simulator; with `$verify` it wants a certificate of its clients. */
    public static function tunnel(Simulator $to, bool $verify = false): self
    {
        $target = parse_url($to->url(), PHP_URL_HOST) . ':' . parse_url($to->url(), PHP_URL_PORT);
        return new self('tunnel.php', [self::certificates(), $target, ...($verify ? ['verify'] : [])]);
    }

    /**
     * A proxy behind which all these names are the simulator, with and without TLS; other names are not there.
     *
     * @param list<string> $names
     */
    public static function front(Simulator $to, string $log, array $names): self
    {
        $target = parse_url($to->url(), PHP_URL_HOST) . ':' . parse_url($to->url(), PHP_URL_PORT);
        return new self('front.php', [self::certificates(), $target, $log, ...$names]);
    }

    /** One that means us harm, or is out of order: see hostile.php. `$log` gets a line for whatever reaches it. */
    public static function hostile(string $kind, string $log, string $target = ''): self
    {
        return new self('hostile.php', [$kind, $target], ['LOG' => $log]);
    }

    /** Where the certificates of the tests are: ca.pem, server.pem, client.pem. */
    public static function certificates(): string
    {
        return dirname((string) getenv('ECS_MYSQL_CA'));
    }

    /**
     * @param list<string>          $arguments
     * @param array<string, string> $environment
     */
    private function __construct(string $script, array $arguments, array $environment = [])
    {
        $process = proc_open(
            [PHP_BINARY, '-n', ...self::modules(), __DIR__ . "/$script", ...$arguments],
            [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']],
            $pipes,
            null,
            $environment + getenv(),
        );
        $line = $process === false ? false : fgets($pipes[1]);
        if ($line === false) {
            throw new RuntimeException("$script does not start");
        }
        $this->process = $process;
        $this->port = (int) $line;
    }

    public function url(string $scheme, string $path = '/EWS/Exchange.asmx'): string
    {
        return "$scheme://127.0.0.1:$this->port$path";
    }

    public function stop(): void
    {
        proc_terminate($this->process, SIGKILL);
        proc_close($this->process);
    }

    /** @return list<string> */
    private static function modules(): array
    {
        exec(escapeshellarg(PHP_BINARY) . ' -n -m', $builtIn);
        $options = [];
        foreach (array_diff(['openssl', 'mbstring'], $builtIn) as $missing) {
            array_push($options, '-d', "extension=$missing");
        }
        return $options;
    }
}
