<?php

/** A worker: reads jobs from its input, one line of JSON each, and answers each with one line. */

declare(strict_types=1);

$known = $sync = null;
while (($line = fgets(STDIN)) !== false) {
    $job = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    $results = [];
    $thrown = null;
    try {
        if ($job['config'] !== $known) {
            $sync = new ExchangeContactSync($job['config']);
            $known = $job['config'];
        }
        foreach ($job['calls'] as [$method, $arguments]) {
            $results[] = $method === 'reset' ? $sync->state()->reset() : $sync->$method(...$arguments);
        }
    } catch (Throwable $error) {
        $thrown = ['class' => $error::class, 'message' => $error->getMessage(), 'code' => $error->getCode()];
    }
    fwrite(STDOUT, json_encode(['results' => $results, 'thrown' => $thrown], JSON_THROW_ON_ERROR | JSON_PARTIAL_OUTPUT_ON_ERROR) . "\n");
}
