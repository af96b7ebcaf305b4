<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** A connection to Exchange. */
final class HttpWire extends Wire
{
    public function isLasting(string $name): bool
    {
        return in_array($name, ['CreateItem', 'UpdateItem', 'DeleteItem', 'MoveItem'], true);
    }

    protected function lengthOfFirst(): ?int
    {
        return self::length($this->asked);
    }

    protected function nameOf(string $request): ?string
    {
        return preg_match('/Body>\s*<(?:\w+:)?(\w+)/', $request, $found) === 1 ? $found[1] : 'request';
    }

    protected function isAnswered(string $answer): bool
    {
        return self::length($answer) !== null;
    }

    private static function length(string $message): ?int
    {
        $end = strpos($message, "\r\n\r\n");
        if ($end === false) {
            return null;
        }
        $body = preg_match('/^content-length:\s*(\d+)/mi', substr($message, 0, $end), $found) === 1 ? (int) $found[1] : 0;
        $length = $end + 4 + $body;
        return strlen($message) >= $length ? $length : null;
    }
}
