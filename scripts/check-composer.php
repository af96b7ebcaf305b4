<?php

/** Checks what PIE needs to install the package; composer itself may be too old to know the keys, or absent. */

declare(strict_types=1);

$root = dirname(__DIR__);
$wrong = [];
$package = json_decode((string) file_get_contents("$root/composer.json"), true, 512, JSON_THROW_ON_ERROR);
$extension = $package['php-ext'] ?? [];
if (($package['type'] ?? '') !== 'php-ext') {
    $wrong[] = 'type must be php-ext';
}
if (preg_match('/^[A-Za-z][a-zA-Z0-9_]+$/', $extension['extension-name'] ?? '') !== 1) {
    $wrong[] = 'php-ext.extension-name must be letters, digits and underscores';
}
if (!is_file("$root/" . ($extension['build-path'] ?? '') . '/config.m4')) {
    $wrong[] = 'php-ext.build-path has no config.m4';
}
foreach (array_keys($package['require'] ?? []) as $required) {
    if ($required !== 'php' && !str_starts_with($required, 'ext-')) {
        $wrong[] = "an extension can require php and other extensions only, not $required";
    }
}
preg_match('/^version\s*=\s*"([^"]+)"/m', (string) file_get_contents("$root/Cargo.toml"), $version);
if (!str_contains((string) file_get_contents("$root/CHANGELOG.md"), "## [$version[1]]")) {
    $wrong[] = "CHANGELOG.md has no section for $version[1]";
}
echo $wrong === [] ? "PIE can install this package\n" : implode("\n", $wrong) . "\n";
exit($wrong === [] ? 0 : 1);
