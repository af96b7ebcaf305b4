<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** One request to php-fpm over its Unix socket. */
final class FastCgi
{
    private const BEGIN = 1;
    private const END = 3;
    private const PARAMS = 4;
    private const STDIN = 5;
    private const STDOUT = 6;
    private const RESPONDER = 1;

    /** @var resource */
    private $connection;
    private string $output = '';

    /** Sends the request; read() waits for its answer, so that several can run at once. */
    public function __construct(string $socket, string $script, string $body)
    {
        $connection = stream_socket_client("unix://$socket", $code, $message, 10);
        if ($connection === false) {
            throw new RuntimeException("php-fpm cannot be reached: $message");
        }
        stream_set_timeout($connection, 120);
        $this->connection = $connection;
        $params = '';
        foreach ([
            'SCRIPT_FILENAME' => $script, 'REQUEST_METHOD' => 'POST', 'CONTENT_TYPE' => 'application/json',
            'CONTENT_LENGTH' => (string) strlen($body), 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_URI' => '/',
            'SCRIPT_NAME' => '/' . basename($script), 'GATEWAY_INTERFACE' => 'CGI/1.1',
        ] as $name => $value) {
            $params .= pack('NN', strlen($name) | 0x80000000, strlen($value) | 0x80000000) . $name . $value;
        }
        fwrite($connection, self::record(self::BEGIN, pack('nCx5', self::RESPONDER, 0))
            . self::record(self::PARAMS, $params) . self::record(self::PARAMS, '')
            . self::record(self::STDIN, $body) . self::record(self::STDIN, ''));
    }

    /** The answer's body; null when the worker died. */
    public function read(): ?string
    {
        while (true) {
            $header = $this->bytes(8);
            if ($header === null) {
                return null;
            }
            ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack('Cversion/Ctype/nid/nlength/Cpadding/Cspare', $header);
            $content = $length > 0 ? $this->bytes($length) : '';
            if ($padding > 0) {
                $this->bytes($padding);
            }
            if ($type === self::STDOUT) {
                $this->output .= $content;
            } elseif ($type === self::END) {
                // The worker waits for this before it takes the next request.
                fclose($this->connection);
                return explode("\r\n\r\n", $this->output, 2)[1] ?? '';
            }
        }
    }

    private function bytes(int $count): ?string
    {
        $read = '';
        while (strlen($read) < $count) {
            $part = fread($this->connection, $count - strlen($read));
            if ($part === false || $part === '') {
                return null;
            }
            $read .= $part;
        }
        return $read;
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
    }
}
