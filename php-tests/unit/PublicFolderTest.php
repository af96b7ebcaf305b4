<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Folders that belong to everybody. Over EWS only: Graph does not reach them. */
final class PublicFolderTest extends SyncTestCase
{
    private const PUBLIC = 'publicfoldersroot/Sales/Customers';

    /** semantics 13: a public folder, which has no change lists and no folder of deleted items, is kept like any other. */
    public function testAPublicFolder(): void
    {
        $this->exchange->folder('publicfoldersroot/Sales');
        $sync = $this->ready(['exchange' => ['folder' => self::PUBLIC, 'create_folder' => true]]);
        $ids = array_map(fn (int $n): int => $this->db->insert(['first_name' => "Nr. $n"]), range(0, 3));
        self::assertPushed(Outcome::Created, $sync->push($ids[0]));
        $this->exchange->add(['GivenName' => 'From Outlook'], self::PUBLIC);
        $this->round($sync);
        self::assertCount(5, $this->exchange->items(self::PUBLIC));
        self::assertSame([], $this->exchange->items());
        self::assertNotNull($this->db->find('first_name', 'From Outlook'));
        $this->exchange->edit($this->exchange->find('GivenName', 'Nr. 1', self::PUBLIC)['id'], ['BusinessPhone' => 'there']);
        $this->exchange->delete($this->exchange->find('GivenName', 'Nr. 2', self::PUBLIC)['id'], 'HardDelete');
        $this->db->delete($ids[0]);
        $this->round($sync);
        $this->assertRow(['phone' => 'there'], $ids[1]);
        self::assertNull($this->db->row($ids[2]));
        self::assertNull($this->exchange->find('GivenName', 'Nr. 0', self::PUBLIC));
        self::assertCount(3, $this->exchange->items(self::PUBLIC));
        $before = $this->db->fingerprint();
        $this->exchange->resetStats();
        $this->round($sync);
        self::assertSame([0, $before], [$this->exchange->stats()['writes'], $this->db->fingerprint()]);
    }

    /** semantics 13, 52: by its id, whoever's it is. */
    public function testAFolderByItsId(): void
    {
        $this->exchange->folder('publicfoldersroot/Customers');
        $id = $this->exchange->folderId('Customers');
        $sync = $this->ready(['exchange' => ['folder' => ['id' => $id]]]);
        $row = $this->db->insert(['first_name' => 'Anna']);
        self::assertPushed(Outcome::Created, $sync->push($row));
        self::assertCount(1, $this->exchange->items('publicfoldersroot/Customers'));
    }
}
