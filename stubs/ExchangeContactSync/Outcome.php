<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * What a push did.
 */
enum Outcome: string
{
    /** The contact is new in Exchange. */
    case Created = 'created';

    /** Exactly the changed properties were sent. */
    case Updated = 'updated';

    /** The row is gone, and so is the item now (in Deleted Items). */
    case Deleted = 'deleted';

    /** Both sides had changed; both now hold the merged contact. */
    case Merged = 'merged';

    /** Both sides agreed already. Nothing was sent. */
    case Unchanged = 'unchanged';

    /** Durable here and delivered later; PushResult::error() says why. */
    case Queued = 'queued';

    /** Cannot be applied as it is; see ExchangeContactSync::held(). */
    case Held = 'held';
}
