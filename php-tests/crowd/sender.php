<?php

/** One of several processes that push contacts of their own and pull, all with the same mailbox. Tells what came of it. */

declare(strict_types=1);

use ExchangeContactSync\Outcome;

$work = json_decode((string) stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
['config' => $config, 'dsn' => $dsn, 'user' => $user, 'password' => $password, 'number' => $number, 'id' => $id] = $work;
$app = new PDO($dsn, $user, $password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$sync = new ExchangeContactSync($config);
$errors = [];
$push = static function (int $id) use ($sync, &$errors): void {
    $result = $sync->push($id);
    if ($result->outcome() === Outcome::Queued) {
        $errors[] = (string) $result->error();
    }
};
try {
    $app->exec("UPDATE contacts SET phone = 'of $number' WHERE id = $id");
    $push($id);
    $app->exec("INSERT INTO contacts (first_name, phone) VALUES ('made $number', 'new $number')");
    $push((int) $app->lastInsertId());
    $sync->pull();
} catch (Throwable $error) {
    $errors[] = $error::class . ': ' . $error->getMessage();
}
echo json_encode(['errors' => $errors], JSON_THROW_ON_ERROR), "\n";
