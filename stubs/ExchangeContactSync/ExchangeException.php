<?php

declare(strict_types=1);

namespace ExchangeContactSync;

/**
 * Exchange cannot be reached, its certificate does not verify, it answers something that is not EWS, or it
 * refuses a request as a whole.
 */
class ExchangeException extends Exception
{
    /**
     * The EWS response code, such as `ErrorServerBusy` or `ErrorFolderNotFound`; null when there was none.
     */
    public function getResponseCode(): ?string
    {
        throw new \Error('stub');
    }

    /**
     * The status of the HTTP answer; null when there was no answer.
     */
    public function getHttpStatus(): ?int
    {
        throw new \Error('stub');
    }

    /**
     * Exchange's id of the request (header `request-id`), by which an administrator finds it in the logs.
     */
    public function getRequestId(): ?string
    {
        throw new \Error('stub');
    }
}
