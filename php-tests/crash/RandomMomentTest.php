<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Tally;

/** Processes that save, push and pull, killed at moments that nobody chose, while a person works in Outlook. */
final class RandomMomentTest extends CrashTestCase
{
    private const BATCHES = 6;
    private const KILLS = 10;

    /** What each process does until it is killed; what it writes to the table is printed once it is committed. */
    private const WORK = <<<'PHP'
        [$config, $dsn, $tag] = json_decode(getenv('WORK'), true);
        $app = new PDO($dsn, 'app', 'app-pass-4711', [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
        $sync = new ExchangeContactSync($config);
        for ($n = 0; ; $n++) {
            $app->exec("INSERT INTO contacts (first_name, phone) VALUES ('made $tag.$n', '1')");
            $id = (int) $app->lastInsertId();
            echo "made $tag.$n\n";
            $sync->push($id);
            $app->exec("UPDATE contacts SET job_title = 'edit $tag.$n' WHERE id = $id");
            echo "edit $tag.$n\n";
            try { $n % 3 === 0 ? $sync->pull() : $sync->push($id); } catch (ExchangeContactSync\BusyException) { }
            if ($n % 4 === 3) { $sync->pushPending(); }
        }
        PHP;

    /** P1, P2, P3, P4, R5, R16, R21, semantics 4: whatever is cut off where, every committed edit arrives, once. */
    public function testKilledAtRandomMomentsNothingIsLostOrDoubled(): void
    {
        $seed = (int) (getenv('ECS_SEED') ?: random_int(1, 1 << 30));
        mt_srand($seed);
        $sync = $this->ready();
        for ($batch = 0; $batch < self::BATCHES; $batch++) {
            $committed = $theirs = [];
            for ($kill = 0; $kill < self::KILLS; $kill++) {
                $name = "theirs $batch.$kill";
                $this->exchange->add(['GivenName' => $name, 'JobTitle' => "title $batch.$kill"]);
                $theirs[$name] = "title $batch.$kill";
                array_push($committed, ...$this->workUntilKilled("$batch.$kill"));
            }
            $case = "seed $seed, batch $batch";
            $this->recover($sync, $case);
            $rows = $this->db->pdo->query('SELECT first_name, job_title FROM contacts')->fetchAll(\PDO::FETCH_NUM);
            $there = array_merge(...$rows);
            self::assertSame([], array_diff($committed, $there), "$case: lost");
            foreach ($theirs as $name => $title) {
                self::assertContains([$name, $title], $rows, $case);
            }
            $this->assertOneAddressBook($sync, $case);
        }
    }

    /**
     * @return list<string> what was committed before the end
     */
    private function workUntilKilled(string $tag): array
    {
        $work = [$this->config(), 'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ";dbname={$this->db->name};charset=utf8mb4", $tag];
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', self::WORK],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]],
            $pipes,
            null,
            ['WORK' => json_encode($work, JSON_THROW_ON_ERROR)] + getenv(),
        );
        self::assertIsResource($process);
        // From its first commit on, a moment that nobody chose.
        $printed = (string) fgets($pipes[1]);
        usleep(mt_rand(0, 60_000));
        proc_terminate($process, SIGKILL);
        $printed .= stream_get_contents($pipes[1]);
        proc_close($process);
        Tally::count('kills');
        Tally::count('processes');
        $lines = array_filter(explode("\n", $printed));
        foreach ($lines as $line) {
            self::assertMatchesRegularExpression('/^(made|edit) [\d.]+$/', $line);
        }
        return array_values($lines);
    }
}
