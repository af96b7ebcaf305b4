<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** What disappears or changes in the table in masses, past the triggers or not, waits for a person's word. */
final class GuardOutwardTest extends SyncTestCase
{
    /** R9: an import that failed begins with this. */
    public function testRowsThatAreDeletedInMassesWaitForAWord(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->db->pdo->exec('DELETE FROM contacts');
        $this->assertWaits($sync, 40, 40);
        $report = $sync->confirmDeletes();
        self::assertSame(40, $report->pushedDeletes());
        self::assertSame([], $this->exchange->items());
        self::assertCount(40, $this->exchange->items('deleteditems'));
    }

    /** R9, R12: no trigger hears of it. */
    public function testATruncatedTableWaitsForAWord(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->truncate();
        $this->assertWaits($sync, 40, 40);
        self::assertSame(40, $sync->confirmDeletes()->pushedDeletes());
        $this->round($sync);
        self::assertSame([0, []], [$this->db->count(), $this->exchange->items()]);
    }

    /** R9, R12: the rolling comparison looks at a thousand at a time, which is less than the share; all of them are counted. */
    public function testALargeTableIsNotEmptiedSliceBySlice(): void
    {
        $sync = $this->ready();
        $this->exchange->seed(5200);
        $this->round($sync);
        self::assertSame(5200, $this->db->count());
        $this->truncate();
        for ($n = 0; $n < 3; $n++) {
            self::assertSame([0, 5200], [($report = $this->round($sync))->pushedDeletes(), $report->pendingDeletes()]);
        }
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** R9, R12: a foreign key deletes, and no trigger hears of it. */
    public function testRowsThatAForeignKeyDeletesWaitForAWord(): void
    {
        $this->db->pdo->exec('CREATE TABLE firms (id INT PRIMARY KEY)');
        $this->db->pdo->exec('INSERT INTO firms VALUES (1), (2)');
        $this->db->pdo->exec('ALTER TABLE contacts ADD firm INT NULL, ADD FOREIGN KEY (firm) REFERENCES firms (id) ON DELETE CASCADE');
        $sync = $this->ready();
        $ids = $this->many($sync, 40);
        $this->db->pdo->exec('UPDATE contacts SET firm = IF(id <= ' . $ids[3] . ', 1, 2)');
        $this->round($sync);
        $this->db->pdo->exec('DELETE FROM firms WHERE id = 1');
        self::assertSame(4, $this->round($sync)->pushedDeletes(), 'a few are delivered');
        $this->db->pdo->exec('DELETE FROM firms');
        $this->assertWaits($sync, 36, 36);
        self::assertSame(36, $sync->confirmDeletes()->pushedDeletes());
        self::assertSame([], $this->exchange->items());
    }

    /** R9: rows that vanish after the report are asked about again. */
    public function testTheWordCoversTheRowsThatWereShown(): void
    {
        $sync = $this->ready();
        $ids = $this->many($sync, 60);
        $this->db->pdo->exec("DELETE FROM contacts WHERE id < {$ids[20]}");
        self::assertSame(20, $sync->pushPending()->pendingDeletes());
        $this->db->pdo->exec("DELETE FROM contacts WHERE id < {$ids[40]}");
        self::assertSame(20, $sync->confirmDeletes()->pushedDeletes());
        $this->assertWaits($sync, 20, 40);
        self::assertSame(20, $sync->confirmDeletes()->pushedDeletes());
        self::assertSame(0, $sync->confirmDeletes()->pushedDeletes());
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** R9: without a question there is no answer. */
    public function testAWordThatNobodyAskedForCoversNothing(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->db->pdo->exec('DELETE FROM contacts');
        self::assertSame(0, $sync->confirmDeletes()->pushedDeletes());
        self::assertCount(40, $this->exchange->items());
    }

    /** R9, R12: a dump from before some contacts were made. */
    public function testRowsThatARestoreLacksWaitForAWord(): void
    {
        $sync = $this->ready();
        $this->many($sync, 25);
        $this->backup();
        $this->many($sync, 15);
        $this->restore();
        $this->assertWaits($sync, 15, 40);
        // The rows are found after all.
        $this->db->pdo->exec('INSERT INTO contacts SELECT * FROM lately WHERE id NOT IN (SELECT id FROM backup)');
        $report = $this->round($sync);
        self::assertSame([0, 0], [$report->pushedDeletes(), $report->pendingDeletes()]);
        $this->assertSidesAgree();
    }

    /** R12, R25: old values are back, and nobody edited anything. */
    public function testTheOldValuesOfARestoreWaitForAWord(): void
    {
        $sync = $this->ready();
        $ids = $this->many($sync, 40);
        $this->backup();
        $this->db->pdo->exec("UPDATE contacts SET company = 'New Ltd'");
        $this->round($sync);
        $this->restore();
        $before = $this->exchange->items();
        for ($n = 0; $n < 3; $n++) {
            $report = $this->round($sync);
            self::assertStringContainsString('40 of 40', implode($report->warnings()));
            self::assertStringContainsString('confirmDeletes()', implode($report->warnings()));
            self::assertSame($before, $this->exchange->items());
        }
        // An edit in Outlook is merged by the usual rules meanwhile, and a push is a word for its row.
        $item = $this->exchange->find('GivenName', 'Nr. 0')['id'];
        $this->exchange->edit($item, ['JobTitle' => 'promoted']);
        $this->round($sync);
        $this->assertRow(['job_title' => 'promoted', 'company' => null], $ids[0]);
        $this->assertItem(['CompanyName' => null], $item);
        self::assertPushed(Outcome::Updated, $sync->push($ids[1]));
        self::assertStringContainsString('38 of 40', implode($this->round($sync)->warnings()));
        self::assertSame(38, $sync->confirmDeletes()->pushedUpdates());
        self::assertSame([], $this->round($sync)->warnings());
        $this->assertSidesAgree();
    }

    /** R12, R25: the dump had no triggers. */
    public function testARestoreThatLostTheTriggersWaitsForAWord(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->backup();
        $this->db->pdo->exec("UPDATE contacts SET company = 'New Ltd'");
        $this->round($sync);
        foreach (array_column($this->db->pdo->query("SHOW TRIGGERS LIKE 'contacts'")->fetchAll(), 'Trigger') as $trigger) {
            $this->db->pdo->exec("DROP TRIGGER `$trigger`");
        }
        $this->db->pdo->exec('UPDATE contacts JOIN backup USING (id) SET contacts.company = backup.company');
        $this->exchange->resetStats();
        // What is known of the table is kept for a minute; another process looks anew.
        $printed = $this->php('echo implode("\n", (new ExchangeContactSync(json_decode(getenv("CONFIG"), true)))->sync()->warnings());');
        self::assertStringContainsString('triggers on the contacts table are missing', $printed);
        self::assertStringContainsString('40 of 40', $printed);
        $sync->install();
        self::assertStringContainsString('40 of 40', implode($this->round($sync)->warnings()));
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame(40, $sync->confirmDeletes()->pushedUpdates());
        $this->assertSidesAgree();
    }

    /** R12: a few changes that no trigger noted are delivered as they are found. */
    public function testAFewUnnotedChangesAreDelivered(): void
    {
        $sync = $this->ready();
        $this->many($sync, 40);
        $this->pastTheTriggers(fn () => $this->db->pdo->exec("UPDATE contacts SET company = 'Quiet' LIMIT 8"));
        $this->round($sync);
        self::assertCount(8, array_filter($this->exchange->items(), static fn (array $item): bool => isset($item['fields']['CompanyName'])));
        $this->assertSidesAgree();
    }

    /** R17: fewer rows are meant from now on; nothing is deleted on either side, with and without new triggers. */
    public function testANarrowedScopeDetachesAndDeletesNothing(): void
    {
        foreach ([true, false] as $installs) {
            $this->tearDown();
            $this->setUp();
            $this->many($this->ready(), 40);
            $this->db->pdo->exec('UPDATE contacts SET account_id = 8 WHERE id % 2');
            $before = $this->db->fingerprint();
            $sync = $this->sync(['contacts' => ['scope' => ['account_id' => 7]]]);
            if ($installs) {
                $sync->install();
            }
            $detached = $this->round($sync)->detached() + $this->round($sync)->detached();
            self::assertSame(20, $detached);
            self::assertSame($before, $this->db->fingerprint());
            self::assertCount(40, $this->exchange->items());
            $this->exchange->resetStats();
            $this->db->pdo->exec("UPDATE contacts SET company = 'Theirs' WHERE account_id = 8");
            $this->round($sync);
            self::assertSame(0, $this->exchange->stats()['writes']);
        }
    }

    private function assertWaits(ExchangeContactSync $sync, int $waiting, int $items): void
    {
        for ($n = 0; $n < 2; $n++) {
            $report = $this->round($sync);
            self::assertSame([0, $waiting], [$report->pushedDeletes(), $report->pendingDeletes()]);
            self::assertNotSame([], $report->warnings());
            self::assertCount($items, $this->exchange->items());
        }
    }

    private function truncate(): void
    {
        $this->db->pdo->exec('SET FOREIGN_KEY_CHECKS = 0');
        $this->db->pdo->exec('TRUNCATE contacts');
        $this->db->pdo->exec('SET FOREIGN_KEY_CHECKS = 1');
    }

    private function backup(): void
    {
        $this->db->pdo->exec('CREATE TABLE backup AS SELECT * FROM contacts');
    }

    /** As a dump is read: the rows first, the triggers after them. */
    private function restore(): void
    {
        $this->db->pdo->exec('CREATE TABLE lately AS SELECT * FROM contacts');
        $this->pastTheTriggers(function (): void {
            $this->db->pdo->exec('DELETE FROM contacts');
            $this->db->pdo->exec('INSERT INTO contacts SELECT * FROM backup');
        });
    }

    private function pastTheTriggers(callable $write): void
    {
        $triggers = array_column($this->db->pdo->query("SHOW TRIGGERS LIKE 'contacts'")->fetchAll(), 'Trigger');
        self::assertNotSame([], $triggers);
        $create = [];
        foreach ($triggers as $trigger) {
            $create[] = $this->db->pdo->query("SHOW CREATE TRIGGER `$trigger`")->fetch()['SQL Original Statement'];
            $this->db->pdo->exec("DROP TRIGGER `$trigger`");
        }
        $write();
        foreach ($create as $sql) {
            $this->db->pdo->exec($sql);
        }
    }
}
