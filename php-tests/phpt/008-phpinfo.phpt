--TEST--
phpinfo() names the version and the abilities, and no configuration
--FILE--
<?php
$sync = new ExchangeContactSync(require __DIR__ . '/config.inc');
ob_start();
phpinfo(INFO_MODULES);
$info = ob_get_clean();
preg_match('/^exchange_contact_sync\n(.*?)\n\n\n?/ms', $info, $section);
var_dump(str_contains($section[0] ?? '', phpversion('exchange_contact_sync')));
var_dump(str_contains($info, 'hidden-word'));
?>
--EXPECT--
bool(true)
bool(false)
