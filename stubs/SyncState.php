<?php

declare(strict_types=1);

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\StoreException;

/**
 * Where a pair stood when ExchangeContactSync::state() was called. The values do not change afterwards.
 */
final class SyncState implements \JsonSerializable
{
    /**
     * The id of the Exchange folder, null before the first pull.
     */
    public function folder(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * Exchange's own mark of what it has told so far (its SyncState): opaque, of any size. Null before the
     * first pull and after reset().
     */
    public function cursor(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * When the last pull ended well, in UTC.
     */
    public function lastPull(): ?\DateTimeImmutable
    {
        throw new \Error('stub');
    }

    /**
     * When a contact was last delivered to Exchange, in UTC, to the second.
     */
    public function lastPush(): ?\DateTimeImmutable
    {
        throw new \Error('stub');
    }

    /**
     * How many rows and items are linked.
     */
    public function linked(): int
    {
        throw new \Error('stub');
    }

    /**
     * How many rows have changes that wait to be sent to Exchange.
     */
    public function pending(): int
    {
        throw new \Error('stub');
    }

    /**
     * How many contacts are held.
     */
    public function held(): int
    {
        throw new \Error('stub');
    }

    /**
     * How many conflicts nobody has acknowledged yet.
     */
    public function conflicts(): int
    {
        throw new \Error('stub');
    }

    /**
     * Forgets the cursor of the pair that the state was read from: its next pull compares the whole folder.
     * Nothing is deleted or doubled by that.
     *
     * @throws ConfigException the state was made by fromString() and belongs to no open pair
     * @throws StoreException
     */
    public function reset(): void
    {
        throw new \Error('stub');
    }

    /**
     * Folder and cursor as one line of ASCII, to be kept or moved to another system.
     */
    public function toString(): string
    {
        throw new \Error('stub');
    }

    /**
     * Reads what toString() wrote. ExchangeContactSync::restore() puts it to use.
     *
     * @throws ConfigException the text is damaged or of an unknown version
     */
    public static function fromString(string $state): SyncState
    {
        throw new \Error('stub');
    }

    /**
     * @return array{
     *     folder: string|null, cursor: string|null, last_pull: string|null, last_push: string|null,
     *     linked: int, pending: int, held: int, conflicts: int
     * } times as ISO 8601 in UTC
     */
    public function toArray(): array
    {
        throw new \Error('stub');
    }

    /**
     * @return array<string, int|string|null> the same as toArray()
     */
    public function jsonSerialize(): array
    {
        throw new \Error('stub');
    }
}
