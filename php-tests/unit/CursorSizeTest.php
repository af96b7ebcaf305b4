<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\Database;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;
use SyncState;

/** A cursor may have any size: what cannot be stored whole is not stored at all. */
final class CursorSizeTest extends SyncTestCase
{
    /** @var array<string, string> variables of the server, which are put back */
    private array $variables = [];

    protected function tearDown(): void
    {
        parent::tearDown();
        foreach ($this->variables as $name => $value) {
            Database::root()->exec("SET GLOBAL $name = " . (is_numeric($value) ? $value : "'$value'"));
        }
        $this->variables = [];
    }

    /**
     * Semantics 5: more than five megabytes, every time others, with a strict and with a lax server.
     *
     * @dataProvider modes
     */
    public function testACursorOfManyMegabytes(string $mode): void
    {
        $this->setGlobal('sql_mode', $mode);
        // A cursor of Graph is an address, which cannot be as long.
        [$size, $least] = Simulator::overGraph() ? [10_000, 15_000] : [4_000_000, 5_000_000];
        $this->exchange->call('POST', '/modes', ['stateSize' => $size]);
        $sync = $this->ready();
        $this->many($sync, 5);
        $cursor = (string) $sync->state()->cursor();
        self::assertGreaterThan($least, strlen($cursor));
        $before = $this->db->fingerprint();
        $this->exchange->resetStats();
        self::assertSame(0, $this->round($sync)->fetched());
        self::assertNotSame($cursor, $sync->state()->cursor());
        $state = SyncState::fromString($sync->state()->toString());
        self::assertSame($sync->state()->cursor(), $state->cursor());
        $sync->restore($state);
        self::assertSame('0', $this->php(<<<'PHP'
            echo (new ExchangeContactSync(json_decode(getenv('CONFIG'), true)))->sync()->fetched();
            PHP));
        self::assertSame($before, $this->db->fingerprint());
        self::assertSame(0, $this->exchange->stats()['writes']);
        $this->exchange->add(['GivenName' => 'New']);
        self::assertSame(1, $this->round($sync)->inserted());
        $this->assertSidesAgree();
    }

    /** @return iterable<string, array{string}> */
    public function modes(): iterable
    {
        yield 'strict' => ['STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'];
        yield 'lax' => [''];
    }

    /** P3, R21, semantics 5: a server that does not take so large a statement says so, and the rows wait with the cursor. */
    public function testACursorThatIsLargerThanAStatementMayBe(): void
    {
        $sync = $this->ready();
        $this->many($sync, 3);
        $cursor = $sync->state()->cursor();
        $this->setGlobal('max_allowed_packet', (string) (1 << 20));
        $this->exchange->call('POST', '/modes', ['stateSize' => 2_000_000]);
        $this->exchange->add(['GivenName' => 'New']);
        $this->exchange->edit($this->exchange->find('GivenName', 'Nr. 1')['id'], ['BusinessPhone' => 'edited']);
        for ($try = 0; $try < 2; $try++) {
            $printed = $this->php(<<<'PHP'
                try {
                    (new ExchangeContactSync(json_decode(getenv('CONFIG'), true)))->sync();
                } catch (ExchangeContactSync\StoreException $refused) {
                    echo $refused->getMessage();
                }
                PHP);
            self::assertStringContainsString('max_allowed_packet', $printed);
            self::assertSame(3, $this->db->count());
            self::assertNull($this->db->find('first_name', 'Nr. 1')['phone']);
            self::assertSame($cursor, $sync->state()->cursor());
        }
        $this->setGlobal('max_allowed_packet', (string) (16 << 20));
        self::assertSame('1', $this->php(<<<'PHP'
            echo (new ExchangeContactSync(json_decode(getenv('CONFIG'), true)))->sync()->inserted();
            PHP));
        self::assertGreaterThan(2_000_000, strlen((string) $sync->state()->cursor()));
        $this->assertSidesAgree();
    }

    /** P3, semantics 5: a column that somebody made too small cuts nothing, also on a lax server. */
    public function testACursorThatItsColumnCannotHold(): void
    {
        $this->setGlobal('sql_mode', '');
        $sync = $this->ready();
        $this->many($sync, 3);
        $cursor = $sync->state()->cursor();
        $this->db->pdo->exec('ALTER TABLE ecs_pairs MODIFY cursor_text BLOB NULL');
        $this->exchange->call('POST', '/modes', ['stateSize' => 100_000]);
        $this->exchange->add(['GivenName' => 'New']);
        $message = self::thrown(StoreException::class, fn () => $sync->sync())->getMessage();
        self::assertStringContainsString('cursor_text', $message);
        self::assertSame([3, $cursor], [$this->db->count(), $sync->state()->cursor()]);
        $this->db->pdo->exec('ALTER TABLE ecs_pairs MODIFY cursor_text LONGBLOB NULL');
        self::assertSame(1, $this->round($sync)->inserted());
        $this->assertSidesAgree();
    }

    private function setGlobal(string $name, string $value): void
    {
        $root = Database::root();
        $this->variables[$name] ??= (string) $root->query("SELECT @@global.$name")->fetchColumn();
        $root->exec("SET GLOBAL $name = " . (is_numeric($value) ? $value : "'$value'"));
    }
}
