<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * Exchange refuses the account (status 401 or 403), or the account may not open the mailbox. The message
 * names user and mailbox.
 */
final class AuthException extends ExchangeException
{
}
