<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * The parent of all exceptions of this extension. No message, trace or property of one holds a password.
 *
 * Thrown itself only when an object is used again while one of its own methods is still running.
 */
class Exception extends \RuntimeException
{
}
