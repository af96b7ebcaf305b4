<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crowd;

use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\Crowd;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Tally;

/** Many processes with one pair. */
final class CrowdTest extends SyncTestCase
{
    use Aftermath;

    private const PROCESSES = 16;
    private const SHARED = 10;
    private const COLUMNS = ['last_name', 'company', 'email', 'email2', 'phone', 'mobile', 'street', 'zip', 'city', 'country', 'notes'];

    /**
     * P1, P2, R1, R2, R20, semantics 53: sixteen processes save, push and pull the same pair for a minute, while a person works in
     * Outlook; half of them wait for a pull that another one makes. Every save is there in the end, once, and nothing of ours
     * surfaced: no deadlock, no conflict, no second pull beside a first one.
     */
    public function testSixteenProcessesShareAPair(): void
    {
        $seed = (int) (getenv('ECS_SEED') ?: random_int(1, 1 << 30));
        mt_srand($seed);
        $changes = ['policy' => ['max_deletes' => 100_000], 'exchange' => ['push_timeout' => 60]];
        $sync = $this->ready($changes);
        $shared = $this->many($sync, self::SHARED);
        $lock = tempnam(sys_get_temp_dir(), 'ecs');
        $until = microtime(true) + (int) (getenv('ECS_CROWD_SECONDS') ?: 60);
        $crowd = new Crowd();
        for ($number = 0; $number < self::PROCESSES; $number++) {
            $waits = $number % 2 === 0 ? ['policy' => ['wait_for_pull' => 600]] : [];
            $crowd->join(__DIR__ . '/member.php', [
                'config' => array_replace_recursive($this->config($changes), $waits),
                'dsn' => 'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ";dbname={$this->db->name};charset=utf8mb4",
                'user' => Database::USER,
                'password' => Database::PASSWORD,
                'number' => $number,
                'seed' => $seed,
                'until' => $until,
                'shared' => $shared,
                'column' => self::COLUMNS[$number] ?? null,
                'lock' => $lock,
            ]);
        }
        [$theirs, $removed] = $this->workInOutlook($until);
        $told = $crowd->told();
        unlink($lock);
        $case = "seed $seed";
        self::assertSame([], array_merge(...array_map(static fn (array $member): array => array_values($member['errors']), $told)), $case);
        $waiting = $hasty = 0;
        foreach ($told as $number => $member) {
            self::assertGreaterThan(0, $member['counts']['saves'] + $member['counts']['pulls'], "$case: process $number did nothing");
            Tally::count('saves', $member['counts']['saves']);
            Tally::count('pulls', $member['counts']['pulls']);
            $number % 2 === 0 ? $waiting += $member['counts']['busy'] : $hasty += $member['counts']['busy'];
        }
        self::assertSame(0, $waiting, "$case: who waits is never told that the pair is busy");
        self::assertGreaterThan(0, $hasty, "$case: who does not want to wait is told");
        $this->recover($sync, $case);
        self::assertSame([], $sync->conflicts(), $case);
        $rows = array_column($this->db->pdo->query('SELECT * FROM contacts')->fetchAll(), null, 'id');
        $expected = self::SHARED + count($theirs);
        foreach ($told as $number => $member) {
            foreach ($member['mine'] as $id => $name) {
                self::assertSame($name, $rows[$id]['first_name'] ?? null, "$case: a save of process $number is lost");
            }
            foreach ($member['edited'] as $id => $value) {
                self::assertSame($value, $rows[$id][self::COLUMNS[$number]] ?? null, "$case: an update of process $number is lost");
            }
            $expected += count($member['mine']);
        }
        $names = array_column($rows, 'job_title', 'first_name');
        foreach ($theirs as $name => $title) {
            self::assertSame($title, $names[$name] ?? null, "$case: what was done in Outlook is lost");
        }
        self::assertSame([], array_intersect($removed, array_keys($names)), "$case: deleted in Outlook");
        self::assertCount($expected, $rows, $case);
        $this->assertOneAddressBook($sync, $case);
    }

    /**
     * A person who makes, edits and deletes contacts.
     *
     * @return array{array<string, string>, list<string>} titles by name of what is there, names of what is not
     */
    private function workInOutlook(float $until): array
    {
        $titles = $ids = $removed = [];
        for ($n = 0; microtime(true) < $until; $n++) {
            $dice = mt_rand(1, 10);
            if ($dice <= 3) {
                $ids["theirs $n"] = $this->exchange->add(['GivenName' => "theirs $n", 'JobTitle' => "title $n"]);
                $titles["theirs $n"] = "title $n";
            } elseif ($titles !== []) {
                $name = array_rand($titles);
                if ($dice === 10 && count($titles) > 3) {
                    $this->exchange->delete($ids[$name]);
                    unset($titles[$name]);
                    $removed[] = $name;
                } else {
                    $titles[$name] = "title $n";
                    $this->exchange->edit($ids[$name], ['JobTitle' => "title $n"]);
                }
            }
            usleep(100_000);
        }
        return [$titles, $removed];
    }

    /** R20, semantics 53: who waits for a pull has it as soon as the process that makes it is killed; nothing has to expire. */
    public function testTheLeaseOfAKilledPullIsFreeAtOnce(): void
    {
        $this->exchange->seed(20);
        $this->sync()->install();
        $config = json_encode($this->config(['exchange' => ['page_size' => 5]]), JSON_THROW_ON_ERROR);
        $holder = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), '-r', <<<'PHP'
                $sync = new ExchangeContactSync(json_decode(getenv('CONFIG'), true));
                $sync->pull(function () { echo "within\n"; sleep(600); });
                PHP],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]],
            $pipes,
            null,
            ['CONFIG' => $config] + getenv(),
        );
        self::assertSame("within\n", fgets($pipes[1]));
        self::thrown(\ExchangeContactSync\BusyException::class, fn () => $this->sync()->pull());
        proc_terminate($holder, SIGKILL);
        $before = (int) Database::root()->query("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'")->fetchColumn();
        self::assertTrue($this->sync(['policy' => ['wait_for_pull' => 600]])->pull()->complete());
        $after = (int) Database::root()->query("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'")->fetchColumn();
        self::assertLessThan(60, $after - $before, 'an expiry was waited for');
        proc_close($holder);
        self::assertSame(20, $this->db->count());
    }
}
