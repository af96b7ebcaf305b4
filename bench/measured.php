<?php

/**
 * One call of the extension in a process of its own: prints one line of JSON with seconds, cpu, peak (KiB) and the report.
 *
 *   php -d extension=... bench/measured.php pull|push-cold|push-warm|install [ID [COLUMN]]
 */

declare(strict_types=1);

$config = require __DIR__ . '/../examples/config.php';
[, $what, $id, $column] = $argv + [2 => '0', 3 => 'mobile'];
$sync = new ExchangeContactSync($config);

/** A save by the app, as its controller does it. */
$save = static function (string $phone) use ($id, $column): void {
    static $db = null;
    $db ??= new PDO((string) getenv('DEMO_DSN'), (string) getenv('DEMO_USER'), (string) getenv('DEMO_PASSWORD'));
    $db->prepare("UPDATE contacts SET `$column` = ? WHERE id = ?")->execute([$phone, $id]);
};
$call = match ($what) {
    'install' => static fn () => $sync->install(),
    'pull' => static fn () => $sync->pull(),
    'push-cold', 'push-warm' => static fn () => $sync->push((int) $id),
};
if ($what === 'push-warm') {
    $save('+1 555 0000');
    $sync->push((int) $id);
}
if (str_starts_with($what, 'push')) {
    $save('+1 555 ' . random_int(1000, 9999));
}
$door = (string) getenv('DEMO_DOOR');
$post = stream_context_create(['http' => ['method' => 'POST', 'header' => "Content-Type: application/json\r\n", 'content' => '{}']]);
file_get_contents("$door/stats/reset", false, $post);

$cpu = static function (): float {
    $used = getrusage();
    return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
};
[$began, $before] = [hrtime(true), $cpu()];
$result = $call();
[$seconds, $busy] = [(hrtime(true) - $began) / 1e9, $cpu() - $before];
preg_match('/^VmHWM:\s+(\d+) kB/m', (string) file_get_contents('/proc/self/status'), $found);
$stats = json_decode((string) file_get_contents("$door/stats"), true);
echo json_encode([
    'seconds' => $seconds,
    'cpu' => $busy,
    'peak' => (int) $found[1],
    'requests' => $stats['total'],
    'writes' => $stats['writes'],
    'result' => $result?->toArray(),
], JSON_UNESCAPED_UNICODE), "\n";
