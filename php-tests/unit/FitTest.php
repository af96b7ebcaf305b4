<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;
use ExchangeContactSync\Tests\Trouble;

/** What does not fit is held, whole and in its own words; it stops no other contact. */
final class FitTest extends SyncTestCase
{
    /** P6, semantics 43. */
    public function testFourByteCharactersInAThreeByteColumn(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY first_name VARCHAR(60) CHARACTER SET utf8mb3');
        $sync = $this->ready();
        $this->exchange->add(['GivenName' => 'Anna 🎉', 'Surname' => 'Party']);
        $this->exchange->add(['GivenName' => 'Plain', 'Surname' => 'Fine']);
        $report = $sync->pull();
        self::assertSame([1, 1], [$report->inserted(), $report->held()]);
        $held = $sync->held()[0];
        self::assertStringContainsString('first_name', $held->reason());
        self::assertSame('Anna 🎉', $held->values()['GivenName']);
        self::assertNull($held->key());
        self::assertNotNull($held->item());
        self::assertGreaterThanOrEqual(1, $held->tries());
        // Held is not retried into damage, nor sent back.
        $sync->sync();
        self::assertNotNull($this->exchange->find('GivenName', 'Anna 🎉'));
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY first_name VARCHAR(60) CHARACTER SET utf8mb4');
        $again = $this->sync();
        $again->retry($held->id());
        self::assertSame('Anna 🎉', $this->db->find('last_name', 'Party')['first_name']);
        self::assertSame([], $again->held());
    }

    /** P6: nor shortened in Exchange by the next push. */
    public function testATextThatIsTooLongIsNeverCut(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Long', 'job_title' => 'short']);
        $long = str_repeat('ä', 81);
        $this->exchange->edit($item, ['JobTitle' => $long, 'BusinessPhone' => '5']);
        self::assertSame(1, $sync->pull()->held());
        $this->assertRow(['job_title' => 'short'], $id);
        self::assertStringContainsString('job_title', $sync->held()[0]->reason());
        self::assertSame($long, $sync->held()[0]->values()['JobTitle']);
        $sync->sync();
        $this->assertItem(['JobTitle' => $long], $item);
        // An edit of the row meanwhile does not shorten Exchange.
        $this->db->update($id, ['mobile' => '7']);
        $sync->push($id);
        $this->assertItem(['JobTitle' => $long], $item);
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY job_title VARCHAR(200)');
        $again = $this->sync();
        $again->retry($id);
        $this->round($again);
        $this->assertRow(['job_title' => $long, 'phone' => '5', 'mobile' => '7'], $id);
        self::assertSame([], $again->held());
    }

    public function testExactlyFullIsNotTooLong(): void
    {
        $sync = $this->ready();
        $this->exchange->add(['GivenName' => str_repeat('ß', 60), 'Surname' => str_repeat('🎉', 80)]);
        $report = $sync->pull();
        self::assertSame([1, 0], [$report->inserted(), $report->held()]);
        $this->assertSidesAgree();
    }

    /** P6, R22. */
    public function testAUniqueColumnNeverOverwritesAnotherContact(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts DROP KEY contacts_email, ADD UNIQUE KEY contacts_email (email)');
        $sync = $this->ready();
        [$id] = $this->linked($sync, ['first_name' => 'First', 'email' => 'same@example.com']);
        $this->exchange->add(['GivenName' => 'Second', 'Surname' => 'Other', 'EmailAddress1' => 'same@example.com']);
        $this->exchange->add(['GivenName' => 'Third', 'EmailAddress1' => 'third@example.com']);
        $report = $sync->pull();
        self::assertSame([1, 1], [$report->inserted(), $report->held()]);
        $this->assertRow(['first_name' => 'First', 'email' => 'same@example.com'], $id);
        self::assertStringContainsString('email', $sync->held()[0]->reason());
    }

    /** R22. */
    public function testTwoContactsMaySwapAUniqueValue(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts DROP KEY contacts_email, ADD UNIQUE KEY contacts_email (email)');
        $sync = $this->ready();
        [$one, $first] = $this->linked($sync, ['first_name' => 'One', 'email' => 'a@example.com']);
        [$two, $second] = $this->linked($sync, ['first_name' => 'Two', 'email' => 'b@example.com']);
        $this->exchange->edit($first, ['EmailAddress1' => 'b@example.com']);
        $this->exchange->edit($second, ['EmailAddress1' => 'a@example.com']);
        $this->round($sync);
        $this->round($sync);
        $this->assertRow(['email' => 'b@example.com'], $one);
        $this->assertRow(['email' => 'a@example.com'], $two);
        self::assertSame([], $sync->held());
    }

