<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/**
 * A running Exchange simulator with one mailbox, and its side door: what a person in Outlook does.
 */
final class Simulator
{
    public const USER = 'svc';
    public const PASSWORD = 'geheim-0815-wort';
    public const MAILBOX = 'sales@example.com';

    /** What Graph calls what EWS calls so. */
    private const OVER_GRAPH = [
        'CreateItem' => 'GraphCreateContact', 'UpdateItem' => 'GraphUpdateContact', 'DeleteItem' => 'GraphDeleteContact',
        'GetItem' => 'GraphGetContact', 'SyncFolderItems' => 'GraphDelta', 'GetFolder' => 'GraphGetFolder', 'FindItem' => 'GraphListContacts',
    ];

    private static int $started = 0;

    /** @var resource */
    private $process;
    private string $address;
    private string $secureAddress = '';

    /**
     * @param list<string> $options more options of the program
     */
    public function __construct(array $options = [])
    {
        $command = [
            (string) getenv('SIMULATOR'), '--port', '0', '--mailbox', self::MAILBOX,
            '--user', self::USER . ':' . self::PASSWORD . ':' . self::MAILBOX, ...$options,
        ];
        $records = (string) getenv('ECS_RECORD');
        if ($records !== '') {
            $directory = sprintf('%s/%05d-%03d', $records, getmypid(), ++self::$started);
            mkdir($directory, 0777, true);
            array_push($command, '--record', $directory);
        }
        $pipes = [];
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes);
        $line = $process === false ? false : fgets($pipes[1]);
        if ($line === false || preg_match('#listening on (http://[\d.:]+)/#', $line, $found) !== 1) {
            throw new RuntimeException('the simulator does not start: ' . var_export($line, true));
        }
        $this->process = $process;
        $this->address = $found[1];
        if (in_array('--tls-certificate', $options, true)) {
            preg_match('#listening on (https://[\d.:]+)/#', (string) fgets($pipes[1]), $found);
            $this->secureAddress = $found[1];
        }
    }

    /**
     * One that takes connections by TLS too, with the certificate of the tests, and wants NTLM.
     *
     * @param list<string> $options more options of the program
     */
    public static function byNtlm(array $options = []): self
    {
        $certificates = Listener::certificates();
        return new self(['--auth', 'ntlm', '--tls-certificate', "$certificates/server.pem", '--tls-key', "$certificates/server.key", ...$options]);
    }

    public function stop(): void
    {
        if (proc_get_status($this->process)['running']) {
            proc_terminate($this->process, SIGKILL);
        }
        proc_close($this->process);
    }

    public function url(): string
    {
        return $this->address . '/EWS/Exchange.asmx';
    }

    /** Where it is, without a path. */
    public function door(): string
    {
        return $this->address;
    }

    public function secureUrl(): string
    {
        return $this->secureAddress . '/EWS/Exchange.asmx';
    }

    /** Closes the connections on which nothing is under way, as servers do after a while. */
    public function hangUp(): void
    {
        $this->call('POST', '/hang-up', []);
    }

    /**
     * @return list<array{id: string, changeKey: string, fields: array<string, mixed>}>
     */
    public function items(string $folder = 'contacts'): array
    {
        $answer = $this->call('GET', '/items?' . http_build_query(['mailbox' => self::MAILBOX, 'folder' => $folder]));
        return $answer['items'];
    }

    /**
     * One item with all that it holds.
     *
     * @return array{id: string, changeKey: string, immutableId: string, itemClass: string, fields: array<string, mixed>, extended: array<string, mixed>, attachments: array<mixed>}
     */
    public function item(string $id): array
    {
        return $this->call('GET', '/items/' . rawurlencode($id));
    }

    /** The id by which the extension knows an item. */
    public function idOf(string $id): string
    {
        return self::overGraph() ? $this->item($id)['immutableId'] : $id;
    }

    /** The id by which the extension knows the folder of that name. */
    public function folderId(string $name): string
    {
        $id = array_column($this->call('GET', '/folders')['folders'], 'id', 'name')[$name];
        return self::overGraph() ? strtr($id, '+/', '-_') : $id;
    }

    /**
     * The one item that has this value, null if there is none.
     *
     * @return array{id: string, changeKey: string, fields: array<string, mixed>}|null
     */
    public function find(string $property, mixed $value, string $folder = 'contacts'): ?array
    {
        $found = array_values(array_filter(
            $this->items($folder),
            static fn (array $item): bool => ($item['fields'][$property] ?? null) === $value,
        ));
        if (count($found) > 1) {
            throw new RuntimeException("several items have $property " . json_encode($value));
        }
        return $found[0] ?? null;
    }

    /**
     * @param array<string, mixed> $fields
     */
    public function add(array $fields, string $folder = 'contacts'): string
    {
        return $this->call('POST', '/items', ['mailbox' => self::MAILBOX, 'folder' => $folder, 'fields' => $fields])['id'];
    }

    /**
     * @param array<string, mixed> $fields null clears
     */
    public function edit(string $id, array $fields): void
    {
        $this->call('POST', '/items/update', ['id' => $id, 'fields' => $fields]);
    }

    public function delete(string $id, string $type = 'MoveToDeletedItems'): void
    {
        $this->call('POST', '/items/delete', ['id' => $id, 'type' => $type]);
    }

    public function move(string $id, string $folder): string
    {
        return $this->call('POST', '/items/move', ['id' => $id, 'folder' => $folder])['id'];
    }

    public function copy(string $id): string
    {
        return $this->call('POST', '/items/copy', ['id' => $id])['id'];
    }

    public function folder(string $path): void
    {
        $this->call('POST', '/folders', ['mailbox' => self::MAILBOX, 'path' => $path]);
    }

    public function seed(int $count, int $seed = 1, string $folder = 'contacts'): void
    {
        $this->call('POST', '/seed', ['mailbox' => self::MAILBOX, 'folder' => $folder, 'count' => $count, 'seed' => $seed]);
    }

    public function empty(string $folder = 'contacts'): void
    {
        $this->call('POST', '/empty', ['mailbox' => self::MAILBOX, 'folder' => $folder]);
    }

    /**
     * @param array<string, mixed> $more
     */
    public function fault(?string $operation, string $kind, ?int $times = 1, array $more = []): void
    {
        if (self::overGraph()) {
            $operation = self::OVER_GRAPH[$operation] ?? $operation;
        }
        $this->call('POST', '/faults', ['operation' => $operation, 'kind' => $kind, 'times' => $times] + $more);
    }

    /**
     * The same in the engine's words, for every way to Exchange.
     *
     * @param array<string, mixed> $more
     */
    public function trouble(string $operation, Trouble $what, ?int $times = 1, array $more = []): void
    {
        $fault = $more + $what->fault($operation);
        $this->fault($operation, $fault['kind'], $times, array_diff_key($fault, ['kind' => '']));
    }

    public function noFaults(): void
    {
        $this->call('DELETE', '/faults');
    }

    public function offline(bool $offline): void
    {
        $this->call('POST', '/offline', ['offline' => $offline]);
    }

    /**
     * @return array{requests: array<string, int>, total: int, connections: int, writes: int}
     */
    public function stats(): array
    {
        $stats = $this->call('GET', '/stats');
        if (self::overGraph()) {
            $names = array_flip(self::OVER_GRAPH);
            $requests = [];
            foreach ($stats['requests'] as $name => $count) {
                $requests[$names[$name] ?? $name] = $count;
            }
            $stats['requests'] = $requests;
        }
        return $stats;
    }

    /** Whether the tests run over Microsoft Graph. They speak of operations by the names of EWS all the same. */
    public static function overGraph(): bool
    {
        return getenv('ECS_KIND') === 'graph';
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
    public function call(string $method, string $path, ?array $body = null): array
    {
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => "Content-Type: application/json\r\nConnection: close\r\n",
            'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
            'ignore_errors' => true,
            'timeout' => 30,
        ]]);
        $answer = file_get_contents($this->address . '/_sim' . $path, false, $context);
        $status = $http_response_header[0] ?? 'no answer';
        if ($answer === false || preg_match('#^HTTP/1\.\d 2\d\d#', $status) !== 1) {
            throw new RuntimeException("$method /_sim$path: $status $answer");
        }
        return $answer === '' ? [] : (array) json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
    }
}
