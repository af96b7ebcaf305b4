<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** From the table to Exchange. */
final class PushTest extends SyncTestCase
{
    private const ANNA = [
        'first_name' => 'Änna', 'last_name' => "O'Neill-Świątek", 'company' => 'Muster & Söhne <AG>', 'job_title' => 'Head of "Sales"',
        'email' => 'anna@example.com', 'email2' => 'anna@home.example', 'phone' => '+49 30 1234-5', 'mobile' => '+49 170 1234567',
        'street' => "Hauptstraße 1\nHinterhaus", 'zip' => '01067', 'city' => 'Zürich', 'country' => 'Schweiz',
        'birthday' => '1969-12-31', 'notes' => "one\ntwo 🎉", 'tags' => 'VIP, Köln',
    ];

    public function testASavedRowIsInExchangeWithEveryMappedField(): void
    {
        $sync = $this->ready();
        $id = $this->db->insert(self::ANNA);
        $result = $sync->push($id);
        self::assertPushed(Outcome::Created, $result);
        self::assertTrue($result->isSynced());
        self::assertNull($result->error());
        self::assertSame((string) $id, $result->key());
        self::assertSame(0, $result->conflicts());
        self::assertCount(1, $this->exchange->items());
        $this->assertSidesAgree();
    }

    /** P8. */
    public function testOnlyWhatChangedIsSent(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::ANNA);
        $this->exchange->edit($item, ['MiddleName' => 'not mapped', 'HomePhone' => '+1 555']);
        $this->round($sync);
        $this->db->update($id, ['email' => 'anna.neu@example.com', 'city' => 'Bern']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertItem([
            'EmailAddress1' => 'anna.neu@example.com', 'EmailAddress2' => 'anna@home.example', 'BusinessAddress.City' => 'Bern',
            'BusinessAddress.Street' => self::ANNA['street'], 'MiddleName' => 'not mapped', 'HomePhone' => '+1 555',
        ], $item);
        $this->assertSidesAgree();
    }

