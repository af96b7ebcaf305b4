<?php

declare(strict_types=1);

if (!extension_loaded('exchange_contact_sync')) {
    fwrite(STDERR, "run with: php -d extension=/path/libexchange_contact_sync.so \$(command -v phpunit) -c php-tests/phpunit.xml\n");
    exit(1);
}
foreach (['ECS_MYSQL_SOCKET', 'ECS_MYSQL_PORT', 'ECS_MYSQL_CA', 'SIMULATOR', 'EXTENSION'] as $name) {
    if ((string) getenv($name) === '') {
        fwrite(STDERR, "$name is not set; make test ONLY=phpunit sets up all that the tests need\n");
        exit(1);
    }
}

spl_autoload_register(static function (string $class): void {
    $prefix = 'ExchangeContactSync\\Tests\\';
    if (str_starts_with($class, $prefix)) {
        require __DIR__ . '/rig/' . substr($class, strlen($prefix)) . '.php';
    }
});
