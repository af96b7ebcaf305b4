<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * Another process pulls the same pair, and did so for as long as `policy.wait_for_pull` says; or as many processes as
 * `exchange.concurrency` permits send requests to the mailbox. Nothing was done; a cron job may take it for success.
 */
final class BusyException extends Exception
{
}
