--TEST--
A callable that computes a mapping may throw or call exit(): no lease, no transaction and no half contact is left
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
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
$end = fn ($which) => $which === 'from' ? throw new Error('first') : null;
echo $sync->pull()->held(), ' held: ', $sync->held()[0]->reason(), "\n";
$rig->sql("INSERT INTO contacts (name) VALUES ('B')");
register_shutdown_function(function () use ($sync, $locks, &$end) {
    $end = fn () => null;
    echo 'after exit(): ', json_encode($locks()), "\n";
    foreach ($sync->held() as $held) {
        $sync->retry($held->id());
    }
    var_dump($sync->sync()->complete(), $sync->state()->linked(), $sync->held());
});
$end = function ($which) {
    echo "leaving $which\n";
    exit(0);
};
$sync->sync();
echo "not reached\n";
?>
--EXPECT--
5 held: contacts.computed.0.fromExchange threw Error: first
leaving to
after exit(): "1\n0\n0"
bool(true)
int(6)
array(0) {
}
