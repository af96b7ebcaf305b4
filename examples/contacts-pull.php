<?php

/**
 * The cron job: brings Exchange's changes into the table, then delivers what still waits to be sent.
 *
 *     0-59/5 * * * *  app  php /srv/app/contacts-pull.php >>/var/log/contacts-pull.log
 *
 * On a terminal it shows a progress bar, otherwise it prints one line per run. What a person must see goes to
 * stderr, so that cron mails it and nothing else. Ctrl-C and SIGTERM end it cleanly after the current page.
 *
 * Exit status:
 *   0  done, or another run is still at work on it
 *   1  Exchange or MySQL failed; the next run goes on where this one stopped
 *   2  the configuration is wrong
 *   3  done, but something waits for a person: stopped deletions, or contacts newly held
 */

declare(strict_types=1);

use ExchangeContactSync\BusyException;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Exception;
use ExchangeContactSync\SyncReport;

$terminal = stream_isatty(STDOUT);
$stop = false;
if (function_exists('pcntl_async_signals')) {
    pcntl_async_signals(true);
    foreach ([SIGINT, SIGTERM] as $signal) {
        pcntl_signal($signal, static function () use (&$stop): void {
            $stop = true;
        });
    }
}

$progress = static function (string $stage, int $done, ?int $total) use ($terminal, &$stop): bool {
    if ($terminal) {
        $width = 30;
        $bar = $total > 0 ? str_pad(str_repeat('#', intdiv($width * min($done, $total), $total)), $width, '.') : str_repeat('.', $width);
        printf("\r\033[K%-7s [%s] %d%s", $stage, $bar, $done, $total !== null ? " of $total" : '');
    }
    return !$stop;
};

$line = static function (SyncReport $in, SyncReport $out, float $seconds): string {
    $parts = [];
    foreach ([
        'new here' => $in->inserted(), 'changed here' => $in->updated(), 'deleted here' => $in->deleted(),
        'new in Exchange' => $out->created(), 'changed in Exchange' => $out->pushedUpdates(), 'deleted in Exchange' => $out->pushedDeletes(),
        'paired' => $in->matched(), 'merged' => $in->merged() + $out->merged(), 'conflicts' => $in->conflicts() + $out->conflicts(),
        'held' => $in->held() + $out->held(), 'still waiting' => $out->queued(),
    ] as $what => $count) {
        if ($count > 0) {
            $parts[] = "$count $what";
        }
    }
    $done = $parts === [] ? 'nothing to do' : implode(', ', $parts);
    return sprintf('%s contacts: %s (%d requests, %.1f s)', date('c'), $done, $in->requests() + $out->requests(), $seconds);
};

try {
    $began = microtime(true);
    $sync = new ExchangeContactSync(require __DIR__ . '/config.php');
    $in = $sync->pull($progress);
    $out = $sync->pushPending($progress);
    echo $terminal ? "\r\033[K" : '', $line($in, $out, microtime(true) - $began), "\n";
} catch (BusyException $busy) {
    echo date('c'), " contacts: another run is at work\n";
    exit(0);
} catch (ConfigException $wrong) {
    fwrite(STDERR, "contacts: {$wrong->getMessage()}\n");
    exit(2);
} catch (Exception $failed) {
    fwrite(STDERR, 'contacts: ' . get_class($failed) . ": {$failed->getMessage()}\n");
    exit(1);
}

foreach ([...$in->warnings(), ...$in->ambiguous(), ...$out->warnings()] as $warning) {
    fwrite(STDERR, "contacts: $warning\n");
}
if ($out->failure() !== null) {
    fwrite(STDERR, "contacts: {$out->failure()}\n");
    exit(1);
}
if ($in->pendingDeletes() > 0) {
    fwrite(STDERR, "contacts: {$in->pendingDeletes()} deletions wait for confirmDeletes()\n");
}
if ($in->held() + $out->held() > 0) {
    foreach ($sync->held() as $held) {
        fwrite(STDERR, "contacts: {$held->id()} {$held->label()}: {$held->reason()}\n");
    }
}
exit($in->pendingDeletes() + $in->held() + $out->held() > 0 ? 3 : 0);
