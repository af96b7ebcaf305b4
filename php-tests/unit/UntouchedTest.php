<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\ForeignClient;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\WholeTable;

/** What is not mapped stays in Exchange as it is, whatever the webapp does with the rest. */
final class UntouchedTest extends SyncTestCase
{
    private const HTML = "<html><body><p style=\"color:red\">Likes <b>tea</b> &amp; cake</p>\r\n</body></html>";

    private const THREE = ['first_name' => 'GivenName', 'phone' => 'BusinessPhone', 'city' => 'BusinessAddress.City'];

    /** P8, semantics 25, 27, 39, 40, 46. */
    public function testTwentyUpdatesOfThreePropertiesLeaveAllOthersByteForByte(): void
    {
        $item = $this->fullItem();
        $sync = $this->ready(['contacts' => ['map' => self::THREE]]);
        self::assertSame(1, $this->db->count());
        $before = $this->exchange->item($item);
        $photo = $this->photo($item);
        self::assertGreaterThan(100, count($before['fields']) + count($before['extended']));
        self::assertCount(2, $before['attachments']);
        $this->updateTwentyTimes($sync, ['first_name', 'phone', 'city']);
        $after = $this->exchange->item($item);
        self::assertSame(['Nr. 18', 'Nr. 19', 'Nr. 20'], [
            $after['fields']['GivenName'], $after['fields']['BusinessPhone'], $after['fields']['BusinessAddress.City'],
        ]);
        self::assertSame(self::unmapped($before), self::unmapped($after));
        self::assertSame($photo, $this->photo($item));
    }

    /** semantics 33: emptied and filled again, in both directions. */
    public function testClearingWhatIsMappedLeavesAllOthersByteForByte(): void
    {
        // Business phones are a list of Graph that closes up, so that the second one would show in the place of the first.
        $three = Simulator::overGraph() ? ['phone' => 'MobilePhone'] + self::THREE : self::THREE;
        $item = $this->fullItem();
        $sync = $this->ready(['contacts' => ['map' => $three]]);
        $before = $this->exchange->item($item);
        $id = (int) $this->db->pdo->query('SELECT id FROM contacts')->fetchColumn();
        foreach (array_keys($three) as $column) {
            $this->db->update($id, [$column => null]);
            self::assertPushed(Outcome::Updated, $sync->push($id));
        }
        $after = $this->exchange->item($item);
        self::assertSame([], array_intersect_key($after['fields'], array_flip($three)));
        self::assertSame(self::unmapped($before, $three), self::unmapped($after, $three));
    }

    /** semantics 40: notes with formatting are read, and as long as nobody edits them in the webapp they keep it. */
    public function testMappedNotesKeepTheirFormattingWhileOthersChange(): void
    {
        $item = $this->fullItem();
        $sync = $this->ready(['contacts' => ['map' => self::THREE + ['notes' => 'Body']]]);
        $read = $this->db->pdo->query('SELECT notes FROM contacts')->fetchColumn();
        self::assertStringContainsString('Likes tea & cake', (string) $read);
        $this->updateTwentyTimes($sync, ['first_name', 'phone', 'city']);
        $fields = $this->exchange->item($item)['fields'];
        self::assertSame([self::HTML, 'HTML'], [$fields['Body'], $fields['BodyType']]);
        self::assertSame($read, $this->db->pdo->query('SELECT notes FROM contacts')->fetchColumn());
    }

