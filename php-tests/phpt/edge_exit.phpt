--TEST--
exit() in a callback ends the script in order: shutdown functions run, and the object is free again
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair(5);
register_shutdown_function(function () use ($sync) {
    echo "shutdown\n";
    var_dump($sync->pull()->complete(), $sync->state()->linked());
});
$sync->pull(function () {
    echo "leaving\n";
    exit(0);
});
echo "not reached\n";
?>
--EXPECT--
leaving
shutdown
bool(true)
int(5)
