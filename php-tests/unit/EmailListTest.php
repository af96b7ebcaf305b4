<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Contacts with a list of e-mail addresses of any length, in every place where an app may keep one. Over EWS only, which alone has slots. */
final class EmailListTest extends SyncTestCase
{
    private const FIVE = ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', 'e@x.example'];

    private const LINE = 'Further e-mail addresses: ';

    private const FOREIGN = [
        'EmailAddress2' => '/o=Org/ou=Exchange Administrative Group/cn=Recipients/cn=erika',
        'EmailAddress2.RoutingType' => 'EX',
        'EmailAddress2.Name' => 'Erika Muster',
        'EmailAddress2.MailboxType' => 'Mailbox',
        'EmailAddress2.OriginalDisplayName' => 'Erika Muster',
        'EmailAddress2.OriginalEntryId' => 'AAAAANynQMjAQhAatLkIACsv4YIBAAAA',
    ];

    protected function setUp(): void
    {
        parent::setUp();
        $this->db->pdo->exec('CREATE TABLE contact_emails (contact_id INT UNSIGNED NOT NULL, email VARCHAR(190) NOT NULL, KEY (contact_id))');
        $this->db->pdo->exec('ALTER TABLE contacts ADD data JSON NULL, ADD emails TEXT NULL');
    }

    /**
     * @param 'child'|'json'|'text' $place
     * @param array<string, mixed>  $policy
     */
    private function started(string $place, array $policy = []): ExchangeContactSync
    {
        $map = ['first_name' => 'GivenName', 'phone' => 'BusinessPhone', 'notes' => 'Body'];
        $contacts = match ($place) {
            'child' => ['children' => [['table' => 'contact_emails', 'contact' => 'contact_id', 'value' => 'email', 'list' => 'EmailAddresses']]],
            'json' => ['map' => ['data->emails' => 'EmailAddresses']],
            'text' => ['map' => ['emails' => 'EmailAddresses']],
        };
        $contacts['map'] = $map + ($contacts['map'] ?? []);
        return $this->ready(['contacts' => $contacts, 'policy' => $policy]);
    }

    /**
     * @param list<string> $emails
     */
    private function write(string $place, int $id, array $emails): void
    {
        if ($place === 'child') {
            // As apps do: all rows of the contact are written anew.
            $this->db->pdo->prepare('DELETE FROM contact_emails WHERE contact_id=?')->execute([$id]);
            foreach ($emails as $email) {
                $this->db->pdo->prepare('INSERT INTO contact_emails VALUES (?, ?)')->execute([$id, $email]);
            }
            return;
        }
        $this->db->update($id, match ($place) {
            'json' => ['data' => json_encode(['theme' => 'dark', 'emails' => $emails], JSON_THROW_ON_ERROR)],
            'text' => ['emails' => implode(', ', $emails)],
        });
    }

    /**
     * @return list<string> sorted
     */
    private function held(string $place, int $id): array
    {
        $row = $this->db->row($id);
        $emails = match ($place) {
            'child' => $this->db->pdo->query("SELECT email FROM contact_emails WHERE contact_id=$id")->fetchAll(\PDO::FETCH_COLUMN),
            'json' => json_decode((string) $row['data'], true, 8, JSON_THROW_ON_ERROR)['emails'] ?? [],
            'text' => preg_split('/\s*,\s*/', (string) $row['emails'], -1, PREG_SPLIT_NO_EMPTY),
        };
        sort($emails);
        return $emails;
    }

    /**
     * A new contact that both sides agree on.
     *
     * @param list<string> $emails
     *
     * @return array{int, string} row key and item id
     */
    private function contact(ExchangeContactSync $sync, string $place, array $emails): array
    {
        $id = $this->db->insert(['first_name' => 'Anna', 'notes' => 'A note']);
        $this->write($place, $id, $emails);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = $this->exchange->find('GivenName', 'Anna');
        self::assertNotNull($item);
        $this->round($sync);
        $this->exchange->resetStats();
        return [$id, $item['id']];
    }

