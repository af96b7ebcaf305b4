<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** Another client of the mailbox: it writes over EWS what the side door cannot, such as extended properties of any type. */
final class ForeignClient
{
    public function __construct(private readonly string $url)
    {
    }

    /**
     * Sets extended properties, each named as in a mapping, such as `extended:Address/32990#SystemTime`; a list is written as
     * several values, null deletes.
     *
     * @param array<string, string|list<string>|null> $values
     */
    public function write(string $id, array $values): void
    {
        $updates = '';
        foreach ($values as $property => $value) {
            $path = self::path($property);
            $updates .= $value === null
                ? "<t:DeleteItemField>$path</t:DeleteItemField>"
                : "<t:SetItemField>$path<t:Contact><t:ExtendedProperty>$path" . self::value($value)
                    . '</t:ExtendedProperty></t:Contact></t:SetItemField>';
        }
        $answer = $this->ask('<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>'
            . '<t:ItemId Id="' . self::escaped($id) . "\"/><t:Updates>$updates</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
        if (!str_contains($answer, '<m:ResponseCode>NoError</m:ResponseCode>')) {
            throw new RuntimeException($answer);
        }
    }

    /**
     * An item as a person in Outlook makes it: each in the form of the other clients, not in ours.
     *
     * @param array<string, mixed> $row of the table of everything
     * @param array<string, mixed> $more fields of the side door
     */
    public function make(Simulator $exchange, array $row, array $more = []): string
    {
        $fields = $extended = [];
        foreach (WholeTable::properties() as $column => $property) {
            $value = $row[$column] ?? null;
            if ($value === null) {
                continue;
            }
            if (is_string($value) && str_starts_with($value, '[')) {
                $value = json_decode($value, true, 512, JSON_THROW_ON_ERROR);
            }
            if ($property === 'Photo') {
                continue;
            }
            [$part, $name] = Catalogue::place($property);
            if ($part === 'fields') {
                $fields[$name] = $property === 'ReminderDueBy' ? self::instant($value) : $value;
            } else {
                $extended[self::wireName($property)] = self::wireValue($property, $value);
            }
        }
        if (isset($fields['ReminderDueBy'])) {
            $fields['ReminderIsSet'] = 'true';
        }
        $id = $exchange->add($more + $fields);
        if ($extended !== []) {
            $this->write($id, $extended);
        }
        if (isset($row['c_photo'])) {
            $exchange->call('POST', '/photos', ['id' => $id, 'content' => base64_encode($row['c_photo'])]);
        }
        return $id;
    }

    /** The property's name as an extended one, with its type. */
    public static function wireName(string $property): string
    {
        if (str_starts_with($property, 'extended:')) {
            return $property;
        }
        $name = preg_replace('#^00062004-[-0-9a-f]+/#', 'Address/', Catalogue::place($property)[1]);
        return "extended:$name" . ($property === 'Gender' ? '#Short' : '');
    }

    /**
     * @return string|list<string>
     */
    private static function wireValue(string $property, mixed $value): string|array
    {
        return match (true) {
            is_array($value) => $value,
            $property === 'Gender' => (string) array_search($value, Catalogue::words('Gender'), true),
            str_ends_with($property, '#SystemTime') => self::instant($value),
            str_ends_with($property, '#Boolean') => $value ? 'true' : 'false',
            is_float($value) => json_encode($value, JSON_THROW_ON_ERROR),
            default => (string) $value,
        };
    }

    private static function instant(string $dateTime): string
    {
        return str_replace(' ', 'T', $dateTime) . 'Z';
    }

    private function ask(string $body): string
    {
        $envelope = '<?xml version="1.0" encoding="utf-8"?>'
            . '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
            . ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
            . ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">'
            . '<s:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></s:Header>'
            . "<s:Body>$body</s:Body></s:Envelope>";
        $context = stream_context_create(['http' => [
            'method' => 'POST',
            'header' => "Content-Type: text/xml; charset=utf-8\r\nConnection: close\r\nAuthorization: Basic "
                . base64_encode(Simulator::USER . ':' . Simulator::PASSWORD) . "\r\n",
            'content' => $envelope,
            'ignore_errors' => true,
            'timeout' => 30,
        ]]);
        return (string) file_get_contents($this->url, false, $context);
    }

    private static function path(string $property): string
    {
        [$name, $type] = explode('#', substr($property, strlen('extended:'))) + [1 => 'String'];
        $attributes = match (true) {
            str_starts_with($name, '0x') => "PropertyTag=\"$name\"",
            !str_contains($name, '/') => 'PropertySetId="b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42" PropertyName="' . self::escaped($name) . '"',
            default => self::inSet(...explode('/', $name, 2)),
        };
        return "<t:ExtendedFieldURI $attributes PropertyType=\"$type\"/>";
    }

    private static function inSet(string $set, string $name): string
    {
        $which = str_contains($set, '-') ? 'PropertySetId' : 'DistinguishedPropertySetId';
        $what = ctype_digit($name) ? 'PropertyId' : 'PropertyName';
        return "$which=\"$set\" $what=\"" . self::escaped($name) . '"';
    }

    /**
     * @param string|list<string> $value
     */
    private static function value(string|array $value): string
    {
        if (is_string($value)) {
            return '<t:Value>' . self::escaped($value) . '</t:Value>';
        }
        return '<t:Values>' . implode('', array_map(self::value(...), $value)) . '</t:Values>';
    }

    private static function escaped(string $text): string
    {
        return str_replace("\r", '&#13;', htmlspecialchars($text, ENT_XML1 | ENT_QUOTES));
    }
}
