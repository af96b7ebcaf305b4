<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** Properties that callables compute of columns, and columns that they compute of properties. */
final class ComputedTest extends SyncTestCase
{
    /** @var array{toExchange: int, fromExchange: int} how often each was called */
    private array $calls = ['toExchange' => 0, 'fromExchange' => 0];

    /** @var \Closure(array<string, mixed>): mixed what happens to an answer */
    private \Closure $answer;

    private ?\Closure $meanwhile = null;

    protected function setUp(): void
    {
        parent::setUp();
        $this->answer = static fn (array $answer): array => $answer;
    }

    /** R13, P4: a row goes over, an item's edit comes back, and idle rounds call nothing, in a new object either. */
    public function testARoundTrip(): void
    {
        $sync = $this->ready($this->mapping());
        $id = $this->db->insert(['company' => 'Anna Lee', 'phone' => '030 1234']);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = $this->item('Lee');
        $this->assertItem(['GivenName' => 'Anna', 'MobilePhone' => '+49301234'], $item);
        self::assertSame(['toExchange' => 1, 'fromExchange' => 0], $this->called());
        $this->exchange->edit($item, ['GivenName' => 'Bo', 'MobilePhone' => '+49409']);
        $this->round($sync);
        $this->assertRow(['company' => 'Bo Lee', 'phone' => '0409', 'rating' => 0], $id);
        self::assertSame(['toExchange' => 1, 'fromExchange' => 1], $this->called());
        $new = $this->exchange->add(['Surname' => 'Ray', 'MobilePhone' => '+491', 'JobTitle' => 'Chief']);
        $this->round($sync);
        self::assertSame('01', $this->db->find('company', 'Ray')['phone'] ?? null);
        $this->assertItem(['JobTitle' => 'Chief'], $new);
        self::assertSame(1, $this->called()['fromExchange']);
        $this->assertSilent($sync);
        $this->assertSilent($this->sync($this->mapping()));
        self::assertSame(['toExchange' => 0, 'fromExchange' => 0], $this->called());
    }

    /** R13, P4, P10: the app's code writes in another way than the app; ten rounds change nothing more, and call nothing. */
    public function testNoPingPong(): void
    {
        $sync = $this->ready($this->mapping());
        // Exchange's "Anna  Maria" comes back as "Anna Maria", and a telephone number of abroad as none at all.
        $this->exchange->add(['GivenName' => 'Anna  Maria', 'Surname' => 'Lee', 'MobilePhone' => '+431']);
        $this->answer = static fn (array $answer): array => isset($answer['company'])
            ? ['company' => preg_replace('/ +/', ' ', $answer['company'])] + $answer
            : $answer;
        for ($round = 0; $round < 3; $round++) {
            $this->round($sync);
        }
        $this->called();
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        for ($round = 0; $round < 10; $round++) {
            $this->round($this->sync($this->mapping()));
        }
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame(['toExchange' => 0, 'fromExchange' => 0], $this->called());
    }

    /** R13, P1: both sides edit different properties of one group; the columns are computed of both edits. */
    public function testBothSidesOfOneGroupAreMerged(): void
    {
        $sync = $this->ready($this->mapping());
        [$id, $item] = $this->both($sync);
        $this->db->update($id, ['company' => 'Hanna Lee']);
        $this->exchange->edit($item, ['MobilePhone' => '+49777']);
        $this->round($sync);
        $this->round($sync);
        $this->assertRow(['company' => 'Hanna Lee', 'phone' => '0777'], $id);
        $this->assertItem(['GivenName' => 'Hanna', 'Surname' => 'Lee', 'MobilePhone' => '+49777'], $item);
        self::assertSame([], $sync->conflicts());

        $this->db->update($id, ['company' => 'Hanna Lynn']);
        $this->exchange->edit($item, ['Surname' => 'Lund']);
        $this->round($sync);
        $this->round($sync);
        self::assertCount(1, $sync->conflicts());
        $kept = $this->db->row($id)['company'];
        self::assertContains($kept, ['Hanna Lynn', 'Hanna Lund']);
        $this->assertItem(['Surname' => explode(' ', $kept)[1]], $item);
        $this->assertSilent($sync);
    }

