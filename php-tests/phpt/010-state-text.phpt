--TEST--
A text that is no state is refused
--FILE--
<?php
foreach (['', 'x', str_repeat('A', 100000), "\0\xff"] as $text) {
    try {
        SyncState::fromString($text);
        echo "taken\n";
    } catch (ExchangeContactSync\ConfigException | TypeError $e) {
        echo "refused\n";
    }
}
?>
--EXPECT--
refused
refused
refused
refused
