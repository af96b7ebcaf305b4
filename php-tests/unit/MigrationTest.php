<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\Aftermath;
use ExchangeContactSync\Tests\MovingPair;
use ExchangeContactSync\Tests\SyncTestCase;

/** A pair moves from EWS to Microsoft Graph, where the same items have other ids. */
final class MigrationTest extends SyncTestCase
{
    use Aftermath;
    use MovingPair;

    /** P1, P2, P4, semantics 19, 55: 1 000 contacts, edits of both sides before and after, and then silence. */
    public function testAThousandContactsMoveWithWhatBothSidesHaveEdited(): void
    {
        $ews = $this->inStepOverEws(1_000);
        $graph = $this->syncOver($this->byGraph());
        $this->bothSidesEdit('before');
        $before = $this->contactsOfBothSides();
        $this->exchange->resetStats();
        $look = $graph->migrate();
        $expected = ['from' => 'ews', 'to' => 'graph', 'moved' => false, 'refused' => null, 'linked' => 1_000, 'translated' => 999];
        self::assertSame($expected, array_intersect_key($look->toArray(), $expected));
        self::assertSame([1, 1], [$look->missing(), $look->unknown()], 'what was deleted there, and what was made there');
        $stats = $this->exchange->stats();
        self::assertSame([0, 1], [$stats['writes'], $stats['requests']['GraphTranslateIds']]);
        self::assertSame($before, $this->contactsOfBothSides(), 'a look writes no contact');
        self::assertTrue($ews->sync()->complete(), 'until the switch it goes on over EWS');

        $this->bothSidesEdit('meanwhile');
        $before = $this->contactsOfBothSides();
        $stages = [];
        $moved = $graph->migrate(true, static function (string $stage) use (&$stages): void {
            $stages[$stage] = true;
        });
        self::assertSame([true, null, 1_000, 0, 1], [$moved->moved(), $moved->refused(), $moved->translated(), $moved->byStamp() + $moved->byContent(), $moved->missing()]);
        self::assertSame(['move'], array_keys($stages));
        self::assertSame($before, $this->contactsOfBothSides(), 'no contact was written');
        self::assertSame(json_encode($moved), json_encode($moved->toArray()));

        $this->bothSidesEdit('after');
        $this->recover($graph, 'after the move');
        $this->assertOneAddressBook($graph, 'after the move');
        // Each round of edits makes a contact and deletes one on each side.
        self::assertSame([1_000, 1_000], [$this->db->count(), $graph->state()->linked()]);
        foreach (['before', 'meanwhile', 'after'] as $what) {
            self::assertNotNull($this->db->find('first_name', "$what made there"));
            self::assertNotNull($this->exchange->find('GivenName', "$what made here"));
        }
        self::assertSame(0, $graph->state()->conflicts());
        self::assertTrue($graph->migrate(true)->moved(), 'once more it is there already');
    }

    /** P3, R19: whichever of both sides of the switch a process is configured for, a save goes through and is delivered in the end. */
    public function testASaveFromTheOtherConfigurationWaits(): void
    {
        $ews = $this->inStepOverEws(3);
        $graph = $this->syncOver($this->byGraph());
        $id = (int) $this->db->find('first_name', 'Ours 1')['id'];
        $this->db->update($id, ['job_title' => 'early']);
        $early = $graph->push($id);
        self::assertPushed(Outcome::Queued, $early);
        self::assertStringContainsString('migrate()', (string) $early->error());
        $refused = self::thrown(ConfigException::class, static fn () => $graph->pull());
        self::assertStringContainsString('this pair is with "ews"', $refused->getMessage());
        $steps = array_column($graph->check(), null, 'step');
        self::assertFalse($steps['mysql.tables']['ok']);
        self::assertStringContainsString('migrate()', $steps['mysql.tables']['message']);
        self::assertPushed(Outcome::Updated, $ews->push($id));
        $graph->migrate(true);
        $this->db->update($id, ['job_title' => 'late']);
        self::assertPushed(Outcome::Queued, $ews->push($id));
        self::thrown(ConfigException::class, static fn () => $ews->sync());
        self::assertPushed(Outcome::Updated, $graph->push($id));
        $this->recover($graph, 'in the end');
        $this->assertOneAddressBook($graph, 'in the end');
        self::assertSame('late', $this->exchange->find('GivenName', 'Ours 1')['fields']['JobTitle']);
    }

