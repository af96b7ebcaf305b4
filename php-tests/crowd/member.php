<?php

/** One of many processes that save, push and pull the same pair. Tells what it wrote and what it met. */

declare(strict_types=1);

use ExchangeContactSync\BusyException;
use ExchangeContactSync\Outcome;

$work = json_decode((string) stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
['config' => $config, 'dsn' => $dsn, 'user' => $user, 'password' => $password] = $work;
['number' => $number, 'seed' => $seed, 'until' => $until, 'shared' => $shared, 'column' => $column, 'lock' => $lock] = $work;
mt_srand($seed + $number);
$app = new PDO($dsn, $user, $password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$sync = new ExchangeContactSync($config);
$mine = $edited = $deleted = $errors = [];
$counts = ['saves' => 0, 'pulls' => 0, 'busy' => 0];

/** Within a pull, nobody else is within one: what a lock on a file tells, which belongs to one process at a time. */
$alone = static function (string $stage) use ($lock, &$errors): void {
    if ($stage !== 'pull') {
        return;
    }
    $file = fopen($lock, 'c');
    if (!flock($file, LOCK_EX | LOCK_NB)) {
        $errors[] = 'two processes pulled at once';
    }
    usleep(mt_rand(0, 3_000));
    fclose($file);
};
$push = static function (int $id) use ($sync, &$counts, &$errors): void {
    $counts['saves']++;
    $result = $sync->push($id);
    if ($result->outcome() === Outcome::Held) {
        $errors[] = "held: {$result->error()}";
    }
};
$pull = static function (string $how) use ($sync, $alone, &$counts): void {
    try {
        $sync->$how($alone);
        $counts['pulls']++;
    } catch (BusyException) {
        $counts['busy']++;
    }
};
for ($n = 0; microtime(true) < $until; $n++) {
    try {
        $dice = mt_rand(1, 100);
        if ($dice <= 20) {
            $app->exec("INSERT INTO contacts (first_name, phone) VALUES ('made $number.$n', '$number $n')");
            $id = (int) $app->lastInsertId();
            $mine[$id] = "made $number.$n";
            $push($id);
        } elseif ($dice <= 35 && $mine !== []) {
            $id = array_rand($mine);
            $app->exec("UPDATE contacts SET first_name = 'edit $number.$n' WHERE id = $id");
            $mine[$id] = "edit $number.$n";
            $push($id);
        } elseif ($dice <= 60 && $column !== null) {
            $id = $shared[array_rand($shared)];
            $app->exec("UPDATE contacts SET `$column` = '$number $n' WHERE id = $id");
            $edited[$id] = "$number $n";
            $push($id);
        } elseif ($dice <= 65 && count($mine) > 3) {
            $id = array_rand($mine);
            $app->exec("DELETE FROM contacts WHERE id = $id");
            $deleted[] = $mine[$id];
            unset($mine[$id]);
            $push($id);
        } elseif ($dice <= 80) {
            $pull('pull');
        } elseif ($dice <= 90) {
            $pull('sync');
        } else {
            $sync->pushPending();
        }
    } catch (Throwable $error) {
        $errors[] = $error::class . ': ' . $error->getMessage();
    }
}
echo json_encode(
    ['mine' => $mine, 'edited' => $edited, 'deleted' => $deleted, 'counts' => $counts, 'errors' => array_slice(array_unique($errors), 0, 5)],
    JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT,
), "\n";
