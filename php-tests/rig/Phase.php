<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** When a request is struck. */
enum Phase: string
{
    /** The server never sees the request. */
    case Before = 'before';
    /** The server has the request and nobody waits for its answer. */
    case During = 'during';
    /** The server has answered and the answer is not passed on. */
    case After = 'after';
    /** The server has answered and half of the answer is passed on. */
    case Middle = 'middle';
}
