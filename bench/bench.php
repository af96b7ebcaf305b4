<?php

/**
 * Measures the extension on real servers, each case in a process of its own, beside a floor in the same run: the download
 * alone, and the same rows by multi-row INSERT with one commit for each page of 512. Started by make bench.
 *
 *   EXCHANGE_KIND    ews or graph
 *   SIZES            the folders of the initial pulls, "1000,10000,100000" by default, "1000,10000" over Microsoft Graph
 */

declare(strict_types=1);

$overGraph = getenv('EXCHANGE_KIND') === 'graph';
$sizes = array_map('intval', explode(',', (string) (getenv('SIZES') ?: ($overGraph ? '1000,10000' : '1000,10000,100000'))));
$door = (string) getenv('DEMO_DOOR');
$mailbox = (string) getenv('EXCHANGE_MAILBOX');
$db = new PDO((string) getenv('DEMO_DSN'), (string) getenv('DEMO_USER'), (string) getenv('DEMO_PASSWORD'), [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);

function door(string $path, array $body): array
{
    global $door;
    $answer = file_get_contents("$door/$path", false, stream_context_create(['http' => [
        'method' => 'POST', 'header' => "Content-Type: application/json\r\n", 'content' => json_encode($body, JSON_THROW_ON_ERROR),
    ]]));
    return json_decode((string) $answer, true, 512, JSON_THROW_ON_ERROR) ?? [];
}

/** Runs a program that prints one line of JSON. */
function run(array $command): array
{
    $process = proc_open($command, [1 => ['pipe', 'w'], 2 => STDERR], $pipes);
    $line = (string) stream_get_contents($pipes[1]);
    if (proc_close($process) !== 0) {
        throw new RuntimeException('failed: ' . implode(' ', $command));
    }
    return json_decode($line, true, 512, JSON_THROW_ON_ERROR);
}

/** Runs a case of the extension and counts the statements that the database got meanwhile. */
function measured(string $what, string ...$arguments): array
{
    global $db;
    $questions = static fn (): int => (int) $db->query("SHOW GLOBAL STATUS LIKE 'Questions'")->fetchColumn(1);
    $before = $questions();
    $case = run([PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), __DIR__ . '/measured.php', $what, ...$arguments]);
    return $case + ['statements' => $questions() - $before - 1];
}

function fresh(): void
{
    global $db, $mailbox;
    $name = (string) $db->query('SELECT DATABASE()')->fetchColumn();
    $db->exec("DROP DATABASE `$name`");
    $db->exec("CREATE DATABASE `$name` CHARACTER SET utf8mb4");
    $db->exec("USE `$name`");
    foreach (array_filter(array_map('trim', explode(';', (string) file_get_contents(__DIR__ . '/../demo/schema.sql')))) as $statement) {
        $db->exec($statement);
    }
    door('empty', ['mailbox' => $mailbox, 'folder' => 'contacts']);
    measured('install');
}

function row(string $what, array $case, int $contacts): void
{
    printf(
        "%-34s %9.3f s %9.3f s %8.1f MB %8d %10s %8s %10s\n",
        $what, $case['seconds'], $case['cpu'], $case['peak'] / 1024, $case['requests'] ?? 0,
        $contacts > 1 && isset($case['requests']) ? sprintf('%.3f', $case['requests'] / $contacts) : '',
        $case['statements'] ?? '', $contacts > 1 && isset($case['statements']) ? sprintf('%.3f', $case['statements'] / $contacts) : '',
    );
}

/** What the floor is told to download the folder, with the extension's own sizes of pages and batches. */
function download(): array
{
    global $overGraph;
    $of = static fn (string ...$names): array => array_map(static fn (string $name): string => (string) getenv("EXCHANGE_$name"), $names);
    return $overGraph
        ? ['graph', ...$of('URL', 'AUTHORITY', 'TENANT', 'CLIENT_ID', 'CLIENT_SECRET', 'MAILBOX'), '512']
        : ['download', ...$of('URL', 'USERNAME', 'PASSWORD', 'MAILBOX'), '10'];
}

$columns = 'first_name,last_name,company,job_title,email,phone,mobile,street,zip,city,country,birthday,notes,tags';
printf("%-34s %11s %11s %11s %8s %10s %8s %10s\n", '', 'wall', 'CPU', 'peak', 'requests', '/contact', 'SQL', '/contact');
$peaks = $verdicts = [];
foreach ($sizes as $size) {
    fresh();
    door('seed', ['mailbox' => $mailbox, 'folder' => 'contacts', 'count' => $size, 'seed' => 1]);
    $pull = measured('pull');
    $rows = (int) $db->query('SELECT COUNT(*) FROM contacts')->fetchColumn();
    if ($rows !== $size) {
        throw new RuntimeException("the pull made $rows rows of $size items");
    }
    $download = run([(string) getenv('FLOOR'), ...download()]);
    $insert = run([(string) getenv('FLOOR'), 'insert', (string) getenv('MYSQL_URL'), 'contacts', $columns]);
    row(sprintf('initial pull of %s', number_format($size)), $pull, $size);
    row('  floor: the download alone', $download, $size);
    row('  floor: the same rows by INSERT', $insert, $size);
    $sum = $download['seconds'] + $insert['seconds'];
    printf("  %.2f times the floor (%.3f s); %.2f times the longer half of it\n",
        $pull['seconds'] / $sum, $sum, $pull['seconds'] / max($download['seconds'], $insert['seconds']));
    $peaks[$size] = $pull['peak'] / 1024;
    $verdicts[] = [sprintf('initial pull of %d: at most 1.5 times the floor', $size), $pull['seconds'] / $sum <= 1.5, $size >= 100000];

    $idle = measured('pull');
    row('  idle pull', $idle, 0);
    $verdicts[] = ["idle pull at $size: one request, no write", $idle['requests'] === 1 && $idle['writes'] === 0, true];
    door('seed', ['mailbox' => $mailbox, 'folder' => 'contacts', 'count' => 100, 'seed' => 2, 'first' => $size]);
    row('  pull of 100 new items', measured('pull'), 100);
}
$id = (string) $db->query('SELECT MIN(id) FROM contacts')->fetchColumn();
$cold = measured('push-cold', $id);
$warm = measured('push-warm', $id);
row('push of a changed contact, cold', $cold, 0);
row('push of a changed contact, warm', $warm, 0);
if ($overGraph) {
    // Graph writes such a list as a whole, and the table has only one number of it.
    row('push of a changed list, warm', measured('push-warm', $id, 'phone'), 0);
}
$verdicts[] = ['warm push: exactly one request', $warm['requests'] === 1 && ($warm['result']['outcome'] ?? '') === 'updated', true];
$verdicts[] = [sprintf('peak memory at most 45 MB: %.1f MB', max($peaks)), max($peaks) <= 45, true];
if (count($peaks) > 1) {
    $growth = $peaks[max(array_keys($peaks))] - $peaks[min(array_keys($peaks))];
    $verdicts[] = [sprintf('memory at the largest size at most 3 MB above the smallest: %+.1f MB', $growth), $growth <= 3, true];
}
echo "\n";
foreach ($verdicts as [$what, $holds, $counts]) {
    printf("%-4s %s\n", $holds ? 'ok' : ($counts ? 'NO' : '-'), $what);
}
exit((int) in_array([false, true], array_map(static fn (array $verdict) => [$verdict[1], $verdict[2]], $verdicts), true));
