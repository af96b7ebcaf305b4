<?php

/**
 * Run once, where the app runs its migrations: makes the tables ecs_… and the triggers on contacts.
 *
 *     php migration.php          install or upgrade
 *     php migration.php check    say step by step what works
 *     php migration.php plan     say what the first round would do, without doing it
 *     php migration.php sql      print the SQL for an administrator instead
 *     php migration.php move     move the pair to the kind of server that is configured now; "move look" only looks
 *     php migration.php down     remove them; contacts stay on both sides
 */

declare(strict_types=1);

$sync = new ExchangeContactSync(require __DIR__ . '/config.php');

switch ($argv[1] ?? 'up') {
    case 'up':
        $sync->install();
        break;
    case 'down':
        $sync->uninstall();
        break;
    case 'sql':
        foreach ($sync->installSql() as $statement) {
            echo $statement, ";;\n\n";
        }
        break;
    case 'plan':
        echo json_encode($sync->plan(), JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
        break;
    case 'move':
        $report = $sync->migrate(($argv[2] ?? '') !== 'look');
        echo json_encode($report, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
        exit($report->refused() === null ? 0 : 1);
    case 'check':
        $well = true;
        foreach ($sync->check() as ['step' => $step, 'ok' => $ok, 'status' => $status, 'message' => $message]) {
            $lines = explode("\n", wordwrap($message, 100));
            foreach ($lines as $n => $line) {
                printf("%-8s %-20s %s\n", $n === 0 ? $status : '', $n === 0 ? $step : '', $line);
            }
            $well = $well && $ok;
        }
        exit($well ? 0 : 1);
    default:
        fwrite(STDERR, "up, down, sql, plan, move or check\n");
        exit(2);
}
