<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * One property that was changed on both sides differently, or that a deletion would have lost.
 *
 * A value is a text, a list of texts for `Categories`, a date as `YYYY-MM-DD`, or null for empty.
 */
final class Conflict implements \JsonSerializable
{
    /**
     * What ExchangeContactSync::acknowledge() takes.
     */
    public function id(): int
    {
        throw new \Error('stub');
    }

    /**
     * The row's key.
     */
    public function key(): string
    {
        throw new \Error('stub');
    }

    /**
     * The property, such as `Surname`; null when one side edited the contact and the other one deleted it.
     */
    public function property(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * The value that the row had; a photo as `data:image/jpeg;base64,…`.
     *
     * @return string|list<string>|null
     */
    public function row(): mixed
    {
        throw new \Error('stub');
    }

    /**
     * The value that the item in Exchange had; a photo as `data:image/jpeg;base64,…`.
     *
     * @return string|list<string>|null
     */
    public function item(): mixed
    {
        throw new \Error('stub');
    }

    /**
     * The value that both sides had before; null also when it is not known, or was a text of more than 4 096 bytes, of which only a
     * fingerprint is kept.
     *
     * @return string|list<string>|null
     */
    public function base(): mixed
    {
        throw new \Error('stub');
    }

    /**
     * Whose value was kept: `row`, `item`, or `resolver` when a callable made a third one.
     *
     * @return 'row'|'item'|'resolver'
     */
    public function winner(): string
    {
        throw new \Error('stub');
    }

    /**
     * When it was noticed, in UTC.
     */
    public function at(): \DateTimeImmutable
    {
        throw new \Error('stub');
    }

    /**
     * @return array{
     *     id: int, key: string, property: string|null, row: string|list<string>|null,
     *     item: string|list<string>|null, base: string|list<string>|null, winner: string, at: string
     * }
     */
    public function toArray(): array
    {
        throw new \Error('stub');
    }

    /**
     * @return array<string, int|string|list<string>|null> the same as toArray()
     */
    public function jsonSerialize(): array
    {
        throw new \Error('stub');
    }
}
