<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * What migrate() did, or would do. The counts speak of contacts that are in step.
 */
final class MigrationReport implements \JsonSerializable
{
    /**
     * Whether the pair is with the configured kind of server now; false after a dry run, unless it was there already.
     */
    public function moved(): bool
    {
        throw new \Error('stub');
    }

    /**
     * Why the pair was not moved, or would not be, and what to do; null when nothing stands in the way.
     */
    public function refused(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * How many contacts are in step.
     */
    public function linked(): int
    {
        throw new \Error('stub');
    }

    /**
     * Those whose items the server knows by their old ids.
     */
    public function translated(): int
    {
        throw new \Error('stub');
    }

    /**
     * Those whose items were found by the stamp that this extension had put on them.
     */
    public function byStamp(): int
    {
        throw new \Error('stub');
    }

    /**
     * Those whose items were found by their e-mail address, name, company or telephone number.
     */
    public function byContent(): int
    {
        throw new \Error('stub');
    }

    /**
     * Those whose items were not found, or are not in the folder. The next pull looks for them once more and takes
     * what it does not find for deleted in Exchange.
     */
    public function missing(): int
    {
        throw new \Error('stub');
    }

    /**
     * The keys of their rows, at most 20.
     *
     * @return list<string>
     */
    public function missingRows(): array
    {
        throw new \Error('stub');
    }

    /**
     * Items of the folder that belong to no contact of the pair; the next pull takes them over.
     */
    public function unknown(): int
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
     * @return array{
     *     from: string,
     *     to: string,
     *     moved: bool,
     *     refused: string|null,
     *     linked: int,
     *     translated: int,
     *     by_stamp: int,
     *     by_content: int,
     *     missing: int,
     *     missing_rows: list<string>,
     *     unknown: int,
     *     requests: int
     * } from and to are kinds of server, "ews" or "graph"
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
