--TEST--
A fatal error in a callback frees the object and its leases, though it skips all code of the extension
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--INI--
error_reporting=E_ALL
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
    trigger_error('boom', E_USER_ERROR);
});
echo "not reached\n";
?>
--EXPECTF--
Fatal error: boom in %sedge_fatal.php on line %d
shutdown
bool(true)
int(5)
