--TEST--
A forked child uses connections of its own, and leaves the parent's alone when it ends
--SKIPIF--
<?php
require __DIR__ . '/edge_rig.inc';
Rig::skip();
if (!function_exists('pcntl_fork')) die('skip needs pcntl');
?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair(2);
$sync->pull();
foreach (['in use', 'untouched'] as $case) {
    $child = pcntl_fork();
    if ($child === 0) {
        if ($case === 'in use') {
            $rig->sql("INSERT INTO contacts (id, first_name) VALUES (70, 'From the child')");
            echo 'child: ', $sync->push(70)->outcome()->value, "\n";
        }
        exit(0);
    }
    pcntl_waitpid($child, $status);
    echo "$case: ", pcntl_wexitstatus($status), ' ', $sync->pull()->complete() ? 'parent goes on' : '?', "\n";
}
// A child of a running call must not go on with the parent's work.
$parent = getmypid();
$rig->exchange->add(['GivenName' => 'Late']);
try {
    $report = $sync->pull(function () use (&$child) {
        $child ??= null;
        if ($child === null || $child > 0 && !isset($GLOBALS['forked'])) {
            $GLOBALS['forked'] = true;
            $child = pcntl_fork();
        }
    });
} catch (ExchangeContactSync\Exception $e) {
    if (getmypid() !== $parent) {
        exit(7);
    }
    throw $e;
}
if (getmypid() !== $parent) {
    exit(8);
}
pcntl_waitpid($child, $status);
echo 'child of a call: ', pcntl_wexitstatus($status), "\n";
var_dump($report->complete(), $sync->state()->linked());
?>
--EXPECT--
child: created
in use: 0 parent goes on
untouched: 0 parent goes on
child of a call: 7
bool(true)
int(4)
