<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\BusyException;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** From Exchange to the table. */
final class PullTest extends SyncTestCase
{
    /** P10, semantics 1. */
    public function testThirteenHundredContactsArriveWithEveryPageSize(): void
    {
        $this->exchange->seed(1300, 7);
        foreach ([512, 100, 1] as $size) {
            $this->db->drop();
            $this->db = new \ExchangeContactSync\Tests\Database();
            $this->exchange->resetStats();
            $sync = $this->sync(['exchange' => ['page_size' => $size, 'batch' => Simulator::overGraph() ? 20 : 100]]);
            $sync->install();
            $report = $sync->pull();
            self::assertSame(1300, $report->inserted(), "pages of $size");
            self::assertSame(1300, $this->db->count());
            self::assertSame(1300, $sync->state()->linked());
            $this->assertSidesAgree();
            $stats = $this->exchange->stats();
            self::assertSame(0, $stats['writes']);
            self::assertSame($stats['total'], $report->requests());
            self::assertGreaterThanOrEqual(intdiv(1300 + $size - 1, $size), $stats['requests']['SyncFolderItems']);
            $report = $sync->pull();
            self::assertSame([0, 0, 0], [$report->fetched(), $report->inserted(), $report->updated()]);
        }
    }

    /** P8. */
    public function testAnEditInOutlookChangesExactlyTheMappedColumns(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'last_name' => 'Muster', 'phone' => '1', 'rating' => 4]);
        $before = $this->db->row($id);
        $this->exchange->edit($item, [
            'GivenName' => 'Änne', 'BusinessAddress.City' => 'Köln', 'Birthday' => '2000-02-29', 'Categories' => ['A', 'B'],
            'HomePhone' => 'not mapped',
        ]);
        $report = $sync->pull();
        self::assertSame([1, 1, 0], [$report->fetched(), $report->updated(), $report->inserted()]);
        $after = $this->db->row($id);
        $changed = array_keys(array_diff_assoc(array_map('strval', $after), array_map('strval', $before)));
        sort($changed);
        self::assertSame(['birthday', 'city', 'first_name', 'tags', 'updated_at'], $changed);
        $this->assertRow(['first_name' => 'Änne', 'city' => 'Köln', 'birthday' => '2000-02-29', 'rating' => 4], $id);
        $this->assertSidesAgree();
    }

    public function testEveryFieldCanBeClearedInOutlook(): void
    {
        $sync = $this->ready();
        $full = array_combine(array_keys(self::MAP), array_map(
            static fn (string $column): string => $column === 'birthday' ? '1970-01-01' : "value of $column",
            array_keys(self::MAP),
        ));
        [$id, $item] = $this->linked($sync, $full);
        foreach (self::MAP as $column => $property) {
            $this->exchange->edit($item, [$property => null]);
            $sync->pull();
            self::assertContains($this->db->row($id)[$column], [null, ''], $column);
        }
    }

    /** P4, semantics 24. */
    public function testANewItemBecomesARowOnceAndOurOwnWriteDoesNotComeBack(): void
    {
        $sync = $this->ready();
        $this->exchange->add(['GivenName' => 'Bo', 'EmailAddress1' => 'bo@example.com']);
        self::assertSame(1, $sync->pull()->inserted());
        self::assertSame(0, $sync->state()->pending());
        self::assertSame(1, $this->db->count());
        $this->exchange->resetStats();
        $report = $sync->sync();
        self::assertSame([0, 0, 0, 0], [$report->fetched(), $report->inserted(), $report->created(), $report->pushedUpdates()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
    }

    /** semantics 41. */
    public function testDatesStayTheSameDayInEveryTimeZone(): void
    {
        $zone = date_default_timezone_get();
        $dates = ['1899-12-30', '1969-12-31', '1970-01-01', '2000-02-29', '2024-03-31'];
        try {
            foreach (['Pacific/Auckland', 'Europe/Berlin', 'America/Los_Angeles', 'Pacific/Kiritimati'] as $here) {
                date_default_timezone_set($here);
                $this->db->drop();
                $this->db = new \ExchangeContactSync\Tests\Database();
                $this->exchange->empty();
                $sync = $this->ready(['contacts' => ['timezone' => $here]]);
                $ids = [];
                foreach ($dates as $date) {
                    [$id, $item] = $this->linked($sync, ['first_name' => "from here $date", 'birthday' => $date]);
                    $this->assertItem(['Birthday' => $date], $item);
                    $ids[$id] = $date;
                    $this->exchange->add(['GivenName' => "from there $date", 'Birthday' => $date]);
                }
                for ($round = 0; $round < 3; $round++) {
                    $this->round($sync);
                }
                foreach ($ids as $id => $date) {
                    $this->assertRow(['birthday' => $date], $id);
                    self::assertSame($date, $this->db->find('first_name', "from there $date")['birthday'], $here);
                }
            }
        } finally {
            date_default_timezone_set($zone);
        }
    }

    /** P3. */
    public function testFalseFromTheCallbackStopsCleanlyAndTheNextPullGoesOn(): void
    {
        $this->exchange->seed(60, 3);
        $sync = $this->sync(['exchange' => ['page_size' => 10]]);
        $sync->install();
        $calls = [];
        $report = $sync->pull(function (string $stage, int $done, ?int $total) use (&$calls): bool {
            $calls[] = [$stage, $done, $total];
            return false;
        });
        self::assertFalse($report->complete());
        self::assertNotSame([], $calls);
        $arrived = $this->db->count();
        self::assertGreaterThan(0, $arrived);
        self::assertLessThan(60, $arrived);
        $report = $sync->pull();
        self::assertTrue($report->complete());
        self::assertSame(60, $this->db->count());
        $this->assertSidesAgree();
    }

    /** P3. */
    public function testAnExceptionOfTheCallbackReachesTheCallerUnchangedAndLosesNothing(): void
    {
        $this->exchange->seed(30, 4);
        $sync = $this->sync(['exchange' => ['page_size' => 10]]);
        $sync->install();
        $mine = new \DomainException('enough');
        $thrown = self::thrown(\DomainException::class, fn () => $sync->pull(function () use ($mine): void {
            throw $mine;
        }));
        self::assertSame($mine, $thrown);
        self::assertTrue($sync->pull()->complete());
        self::assertSame(30, $this->db->count());
        $this->assertSidesAgree();
    }

    /** R20. */
    public function testAnotherPullOfThePairIsRefusedWhileOneRuns(): void
    {
        $this->exchange->seed(30, 5);
        $sync = $this->sync(['exchange' => ['page_size' => 10]]);
        $sync->install();
        $script = <<<'PHP'
            $sync = new ExchangeContactSync(json_decode(getenv('CONFIG'), true));
            try { $sync->pull(); echo 'pulled'; } catch (ExchangeContactSync\BusyException $e) { echo 'busy'; }
            PHP;
        $heard = null;
        $sync->pull(function () use (&$heard, $script): void {
            $heard ??= $this->php($script);
        });
        self::assertSame('busy', $heard);
        self::assertSame('pulled', $this->php($script));
    }

    public function testAnObjectThatIsAtWorkRefusesASecondCall(): void
    {
        $this->exchange->seed(5, 6);
        $sync = $this->sync();
        $sync->install();
        $thrown = null;
        $sync->pull(function () use ($sync, &$thrown): void {
            $thrown ??= self::thrown(\ExchangeContactSync\Exception::class, fn () => $sync->pull());
        });
        self::assertNotInstanceOf(BusyException::class, $thrown);
        self::assertSame(5, $this->db->count());
    }

    /** semantics 12. */
    public function testWhatIsNoContactIsLeftAlone(): void
    {
        if (Simulator::overGraph()) {
            self::markTestSkipped('Microsoft Graph shows nothing but contacts');
        }
        $sync = $this->ready();
        $this->exchange->add(['GivenName' => 'Bo']);
        $this->exchange->call('POST', '/items', [
            'mailbox' => \ExchangeContactSync\Tests\Simulator::MAILBOX, 'folder' => 'contacts', 'itemClass' => 'IPM.DistList',
            'fields' => ['DisplayName' => 'All of us'],
        ]);
        $report = $sync->pull();
        self::assertSame(1, $report->inserted());
        self::assertSame(1, $report->skipped());
        self::assertSame(1, $this->db->count());
    }

    /** P7, R11, semantics 7. */
    public function testALostCursorComparesEverythingAndDeletesNothing(): void
    {
        $sync = $this->ready();
        $this->exchange->seed(40, 8);
        $this->round($sync);
        $sync->state()->reset();
        self::assertNull($sync->state()->cursor());
        $before = $this->db->fingerprint();
        $report = $sync->pull();
        self::assertSame([0, 0, 0], [$report->inserted(), $report->updated(), $report->deleted()]);
        self::assertSame($before, $this->db->fingerprint());
        self::assertNotNull($sync->state()->cursor());
    }
}
