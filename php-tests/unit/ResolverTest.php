<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\ClashTestCase;

/** policy.conflict is the app's own code: it may fail, end the process and answer what it likes; no edit is lost by it. */
final class ResolverTest extends ClashTestCase
{
    /**
     * P1: an exception arrives as it was thrown, nothing of the page is lost, the lease is free, and the next call goes on.
     *
     * @dataProvider ways
     */
    public function testAnExceptionArrivesUnchangedAndNothingIsLost(string $way): void
    {
        $sync = $this->asking();
        [$other, $beside] = $this->linked($sync, ['first_name' => 'Neighbour']);
        [$id, $item] = $this->clash($sync);
        $this->exchange->edit($beside, ['MobilePhone' => 'beside']);
        $this->exchange->add(['GivenName' => 'New']);
        $mine = new \DomainException('ask me later');
        // The first property is decided, the second one is not.
        $this->answer = static fn (string $property): string => $property === 'MobilePhone' ? throw $mine : 'decided';
        $this->both($id, $item, 'mobile', 'MobilePhone');
        $thrown = self::thrown(\DomainException::class, fn () => $way === 'push' ? $sync->push($id) : $sync->$way());
        self::assertSame($mine, $thrown);
        self::assertNull($mine->getPrevious());
        $this->assertRow(['phone' => 'here', 'mobile' => 'here'], $id);
        $this->assertItem(['BusinessPhone' => 'there', 'MobilePhone' => 'there'], $item);
        self::assertSame([[], []], [$sync->conflicts(), $sync->held()]);
        self::assertSame(1, $sync->state()->pending());
        self::assertSame('DomainException', $this->inAProcess(
            "fn () => throw new DomainException('not I either')",
            "try { \$sync->sync(); } catch (Exception \$e) { echo get_class(\$e); }",
        ));
        $this->answer = static fn (): string => 'decided';
        $this->round($sync);
        $this->assertRow(['phone' => 'decided', 'mobile' => 'decided'], $id);
        $this->assertItem(['BusinessPhone' => 'decided', 'MobilePhone' => 'decided'], $item);
        $this->assertRow(['mobile' => 'beside'], $other);
        self::assertNotNull($this->db->find('first_name', 'New'));
        self::assertCount(2, $sync->conflicts());
        $this->assertSidesAgree();
    }

    /** @return iterable<string, array{string}> */
    public function ways(): iterable
    {
        foreach (['pull', 'push', 'pushPending', 'sync'] as $way) {
            yield $way => [$way];
        }
    }

