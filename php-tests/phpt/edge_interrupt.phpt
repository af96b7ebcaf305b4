--TEST--
A signal ends a request that hangs: the call returns at once, the handler runs, and nothing is left behind
--SKIPIF--
<?php
require __DIR__ . '/edge_rig.inc';
Rig::skip();
if (!function_exists('pcntl_alarm')) die('skip needs pcntl');
?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair(3);
pcntl_async_signals(true);
$asked = 0.0;
pcntl_signal(SIGALRM, function () use (&$asked) {
    echo 'handled within ', microtime(true) - $asked < 1.3 ? 'a moment' : microtime(true) - $asked, "\n";
});
// The alarm comes a second after this; the server hangs much longer.
$hang = function (string $operation) use ($rig, &$asked): void {
    $rig->exchange->fault($operation, 'delay_ms', 1, ['ms' => 20000]);
    $asked = microtime(true) + 1;
    pcntl_alarm(1);
};
$hang('SyncFolderItems');
$report = $sync->pull();
var_dump($report->complete(), $report->inserted());
// The page's reader is on a thread of its own by now.
$hang('GetItem');
$report = $sync->pull();
var_dump($report->complete(), $report->inserted(), $sync->state()->linked());
$free = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%GET_LOCK%' AND id<>CONNECTION_ID()";
echo 'waiting: ', $rig->sql($free), "\n";
var_dump($sync->pull()->complete(), $sync->state()->linked());

$rig->sql("INSERT INTO contacts (first_name) VALUES ('Anna')");
$id = $rig->sql("SELECT id FROM contacts WHERE first_name='Anna'");
$rig->exchange->noFaults();
$hang('CreateItem');
$result = $sync->push($id);
echo $result->outcome()->value, ': ', preg_replace('~127\.0\.0\.1:\d+~', 'HOST', $result->error()), "\n";
// Whether the server has made it, nobody knows: it is looked for, and no second one is made.
$result = $sync->push($id);
echo $result->outcome()->value, ': ', $result->error(), "\n";
echo count($rig->exchange->items()), ' items, ', $rig->sql('SELECT COUNT(*) FROM ecs_outbox') > 0 ? 'noted' : 'forgotten', "\n";

$hang('SyncFolderItems');
try {
    $sync->plan();
} catch (ExchangeContactSync\Exception $e) {
    echo get_class($e), ': ', preg_replace('~127\.0\.0\.1:\d+~', 'HOST', $e->getMessage()), "\n";
}
?>
--EXPECT--
handled within a moment
bool(false)
int(0)
handled within a moment
bool(false)
int(0)
int(0)
waiting: 0
bool(true)
int(3)
handled within a moment
queued: the request to HOST was given up: the call was asked to end
queued: the answer to creating the item was lost; it is looked for again before another one is made
3 items, noted
handled within a moment
ExchangeContactSync\Exception: the request to HOST was given up: the call was asked to end
