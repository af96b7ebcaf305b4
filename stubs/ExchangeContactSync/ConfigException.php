<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * The configuration, or an argument, does not fit. The message names the key, such as `contacts.map.emial`,
 * and says what was expected.
 */
final class ConfigException extends Exception
{
}
