<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Notes that somebody formatted in Outlook, kept as HTML in the table, or as text. Over EWS only: notes of Graph are plain. */
final class HtmlNotesTest extends SyncTestCase
{
    private const OUTLOOK = "<html><head><style>p {color:red}</style></head><body lang=\"DE\"><p class=\"MsoNormal\">Likes <b>tea</b>"
        . " &amp; <a href=\"https://example.com/?a=1&amp;b=2\">cake</a></p>\r\n<script>x()</script></body></html>";

    private const CLEAN = '<p>Likes <b>tea</b> &amp; <a href="https://example.com/?a=1&amp;b=2">cake</a></p>';

    /** semantics 40, P4, P8: the column gets what may be shown, and nothing else touches what Outlook made. */
    public function testTheyComeCleanedAndStayFormattedInOutlook(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'Body' => self::OUTLOOK, 'BodyType' => 'HTML']);
        $sync = $this->ready(['contacts' => ['notes' => 'html']]);
        $id = (int) $this->db->find('first_name', 'Anna')['id'];
        $this->assertRow(['notes' => self::CLEAN], $id);
        for ($n = 1; $n <= 10; $n++) {
            $this->db->update($id, ['phone' => "0$n"]);
            self::assertPushed(Outcome::Updated, $sync->push($id));
            $this->exchange->edit($item, ['JobTitle' => "Chief $n"]);
            $report = $this->round($sync);
            self::assertSame([0, 0], [$report->pushedUpdates(), $report->conflicts()]);
        }
        $fields = $this->exchange->item($item)['fields'];
        self::assertSame([self::OUTLOOK, 'HTML'], [$fields['Body'], $fields['BodyType']]);
        $this->assertRow(['notes' => self::CLEAN], $id);
    }

    /** semantics 40: what the webapp writes is HTML in Outlook, and comes back as it was. */
    public function testTheWebappsOwnArriveAsHtmlAndComeBackAsTheyWere(): void
    {
        $html = "<p>Met at the <em>fair</em> &lt;2024&gt;</p>\n<ul><li>tea</li>\n<li>Grüße 😀</li></ul>";
        $sync = $this->ready(['contacts' => ['notes' => 'html']]);
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'notes' => $html]);
        $fields = $this->exchange->item($item)['fields'];
        self::assertSame([str_replace("\n", "\r\n", $html), 'HTML'], [$fields['Body'], $fields['BodyType']]);
        // Another edit there makes it come back.
        $this->exchange->edit($item, ['BusinessPhone' => '1']);
        self::assertSame(1, $this->round($sync)->updated());
        $this->assertRow(['notes' => $html, 'phone' => '1'], $id);
        $this->exchange->edit($item, ['Body' => '<html><body><p>Called.</p></body></html>', 'BodyType' => 'HTML']);
        $this->round($sync);
        $this->assertRow(['notes' => '<p>Called.</p>'], $id);

        // What the webapp lets through and no page should show is left in its row, and neither sent as it is nor sent again and again.
        $this->db->update($id, ['notes' => '<p onclick="x()">Call</p><script>y()</script>']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame('<p>Call</p>', $this->exchange->item($item)['fields']['Body']);
        $this->exchange->edit($item, ['BusinessPhone' => '2']);
        self::assertSame(0, $this->round($sync)->pushedUpdates());
        $this->assertRow(['notes' => '<p onclick="x()">Call</p><script>y()</script>', 'phone' => '2'], $id);

        $this->db->update($id, ['notes' => null]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertArrayNotHasKey('Body', $this->exchange->item($item)['fields']);
        $this->exchange->resetStats();
        self::assertSame([0, 0], [$this->round($sync)->updated(), $this->exchange->stats()['writes']]);
    }

    /** semantics 40: notes that are plain text in Outlook read the same as HTML. */
    public function testPlainNotesAreReadAsHtml(): void
    {
        $this->exchange->add(['GivenName' => 'Anna', 'Body' => "a < b\r\nc"]);
        $sync = $this->ready(['contacts' => ['notes' => 'html']]);
        $notes = $this->db->find('first_name', 'Anna')['notes'];
        self::assertStringContainsString('a &lt; b', $notes);
        self::assertSame("a < b\nc", trim(html_entity_decode(strip_tags(str_replace(["\n", '<br>'], ['', "\n"], $notes)))));
        self::assertSame(0, $this->round($sync)->pushedUpdates());
    }

    /** semantics 40: as text they lose their formatting in the column, and in Outlook only when the note itself is changed here. */
    public function testAsTextOnlyTheNotesOwnEditTakesTheFormattingAway(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'Body' => self::OUTLOOK, 'BodyType' => 'HTML']);
        $sync = $this->ready();
        $row = $this->db->find('first_name', 'Anna');
        self::assertStringContainsString('Likes tea & cake', $row['notes']);
        for ($n = 1; $n <= 10; $n++) {
            $this->db->update($row['id'], ['phone' => "0$n"]);
            self::assertPushed(Outcome::Updated, $sync->push($row['id']));
            $this->exchange->edit($item, ['JobTitle' => "Chief $n"]);
            self::assertSame(0, $this->round($sync)->pushedUpdates());
        }
        $fields = $this->exchange->item($item)['fields'];
        self::assertSame([self::OUTLOOK, 'HTML'], [$fields['Body'], $fields['BodyType']]);
        $this->assertRow(['notes' => $row['notes']], (int) $row['id']);
        $this->db->update($row['id'], ['notes' => 'Likes coffee']);
        self::assertPushed(Outcome::Updated, $sync->push($row['id']));
        $fields = $this->exchange->item($item)['fields'];
        self::assertSame(['Likes coffee', 'Text'], [$fields['Body'], $fields['BodyType'] ?? 'Text']);
    }
}
