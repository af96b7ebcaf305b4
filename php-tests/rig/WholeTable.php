<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use PDO;

/** A table with a column for every property of the catalogue and for extended ones of every type, and contacts that fill it. */
final class WholeTable
{
    public const NAME = 'whole';

    private const GUID = '7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77';

    /** Extended properties in every form: the column, its type, and what the mapping says. */
    private const EXTENDED = [
        'x_vip' => ['TINYINT(1)', 'extended:Vip#Boolean'],
        'x_member' => ['TINYINT(1)', ['property' => 'extended:Member', 'type' => 'bool']],
        'x_number' => ['INT', ['property' => 'extended:CustomerNumber', 'type' => 'int']],
        'x_short' => ['SMALLINT', ['property' => 'extended:PublicStrings/Floor', 'type' => 'short']],
        'x_long' => ['BIGINT', ['property' => 'extended:' . self::GUID . '/Revenue', 'type' => 'long']],
        'x_double' => ['DOUBLE', ['property' => 'extended:Address/33001', 'type' => 'double']],
        'x_since' => ['DATETIME', ['property' => 'extended:CustomerSince', 'type' => 'datetime']],
        'x_seen' => ['TIMESTAMP', 'extended:' . self::GUID . '/33002#SystemTime'],
        'x_list' => ['JSON', ['property' => 'extended:Interests', 'type' => 'list']],
        'x_text' => ['TEXT', 'extended:Remark'],
        'x_tag' => ['TEXT', 'extended:0x3A26'],
        'x_numbered' => ['TEXT', 'extended:Address/33003'],
        'x_public' => ['TEXT', 'extended:PublicStrings/Region'],
        'x_named' => ['TEXT', 'extended:' . self::GUID . '/Partner'],
    ];

    /** Slots that Graph shows as lists. */
    private const LISTS = [
        ['EmailAddress1', 'EmailAddress2', 'EmailAddress3'], ['ImAddress1', 'ImAddress2', 'ImAddress3'],
        ['BusinessPhone', 'BusinessPhone2'], ['HomePhone', 'HomePhone2'],
    ];

    /** Exchange makes these itself when nobody gives them, so they always have a value here. */
    private const COMPUTED = ['DisplayName', 'FileAs', 'FileAsMapping', 'Subject', 'PostalAddressIndex', 'Culture'];

    /**
     * @return array<string, string|array{property: string, type: string}> column => property, as the configuration has it
     */
    public static function map(): array
    {
        $columns = array_map(self::column(...), array_keys(Catalogue::kinds()));
        return array_combine($columns, array_keys(Catalogue::kinds())) + array_map(static fn (array $entry) => $entry[1], self::EXTENDED);
    }

    /**
     * @return array<string, string> column => property with its type in its name
     */
    public static function properties(): array
    {
        $types = ['bool' => 'Boolean', 'int' => 'Integer', 'short' => 'Short', 'long' => 'Long', 'double' => 'Double',
            'datetime' => 'SystemTime', 'list' => 'StringArray'];
        return array_map(static fn (string|array $property): string => is_string($property)
            ? $property
            : "$property[property]#" . $types[$property['type']], self::map());
    }

    public static function column(string $property): string
    {
        return 'c_' . strtolower(str_replace('.', '_', $property));
    }

    public static function create(PDO $pdo): void
    {
        $columns = '';
        foreach (self::properties() as $column => $property) {
            $columns .= ",\n`$column` " . self::type($column, $property) . ' NULL';
        }
        $pdo->exec('CREATE TABLE ' . self::NAME . " (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY$columns)");
    }

    /** Whether the column is one that takes an empty text. */
    public static function isText(string $column): bool
    {
        return (bool) preg_match('/^(TEXT|MEDIUMTEXT|VARCHAR)/', self::type($column, self::properties()[$column]));
    }