    /**
     * @return array{?string, ?string, ?string}
     */
    private function slots(string $item): array
    {
        $fields = $this->exchange->item($item)['fields'];
        return array_map(static fn (int $n): ?string => $fields["EmailAddress$n"] ?? null, [1, 2, 3]);
    }

    private function assertQuiet(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        for ($n = 0; $n < 3; $n++) {
            $report = $this->round($sync);
            self::assertSame([0, 0, 0], [$report->fetched(), $report->updated(), $report->pushedUpdates()]);
        }
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame($before, $this->db->fingerprint());
    }

    /** @return iterable<string, array{'child'|'json'|'text'}> */
    public function places(): iterable
    {
        yield 'a child table' => ['child'];
        yield 'a JSON array' => ['json'];
        yield 'a delimited column' => ['text'];
    }

    /**
     * semantics 35, 45, P4, user-pains 20: edits of both sides meet, and what stays keeps its slot.
     *
     * @dataProvider places
     */
    public function testBothSidesEditTheList(string $place): void
    {
        $sync = $this->started($place);
        [$id, $item] = $this->contact($sync, $place, ['a@x.example', 'b@x.example', 'c@x.example']);
        self::assertSame(['a@x.example', 'b@x.example', 'c@x.example'], $this->slots($item));
        // Here b goes and d comes, in another order; in Outlook c goes.
        $this->write($place, $id, ['d@x.example', 'c@x.example', 'a@x.example']);
        $this->exchange->edit($item, ['EmailAddress3' => null]);
        $this->round($sync);
        $this->round($sync);
        self::assertSame(['a@x.example', 'd@x.example'], $this->held($place, $id));
        self::assertSame(['a@x.example', 'd@x.example', null], $this->slots($item));
        self::assertSame([], $sync->conflicts());
        $this->write($place, $id, []);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame([null, null, null], $this->slots($item));
        $this->exchange->edit($item, ['EmailAddress2' => 'z@x.example']);
        $this->round($sync);
        self::assertSame(['z@x.example'], $this->held($place, $id));
        $this->assertQuiet($sync);
    }

    /** @return iterable<string, array{'child'|'json'|'text', 'extended'|'notes'}> */
    public function keepers(): iterable
    {
        foreach (['child', 'json', 'text'] as $place) {
            foreach (['extended', 'notes'] as $policy) {
                yield "$place, $policy" => [$place, $policy];
            }
        }
    }

