<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crowd;

use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\Crowd;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Tally;
use PDO;

/** The app's saves beside a sync that runs flat out. */
final class AppSavesTest extends SyncTestCase
{
    use Aftermath;

    private const APPS = 8;
    private const CONTACTS = 600;

    /** In milliseconds: no statement of the app waits longer for a lock of ours. */
    private const LONGEST = 100;

    private PDO $root;

    protected function setUp(): void
    {
        parent::setUp();
        $this->root = Database::root();
        $this->root->exec("SET GLOBAL log_output = 'TABLE', GLOBAL slow_query_log = 1");
        $this->root->exec('TRUNCATE mysql.slow_log');
    }

    protected function tearDown(): void
    {
        $this->root->exec('SET GLOBAL slow_query_log = DEFAULT, GLOBAL log_output = DEFAULT');
        $this->root->exec('TRUNCATE mysql.slow_log');
        parent::tearDown();
    }

    /**
     * P5, R2, R3, R4: while pulls and pushes run flat out and a person edits masses in Outlook, eight processes of the app save in
     * transactions of up to several seconds, with foreign keys to contacts. None of their statements fails, or waits for us.
     */
    public function testTheAppNeverLosesALockFight(): void
    {
        $seed = (int) (getenv('ECS_SEED') ?: random_int(1, 1 << 30));
        mt_srand($seed);
        $changes = ['policy' => ['wait_for_pull' => 600, 'max_deletes' => 100_000], 'exchange' => ['push_timeout' => 60]];
        $sync = $this->ready($changes);
        $ids = $this->many($sync, self::CONTACTS);
        $items = array_column($this->exchange->items(), 'id');
        // The first page of all is a full one.
        foreach ($items as $n => $item) {
            $this->exchange->edit($item, ['JobTitle' => "before $n"]);
        }
        $until = microtime(true) + (int) (getenv('ECS_CROWD_SECONDS') ?: 45);
        [$apps, $syncs] = [new Crowd(), new Crowd()];
        for ($number = 0; $number < self::APPS; $number++) {
            $apps->join(__DIR__ . '/app.php', [
                'dsn' => 'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ";dbname={$this->db->name};charset=utf8mb4",
                'user' => Database::USER,
                'password' => Database::PASSWORD,
                'number' => $number,
                'seed' => $seed,
                'until' => $until,
                // Each its own contacts: they never wait for each other.
                'ids' => array_values(array_filter($ids, static fn (int $id): bool => $id % self::APPS === $number)),
            ]);
        }
        foreach (['sync', 'pull', 'pushPending'] as $call) {
            $syncs->join(__DIR__ . '/flatout.php', ['config' => $this->config($changes), 'call' => $call, 'until' => $until]);
        }
        for ($n = 0; $apps->isAtWork(); $n++) {
            $this->exchange->edit($items[array_rand($items)], ['JobTitle' => "title $n"]);
            usleep(5_000);
        }
        $told = $apps->told();
        $case = "seed $seed";
        foreach ($syncs->told() as $synced) {
            self::assertSame([], $synced['errors'], $case);
            self::assertGreaterThan(0, $synced['calls'], $case);
            Tally::count('rounds', $synced['calls']);
            Tally::count('rows synced', $synced['rows']);
        }
        $errors = array_merge(...array_map(static fn (array $app): array => array_values($app['errors']), $told));
        self::assertSame([], $errors, "$case: statements of the app failed");
        $this->assertNobodyWaited(array_column($told, 'connection'), array_sum(array_column($told, 'statements')), $case);
        $this->recover($sync, $case);
        $rows = array_column($this->db->pdo->query('SELECT id, phone FROM contacts')->fetchAll(), 'phone', 'id');
        foreach ($told as $number => $app) {
            self::assertGreaterThan(10, $app['transactions'], "$case: app $number");
            foreach ($app['wrote'] as $id => $phone) {
                self::assertSame($phone, $rows[$id], "$case: a save of app $number is lost");
            }
        }
        $this->assertOneAddressBook($sync, $case);
    }

    /**
     * @param list<int> $connections
     */
    private function assertNobodyWaited(array $connections, int $statements, string $case): void
    {
        $waits = $this->root->query(
            'SELECT ROUND(TIME_TO_SEC(lock_time) * 1000 + MICROSECOND(lock_time) / 1000), sql_text FROM mysql.slow_log
             WHERE thread_id IN (' . implode(', ', $connections) . ') ORDER BY 1 DESC',
        )->fetchAll(PDO::FETCH_NUM);
        self::assertGreaterThanOrEqual($statements, count($waits), 'the log does not hold every statement');
        [$longest, $statement] = $waits[0];
        Tally::count('statements of the app', $statements);
        Tally::longest('ms waited by the app', (int) $longest);
        self::assertLessThanOrEqual(self::LONGEST, (int) $longest, "$case: $statement");
    }
}
