<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** Counts what tests have done to processes, answers and servers, and says so at the end. */
final class Tally
{
    /** @var array<string, int> */
    private static array $counts = ['kills' => 0, 'cut answers' => 0, 'restarts' => 0, 'processes' => 0, 'violations' => 0];
    private static bool $begun = false;

    public static function count(string $what, int $more = 1): void
    {
        if (!self::$begun) {
            self::$begun = true;
            register_shutdown_function(self::report(...));
        }
        self::$counts[$what] = (self::$counts[$what] ?? 0) + $more;
    }

    public static function longest(string $what, int $measured): void
    {
        self::count("most $what", max(0, $measured - (self::$counts["most $what"] ?? 0)));
    }

    private static function report(): void
    {
        $words = [];
        foreach (self::$counts as $what => $count) {
            $words[] = "$count $what";
        }
        echo "\ntotals: ", implode(', ', $words), "\n";
        $report = (string) getenv('ECS_SOAK_REPORT');
        if ($report !== '') {
            file_put_contents($report, json_encode(self::$counts, JSON_THROW_ON_ERROR) . "\n", FILE_APPEND);
        }
    }
}
