<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Trouble;

/** Exchange's own mark of what it has told: lost, damaged, refused, repeated. Never a wipe, never a duplicate. */
final class CursorTest extends SyncTestCase
{
    /**
     * R11, semantics 6, 7: whatever became of the cursor, what was deleted and edited meanwhile is all that happens.
     *
     * @dataProvider losses
     */
    public function testALostCursorBringsExactlyWhatChanged(string $way, int $pageSize): void
    {
        $sync = $this->ready(['exchange' => ['page_size' => $pageSize]]);
        $this->many($sync, 12);
        for ($n = 0; $n < 8; $n++) {
            $this->exchange->add(['GivenName' => "There $n", 'MobilePhone' => "$n"]);
        }
        $this->round($sync);
        $this->exchange->folder('contacts/Elsewhere');
        $this->exchange->delete($this->item('Nr. 1'));
        $this->exchange->delete($this->item('There 2'), 'HardDelete');
        $this->exchange->move($this->item('Nr. 3'), 'contacts/Elsewhere');
        $this->exchange->edit($this->item('Nr. 4'), ['BusinessPhone' => 'edited']);
        $this->exchange->edit($this->item('There 5'), ['Surname' => 'Edited']);
        $expected = $this->rows();
        unset($expected['Nr. 1'], $expected['There 2'], $expected['Nr. 3']);
        $expected['Nr. 4']['phone'] = 'edited';
        $expected['There 5']['last_name'] = 'Edited';
        $this->lose($sync, $way);
        $this->exchange->resetStats();

        $report = $this->round($sync);
        self::assertSame(
            [0, 2, 3, 0, 0],
            [$report->inserted(), $report->updated(), $report->deleted(), $report->held(), $report->conflicts()],
        );
        self::assertSame($expected, $this->rows());
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame(17, $sync->state()->linked());
        $this->assertSidesAgree();

        // Once more with nothing to tell, then silence.
        $before = $this->db->fingerprint();
        $this->lose($sync, $way);
        $this->round($sync);
        self::assertSame(0, $this->round($sync)->fetched());
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** @return iterable<string, array{string, int}> */
    public function losses(): iterable
    {
        foreach ([
            'refused', 'cut off', 'cut off unnoticed', 'of another folder', 'of another kind of server', 'no text at all', 'forgotten here',
            'silently restarted', 'garbage that the server takes', 'cut off, and the server takes it', 'of another folder, and the server takes it',
        ] as $way) {
            yield "$way, on one page" => [$way, 512];
            yield "$way, in small pages" => [$way, 3];
        }
    }

    private function lose(ExchangeContactSync $sync, string $way): void
    {
        match ($way) {
            'refused' => $this->modes(['forgetStates' => true]),
            'cut off' => $this->putCursor(substr((string) $sync->state()->cursor(), 0, -150)),
            'cut off unnoticed' => $this->db->pdo->exec('UPDATE ecs_pairs SET cursor_text = LEFT(cursor_text, LENGTH(cursor_text) - 150)'),
            'of another folder' => $this->putCursor($this->cursorOfAnotherFolder()),
            'of another kind of server' => $this->putCursor('https://graph.example.com/delta?token=1', 'graph'),
            'no text at all' => $this->putCursor("\xff\0<&>"),
            'forgotten here' => $sync->state()->reset(),
            'silently restarted' => $this->modes(['silentRestarts' => 1]),
            'garbage that the server takes' => [$this->modes(['restartOnGarbage' => true]), $this->putCursor('H4sIAAAA')],
            'cut off, and the server takes it' => [
                $this->modes(['restartOnGarbage' => true]),
                $this->db->pdo->exec('UPDATE ecs_pairs SET cursor_text = LEFT(cursor_text, LENGTH(cursor_text) - 150)'),
            ],
            'of another folder, and the server takes it' => [
                $this->modes(['restartOnGarbage' => true]), $this->putCursor($this->cursorOfAnotherFolder()),
            ],
        };
    }

    /** R11, P10: the server loses its memory between two pages of a list. */
    public function testACursorThatIsRefusedInTheMiddle(): void
    {
        $sync = $this->ready(['exchange' => ['page_size' => 3]]);
        $this->many($sync, 20);
        for ($n = 0; $n < 12; $n++) {
            $this->exchange->edit($this->item("Nr. $n"), ['BusinessPhone' => "edit $n"]);
            $this->exchange->add(['GivenName' => "New $n", 'MobilePhone' => "$n"]);
        }
        $this->exchange->delete($this->item('Nr. 19'));
        $pages = 0;
        $report = $sync->pull(function () use (&$pages): void {
            if (++$pages === 3) {
                $this->modes(['forgetStates' => true]);
            }
        });
        self::assertTrue($report->complete());
        self::assertSame([12, 12, 1], [$report->inserted(), $report->updated(), $report->deleted()]);
        self::assertSame(31, $this->db->count());
        $this->assertSidesAgree();
    }

    /** R11: a server that takes no cursor at all: every pull comes to an end, compares, and neither wipes nor doubles anything. */
    public function testAServerThatRefusesEveryCursor(): void
    {
        foreach ([512, 3] as $pageSize) {
            $this->tearDown();
            $this->setUp();
            $sync = $this->ready(['exchange' => ['page_size' => $pageSize]]);
            $this->many($sync, 12);
            $this->exchange->trouble('SyncFolderItems', Trouble::CursorLost, null);
            $this->exchange->edit($this->item('Nr. 1'), ['BusinessPhone' => 'edited']);
            $this->exchange->delete($this->item('Nr. 2'));
            $this->exchange->add(['GivenName' => 'New']);
            for ($round = 0; $round < 3; $round++) {
                $this->exchange->resetStats();
                try {
                    $sync->pull();
                } catch (ExchangeException $refused) {
                    self::assertStringContainsString(Trouble::CursorLost->code(), $refused->getMessage());
                    $this->waitIsOver();
                }
                self::assertLessThan(30, $this->exchange->stats()['total']);
                self::assertSame(0, $this->exchange->stats()['writes']);
            }
            self::assertNotNull($this->db->find('first_name', 'Nr. 3'));
            self::assertLessThanOrEqual(13, $this->db->count());
            $this->exchange->noFaults();
            $this->round($sync);
            self::assertSame('edited', $this->db->find('first_name', 'Nr. 1')['phone']);
            self::assertSame([12, 12], [$this->db->count(), $sync->state()->linked()]);
            $this->assertSidesAgree();
        }
    }

    /** Semantics 2: "more", and the cursor stands still, twice: the pull ends, says so, and the next one goes on. */
    public function testACursorThatIsRepeated(): void
    {
        $sync = $this->ready(['exchange' => ['page_size' => 3]]);
        $this->many($sync, 4);
        for ($n = 0; $n < 10; $n++) {
            $this->exchange->add(['GivenName' => "New $n"]);
        }
        foreach ([2, 1_000] as $times) {
            $this->modes(['repeatStates' => $times]);
            $this->exchange->resetStats();
            $report = $sync->pull();
            self::assertTrue($report->complete());
            self::assertStringContainsString('did not move its cursor', implode("\n", $report->warnings()));
            self::assertLessThan(12, $this->exchange->stats()['total']);
            self::assertLessThanOrEqual(3, $report->inserted());
        }
        $before = $this->db->count();
        self::assertGreaterThanOrEqual(7, $before);
        $this->modes(['repeatStates' => 0]);
        $report = $this->round($sync);
        self::assertSame([14 - $before, []], [$report->inserted(), $report->warnings()]);
        self::assertSame([14, 14], [$this->db->count(), $sync->state()->linked()]);
        // In the middle of the first list of all.
        $sync->state()->reset();
        $this->modes(['repeatStates' => 2]);
        $this->round($sync);
        $this->round($sync);
        self::assertSame([14, 14], [$this->db->count(), $sync->state()->linked()]);
        $this->assertSidesAgree();
    }

    /** R11, P10: an old cursor tells once more what is long done. */
    public function testAnOldCursorChangesNothing(): void
    {
        $sync = $this->ready();
        $this->many($sync, 10);
        $old = $sync->state();
        $this->exchange->edit($this->item('Nr. 1'), ['BusinessPhone' => 'edited']);
        $this->exchange->delete($this->item('Nr. 2'));
        $this->exchange->add(['GivenName' => 'New']);
        $this->db->insert(['first_name' => 'Ours']);
        $this->round($sync);
        $this->round($sync);
        $before = $this->db->fingerprint();
        $this->exchange->resetStats();
        $sync->restore($old);
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->inserted(), $report->updated(), $report->deleted()]);
        self::assertSame(0, $this->round($sync)->fetched());
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame([0, 11], [$this->exchange->stats()['writes'], $sync->state()->linked()]);
    }

    private function item(string $name): string
    {
        $item = $this->exchange->find('GivenName', $name);
        self::assertNotNull($item, $name);
        return $item['id'];
    }

    /**
     * @return array<string, array<string, mixed>> all rows by first name, without the time of their last change
     */
    private function rows(): array
    {
        $rows = [];
        foreach ($this->db->pdo->query('SELECT * FROM contacts ORDER BY id')->fetchAll() as $row) {
            unset($row['updated_at']);
            self::assertArrayNotHasKey($row['first_name'], $rows);
            $rows[$row['first_name']] = $row;
        }
        return $rows;
    }

    /**
     * @param array<string, mixed> $modes
     */
    private function modes(array $modes): void
    {
        $this->exchange->call('POST', '/modes', $modes);
    }

    private function putCursor(string $text, string $kind = 'ews'): void
    {
        $statement = $this->db->pdo->prepare('UPDATE ecs_pairs SET cursor_kind = ?, cursor_text = ?, cursor_hash = ?');
        $statement->execute([$kind, $text, hash('sha256', "$kind\0$text", true)]);
    }

    /** The cursor of another folder of the same mailbox, as another system has it. */
    private function cursorOfAnotherFolder(): string
    {
        $there = new Database();
        $sync = $this->sync(['mysql' => $there->url(), 'exchange' => ['folder' => 'contacts/Elsewhere']]);
        $sync->install();
        $this->round($sync);
        $cursor = (string) $sync->state()->cursor();
        $there->drop();
        return $cursor;
    }

    /** The wait after a failure is over by the clock of the database (R25). */
    private function waitIsOver(): void
    {
        $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = back_off_until - INTERVAL 2 HOUR');
    }
}
