<?php

/**
 * The main job as a story: two address books become one and stay one. Started by make demo, which brings the
 * servers; ends with status 1 when anything differs.
 */

declare(strict_types=1);

require __DIR__ . '/People.php';
require __DIR__ . '/Outlook.php';
require __DIR__ . '/../examples/ContactController.php';

const ROWS = 1000;
const ITEMS = 300;
const BOTH = 120;

$config = require __DIR__ . '/../examples/config.php';
$map = $config['contacts']['map'];
$db = new PDO((string) getenv('DEMO_DSN'), (string) getenv('DEMO_USER'), (string) getenv('DEMO_PASSWORD'), [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC, PDO::ATTR_EMULATE_PREPARES => false,
]);
$outlook = new Outlook((string) getenv('DEMO_DOOR'), $config['exchange']['mailbox']);
$sync = new ExchangeContactSync($config);
$app = new ContactController($db, $sync);
$requests = 0;
$began = microtime(true);

function chapter(string $title): void
{
    printf("\n%s\n", $title);
}

function say(string $text, mixed ...$values): void
{
    vprintf("    $text\n", $values);
}

/** Ends the demo when something is not as it must be. */
function must(bool $true, string $what): void
{
    if (!$true) {
        fwrite(STDERR, "\nDIFFERS: $what\n");
        exit(1);
    }
}

/** A call with its time and the requests that it took. */
function timed(string $what, callable $call): mixed
{
    global $outlook, $requests;
    $outlook->resetStats();
    $start = microtime(true);
    $result = $call();
    $total = $outlook->stats()['total'];
    $requests += $total;
    say('%-28s %6.0f ms, %d request%s', $what, 1000 * (microtime(true) - $start), $total, $total === 1 ? '' : 's');
    return $result;
}

/** @param array<string, string|null> $row */
function asItem(array $row, array $map): array
{
    $fields = [];
    foreach ($map as $column => $property) {
        if (($row[$column] ?? null) !== null && $row[$column] !== '') {
            $fields[$property] = $property === 'Categories' ? explode(', ', $row[$column]) : $row[$column];
        }
    }
    return $fields;
}

