<?php

/**
 * Prints what Reflection knows of the extension's classes, one line per fact, to be compared between the
 * extension and its stubs:
 *
 *     php -n -d extension=… scripts/reflect.php          the extension
 *     php -n scripts/reflect.php stubs                   the stubs
 */

declare(strict_types=1);

$stubs = $argv[1] ?? null;
if ($stubs !== null) {
    // Parents first; PHP cannot declare a class before what it extends.
    $files = glob("$stubs/ExchangeContactSync/*.php");
    usort($files, fn (string $a, string $b): int => rank($a) <=> rank($b) ?: strcmp($a, $b));
    foreach ([...$files, ...glob("$stubs/*.php")] as $file) {
        require $file;
    }
    $classes = array_filter(get_declared_classes(), fn (string $name): bool => (new ReflectionClass($name))->isUserDefined());
} else {
    if (!extension_loaded('exchange_contact_sync')) {
        fwrite(STDERR, "the extension is not loaded\n");
        exit(1);
    }
    $classes = (new ReflectionExtension('exchange_contact_sync'))->getClassNames();
    foreach ((new ReflectionExtension('exchange_contact_sync'))->getFunctions() as $name => $_) {
        echo "function $name\n";
    }
}

function rank(string $file): int
{
    return match (basename($file, '.php')) {
        'Exception' => 0,
        'ExchangeException' => 1,
        default => 2,
    };
}

/** What the extension cannot declare (it says mixed for a union) is told apart by its phpdoc only. */
function typeName(?ReflectionType $type): string
{
    return $type instanceof ReflectionUnionType ? 'mixed' : (string) $type;
}

sort($classes);
foreach ($classes as $name) {
    $class = new ReflectionClass($name);
    $kind = $class->isEnum() ? 'enum' : ($class->isFinal() ? 'final class' : 'class');
    $parent = $class->getParentClass() ? $class->getParentClass()->getName() : '-';
    $interfaces = array_diff($class->getInterfaceNames(), ['Stringable', 'Throwable']);
    sort($interfaces);
    echo "$kind $name extends $parent implements ", implode(',', $interfaces) ?: '-', "\n";
    if ($class->isEnum()) {
        foreach ((new ReflectionEnum($name))->getCases() as $case) {
            echo "$name::{$case->getName()} = {$case->getBackingValue()}\n";
        }
        continue;
    }
    foreach ($class->getReflectionConstants() as $constant) {
        echo "$name::{$constant->getName()} = ", var_export($constant->getValue(), true), "\n";
    }
    foreach ($class->getProperties(ReflectionProperty::IS_PUBLIC) as $property) {
        echo "$name::\${$property->getName()}\n";
    }
    foreach ($class->getMethods() as $method) {
        // What PHP's own exceptions have is not ours; nor is what only the engine calls.
        if ($method->getDeclaringClass()->getName() !== $name || $method->isPrivate()) {
            continue;
        }
        $parameters = [];
        foreach ($method->getParameters() as $parameter) {
            $sensitive = $parameter->getAttributes(SensitiveParameter::class) !== [] ? '#[SensitiveParameter] ' : '';
            $default = $parameter->isOptional()
                ? ' = ' . ($parameter->isDefaultValueAvailable() ? var_export($parameter->getDefaultValue(), true) : '?')
                : '';
            $type = typeName($parameter->getType());
            $parameters[] = "$sensitive$type \${$parameter->getName()}$default";
        }
        $static = $method->isStatic() ? 'static ' : '';
        $return = typeName($method->getReturnType() ?? $method->getTentativeReturnType());
        echo "$static$name::{$method->getName()}(", implode(', ', $parameters), "): $return\n";
    }
}
