<?php

declare(strict_types=1);

use ExchangeContactSync\Outcome;

/**
 * A plain controller of a webapp. The only lines about Exchange are those with $this->exchange.
 */
final class ContactController
{
    private const COLUMNS = [
        'first_name', 'last_name', 'company', 'job_title', 'email', 'phone', 'mobile', 'street', 'zip', 'city', 'country',
        'birthday', 'notes', 'tags',
    ];

    public function __construct(private PDO $db, private ExchangeContactSync $exchange)
    {
    }

    /**
     * @param array<string, string|null> $form
     *
     * @return array{id: int, message: string}
     */
    public function save(?int $id, array $form): array
    {
        $values = array_intersect_key($form, array_flip(self::COLUMNS));
        $names = array_keys($values);
        $this->db->beginTransaction();
        if ($id === null) {
            $columns = implode(', ', $names);
            $places = implode(', ', array_fill(0, count($names), '?'));
            $this->db->prepare("INSERT INTO contacts ($columns) VALUES ($places)")->execute(array_values($values));
            $id = (int) $this->db->lastInsertId();
        } else {
            $set = implode(', ', array_map(static fn (string $name): string => "$name = ?", $names));
            $this->db->prepare("UPDATE contacts SET $set WHERE id = ?")->execute([...array_values($values), $id]);
        }
        $this->db->commit();

        // After the commit: before it nobody else can see the row. Never throws for what Exchange does.
        $result = $this->exchange->push($id);

        return ['id' => $id, 'message' => match ($result->outcome()) {
            Outcome::Queued => 'Saved. Outlook follows as soon as Exchange can be reached.',
            Outcome::Held => "Saved, but Exchange cannot take it: {$result->error()}",
            Outcome::Merged => 'Saved, together with what somebody changed in Outlook meanwhile.',
            default => 'Saved.',
        }];
    }

    public function delete(int $id): void
    {
        $this->db->prepare('DELETE FROM contacts WHERE id = ?')->execute([$id]);
        $this->exchange->push($id);
    }
}
