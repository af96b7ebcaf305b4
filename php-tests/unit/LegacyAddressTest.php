<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Addresses that somebody picked from the company's address list: Exchange keeps a name of its own (EX) in the place of an address. */
final class LegacyAddressTest extends SyncTestCase
{
    private const KNOWN = [
        'EmailAddress1' => '/o=Org/ou=Exchange Administrative Group/cn=Recipients/cn=anna',
        'EmailAddress1.RoutingType' => 'EX',
        'EmailAddress1.Name' => 'Anna Muster',
        'EmailAddress1.MailboxType' => 'Mailbox',
        'EmailAddress1.OriginalDisplayName' => 'anna@example.com',
        'EmailAddress1.OriginalEntryId' => 'AAAAANynQMjAQhAatLkIACsv4YIBAAAA',
    ];

    private const UNKNOWN = ['EmailAddress1.OriginalDisplayName' => 'Anna Muster'] + self::KNOWN;

    /** semantics 36, 34: shown by its address, and left as it is by whatever else changes. */
    public function testAKnownOneIsShownByItsAddressAndStaysAsItIs(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'EmailAddress2' => 'second@example.com'] + self::KNOWN);
        $sync = $this->ready();
        $row = $this->db->find('first_name', 'Anna');
        // Graph shows the legacy name alone, of which nobody outside can make an address.
        $shown = Simulator::overGraph() ? null : 'anna@example.com';
        self::assertSame([$shown, 'second@example.com'], [$row['email'], $row['email2']]);
        $this->pushUnrelated((int) $row['id'], $sync);
        $this->assertEntry(self::KNOWN, $item);
        // A list without a cursor changes nothing either.
        $sync->state()->reset();
        self::assertSame([0, 0], [$this->round($sync)->updated(), $this->round($sync)->pushedUpdates()]);
        $this->assertEntry(self::KNOWN, $item);
        $this->assertRow(['email' => $shown], (int) $row['id']);
    }

    /** semantics 36: nobody outside could use it, so it is not shown, and never written over or written back. */
    public function testAnUnknownOneIsNotShownAndStaysAsItIs(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'EmailAddress2' => 'second@example.com'] + self::UNKNOWN);
        $sync = $this->ready();
        $row = $this->db->find('first_name', 'Anna');
        self::assertSame([null, 'second@example.com'], [$row['email'], $row['email2']]);
        $this->pushUnrelated((int) $row['id'], $sync);
        $this->assertEntry(self::UNKNOWN, $item);
        $sync->state()->reset();
        self::assertSame([0, 0], [$this->round($sync)->updated(), $this->round($sync)->pushedUpdates()]);
        $this->assertEntry(self::UNKNOWN, $item);
        $this->assertRow(['email' => null], (int) $row['id']);
    }

    /** semantics 36, P1: the first run knows of no edit, so the row's address and the entry are both left alone. */
    public function testTheFirstRunLeavesBothAlone(): void
    {
        $item = $this->exchange->add(['GivenName' => 'Anna', 'Surname' => 'Muster', 'BusinessPhone' => '030 123456'] + self::UNKNOWN);
        $id = $this->db->insert(['first_name' => 'Anna', 'last_name' => 'Muster', 'phone' => '030 123456', 'email' => 'anna@firma.example']);
        $sync = $this->ready();
        self::assertSame([1, 1], [$sync->state()->linked(), $this->db->count()]);
        $this->assertEntry(self::UNKNOWN, $item);
        $this->assertRow(['email' => 'anna@firma.example'], $id);
        self::assertSame([], $sync->conflicts());
        $this->pushUnrelated($id, $sync);
        $this->assertEntry(self::UNKNOWN, $item);
        $sync->state()->reset();
        self::assertSame([0, 0], [$this->round($sync)->updated(), $this->round($sync)->pushedUpdates()]);
        $this->assertEntry(self::UNKNOWN, $item);
        $this->assertRow(['email' => 'anna@firma.example'], $id);
        // Somebody writes an address there.
        $this->exchange->edit($item, ['EmailAddress1' => 'a@example.com', 'EmailAddress1.RoutingType' => 'SMTP', 'EmailAddress1.OriginalDisplayName' => 'a@example.com']);
        self::assertSame(1, $this->round($sync)->updated());
        $this->assertRow(['email' => 'a@example.com'], $id);
    }

    /** semantics 36, P1: an address that somebody replaces by an entry without one stays in the row, and the journal says so. */
    public function testWhatTakesTheirPlaceIsInTheJournal(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'email' => 'anna@example.com']);
        $this->exchange->edit($item, self::UNKNOWN);
        $this->round($sync);
        $this->assertRow(['email' => 'anna@example.com'], $id);
        [$conflict] = $sync->conflicts();
        self::assertSame(
            ['EmailAddress1', 'anna@example.com', self::UNKNOWN['EmailAddress1'], 'item'],
            [$conflict->property(), $conflict->row(), $conflict->item(), $conflict->winner()],
        );
        $this->pushUnrelated($id, $sync);
        $this->assertEntry(self::UNKNOWN, $item);
        self::assertCount(1, $sync->conflicts());
    }

    /** semantics 36: the webapp's own word does replace it. */
    public function testAnAddressOfTheWebappTakesItsPlace(): void
    {
        foreach ([self::KNOWN, self::UNKNOWN] as $number => $entry) {
            $item = $this->exchange->add(['GivenName' => "Anna $number"] + $entry);
            $sync = $this->ready();
            $id = (int) $this->db->find('first_name', "Anna $number")['id'];
            $this->db->update($id, ['email' => 'new@example.com']);
            self::assertPushed(Outcome::Updated, $sync->push($id));
            $fields = $this->exchange->item($item)['fields'];
            self::assertSame('new@example.com', $fields['EmailAddress1']);
            self::assertContains($fields['EmailAddress1.RoutingType'] ?? 'SMTP', ['SMTP']);
            self::assertSame('new@example.com', $fields['EmailAddress1.Name'] ?? 'new@example.com');
            self::assertSame('new@example.com', $fields['EmailAddress1.OriginalDisplayName'] ?? 'new@example.com');
        }
    }

    /** semantics 36: with a prefix, or in the place of the name. */
    public function testOtherClientsWaysOfWritingAnAddress(): void
    {
        $this->exchange->add(['GivenName' => 'Prefixed', 'EmailAddress1' => 'SMTP:a@example.com']);
        $this->exchange->add(['GivenName' => 'Named', 'EmailAddress1' => '', 'EmailAddress1.Name' => 'b@example.com']);
        $sync = $this->ready();
        self::assertSame('a@example.com', $this->db->find('first_name', 'Prefixed')['email']);
        // Graph tells of no entry without an address.
        self::assertSame(Simulator::overGraph() ? null : 'b@example.com', $this->db->find('first_name', 'Named')['email']);
        $before = array_column($this->exchange->items(), 'fields');
        foreach (['Prefixed', 'Named'] as $name) {
            $this->pushUnrelated((int) $this->db->find('first_name', $name)['id'], $sync);
        }
        $email = static fn (array $fields): array => array_filter(
            $fields,
            static fn (string $key): bool => str_starts_with($key, 'EmailAddress1'),
            ARRAY_FILTER_USE_KEY,
        );
        self::assertSame(array_map($email, $before), array_map($email, array_column($this->exchange->items(), 'fields')));
    }

    /** Twenty saves of something else, the slot beside it among them where it can be written alone. */
    private function pushUnrelated(int $id, \ExchangeContactSync $sync): void
    {
        for ($n = 1; $n <= 20; $n++) {
            // Over Graph the list of addresses is written as a whole.
            $beside = Simulator::overGraph() ? [] : ['email2' => "second$n@example.com"];
            $this->db->update($id, ['phone' => "0$n"] + $beside);
            self::assertPushed(Outcome::Updated, $sync->push($id));
        }
        self::assertSame(0, $this->round($sync)->updated());
    }

    /**
     * @param array<string, string> $entry
     */
    private function assertEntry(array $entry, string $item): void
    {
        $fields = $this->exchange->item($item)['fields'];
        $held = array_filter($fields, static fn (string $key): bool => str_starts_with($key, 'EmailAddress1'), ARRAY_FILTER_USE_KEY);
        ksort($held);
        ksort($entry);
        self::assertSame($entry, $held);
    }
}
