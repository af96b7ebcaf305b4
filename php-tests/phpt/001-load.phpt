--TEST--
The module loads silently, with its name and version
--FILE--
<?php
var_dump(extension_loaded('exchange_contact_sync'));
var_dump(preg_match('/^\d+\.\d+\.\d+$/', phpversion('exchange_contact_sync')));
?>
--EXPECT--
bool(true)
int(1)
