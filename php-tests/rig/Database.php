<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use PDO;

/**
 * A fresh database of the private server, as a webapp has it: contacts, and orders that refer to them.
 */
final class Database
{
    public const USER = 'app';
    public const PASSWORD = 'app-pass-4711';

    public readonly string $name;
    public readonly PDO $pdo;

    /** The same database by a new connection, when the server was away. */
    public function again(): self
    {
        return new self($this->name);
    }

    public function __construct(?string $known = null)
    {
        $this->name = $known ?? 'ecs_' . bin2hex(random_bytes(6));
        if ($known !== null) {
            $this->pdo = $this->connect();
            return;
        }
        self::root()->exec("CREATE DATABASE `$this->name` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
        $this->pdo = $this->connect();
        $this->pdo->exec(<<<'SQL'
            CREATE TABLE contacts (
                id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
                account_id INT NOT NULL DEFAULT 7,
                first_name VARCHAR(60) NULL,
                last_name VARCHAR(80) NULL,
                company VARCHAR(120) NULL,
                job_title VARCHAR(80) NULL,
                email VARCHAR(190) NULL,
                email2 VARCHAR(190) NULL,
                phone VARCHAR(40) NULL,
                mobile VARCHAR(40) NULL,
                street VARCHAR(200) NULL,
                zip VARCHAR(20) NULL,
                city VARCHAR(80) NULL,
                country VARCHAR(80) NULL,
                birthday DATE NULL,
                notes TEXT NULL,
                tags VARCHAR(255) NULL,
                rating INT NOT NULL DEFAULT 0,
                deleted_at DATETIME NULL,
                created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
                updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
                KEY contacts_email (email)
            )
            SQL);
        $this->pdo->exec(<<<'SQL'
            CREATE TABLE orders (
                id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
                contact_id INT UNSIGNED NOT NULL,
                number VARCHAR(20) NOT NULL,
                CONSTRAINT orders_contact FOREIGN KEY (contact_id) REFERENCES contacts (id) ON DELETE RESTRICT
            )
            SQL);
    }

    public static function root(): PDO
    {
        return new PDO(
            'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ';charset=utf8mb4',
            'root',
            '',
            [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION],
        );
    }

    /** One more connection of the app. */
    public function connect(): PDO
    {
        return new PDO(
            'mysql:unix_socket=' . getenv('ECS_MYSQL_SOCKET') . ";dbname=$this->name;charset=utf8mb4",
            self::USER,
            self::PASSWORD,
            [
                PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
                PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
                PDO::ATTR_EMULATE_PREPARES => false,
            ],
        );
    }

    public function drop(): void
    {
        self::root()->exec("DROP DATABASE IF EXISTS `$this->name`");
    }

    /** What the extension is given: the Unix socket, as the app's own account. */
    public function url(): string
    {
        return $this->urlOf('localhost', ['socket' => (string) getenv('ECS_MYSQL_SOCKET')]);
    }

    /** The same through another socket. */
    public function urlThrough(string $socket): string
    {
        return $this->urlOf('localhost', ['socket' => $socket]);
    }

    /**
     * @param array<string, string> $options
     */
    public function tcpUrl(array $options = []): string
    {
        return $this->urlOf('127.0.0.1:' . getenv('ECS_MYSQL_PORT'), $options);
    }

    /**
     * @param array<string, string> $options
     */
    private function urlOf(string $host, array $options): string
    {
        $query = $options === [] ? '' : '?' . http_build_query($options);
        return 'mysql://' . self::USER . ':' . self::PASSWORD . "@$host/$this->name$query";
    }

    /**
     * @param array<string, mixed> $values
     */
    public function insert(array $values, string $table = 'contacts'): int
    {
        $columns = implode(', ', array_map(static fn (string $column): string => "`$column`", array_keys($values)));
        $places = implode(', ', array_fill(0, count($values), '?'));
        $this->pdo->prepare("INSERT INTO `$table` ($columns) VALUES ($places)")->execute(array_values($values));
        return (int) $this->pdo->lastInsertId();
    }

    /**
     * @param array<string, mixed> $values
     */
    public function update(int $id, array $values): void
    {
        $set = implode(', ', array_map(static fn (string $column): string => "`$column` = ?", array_keys($values)));
        $this->pdo->prepare("UPDATE contacts SET $set WHERE id = ?")->execute([...array_values($values), $id]);
    }

    public function delete(int $id): void
    {
        $this->pdo->prepare('DELETE FROM contacts WHERE id = ?')->execute([$id]);
    }

    /**
     * @return array<string, mixed>|null
     */
    public function row(int $id): ?array
    {
        $statement = $this->pdo->prepare('SELECT * FROM contacts WHERE id = ?');
        $statement->execute([$id]);
        return $statement->fetch() ?: null;
    }

    /**
     * The one row that has this value, null if there is none.
     *
     * @return array<string, mixed>|null
     */
    public function find(string $column, string $value): ?array
    {
        $statement = $this->pdo->prepare("SELECT * FROM contacts WHERE `$column` = ?");
        $statement->execute([$value]);
        $rows = $statement->fetchAll();
        if (count($rows) > 1) {
            throw new \RuntimeException("several rows have $column $value");
        }
        return $rows[0] ?? null;
    }

    public function count(string $table = 'contacts'): int
    {
        return (int) $this->pdo->query("SELECT COUNT(*) FROM `$table`")->fetchColumn();
    }

    /** Changes when any row, any column of the app's tables does. */
    public function fingerprint(): string
    {
        $rows = $this->pdo->query('CHECKSUM TABLE contacts, orders EXTENDED')->fetchAll();
        return json_encode($rows, JSON_THROW_ON_ERROR);
    }

    /**
     * How many rows of each table were written since the server started, by whomever.
     *
     * @return array<string, int>
     */
    public function writes(): array
    {
        $statement = self::root()->prepare('SELECT TABLE_NAME, ROWS_CHANGED FROM information_schema.TABLE_STATISTICS
            WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME');
        $statement->execute([$this->name]);
        return array_map('intval', $statement->fetchAll(PDO::FETCH_KEY_PAIR));
    }
}
