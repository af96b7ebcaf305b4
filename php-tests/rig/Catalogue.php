<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/**
 * Every property that can be mapped by a name of its own, as src/contact/property.rs lists them, so that a new one is tested
 * from the day on which it is there.
 */
final class Catalogue
{
    private const ADDRESS_SET = '00062004-0000-0000-c000-000000000046';

    /** Where the side door shows what has no element in EWS, or another name there. */
    private const PLACES = [
        'YomiGivenName' => ['fields', 'PhoneticFirstName'],
        'YomiSurname' => ['fields', 'PhoneticLastName'],
        'YomiCompanyName' => ['extended', self::ADDRESS_SET . '/32814'],
        'PersonalHomePage' => ['extended', '0x3A50'],
        'FtpSite' => ['extended', '0x3A4C'],
        'FreeBusyUrl' => ['extended', self::ADDRESS_SET . '/32984'],
        'Gender' => ['extended', '0x3A4D'],
        'Hobbies' => ['extended', '0x3A43'],
        'UserField1' => ['extended', self::ADDRESS_SET . '/32847'],
        'UserField2' => ['extended', self::ADDRESS_SET . '/32848'],
        'UserField3' => ['extended', self::ADDRESS_SET . '/32849'],
        'UserField4' => ['extended', self::ADDRESS_SET . '/32850'],
        'BusinessAddress.PostOfficeBox' => ['extended', self::ADDRESS_SET . '/32842'],
        'HomeAddress.PostOfficeBox' => ['extended', '0x3A5E'],
        'OtherAddress.PostOfficeBox' => ['extended', '0x3A64'],
    ];

    /** What Exchange shows in place of nothing. */
    private const NOTHING = ['Sensitivity' => 'Normal', 'Importance' => 'Normal', 'PostalAddressIndex' => 'None', 'FileAsMapping' => 'None'];

    /**
     * @return array<string, string> property => Line, Note, Date, Set, Choice, Moment or Picture
     */
    public static function kinds(): array
    {
        static $kinds = null;
        return $kinds ??= self::read();
    }

    /**
     * @return list<string> the words of a choice; the first one means nothing
     */
    public static function words(string $property): array
    {
        $list = match (true) {
            (bool) preg_match("/^    $property: Kind::Choice\\((&\\[.*?\\])\\)/ms", self::source(), $found) => $found[1],
            preg_match("/^    $property: Kind::Choice\\((\\w+)\\)/m", self::source(), $found)
                && preg_match("/const $found[1]: &\\[&str\\] = (&\\[.*?\\]);/s", self::source(), $found) => $found[1],
            default => throw new RuntimeException("$property is no choice"),
        };
        preg_match_all('/"(\w+)"/', $list, $words);
        return $words[1];
    }

    /**
     * What an item shows for a property at the side door; null when that is nothing.
     *
     * @param array{fields: array<string, mixed>, extended: array<string, mixed>} $item
     */
    public static function shown(array $item, string $property): mixed
    {
        [$part, $name] = self::place($property);
        $value = $item[$part][$name] ?? null;
        if ($property === 'ReminderDueBy' && ($item['fields']['ReminderIsSet'] ?? null) !== 'true') {
            return null;
        }
        if ($value === '' || $value === [] || $value === (self::NOTHING[$property] ?? null)) {
            return null;
        }
        if ($property === 'Gender' && $value !== null) {
            // Graph sets it to its first word, which means nothing.
            return Simulator::overGraph() && (int) $value === 0 ? null : self::words('Gender')[(int) $value] ?? $value;
        }
        return is_string($value) ? str_replace("\r\n", "\n", $value) : $value;
    }

    /**
     * `fields` or `extended`, and the name there.
     *
     * @return array{string, string}
     */
    public static function place(string $property): array
    {
        if (!str_starts_with($property, 'extended:')) {
            return self::PLACES[$property] ?? ['fields', $property];
        }
        $name = preg_replace('/#\w+$/', '', substr($property, strlen('extended:')));
        return ['extended', match (true) {
            str_starts_with($name, '0x') => $name,
            !str_contains($name, '/') => "b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42/$name",
            default => str_replace(['Address/', 'PublicStrings/'], [self::ADDRESS_SET . '/', '00020329-0000-0000-c000-000000000046/'], $name),
        }];
    }

    /**
     * @return array<string, string>
     */
    private static function read(): array
    {
        preg_match('/^catalogue! \{$(.*?)^\}$/ms', self::source(), $list);
        preg_match_all('/^    (\w+): Kind::(\w+)/m', $list[1] ?? '', $entries);
        $kinds = array_combine($entries[1], $entries[2]);
        // Another view of the slots, with which it cannot be mapped: EmailListTest.
        unset($kinds['EmailAddresses']);
        foreach (['EmailKey', 'PhoneKey', 'ImKey'] as $keys) {
            $kinds += array_fill_keys(self::keys($keys), 'Line');
        }
        if (Simulator::overGraph()) {
            $kinds = array_diff_key($kinds, array_flip(self::outOfReach()));
        }
        foreach (self::keys('AddressKey') as $address) {
            foreach (self::keys('AddressPart') as $part) {
                $kinds["{$address}Address.$part"] = $part === 'Street' ? 'Note' : 'Line';
            }
        }
        return $kinds;
    }

    /**
     * @return list<string>
     */
    private static function keys(string $name): array
    {
        preg_match("/^    $name \\{(.*?)\\}/ms", self::source(), $list);
        preg_match_all('/\w+/', $list[1] ?? '', $keys);
        return $keys[0];
    }

    /**
     * @return list<string> what has no place in Graph
     */
    private static function outOfReach(): array
    {
        $source = (string) file_get_contents(__DIR__ . '/../../src/graph/catalogue.rs');
        preg_match('/((?:\|?\s*Property::\w+\s*)+)=> Place::Nowhere/', $source, $list);
        preg_match_all('/Property::(\w+)/', $list[1] ?? '', $names);
        return $names[1];
    }

    private static function source(): string
    {
        static $source = null;
        return $source ??= (string) file_get_contents(__DIR__ . '/../../src/contact/property.rs');
    }
}