    public function testNotNullColumnsAreRespected(): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts MODIFY company VARCHAR(120) NOT NULL DEFAULT ''");
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['company' => 'Muster AG']);
        $this->exchange->edit($item, ['CompanyName' => null]);
        $this->exchange->add(['GivenName' => 'Freelance']);
        $this->round($sync);
        $this->assertRow(['company' => ''], $id);
        self::assertSame('', $this->db->find('first_name', 'Freelance')['company']);
        $report = $this->round($sync);
        self::assertSame([0, 0], [$report->updated(), $report->pushedUpdates()]);
    }

    public function testAListColumnKeepsItsOwnWayOfWriting(): void
    {
        foreach (['["A","B"]' => '["A","B","C"]', 'A;B' => 'A; B; C', 'A, B' => 'A, B, C', "A\nB" => "A\nB\nC"] as $held => $expected) {
            $this->tearDown();
            $this->setUp();
            $id = $this->db->insert(['first_name' => 'Listed', 'tags' => $held]);
            $this->ready();
            $item = $this->exchange->items()[0];
            self::assertSame(['A', 'B'], $item['fields']['Categories'], $held);
            self::assertSame($held, $this->db->row($id)['tags']);
            $this->exchange->edit($item['id'], ['Categories' => ['A', 'B', 'C']]);
            $this->round($this->sync());
            $this->assertRow(['tags' => $expected], $id);
        }
    }

    /** semantics 45: also before any row shows how lists are written, and to MariaDB JSON is a text with a check. */
    public function testAJsonColumnGetsItsListsAsJsonFromTheFirstContactOn(): void
    {
        foreach (['JSON NULL' => null, 'JSON NOT NULL' => '[]'] as $type => $nothing) {
            $this->tearDown();
            $this->setUp();
            $this->db->pdo->exec("ALTER TABLE contacts MODIFY tags $type");
            $sync = $this->ready();
            $this->exchange->add(['GivenName' => 'Listed', 'Categories' => ['A', 'b, c; "d"']]);
            $bare = $this->exchange->add(['GivenName' => 'Bare']);
            $report = $this->round($sync);
            self::assertSame([2, 0], [$report->inserted(), $report->held()], $type);
            self::assertSame('["A","b, c; \\"d\\""]', $this->db->find('first_name', 'Listed')['tags']);
            self::assertSame($nothing, $this->db->find('first_name', 'Bare')['tags']);
            $this->exchange->edit($bare, ['Categories' => ['A']]);
            $this->round($sync);
            $this->exchange->edit($bare, ['Categories' => null]);
            $this->round($sync);
            self::assertSame($nothing, $this->db->find('first_name', 'Bare')['tags']);
            self::assertSame(0, $this->round($sync)->pushedUpdates());
        }
    }

    /** P6: what a JSON column holds in place of a list goes nowhere in pieces. */
    public function testAJsonColumnThatHoldsNoListIsHeldAndNothingIsNoList(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY tags JSON NULL');
        $sync = $this->ready();
        $nothing = $this->db->insert(['first_name' => 'Nothing', 'tags' => 'null']);
        $object = $this->db->insert(['first_name' => 'Object', 'tags' => '{"a": "b, c"}']);
        self::assertPushed(Outcome::Created, $sync->push($nothing));
        self::assertPushed(Outcome::Held, $sync->push($object));
        self::assertStringContainsString('Categories', $sync->held()[0]->reason());
        foreach (['Nothing', 'Object'] as $name) {
            self::assertArrayNotHasKey('Categories', $this->exchange->find('GivenName', $name)['fields'], $name);
        }
        $this->round($sync);
        $this->assertRow(['tags' => 'null'], $nothing);
        $this->assertRow(['tags' => '{"a": "b, c"}'], $object);
        $this->db->update($object, ['tags' => '["b, c"]']);
        self::assertPushed(Outcome::Updated, $sync->push($object));
        self::assertSame(['b, c'], $this->exchange->find('GivenName', 'Object')['fields']['Categories']);
        self::assertSame([], $sync->held());
    }

    /** P6. */
    public function testAContactThatExchangeRefusesIsHeldAndTheOthersArrive(): void
    {
        $sync = $this->ready();
        $this->exchange->trouble('CreateItem', Trouble::ItemRefused);
        $bad = $this->db->insert(['first_name' => 'Refused']);
        $good = $this->db->insert(['first_name' => 'Taken']);
        $result = $sync->push($bad);
        self::assertPushed(Outcome::Held, $result);
        self::assertStringContainsString(Trouble::ItemRefused->code(), (string) $result->error());
        self::assertPushed(Outcome::Created, $sync->push($good));
        self::assertSame('to_exchange', $sync->held()[0]->direction());
        self::assertPushed(Outcome::Created, $sync->retry($bad));
        self::assertSame([], $sync->held());
        $this->assertSidesAgree();
    }

    /** P6: a change that Exchange refuses is shown with the whole contact, and goes with the next edit. */
    public function testAChangeThatExchangeRefusesIsHeldUnderItsName(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'last_name' => 'Muster', 'phone' => '1']);
        $this->exchange->trouble('UpdateItem', Trouble::ItemRefused);
        $this->db->update($id, ['phone' => '2']);
        self::assertPushed(Outcome::Held, $sync->push($id));
        $held = $sync->held()[0];
        self::assertSame([(string) $id, 'Anna Muster', 'to_exchange'], [$held->key(), $held->label(), $held->direction()]);
        self::assertSame(['2', 'Muster'], [$held->values()['BusinessPhone'], $held->values()['Surname']]);
        $this->assertItem(['BusinessPhone' => '1'], $item);
        $this->db->update($id, ['phone' => '3']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame([], $sync->held());
        $this->assertSidesAgree();
    }
}
