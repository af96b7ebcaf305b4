<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** One request of a worker to the outer world: everything that it does there is one of these. */
final class Point
{
    /**
     * @param bool $lasting whether it changes something that outlives the worker: an item, or rows by a commit
     */
    public function __construct(
        public readonly int $number,
        public readonly string $name,
        public readonly bool $lasting,
        public readonly bool $toExchange,
    ) {
    }
}
