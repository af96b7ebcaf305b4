<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

/** What Exchange says no with, in the words of the engine; EWS and Microsoft Graph have other words for it. */
enum Trouble
{
    /** It is to be left alone, for as long as it says. */
    case Busy;
    /** It does not know what it has told. */
    case CursorLost;
    case FolderGone;
    case ItemGone;
    /** A contact is not taken, as it is. */
    case ItemRefused;

    /** The code that a message about it names. */
    public function code(?string $operation = null): string
    {
        return $this->words($operation)[0];
    }

    /**
     * @return array{kind: string, code: string, ...} the fault that the simulator is to make of it
     */
    public function fault(?string $operation): array
    {
        [$code, $status] = $this->words($operation);
        if (!Simulator::overGraph()) {
            return match ($this) {
                self::Busy => ['kind' => 'server_busy_fault'],
                // Without a cursor there is nothing to refuse.
                self::CursorLost => ['kind' => 'item_error', 'code' => $code, 'containing' => 'SyncState>'],
                default => ['kind' => 'item_error', 'code' => $code],
            };
        }
        $error = ['kind' => 'graph_error', 'code' => $code, 'status' => $status];
        return $error + match ($this) {
            self::CursorLost => ['containing' => 'token='],
            default => [],
        };
    }

    /** @return array{string, int} the code, and Graph's status with it */
    private function words(?string $operation): array
    {
        if (Simulator::overGraph()) {
            return match ($this) {
                self::Busy => ['TooManyRequests', 429],
                self::CursorLost => ['SyncStateNotFound', 410],
                self::FolderGone, self::ItemGone => ['ErrorItemNotFound', 404],
                self::ItemRefused => ['ErrorPropertyValidationFailure', 400],
            };
        }
        return [match ($this) {
            self::Busy => 'ErrorServerBusy',
            self::CursorLost => 'ErrorInvalidSyncStateData',
            self::FolderGone => $operation === 'SyncFolderItems' ? 'ErrorSyncFolderNotFound' : 'ErrorFolderNotFound',
            self::ItemGone => 'ErrorItemNotFound',
            self::ItemRefused => 'ErrorInvalidPropertySet',
        }, 200];
    }
}
