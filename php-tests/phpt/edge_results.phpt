--TEST--
Results cannot be made, cloned, serialised or given properties, and nothing is printed of them
--FILE--
<?php
foreach (['SyncReport', 'SyncPlan', 'PushResult', 'Conflict', 'HeldContact'] as $name) {
    $class = new ReflectionClass("ExchangeContactSync\\$name");
    $name = $class->getName();
    $failures = [];
    foreach ([
        fn () => new $name(),
        fn () => $class->newInstanceWithoutConstructor(),
        fn () => unserialize(sprintf('O:%d:"%s":0:{}', strlen($name), $name)),
    ] as $way) {
        try {
            $way();
            $failures[] = 'made';
        } catch (Throwable $e) {
            $failures[] = get_class($e);
        }
    }
    echo $name, ' ', implode(' ', $failures), ' ', implode(',', $class->getInterfaceNames()), "\n";
}
$state = SyncState::fromString((function () {
    $text = 'ecs-state/1;folder=AAMk;kind=ews;cursor=H4sI';
    return $text . ';sum=' . substr(hash('sha256', $text), 0, 16);
})());
var_dump($state->folder(), $state->cursor(), $state->lastPull(), $state->linked(), SyncState::fromString($state->toString()) == $state);
var_dump($state);
echo json_encode($state), "\n";
foreach ([fn () => clone $state, fn () => serialize($state), fn () => $state->reset(), fn () => $state->more = 1] as $way) {
    try {
        $way();
        echo "done\n";
    } catch (Throwable $e) {
        echo get_class($e), "\n";
    }
}
?>
--EXPECTF--
ExchangeContactSync\SyncReport Error ReflectionException Exception JsonSerializable
ExchangeContactSync\SyncPlan Error ReflectionException Exception JsonSerializable
ExchangeContactSync\PushResult Error ReflectionException Exception JsonSerializable
ExchangeContactSync\Conflict Error ReflectionException Exception JsonSerializable
ExchangeContactSync\HeldContact Error ReflectionException Exception JsonSerializable
string(4) "AAMk"
string(4) "H4sI"
NULL
int(0)
bool(true)
object(SyncState)#%d (0) {
}
{"folder":"AAMk","cursor":"H4sI","last_pull":null,"last_push":null,"linked":0,"pending":0,"held":0,"conflicts":0}
Error
Exception
ExchangeContactSync\ConfigException
Error
