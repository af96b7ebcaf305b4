<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Properties that have their places in a JSON column. */
final class DocumentTest extends SyncTestCase
{
    private const PLACES = [
        'first_name' => 'GivenName', 'data->phones.mobile' => 'MobilePhone', 'data->phones->work' => 'BusinessPhone', 'data->$.tags' => 'Categories',
    ];

    protected function setUp(): void
    {
        parent::setUp();
        $this->db->pdo->exec('ALTER TABLE contacts ADD data JSON NULL');
    }

    private function started(): ExchangeContactSync
    {
        return $this->ready(['contacts' => ['map' => self::PLACES]]);
    }

    /** P4, P8, R18. */
    public function testBothSidesEditOnePlaceEachAndTheRestOfTheDocumentStays(): void
    {
        $sync = $this->started();
        $document = '{"theme" : "dark", "phones":{"mobile":"1","fax":"9","work":"2"},"tags":["A"], "n": 1.50}';
        $id = $this->db->insert(['first_name' => 'Anna', 'data' => $document]);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', 'Anna')['id'] ?? '');
        $this->assertItem(['MobilePhone' => '1', 'BusinessPhone' => '2', 'Categories' => ['A']], $item);
        $this->round($sync);

        $this->exchange->edit($item, ['MobilePhone' => '+49 1', 'Categories' => ['A', 'B']]);
        $document = str_replace('"work":"2"', '"work":"22"', $document);
        $this->db->update($id, ['data' => $document]);
        $this->round($sync);
        $this->round($sync);
        $expected = str_replace(['"mobile":"1"', '["A"]'], ['"mobile":"+49 1"', '["A","B"]'], $document);
        $this->assertRow(['data' => $expected], $id);
        $this->assertItem(['MobilePhone' => '+49 1', 'BusinessPhone' => '22', 'Categories' => ['A', 'B']], $item);
        self::assertSame([], $sync->conflicts());

        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->fetched(), $report->updated(), $report->pushedUpdates()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame($before, $this->db->fingerprint());
    }

    /** P8. */
    public function testAClearedValueLosesItsKeyAndANewContactGetsADocument(): void
    {
        $sync = $this->started();
        $item = $this->exchange->add(['GivenName' => 'Bo', 'MobilePhone' => '1', 'BusinessPhone' => '2']);
        $this->round($sync);
        $row = $this->db->find('first_name', 'Bo');
        self::assertSame('{"phones": {"mobile": "1", "work": "2"}}', $row['data'] ?? null);
        $this->exchange->edit($item, ['MobilePhone' => null]);
        $this->round($sync);
        $this->assertRow(['data' => '{"phones": {"work": "2"}}'], (int) $row['id']);
        $this->db->update((int) $row['id'], ['data' => null]);
        $this->round($sync);
        $this->assertItem(['BusinessPhone' => null], $item);
    }

    /** P6, P8. */
    public function testADocumentThatCannotBeReadIsHeldAndLeftAlone(): void
    {
        $sync = $this->started();
        $id = $this->db->insert(['first_name' => 'Cleo', 'data' => '{"phones": {"mobile": "1"}, "tags": ["A"]}']);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', 'Cleo')['id'] ?? '');
        $this->round($sync);
        $broken = '{"phones": "none", "tags": ["A", "B"]}';
        $this->db->update($id, ['data' => $broken]);
        $sync->push($id);
        $this->assertItem(['MobilePhone' => '1', 'Categories' => ['A', 'B']], $item);
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertStringContainsString('JSON of column data', $held[0]->reason());
        $this->exchange->edit($item, ['MobilePhone' => '2', 'GivenName' => 'Cleopatra']);
        $this->round($sync);
        $this->assertRow(['data' => $broken, 'first_name' => 'Cleopatra'], $id);
        $this->db->update($id, ['data' => '{"phones": {"mobile": "3"}, "tags": ["A", "B"]}']);
        $this->round($sync);
        self::assertSame([], $sync->held());
    }
}
