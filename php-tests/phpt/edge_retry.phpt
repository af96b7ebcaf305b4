--TEST--
retry() tells what Exchange does and throws only for what is not held
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$sync = $rig->pair();
$rig->sql('ALTER TABLE contacts MODIFY first_name VARCHAR(3)');
$rig->exchange->add(['GivenName' => 'Alexander']);
$sync->pull();
$id = $sync->held()[0]->id();
echo preg_match('/^held:\d+$/', $id), "\n";
$rig->exchange->offline(true);
$result = $sync->retry($id);
echo $result->outcome()->value, ' ', var_export(str_contains($result->error(), '127.0.0.1'), true), "\n";
$rig->exchange->offline(false);
$sync->check();
echo $sync->retry($id)->outcome()->value, ' ', var_export(str_contains($sync->held()[0]->reason(), 'first_name'), true), "\n";
$rig->sql('ALTER TABLE contacts MODIFY first_name VARCHAR(30)');
var_dump($sync->retry($id)->isSynced(), $sync->held());
echo $rig->sql('SELECT first_name FROM contacts'), "\n";
foreach ([$id, 'held:999', 17] as $gone) {
    try {
        $sync->retry($gone);
    } catch (ExchangeContactSync\ConfigException $e) {
        echo $e->getMessage(), "\n";
    }
}
?>
--EXPECT--
1
held true
held true
bool(true)
array(0) {
}
Alexander
nothing is held under this id; held() lists what is
nothing is held under this id; held() lists what is
nothing is held under this id; held() lists what is
