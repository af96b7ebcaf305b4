<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * What the next sync() would do. Nothing has been written on either side.
 */
final class SyncPlan implements \JsonSerializable
{
    /**
     * The mapping in use, given or guessed.
     *
     * @return array<string, string> column => property
     */
    public function mapping(): array
    {
        throw new \Error('stub');
    }

    /**
     * How many rows and items would be paired up because they are the same contact.
     */
    public function matches(): int
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that resemble more than one on the other side and would stay separate, one sentence each.
     *
     * @return list<string>
     */
    public function ambiguous(): array
    {
        throw new \Error('stub');
    }

    /**
     * Whether nothing would be written on either side. Pairing up alike contacts writes nothing.
     */
    public function isEmpty(): bool
    {
        throw new \Error('stub');
    }

    /**
     * Counts of what would be written; `examples` has up to ten sentences that name contacts.
     *
     * @return array{
     *     mapping: array<string, string>,
     *     match: int,
     *     to_exchange: array{create: int, update: int, delete: int},
     *     to_table: array{insert: int, update: int, delete: int},
     *     conflicts: int,
     *     ambiguous: list<string>,
     *     examples: list<string>
     * }
     */
    public function toArray(): array
    {
        throw new \Error('stub');
    }

    /**
     * @return array<string, mixed> the same as toArray()
     */
    public function jsonSerialize(): array
    {
        throw new \Error('stub');
    }
}
