<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\WholeContactCase;

/** Nothing of an address stays in its slot. Over EWS only, which alone has slots. */
final class EmailGhostTest extends WholeContactCase
{
    /** @return iterable<string, array{array<string, bool>}> */
    public function servers(): iterable
    {
        yield 'one that clears a slot as a whole' => [[]];
        yield 'one that leaves ghosts' => [['ghostSlots' => true]];
        yield 'one that keeps display names' => [['keepDisplayNames' => true]];
        yield 'one that does both' => [['ghostSlots' => true, 'keepDisplayNames' => true]];
    }

    /**
     * semantics 34.
     *
     * @dataProvider servers
     *
     * @param array<string, bool> $modes
     */
    public function testAnEmailSlotLeavesNoGhostAndNoOldName(array $modes): void
    {
        if ($modes !== []) {
            $this->exchange->call('POST', '/modes', $modes);
        }
        [$sync, $id, $item] = $this->full();
        foreach ([2, 1, 3] as $number) {
            [$key, $column] = ["EmailAddress$number", "c_emailaddress$number"];
            $others = array_map(
                fn (int $other): array => self::slot($this->exchange->item($item), "EmailAddress$other"),
                array_diff([1, 2, 3], [$number]),
            );
            foreach ([null, "other$number@example.com", "third$number@example.com"] as $address) {
                $this->change($id, [$column => $address]);
                self::assertPushed(Outcome::Updated, $sync->push($id));
                $after = $this->exchange->item($item);
                $slot = self::slot($after, $key);
                self::assertSame($address, $slot[$key] ?? null);
                // Nothing of the address before is left, whatever the server keeps by itself.
                $left = array_diff($slot, [$address, 'SMTP']);
                self::assertSame([], $address === null ? $slot : $left, "$key $address");
                foreach ($others as $other => $held) {
                    self::assertSame($held, self::slot($after, 'EmailAddress' . ([1, 2, 3])[$other]), "$key leaves the others");
                }
            }
        }
        $this->settle($sync);
        $this->assertSilent($sync, $this->db);
    }
}
