--TEST--
A database that cannot be reached is a StoreException, at once and without its password
--FILE--
<?php
$config = require __DIR__ . '/config.inc';
$config['mysql'] = 'mysql://app:hidden-word@127.0.0.1:1/crm';
$sync = new ExchangeContactSync($config);
foreach (['install', 'pull', 'state', 'held'] as $method) {
    try {
        $sync->$method();
    } catch (ExchangeContactSync\StoreException $e) {
        echo $method, ' ', basename($e->getFile()), ':', $e->getLine(), ' ', var_export(str_contains((string) $e, 'hidden-word'), true), "\n";
    }
}
?>
--EXPECT--
install 009-unreachable.php:7 false
pull 009-unreachable.php:7 false
state 009-unreachable.php:7 false
held 009-unreachable.php:7 false
