--TEST--
A signal ends a pull cleanly after the current page, so that its handler does not wait for the whole folder
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
$sync = $rig->pair(9);
pcntl_async_signals(true);
pcntl_signal(SIGALRM, function () {
    echo "handled\n";
});
$rig->exchange->fault('SyncFolderItems', 'delay_ms', 1, ['ms' => 1500]);
pcntl_alarm(1);
$report = $sync->pull();
var_dump($report->complete(), $report->inserted() < 9);
var_dump($sync->pull()->complete(), $sync->state()->linked());
?>
--EXPECT--
handled
bool(false)
bool(true)
bool(true)
int(9)
