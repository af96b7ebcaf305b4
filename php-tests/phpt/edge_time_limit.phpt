--TEST--
A time limit that is over ends a request that hangs, with PHP's own fatal error, and leaves no lease
--SKIPIF--
<?php
require __DIR__ . '/edge_rig.inc';
Rig::skip();
if (!function_exists('pcntl_alarm')) die('skip needs pcntl');
?>
--INI--
hard_timeout=10
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair(3);
$rig->exchange->fault('GetItem', 'delay_ms', 1, ['ms' => 20000]);
register_shutdown_function(function () use ($rig, &$began) {
    $seconds = microtime(true) - $began;
    echo 'ended within ', $seconds < 2.5 ? 'a moment' : $seconds, "\n";
    $other = new ExchangeContactSync($rig->config());
    var_dump($other->pull()->complete(), $other->state()->linked());
});
// What the limit's timer sends; a wait uses up no time of the processor, which is what it counts.
$kill = proc_open('sleep 1; kill -PROF ' . getmypid(), [], $pipes);
$began = microtime(true);
set_time_limit(5);
$sync->pull();
?>
--EXPECTF--
%AFatal error: Maximum execution time of 5 seconds exceeded in %s on line %d
ended within a moment
bool(true)
int(3)
