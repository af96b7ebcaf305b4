<?php

/**
 * Times the calls that matter, one line each: what it was, how long, how many requests to Exchange, how many
 * contacts a second, and how much memory the process had at its peak. Started by make bench.
 */

declare(strict_types=1);

require __DIR__ . '/../demo/Outlook.php';
require __DIR__ . '/../demo/People.php';

$count = max(100, (int) ($argv[1] ?? 5000));
$config = require __DIR__ . '/../examples/config.php';
$outlook = new Outlook((string) getenv('DEMO_DOOR'), $config['exchange']['mailbox']);
$db = new PDO((string) getenv('DEMO_DSN'), (string) getenv('DEMO_USER'), (string) getenv('DEMO_PASSWORD'), [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => false,
]);
foreach (array_filter(array_map('trim', explode(';', (string) file_get_contents(__DIR__ . '/../demo/schema.sql')))) as $statement) {
    $db->exec($statement);
}

/** The process's resident memory at its peak, in MiB: what Rust holds does not count in PHP's own numbers. */
function peak(): float
{
    preg_match('/^VmHWM:\s+(\d+) kB/m', (string) file_get_contents('/proc/self/status'), $found);
    return ($found[1] ?? 0) / 1024;
}

function measure(string $what, int $contacts, callable $call): void
{
    global $outlook;
    $outlook->resetStats();
    $start = hrtime(true);
    $call();
    $seconds = (hrtime(true) - $start) / 1e9;
    printf("%-44s %9.1f ms %7d requests %9s %8.1f MiB\n", $what, 1000 * $seconds, $outlook->stats()['total'],
        $contacts > 0 ? sprintf('%.0f/s', $contacts / $seconds) : '', peak());
}

function insert(PDO $db, int $from, int $to): void
{
    $db->beginTransaction();
    for ($number = $from; $number <= $to; $number++) {
        $person = People::person($number);
        $db->prepare('INSERT INTO contacts (' . implode(', ', array_keys($person)) . ') VALUES ('
            . implode(', ', array_fill(0, count($person), '?')) . ')')->execute(array_values($person));
    }
    $db->commit();
}

$seed = static fn (int $contacts, int $seed) => file_get_contents(getenv('DEMO_DOOR') . '/seed', false, stream_context_create(['http' => [
    'method' => 'POST', 'header' => "Content-Type: application/json\r\n", 'content' => json_encode([
        'mailbox' => $config['exchange']['mailbox'], 'folder' => 'contacts', 'count' => $contacts, 'seed' => $seed,
    ]),
]]));

$sync = new ExchangeContactSync($config);
$sync->install();
$seed($count, 1);
printf("%d contacts, page_size 512, batch 10\n", $count);
measure("first pull, $count contacts into the table", $count, static fn () => $sync->pull());
measure('idle round', 0, static fn () => $sync->sync());
measure('idle pull', 0, static fn () => $sync->pull());
insert($db, 1, 500);
measure('pushPending, 500 new rows', 500, static fn () => $sync->pushPending());
$id = (int) $db->lastInsertId() ?: (int) $db->query('SELECT MAX(id) FROM contacts')->fetchColumn();
$change = $db->prepare('UPDATE contacts SET phone = ? WHERE id = ?');
measure('100 warm pushes of a changed contact', 100, static function () use ($sync, $change, $id): void {
    for ($n = 0; $n < 100; $n++) {
        $change->execute(["+1 555 $n", $id]);
        $sync->push($id);
    }
});
$db->exec("UPDATE contacts SET job_title = CONCAT('Dr. ', LEFT(COALESCE(job_title, ''), 60)) ORDER BY id LIMIT 500");
measure('pushPending, 500 changed rows', 500, static fn () => $sync->pushPending());
$seed(500, 2);
measure('pull, 500 new items', 500, static fn () => $sync->pull());
$sync->state()->reset();
measure("pull after a lost cursor, everything compared", $count + 1000, static fn () => $sync->pull());
$save = $db->prepare('UPDATE contacts SET rating = rating + 1 WHERE id = ?');
measure('1000 saves of the app, triggers on', 1000, static function () use ($save, $id): void {
    for ($n = 0; $n < 1000; $n++) {
        $save->execute([$id]);
    }
});
$sync->uninstall();
measure('1000 saves of the app, triggers off', 1000, static function () use ($save, $id): void {
    for ($n = 0; $n < 1000; $n++) {
        $save->execute([$id]);
    }
});
