<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * MySQL cannot be reached or refuses a statement. getCode() is MySQL's error number, 0 when there is none.
 */
final class StoreException extends Exception
{
}
