<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Every way to name a folder leads to it, and a pair stays with the folder that it was joined with. */
final class WhichFolderTest extends SyncTestCase
{
    /** semantics 52: by its id. */
    public function testAFolderByItsId(): void
    {
        $this->exchange->folder('contacts/Customers');
        $id = $this->exchange->folderId('Customers');
        $sync = $this->ready(['exchange' => ['folder' => ['id' => $id]]]);
        $row = $this->db->insert(['first_name' => 'Anna']);
        self::assertPushed(Outcome::Created, $sync->push($row));
        self::assertCount(1, $this->exchange->items('contacts/Customers'));
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
        foreach (['contacts/A', 'contacts/B', ...Simulator::overGraph() ? [] : ['publicfoldersroot/A']] as $path) {
            $this->exchange->folder($path);
        }
        foreach ([&$before, &$after] as &$changes) {
            if (isset($changes['folder']['id'])) {
                $changes['folder'] = ['id' => $this->exchange->folderId($changes['folder']['id'])];
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
        yield 'another path' => [['folder' => 'contacts/A'], ['folder' => 'contacts/B'], false];
        yield 'the usual folder in place of one below it' => [['folder' => 'contacts/A'], ['folder' => 'contacts'], false];
        yield 'another id' => [['folder' => ['id' => 'A']], ['folder' => ['id' => 'B']], false];
        if (!Simulator::overGraph()) {
            yield 'a public folder that was made anew' => [['folder' => 'publicfoldersroot/A'], ['folder' => 'publicfoldersroot/A'], true];
            yield 'a public one of the same name' => [['folder' => 'contacts/A'], ['folder' => 'publicfoldersroot/A'], false];
        }
    }

    /** The wait after a failure is over by the clock of the database (R25). */
    private function waitIsOver(): void
    {
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = back_off_until - INTERVAL 2 HOUR');
    }
}
