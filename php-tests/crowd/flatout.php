<?php

/** A process that pulls or pushes without a pause. */

declare(strict_types=1);

$work = json_decode((string) stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
['config' => $config, 'call' => $call, 'until' => $until] = $work;
$sync = new ExchangeContactSync($config);
$calls = $rows = 0;
$errors = [];
while (microtime(true) < $until) {
    try {
        $report = $sync->$call();
        $calls++;
        $rows += $report->inserted() + $report->updated() + $report->deleted() + $report->created() + $report->pushedUpdates();
    } catch (Throwable $error) {
        $errors[] = $error::class . ': ' . $error->getMessage();
    }
}
echo json_encode(['calls' => $calls, 'rows' => $rows, 'errors' => array_slice(array_unique($errors), 0, 5)], JSON_THROW_ON_ERROR), "\n";
