<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** Workers that die, answers that are cut: and afterwards, whatever it was, one address book. */
abstract class CrashTestCase extends SyncTestCase
{
    use Aftermath;

    protected Proxy $proxy;
    private ?Worker $worker = null;

    protected function setUp(): void
    {
        parent::setUp();
        $this->proxy = new Proxy((string) getenv('ECS_MYSQL_SOCKET'), $this->exchange->url());
    }

    protected function tearDown(): void
    {
        $this->worker?->kill();
        $this->worker = null;
        $this->proxy->close();
        parent::tearDown();
    }

    /**
     * A worker that has its connections and has read the table, so that what it does from now on is the call alone.
     *
     * @param array<string, mixed> $changes of the configuration
     */
    protected function warm(array $changes = []): Worker
    {
        $worker = new Worker();
        [, $answer] = $this->proxy->play($worker, $this->throughProxy($changes), [['state', []]]);
        self::assertNull($answer['thrown'] ?? null, json_encode($answer, JSON_THROW_ON_ERROR));
        return $this->worker = $worker;
    }

    /**
     * @param array<string, mixed> $changes
     *
     * @return array<string, mixed>
     */
    protected function throughProxy(array $changes = []): array
    {
        $config = $this->config($changes);
        if (Simulator::overGraph()) {
            // The links of its answers lead where the question went, so it has to be the same server by name.
            $config['exchange']['proxy'] = dirname($this->proxy->exchangeUrl(), 2);
        } else {
            $config['exchange']['url'] = $this->proxy->exchangeUrl();
        }
        $config['mysql'] = $this->db->urlThrough($this->proxy->mysqlSocket());
        return $config;
    }
}
