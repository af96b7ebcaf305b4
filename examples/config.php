<?php

/**
 * The configuration of the examples, from the environment. In a framework this is config/exchange.php.
 */

declare(strict_types=1);

$needed = static function (string $name): string {
    $value = getenv($name);
    if ($value === false || $value === '') {
        fwrite(STDERR, "$name is not set\n");
        exit(2);
    }
    return $value;
};

return [
    'exchange' => [
        'url' => $needed('EXCHANGE_URL'),
        'username' => $needed('EXCHANGE_USERNAME'),
        'password' => $needed('EXCHANGE_PASSWORD'),
        'mailbox' => $needed('EXCHANGE_MAILBOX'),
        // Only ever for a server on this machine, such as the simulator.
        'allow_plain_http' => getenv('EXCHANGE_ALLOW_PLAIN_HTTP') === '1',
    ],
    'mysql' => $needed('MYSQL_URL'),
    'contacts' => [
        'table' => 'contacts',
        'key' => 'id',
        'modified' => 'updated_at',
        'map' => [
            'first_name' => 'GivenName',
            'last_name' => 'Surname',
            'company' => 'CompanyName',
            'job_title' => 'JobTitle',
            'email' => 'EmailAddress1',
            'phone' => 'BusinessPhone',
            'mobile' => 'MobilePhone',
            'street' => 'BusinessAddress.Street',
            'zip' => 'BusinessAddress.PostalCode',
            'city' => 'BusinessAddress.City',
            'country' => 'BusinessAddress.CountryOrRegion',
            'birthday' => 'Birthday',
            'notes' => 'Body',
            'tags' => 'Categories',
        ],
    ],
];
