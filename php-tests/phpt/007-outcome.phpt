--TEST--
Outcome is an enum whose values are the names in small letters
--FILE--
<?php
use ExchangeContactSync\Outcome;
foreach (Outcome::cases() as $case) {
    echo $case->name, ' ', $case->value, ' ', var_export(Outcome::from($case->value) === $case, true), "\n";
}
var_dump(Outcome::tryFrom('Created'));
?>
--EXPECT--
Created created true
Updated updated true
Deleted deleted true
Merged merged true
Unchanged unchanged true
Queued queued true
Held held true
NULL
