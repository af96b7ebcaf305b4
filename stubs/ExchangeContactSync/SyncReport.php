<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * What a pull, a pushPending or both did, in numbers.
 */
final class SyncReport implements \JsonSerializable
{
    /**
     * Items that were read from Exchange because they had changed there or were new.
     */
    public function fetched(): int
    {
        throw new \Error('stub');
    }

    /**
     * Rows that are new in the table.
     */
    public function inserted(): int
    {
        throw new \Error('stub');
    }

    /**
     * Rows that were changed in the table.
     */
    public function updated(): int
    {
        throw new \Error('stub');
    }

    /**
     * Rows that were deleted or marked because their items were deleted in Exchange.
     */
    public function deleted(): int
    {
        throw new \Error('stub');
    }

    /**
     * Items that are new in Exchange.
     */
    public function created(): int
    {
        throw new \Error('stub');
    }

    /**
     * Items that were changed in Exchange.
     */
    public function pushedUpdates(): int
    {
        throw new \Error('stub');
    }

    /**
     * Items that were deleted in Exchange because their rows were deleted.
     */
    public function pushedDeletes(): int
    {
        throw new \Error('stub');
    }

    /**
     * Rows and items that were paired up because they are the same contact.
     */
    public function matched(): int
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that had been changed on both sides.
     */
    public function merged(): int
    {
        throw new \Error('stub');
    }

    /**
     * Properties that had been changed on both sides differently; ExchangeContactSync::conflicts() has the values.
     */
    public function conflicts(): int
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that could not be applied; ExchangeContactSync::held() says why.
     */
    public function held(): int
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that are no longer synced, by policy or because they left the scope.
     */
    public function detached(): int
    {
        throw new \Error('stub');
    }

    /**
     * Things in the folder that are no contacts, such as distribution lists, and items that are left out.
     */
    public function skipped(): int
    {
        throw new \Error('stub');
    }

    /**
     * Deletions that the guard stopped; ExchangeContactSync::confirmDeletes() carries them out.
     */
    public function pendingDeletes(): int
    {
        throw new \Error('stub');
    }

    /**
     * Rows that could not be delivered and still wait.
     */
    public function queued(): int
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that resemble more than one on the other side and stayed separate, one sentence each.
     *
     * @return list<string>
     */
    public function ambiguous(): array
    {
        throw new \Error('stub');
    }

    /**
     * What a person should know, one sentence each: missing triggers, a restarted cursor, stopped deletions.
     *
     * @return list<string>
     */
    public function warnings(): array
    {
        throw new \Error('stub');
    }

    /**
     * How many requests were sent to Exchange.
     */
    public function requests(): int
    {
        throw new \Error('stub');
    }

    /**
     * Whether the work was done to its end: false when the callback stopped it or Exchange failed.
     */
    public function complete(): bool
    {
        throw new \Error('stub');
    }

    /**
     * The failure of Exchange that ended a delivery early; null when there was none.
     */
    public function failure(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * @return array{
     *     fetched: int,
     *     inserted: int,
     *     updated: int,
     *     deleted: int,
     *     created: int,
     *     pushed_updates: int,
     *     pushed_deletes: int,
     *     matched: int,
     *     merged: int,
     *     conflicts: int,
     *     held: int,
     *     detached: int,
     *     skipped: int,
     *     pending_deletes: int,
     *     queued: int,
     *     ambiguous: list<string>,
     *     warnings: list<string>,
     *     requests: int,
     *     complete: bool,
     *     failure: string|null
     * }
     */
    public function toArray(): array
    {
        throw new \Error('stub');
    }

    /**
     * @return array<string, bool|int|string|list<string>|null> the same as toArray()
     */
    public function jsonSerialize(): array
    {
        throw new \Error('stub');
    }
}