    /** semantics 33. */
    public function testEveryFieldCanBeClearedWithNullAndWithAnEmptyText(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, self::ANNA);
        foreach (self::MAP as $column => $property) {
            if ($column === 'last_name') {
                continue;
            }
            foreach ($column === 'birthday' ? [null] : [null, ''] as $empty) {
                $this->db->update($id, [$column => $empty]);
                self::assertPushed(Outcome::Updated, $sync->push($id));
                if (Simulator::overGraph() && $property === 'EmailAddress1') {
                    // The list has closed up: in which slot the other one is now, is the row's to know.
                    $this->assertItem([$property => self::ANNA['email2']], $item);
                } else {
                    $this->assertItem([$property => null], $item);
                }
                $this->assertItem(['Surname' => self::ANNA['last_name']], $item);
                $this->db->update($id, [$column => self::ANNA[$column]]);
                self::assertPushed(Outcome::Updated, $sync->push($id));
            }
        }
        $this->assertSidesAgree();
    }

    /** semantics 30: once. */
    public function testADeletedRowTakesItsItemToDeletedItems(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, self::ANNA);
        $this->db->delete($id);
        self::assertPushed(Outcome::Deleted, $sync->push($id));
        self::assertSame([], $this->exchange->items());
        self::assertCount(1, $this->exchange->items('deleteditems'));
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        self::assertSame(0, $sync->state()->linked());
    }

    /** P4. */
    public function testNothingIsSentWhenNothingChanged(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, self::ANNA);
        $this->db->update($id, ['rating' => 5]);
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        self::assertSame(0, $this->exchange->stats()['total']);
    }

    public function testAWarmPushOfAChangedContactIsOneRequest(): void
    {
        $sync = $this->ready();
        [$id] = $this->linked($sync, self::ANNA);
        // The first update of a pair finds out whether the server looks at versions.
        $this->db->update($id, ['mobile' => '+49 170 98']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->exchange->resetStats();
        $this->db->update($id, ['mobile' => '+49 170 99']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $stats = $this->exchange->stats();
        self::assertSame(1, $stats['total'], json_encode($stats));
        self::assertSame(1, $stats['requests']['UpdateItem'] ?? 0);
    }

    /** R19. */
    public function testANumberAndItsTextAreTheSameRow(): void
    {
        $sync = $this->ready();
        $id = $this->db->insert(self::ANNA);
        self::assertPushed(Outcome::Created, $sync->push((string) $id));
        self::assertPushed(Outcome::Unchanged, $sync->push($id));
        self::assertCount(1, $this->exchange->items());
    }

    public function testARowThatNeverWasIsNothingToDo(): void
    {
        $sync = $this->ready();
        self::assertPushed(Outcome::Unchanged, $sync->push(4711));
        self::assertSame([], $this->exchange->items());
    }

    public function testTextAndUuidKeys(): void
    {
        $this->db->pdo->exec('CREATE TABLE people (uuid CHAR(36) NOT NULL PRIMARY KEY, given VARCHAR(50), family VARCHAR(50))');
        $sync = $this->ready(['contacts' => [
            'table' => 'people', 'key' => 'uuid', 'modified' => null, 'map' => ['given' => 'GivenName', 'family' => 'Surname'],
        ]]);
        $key = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
        $this->db->insert(['uuid' => $key, 'given' => 'Ada', 'family' => 'Lovelace'], 'people');
        self::assertPushed(Outcome::Created, $sync->push($key));
        $item = $this->exchange->find('Surname', 'Lovelace');
        $this->exchange->edit($item['id'], ['GivenName' => 'Augusta Ada']);
        $this->round($sync);
        self::assertSame('Augusta Ada', $this->db->pdo->query('SELECT given FROM people')->fetchColumn());
        // A column for UUIDs gets one for a new item; for any other text key without a default there is nothing to write.
        $this->exchange->add(['GivenName' => 'Grace', 'Surname' => 'Hopper']);
        $this->round($sync);
        $new = $this->db->pdo->query("SELECT uuid FROM people WHERE family = 'Hopper'")->fetchColumn();
        self::assertMatchesRegularExpression('/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/', $new);
        $this->db->pdo->prepare('DELETE FROM people WHERE uuid = ?')->execute([$new]);
        self::assertPushed(Outcome::Deleted, $sync->push($new));
        self::assertCount(1, $this->exchange->items());
    }

    /** P6. */
    public function testATextKeyWithoutADefaultHoldsNewItems(): void
    {
        $this->db->pdo->exec('CREATE TABLE codes (code VARCHAR(20) NOT NULL PRIMARY KEY, given VARCHAR(50))');
        $sync = $this->ready(['contacts' => ['table' => 'codes', 'key' => 'code', 'modified' => null, 'map' => ['given' => 'GivenName']]]);
        $this->db->insert(['code' => 'A+/=ä 1', 'given' => 'Odd key'], 'codes');
        self::assertPushed(Outcome::Created, $sync->push('A+/=ä 1'));
        $this->exchange->add(['GivenName' => 'Keyless']);
        $report = $sync->pull();
        self::assertSame([0, 1], [$report->inserted(), $report->held()]);
        self::assertSame(1, $this->db->count('codes'));
        self::assertStringContainsString('code', $sync->held()[0]->reason());
    }

    public function testPushPendingDeliversInTheOrderOfTheEdits(): void
    {
        $sync = $this->ready();
        for ($n = 1; $n <= 25; $n++) {
            $this->db->insert(['first_name' => "Nr. $n", 'email' => "n$n@example.com"]);
        }
        self::assertSame(25, $sync->state()->pending());
        $seen = [];
        $report = $sync->pushPending(function (string $stage, int $done, ?int $total) use (&$seen): void {
            $seen[] = [$stage, $done];
        });
        self::assertSame(25, $report->created());
        self::assertTrue($report->complete());
        self::assertSame(0, $report->queued());
        self::assertSame(0, $sync->state()->pending());
        self::assertNotSame([], $seen);
        self::assertSame(['push'], array_values(array_unique(array_column($seen, 0))));
        self::assertSame(25, max(array_column($seen, 1)));
        $this->assertSidesAgree();
    }
}
