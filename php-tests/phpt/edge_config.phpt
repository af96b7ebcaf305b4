--TEST--
The configuration may hold references; what PHP gives for a missing variable, deep nesting and wrong bytes are named
--FILE--
<?php
$config = require __DIR__ . '/config.inc';
$password = 'hidden-word';
$referring = $config;
$referring['exchange']['password'] = &$password;
$exchange = &$referring['exchange'];
echo get_class(new ExchangeContactSync($referring)), "\n";

$recursive = $config;
$recursive['contacts']['map'] = &$recursive['contacts'];
$wrong = [
    'variable' => ['exchange' => ['password' => getenv('NO_SUCH_VARIABLE')] + $config['exchange']] + $config,
    'bytes' => ['exchange' => ['password' => "\xff\xfe hidden-word"] + $config['exchange']] + $config,
    'bytes in a key' => ["exchang\xff" => 1] + $config,
    'number as key' => [1] + $config,
    'recursive' => $recursive,
    'typing error' => ['polcy' => []] + $config,
    'zone' => ['contacts' => ['timezone' => 'Mars/Olympus']] + $config,
    'resolver' => ['policy' => ['conflict' => 'no_such_function']] + $config,
    'resolver object' => ['policy' => ['conflict' => new stdClass()]] + $config,
    'logger' => ['logger' => 'error_log'] + $config,
    'empty' => [],
];
foreach ($wrong as $case => $array) {
    try {
        new ExchangeContactSync($array);
        echo "$case: taken\n";
    } catch (ExchangeContactSync\ConfigException $e) {
        echo $case, ': ', $e->getMessage(), $e->getPrevious() ? ' PREVIOUS' : '', "\n";
        if (str_contains((string) $e, 'hidden-word')) {
            echo "LEAK\n";
        }
    }
}
foreach (['strtoupper', fn () => null, [new ArrayObject(), 'count'], 'webapp'] as $resolver) {
    echo get_class(new ExchangeContactSync(['policy' => ['conflict' => $resolver]] + $config)), "\n";
}
?>
--EXPECTF--
ExchangeContactSync
variable: exchange.password: expected the account's password as a string, bool given (getenv() gives false for a variable that is not set)
bytes: exchange.password: expected the account's password as a string, string that is not UTF-8 given
bytes in a key: exchang%s: there is no such key; did you mean exchange?
number as key: 0: there is no such key; there are: exchange, mysql, contacts, policy, pair, logger
recursive: contacts.map.map.map: there is no such key; there are: property, type
typing error: polcy: there is no such key; did you mean policy?
zone: contacts.timezone: there is no such time zone; expected one such as 'UTC' or 'Europe/Berlin'
resolver: policy.conflict: expected one of 'newest', 'exchange', 'webapp' or the name of a function
resolver object: policy.conflict: expected 'newest', 'exchange', 'webapp' or a callable, stdClass given
logger: logger: expected a Psr\Log\LoggerInterface or null, string given
empty: exchange: is missing; expected an array that says how to reach Exchange
ExchangeContactSync
ExchangeContactSync
ExchangeContactSync
ExchangeContactSync