    /**
     * semantics 35, P1: five addresses go over, come back into another table, and may be edited on both sides.
     *
     * @dataProvider keepers
     */
    public function testFiveAddressesAreKept(string $place, string $policy): void
    {
        $sync = $this->started($place, ['email_overflow' => $policy]);
        [$id, $item] = $this->contact($sync, $place, self::FIVE);
        self::assertSame(array_slice(self::FIVE, 0, 3), $this->slots($item));
        $body = $this->exchange->item($item)['fields']['Body'];
        self::assertSame($policy === 'notes' ? "A note\r\n\r\n" . self::LINE . 'd@x.example; e@x.example' : 'A note', $body);
        $this->assertQuiet($sync);
        // A cursor that is lost reads all of it once more.
        $sync->state()->reset();
        $this->round($sync);
        self::assertSame(self::FIVE, $this->held($place, $id));
        $this->assertRow(['notes' => 'A note'], $id);
        $this->exchange->edit($item, ['EmailAddress1' => null]);
        $this->write($place, $id, ['a@x.example', 'b@x.example', 'c@x.example', 'e@x.example', 'f@x.example', 'g@x.example']);
        $this->round($sync);
        $this->round($sync);
        $expected = ['b@x.example', 'c@x.example', 'e@x.example', 'f@x.example', 'g@x.example'];
        self::assertSame($expected, $this->held($place, $id));
        self::assertSame(['f@x.example', 'b@x.example', 'c@x.example'], $this->slots($item));
        self::assertSame([[], []], [$sync->held(), $sync->conflicts()]);
        $this->db->update($id, ['notes' => "Another\nnote"]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertQuiet($sync);
        self::assertSame($expected, $this->held($place, $id));
        $body = (string) $this->exchange->item($item)['fields']['Body'];
        self::assertStringStartsWith("Another\r\nnote", $body);
        self::assertSame($policy === 'notes', str_contains($body, self::LINE . 'e@x.example; g@x.example'));
        // What another table reads from the mailbox is the whole list.
        $this->db->pdo->exec('DELETE FROM contact_emails');
        $sync->uninstall();
        $this->db->pdo->exec('DELETE FROM contacts');
        $again = $this->started($place, ['email_overflow' => $policy]);
        $read = (int) $this->db->find('first_name', 'Anna')['id'];
        self::assertSame($expected, $this->held($place, $read));
        $this->assertRow(['notes' => "Another\nnote"], $read);
        $this->assertQuiet($again);
        $this->write($place, $read, ['c@x.example']);
        self::assertPushed(Outcome::Updated, $again->push($read));
        self::assertSame([null, null, 'c@x.example'], $this->slots($item));
        self::assertStringNotContainsString(self::LINE, $this->exchange->item($item)['fields']['Body']);
    }

    /**
     * semantics 35, P6, P1: a list that Exchange cannot keep waits with its reason, never shortened; all else goes on.
     *
     * @dataProvider places
     */
    public function testTheFourthAddressWaits(string $place): void
    {
        $sync = $this->started($place);
        [$id, $item] = $this->contact($sync, $place, ['a@x.example', 'b@x.example']);
        $this->write($place, $id, self::FIVE);
        $this->db->update($id, ['phone' => '030 1']);
        $sync->push($id);
        self::assertSame(['a@x.example', 'b@x.example', null], $this->slots($item));
        $this->assertItem(['BusinessPhone' => '030 1'], $item);
        [$held] = $sync->held();
        self::assertStringContainsString('has 5 e-mail addresses, Exchange keeps 3', $held->reason());
        // What Outlook does meanwhile is not lost either.
        $this->exchange->edit($item, ['EmailAddress3' => 'outlook@x.example', 'BusinessPhone' => '030 2']);
        $this->round($sync);
        $this->assertRow(['phone' => '030 2'], $id);
        self::assertSame(self::FIVE, $this->held($place, $id));
        self::assertSame(['a@x.example', 'b@x.example', 'outlook@x.example'], $this->slots($item));
        $this->write($place, $id, ['a@x.example', 'e@x.example']);
        $this->round($sync);
        $this->round($sync);
        self::assertSame(['a@x.example', 'e@x.example', 'outlook@x.example'], $this->held($place, $id));
        self::assertSame(['a@x.example', 'e@x.example', 'outlook@x.example'], $this->slots($item));
        self::assertSame([], $sync->held());
        $this->assertQuiet($sync);
    }

    /** semantics 34, 35: a hundred random edits on both sides, and no request names a slot whose address did not change. */
    public function testAHundredRandomEditsReorderNothing(): void
    {
        $this->exchange->call('POST', '/modes', ['ghostSlots' => true, 'keepDisplayNames' => true]);
        $sync = $this->started('child', ['email_overflow' => 'extended']);
        [$id, $item] = $this->contact($sync, 'child', ['a@x.example']);
        // The first update of a pair finds out whether the server looks at versions.
        $this->db->update($id, ['phone' => '1']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $seed = random_int(1, 1_000_000);
        mt_srand($seed);
        $pushes = 0;
        for ($n = 0; $n < 100; $n++) {
            $slots = $this->slots($item);
            if (mt_rand(0, 2) === 0) {
                $slot = mt_rand(1, 3);
                $address = mt_rand(0, 1) === 0 ? "o$n@x.example" : null;
                $this->exchange->edit($item, [
                    "EmailAddress$slot" => $address, "EmailAddress$slot.Name" => $address, "EmailAddress$slot.OriginalDisplayName" => $address,
                ]);
                $slots[$slot - 1] = $address;
                $sync->pull();
                self::assertSame($slots, $this->slots($item), "seed $seed");
                foreach (array_filter($slots) as $kept) {
                    self::assertContains($kept, $this->held('child', $id), "seed $seed");
                }
                continue;
            }
            $wanted = array_filter($this->held('child', $id), static fn (): bool => mt_rand(0, 3) > 0);
            $wanted[] = "n$n@x.example";
            shuffle($wanted);
            $this->write('child', $id, $wanted);
            $this->exchange->resetStats();
            self::assertPushed(Outcome::Updated, $sync->push($id));
            // One request to read the item, one to write.
            self::assertSame([1, 1, 2], [
                $this->exchange->stats()['requests']['GetItem'], $this->exchange->stats()['requests']['UpdateItem'], $this->exchange->stats()['total'],
            ], "seed $seed, edit $n");
            foreach ($slots as $slot => $before) {
                if ($before !== null && in_array($before, $wanted, true)) {
                    self::assertSame($before, $this->slots($item)[$slot], "seed $seed, edit $n");
                }
            }
            sort($wanted);
            self::assertSame($wanted, $this->held('child', $id));
            $pushes++;
        }
        self::assertGreaterThan(40, $pushes);
        $this->assertQuiet($sync);
    }

    /** semantics 36: it keeps its slot, is in no list, and is neither written over nor cleared. */
    public function testAnEntryOfTheAddressListInTheSecondSlotStays(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'EmailAddress1' => 'a@x.example'] + self::FOREIGN);
        $sync = $this->started('json');
        $id = (int) $this->db->find('first_name', 'Anna')['id'];
        self::assertSame(['a@x.example'], $this->held('json', $id));
        $this->write('json', $id, ['b@x.example', 'a@x.example']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame(['a@x.example', self::FOREIGN['EmailAddress2'], 'b@x.example'], $this->slots($item));
        $this->write('json', $id, ['a@x.example', 'b@x.example', 'c@x.example']);
        $this->db->update($id, ['phone' => '030 1']);
        $sync->push($id);
        $this->assertItem(['BusinessPhone' => '030 1', 'EmailAddress3' => 'b@x.example'], $item);
        [$held] = $sync->held();
        self::assertStringContainsString('1 of 3 hold entries of the company', $held->reason());
        $this->write('json', $id, []);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $left = array_filter(
            $this->exchange->item($item)['fields'],
            static fn (string $name): bool => str_starts_with($name, 'EmailAddress'),
            ARRAY_FILTER_USE_KEY,
        );
        ksort($left);
        $expected = self::FOREIGN;
        ksort($expected);
        self::assertSame($expected, $left);
        self::assertSame([], $sync->held());
        $this->assertQuiet($sync);
    }

    /** semantics 40: notes that somebody formatted keep their form; a line that a person edits is understood. */
    public function testFormattedNotesKeepTheirForm(): void
    {
        $sync = $this->started('json', ['email_overflow' => 'notes']);
        [$id, $item] = $this->contact($sync, 'json', ['a@x.example']);
        $html = '<html><body><p>Met at <b>CeBIT</b></p></body></html>';
        $this->exchange->edit($item, ['Body' => $html, 'BodyType' => 'HTML']);
        $this->round($sync);
        $this->write('json', $id, self::FIVE);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $line = '<p>' . self::LINE . 'd@x.example; e@x.example</p>';
        self::assertSame(str_replace('</body>', "$line</body>", $html), $this->exchange->item($item)['fields']['Body']);
        $this->round($sync);
        $this->assertRow(['notes' => 'Met at CeBIT'], $id);
        $this->assertQuiet($sync);
        $edited = str_replace('d@x.example;', '<a href="mailto:z@x.example">z@x.example</a>,', $this->exchange->item($item)['fields']['Body']);
        $this->exchange->edit($item, ['Body' => $edited, 'BodyType' => 'HTML']);
        $this->round($sync);
        self::assertSame(['a@x.example', 'b@x.example', 'c@x.example', 'e@x.example', 'z@x.example'], $this->held('json', $id));
        $this->assertRow(['notes' => 'Met at CeBIT'], $id);
        // A person has made it part of something else: nothing is written over.
        $unclear = '<p>Met.<br>' . self::LINE . 'e@x.example; z@x.example<br>Twice.</p>';
        $this->exchange->edit($item, ['Body' => $unclear, 'BodyType' => 'HTML']);
        $this->round($sync);
        $this->write('json', $id, ['a@x.example']);
        $sync->push($id);
        [$held] = $sync->held();
        self::assertStringContainsString('formatted notes', $held->reason());
        self::assertSame($unclear, $this->exchange->item($item)['fields']['Body']);
    }

    /** semantics 40: an app that has notes as HTML sees them without the paragraph, whoever wrote them. */
    public function testNotesAsHtmlAreSeenWithoutTheParagraph(): void
    {
        $sync = $this->ready([
            'contacts' => ['map' => ['first_name' => 'GivenName', 'notes' => 'HtmlBody', 'emails' => 'EmailAddresses']],
            'policy' => ['email_overflow' => 'notes'],
        ]);
        $id = $this->db->insert(['first_name' => 'Anna', 'notes' => '<p>Hi <b>you</b></p>', 'emails' => implode(', ', self::FIVE)]);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', 'Anna')['id'] ?? '');
        $line = '<p>' . self::LINE . 'd@x.example; e@x.example</p>';
        self::assertSame("<p>Hi <b>you</b></p>$line", $this->exchange->item($item)['fields']['Body']);
        $this->assertQuiet($sync);
        $this->db->update($id, ['notes' => '<p>New</p>']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame("<p>New</p>$line", $this->exchange->item($item)['fields']['Body']);
        // A plain text with its line, which the server shows as HTML.
        $this->exchange->edit($item, ['Body' => "Plain\r\n\r\n" . self::LINE . 'd@x.example; f@x.example', 'BodyType' => null]);
        $this->round($sync);
        $this->assertRow(['notes' => 'Plain'], $id);
        self::assertSame(['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', 'f@x.example'], $this->held('text', $id));
        $this->assertQuiet($sync);
    }

    /** R10, semantics 22: an address of the list is the key of the first run, as those of the slots are. */
    public function testTheFirstRunKnowsAContactByAnyAddress(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'EmailAddress3' => 'E@x.example']);
        $id = $this->db->insert(['first_name' => 'Anne']);
        $this->write('child', $id, self::FIVE);
        $sync = $this->sync(['contacts' => ['map' => ['first_name' => 'GivenName'], 'children' => [
            ['table' => 'contact_emails', 'contact' => 'contact_id', 'value' => 'email', 'list' => 'EmailAddresses'],
        ]], 'policy' => ['email_overflow' => 'extended']]);
        $sync->install();
        $this->round($sync);
        $this->round($sync);
        self::assertSame([1, 1], [$this->db->count(), count($this->exchange->items())]);
        self::assertSame(['a@x.example', 'b@x.example', 'E@x.example'], $this->slots($item));
        self::assertCount(5, $this->held('child', $id));
        $this->assertQuiet($sync);
    }

    /** R23: the list and the slots are one thing, and a fourth slot does not exist. */
    public function testWhatCannotBeMappedIsNamed(): void
    {
        $both = ['contacts' => ['map' => ['email' => 'EmailAddress1', 'emails' => 'EmailAddresses']]];
        $said = self::thrown(ConfigException::class, fn () => $this->sync($both))->getMessage();
        self::assertStringContainsString('EmailAddresses cannot be mapped together with EmailAddress1', $said);
        $fourth = ['contacts' => ['map' => ['email' => 'EmailAddress4']]];
        $said = self::thrown(ConfigException::class, fn () => $this->sync($fourth))->getMessage();
        self::assertStringContainsString('three slots', $said);
        self::assertStringContainsString('EmailAddresses', $said);
        $drop = ['policy' => ['email_overflow' => 'drop']];
        $said = self::thrown(ConfigException::class, fn () => $this->sync($drop))->getMessage();
        self::assertStringContainsString("policy.email_overflow: expected one of 'hold', 'extended', 'notes'", $said);
    }
}
