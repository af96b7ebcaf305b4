<?php

/**
 * Measures pushes over TLS and NTLM beside the bare round trip of the same request: over a connection that is kept, and after the server
 * closed it. Push and round trip take turns, so that both meet the same machine. Started by make bench.
 *
 *   PUSHES    how many of each, a multiple of 5, "200" by default
 */

declare(strict_types=1);

$pushes = (int) (getenv('PUSHES') ?: '200');
$mailbox = (string) getenv('EXCHANGE_MAILBOX');
$certificates = dirname((string) getenv('ECS_MYSQL_CA'));
$simulator = proc_open([
    'setpriv', '--pdeathsig', 'KILL', (string) getenv('SIMULATOR'), '--mailbox', $mailbox, '--user', "svc:secret:$mailbox", '--auth', 'ntlm,basic',
    '--tls-certificate', "$certificates/server.pem", '--tls-key', "$certificates/server.key",
], [1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes);
preg_match('#http://[\d.:]+#', (string) fgets($pipes[1]), $plain);
preg_match('#https://\S+#', (string) fgets($pipes[1]), $secure);

$door = static function (string $path, string $method = 'POST') use ($plain): array {
    $context = stream_context_create(['http' => ['method' => $method, 'header' => "Content-Type: application/json\r\n", 'content' => '{}']]);
    return json_decode((string) file_get_contents("$plain[0]/_sim/$path", false, $context), true, 512, JSON_THROW_ON_ERROR) ?? [];
};
$cpu = static function (): float {
    $used = getrusage();
    return ($used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']) * 1e3 + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e3;
};
$median = static function (array $values): float {
    sort($values);
    return $values[intdiv(count($values), 2)];
};

$config = require __DIR__ . '/../examples/config.php';
$config['exchange'] = ['url' => $secure[0], 'auth' => 'ntlm', 'ca_file' => "$certificates/ca.pem"] + $config['exchange'];
$config['pair'] = 'ntlm';
$db = new PDO((string) getenv('DEMO_DSN'), (string) getenv('DEMO_USER'), (string) getenv('DEMO_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$db->exec('DELETE FROM contacts');
$db->exec('ALTER TABLE contacts MODIFY notes MEDIUMTEXT');
$sync = new ExchangeContactSync($config);
$sync->install();
$sync->sync();
$db->exec("INSERT INTO contacts (first_name, notes) VALUES ('Anna', '')");
$id = (int) $db->lastInsertId();
$save = $db->prepare('UPDATE contacts SET notes = ? WHERE id = ?');

/** A process that writes notes of a length, one round trip for each time that it is asked: seconds and CPU of it. */
$floor = static function (int $length) use ($secure, $mailbox, $certificates): Closure {
    $process = proc_open([
        'setpriv', '--pdeathsig', 'KILL', (string) getenv('FLOOR'), 'roundtrip', $secure[0], 'svc', 'secret', $mailbox, "$certificates/ca.pem", (string) $length,
    ], [['pipe', 'r'], ['pipe', 'w']], $pipes);
    return static function () use ($process, $pipes): array {
        fwrite($pipes[0], "\n");
        return json_decode((string) fgets($pipes[1]), true, 512, JSON_THROW_ON_ERROR);
    };
};

/** Saves, then pushes, then does something else: milliseconds and CPU of the pushes alone. */
$measure = static function (int $length, int $count, bool $closed, Closure $then) use ($sync, $save, $id, $cpu, $door): array {
    [$walls, $busy] = [[], []];
    for ($n = 0; $n < $count; $n++) {
        $save->execute([str_repeat('x', $length - 10) . sprintf('%010d', random_int(0, 9_999_999_999)), $id]);
        if ($closed) {
            $door('hang-up');
        }
        [$began, $before] = [hrtime(true), $cpu()];
        $result = $sync->push($id);
        $walls[] = (hrtime(true) - $began) / 1e6;
        $busy[] = $cpu() - $before;
        if ($result->outcome()->value !== 'updated') {
            throw new RuntimeException('push: ' . json_encode($result));
        }
        $then();
    }
    return [$walls, $busy];
};

$sync->push($id);
// The list has named the item: nothing is left of its creation.
$sync->sync();
$verdicts = [];
printf("\n%-44s %11s %11s\n", 'push over TLS and NTLM', 'wall', 'CPU');
foreach ([1_000, 100_000] as $length) {
    $once = $floor($length);
    $trips = [];
    $then = static function () use ($once, &$trips): void {
        $trips[] = $once();
    };
    $measure($length, 10, false, $then);
    $door('stats/reset');
    // What else the machine does makes everything slower for minutes on end: the quietest of several rounds counts, with its own round trips.
    $rounds = [];
    for ($round = 0; $round < 5; $round++) {
        $trips = [];
        [$walls, $busy] = $measure($length, intdiv($pushes, 5), false, $then);
        $rounds[] = [
            [$median($walls), array_sum($busy) / count($busy)],
            [$median(array_column($trips, 'seconds')) * 1e3, array_sum(array_column($trips, 'cpu')) * 1e3 / count($trips)],
        ];
    }
    $stats = $door('stats', 'GET');
    [$kept, $bare] = min($rounds);
    [$closed, $closedBusy] = $measure($length, max(1, intdiv($pushes, 10)), true, static fn () => null);
    printf("%-44s %8.2f ms %8.2f ms\n", sprintf('%s bytes, connection kept', number_format($length)), ...$kept);
    printf("%-44s %8.2f ms %8.2f ms\n", '  the bare round trip', ...$bare);
    printf("%-44s %8.2f ms %8.2f ms\n", '  after the server closed it', $median($closed), array_sum($closedBusy) / count($closedBusy));
    $verdicts[] = [sprintf('%d bytes: at most 2 ms above the round trip: %+.2f ms', $length, $kept[0] - $bare[0]), $kept[0] - $bare[0] <= 2];
    $verdicts[] = [sprintf('%d bytes: at most 1 ms of CPU above it: %+.2f ms', $length, $kept[1] - $bare[1]), $kept[1] - $bare[1] <= 1];
    $verdicts[] = ["$length bytes: one request each, no log-in", $stats['total'] === 2 * $pushes && $stats['logins'] === 0 && $stats['connections'] === 0];
}
echo "\n";
foreach ($verdicts as [$what, $holds]) {
    printf("%-4s %s\n", $holds ? 'ok' : 'NO', $what);
}
proc_terminate($simulator, SIGKILL);
exit((int) in_array(false, array_column($verdicts, 1), true));
