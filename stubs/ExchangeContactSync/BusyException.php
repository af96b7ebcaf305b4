<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * Another process pulls the same pair. Nothing was done; a cron job may take it for success.
 */
final class BusyException extends Exception
{
}