    /** P1, P2, R5, R10: without translations items are found by their stamps and by what they hold. */
    public function testWithoutTranslationsItemsAreFoundByStampAndContent(): void
    {
        $this->inStepOverEws(30);
        $graph = $this->syncOver($this->byGraph());
        $this->exchange->fault('GraphTranslateIds', 'graph_error', null, ['status' => 400, 'code' => 'ErrorInvalidIdMalformed', 'message' => 'Id is malformed.']);
        $moved = $graph->migrate(true);
        self::assertSame([true, 0, 20, 10, 0], [$moved->moved(), $moved->translated(), $moved->byStamp(), $moved->byContent(), $moved->missing()]);
        $this->exchange->noFaults();
        $this->recover($graph, 'after the move');
        $this->assertOneAddressBook($graph, 'after the move');
        self::assertSame(30, $this->db->count());
    }

    /** R8: a folder in which the items are not is another one; nothing moves, and over EWS the pair goes on. */
    public function testAnotherFolderIsRefused(): void
    {
        $ews = $this->inStepOverEws(30);
        $this->exchange->folder('contacts/Other');
        // Another folder is another pair, unless it is named.
        $other = new \ExchangeContactSync(['exchange' => ['folder' => 'contacts/Other'] + $this->byGraph(), 'pair' => 'contacts:sales@example.com:contacts'] + $this->config());
        $report = $other->migrate(true);
        self::assertSame([false, 30], [$report->moved(), $report->missing()]);
        self::assertStringContainsString('30 of 30', (string) $report->refused());
        self::assertCount(20, $report->missingRows());
        self::assertTrue($ews->sync()->complete());
        $this->assertOneAddressBook($ews, 'over EWS');
    }

    /** P1, R6, R21: what was held, parked or deleted before the move is after it what it was. */
    public function testWhatIsHeldMovesAlong(): void
    {
        $ews = $this->inStepOverEws(6);
        $this->exchange->add(['GivenName' => str_repeat('x', 61), 'EmailAddress1' => 'long@example.com']);
        $ews->sync();
        self::assertCount(1, $ews->held());
        $since = $ews->held()[0]->since();
        $graph = $this->syncOver($this->byGraph());
        self::assertTrue($graph->migrate(true)->moved());
        self::assertCount(1, $graph->held());
        self::assertEquals($since, $graph->held()[0]->since());
        $graph->sync();
        $graph->sync();
        self::assertCount(1, $graph->held(), 'it is not held twice');
        $item = $this->exchange->find('EmailAddress1', 'long@example.com');
        $this->exchange->edit($item['id'], ['GivenName' => 'Short']);
        $this->recover($graph, 'once it fits');
        $this->assertOneAddressBook($graph, 'once it fits');
        self::assertSame(7, $this->db->count());
    }

    /** R25: a failure of Graph before the switch leaves the pair alone, and the next call goes on where it was. */
    public function testAFailureOfGraphLeavesThePairOverEws(): void
    {
        $ews = $this->inStepOverEws(6);
        $graph = $this->syncOver($this->byGraph());
        foreach (['GraphTranslateIds', 'GraphDelta'] as $operation) {
            $this->exchange->fault($operation, 'graph_error', null, ['status' => 503, 'code' => 'serviceNotAvailable', 'message' => 'Later.']);
            self::thrown(ExchangeException::class, static fn () => $graph->migrate(true));
            $this->exchange->noFaults();
            self::assertSame(1, $ews->sync()->requests(), "after $operation: nobody waits for Graph");
        }
        $stopped = $graph->migrate(true, static fn (): bool => false);
        self::assertSame([false, 'ews'], [$stopped->moved(), $stopped->toArray()['from']]);
        self::assertStringContainsString('stopped on request', (string) $stopped->refused());
        $this->exchange->resetStats();
        self::assertTrue($graph->migrate(true)->moved());
        self::assertArrayNotHasKey('GraphTranslateIds', $this->exchange->stats()['requests'], 'the ids are known by now');
    }

    public function testAPairThatIsInStepWithNothingIsNotMoved(): void
    {
        $graph = $this->syncOver($this->byGraph());
        self::thrown(StoreException::class, static fn () => $graph->migrate());
        $graph->install();
        $never = self::thrown(ConfigException::class, static fn () => $graph->migrate(true));
        self::assertStringContainsString('call sync()', $never->getMessage());
    }

    /** Back to EWS nothing leads: its ids cannot be had from those of Graph. */
    public function testThereIsNoWayBack(): void
    {
        $ews = $this->inStepOverEws(3);
        $graph = $this->syncOver($this->byGraph());
        $graph->migrate(true);
        $refused = self::thrown(ExchangeException::class, static fn () => $ews->migrate(true));
        self::assertStringContainsString('cannot be translated', $refused->getMessage());
        $this->recover($graph, 'after all');
        $this->assertOneAddressBook($graph, 'after all');
    }
}
