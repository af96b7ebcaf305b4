<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Tests\SyncTestCase;

/** A delete is never a guess. */
final class DeleteTest extends SyncTestCase
{
    public function testADeletionInOutlookDoesWhatThePolicySays(): void
    {
        foreach (['delete', 'mark', 'keep'] as $policy) {
            foreach (['delete', 'move'] as $way) {
                $this->tearDown();
                $this->setUp();
                $sync = $this->ready([
                    'contacts' => ['mark' => 'deleted_at'], 'policy' => ['remote_delete' => $policy],
                ]);
                [$id, $item] = $this->linked($sync, ['first_name' => 'Gone']);
                $way === 'delete' ? $this->exchange->delete($item) : $this->exchange->move($item, 'deleteditems');
                $this->round($sync);
                $row = $this->db->row($id);
                if ($policy === 'delete') {
                    self::assertNull($row);
                } else {
                    self::assertNotNull($row);
                    self::assertSame($policy === 'mark', $row['deleted_at'] !== null, "$policy by $way");
                }
                // Whatever is left of it does not bring it back.
                if ($row !== null) {
                    $this->db->update($id, ['phone' => 'edited later']);
                    $sync->push($id);
                }
                $this->round($sync);
                self::assertSame([], $this->exchange->items(), "$policy by $way");
            }
        }
    }

    public function testARowThatOthersReferToIsHeldAndGoesWhenItCan(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Customer', 'last_name' => 'Loyal']);
        $order = $this->db->insert(['contact_id' => $id, 'number' => 'A-1'], 'orders');
        $other = $this->exchange->add(['GivenName' => 'Other']);
        $this->exchange->delete($item);
        $report = $this->round($sync);
        self::assertSame([1, 0, 1], [$report->held(), $report->deleted(), $report->inserted()]);
        self::assertNotNull($this->db->row($id));
        self::assertSame(1, $this->db->count('orders'));
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertSame((string) $id, $held[0]->key());
        self::assertSame('to_table', $held[0]->direction());
        self::assertStringContainsString('orders', $held[0]->reason());
        self::assertStringContainsString('Loyal', $held[0]->label());
        self::assertSame(1, $sync->state()->held());
        $this->db->pdo->exec("DELETE FROM orders WHERE id = $order");
        $sync->retry($held[0]->id());
        self::assertNull($this->db->row($id));
        self::assertSame([], $sync->held());
        self::assertCount(1, $this->exchange->items());
        self::assertSame($other, $this->exchange->items()[0]['id']);
    }

    public function testManyDeletionsInExchangeWaitForAWord(): void
    {
        $sync = $this->ready();
        $ids = $this->many($sync, 40);
        foreach (array_slice($this->exchange->items(), 0, 15) as $item) {
            $this->exchange->delete($item['id']);
        }
        foreach ([1, 2] as $_) {
            $report = $sync->pull();
            self::assertSame([0, 15], [$report->deleted(), $report->pendingDeletes()]);
            self::assertNotSame([], $report->warnings());
            self::assertSame(count($ids), $this->db->count());
        }
        $sync->pushPending();
        self::assertCount(25, $this->exchange->items());
        $report = $sync->confirmDeletes();
        self::assertSame(15, $report->deleted());
        self::assertSame(25, $this->db->count());
        self::assertSame(0, $sync->pull()->pendingDeletes());
        $this->assertSidesAgree();
    }

    public function testAFewDeletionsWaitForNobody(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        foreach (array_slice($this->exchange->items(), 0, 8) as $item) {
            $this->exchange->delete($item['id']);
        }
        self::assertSame(8, $sync->pull()->deleted());
        self::assertSame(32, $this->db->count());
    }

    public function testAnEmptiedFolderWipesNothing(): void
    {
        $sync = $this->ready();
        $this->many($sync, 30);
        $this->exchange->empty();
        $this->round($sync);
        $sync->state()->reset();
        $this->round($sync);
        self::assertSame(30, $this->db->count());
        self::assertSame([], $this->exchange->items());
    }

    public function testRowsThatVanishInMassesWaitForAWordToo(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->db->pdo->exec('DELETE FROM contacts');
        $report = $sync->pushPending();
        self::assertSame(0, $report->pushedDeletes());
        self::assertNotSame([], $report->warnings());
        self::assertCount(40, $this->exchange->items());
        $report = $sync->confirmDeletes();
        self::assertSame(40, $report->pushedDeletes());
        self::assertSame([], $this->exchange->items());
        self::assertCount(40, $this->exchange->items('deleteditems'));
    }

    public function testMovedOutAndBackIsTheSameRow(): void
    {
        $sync = $this->ready();
        $this->exchange->folder('contacts/Attic');
        [$id, $item] = $this->linked($sync, ['first_name' => 'Wanderer']);
        $order = $this->db->insert(['contact_id' => $id, 'number' => 'A-2'], 'orders');
        $moved = $this->exchange->move($item, 'contacts/Attic');
        $this->exchange->move($moved, 'contacts');
        $this->round($sync);
        self::assertSame(1, $this->db->count());
        self::assertNotNull($this->db->row($id));
        self::assertGreaterThan(0, $order);
        $this->assertSidesAgree();
    }

    public function testACopyMadeInOutlookIsAContactOfItsOwn(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Original', 'phone' => '1']);
        $copy = $this->exchange->copy($item);
        $this->exchange->edit($copy, ['GivenName' => 'Copy']);
        $this->round($sync);
        $this->round($sync);
        self::assertSame(2, $this->db->count());
        $this->assertRow(['first_name' => 'Original'], $id);
        self::assertNotNull($this->db->find('first_name', 'Copy'));
        $this->assertSidesAgree();
    }

    /**
     * @return list<int>
     */
    private function many(ExchangeContactSync $sync, int $count): array
    {
        $ids = [];
        for ($n = 0; $n < $count; $n++) {
            $ids[] = $this->db->insert(['first_name' => "Nr. $n", 'email' => "nr$n@example.com"]);
        }
        $this->round($sync);
        $this->round($sync);
        self::assertCount($count, $this->exchange->items());
        return $ids;
    }
}
