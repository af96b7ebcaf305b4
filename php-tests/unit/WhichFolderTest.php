<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Every way to name a folder leads to it, and a pair stays with the folder that it was joined with. */
final class WhichFolderTest extends SyncTestCase
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
        $id = $this->idOf('Customers');
        $sync = $this->ready(['exchange' => ['folder' => ['id' => $id]]]);
        $row = $this->db->insert(['first_name' => 'Anna']);
        self::assertPushed(Outcome::Created, $sync->push($row));
        self::assertCount(1, $this->exchange->items('publicfoldersroot/Customers'));
    }

    /**
     * R19, P7, semantics 52: after the first contact nothing is taken from or written to another folder, whichever way it is named.
     *
     * @dataProvider strangers
     *
     * @param array<string, mixed> $before
     * @param array<string, mixed> $after
     */
    public function testAnotherFolderStopsEverything(array $before, array $after, bool $madeAnew): void
    {
        foreach (['contacts/A', 'contacts/B', 'publicfoldersroot/A'] as $path) {
            $this->exchange->folder($path);
        }
        foreach ([&$before, &$after] as &$changes) {
            if (isset($changes['folder']['id'])) {
                $changes['folder'] = ['id' => $this->idOf($changes['folder']['id'])];
            }
        }
        unset($changes);
        $sync = $this->ready(['pair' => 'people', 'exchange' => $before]);
        $id = $this->db->insert(['first_name' => 'Anna']);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $this->round($sync);
        if ($madeAnew) {
            $this->exchange->call('POST', '/folders/delete', ['path' => $before['folder']]);
            $this->exchange->folder($before['folder']);
        }
        $this->db->update($id, ['phone' => 'edited']);
        $fingerprint = $this->db->fingerprint();
        $this->exchange->resetStats();
        $other = $this->sync(['pair' => 'people', 'exchange' => $after]);
        foreach (['pull', 'sync'] as $call) {
            $said = self::thrown(ExchangeContactSync\Exception::class, fn () => $other->$call())->getMessage();
            self::assertStringContainsString('folder', $said, $call);
            $this->waitIsOver();
        }
        foreach (['pushPending', 'push'] as $call) {
            try {
                $call === 'push' ? $other->push($id) : $other->pushPending();
            } catch (ExchangeContactSync\Exception) {
                // It may find out, too; that nothing is written is what counts.
            }
            $this->waitIsOver();
        }
        self::assertSame([0, $fingerprint], [$this->exchange->stats()['writes'], $this->db->fingerprint()]);
    }

    /** @return iterable<string, array{array<string, mixed>, array<string, mixed>, bool}> */
    public function strangers(): iterable
    {
        yield 'a path whose folder was made anew' => [['folder' => 'contacts/A'], ['folder' => 'contacts/A'], true];
        yield 'a public folder that was made anew' => [['folder' => 'publicfoldersroot/A'], ['folder' => 'publicfoldersroot/A'], true];
        yield 'another path' => [['folder' => 'contacts/A'], ['folder' => 'contacts/B'], false];
        yield 'the usual folder in place of one below it' => [['folder' => 'contacts/A'], ['folder' => 'contacts'], false];
        yield 'a public one of the same name' => [['folder' => 'contacts/A'], ['folder' => 'publicfoldersroot/A'], false];
        yield 'another id' => [['folder' => ['id' => 'A']], ['folder' => ['id' => 'B']], false];
    }

    /** The wait after a failure is over by the clock of the database (R25). */
    private function waitIsOver(): void
    {
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = back_off_until - INTERVAL 2 HOUR');
    }

    private function idOf(string $name): string
    {
        $folders = $this->exchange->call('GET', '/folders')['folders'];
        return array_column($folders, 'id', 'name')[$name];
    }
}
