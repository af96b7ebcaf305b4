<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\SyncTestCase;

/** Contacts on both sides before the first round. */
final class FirstRunTest extends SyncTestCase
{
    /** semantics 22. */
    public function testAlikeContactsArePairedUpWithoutAWrite(): void
    {
        $ids = [];
        for ($n = 0; $n < 30; $n++) {
            $fields = ['first_name' => "First $n", 'last_name' => "Last $n", 'email' => "person$n@example.com"];
            $ids[$n] = $this->db->insert($fields);
            $this->exchange->add([
                'GivenName' => "First $n", 'Surname' => "Last $n", 'EmailAddress1' => "person$n@example.com",
            ]);
        }
        $sync = $this->sync();
        $sync->install();
        $before = $this->db->fingerprint();
        $report = $this->round($sync);
        self::assertSame(30, $report->matched());
        self::assertSame([0, 0, 0], [$report->inserted(), $report->created(), $report->updated()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(30, $sync->state()->linked());
    }

    /** R23. */
    public function testAUniqueEmailPairsUpAndWhatOneSideLacksIsFilledIn(): void
    {
        $id = $this->db->insert(['first_name' => 'Bea', 'last_name' => 'Kraus', 'email' => 'BEA@example.com', 'phone' => '1']);
        $item = $this->exchange->add([
            'GivenName' => 'Bea', 'Surname' => 'Kraus', 'EmailAddress1' => 'bea@example.com', 'JobTitle' => 'Pilot',
        ]);
        $sync = $this->sync();
        $sync->install();
        $this->round($sync);
        self::assertSame(1, $this->db->count());
        self::assertCount(1, $this->exchange->items());
        $this->assertRow(['phone' => '1', 'job_title' => 'Pilot'], $id);
        $this->assertItem(['BusinessPhone' => '1', 'JobTitle' => 'Pilot'], $item);
    }

    public function testNameAndCompanyPairUpWhereThereIsNoEmail(): void
    {
        $this->db->insert(['first_name' => 'Cem', 'last_name' => 'Yılmaz', 'company' => 'Öz AG']);
        $this->exchange->add(['GivenName' => 'Cem', 'Surname' => 'Yılmaz', 'CompanyName' => 'Öz AG']);
        $sync = $this->sync();
        $sync->install();
        self::assertSame(1, $this->round($sync)->matched());
        self::assertSame(1, $this->db->count());
        self::assertCount(1, $this->exchange->items());
    }

    /** P2. */
    public function testWhatIsAmbiguousStaysSeparateAndIsReported(): void
    {
        $this->db->insert(['first_name' => 'Info', 'last_name' => 'One', 'email' => 'info@example.com']);
        $this->db->insert(['first_name' => 'Info', 'last_name' => 'Two', 'email' => 'info@example.com']);
        $this->exchange->add(['GivenName' => 'Info', 'Surname' => 'Three', 'EmailAddress1' => 'info@example.com']);
        $sync = $this->sync();
        $sync->install();
        $report = $this->round($sync);
        self::assertSame(0, $report->matched());
        self::assertNotSame([], $report->ambiguous());
        $this->round($sync);
        self::assertSame(3, $this->db->count());
        self::assertCount(3, $this->exchange->items());
        $this->assertSidesAgree();
    }

    /** P2. */
    public function testTwoItemsNeverShareARow(): void
    {
        $this->db->insert(['first_name' => 'Solo', 'last_name' => 'Row', 'email' => 'solo@example.com']);
        $this->exchange->add(['GivenName' => 'Solo', 'Surname' => 'Row', 'EmailAddress1' => 'solo@example.com']);
        $this->exchange->add(['GivenName' => 'Solo', 'Surname' => 'Row', 'EmailAddress1' => 'solo@example.com']);
        $sync = $this->sync();
        $sync->install();
        $this->round($sync);
        $this->round($sync);
        self::assertSame(count($this->exchange->items()), $this->db->count());
        self::assertSame($this->db->count(), $sync->state()->linked());
        $this->assertSidesAgree();
    }

    public function testThePlanSaysBeforehandWhatHappensAndTouchesNothing(): void
    {
        for ($n = 0; $n < 12; $n++) {
            $this->db->insert(['first_name' => "Row $n", 'email' => "r$n@example.com"]);
        }
        for ($n = 8; $n < 20; $n++) {
            $this->exchange->add(['GivenName' => "Row $n", 'EmailAddress1' => "r$n@example.com"]);
        }
        $sync = $this->sync();
        $sync->install();
        $before = $this->db->fingerprint();
        $plan = $sync->plan();
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(0, $this->exchange->stats()['writes']);
        self::assertSame(self::MAP, $plan->mapping());
        self::assertSame(4, $plan->matches());
        self::assertFalse($plan->isEmpty());
        $shown = $plan->toArray();
        self::assertSame(['create' => 8, 'update' => 0, 'delete' => 0], $shown['to_exchange']);
        self::assertSame(['insert' => 8, 'update' => 0, 'delete' => 0], $shown['to_table']);
        self::assertSame(4, $shown['match']);
        self::assertNotSame([], $shown['examples']);
        self::assertSame(json_encode($shown), json_encode($plan));
        $report = $this->round($sync);
        self::assertSame([4, 8, 8], [$report->matched(), $report->inserted(), $report->created()]);
        self::assertTrue($sync->plan()->isEmpty());
        $this->assertSidesAgree();
    }

    public function testAMappingIsGuessedFromUsualColumnNames(): void
    {
        $config = $this->config();
        unset($config['contacts']['map']);
        $sync = new \ExchangeContactSync($config);
        $sync->install();
        $guess = $sync->plan()->mapping();
        foreach (['first_name', 'last_name', 'company', 'email', 'mobile', 'birthday', 'notes'] as $column) {
            self::assertSame(self::MAP[$column], $guess[$column] ?? null, $column);
        }
        foreach (['id', 'account_id', 'rating', 'created_at', 'updated_at', 'deleted_at'] as $column) {
            self::assertArrayNotHasKey($column, $guess);
        }
    }

    /** R23: the plan shows the whole guess, before a contact is written; what may mean two things is not in it. */
    public function testThePlanShowsWhatIsGuessedOfATableInFrench(): void
    {
        $this->db->pdo->exec('DROP TABLE orders, contacts');
        $this->db->pdo->exec('CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, prénom VARCHAR(60) NULL, nom VARCHAR(60) NULL,
            societe VARCHAR(80) NULL, courriel VARCHAR(190) NULL, telephone_portable VARCHAR(40) NULL, adresse VARCHAR(190) NULL,
            cp VARCHAR(12) NULL, ville VARCHAR(60) NULL, date_naissance DATE NULL, etat VARCHAR(20) NULL, service INT NULL, etiquettes JSON NULL)');
        $config = $this->config(['contacts' => ['modified' => null]]);
        unset($config['contacts']['map']);
        $sync = new \ExchangeContactSync($config);
        $sync->install();
        $this->exchange->add(['GivenName' => 'Anna', 'Surname' => 'Dupont', 'Categories' => ['A', 'B']]);
        $expected = [
            'prénom' => 'GivenName', 'nom' => 'Surname', 'societe' => 'CompanyName', 'courriel' => 'EmailAddress1',
            'telephone_portable' => 'MobilePhone', 'adresse' => 'BusinessAddress.Street', 'cp' => 'BusinessAddress.PostalCode',
            'ville' => 'BusinessAddress.City', 'date_naissance' => 'Birthday', 'etiquettes' => 'Categories',
        ];
        $guess = $sync->plan()->mapping();
        ksort($expected);
        ksort($guess);
        self::assertSame($expected, $guess);
        self::assertSame(0, $this->db->count());
        self::assertSame(1, $this->round($sync)->inserted());
        self::assertSame('["A","B"]', $this->db->find('nom', 'Dupont')['etiquettes']);
    }
}
