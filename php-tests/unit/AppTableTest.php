<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Exception;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\SyncTestCase;

/** The app's table computes, normalises, refuses and keeps odd values in ways of its own; neither side is damaged by that. */
final class AppTableTest extends SyncTestCase
{
    /** P6, P8: columns that the database computes are no business of ours, also when they are UNIQUE. */
    public function testGeneratedColumnsThatAreNotMapped(): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts
            ADD full_name VARCHAR(150) AS (CONCAT_WS(' ', first_name, last_name)) VIRTUAL,
            ADD email_low VARCHAR(190) AS (LOWER(TRIM(email))) STORED, ADD UNIQUE KEY one_email (email_low)");
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'last_name' => 'Muster', 'email' => 'Anna@example.com']);
        $this->exchange->edit($item, ['Surname' => 'Beispiel']);
        $this->exchange->add(['GivenName' => 'Bo', 'EmailAddress1' => 'bo@example.com']);
        $twin = $this->exchange->add(['GivenName' => 'Twin', 'Surname' => 'Other', 'EmailAddress1' => 'ANNA@example.com']);
        $report = $this->round($sync);
        self::assertSame([1, 1, 1], [$report->inserted(), $report->updated(), $report->held()]);
        $this->assertRow(['full_name' => 'Anna Beispiel', 'email_low' => 'anna@example.com'], $id);
        self::assertSame('bo@example.com', $this->db->find('first_name', 'Bo')['email_low']);
        self::assertStringContainsString('one_email', $sync->held()[0]->reason());
        $this->exchange->edit($twin, ['EmailAddress1' => 'twin@example.com']);
        self::assertSame(1, $this->round($sync)->inserted());
        self::assertSame([], $sync->held());
        $this->assertSidesAgree();
    }

    /** P8: a computed column is refused by name where it is mapped, and left out where the mapping is guessed. */
    public function testAGeneratedColumnCannotBeMappedAndIsNotGuessed(): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts DROP last_name, ADD last_name VARCHAR(80) AS (UPPER(first_name)) STORED");
        $sync = $this->sync();
        foreach (['install', 'plan'] as $call) {
            $message = self::thrown(ConfigException::class, fn () => $sync->$call())->getMessage();
            self::assertStringContainsString('last_name', $message);
            self::assertStringContainsString('computed', $message);
        }
        $failed = array_values(array_filter($sync->check(), static fn (array $step): bool => !$step['ok']));
        self::assertStringContainsString('last_name', $failed[0]['message']);
        $config = $this->config();
        unset($config['contacts']['map']);
        $guessing = new \ExchangeContactSync($config);
        $guessing->install();
        $this->exchange->add(['GivenName' => 'Anna', 'Surname' => 'Muster']);
        self::assertSame(1, $this->round($guessing)->inserted());
        self::assertArrayNotHasKey('last_name', $guessing->plan()->mapping());
        self::assertSame('ANNA', $this->db->find('first_name', 'Anna')['last_name']);
    }

    /** P1, P3: the table is changed under a running pair so that nothing can be written; when it is put right, everything arrives. */
    public function testAMappedColumnThatBecomesGenerated(): void
    {
        $sync = $this->ready();
        [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'city' => 'Bern']);
        $this->db->pdo->exec("ALTER TABLE contacts DROP city, ADD city VARCHAR(80) AS (CONCAT('in ', zip)) STORED");
        $this->exchange->edit($item, ['BusinessAddress.City' => 'Basel']);
        foreach ([$sync, $this->sync()] as $try) {
            $message = self::thrown(Exception::class, fn () => $try->sync())->getMessage();
            self::assertStringContainsString('city', $message);
        }
        $this->assertItem(['BusinessAddress.City' => 'Basel'], $item);
        $this->db->pdo->exec('ALTER TABLE contacts DROP city, ADD city VARCHAR(80) NULL');
        $this->round($this->sync());
        $this->assertRow(['city' => 'Basel'], $id);
        $this->assertSidesAgree();
    }

    /** R13, semantics 44: what a trigger of the app cuts or rewrites stays that way in the table and as it was in Exchange. */
    public function testWhatATriggerOfTheAppRewritesIsNotSentBack(): void
    {
        foreach (['INSERT', 'UPDATE'] as $event) {
            $this->db->pdo->exec("CREATE TRIGGER tidy_$event BEFORE $event ON contacts FOR EACH ROW
                SET NEW.phone = REPLACE(NEW.phone, ' ', ''), NEW.job_title = LEFT(NEW.job_title, 5), NEW.company = UPPER(NEW.company)");
        }
        $sync = $this->ready();
        $item = $this->exchange->add(['GivenName' => 'Anna', 'BusinessPhone' => '+41 31 1', 'JobTitle' => 'Director', 'CompanyName' => 'Muster']);
        $this->round($sync);
        $row = $this->db->find('first_name', 'Anna');
        self::assertSame(['+41311', 'Direc', 'MUSTER'], [$row['phone'], $row['job_title'], $row['company']]);
        $id = (int) $row['id'];
        $this->exchange->edit($item, ['BusinessPhone' => '+41 31 2', 'MobilePhone' => '7']);
        $this->round($sync);
        $this->assertRow(['phone' => '+41312', 'mobile' => '7', 'job_title' => 'Direc'], $id);
        $this->db->update($id, ['mobile' => '8']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $sync->state()->reset();
        $this->exchange->resetStats();
        $this->round($sync);
        $this->round($sync);
        self::assertSame(0, $this->exchange->stats()['writes']);
        $this->assertItem(['BusinessPhone' => '+41 31 2', 'JobTitle' => 'Director', 'CompanyName' => 'Muster', 'MobilePhone' => '8'], $item);
        // An edit in the webapp is one, whatever the trigger makes of it.
        $this->db->update($id, ['job_title' => 'Manager']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertItem(['JobTitle' => 'Manag', 'CompanyName' => 'Muster'], $item);
        self::assertSame([], $sync->conflicts());
    }

    /** P6, P7: a row that the app does not let go is held, and goes when it may. */
    public function testATriggerThatRefusesADeletion(): void
    {
        $sync = $this->ready();
        [$kept, $keptItem] = $this->linked($sync, ['first_name' => 'Kept', 'rating' => 5]);
        [$gone, $goneItem] = $this->linked($sync, ['first_name' => 'Gone']);
        $this->db->pdo->exec("CREATE TRIGGER keep BEFORE DELETE ON contacts FOR EACH ROW IF OLD.rating = 5 THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a customer is never deleted', MYSQL_ERRNO = 32000; END IF");
        $this->exchange->delete($keptItem);
        $this->exchange->delete($goneItem);
        $report = $this->round($sync);
        self::assertSame([1, 1], [$report->deleted(), $report->held()]);
        self::assertNull($this->db->row($gone));
        $held = $sync->held()[0];
        self::assertSame([(string) $kept, 'to_table', 'Kept'], [$held->key(), $held->direction(), $held->values()['GivenName']]);
        self::assertStringContainsString('a customer is never deleted', $held->reason());
        self::assertSame([], $this->exchange->items());
        $this->round($sync);
        $this->assertRow(['first_name' => 'Kept'], $kept);
        self::assertSame([], $this->exchange->items());
        $this->db->update($kept, ['rating' => 0]);
        $this->hoursPass();
        self::assertSame(1, $this->round($sync)->deleted());
        self::assertSame([0, []], [$this->db->count(), $sync->held()]);
    }

    /** P6: what a lax app gets away with and we do not: new contacts wait, changed ones arrive. */
    public function testAColumnOfTheAppThatWantsAValue(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts ADD branch VARCHAR(20) NOT NULL');
        $lax = $this->db->connect();
        $lax->exec("SET SESSION sql_mode=''");
        $lax->exec("INSERT INTO contacts (first_name, phone) VALUES ('Anna', '1')");
        $sync = $this->ready();
        $item = $this->exchange->find('GivenName', 'Anna');
        $this->exchange->edit($item['id'], ['BusinessPhone' => '2']);
        $this->exchange->add(['GivenName' => 'Bo']);
        $report = $this->round($sync);
        self::assertSame([0, 1, 1], [$report->inserted(), $report->updated(), $report->held()]);
        self::assertStringContainsString('column branch', $sync->held()[0]->reason());
        $this->db->pdo->exec("ALTER TABLE contacts ALTER branch SET DEFAULT 'Bern'");
        $this->hoursPass();
        $this->round($sync);
        self::assertSame('Bern', $this->db->find('first_name', 'Bo')['branch']);
        self::assertSame([], $sync->held());
        $this->assertSidesAgree();
    }

    /**
     * P1, P6: a value that a lax app has stored and that is none: the row is held with column and contact, the item keeps its own,
     * other edits arrive where they can, and a correction ends it.
     */
    public function testDaysThatAreNoneAreHeldOnTheirWayOut(): void
    {
        foreach (['2023-02-31', '1980-05-00', '1980-00-00'] as $day) {
            $this->tearDown();
            $this->setUp();
            $lax = $this->db->connect();
            $lax->exec("SET SESSION sql_mode='ALLOW_INVALID_DATES'");
            $sync = $this->ready();
            [$id, $item] = $this->linked($sync, ['first_name' => 'Anna', 'birthday' => '1980-05-17']);
            $lax->exec("UPDATE contacts SET birthday = '$day' WHERE id = $id");
            $good = $this->db->insert(['first_name' => 'Bo']);
            $result = $sync->push($id);
            self::assertPushed(Outcome::Held, $result);
            self::assertStringContainsString('Birthday', (string) $result->error());
            self::assertPushed(Outcome::Created, $sync->push($good));
            $held = $sync->held()[0];
            self::assertSame([(string) $id, 'to_exchange'], [$held->key(), $held->direction()]);
            self::assertSame(['Anna', $day], [$held->label(), $held->values()['Birthday']]);
            $this->exchange->edit($item, ['BusinessPhone' => '5']);
            $this->round($sync);
            $this->assertRow(['phone' => '5', 'birthday' => $day], $id);
            $this->assertItem(['Birthday' => '1980-05-17'], $item);
            $this->db->update($id, ['birthday' => '1981-06-18']);
            self::assertPushed(Outcome::Updated, $sync->push($id));
            $this->assertItem(['Birthday' => '1981-06-18', 'BusinessPhone' => '5'], $item);
            self::assertSame([], $sync->held(), $day);
            $this->round($sync);
            $this->assertSidesAgree();
        }
    }

    /** P8, R13: the zero day of a lax app is no day, on both sides and in both directions. */
    public function testTheZeroDayIsNone(): void
    {
        $lax = $this->db->connect();
        $lax->exec("SET SESSION sql_mode=''");
        $lax->exec("ALTER TABLE contacts MODIFY birthday DATE NOT NULL DEFAULT '0000-00-00'");
        $lax->exec("INSERT INTO contacts (first_name) VALUES ('Anna')");
        $sync = $this->ready();
        $item = $this->exchange->find('GivenName', 'Anna');
        self::assertArrayNotHasKey('Birthday', $item['fields']);
        $id = (int) $this->db->find('first_name', 'Anna')['id'];
        $this->exchange->edit($item['id'], ['BusinessPhone' => '5']);
        $this->round($sync);
        $this->assertRow(['phone' => '5', 'birthday' => '0000-00-00'], $id);
        $this->exchange->edit($item['id'], ['Birthday' => '1980-05-17']);
        $this->round($sync);
        $this->assertRow(['birthday' => '1980-05-17'], $id);
        $this->exchange->edit($item['id'], ['Birthday' => null]);
        $this->round($sync);
        $this->assertRow(['birthday' => '0000-00-00'], $id);
        $this->exchange->resetStats();
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->updated(), $report->held(), $this->exchange->stats()['writes']]);
    }

    /** P6, P10: many that do not fit, for many reasons, among many on one page. */
    public function testManyRefusedContactsAmongMany(): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts ADD UNIQUE KEY one_mobile (mobile), MODIFY job_title VARCHAR(5), MODIFY zip INT,
            ADD CONSTRAINT city_is_short CHECK (CHAR_LENGTH(city) < 5)");
        $this->exchange->add(['GivenName' => 'First', 'MobilePhone' => 'the same']);
        $sync = $this->ready();
        $wrong = [
            'MobilePhone' => ['the same', 'a'], 'JobTitle' => ['too long', 'short'], 'BusinessAddress.PostalCode' => ['no number', '1'],
            'BusinessAddress.City' => ['Winterthur', 'Bern'],
        ];
        $bad = [];
        for ($n = 0; $n < 60; $n++) {
            $property = array_keys($wrong)[$n % 4];
            $id = $this->exchange->add(['GivenName' => "Nr. $n"] + ($n % 3 === 0 ? [$property => $wrong[$property][0]] : []));
            if ($n % 3 === 0) {
                $bad[$id] = [$property, $wrong[$property][1] . ($property === 'MobilePhone' ? $n : '')];
            }
        }
        $report = $this->round($sync);
        self::assertSame([40, 20], [$report->inserted(), $report->held()]);
        self::assertSame(41, $this->db->count());
        foreach ($sync->held() as $held) {
            self::assertMatchesRegularExpression('/one_mobile|column job_title|column zip|city_is_short/', $held->reason());
        }
        foreach ($bad as $id => [$property, $value]) {
            $this->exchange->edit($id, [$property => $value]);
        }
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame(61, $this->db->count());
        $this->assertSidesAgree();
    }

    /** By the clock of the database, which tells when a held contact is due (R25). */
    private function hoursPass(): void
    {
        $this->db->pdo->exec('UPDATE ecs_held SET tried = tried - INTERVAL 2 HOUR');
    }
}
