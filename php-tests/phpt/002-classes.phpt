--TEST--
Every class is there, final, without public properties, and its parent is the right one
--FILE--
<?php
$classes = (new ReflectionExtension('exchange_contact_sync'))->getClassNames();
sort($classes);
foreach ($classes as $name) {
    $class = new ReflectionClass($name);
    $parent = $class->getParentClass();
    printf(
        "%s%s%s%s\n",
        $class->isFinal() ? 'final ' : '',
        $class->isEnum() ? 'enum ' : '',
        $name,
        $parent ? " extends {$parent->getName()}" : '',
    );
    if (!$class->isEnum() && $class->getProperties(ReflectionProperty::IS_PUBLIC) !== []) {
        echo "$name has public properties\n";
    }
}
?>
--EXPECT--
final ExchangeContactSync
final ExchangeContactSync\AuthException extends ExchangeContactSync\ExchangeException
final ExchangeContactSync\BusyException extends ExchangeContactSync\Exception
final ExchangeContactSync\ConfigException extends ExchangeContactSync\Exception
final ExchangeContactSync\Conflict
ExchangeContactSync\Exception extends RuntimeException
ExchangeContactSync\ExchangeException extends ExchangeContactSync\Exception
final ExchangeContactSync\HeldContact
final ExchangeContactSync\MigrationReport
final enum ExchangeContactSync\Outcome
final ExchangeContactSync\PushResult
final ExchangeContactSync\StoreException extends ExchangeContactSync\Exception
final ExchangeContactSync\SyncPlan
final ExchangeContactSync\SyncReport
final SyncState
