--TEST--
The object shows nothing and cannot be cloned, serialised or given properties
--FILE--
<?php
$sync = new ExchangeContactSync(require __DIR__ . '/config.inc');
var_dump($sync);
print_r($sync);
var_export($sync);
echo "\n", json_encode($sync), "\n";
var_dump((array) $sync);
foreach ([
    fn () => clone $sync,
    fn () => serialize($sync),
    fn () => unserialize('O:19:"ExchangeContactSync":0:{}'),
    function () use ($sync) {
        $sync->password = 'x';
    },
    fn () => $sync->password,
] as $call) {
    try {
        $call();
        echo "done\n";
    } catch (Throwable $e) {
        echo get_class($e), "\n";
    }
}
?>
--EXPECTF--
object(ExchangeContactSync)#%d (0) {
}
ExchangeContactSync Object
(
)
%AExchangeContactSync::__set_state(array(
))
{}
array(0) {
}
Error
Exception
Exception
Error
%A
