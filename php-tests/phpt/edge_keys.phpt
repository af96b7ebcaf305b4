--TEST--
A key that no table can have is refused before anything is opened, and says how a binary key is given
--FILE--
<?php
$sync = new ExchangeContactSync(require __DIR__ . '/config.inc');
foreach ([['push', "\xff\xfe"], ['push', ''], ['retry', ''], ['push', new stdClass()], ['retry', 1.0]] as [$method, $id]) {
    try {
        $sync->$method($id);
    } catch (Throwable $e) {
        echo get_class($e), ': ', $e->getMessage(), ' line ', $e->getLine(), "\n";
    }
}
?>
--EXPECT--
ExchangeContactSync\ConfigException: id: expected a row's key as a string in UTF-8; a binary key is given as upper-case hexadecimal digits, as by strtoupper(bin2hex($id)) line 5
ExchangeContactSync\ConfigException: id: expected a row's key, an empty string given line 5
ExchangeContactSync\ConfigException: id: expected a row's key, an empty string given line 5
TypeError: ExchangeContactSync::push(): Argument #1 ($id) must be of type int|string, stdClass given line 5
TypeError: ExchangeContactSync::retry(): Argument #1 ($id) must be of type int|string, float given line 5
