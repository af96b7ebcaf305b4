<?php

/**
 * php tunnel.php DIRECTORY-WITH-CERTIFICATES HOST:PORT [verify]: takes connections by TLS and passes what they say to another server, until
 * it is killed. With `verify` it wants a certificate of its clients. Prints its port.
 */

declare(strict_types=1);

[, $certificates, $target] = $argv;
$context = stream_context_create(['ssl' => [
    'local_cert' => "$certificates/server.pem", 'local_pk' => "$certificates/server.key", 'cafile' => "$certificates/ca.pem",
    'verify_peer' => isset($argv[3]), 'verify_peer_name' => false, 'allow_self_signed' => false,
]]);
$server = stream_socket_server('tcp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context) ?: exit(1);
preg_match('/:(\d+)$/', (string) stream_socket_get_name($server, false), $port);
echo $port[1], "\n";

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
            stream_set_timeout($client, 5);
            if (@stream_socket_enable_crypto($client, true, STREAM_CRYPTO_METHOD_TLS_SERVER) !== true) {
                fclose($client);
                continue;
            }
            $behind = stream_socket_client("tcp://$target");
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
