--TEST--
The configuration does not show in a trace, even when arguments do
--SKIPIF--
<?php if (PHP_VERSION_ID < 80200) die('skip this php has no SensitiveParameter'); ?>
--INI--
zend.exception_ignore_args=0
--FILE--
<?php
try {
    new ExchangeContactSync(['exchange' => ['password' => 'hidden-word'], 'mysql' => 'mysql://u:hidden-word@h/d']);
} catch (ExchangeContactSync\ConfigException $e) {
    var_dump(str_contains(print_r($e->getTrace(), true), 'hidden-word'), str_contains((string) $e, 'hidden-word'));
    echo get_class($e->getTrace()[0]['args'][0]), "\n";
}
try {
    new ExchangeContactSync('hidden-word');
} catch (TypeError $e) {
    var_dump(str_contains(print_r($e->getTrace(), true), 'hidden-word'), str_contains((string) $e, 'hidden-word'));
}
$parameter = (new ReflectionMethod('ExchangeContactSync', '__construct'))->getParameters()[0];
echo $parameter->getAttributes()[0]->getName(), "\n";
?>
--EXPECT--
bool(false)
bool(false)
SensitiveParameterValue
bool(false)
bool(false)
SensitiveParameter
