--TEST--
A fatal error in a callable that computes a mapping frees the object, its leases and locks
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--INI--
error_reporting=E_ALL
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$end = fn () => null;
$rig->sql('ALTER TABLE contacts ADD COLUMN name VARCHAR(60) NULL');
$sync = $rig->pair(0, ['contacts' => ['computed' => [[
    'columns' => ['name'],
    'properties' => ['Surname'],
    'toExchange' => function (array $row) use (&$end) {
        $end('to');
        return ['Surname' => strtolower((string) $row['name'])];
    },
    'fromExchange' => function (array $contact, array $row) use (&$end) {
        $end('from');
        return ['name' => strtoupper((string) $contact['Surname'])];
    },
]]]]);
for ($n = 1; $n <= 5; $n++) {
    $rig->exchange->add(['GivenName' => "Item $n", 'Surname' => "s$n"]);
}
$locks = fn () => $rig->sql("SET innodb_lock_wait_timeout = 1; SELECT COUNT(*) FROM contacts FOR UPDATE;
    SELECT COUNT(*) FROM ecs_links FOR UPDATE; SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'");
register_shutdown_function(function () use ($sync, $locks, &$end) {
    $end = fn () => null;
    echo 'after a fatal error: ', json_encode($locks()), "\n";
    var_dump($sync->pull()->complete(), $sync->state()->linked(), $sync->held());
});
$end = fn ($which) => $which === 'from' ? trigger_error('boom', E_USER_ERROR) : null;
$sync->pull();
echo "not reached\n";
?>
--EXPECTF--
Fatal error: boom in %sedge_computed_fatal.php on line %d
after a fatal error: "0\n0\n0"
bool(true)
int(5)
array(0) {
}
