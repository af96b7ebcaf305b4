--TEST--
A method called from a callback of the same object throws; another object is free, and the first one goes on
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair(3);
$state = $sync->state();
$calls = 0;
$report = $sync->pull(function (string $stage) use ($sync, $state, $rig, &$calls) {
    if ($calls++ > 0) {
        return;
    }
    foreach ([
        'push' => fn () => $sync->push(1),
        'pull' => fn () => $sync->pull(),
        'state' => fn () => $sync->state(),
        'held' => fn () => $sync->held(),
        'check' => fn () => $sync->check(),
        'reset' => fn () => $state->reset(),
    ] as $name => $call) {
        try {
            $call();
            echo "$name is done\n";
        } catch (Throwable $e) {
            echo $name, ': ', get_class($e), "\n";
        }
    }
    $other = new ExchangeContactSync($rig->config());
    echo 'other: ', get_class($other->state()), "\n";
    try {
        $other->pull();
    } catch (ExchangeContactSync\BusyException $e) {
        echo "other pull: busy\n";
    }
});
var_dump($calls > 0, $report->complete(), $report->inserted(), $sync->state()->linked());
?>
--EXPECT--
push: ExchangeContactSync\Exception
pull: ExchangeContactSync\Exception
state: ExchangeContactSync\Exception
held: ExchangeContactSync\Exception
check: ExchangeContactSync\Exception
reset: ExchangeContactSync\Exception
other: SyncState
other pull: busy
bool(true)
bool(true)
int(3)
int(3)
