--TEST--
Wrong arguments are TypeErrors and ArgumentCountErrors, and named arguments work
--FILE--
<?php
$config = require __DIR__ . '/config.inc';
$sync = new ExchangeContactSync(config: $config);
foreach ([
    fn () => new ExchangeContactSync(),
    fn () => new ExchangeContactSync(null),
    fn () => $sync->push(),
    fn () => $sync->push([]),
    fn () => $sync->push(null),
    fn () => $sync->push(1.5),
    fn () => $sync->push(true),
    fn () => $sync->pull('no_such_function'),
    fn () => $sync->pull(42),
    fn () => $sync->acknowledge('x'),
    fn () => $sync->restore($sync),
    fn () => new SyncState(),
    fn () => new ExchangeContactSync\PushResult(),
    fn () => ExchangeContactSync\Outcome::from('lost'),
] as $call) {
    try {
        $call();
        echo "done\n";
    } catch (Throwable $e) {
        echo get_class($e), "\n";
    }
}
?>
--EXPECT--
ArgumentCountError
TypeError
ArgumentCountError
TypeError
TypeError
TypeError
TypeError
TypeError
TypeError
TypeError
TypeError
Error
Error
ValueError
