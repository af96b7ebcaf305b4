<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use Closure;

/** What hits one request of a worker, and when. */
final class Strike
{
    public bool $done = false;

    /**
     * @param Closure(Point): bool   $where
     * @param Closure(): void|null   $blow  in place of the worker: what else dies; null only cuts the connection
     */
    private function __construct(
        private readonly Closure $where,
        public readonly Phase $phase,
        public readonly bool $killsWorker,
        private readonly ?Closure $blow = null,
    ) {
    }

    /** SIGKILL for the worker at its n-th request. */
    public static function kill(int $number, Phase $phase): self
    {
        return new self(self::at($number), $phase, true);
    }

    /** The connection breaks at the worker's n-th request; the worker lives. */
    public static function cut(int $number, Phase $phase): self
    {
        return new self(self::at($number), $phase, false);
    }

    /**
     * Something else dies at the first request that fits.
     *
     * @param Closure(Point): bool $where
     * @param Closure(): void      $blow
     */
    public static function other(Closure $where, Phase $phase, Closure $blow): self
    {
        return new self($where, $phase, false, $blow);
    }

    public function hits(Point $point): bool
    {
        return !$this->done && ($this->where)($point);
    }

    public function strike(Worker $worker): void
    {
        $this->done = true;
        if ($this->killsWorker) {
            $worker->kill();
        }
        if ($this->blow !== null) {
            ($this->blow)();
        }
    }

    private static function at(int $number): Closure
    {
        return static fn (Point $point): bool => $point->number === $number;
    }
}
