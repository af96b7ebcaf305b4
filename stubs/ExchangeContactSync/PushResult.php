<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * What became of one push.
 */
final class PushResult implements \JsonSerializable
{
    public function outcome(): Outcome
    {
        throw new \Error('stub');
    }

    /**
     * Why the outcome is Queued or Held, for a log or a person; null otherwise.
     */
    public function error(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * How many properties had been changed on both sides differently.
     */
    public function conflicts(): int
    {
        throw new \Error('stub');
    }

    /**
     * The row's key as the table holds it.
     */
    public function key(): string
    {
        throw new \Error('stub');
    }

    /**
     * Whether both sides agree now: true unless the outcome is Queued or Held.
     */
    public function isSynced(): bool
    {
        throw new \Error('stub');
    }

    /**
     * @return array{key: string, outcome: string, error: string|null, conflicts: int, synced: bool}
     */
    public function toArray(): array
    {
        throw new \Error('stub');
    }

    /**
     * @return array<string, bool|int|string|null> the same as toArray()
     */
    public function jsonSerialize(): array
    {
        throw new \Error('stub');
    }
}
