--TEST--
What a callback throws arrives unchanged, and the object goes on working
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
final class Mine extends DomainException
{
}
final class Logger
{
    public bool $throws = false;

    public function log($level, $message, array $context = []): void
    {
        if ($this->throws) {
            throw new Mine("from the log: $level");
        }
    }
}
$rig = new Rig();
$logger = new Logger();
$sync = $rig->pair(5, ['logger' => $logger]);

$thrown = null;
try {
    $sync->pull(function () use (&$thrown) {
        throw $thrown = new Mine('from progress');
    });
} catch (Mine $e) {
    var_dump($e === $thrown, $e->getPrevious());
    foreach ($e->getTrace() as $frame) {
        echo $frame['function'], ' ', basename($frame['file'] ?? '-'), "\n";
    }
}
var_dump($sync->pull(fn () => false)->complete());
var_dump($sync->pull()->complete(), $sync->state()->linked());

// A push that is queued goes to the log.
$logger->throws = true;
$rig->exchange->offline(true);
$rig->sql("INSERT INTO contacts (id, first_name) VALUES (50, 'Queued')");
try {
    $sync->push(50);
} catch (Mine $e) {
    echo $e->getMessage(), "\n";
}
$logger->throws = false;
echo $sync->push(50)->outcome()->value, ' ', $sync->state()->pending(), "\n";
?>
--EXPECTF--
bool(true)
NULL
{closure} -
pull edge_throwing_callbacks.php
bool(false)
bool(true)
int(5)
from the log: %s
queued 1
