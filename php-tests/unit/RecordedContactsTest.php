<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use DOMDocument;
use DOMElement;
use DOMXPath;
use ExchangeContactSync\Tests\Catalogue;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\WholeContactCase;
use ExchangeContactSync\Tests\WholeTable;

/** Contacts that a real Exchange server answered come into the table complete. */
final class RecordedContactsTest extends WholeContactCase
{
    /** Elements of a contact that are nobody's to edit: ids, dates and sizes, and what the server derives from others. */
    private const NOT_MAPPED = [
        'ItemId', 'ParentFolderId', 'ItemClass', 'DateTimeReceived', 'Size', 'IsSubmitted', 'IsDraft', 'IsFromMe', 'IsResend', 'IsUnmodified',
        'DateTimeSent', 'DateTimeCreated', 'HasAttachments', 'EffectiveRights', 'LastModifiedName', 'LastModifiedTime', 'IsAssociated',
        'WebClientReadFormQueryString', 'ConversationId', 'CompleteName',
    ];

    private Listener $server;

    protected function tearDown(): void
    {
        if (isset($this->server)) {
            $this->server->stop();
        }
        parent::tearDown();
    }

    /** semantics 8, 35, 38, P4: whatever it holds is in its column, nothing else is in any other, and rounds without news are silent. */
    public function testEveryValueIsInItsColumn(): void
    {
        $files = glob(__DIR__ . '/../../../shared/recordings/ContactFieldVariations-*-GetItem-*.xml') ?: [];
        if ($files === []) {
            self::markTestSkipped('the recordings are not here');
        }
        self::assertCount(3, $files);
        $this->server = Listener::replaying($files);
        $sync = $this->sync([
            'exchange' => ['url' => $this->server->url('http')],
            'contacts' => ['table' => WholeTable::NAME, 'modified' => null, 'map' => WholeTable::map()],
        ]);
        $sync->install();
        self::assertSame(3, $this->round($sync)->inserted());
        $expected = array_map(self::recorded(...), $files);
        $rows = array_map(static fn (array $row): array => array_filter($row, is_string(...)), WholeTable::rows($this->db->pdo));
        $bySubject = static fn (array $a, array $b): int => $a['c_subject'] <=> $b['c_subject'];
        usort($expected, $bySubject);
        $sorted = static function (array $row): array {
            ksort($row);
            return $row;
        };
        self::assertSame(array_map($sorted, $expected), array_map($sorted, $rows));
        self::assertSame('Quality Assurance', $rows[1]['c_department']);
        $report = $this->round($sync);
        self::assertSame([0, 0, 0], [$report->fetched(), $report->updated(), $report->pushedUpdates()]);
    }

    /**
     * @return array<string, string> what a recorded contact holds, by the column for it
     */
    private static function recorded(string $file): array
    {
        $document = new DOMDocument();
        $document->load($file);
        $path = new DOMXPath($document);
        $path->registerNamespace('t', 'http://schemas.microsoft.com/exchange/services/2006/types');
        $row = [];
        foreach ($path->query('//t:Contact/*') as $element) {
            self::assertInstanceOf(DOMElement::class, $element);
            $name = $element->localName;
            if (in_array($name, self::NOT_MAPPED, true)) {
                continue;
            }
            $entries = $path->query('t:Entry', $element);
            if ($entries->length === 0) {
                $row[$name] = $element->textContent;
                continue;
            }
            foreach ($entries as $entry) {
                $row[$entry->getAttribute('Key')] = $entry->textContent;
            }
        }
        $row = array_filter($row, static fn (string $value): bool => $value !== '');
        // What means nothing in a choice is no value in a row.
        $row = array_filter($row, static fn (string $value, string $name): bool => (Catalogue::kinds()[$name] ?? '') !== 'Choice'
            || $value !== Catalogue::words($name)[0], ARRAY_FILTER_USE_BOTH);
        return array_combine(array_map(WholeTable::column(...), array_keys($row)), $row);
    }
}