    private static function type(string $column, string $property): string
    {
        return self::EXTENDED[$column][0] ?? match (Catalogue::kinds()[$property]) {
            'Line' => in_array($property, ['GivenName', 'Surname', 'CompanyName'], true) ? 'VARCHAR(255)' : 'TEXT',
            'Note' => $property === 'Body' ? 'MEDIUMTEXT' : 'TEXT',
            'Date' => 'DATE',
            'Moment' => 'DATETIME',
            'Picture' => 'MEDIUMBLOB',
            'Set' => 'JSON',
            'Choice' => match ($property) {
                'FileAsMapping' => 'VARCHAR(40)',
                default => "ENUM('" . implode("','", Catalogue::words($property)) . "')",
            },
        };
    }

    /**
     * The rows in the form in which two tables compare: line ends, lists, pictures as base64, and nothing.
     *
     * @return list<array<string, mixed>>
     */
    public static function rows(PDO $pdo): array
    {
        $rows = array_map(self::compared(...), $pdo->query('SELECT * FROM ' . self::NAME)->fetchAll());
        usort($rows, static fn (array $a, array $b): int => $a[self::column(self::numbered())] <=> $b[self::column(self::numbered())]);
        return $rows;
    }

    /**
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed>
     */
    public static function compared(array $row): array
    {
        unset($row['id']);
        foreach ($row as $column => $value) {
            if ($column === 'c_photo') {
                $row[$column] = $value === null ? null : base64_encode($value);
            } elseif (is_string($value)) {
                $value = str_replace("\r\n", "\n", $value);
                $row[$column] = str_starts_with($value, '["') ? json_decode($value, true, 512, JSON_THROW_ON_ERROR) : $value;
            }
            $row[$column] = $value === '' ? null : $row[$column];
        }
        return $row;
    }

    /**
     * A contact of which about a quarter is empty; the same one for a number.
     *
     * @return array<string, mixed> column => value
     */
    public static function contact(int $seed, bool $full = false): array
    {
        mt_srand($seed);
        $row = [];
        foreach (self::properties() as $column => $property) {
            $given = $full || in_array($property, self::COMPUTED, true) || mt_rand(0, 3) > 0;
            $value = self::value($column, $property, $seed);
            $row[$column] = $given ? $value : null;
        }
        mt_srand();
        return Simulator::overGraph() ? self::closedUp($row) : $row;
    }

    /** What tells one contact from another. */
    public static function numbered(): string
    {
        return Simulator::overGraph() ? 'DisplayName' : 'Subject';
    }

    /** Whether the property is a slot of a list, with another one behind it. */
    public static function hasMoreBehindIt(string $property): bool
    {
        return in_array($property, array_merge(...array_map(static fn (array $slots): array => array_slice($slots, 0, -1), self::LISTS)), true);
    }

    /**
     * The contact as lists keep it that have no gaps.
     *
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed>
     */
    private static function closedUp(array $row): array
    {
        foreach (self::LISTS as $slots) {
            $columns = array_map(self::column(...), $slots);
            $values = array_map(static fn (string $column): mixed => $row[$column], $columns);
            $given = array_values(array_filter($values, static fn (mixed $value): bool => $value !== null));
            $row = array_combine($columns, array_pad($given, count($columns), null)) + $row;
        }
        return $row;
    }

