//! What each response code means for the one who asked.
//!
//! The schema lists more than 500 codes; those that a contact sync can meet are sorted here. A code that
//! is not listed is permanent: it is reported and never repeated blindly.

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeClass {
    /// Log-in or rights: stop and tell the administrator.
    Auth,
    /// The mailbox or the request is configured in a way that cannot work.
    Config,
    /// Another `RequestServerVersion` may be understood.
    Version,
    /// Too many requests: wait as told.
    Throttled,
    /// The item does not exist, or the account may not see it.
    Gone,
    /// The folder does not exist.
    FolderGone,
    /// The ChangeKey is not the current one.
    Conflict,
    /// The SyncState is refused.
    CursorInvalid,
    /// The entry was not executed, because an earlier one stopped the batch.
    NotExecuted,
    /// Passing trouble.
    Transient,
    /// Will not succeed when repeated.
    Permanent,
}

/// The class of a response code.
#[must_use]
pub fn class_of(code: &str) -> CodeClass {
    match code {
        "ErrorServerBusy"
        | "ErrorExceededConnectionCount"
        | "ErrorExceededFindCountLimit"
        | "ErrorExceededSubscriptionCount" => CodeClass::Throttled,

        "ErrorItemNotFound" | "ErrorInvalidAttachmentId" => CodeClass::Gone,

        "ErrorFolderNotFound"
        | "ErrorParentFolderNotFound"
        | "ErrorSavedItemFolderNotFound"
        | "ErrorToFolderNotFound"
        | "ErrorSyncFolderNotFound" => CodeClass::FolderGone,

        "ErrorIrresolvableConflict"
        | "ErrorStaleObject"
        | "ErrorChangeKeyRequired"
        | "ErrorChangeKeyRequiredForWriteOperations"
        | "ErrorInvalidChangeKey" => CodeClass::Conflict,

        "ErrorInvalidSyncStateData" => CodeClass::CursorInvalid,

        "ErrorBatchProcessingStopped" => CodeClass::NotExecuted,

        "ErrorInvalidServerVersion"
        | "ErrorIncorrectSchemaVersion"
        | "ErrorInvalidSchemaVersionForMailboxVersion" => CodeClass::Version,

        "ErrorAccessDenied"
        | "ErrorImpersonateUserDenied"
        | "ErrorImpersonationDenied"
        | "ErrorImpersonationFailed"
        | "ErrorAccountDisabled"
        | "ErrorPasswordExpired"
        | "ErrorPasswordChangeRequired"
        | "ErrorCreateItemAccessDenied"
        | "ErrorCreateSubfolderAccessDenied"
        | "ErrorCallerIsInvalidADAccount"
        | "ErrorTokenSerializationDenied"
        | "ErrorInvalidAuthorizationContext"
        | "ErrorInvalidSerializedAccessToken"
        | "ErrorOrganizationAccessBlocked"
        | "ErrorInvalidLicense" => CodeClass::Auth,

        "ErrorInvalidExchangeImpersonationHeaderData"
        | "ErrorMissingEmailAddress"
        | "ErrorNonExistentMailbox"
        | "ErrorNonPrimarySmtpAddress"
        | "ErrorInvalidUserPrincipalName"
        | "ErrorInvalidUserSid"
        | "ErrorInvalidSid"
        | "ErrorInvalidSmtpAddress"
        | "ErrorMailboxConfiguration"
        | "ErrorMissingExchangePrincipal"
        | "ErrorCrossSiteRequest"
        | "ErrorWrongServerVersion"
        | "ErrorNoApplicableProxyCASServersAvailable"
        | "ErrorQuotaExceeded"
        | "ErrorDuplicateSOAPHeader"
        | "ErrorMoreThanOneAccessModeSpecified"
        | "ErrorInvalidFolderId"
        | "ErrorCannotUseItemIdForFolderId"
        | "ErrorCannotCreateContactInNonContactFolder" => CodeClass::Config,

        "ErrorInternalServerTransientError"
        | "ErrorInternalServerError"
        | "ErrorMailboxStoreUnavailable"
        | "ErrorMailboxFailover"
        | "ErrorMailboxMoveInProgress"
        | "ErrorConnectionFailed"
        | "ErrorClientDisconnected"
        | "ErrorTimeoutExpired"
        | "ErrorTooManyObjectsOpened"
        | "ErrorInsufficientResources"
        | "ErrorNotEnoughMemory"
        | "ErrorADUnavailable"
        | "ErrorADOperation"
        | "ErrorADSessionFilter"
        | "ErrorMailboxLogonFailed"
        | "ErrorServiceDiscoveryFailed"
        | "ErrorServiceUnavailable"
        | "ErrorNoRespondingCASInDestinationSite"
        | "ErrorProxyCallFailed"
        | "ErrorProxyRequestProcessingFailed"
        | "ErrorProxyTokenExpired"
        | "ErrorItemSave"
        | "ErrorFolderSave"
        | "ErrorFolderSaveFailed" => CodeClass::Transient,

        _ => CodeClass::Permanent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 48.
    #[test]
    fn codes_have_the_class_that_the_reaction_to_them_needs() {
        let table = [
            ("ErrorServerBusy", CodeClass::Throttled),
            ("ErrorExceededConnectionCount", CodeClass::Throttled),
            ("ErrorItemNotFound", CodeClass::Gone),
            ("ErrorInvalidAttachmentId", CodeClass::Gone),
            ("ErrorFolderNotFound", CodeClass::FolderGone),
            ("ErrorSyncFolderNotFound", CodeClass::FolderGone),
            ("ErrorIrresolvableConflict", CodeClass::Conflict),
            ("ErrorStaleObject", CodeClass::Conflict),
            (
                "ErrorChangeKeyRequiredForWriteOperations",
                CodeClass::Conflict,
            ),
            ("ErrorInvalidChangeKey", CodeClass::Conflict),
            ("ErrorInvalidSyncStateData", CodeClass::CursorInvalid),
            ("ErrorBatchProcessingStopped", CodeClass::NotExecuted),
            ("ErrorInvalidServerVersion", CodeClass::Version),
            ("ErrorAccessDenied", CodeClass::Auth),
            ("ErrorImpersonateUserDenied", CodeClass::Auth),
            ("ErrorPasswordExpired", CodeClass::Auth),
            ("ErrorNonExistentMailbox", CodeClass::Config),
            ("ErrorQuotaExceeded", CodeClass::Config),
            (
                "ErrorCannotCreateContactInNonContactFolder",
                CodeClass::Config,
            ),
            ("ErrorInternalServerTransientError", CodeClass::Transient),
            ("ErrorMailboxMoveInProgress", CodeClass::Transient),
            ("ErrorMailboxFailover", CodeClass::Transient),
            ("ErrorMailboxStoreUnavailable", CodeClass::Transient),
            ("ErrorTimeoutExpired", CodeClass::Transient),
            ("ErrorSchemaValidation", CodeClass::Permanent),
            ("ErrorInvalidPropertySet", CodeClass::Permanent),
            ("ErrorInvalidIdMalformed", CodeClass::Permanent),
            ("ErrorCorruptData", CodeClass::Permanent),
            ("ErrorOfALaterVersion", CodeClass::Permanent),
            ("", CodeClass::Permanent),
        ];
        for (code, class) in table {
            assert_eq!(class_of(code), class, "{code}");
        }
    }

    /// A misspelt code would never be met: every code of the table must be one of the schema.
    #[test]
    fn every_code_of_the_table_is_in_the_schema() {
        let schema = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/ews-schema/messages.xsd"
        );
        let Ok(schema) = std::fs::read_to_string(schema) else {
            eprintln!("skipped: the schema is not at hand");
            return;
        };
        let source = include_str!("response_code.rs");
        let table = source.split("mod tests").next().unwrap();
        let codes: Vec<&str> = table
            .split('"')
            .filter(|text| text.starts_with("Error"))
            .collect();
        assert!(codes.len() > 60);
        for code in codes {
            assert!(
                schema.contains(&format!("value=\"{code}\"")),
                "{code} is not in the schema"
            );
        }
    }
}
