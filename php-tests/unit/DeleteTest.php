<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** A delete is never a guess. */
final class DeleteTest extends SyncTestCase
{
    /** R17, semantics 17: however it was deleted, and however the change list tells of it. */
    public function testADeletionInOutlookDoesWhatThePolicySays(): void
    {
        foreach (['delete', 'mark', 'keep'] as $policy) {
            foreach (['MoveToDeletedItems', 'SoftDelete', 'HardDelete', 'move'] as $way) {
                $this->tearDown();
                $this->setUp();
                $sync = $this->ready([
                    'contacts' => ['mark' => 'deleted_at'], 'policy' => ['remote_delete' => $policy],
                ]);
                [$id, $item] = $this->linked($sync, ['first_name' => 'Gone']);
                $way === 'move' ? $this->exchange->move($item, 'deleteditems') : $this->exchange->delete($item, $way);
                $this->round($sync);
                $row = $this->db->row($id);
                if ($policy === 'delete') {
                    self::assertNull($row, $way);
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

    /** R10, semantics 18: some servers tell of an update as a deletion and a new item. */
    public function testDeleteAndCreateInPlaceOfAnUpdateKeepsTheRow(): void
    {
        foreach ([true, false] as $stamped) {
            $this->tearDown();
            $this->setUp();
            $sync = $this->ready();
            if ($stamped) {
                [$id, $item] = $this->linked($sync, ['first_name' => 'Same', 'email' => 'same@example.com']);
                $other = $this->exchange->copy($item);
            } else {
                $item = $this->exchange->add(['GivenName' => 'Same', 'EmailAddress1' => 'same@example.com']);
                $this->round($sync);
                $id = (int) $this->db->find('first_name', 'Same')['id'];
                $other = $this->exchange->add(['GivenName' => 'Same', 'EmailAddress1' => 'same@example.com']);
            }
            $order = $this->db->insert(['contact_id' => $id, 'number' => 'A-3'], 'orders');
            $this->exchange->delete($item, 'HardDelete');
            $this->exchange->edit($other, ['JobTitle' => 'promoted']);
            $this->round($sync);
            $this->round($sync);
            self::assertSame(1, $this->db->count());
            $this->assertRow(['job_title' => 'promoted'], $id);
            self::assertGreaterThan(0, $order);
            self::assertCount(1, $this->exchange->items());
            self::assertSame([], $sync->held());
            $this->assertSidesAgree();
        }
    }

    /** R16, semantics 57: our own write whose answer was lost is no foreign edit. */
    public function testAWriteWhoseAnswerWasLostDoesNotConflictWithTheNextOne(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Edited', 'phone' => '1']);
        $this->db->update($id, ['phone' => '2']);
        $this->exchange->fault('UpdateItem', 'cut_after');
        self::assertPushed(Outcome::Queued, $sync->push($id));
        $this->assertItem(['BusinessPhone' => '2'], $item);
        $this->db->update($id, ['phone' => '3']);
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = NULL');
        $this->round($sync);
        $this->round($sync);
        $this->assertItem(['BusinessPhone' => '3'], $item);
        $this->assertRow(['phone' => '3'], $id);
        self::assertSame([], $sync->conflicts());
    }

    /** P6, P7: a foreign key forces nothing. */
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

    /** P6, semantics 30: gone on both sides is gone, and a second delete does nothing. */
    public function testADoubleDeleteIsNoTrouble(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Twice']);
        $this->db->delete($id);
        $this->exchange->delete($item);
        self::assertPushed(Outcome::Deleted, $sync->push($id));
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        $this->round($sync);
        self::assertSame([0, []], [$this->db->count(), $this->exchange->items()]);
        self::assertSame([], $sync->held());
    }

    /** R10, semantics 56: no change list tells of it, yet it is noticed. */
    public function testAnItemMadeHereAndDeletedBeforeThePullIsNoticed(): void
    {
        $sync = $this->ready();
        $id = $this->db->insert(['first_name' => 'Short-lived']);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $this->exchange->delete($this->exchange->find('GivenName', 'Short-lived')['id']);
        $this->round($sync);
        self::assertNull($this->db->row($id));
        $this->exchange->resetStats();
        $this->round($sync);
        self::assertSame(['SyncFolderItems' => 1], $this->exchange->stats()['requests']);
    }

    /** R10, semantics 16: under another id, but the same contact. */
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

    /** R5, semantics 21: a copy carries the stamp of the original. */
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
}
