<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Tests\SyncTestCase;

/** Whose mailbox an application opens. Over EWS only: with Graph it is said by the address of every request. */
final class OAuthAccessTest extends SyncTestCase
{
    /** user-pains 27: an application has no mailbox; whose contacts are meant has to be said. */
    public function testAnApplicationWithoutImpersonationIsRefused(): void
    {
        $oauth = ['tenant' => 'tenant', 'client_id' => 'app', 'client_secret' => 'secret'];
        foreach (['self', 'delegate'] as $access) {
            $config = $this->config(['exchange' => ['auth' => 'oauth', 'access' => $access, 'oauth' => $oauth]]);
            unset($config['exchange']['username'], $config['exchange']['password']);
            $thrown = self::thrown(ConfigException::class, fn () => new \ExchangeContactSync($config));
            self::assertStringContainsString("exchange.access: expected 'impersonation'", $thrown->getMessage());
        }
    }
}
