<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\StoreException;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** What is of Microsoft Graph alone; what it has in common with EWS is tested over both (testsuite graph). */
final class GraphTest extends SyncTestCase
{
    /** semantics 55: by both doors it is one contact. */
    public function testAContactGoesBothWays(): void
    {
        $sync = $this->over([]);
        $sync->install();
        $id = $this->exchange->add(['GivenName' => 'Anna', 'BusinessFax' => '+49 30 99', 'BusinessPhone' => '1', 'BusinessPhone2' => '2']);
        $report = $sync->pull();
        self::assertSame([1, true], [$report->inserted(), $report->complete()]);
        $row = $this->db->find('first_name', 'Anna');
        self::assertSame(['+49 30 99', '1', '2'], [$row['company'], $row['phone'], $row['mobile']]);
        $this->exchange->edit($id, ['BusinessPhone' => null]);
        self::assertSame(1, $sync->pull()->updated());
        $row = $this->db->find('first_name', 'Anna');
        self::assertSame([null, '2'], [$row['phone'], $row['mobile']], 'it stays in its column');
        $this->db->update((int) $row['id'], ['phone' => '3']);
        self::assertPushed(Outcome::Updated, $sync->push($row['id']));
        $item = $this->exchange->find('GivenName', 'Anna');
        self::assertSame(['3', '2'], [$item['fields']['BusinessPhone'], $item['fields']['BusinessPhone2']]);
        self::assertSame(0, $sync->sync()->conflicts());
    }

    /** semantics 55: with the app's own token of somebody who signed in. */
    public function testATokenOfAPerson(): void
    {
        $this->exchange->call('POST', '/oauth', ['grant' => 'token-of-a-person', 'mailbox' => Simulator::MAILBOX]);
        $config = $this->configOver([]);
        $asked = 0;
        $config['exchange']['oauth'] = ['token' => function () use (&$asked): string {
            $asked++;
            return 'token-of-a-person';
        }];
        $sync = new ExchangeContactSync($config);
        $sync->install();
        $item = $this->exchange->add(['GivenName' => 'Anna', 'BusinessPhone' => '1']);
        self::assertSame(1, $this->round($sync)->inserted());
        $row = $this->db->find('first_name', 'Anna');
        $this->db->update((int) $row['id'], ['phone' => '2']);
        self::assertPushed(Outcome::Updated, $sync->push($row['id']));
        $this->assertItem(['BusinessPhone' => '2'], $item);
        self::assertSame(2, $asked, 'once a call');
        self::assertSame(0, $this->exchange->call('GET', '/oauth')['asked']);
    }

    public function testCheckSaysStepByStepWhatWorks(): void
    {
        $sync = $this->over([]);
        $sync->install();
        $steps = array_column($sync->check(), 'ok', 'step');
        foreach (['exchange.token', 'exchange.login', 'exchange.folder', 'exchange.clock'] as $step) {
            self::assertTrue($steps[$step] ?? null, $step);
        }
        $wrong = $this->over(['oauth' => ['client_secret' => 'wrong']]);
        $found = array_column($wrong->check(), null, 'step');
        self::assertFalse($found['exchange.token']['ok']);
        self::assertArrayNotHasKey('exchange.folder', $found);
    }

    /** semantics 55: a pair of the other kind is refused and not misread; nothing is asked of Exchange but the folder, and nothing written. */
    public function testAPairThatWasBegunOverEwsIsRefused(): void
    {
        $ews = new ExchangeContactSync($this->config(['exchange' => $this->byEws()]));
        $ews->install();
        $this->exchange->add(['GivenName' => 'Anna']);
        $ews->sync();
        $graph = $this->over([]);
        foreach ([fn () => $graph->pull(), fn () => $graph->sync()] as $call) {
            try {
                $call();
                self::fail('the pair is of another kind');
            } catch (StoreException | ExchangeException | ConfigException $refused) {
                self::assertMatchesRegularExpression('/kind|joined|another/', $refused->getMessage());
            }
        }
        self::assertSame([1, 1], [$this->db->count(), count($this->exchange->items())]);
        self::assertTrue($ews->sync()->complete(), 'over EWS it goes on');
    }

    /**
     * @dataProvider mistakes
     *
     * @param array<string, mixed> $exchange
     */
    public function testAMistakeIsNamed(array $exchange, string $message): void
    {
        $this->expectException(ConfigException::class);
        $this->expectExceptionMessage($message);
        $this->over($exchange);
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function mistakes(): iterable
    {
        yield 'a password' => [['password' => 'x'], "exchange.password: has no meaning with kind 'graph'"];
        yield 'a way to log in' => [['auth' => 'ntlm'], "exchange.auth: has no meaning with kind 'graph'"];
        yield 'a public folder' => [['folder' => 'publicfoldersroot/Customers'], 'does not reach public folders'];
        yield 'a cloud that is none' => [['cloud' => 'moon'], 'exchange.cloud'];
        yield 'two applications' => [['client_id' => 'x'], 'exchange.client_id: has no meaning beside exchange.oauth'];
        yield 'no kind' => [['kind' => 'imap'], 'exchange.kind'];
        yield 'an address with a path' => [['url' => 'https://graph.microsoft.com/v1.0'], 'exchange.url: expected an address with nothing behind the host'];
        yield 'too many at a time' => [['batch' => 21], 'exchange.batch'];
    }

    public function testAnApplicationBesideEwsIsRefused(): void
    {
        $this->expectExceptionMessage("exchange.tenant: belongs to kind 'graph'");
        new ExchangeContactSync($this->config(['exchange' => ['tenant' => 'x'] + $this->byEws()]));
    }

    public function testWhatHasNoPlaceIsRefusedWithItsColumn(): void
    {
        $list = ['table' => 'emails', 'contact' => 'contact_id', 'value' => 'email', 'list' => 'EmailAddresses'];
        $computed = ['columns' => ['company'], 'properties' => ['Mileage'], 'toExchange' => fn () => [], 'fromExchange' => fn () => []];
        foreach ([
            'contacts.map.company: Mileage' => ['map' => ['company' => 'Mileage']],
            'contacts.children: emails: EmailAddresses' => ['children' => [$list]],
            'contacts.computed: Mileage' => ['computed' => [$computed], 'map' => ['first_name' => 'GivenName']],
            'contacts.notes: HtmlBody' => ['notes' => 'html', 'map' => null],
        ] as $place => $contacts) {
            $config = $this->configOver([]);
            $config['contacts'] = array_filter($contacts + $config['contacts'], static fn (mixed $value): bool => $value !== null);
            $refused = self::thrown(ConfigException::class, fn () => new ExchangeContactSync($config));
            self::assertStringContainsString("$place has no place in Microsoft Graph", $refused->getMessage());
        }
    }

    /**
     * @param array<string, mixed> $exchange
     */
    private function over(array $exchange): ExchangeContactSync
    {
        return new ExchangeContactSync($this->configOver($exchange));
    }

    /**
     * @param array<string, mixed> $exchange
     *
     * @return array<string, mixed>
     */
    private function configOver(array $exchange): array
    {
        $config = $this->config();
        $config['exchange'] = array_replace_recursive($this->byGraph(), $exchange);
        $config['contacts']['map'] = ['first_name' => 'GivenName', 'company' => 'BusinessFax', 'phone' => 'BusinessPhone', 'mobile' => 'BusinessPhone2'];
        return $config;
    }
}