    /**
     * P1, R20: the process ends in the middle of the decision: the lease is free at once, nothing is lost.
     *
     * @dataProvider ends
     */
    public function testAProcessThatEndsWhileItDecides(string $end, string $call, ?int $status): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $printed = $this->inAProcess(
            "function () { echo 'deciding '; $end }",
            "register_shutdown_function(fn () => print 'bye'); \$sync->$call; echo 'not reached';",
            $ended,
        );
        self::assertStringStartsWith('deciding ', $printed);
        self::assertStringNotContainsString('not reached', $printed);
        if ($status !== null) {
            self::assertSame($status, $ended);
            self::assertStringEndsWith('bye', $printed);
        }
        $this->assertRow(['phone' => 'here'], $id);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        $this->answer = static fn (): string => 'decided';
        if (str_starts_with($call, 'push(')) {
            self::assertPushed(Outcome::Merged, $sync->push($id));
        }
        $this->round($sync);
        $this->assertRow(['phone' => 'decided'], $id);
        $this->assertItem(['BusinessPhone' => 'decided'], $item);
        self::assertCount(1, $sync->conflicts());
    }

    /** @return iterable<string, array{string, string, int|null}> */
    public function ends(): iterable
    {
        foreach (['pull()', 'push(1)'] as $call) {
            yield "exit, $call" => ['exit(7);', $call, 7];
            yield "a fatal error, $call" => ["trigger_error('boom', E_USER_ERROR);", $call, 255];
            yield "killed, $call" => ['posix_kill(getmypid(), SIGKILL);', $call, null];
        }
    }

    /**
     * P6: an answer that the table cannot hold is held; both values stay where they are, the others of the page arrive.
     *
     * @dataProvider calls
     */
    public function testAnAnswerThatDoesNotFitIsHeld(string $way): void
    {
        $sync = $this->asking();
        [, $beside] = $this->linked($sync, ['first_name' => 'Neighbour']);
        [$id, $item] = $this->clash($sync);
        $this->exchange->edit($beside, ['MobilePhone' => 'beside']);
        $this->answer = static fn (): string => str_repeat('x', 41);
        $this->carryOut($sync, $way, $id, Outcome::Held);
        $this->round($sync);
        $this->assertRow(['phone' => 'here'], $id);
        $this->assertItem(['BusinessPhone' => 'there'], $item);
        self::assertSame('beside', $this->db->find('first_name', 'Neighbour')['mobile']);
        $held = $sync->held();
        self::assertCount(1, $held);
        self::assertSame([(string) $id, 'to_table'], [$held[0]->key(), $held[0]->direction()]);
        self::assertStringContainsString('column phone', $held[0]->reason());
        self::assertSame(str_repeat('x', 41), $held[0]->values()['BusinessPhone']);
        self::assertSame([], $sync->conflicts());
        $this->answer = static fn (): string => 'fits';
        self::assertTrue($sync->retry($id)->isSynced());
        $this->round($sync);
        $this->assertRow(['phone' => 'fits'], $id);
        $this->assertItem(['BusinessPhone' => 'fits'], $item);
        self::assertSame([], $sync->held());
        self::assertCount(1, $sync->conflicts());
    }

    /** P1: an answer of a wrong type is refused by name, and is no decision. */
    public function testAnswersOfAWrongType(): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $wrong = [true, new \stdClass(), static fn () => 'later', ['a']];
        foreach ($wrong as $value) {
            $this->answer = static fn (): mixed => $value;
            $message = self::thrown(ConfigException::class, fn () => $sync->sync())->getMessage();
            self::assertStringContainsString('policy.conflict', $message);
            self::assertStringContainsString('BusinessPhone', $message);
            self::thrown(ConfigException::class, fn () => $sync->push($id));
        }
        $this->answer = static fn (): string => 'decided';
        $this->round($sync);
        $this->both($id, $item, 'birthday', 'Birthday', '1980-01-01', '1990-01-01');
        foreach (['31.12.1999', '2023-02-29', 19991231, false] as $value) {
            $this->answer = static fn (): mixed => $value;
            $message = self::thrown(ConfigException::class, fn () => $sync->sync())->getMessage();
            self::assertStringContainsString('Birthday', $message);
            self::assertStringContainsString('YYYY-MM-DD', $message);
        }
        $this->assertRow(['phone' => 'decided', 'birthday' => '1980-01-01'], $id);
        $this->assertItem(['BusinessPhone' => 'decided', 'Birthday' => '1990-01-01'], $item);
        self::assertCount(1, $sync->conflicts());
        $this->answer = static fn (): string => '1985-01-01';
        $this->round($sync);
        $this->assertSidesAgree();
    }

    /** R13, semantics 42: whatever an answer holds, each side has what both can hold, and the round after it is silent. */
    public function testOddAnswersArrive(): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $this->answer = static fn (): string => 'decided';
        $this->round($sync);
        foreach ([
            [42, '42', '42'], ['', null, null], [" blanks\u{a0}", " blanks", " blanks"],
            ["a\x02b\u{fffe}", 'ab', 'ab'], ["Zeile\r\n🎉 <&>]]>", "Zeile\n🎉 <&>]]>", "Zeile\n🎉 <&>]]>"],
        ] as $n => [$value, $row, $there]) {
            $this->answer = static fn (): int|string => $value;
            $this->both($id, $item, 'notes', 'Body', "here $n", "there $n");
            $this->round($sync);
            $this->assertRow(['notes' => $row], $id);
            $this->assertItem(['Body' => $there], $item);
            $this->exchange->resetStats();
            $report = $this->round($sync);
            self::assertSame([0, 0], [$report->updated(), $this->exchange->stats()['writes']]);
        }
    }

    /** P1: the losers are kept until a person has seen them, one by one, whatever becomes of the contact. */
    public function testTheLosersAreKeptUntilTheyAreAcknowledged(): void
    {
        $sync = $this->asking();
        [$id, $item] = $this->clash($sync);
        $this->both($id, $item, 'mobile', 'MobilePhone');
        $this->both($id, $item, 'company', 'CompanyName');
        $this->answer = static fn (string $property, ?string $row, ?string $item): ?string => match ($property) {
            'BusinessPhone' => $row, 'MobilePhone' => $item, 'CompanyName' => null,
        };
        $this->round($sync);
        $this->assertRow(['phone' => 'here', 'mobile' => 'there', 'company' => null], $id);
        $this->assertSidesAgree();
        $this->exchange->delete($item);
        $this->round($sync);
        $this->round($sync);
        self::assertSame(0, $this->db->count());
        $shown = [];
        foreach ($sync->conflicts() as $conflict) {
            self::assertSame([(string) $id, 'here', 'there'], [$conflict->key(), $conflict->row(), $conflict->item()]);
            $shown[$conflict->property()] = [$conflict->winner(), $conflict->id()];
        }
        ksort($shown);
        self::assertSame(
            ['BusinessPhone' => 'row', 'CompanyName' => 'resolver', 'MobilePhone' => 'item'],
            array_map(static fn (array $conflict): string => $conflict[0], $shown),
        );
        $sync->acknowledge($shown['CompanyName'][1]);
        $sync->acknowledge($shown['CompanyName'][1]);
        $sync->acknowledge(999_999);
        self::assertSame('2', $this->inAProcess('fn () => null', 'echo count($sync->conflicts());'));
        self::assertSame(2, $sync->state()->conflicts());
        foreach ($sync->conflicts() as $conflict) {
            $sync->acknowledge($conflict->id());
        }
        self::assertSame([[], 0], [$sync->conflicts(), $sync->state()->conflicts()]);
    }

    /** R23: of contacts that meet for the first time the last common value is not known, and is null. */
    public function testContactsThatMeetForTheFirstTime(): void
    {
        $id = $this->db->insert(['first_name' => 'Eva', 'email' => 'eva@example.com', 'phone' => 'here']);
        $item = $this->exchange->add(['GivenName' => 'Eva', 'EmailAddress1' => 'eva@example.com', 'BusinessPhone' => 'there']);
        $bases = [];
        $this->answer = static function (string $property, ?string $row, ?string $item, ?string $base) use (&$bases): string {
            $bases[$property] = $base;
            return "$row/$item";
        };
        $sync = $this->asking();
        self::assertSame(['BusinessPhone' => null], $bases);
        $this->assertRow(['phone' => 'here/there'], $id);
        $this->assertItem(['BusinessPhone' => 'here/there'], $item);
        self::assertCount(1, $sync->conflicts());
    }

    /** What a process of its own prints, in which $sync has this resolver. */
    private function inAProcess(string $resolver, string $code, ?int &$status = null): string
    {
        return $this->php(
            "\$config = json_decode(getenv('CONFIG'), true); \$config['policy']['conflict'] = $resolver;
            \$sync = new ExchangeContactSync(\$config); $code",
            [],
            $status,
        );
    }
}