    private static function value(string $column, string $property, int $seed): mixed
    {
        if (isset(self::EXTENDED[$column])) {
            return match (self::EXTENDED[$column][0]) {
                'TINYINT(1)' => mt_rand(0, 1),
                'INT' => self::one([-2147483648, 2147483647, 0, mt_rand()]),
                'SMALLINT' => self::one([-32768, 32767, 0, mt_rand(0, 999)]),
                'BIGINT' => self::one([PHP_INT_MIN, PHP_INT_MAX, 0, 1 << 53]),
                'DOUBLE' => self::one([-0.25, 1.0e300, 3.141592653589793, 1.0e-7, 0.1]),
                // The last one is what Outlook keeps for never.
                'DATETIME' => self::one(['1899-12-31 00:00:00', '1969-12-31 23:59:59', '2024-02-29 12:00:01', '4501-01-01 00:00:00']),
                'TIMESTAMP' => gmdate('Y-m-d H:i:s', mt_rand(1_000_000_000, 2_000_000_000)),
                'JSON' => self::entries(),
                default => $column === 'x_text' ? self::note() : self::line(),
            };
        }
        return match (Catalogue::kinds()[$property]) {
            'Date' => self::one(['1601-01-02', '1899-12-31', '1969-12-31', '1970-01-01', '2000-02-29', '2024-12-31']),
            'Moment' => self::one(['1969-12-31 23:59:59', '2026-11-26 08:30:00', '2030-07-01 00:00:00']),
            'Choice' => self::one(array_slice(Catalogue::words($property), 1)),
            'Set' => self::entries(),
            'Picture' => self::one(["\xFF\xD8\xFF\xE0", "\x89PNG\r\n\x1A\n", 'GIF89a']) . self::bytes(mt_rand(0, 5_000)),
            'Note' => $property === 'Body' && mt_rand(0, 5) === 0 ? str_repeat(self::note() . "\n", 400) . 'end' : self::note(),
            'Line' => match (true) {
                $property === 'Culture' => self::one(['de-DE', 'en-US', 'ja-JP']),
                // The schema lets no braces and the like pass here.
                $property === 'BusinessHomePage' => self::one(['www.example.com', 'https://exämple.com/a?b=c&d=<e>#f', 'example.com/ a b']) . mt_rand(),
                $property === self::numbered() => "Nr. $seed " . self::line(),
                str_starts_with($property, 'EmailAddress') => self::one(['anna', "o'brien+x", 'jürgen', 'A.B']) . mt_rand() . '@exämple.com',
                in_array($property, ['GivenName', 'Surname', 'CompanyName'], true) && mt_rand(0, 4) === 0
                    => mb_substr(str_repeat(self::one(['ß', '🎉', '𠀀', 'x']), 255), 0, 255),
                default => self::line(),
            },
        };
    }

    private static function line(): string
    {
        return self::one([
            'Jürgen Groß', 'Ludwig "Lui" O\'Brien', '<b>&amp; & ]]></b>', '𠀀𠀁 漢字', '👩‍👩‍👧 family 🎉', 'back\\slash 100 % _',
            "tab\tinside", '0', 'null', '{"json": [1]}', 'a, b; c', "e\u{301} combined", 'ünïcödé',
        ]) . (mt_rand(0, 1) ? '' : ' ' . mt_rand());
    }

    private static function note(): string
    {
        $lines = [];
        for ($n = mt_rand(1, 5); $n > 0; $n--) {
            $lines[] = mt_rand(0, 4) === 0 ? '' : str_repeat(' ', mt_rand(0, 2)) . self::line();
        }
        return ltrim(implode("\n", $lines) . "\n" . self::line(), "\n");
    }

    private static function bytes(int $words): string
    {
        $bytes = '';
        for (; $words > 0; $words--) {
            $bytes .= pack('N', mt_rand());
        }
        return $bytes;
    }

    private static function entries(): string
    {
        $pool = ['Kunde', 'a, b', 'c; d', 'VIP ⭐', '"quoted"', '<&>', '𠀀', 'Kinder'];
        $entries = [];
        for ($n = mt_rand(1, 4); $n > 0; $n--) {
            $entries[] = $pool[mt_rand(0, count($pool) - 1)];
        }
        return json_encode(array_values(array_unique($entries)), JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    }

    /**
     * @template T
     *
     * @param list<T> $of
     *
     * @return T
     */
    private static function one(array $of): mixed
    {
        return $of[mt_rand(0, count($of) - 1)];
    }
}
