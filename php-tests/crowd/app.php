<?php

/** The app beside a sync that runs flat out: it saves its own contacts in short and in long transactions. Tells what it wrote. */

declare(strict_types=1);

$work = json_decode((string) stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
['dsn' => $dsn, 'user' => $user, 'password' => $password, 'number' => $number, 'seed' => $seed, 'until' => $until, 'ids' => $ids] = $work;
mt_srand($seed + $number);
$app = new PDO($dsn, $user, $password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
// Every statement with the time that it waited for locks is in the server's log of slow ones.
$app->exec('SET SESSION long_query_time = 0');
$connection = (int) $app->query('SELECT CONNECTION_ID()')->fetchColumn();
$wrote = $errors = $orders = [];
$statements = $transactions = 0;
$run = static function (string $sql) use ($app, &$statements): void {
    $statements++;
    $app->exec($sql);
};
for ($n = 0; microtime(true) < $until; $n++) {
    $long = $n % 10 === 9;
    $changed = [];
    try {
        $run('START TRANSACTION');
        for ($change = mt_rand(1, 4); $change > 0; $change--) {
            $id = $ids[array_rand($ids)];
            switch (mt_rand(1, 4)) {
                case 1:
                    $run("UPDATE contacts SET phone = '$number $n $change' WHERE id = $id");
                    $changed[$id] = "$number $n $change";
                    break;
                case 2:
                    $run("INSERT INTO orders (contact_id, number) VALUES ($id, '$number.$n')");
                    $orders[] = (int) $app->lastInsertId();
                    break;
                case 3:
                    $run("INSERT INTO contacts (first_name, email) VALUES ('app $number.$n.$change', 'app$number.$n.$change@example.com')");
                    break;
                default:
                    // By its key: by contact it would lock the gaps beside it, in which the other apps insert, and these would
                    // deadlock among themselves.
                    if ($orders !== []) {
                        $run('DELETE FROM orders WHERE id = ' . array_pop($orders));
                    }
            }
        }
        // What an app does meanwhile, with its locks.
        usleep($long ? mt_rand(1_000_000, 3_000_000) : mt_rand(0, 20_000));
        $run('COMMIT');
        $transactions++;
        $wrote = $changed + $wrote;
    } catch (PDOException $error) {
        $errors[] = $error->getMessage();
        $app->exec('ROLLBACK');
    }
}
echo json_encode([
    'connection' => $connection, 'statements' => $statements, 'transactions' => $transactions, 'wrote' => $wrote,
    'errors' => array_slice($errors, 0, 5),
], JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT), "\n";
