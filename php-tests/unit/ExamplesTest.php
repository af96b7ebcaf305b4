<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** The examples are code that people copy: they run here as they are. */
final class ExamplesTest extends SyncTestCase
{
    public function testTheCronScriptSaysOneLineAndMailsNothingWhenAllIsWell(): void
    {
        self::assertSame(0, $this->example('migration.php')[0]);
        $this->exchange->seed(30, 41);
        $this->db->insert(['first_name' => 'From here']);
        [$status, $out, $errors] = $this->example('contacts-pull.php');
        self::assertSame([0, ''], [$status, $errors]);
        self::assertMatchesRegularExpression('/^\S+ contacts: 30 new here, 1 new in Exchange \(\d+ requests, [\d.]+ s\)\n$/', $out);
        [$status, $out, $errors] = $this->example('contacts-pull.php');
        self::assertSame([0, ''], [$status, $errors]);
        self::assertStringContainsString('nothing to do', $out);
        self::assertSame(31, $this->db->count());
        self::assertCount(31, $this->exchange->items());
    }

    public function testTheCronScriptEndsWithOneWhenExchangeIsDown(): void
    {
        $this->example('migration.php');
        $this->exchange->offline(true);
        [$status, $out, $errors] = $this->example('contacts-pull.php');
        self::assertSame([1, ''], [$status, $out]);
        self::assertStringStartsWith('contacts: ', $errors);
        self::assertStringNotContainsString(Simulator::PASSWORD, $errors);
    }

    public function testTheCronScriptEndsWithTwoWhenTheConfigurationIsWrong(): void
    {
        [$status, , $errors] = $this->example('contacts-pull.php', [], ['EXCHANGE_URL' => 'ftp://example.com']);
        self::assertSame(2, $status);
        self::assertStringContainsString('exchange.url', $errors);
        [$status, , $errors] = $this->example('contacts-pull.php', [], ['MYSQL_URL' => '']);
        self::assertSame([2, "MYSQL_URL is not set\n"], [$status, $errors]);
    }

    public function testTheCronScriptEndsWithThreeWhenAPersonIsNeeded(): void
    {
        $this->example('migration.php');
        $this->exchange->add(['GivenName' => str_repeat('x', 61), 'Surname' => 'Toolong']);
        [$status, , $errors] = $this->example('contacts-pull.php');
        self::assertSame(3, $status);
        self::assertStringContainsString('first_name', $errors);
        self::assertStringContainsString('Toolong', $errors);
    }

    public function testTheCronScriptLeavesTheWorkToARunThatIsAtIt(): void
    {
        $this->exchange->seed(20, 42);
        $sync = $this->sync(['exchange' => ['page_size' => 10]]);
        $sync->install();
        $seen = null;
        $sync->pull(function () use (&$seen): void {
            $seen ??= $this->example('contacts-pull.php');
        });
        self::assertSame([0, ''], [$seen[0], $seen[2]]);
        self::assertStringContainsString('another run', $seen[1]);
    }

    public function testTheMigrationChecksPlansAndGoesDown(): void
    {
        [$status, $out] = $this->example('migration.php', ['sql']);
        self::assertSame(0, $status);
        self::assertStringContainsString('CREATE TABLE', $out);
        $this->example('migration.php');
        $this->exchange->add(['GivenName' => 'Planned']);
        [$status, $out] = $this->example('migration.php', ['plan']);
        self::assertSame(0, $status);
        self::assertSame(1, json_decode($out, true)['to_table']['insert']);
        [$status, $out, $errors] = $this->example('migration.php', ['check']);
        self::assertSame([0, ''], [$status, $errors], $out);
        self::assertStringContainsString('exchange.folder', $out);
        [$status] = $this->example('migration.php', ['check'], ['EXCHANGE_PASSWORD' => 'wrong-0815-wrong']);
        self::assertSame(1, $status);
        self::assertSame(0, $this->example('migration.php', ['down'])[0]);
        self::assertSame([], $this->db->pdo->query("SHOW TABLES LIKE 'ecs\\_%'")->fetchAll());
    }

