<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\MovingPair;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Strike;

/** A move from EWS to Microsoft Graph, killed again and again at requests to MariaDB and Exchange that chance chooses. */
final class MigrationPointTest extends CrashTestCase
{
    use MovingPair;

    private const CONTACTS = 1_000;
    private const KILLS = 20;

    /** P1, P2, P4: whatever is cut off where, no contact is written, and in the end the pair is there with what both sides have edited. */
    public function testKilledAtRandomPointsAMoveIsRepeated(): void
    {
        $seed = (int) (getenv('ECS_SEED') ?: random_int(1, 1 << 30));
        mt_srand($seed);
        $this->inStepOverEws(self::CONTACTS);
        $this->bothSidesEdit('before');
        $contacts = $this->contactsOfBothSides();
        $this->keepOurTables();

        [$points, $answer] = $this->move(null);
        self::assertNull($answer['thrown'] ?? null, json_encode($answer, JSON_THROW_ON_ERROR));
        self::assertGreaterThan(10, count($points));
        $afterwards = 0;
        for ($kill = 0; $kill < self::KILLS; $kill++) {
            $this->putOurTablesBack();
            $number = mt_rand(1, count($points));
            $phase = Phase::cases()[mt_rand(0, 2)];
            $case = "seed $seed, killed {$phase->value} $number ({$points[$number - 1]->name})";
            [, $answer] = $this->move(Strike::kill($number, $phase));
            self::assertNull($answer, "$case: not killed");
            self::assertSame($contacts, $this->contactsOfBothSides(), "$case: a contact was written");
            $moved = $this->db->pdo->query('SELECT bound_kind FROM ecs_pairs')->fetchColumn() === 'graph';
            $afterwards += (int) $moved;
            [, $answer] = $this->move(null);
            self::assertNull($answer['thrown'] ?? null, $case . json_encode($answer, JSON_THROW_ON_ERROR));
            self::assertSame('graph', $this->db->pdo->query('SELECT bound_kind FROM ecs_pairs')->fetchColumn(), $case);
            $links = 'SELECT COUNT(DISTINCT item_hash) FROM ecs_links WHERE state = 2';
            // One has been deleted in Exchange.
            self::assertSame(self::CONTACTS - 1, (int) $this->db->pdo->query($links)->fetchColumn(), "$case: links");
        }
        self::assertLessThan(self::KILLS, $afterwards, 'some were killed before the switch');
        $graph = $this->syncOver($this->byGraph());
        $this->bothSidesEdit('after');
        $this->recover($graph, "seed $seed");
        $this->assertOneAddressBook($graph, "seed $seed");
        self::assertSame([self::CONTACTS, self::CONTACTS], [$this->db->count(), $graph->state()->linked()], "seed $seed");
    }

    /**
     * @return array{list<\ExchangeContactSync\Tests\Point>, array<string, mixed>|null}
     */
    private function move(?Strike $strike): array
    {
        $door = preg_replace('#(//[^/]+)/.*#', '$1', $this->proxy->exchangeUrl());
        $config = $this->config();
        $config['exchange'] = array_replace_recursive($this->byGraph(), ['url' => $door, 'oauth' => ['authority' => $door]]);
        $config['mysql'] = $this->db->urlThrough($this->proxy->mysqlSocket());
        $worker = new \ExchangeContactSync\Tests\Worker();
        $played = $this->proxy->play($worker, $config, [['migrate', [true]]], $strike);
        $worker->kill();
        return $played;
    }

    private function keepOurTables(): void
    {
        foreach ($this->ourTables() as $table) {
            $this->db->pdo->exec("CREATE TABLE kept_$table AS SELECT * FROM $table");
        }
    }

    private function putOurTablesBack(): void
    {
        foreach ($this->ourTables() as $table) {
            $this->db->pdo->exec("DELETE FROM $table");
            $this->db->pdo->exec("INSERT INTO $table SELECT * FROM kept_$table");
        }
    }

    /** @return list<string> */
    private function ourTables(): array
    {
        return $this->db->pdo->query("SHOW TABLES LIKE 'ecs\\_%'")->fetchAll(\PDO::FETCH_COLUMN);
    }
}