    /** P6, P8: what toExchange throws holds its contact alone; it is tried again when the row changes, and not asked for before. */
    public function testARowThatCannotBeComputedIsHeldAlone(): void
    {
        $sync = $this->ready($this->mapping());
        [$id, $item] = $this->both($sync);
        $other = $this->db->insert(['company' => 'Ok Fine']);
        $this->answer = static fn (array $answer): array => ($answer['Surname'] ?? '') === 'Wrong'
            ? throw new \DomainException('no such person ' . str_repeat('x', 400)) : $answer;
        $this->db->update($id, ['company' => 'Anna Wrong', 'job_title' => 'Chief']);
        $report = $this->round($sync);
        self::assertSame(1, $report->created());
        self::assertNotNull($this->db->row($other));
        [$held] = $sync->held();
        self::assertStringContainsString('contacts.computed.0.toExchange threw DomainException: no such person xxx', $held->reason());
        self::assertStringContainsString('GivenName', $held->reason());
        self::assertLessThan(600, strlen($held->reason()));
        // The rest of the contact goes over.
        $this->assertItem(['Surname' => 'Lee', 'JobTitle' => 'Chief'], $item);
        $this->called();
        $this->round($sync);
        $this->round($this->sync($this->mapping()));
        self::assertLessThanOrEqual(1, $this->called()['toExchange']);
        $this->exchange->edit($item, ['MobilePhone' => '+49777']);
        $this->round($sync);
        $this->assertRow(['company' => 'Anna Wrong', 'phone' => '030'], $id);
        $this->db->update($id, ['company' => 'Anna Right']);
        $this->round($sync);
        $this->round($sync);
        self::assertSame([], $sync->held());
        $this->assertItem(['Surname' => 'Right', 'MobilePhone' => '+49777'], $item);
        $this->assertRow(['company' => 'Anna Right', 'phone' => '0777'], $id);
    }

    /** P6, P8: what fromExchange does wrong holds its contact, with the name of the callable and what was expected; nothing is written. */
    public function testAnItemThatCannotBeComputedIsHeldAlone(): void
    {
        $sync = $this->ready($this->mapping());
        [$id, $item] = $this->both($sync);
        $name = 'contacts.computed.0.fromExchange';
        $number = 0;
        foreach ([
            ['a string', "$name must return an array by name, string given"],
            [['compny' => 'x'], "$name gives \"compny\", which is none of its columns; did you mean company?"],
            [['phone' => ['x']], "$name must give phone as a string, a number, a boolean or null, array given"],
            [['company' => new \stdClass()], "$name must give company as a string, a number, a boolean or null, stdClass given"],
            [['phone' => str_repeat('0', 41)], 'column phone has 41 characters'],
            [['rating' => null], 'column rating is missing'],
        ] as [$answer, $reason]) {
            $this->answer = static fn (array $right): mixed => array_key_exists('company', $right) ? $answer : $right;
            $this->exchange->edit($item, ['GivenName' => 'Nr. ' . ++$number]);
            $fine = $this->exchange->add(['JobTitle' => "Nr. $number"]);
            $this->round($sync);
            $held = array_values(array_filter($sync->held(), static fn ($held): bool => $held->key() !== null));
            self::assertStringContainsString($reason, $held[0]->reason());
            $this->assertRow(['company' => 'Anna Lee', 'phone' => '030', 'rating' => 0], $id);
            $this->exchange->delete($fine);
        }
        $this->answer = static fn (array $right): array => $right;
        $this->exchange->edit($item, ['GivenName' => 'Hanna']);
        $this->round($sync);
        $this->round($sync);
        self::assertSame([], $sync->held());
        $this->assertRow(['company' => 'Hanna Lee'], $id);
    }

