<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** A connection to Exchange. */
final class HttpWire extends Wire
{
    public function isLasting(string $name): bool
    {
        return in_array($name, ['CreateItem', 'UpdateItem', 'DeleteItem', 'MoveItem'], true)
            || preg_match('/^(POST|PATCH|PUT|DELETE) /', $name) === 1;
    }

    protected function lengthOfFirst(): ?int
    {
        return self::length($this->asked);
    }

    protected function nameOf(string $request): ?string
    {
        if (preg_match('#^(\w+) (?:http://[^/]+)?/v1\.0/(\S+)#', $request, $found) === 1) {
            return self::nameOverGraph($found[1], $found[2], $request);
        }
        return preg_match('/Body>\s*<(?:\w+:)?(\w+)/', $request, $found) === 1 ? $found[1] : 'request';
    }

    /** Its verb and what it is done to; a batch has the verb of what it does. */
    private static function nameOverGraph(string $verb, string $address, string $request): string
    {
        if ($address === '$batch') {
            return preg_match('/"method":"(POST|PATCH|PUT|DELETE)"/', $request, $found) === 1 ? "$found[1] batch" : 'GET batch';
        }
        $path = explode('?', $address)[0];
        return $verb . ' ' . preg_replace(['#^users/[^/]+/#', '#(contactFolders|contacts)/(?!contacts$|delta$)[^/]+#'], ['', '$1/…'], $path);
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
