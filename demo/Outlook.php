<?php

declare(strict_types=1);

/** What a person does in Outlook, by the simulator's side door. */
final class Outlook
{
    public function __construct(private string $door, private string $mailbox)
    {
    }

    /** @return list<array{id: string, fields: array<string, mixed>}> */
    public function contacts(): array
    {
        $answer = $this->call('GET', '/items?' . http_build_query(['mailbox' => $this->mailbox, 'folder' => 'contacts']));
        return $answer['items'];
    }

    /** @return array{id: string, fields: array<string, mixed>}|null */
    public function byEmail(string $email): ?array
    {
        foreach ($this->contacts() as $contact) {
            if (($contact['fields']['EmailAddress1'] ?? null) === $email) {
                return $contact;
            }
        }
        return null;
    }

    /** @param array<string, mixed> $fields */
    public function add(array $fields): string
    {
        return $this->call('POST', '/items', ['mailbox' => $this->mailbox, 'folder' => 'contacts', 'fields' => $fields])['id'];
    }

    /** @param array<string, mixed> $fields */
    public function edit(string $id, array $fields): void
    {
        $this->call('POST', '/items/update', ['id' => $id, 'fields' => $fields]);
    }

    public function delete(string $id): void
    {
        $this->call('POST', '/items/delete', ['id' => $id]);
    }

    public function offline(bool $offline): void
    {
        $this->call('POST', '/offline', ['offline' => $offline]);
    }

    /** @return array{total: int, writes: int, requests: array<string, int>} */
    public function stats(): array
    {
        return $this->call('GET', '/stats');
    }

    public function resetStats(): void
    {
        $this->call('POST', '/stats/reset');
    }

    /**
     * @param array<string, mixed>|null $body
     *
     * @return array<mixed>
     */
    private function call(string $method, string $path, ?array $body = null): array
    {
        $answer = file_get_contents($this->door . $path, false, stream_context_create(['http' => [
            'method' => $method,
            'header' => "Content-Type: application/json\r\n",
            'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
        ]]));
        return $answer === '' ? [] : (array) json_decode((string) $answer, true, 512, JSON_THROW_ON_ERROR);
    }
}