    /** P6: an answer of toExchange is checked key by key. */
    public function testWrongAnswersOfToExchangeAreNamed(): void
    {
        $sync = $this->ready($this->mapping());
        $id = $this->db->insert(['company' => 'Anna Lee']);
        $right = ['GivenName' => 'Anna', 'Surname' => 'Lee', 'MobilePhone' => null];
        $name = 'contacts.computed.0.toExchange';
        foreach ([
            [null, "$name must return an array by name, null given"],
            [array_slice($right, 0, 2), "$name gives no MobilePhone"],
            [['Surnam' => 'x'] + $right, "$name gives \"Surnam\", which is none of its properties; did you mean Surname?"],
            [['JobTitle' => 'x'] + $right, "$name gives \"JobTitle\", which is none of its properties"],
            [['Surname' => ['x']] + $right, "$name must give Surname as a string in UTF-8 or null, array given"],
            [['Surname' => "\xff"] + $right, "$name must give Surname as a string in UTF-8 or null, string given"],
        ] as [$answer, $reason]) {
            $this->answer = static fn (): mixed => $answer;
            $result = $sync->push($id);
            self::assertStringContainsString($reason, (string) ($sync->held()[0] ?? self::fail($result->outcome()->value))->reason());
        }
        $this->answer = static fn (array $answer): array => $answer;
        $this->db->update($id, ['company' => 'Anna Ray']);
        $sync->push($id);
        self::assertSame([], $sync->held());
        $this->item('Ray');
    }

    /** R3: the app's code may write to the very row; no lock is in its way, and what it wrote stays. */
    public function testACallableMayWriteToTheRow(): void
    {
        $sync = $this->ready($this->mapping());
        [$id, $item] = $this->both($sync);
        $app = $this->db->connect();
        $app->exec('SET SESSION innodb_lock_wait_timeout = 1');
        $this->meanwhile = static function () use ($app, $id): void {
            $app->exec("UPDATE contacts SET phone = '0555', notes = 'seen' WHERE id = $id");
        };
        $this->exchange->edit($item, ['GivenName' => 'Hanna']);
        $this->round($sync);
        $this->meanwhile = null;
        $this->round($sync);
        $this->assertRow(['company' => 'Hanna Lee', 'phone' => '0555', 'notes' => 'seen'], $id);
        $this->assertItem(['GivenName' => 'Hanna', 'MobilePhone' => '+49555'], $item);
        $this->assertSilent($sync);
    }

    /** A call of the same object from its own callable is refused, and says so where the contact is held. */
    public function testACallOfTheSameObjectIsRefused(): void
    {
        $sync = $this->ready($this->mapping());
        $id = $this->db->insert(['company' => 'Anna Lee']);
        $this->meanwhile = static function () use ($sync, $id): void {
            $sync->push($id);
        };
        $sync->push($id);
        self::assertStringContainsString('toExchange threw ExchangeContactSync\Exception', $sync->held()[0]->reason());
        $this->meanwhile = null;
        $this->db->update($id, ['company' => 'Anna Ray']);
        self::assertPushed(Outcome::Created, $sync->push($id));
    }

    /** R23: another version of the group computes everything anew, and what comes out otherwise is delivered. */
    public function testAnotherVersionComputesAnew(): void
    {
        $sync = $this->ready($this->mapping());
        [, $item] = $this->both($sync);
        $mapping = $this->mapping();
        $mapping['contacts']['computed'][0]['version'] = 2;
        $this->answer = static fn (array $answer): array => isset($answer['MobilePhone'])
            ? ['MobilePhone' => str_replace('+49', '0049', $answer['MobilePhone'])] + $answer : $answer;
        $this->round($this->sync($this->mapping()));
        self::assertSame(0, $this->called()['toExchange']);
        $changed = $this->sync($mapping);
        $changed->sync();
        $changed->confirmDeletes();
        $this->round($changed);
        $this->assertItem(['MobilePhone' => '004930'], $item);
        $this->called();
        $this->assertSilent($changed);
        self::assertSame(['toExchange' => 0, 'fromExchange' => 0], $this->called());
    }

