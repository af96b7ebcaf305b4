<?php

/**
 * The configuration of the examples, from the environment. In a framework this is config/exchange.php.
 *
 * EXCHANGE_KIND says by what Exchange is spoken to:
 *
 *   ews, the default    EXCHANGE_URL, EXCHANGE_USERNAME, EXCHANGE_PASSWORD, EXCHANGE_MAILBOX
 *   graph               EXCHANGE_TENANT, EXCHANGE_CLIENT_ID, EXCHANGE_CLIENT_SECRET or EXCHANGE_CERTIFICATE, EXCHANGE_MAILBOX
 */

declare(strict_types=1);

$stop = static function (string $message): never {
    fwrite(STDERR, "$message\n");
    exit(2);
};
/** Those of the variables that are set, by the keys of the configuration. */
$given = static fn (array $variables): array => array_filter(
    array_map('getenv', $variables),
    static fn (string|false $value): bool => $value !== false && $value !== '',
);
$needed = static fn (string $variable): string => $given([$variable])[0] ?? $stop("$variable is not set");

$exchange = match ($given(['EXCHANGE_KIND'])[0] ?? 'ews') {
    'ews' => [
        'url' => $needed('EXCHANGE_URL'),
        'username' => $needed('EXCHANGE_USERNAME'),
        'password' => $needed('EXCHANGE_PASSWORD'),
    ],
    'graph' => [
        'kind' => 'graph',
        'oauth' => [
            'tenant' => $needed('EXCHANGE_TENANT'),
            'client_id' => $needed('EXCHANGE_CLIENT_ID'),
            ...$given(['client_secret' => 'EXCHANGE_CLIENT_SECRET', 'certificate' => 'EXCHANGE_CERTIFICATE', 'authority' => 'EXCHANGE_AUTHORITY']),
        ],
        // Authority and address are Microsoft's own; others are those of a simulator.
        ...$given(['url' => 'EXCHANGE_URL']),
    ],
    default => $stop('EXCHANGE_KIND: ews or graph'),
};

return [
    'exchange' => $exchange + [
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
