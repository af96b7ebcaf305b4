<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use ExchangeContactSync;

/** A pair of many contacts that is in step over EWS, with edits of both sides that are still to be synced, and its move to Graph. */
trait MovingPair
{
    /**
     * @param array<string, mixed> $exchange
     */
    protected function syncOver(array $exchange): ExchangeContactSync
    {
        return new ExchangeContactSync(['exchange' => $exchange] + $this->config());
    }

    /** In step over EWS: two thirds of the contacts come from the table, the others from Exchange and bear no stamp. */
    protected function inStepOverEws(int $contacts): ExchangeContactSync
    {
        $ews = $this->syncOver($this->byEws());
        $ews->install();
        $ours = intdiv(2 * $contacts, 3);
        $values = implode(',', array_map(static fn (int $n): string => "('Ours $n','o$n@example.com','$n')", range(1, $ours)));
        $this->db->pdo->exec("INSERT INTO contacts (first_name, email, phone) VALUES $values");
        $this->round($ews);
        for ($n = 1; $n <= $contacts - $ours; $n++) {
            $this->exchange->add(['GivenName' => "Theirs $n", 'EmailAddress1' => "t$n@example.com", 'MobilePhone' => (string) $n]);
        }
        $this->round($ews);
        $this->round($ews);
        self::assertSame([$contacts, $contacts], [$this->db->count(), $ews->state()->linked()]);
        return $ews;
    }

    /** Edits of both sides, some of the same contact, a new contact and a deleted one on each, and none of it synced. */
    protected function bothSidesEdit(string $what): void
    {
        $this->db->pdo->exec("UPDATE contacts SET job_title = '$what ours' WHERE first_name REGEXP '^(Ours|Theirs) .*[37]$'");
        $this->db->pdo->exec("INSERT INTO contacts (first_name, email) VALUES ('$what made here', '$what.here@example.com')");
        $this->db->pdo->exec("DELETE FROM contacts WHERE first_name REGEXP '^Ours .*[124]$' ORDER BY id LIMIT 1");
        $deleted = false;
        foreach ($this->exchange->items() as $item) {
            $name = $item['fields']['GivenName'];
            if (preg_match('/^(Ours|Theirs) .*[35]$/', $name) === 1) {
                $this->exchange->edit($item['id'], ['CompanyName' => "$what theirs"]);
            } elseif (!$deleted && preg_match('/^Theirs .*[0-2]$/', $name) === 1) {
                $this->exchange->delete($item['id']);
                $deleted = true;
            }
        }
        $this->exchange->add(['GivenName' => "$what made there", 'EmailAddress1' => "$what.there@example.com"]);
    }

    /** What nobody but the app and people in Outlook may change. */
    protected function contactsOfBothSides(): string
    {
        $rows = $this->db->pdo->query('SELECT * FROM contacts ORDER BY id')->fetchAll();
        $items = array_map(static fn (array $item): array => [$item['id'], $item['changeKey'], $item['fields']], $this->exchange->items());
        return json_encode([$rows, $items], JSON_THROW_ON_ERROR);
    }
}
