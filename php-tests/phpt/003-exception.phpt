--TEST--
An exception of the extension has file, line and trace of the call, and can be made and extended by an app
--FILE--
<?php
function opens(): void
{
    new ExchangeContactSync([]);
}
try {
    opens();
} catch (ExchangeContactSync\ConfigException $e) {
    var_dump(basename($e->getFile()), $e->getLine(), $e->getCode(), $e->getPrevious());
    foreach ($e->getTrace() as $frame) {
        echo $frame['class'] ?? '', $frame['type'] ?? '', $frame['function'], ' ', basename($frame['file']), ':', $frame['line'], "\n";
    }
    var_dump($e instanceof RuntimeException, $e instanceof ExchangeContactSync\Exception, $e->getMessage() !== '');
}

$cause = new LogicException('cause');
$own = new ExchangeContactSync\BusyException('mine', 7, $cause);
var_dump($own->getMessage(), $own->getCode(), $own->getPrevious() === $cause, $own->getLine());

class AppException extends ExchangeContactSync\Exception
{
}
try {
    throw new AppException('of the app');
} catch (ExchangeContactSync\Exception $e) {
    var_dump(get_class($e), $e->getMessage());
}

$answer = new ExchangeContactSync\ExchangeException('made by a test');
var_dump($answer->getResponseCode(), $answer->getHttpStatus(), $answer->getRequestId());
?>
--EXPECTF--
string(%d) "003-exception.php"
int(4)
int(0)
NULL
ExchangeContactSync->__construct 003-exception.php:4
opens 003-exception.php:7
bool(true)
bool(true)
bool(true)
string(4) "mine"
int(7)
bool(true)
int(17)
string(12) "AppException"
string(10) "of the app"
NULL
NULL
NULL