    /** R10, P2: rows and items that were there before are paired up by what the columns mean; plan() shows the mapping. */
    public function testAFirstRunMatchesByComputedValues(): void
    {
        for ($n = 0; $n < 5; $n++) {
            $this->db->insert(['company' => "Nr$n Lee", 'phone' => "030$n", 'email' => "nr$n@example.com"]);
            $this->exchange->add(['GivenName' => "Nr$n", 'Surname' => 'Lee', 'MobilePhone' => "+4930$n"]);
        }
        $sync = $this->sync($this->mapping());
        $sync->install();
        $plan = $sync->plan();
        self::assertSame('computed: GivenName, Surname, MobilePhone', $plan->mapping()['phone']);
        $this->round($sync);
        self::assertSame(5, $sync->state()->linked());
        self::assertCount(5, $this->exchange->items());
        self::assertSame(5, $this->db->count());
    }

    /** R23: what cannot be called is named. */
    public function testWhatCannotBeCalledIsNamed(): void
    {
        foreach (['no_such_function', 7, [$this, 'nothing']] as $callable) {
            $mapping = $this->mapping();
            $mapping['contacts']['computed'][0]['fromExchange'] = $callable;
            $thrown = self::thrown(ConfigException::class, fn () => $this->sync($mapping));
            self::assertStringContainsString('contacts.computed.0.fromExchange: expected a callable', $thrown->getMessage());
        }
    }

    /**
     * @return array<string, mixed>
     */
    private function mapping(): array
    {
        return ['contacts' => [
            'map' => ['job_title' => 'JobTitle', 'email' => 'EmailAddress1'],
            'computed' => [[
                'columns' => ['company', 'phone', 'rating'],
                'properties' => ['GivenName', 'Surname', 'MobilePhone'],
                'toExchange' => function (array $row): mixed {
                    $this->calls['toExchange']++;
                    self::assertSame(['company', 'phone', 'rating'], array_keys($row));
                    self::assertIsInt($row['rating'] ?? 0);
                    $names = explode(' ', (string) $row['company']);
                    $surname = array_pop($names);
                    $phone = str_replace(' ', '', (string) $row['phone']);
                    ($this->meanwhile ?? static fn () => null)();
                    return ($this->answer)([
                        'GivenName' => implode(' ', $names),
                        'Surname' => $surname,
                        'MobilePhone' => str_starts_with($phone, '0') ? '+49' . substr($phone, 1) : null,
                    ]);
                },
                'fromExchange' => function (array $contact, array $row): mixed {
                    $this->calls['fromExchange']++;
                    self::assertSame(['GivenName', 'Surname', 'MobilePhone'], array_keys($contact));
                    self::assertSame(['company', 'phone', 'rating'], array_keys($row));
                    $phone = (string) $contact['MobilePhone'];
                    ($this->meanwhile ?? static fn () => null)();
                    return ($this->answer)([
                        'company' => trim($contact['GivenName'] . ' ' . $contact['Surname']),
                        'phone' => str_starts_with($phone, '+49') ? '0' . substr($phone, 3) : null,
                    ]);
                },
            ]],
        ]];
    }

    /**
     * A contact that both sides know.
     *
     * @return array{int, string} row key and item id
     */
    private function both(ExchangeContactSync $sync): array
    {
        $id = $this->db->insert(['company' => 'Anna Lee', 'phone' => '030']);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = $this->item('Lee');
        $this->round($sync);
        $this->exchange->resetStats();
        $this->called();
        return [$id, $item];
    }

    private function item(string $surname): string
    {
        return $this->exchange->find('Surname', $surname)['id'] ?? self::fail("there is no item $surname");
    }

    /**
     * @return array{toExchange: int, fromExchange: int} since the last time
     */
    private function called(): array
    {
        $calls = $this->calls;
        $this->calls = ['toExchange' => 0, 'fromExchange' => 0];
        return $calls;
    }

    private function assertSilent(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        $this->called();
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        $this->round($sync);
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(['toExchange' => 0, 'fromExchange' => 0], $this->calls);
        self::assertSame([], $sync->held());
    }
}
