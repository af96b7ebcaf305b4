<?php

/**
 * php front.php DIRECTORY-WITH-CERTIFICATES HOST:PORT LOG NAME...: an HTTP proxy behind which these names are one server, reached by TLS
 * (CONNECT) or without (GET http://NAME/…), until it is killed. Other names are not there. Prints its port; writes every name that it
 * was asked for into the log, a line each.
 */

declare(strict_types=1);

[, $certificates, $target, $log] = $argv;
$names = array_slice($argv, 4);
$context = stream_context_create(['ssl' => ['local_cert' => "$certificates/server.pem", 'local_pk' => "$certificates/server.key"]]);
$server = stream_socket_server('tcp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context) ?: exit(1);
preg_match('/:(\d+)$/', (string) stream_socket_get_name($server, false), $port);
echo $port[1], "\n";

/** Opens the way that a client asks for; gives what is to be passed on at once, null for no way. */
function open_way($client, array $names, string $log): ?string
{
    stream_set_timeout($client, 5);
    $head = '';
    while (($line = fgets($client)) !== false && trim($line) !== '') {
        $head .= $line;
    }
    if (preg_match('#^(CONNECT|GET) (?:http://)?([^:/ ]+)(:\d+)?#', $head, $asked) !== 1) {
        return null;
    }
    file_put_contents($log, "$asked[1] $asked[2]\n", FILE_APPEND);
    if (!in_array($asked[2], $names, true)) {
        fwrite($client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return null;
    }
    if ($asked[1] === 'GET') {
        return "$head\r\n";
    }
    fwrite($client, "HTTP/1.1 200 Connection established\r\n\r\n");
    return @stream_socket_enable_crypto($client, true, STREAM_CRYPTO_METHOD_TLS_SERVER) === true ? '' : null;
}

/** @var array<int, array{resource, resource}> $pipes each end with the one that gets what it says */
$pipes = [];
while (true) {
    $ready = [$server, ...array_column($pipes, 0)];
    $none = null;
    if (stream_select($ready, $none, $none, 3600) === false) {
        continue;
    }
    foreach ($ready as $stream) {
        if ($stream === $server) {
            $client = stream_socket_accept($server, 0);
            $first = open_way($client, $names, $log);
            if ($first === null) {
                fclose($client);
                continue;
            }
            $behind = stream_socket_client("tcp://$target");
            fwrite($behind, $first);
            stream_set_blocking($client, false);
            $pipes[(int) $client] = [$client, $behind];
            $pipes[(int) $behind] = [$behind, $client];
            continue;
        }
        [, $other] = $pipes[(int) $stream] ?? [null, null];
        if ($other === null) {
            continue;
        }
        $said = (string) fread($stream, 65536);
        if ($said === '' && feof($stream)) {
            unset($pipes[(int) $stream], $pipes[(int) $other]);
            fclose($stream);
            fclose($other);
            continue;
        }
        for ($written = 0; $written < strlen($said); $written += (int) fwrite($other, substr($said, $written))) {
        }
    }
}
