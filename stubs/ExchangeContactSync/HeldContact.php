<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * A contact that could not be applied to one side. It is kept with its values, stops no other contact, and
 * is tried again when it changes or on ExchangeContactSync::retry().
 */
final class HeldContact implements \JsonSerializable
{
    /**
     * What ExchangeContactSync::retry() takes, such as `held:17`; never to be confused with a row's key.
     */
    public function id(): string
    {
        throw new \Error('stub');
    }

    /**
     * The row's key; null for an item that has no row yet.
     */
    public function key(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * The item's id in Exchange; null for a row that has no item yet.
     */
    public function item(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * A name by which a person recognises the contact.
     */
    public function label(): string
    {
        throw new \Error('stub');
    }

    /**
     * Which way it was going.
     *
     * @return 'to_exchange'|'to_table'
     */
    public function direction(): string
    {
        throw new \Error('stub');
    }

    /**
     * Why it could not be applied, naming column or property.
     */
    public function reason(): string
    {
        throw new \Error('stub');
    }

    /**
     * The mapped values that wait to be applied, by property; for a deletion, those that the row has.
     *
     * @return array<string, string|list<string>>
     */
    public function values(): array
    {
        throw new \Error('stub');
    }

    /**
     * How often it was tried.
     */
    public function tries(): int
    {
        throw new \Error('stub');
    }

    /**
     * Since when it is held, in UTC.
     */
    public function since(): \DateTimeImmutable
    {
        throw new \Error('stub');
    }

    /**
     * @return array{
     *     id: string, key: string|null, item: string|null, label: string, direction: string, reason: string,
     *     values: array<string, string|list<string>>, tries: int, since: string
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
