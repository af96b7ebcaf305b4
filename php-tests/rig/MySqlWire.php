<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use PDO;

/** A connection to MariaDB. A request is a packet with statements; the server has carried it out when its thread sleeps again. */
final class MySqlWire extends Wire
{
    private const QUERY = 3;

    private ?int $thread = null;
    private static ?PDO $watch = null;

    public function isLasting(string $name): bool
    {
        return preg_match('/COMMIT|INSERT|UPDATE|DELETE|REPLACE/', $name) === 1;
    }

    protected function lengthOfFirst(): ?int
    {
        if (strlen($this->asked) < 4) {
            return null;
        }
        $length = 4 + (unpack('V', substr($this->asked, 0, 3) . "\0")[1] ?? 0);
        return strlen($this->asked) >= $length ? $length : null;
    }

    protected function nameOf(string $request): ?string
    {
        // Only a packet with sequence number 0 begins something; the others log in.
        if (ord($request[3]) !== 0 || strlen($request) < 6 || ord($request[4]) !== self::QUERY) {
            return null;
        }
        preg_match_all(
            '/(?:^|;)\s*(START TRANSACTION|COMMIT|ROLLBACK|DO (?:GET|RELEASE)_LOCK|SELECT GET_LOCK|SELECT|SET|(?:INSERT(?: IGNORE)? INTO|UPDATE|DELETE FROM)\s+[`\w.]+)/i',
            substr($request, 5),
            $found,
        );
        $words = array_values(array_unique(array_map(static fn (string $word): string => str_replace(['`', ' INTO', ' FROM'], '', $word), $found[1])));
        return $words === [] ? 'statement' : implode(', ', array_slice($words, 0, 8));
    }

    protected function isAnswered(string $answer): bool
    {
        if ($answer === '' || $this->thread === null) {
            return false;
        }
        $sql = "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = $this->thread";
        try {
            self::$watch ??= Database::root();
            $command = self::$watch->query($sql)->fetchColumn();
        } catch (\PDOException) {
            // The server was killed since; another one may be there by now.
            self::$watch = Database::root();
            $command = self::$watch->query($sql)->fetchColumn();
        }
        return $command === false || $command === 'Sleep';
    }

    protected function seen(string $answer): void
    {
        if ($this->thread === null) {
            // The greeting: a protocol version, the server's version, then the number of the thread.
            $end = strpos($answer, "\0", 5);
            $this->thread = $end === false ? null : (unpack('V', substr($answer, $end + 1, 4))[1] ?? null);
        }
    }
}