/** One text per contact with all mapped fields; alike contacts have the same text. */
function canonical(array $fields, array $map): string
{
    $fields = array_intersect_key($fields, array_flip($map));
    if (isset($fields['Categories'])) {
        sort($fields['Categories']);
    }
    $fields = array_map(static fn (mixed $value): mixed => is_string($value) ? str_replace("\r\n", "\n", $value) : $value, $fields);
    $fields = array_filter($fields, static fn (mixed $value): bool => $value !== '' && $value !== null && $value !== []);
    ksort($fields);
    return json_encode($fields, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
}

/** @return array{int, int, list<string>} contacts on each side, and those that are on one side only */
function compare(PDO $db, Outlook $outlook, array $map): array
{
    $rows = array_map(static fn (array $row): string => canonical(asItem($row, $map), $map), $db->query('SELECT * FROM contacts')->fetchAll());
    $items = array_map(static fn (array $item): string => canonical($item['fields'], $map), $outlook->contacts());
    sort($rows);
    sort($items);
    $onlyHere = array_diff($rows, $items);
    $onlyThere = array_diff($items, $rows);
    $differing = [
        ...array_map(static fn (string $text): string => "only in MySQL:    $text", $onlyHere),
        ...array_map(static fn (string $text): string => "only in Exchange: $text", $onlyThere),
    ];
    if ($differing === [] && $rows !== $items) {
        $differing[] = 'a contact is there more often on one side';
    }
    return [count($rows), count($items), array_values($differing)];
}

chapter('Two address books');
foreach (array_filter(array_map('trim', explode(';', (string) file_get_contents(__DIR__ . '/schema.sql')))) as $statement) {
    $db->exec($statement);
}
$db->beginTransaction();
for ($number = 1; $number <= ROWS; $number++) {
    $person = People::person($number);
    if ($number <= BOTH && $number % 6 === 0) {
        $person['mobile'] = null;
    }
    $columns = implode(', ', array_keys($person));
    $places = implode(', ', array_fill(0, count($person), '?'));
    $db->prepare("INSERT INTO contacts ($columns) VALUES ($places)")->execute(array_values($person));
    if ($number % 4 === 0) {
        $db->prepare('INSERT INTO orders (contact_id, number) VALUES (?, ?)')->execute([$number, sprintf('A-%05d', $number)]);
    }
}
$db->commit();
for ($number = 1; $number <= ITEMS; $number++) {
    // The first ones are in the table too; of some of them only Outlook knows the mobile number.
    $person = People::person($number <= BOTH ? $number : ROWS + $number);
    if ($number <= BOTH && $number % 10 === 0) {
        $person['notes'] = null;
    }
    $outlook->add(asItem($person, $map));
}
say('The webapp has %d contacts in MySQL, the sales team %d in Outlook; %d people are in both.', ROWS, ITEMS, BOTH);
say('Exchange is reached over %s.', ($config['exchange']['kind'] ?? 'ews') === 'graph' ? 'Microsoft Graph' : 'EWS');

chapter('The first round pairs them up');
$sync->install();
$plan = timed('plan(), a look beforehand', static fn () => $sync->plan());
$shown = $plan->toArray();
say('would pair up %d, create %d and update %d in Exchange, insert %d and update %d in MySQL', $plan->matches(),
    $shown['to_exchange']['create'], $shown['to_exchange']['update'], $shown['to_table']['insert'], $shown['to_table']['update']);
must($plan->matches() === BOTH, 'plan() pairs up ' . $plan->matches() . ' instead of ' . BOTH);
$in = timed('pull()', static fn () => $sync->pull());
say('%d paired up, some of them completed, %d new rows', $in->matched(), $in->inserted());
$out = timed('pushPending()', static fn () => $sync->pushPending());
say('%d new items, %d items completed', $out->created(), $out->pushedUpdates());
must($in->matched() === BOTH, $in->matched() . ' were paired up instead of ' . BOTH);
must($in->inserted() === ITEMS - BOTH, 'new rows: ' . $in->inserted());
must($out->created() === ROWS - BOTH, 'new items: ' . $out->created());
$echo = timed('sync(), our own echo', static fn () => $sync->sync());
must($echo->fetched() === 0 && $echo->pushedUpdates() === 0, 'our own writes came back');
$idle = timed('sync(), nothing to do', static fn () => $sync->sync());
must($idle->requests() === 1 && $idle->fetched() === 0, 'an idle round took ' . $idle->requests() . ' requests');
[, , $differing] = compare($db, $outlook, $map);
must($differing === [], implode("\n", array_slice($differing, 0, 10)));

chapter('A save in the webapp is in Outlook a moment later');
$saved = timed('save and push()', static fn () => $app->save(null, [
    'first_name' => 'Siân', 'last_name' => 'Llewellyn', 'email' => 'sian@example.com', 'phone' => '+44 29 1234', 'city' => 'Caerdydd',
]));
say('%s', $saved['message']);
$item = $outlook->byEmail('sian@example.com');
must($item !== null && $item['fields']['Surname'] === 'Llewellyn', 'the saved contact is not in Outlook');
say('Outlook shows: %s %s, %s', $item['fields']['GivenName'], $item['fields']['Surname'], $item['fields']['BusinessPhone']);

chapter('An edit in Outlook is in MySQL after the next pull');
$outlook->edit($item['id'], ['JobTitle' => 'Pennaeth', 'BusinessAddress.PostalCode' => 'CF10 1EP']);
timed('pull()', static fn () => $sync->pull());
$row = $db->query("SELECT * FROM contacts WHERE id = {$saved['id']}")->fetch();
must($row['job_title'] === 'Pennaeth' && $row['zip'] === 'CF10 1EP', 'the edit did not arrive');
say('MySQL shows: %s, %s %s', $row['job_title'], $row['zip'], $row['city']);

chapter('Two people edit the same contact, and both edits survive');
$outlook->edit($item['id'], ['MobilePhone' => '+44 7700 900123']);
$message = timed('save and push()', static fn () => $app->save($saved['id'], ['phone' => '+44 29 5678', 'notes' => 'Met in Cardiff 🏴󠁧󠁢󠁷󠁬󠁳󠁿']))['message'];
say('%s', $message);
$row = $db->query("SELECT * FROM contacts WHERE id = {$saved['id']}")->fetch();
$item = $outlook->byEmail('sian@example.com');
must($row['mobile'] === '+44 7700 900123' && $row['phone'] === '+44 29 5678', 'an edit is lost in MySQL');
must($item['fields']['MobilePhone'] === '+44 7700 900123' && $item['fields']['BusinessPhone'] === '+44 29 5678', 'an edit is lost in Outlook');
say('both sides: phone %s (webapp), mobile %s (Outlook)', $row['phone'], $row['mobile']);

chapter('A delete each way');
timed('delete and push()', static fn () => $app->delete($saved['id']));
must($outlook->byEmail('sian@example.com') === null, 'the deleted contact is still in Outlook');
$outlook->delete($outlook->byEmail('person.7@example.com')['id']);
$report = timed('pull()', static fn () => $sync->pull());
must($report->deleted() === 1, 'the contact deleted in Outlook is still in MySQL');
say('one gone from Outlook, one gone from MySQL');

chapter('A contact with orders is deleted in Outlook');
$outlook->delete($outlook->byEmail('person.8@example.com')['id']);
$report = timed('pull()', static fn () => $sync->pull());
$held = $sync->held();
must($report->held() === 1 && count($held) === 1, 'the contact with orders should be held');
say('kept, not lost: %s', $held[0]->reason());
$db->exec('DELETE FROM orders WHERE contact_id = 8');
timed('orders closed, retry()', static fn () => $sync->retry($held[0]->id()));
must($db->query('SELECT COUNT(*) FROM contacts WHERE id = 8')->fetchColumn() === 0, 'the contact is still there');

chapter('Exchange goes down, and comes back');
$outlook->offline(true);
$start = microtime(true);
foreach (range(201, 230) as $id) {
    $message = $app->save($id, ['phone' => "+1 555 $id"])['message'];
}
say('30 saves took %.0f ms in all: "%s"', 1000 * (microtime(true) - $start), $message);
must($sync->state()->pending() === 30, 'waiting: ' . $sync->state()->pending());
$outlook->offline(false);
$start = microtime(true);
timed('Exchange is back: pushPending()', static function () use ($sync) {
    do {
        try {
            $report = $sync->pushPending();
        } catch (ExchangeContactSync\ExchangeException) {
            usleep(250_000);
        }
    } while ($sync->state()->pending() > 0 && microtime(true) < ($GLOBALS['start'] + 150));
});
must($sync->state()->pending() === 0, 'still waiting: ' . $sync->state()->pending());
must($outlook->byEmail('person.230@example.com')['fields']['BusinessPhone'] === '+1 555 230', 'a save was lost');
say('all 30 are in Outlook');

chapter('In the end');
timed('sync(), nothing to do', static fn () => $sync->sync());
[$rows, $items, $differing] = compare($db, $outlook, $map);
$state = $sync->state();
$table = [
    ['contacts in MySQL', $rows], ['contacts in Exchange', $items], ['linked', $state->linked()], ['differing in any mapped field', count($differing)],
    ['waiting', $state->pending()], ['held', $state->held()], ['conflicts', $state->conflicts()],
    ['requests to Exchange', $requests], ['seconds', round(microtime(true) - $began, 1)],
];
foreach ($table as [$what, $value]) {
    printf("    %-32s %8s\n", $what, $value);
}
must($differing === [], implode("\n", array_slice($differing, 0, 10)));
must($rows === ROWS + ITEMS - BOTH - 2, "there should be other numbers of contacts: $rows");
must($state->linked() === $rows && $state->pending() + $state->held() === 0, 'something is left over');
