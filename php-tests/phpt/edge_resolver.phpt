--TEST--
A resolver gets texts, dates and lists, and what it returns is checked
--SKIPIF--
<?php require __DIR__ . '/edge_rig.inc'; Rig::skip(); ?>
--FILE--
<?php
require __DIR__ . '/edge_rig.inc';
$rig = new Rig();
$answer = fn (string $property, mixed $row, mixed $item) => $item;
$sync = $rig->pair(0, ['policy' => ['conflict' => function (string $property, mixed $row, mixed $item, mixed $base, array $contact) use (&$answer) {
    echo $property, ' ', json_encode([$row, $item, $base, $contact['GivenName'] ?? null]), "\n";
    return $answer($property, $row, $item);
}]]);
$sync->pull();
$rig->sql("INSERT INTO contacts (id, first_name, email, birthday) VALUES (1, 'Anna', 'a@example.com', '1980-01-02')");
echo $sync->push(1)->outcome()->value, "\n";
$item = $rig->exchange->items()[0]['id'];
$sync->pull();

$both = function (string $row, array $there) use ($rig, $item) {
    $rig->sql("UPDATE contacts SET $row WHERE id = 1");
    $rig->exchange->edit($item, $there);
};
$both("first_name = 'Anne'", ['GivenName' => 'Hanna']);
$answer = fn () => 'Third';
$sync->sync();
echo $rig->sql('SELECT first_name FROM contacts'), ' ', $rig->exchange->items()[0]['fields']['GivenName'], "\n";
echo json_encode(array_map(fn ($c) => [$c->property(), $c->row(), $c->item(), $c->winner()], $sync->conflicts())), "\n";

$both("birthday = '1981-03-04'", ['Birthday' => '1982-05-06']);
$answer = fn () => null;
$sync->sync();
var_dump($rig->sql('SELECT birthday FROM contacts'));

$both("first_name = 'X'", ['GivenName' => 'Y']);
foreach ([1.5, ['list'], "\xff"] as $wrong) {
    $answer = fn () => $wrong;
    try {
        $sync->sync();
        echo "taken\n";
    } catch (ExchangeContactSync\ConfigException $e) {
        echo $e->getMessage(), "\n";
    }
}
$answer = fn () => 'Done';
$sync->sync();
echo $rig->sql('SELECT first_name FROM contacts'), "\n";
?>
--EXPECT--
created
GivenName ["Anne","Hanna","Anna","Anne"]
Third Third
[["GivenName","Anne","Hanna","resolver"]]
Birthday ["1981-03-04","1982-05-06","1980-01-02","Third"]
string(4) "NULL"
GivenName ["X","Y","Third","X"]
policy.conflict: the callable's answer for GivenName must be a string in UTF-8 or null
GivenName ["X","Y","Third","X"]
policy.conflict: the callable's answer for GivenName must be a string in UTF-8 or null
GivenName ["X","Y","Third","X"]
policy.conflict: the callable's answer for GivenName must be a string in UTF-8 or null
GivenName ["X","Y","Third","X"]
Done
