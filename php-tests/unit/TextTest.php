<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Text that one of both sides cannot hold, or holds in a form of its own: it goes over, and nobody writes it to and fro. */
final class TextTest extends SyncTestCase
{
    /** semantics 42, P4. */
    public function testControlCharactersOfARowAreLeftOutAndStayInTheRow(): void
    {
        $sync = $this->ready();
        $held = [];
        foreach (range(1, 31) as $code) {
            if (!in_array($code, [9, 10, 13], true)) {
                $held[] = "a" . chr($code) . "b $code";
            }
        }
        array_push($held, "\x01 first", "last \x1F", "\u{FFFE}b", "\u{FFFF}b", "nul\0b", "C1 \u{85}b \u{9F}", "\u{FEFF}mark");
        foreach ($held as $number => $text) {
            $this->db->insert(['first_name' => $text, 'last_name' => "Nr. $number", 'notes' => "$text\n$text", 'tags' => $text]);
        }
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertCount(count($held), $this->exchange->items());
        foreach ($held as $number => $text) {
            $fields = $this->exchange->find('Surname', "Nr. $number")['fields'];
            $legal = trim((string) preg_replace('/[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]/u', '', $text));
            self::assertSame($legal, trim($fields['GivenName']), json_encode($text, JSON_THROW_ON_ERROR));
            self::assertSame("$legal\r\n$legal", implode("\r\n", array_map('trim', explode("\r\n", $fields['Body']))));
        }
        $this->assertTenSilentRounds($sync);
        self::assertSame($held, $this->db->pdo->query('SELECT first_name FROM contacts ORDER BY id')->fetchAll(\PDO::FETCH_COLUMN));
    }

    /** semantics 42, R13: the row keeps its own form also when another property changes, on either side. */
    public function testAControlCharacterIsNoChangeOfEitherSide(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['last_name' => 'Muster', 'first_name' => "An\x02na", 'notes' => "tea\x0B or coffee"]);
        $this->exchange->edit($item, ['BusinessPhone' => '5']);
        $report = $this->round($sync);
        self::assertSame([1, 0], [$report->updated(), $report->pushedUpdates()]);
        $this->assertRow(['first_name' => "An\x02na", 'notes' => "tea\x0B or coffee", 'phone' => '5'], $id);
        $this->db->update($id, ['phone' => '6']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertItem(['GivenName' => 'Anna', 'Body' => 'tea or coffee', 'BusinessPhone' => '6'], $item);
        $this->assertTenSilentRounds($sync);
        self::assertSame([], $sync->conflicts());
        // A real edit there does arrive.
        $this->exchange->edit($item, ['GivenName' => 'Anne']);
        $this->round($sync);
        $this->assertRow(['first_name' => 'Anne', 'notes' => "tea\x0B or coffee"], $id);
    }