    /** P8: the columns that nobody mapped. */
    public function testTwentyEditsInOutlookLeaveAllOtherColumns(): void
    {
        $sync = $this->ready(['contacts' => ['map' => self::THREE]]);
        $id = $this->db->insert([
            'first_name' => 'Anna', 'last_name' => "O'Hara \u{2B}", 'email' => 'anna@example.com', 'birthday' => '1899-12-31',
            'notes' => "one\r\n two  \n", 'tags' => ' b ;a', 'rating' => 3, 'updated_at' => '2001-02-03 04:05:06.000007',
        ]);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $this->round($sync);
        $before = array_diff_key($this->db->row($id), self::THREE + ['updated_at' => '']);
        $item = $this->exchange->items()[0]['id'];
        for ($n = 1; $n <= 20; $n++) {
            $property = array_values(self::THREE)[$n % 3];
            $this->exchange->edit($item, [$property => "Nr. $n", 'Surname' => "Not mapped $n"]);
            self::assertSame(1, $sync->pull()->updated());
        }
        self::assertSame($before, array_diff_key($this->db->row($id), self::THREE + ['updated_at' => '']));
        $this->assertRow(['first_name' => 'Nr. 18', 'phone' => 'Nr. 19', 'city' => 'Nr. 20'], $id);
    }

    /** An item with a value for everything: what has a name, what has none, notes with formatting, a photo, a file. */
    private function fullItem(): string
    {
        $client = new ForeignClient($this->exchange->url());
        $row = array_diff_key(WholeTable::contact(4712, true), ['c_emailaddress3' => '']);
        $item = $client->make($this->exchange, $row, [
            'Body' => self::HTML, 'BodyType' => 'HTML', 'Birthday' => '1980-05-16T22:00:00Z',
            'EmailAddress1.Name' => 'Anna at work', 'EmailAddress1.MailboxType' => 'OneOff',
            'EmailAddress1.OriginalDisplayName' => 'Anna (work)', 'EmailAddress1.OriginalEntryId' => 'AAAA/w==',
            'EmailAddress3' => '/o=Org/ou=Site/cn=Recipients/cn=anna', 'EmailAddress3.RoutingType' => 'EX',
            'EmailAddress3.Name' => 'Anna', 'EmailAddress3.MailboxType' => 'Mailbox',
        ]);
        $client->write($item, [
            'extended:Address/32990#SystemTime' => '1980-05-17T00:00:00Z',
            'extended:Common/34054#Boolean' => 'true',
            'extended:Theirs#Binary' => base64_encode(random_bytes(300)),
            'extended:Numbers#IntegerArray' => ['3', '1', '2'],
            'extended:0x3A70#CLSID' => '7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77',
            'extended:Times#SystemTimeArray' => ['2020-01-01T00:00:00Z'],
        ]);
        $this->exchange->call('POST', '/photos', ['id' => $item, 'content' => base64_encode(random_bytes(5000))]);
        $this->exchange->call('POST', '/attachments', [
            'id' => $item, 'name' => 'contract.pdf', 'contentType' => 'application/pdf', 'content' => base64_encode(random_bytes(2000)),
        ]);
        return $item;
    }

    /**
     * @param list<string> $columns
     */
    private function updateTwentyTimes(ExchangeContactSync $sync, array $columns): void
    {
        $id = (int) $this->db->pdo->query('SELECT id FROM contacts')->fetchColumn();
        for ($n = 1; $n <= 20; $n++) {
            $this->db->update($id, [$columns[$n % 3] => "Nr. $n"]);
            if ($n % 2 === 0) {
                self::assertSame(1, $this->round($sync)->pushedUpdates());
            } else {
                self::assertPushed(Outcome::Updated, $sync->push($id));
            }
        }
        self::assertSame([0, 0], [$this->round($sync)->pushedUpdates(), $sync->state()->pending()]);
    }

    /**
     * @param array<string, mixed>  $item
     * @param array<string, string> $map
     *
     * @return array<string, mixed>
     */
    private static function unmapped(array $item, array $map = self::THREE): array
    {
        $item['fields'] = array_diff_key($item['fields'], array_flip($map));
        return array_diff_key($item, array_flip(['changeKey', 'lastModified', 'lastModifiedName']));
    }

    /**
     * @return array<string, mixed>
     */
    private function photo(string $item): array
    {
        $photo = $this->exchange->call('GET', '/photos/' . rawurlencode($item))['photo'];
        self::assertNotNull($photo);
        return $photo;
    }
}
