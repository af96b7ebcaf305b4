<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Tests\Listener;
use ExchangeContactSync\Tests\SyncTestCase;

/** Whom we trust and how we are known: certificates of a company's own, and of a client. */
final class TlsTest extends SyncTestCase
{
    private Listener $server;

    protected function tearDown(): void
    {
        $this->server->stop();
        parent::tearDown();
    }

    public function testACompanysOwnAuthorityIsTrustedWhereItIsNamed(): void
    {
        $this->server = Listener::tunnel($this->exchange);
        $this->exchange->add(['GivenName' => 'Anna', 'Body' => str_repeat('long ', 10_000)]);
        $ca = Listener::certificates() . '/ca.pem';
        $sync = $this->overTls(['ca_file' => $ca]);
        $sync->install();
        self::assertSame(1, $this->round($sync)->inserted());
        $id = (int) $this->db->find('first_name', 'Anna')['id'];
        $this->db->update($id, ['notes' => str_repeat('even longer ', 5_000)]);
        $sync->push($id);
        self::assertSame(60_000 - 1, strlen($this->exchange->items()[0]['fields']['Body']));
        $said = self::thrown(ExchangeException::class, fn () => $this->overTls([])->pull())->getMessage();
        self::assertStringContainsString('certificate', $said);
    }

    public function testAServerThatWantsToKnowItsClientsGetsOurCertificate(): void
    {
        $this->server = Listener::tunnel($this->exchange, verify: true);
        $certificates = Listener::certificates();
        $known = ['ca_file' => "$certificates/ca.pem"];
        $sync = $this->overTls($known + ['client_certificate' => "$certificates/client.pem"]);
        $sync->install();
        self::assertTrue($this->round($sync)->complete());
        self::thrown(ExchangeException::class, fn () => $this->overTls($known)->pull());
    }

    public function testOnlyThePinnedCertificateIsTaken(): void
    {
        $this->server = Listener::tunnel($this->exchange);
        $certificates = Listener::certificates();
        $print = (string) openssl_x509_fingerprint((string) file_get_contents("$certificates/server.pem"), 'sha256');
        $other = strtoupper(implode(':', str_split((string) openssl_x509_fingerprint((string) file_get_contents("$certificates/ca.pem"), 'sha256'), 2)));
        $ca = ['ca_file' => "$certificates/ca.pem"];
        $this->overTls($ca)->install();
        foreach ([$print, strtoupper(implode(':', str_split($print, 2))), [$other, $print]] as $pinned) {
            self::assertTrue($this->round($this->overTls($ca + ['pinned_certificate' => $pinned]))->complete());
        }
        $id = $this->db->insert(['first_name' => 'Anna']);
        $sync = $this->overTls($ca + ['pinned_certificate' => $other]);
        $said = self::thrown(ExchangeException::class, fn () => $sync->pull())->getMessage();
        foreach (['exchange.pinned_certificate', $other, strtoupper(implode(':', str_split($print, 2))), 'was renewed', 'somebody stands between'] as $part) {
            self::assertStringContainsString($part, $said);
        }
        self::assertStringContainsString('exchange.pinned_certificate', (string) $sync->push($id)->error());
        // A pin takes the place of nothing: the certificate has to verify as well.
        $said = self::thrown(ExchangeException::class, fn () => $this->overTls(['pinned_certificate' => $print])->pull())->getMessage();
        self::assertStringContainsString('does not verify', $said);
        foreach (['', substr($print, 2), [$print, 7], []] as $wrong) {
            $said = self::thrown(ConfigException::class, fn () => $this->overTls(['pinned_certificate' => $wrong]))->getMessage();
            self::assertStringContainsString('exchange.pinned_certificate', $said);
        }
    }

    public function testAFileThatCannotBeUsedIsNamedWithItsKey(): void
    {
        $this->server = Listener::tunnel($this->exchange);
        $certificates = Listener::certificates();
        $this->overTls([])->install();
        foreach ([
            [['ca_file' => '/nowhere/ca.pem'], 'exchange.ca_file: /nowhere/ca.pem cannot be read'],
            [['ca_file' => "$certificates/ca.key"], 'ca.key holds no certificate in PEM'],
            [['client_certificate' => "$certificates/ca.pem"], 'exchange.client_certificate: ' . "$certificates/ca.pem holds no certificate with its private key"],
        ] as [$changes, $expected]) {
            $sync = $this->overTls($changes);
            $said = self::thrown(ExchangeException::class, fn () => $sync->pull())->getMessage();
            self::assertStringContainsString($expected, $said);
            $steps = array_column($sync->check(), null, 'step');
            self::assertFalse($steps['exchange.tls']['ok']);
            self::assertStringContainsString($expected, $steps['exchange.tls']['message']);
        }
    }

    /**
     * @param array<string, mixed> $changes
     */
    private function overTls(array $changes): ExchangeContactSync
    {
        return $this->sync(['exchange' => $changes + ['url' => $this->server->url('https'), 'allow_plain_http' => false]]);
    }
}