    /** semantics 55: what is asked over Microsoft Graph is told by the environment alone, and nothing of EWS is asked. */
    public function testTheScriptsWorkOverMicrosoftGraph(): void
    {
        $graph = [
            'EXCHANGE_KIND' => 'graph', 'EXCHANGE_URL' => $this->exchange->door(), 'EXCHANGE_AUTHORITY' => $this->exchange->door(),
            'EXCHANGE_TENANT' => 'tenant', 'EXCHANGE_CLIENT_ID' => self::APPLICATION, 'EXCHANGE_CLIENT_SECRET' => Simulator::PASSWORD,
            'EXCHANGE_USERNAME' => '', 'EXCHANGE_PASSWORD' => '',
        ];
        self::assertSame(0, $this->example('migration.php', [], $graph)[0]);
        [$status, $out, $errors] = $this->example('migration.php', ['check'], $graph);
        self::assertSame([0, ''], [$status, $errors], $out);
        self::assertStringContainsString('exchange.token', $out);
        $this->exchange->seed(3, 43);
        $this->db->insert(['first_name' => 'From here']);
        [$status, $out, $errors] = $this->example('contacts-pull.php', [], $graph);
        self::assertSame([0, ''], [$status, $errors]);
        self::assertStringContainsString('3 new here, 1 new in Exchange', $out);
        foreach (array_keys($this->exchange->call('GET', '/stats')['requests']) as $operation) {
            self::assertStringStartsWith('Graph', $operation);
        }
        [$status, , $errors] = $this->example('contacts-pull.php', [], ['EXCHANGE_CLIENT_SECRET' => ''] + $graph);
        self::assertSame(2, $status);
        self::assertStringContainsString('exchange.oauth.client_secret', $errors);
        [$status, , $errors] = $this->example('contacts-pull.php', [], ['EXCHANGE_KIND' => 'imap'] + $graph);
        self::assertSame([2, "EXCHANGE_KIND: ews or graph\n"], [$status, $errors]);
    }

    public function testTheControllerSavesAndDeletes(): void
    {
        require_once __DIR__ . '/../../examples/ContactController.php';
        $controller = new \ContactController($this->db->pdo, $this->ready());
        $saved = $controller->save(null, ['first_name' => 'Controlled', 'phone' => '1', 'csrf' => 'not a column']);
        self::assertSame('Saved.', $saved['message']);
        self::assertNotNull($this->exchange->find('GivenName', 'Controlled'));
        $controller->save($saved['id'], ['phone' => '2']);
        self::assertSame('2', $this->exchange->items()[0]['fields']['BusinessPhone']);
        $this->exchange->offline(true);
        self::assertStringContainsString('Outlook follows', $controller->save($saved['id'], ['phone' => '3'])['message']);
        $controller->delete($saved['id']);
        self::assertNull($this->db->row($saved['id']));
    }

    /**
     * @param list<string>          $arguments
     * @param array<string, string> $environment
     *
     * @return array{int, string, string} status, output, errors
     */
    private function example(string $script, array $arguments = [], array $environment = []): array
    {
        $process = proc_open(
            [PHP_BINARY, '-d', 'extension=' . getenv('EXTENSION'), __DIR__ . "/../../examples/$script", ...$arguments],
            [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => ['pipe', 'w']],
            $pipes,
            null,
            $environment + [
                'EXCHANGE_KIND' => 'ews', 'EXCHANGE_URL' => $this->exchange->url(), 'EXCHANGE_USERNAME' => Simulator::USER,
                'EXCHANGE_PASSWORD' => Simulator::PASSWORD, 'EXCHANGE_MAILBOX' => Simulator::MAILBOX,
                'EXCHANGE_ALLOW_PLAIN_HTTP' => '1', 'MYSQL_URL' => $this->db->url(),
            ] + getenv(),
        );
        self::assertIsResource($process);
        $out = (string) stream_get_contents($pipes[1]);
        $errors = (string) stream_get_contents($pipes[2]);
        return [proc_close($process), $out, $errors];
    }
}
