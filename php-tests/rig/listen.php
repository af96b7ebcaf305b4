<?php

/** php listen.php KIND DIRECTORY-WITH-CERTIFICATES: prints its port, then answers until it is killed. */

declare(strict_types=1);

[, $kind, $certificates] = $argv;
$context = stream_context_create(['ssl' => [
    'local_cert' => "$certificates/server.pem", 'local_pk' => "$certificates/server.key", 'allow_self_signed' => true,
]]);
$server = stream_socket_server(
    ($kind === 'tls' ? 'tls' : 'tcp') . '://127.0.0.1:0',
    $code,
    $message,
    STREAM_SERVER_BIND | STREAM_SERVER_LISTEN,
    $context,
) ?: exit(1);
preg_match('/:(\d+)$/', (string) stream_socket_get_name($server, false), $port);
echo $port[1], "\n";

$open = [];
while (true) {
    $client = @stream_socket_accept($server, 3600);
    if ($client === false) {
        continue;
    }
    if ($kind === 'mute') {
        $open[] = $client;
        continue;
    }
    $length = 0;
    while (($line = fgets($client)) !== false && trim($line) !== '') {
        if (stripos($line, 'content-length:') === 0) {
            $length = (int) substr($line, 15);
        }
    }
    while ($length > 0 && ($part = fread($client, $length)) !== false && $part !== '') {
        $length -= strlen($part);
    }
    [$status, $type, $body] = match ($kind) {
        'html' => ['200 OK', 'text/html', '<!doctype html><title>It works</title>'],
        'login' => ['200 OK', 'text/html', '<html><form action="/owa/auth.owa"><input name="password"></form></html>'],
        'empty' => ['200 OK', 'text/xml', ''],
        default => ['500 Internal Server Error', 'text/plain', 'out of order'],
    };
    fwrite($client, "HTTP/1.1 $status\r\nContent-Type: $type\r\nContent-Length: " . strlen($body) . "\r\nConnection: close\r\n\r\n$body");
    fclose($client);
}