    /** semantics 42: references that no XML allows, in every answer. */
    public function testIllegalReferencesInAnswersAreTolerated(): void
    {
        $sync = $this->ready();
        $this->exchange->fault(null, 'illegal_character', null);
        $item = $this->exchange->add(['GivenName' => 'Änne', 'Surname' => 'Muster', 'EmailAddress1' => 'a@example.com', 'Categories' => ['Kunde']]);
        $this->round($sync);
        $row = $this->db->find('email', 'a@example.com');
        self::assertSame(['Änne', 'Muster', 'Kunde'], [$row['first_name'], $row['last_name'], $row['tags']]);
        $this->db->update($row['id'], ['phone' => '7']);
        self::assertPushed(Outcome::Updated, $sync->push($row['id']));
        self::assertPushed(Outcome::Created, $sync->push($this->db->insert(['first_name' => 'Bo', 'last_name' => 'Bo'])));
        $this->assertItem(['GivenName' => 'Änne', 'Surname' => 'Muster', 'BusinessPhone' => '7'], $item);
        $this->assertTenSilentRounds($sync);
        $sync->state()->reset();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0, 0], [$report->inserted(), $report->updated(), $report->created(), $report->pushedUpdates()]);
        $this->exchange->noFaults();
        $this->assertSidesAgree();
    }

    /** semantics 8, 39. */
    public function testLongNotesGoOverWhole(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY notes MEDIUMTEXT');
        $sync = $this->ready();
        $long = '';
        for ($n = 0; strlen($long) < 70_000; $n++) {
            $long .= "Line $n: Grüße & <Küsse> 🎉 \"𠀀\"\n" . ($n % 10 === 0 ? "\n" : '');
        }
        $long .= 'The end';
        [$id, $item] = $this->linked($sync, ['first_name' => 'Long', 'notes' => $long]);
        $this->assertItem(['Body' => $long], $item);
        $this->exchange->edit($item, ['Body' => "$long, and more"]);
        self::assertSame(1, $this->round($sync)->updated());
        self::assertSame("$long, and more", str_replace("\r\n", "\n", $this->db->row($id)['notes']));
        $this->db->update($id, ['notes' => "More, and $long"]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertItem(['Body' => "More, and $long"], $item);
        $this->assertTenSilentRounds($sync);
        $this->assertSidesAgree();
    }

    /** P6: notes that the column cannot hold stay whole in Exchange. */
    public function testNotesThatAreTooLongForTheColumnAreHeldAndNeverCut(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Long', 'notes' => 'short']);
        $long = str_repeat('ä', 40_000);
        $this->exchange->edit($item, ['Body' => $long]);
        self::assertSame(1, $sync->pull()->held());
        $this->assertRow(['notes' => 'short'], $id);
        $sync->sync();
        $this->assertItem(['Body' => $long], $item);
        self::assertStringContainsString('notes', $sync->held()[0]->reason());
    }

    /** @return iterable<string, array{string}> */
    public function forms(): iterable
    {
        yield 'LF' => ["one\ntwo\n\nthree"];
        yield 'CRLF' => ["one\r\ntwo\r\n\r\nthree"];
        yield 'CR' => ["one\rtwo"];
        yield 'mixed' => ["one\r\ntwo\nthree\rfour"];
        yield 'a line end at the end' => ["one\n"];
        yield 'many at the end' => ["one\r\n\r\n \t\r\n"];
        yield 'blanks at the end of lines' => ["one  \ntwo\t\n three "];
        yield 'line ends before' => ["\n\r\n  one"];
        yield 'blanks before' => ["   one"];
        yield 'blanks of other kinds' => ["\u{A0}one\u{2003}\u{200B}"];
        yield 'nothing but blanks' => [" \r\n\t "];
    }

    /**
     * semantics 40, P4, R13: each form stays as its side has it, and nobody writes.
     *
     * @dataProvider forms
     */
    public function testLineEndsAndBlanksStayAsTheyAreOnEachSide(string $text): void
    {
        $sync = $this->ready();
        $columns = ['last_name' => 'Muster', 'first_name' => $text, 'notes' => $text, 'street' => $text];
        $id = $this->db->insert($columns);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $this->assertTenSilentRounds($sync);
        $this->assertRow($columns, $id);
        // The same text by a person in Outlook.
        $there = $this->exchange->add([
            'Surname' => 'Beispiel', 'GivenName' => $text, 'Body' => $text, 'BusinessAddress.Street' => $text,
        ]);
        self::assertSame(1, $this->round($sync)->inserted());
        $before = $this->exchange->item($there);
        $this->assertTenSilentRounds($sync);
        self::assertSame($before, $this->exchange->item($there));
        // Another property changes: these are not written.
        $row = $this->db->find('last_name', 'Beispiel');
        $this->db->update($row['id'], ['phone' => '5']);
        self::assertPushed(Outcome::Updated, $sync->push($row['id']));
        $after = $this->exchange->item($there);
        foreach (['GivenName', 'Body', 'BusinessAddress.Street'] as $property) {
            self::assertSame($before['fields'][$property] ?? null, $after['fields'][$property] ?? null, $property);
        }
    }

    private function assertTenSilentRounds(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        $before = $this->db->fingerprint();
        $this->exchange->resetStats();
        for ($round = 0; $round < 10; $round++) {
            $report = $this->round($sync);
            self::assertSame([0, 0, 0, 0], [$report->fetched(), $report->updated(), $report->created(), $report->pushedUpdates()]);
        }
        $stats = $this->exchange->stats();
        self::assertSame([10, 0], [$stats['total'], $stats['writes']]);
        self::assertSame($before, $this->db->fingerprint());
    }
}
