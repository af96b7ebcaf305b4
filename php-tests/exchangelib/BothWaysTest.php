<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Exchangelib;

use ExchangeContactSync\Tests\Catalogue;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\WholeContactCase;
use ExchangeContactSync\Tests\WholeTable;

/** What we write, exchangelib reads, and what it writes, we read: a client that others wrote against real servers. */
final class BothWaysTest extends WholeContactCase
{
    /** semantics 34, 35, 37-41, 45: every property of the catalogue and extended ones of every type. */
    public function testItReadsWhatWeWrote(): void
    {
        $seed = random_int(1, 1_000_000);
        for ($n = 0; $n < 5; $n++) {
            $this->db->insert(WholeTable::contact($seed + $n, $n === 0), WholeTable::NAME);
        }
        self::assertCount(count(WholeTable::properties()), self::byProperty(WholeTable::contact($seed, true)));
        $this->settle($this->whole(), "seed $seed");
        $rows = WholeTable::rows($this->db->pdo);
        foreach ($rows as $row) {
            $item = $this->exchange->find('Subject', $row['c_subject']);
            self::assertNotNull($item);
            $expected = self::byProperty($row);
            $read = $this->exchangelib(['read', $item['id']], array_keys($expected));
            self::assertSame(self::comparable($expected), self::comparable($read), "seed $seed");
        }
    }

    /** semantics 34, 35, 37-41, 45. */
    public function testWeReadWhatItWrote(): void
    {
        $seed = random_int(1, 1_000_000);
        $given = [];
        for ($n = 0; $n < 5; $n++) {
            $given[] = self::byProperty(WholeTable::compared(WholeTable::contact($seed + $n, $n === 0)));
            $this->exchangelib(['write'], $given[$n]);
        }
        $this->settle($this->whole(), "seed $seed");
        $bySubject = static fn (array $a, array $b): int => $a['Subject'] <=> $b['Subject'];
        usort($given, $bySubject);
        $rows = array_map(self::byProperty(...), WholeTable::rows($this->db->pdo));
        self::assertSame(array_map(self::comparable(...), $given), array_map(self::comparable(...), $rows), "seed $seed");
    }

    /**
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed> what is not empty, by property, in the form of the script
     */
    private static function byProperty(array $row): array
    {
        $values = [];
        foreach (WholeTable::properties() as $column => $property) {
            $value = $row[$column];
            if ($value === null) {
                continue;
            }
            $kind = Catalogue::kinds()[$property] ?? substr((string) strrchr($property, '#'), 1);
            $values[$property] = match ($kind) {
                'Moment', 'SystemTime' => str_replace(' ', 'T', $value) . 'Z',
                'Boolean' => (bool) $value,
                default => $value,
            };
        }
        return $values;
    }

    /**
     * @param array<string, mixed> $values
     *
     * @return array<string, mixed> in a fixed order, without what means nothing
     */
    private static function comparable(array $values): array
    {
        foreach (['Sensitivity' => 'Normal', 'Importance' => 'Normal', 'PostalAddressIndex' => 'None', 'FileAsMapping' => 'None'] as $name => $nothing) {
            if (($values[$name] ?? null) === $nothing) {
                unset($values[$name]);
            }
        }
        ksort($values);
        return $values;
    }

    /**
     * @param list<string> $arguments
     */
    private function exchangelib(array $arguments, mixed $input): mixed
    {
        $command = [(string) getenv('EXCHANGELIB_PYTHON'), '-B', __DIR__ . '/contact.py', $this->exchange->url(), ...$arguments];
        $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['file', 'php://stderr', 'w']], $pipes, null, [
            'EXCHANGE_USER' => Simulator::USER, 'EXCHANGE_PASSWORD' => Simulator::PASSWORD, 'EXCHANGE_MAILBOX' => Simulator::MAILBOX,
        ]);
        self::assertIsResource($process);
        fwrite($pipes[0], json_encode($input, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION));
        fclose($pipes[0]);
        $output = (string) stream_get_contents($pipes[1]);
        self::assertSame(0, proc_close($process), $output);
        return json_decode($output, true, 512, JSON_THROW_ON_ERROR);
    }
}
