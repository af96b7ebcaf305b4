<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;

/**
 * One property of a contact, changed on both sides, and a resolver that decides as the test says.
 */
abstract class ClashTestCase extends SyncTestCase
{
    /** @var callable what the resolver does, with its arguments */
    protected $answer;
    protected int $asked = 0;

    /** @return iterable<string, array{string}> */
    public function calls(): iterable
    {
        yield 'in a round' => ['sync'];
        yield 'in a push' => ['push'];
    }

    protected function asking(): ExchangeContactSync
    {
        return $this->ready(['policy' => ['conflict' => function (mixed ...$arguments): mixed {
            $this->asked++;
            return ($this->answer)(...$arguments);
        }]]);
    }

    /**
     * Eva, whose telephone number was changed on both sides.
     *
     * @return array{int, string} row key and item id
     */
    protected function clash(ExchangeContactSync $sync): array
    {
        [$id, $item] = $this->linked($sync, ['first_name' => 'Eva', 'phone' => '1']);
        $this->both($id, $item, 'phone', 'BusinessPhone');
        return [$id, $item];
    }

    protected function both(int $id, string $item, string $column, string $property, string $here = 'here', string $there = 'there'): void
    {
        $this->db->update($id, [$column => $here]);
        $this->exchange->edit($item, [$property => $there]);
    }

    protected function carryOut(ExchangeContactSync $sync, string $way, int $id, ?Outcome $expected = null): void
    {
        if ($way !== 'push') {
            $this->round($sync);
            return;
        }
        $result = $sync->push($id);
        if ($expected !== null) {
            self::assertPushed($expected, $result);
        }
    }
}
