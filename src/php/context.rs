//! Adds to a failure of Exchange which account, mailbox or folder it was about: the adapter speaks of the answer, and
//! only the configuration knows what was asked for.

use super::config::ExchangeConfig;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};

/// The failure with what it was about.
pub(super) fn named(mut error: RemoteError, config: &ExchangeConfig) -> RemoteError {
    let mailbox = ("mailbox", config.mailbox.clone());
    let parts = match error.class {
        RemoteClass::Auth => [("account", config.login.username().to_owned()), mailbox],
        RemoteClass::FolderGone => [mailbox, ("folder", config.folder.to_string())],
        RemoteClass::Config | RemoteClass::Permanent if error.code.is_some() => {
            [mailbox, ("folder", config.folder.to_string())]
        }
        RemoteClass::Config
        | RemoteClass::Untried
        | RemoteClass::Interrupted
        | RemoteClass::Permanent
        | RemoteClass::Throttled
        | RemoteClass::Gone
        | RemoteClass::Conflict
        | RemoteClass::CursorInvalid
        | RemoteClass::Transient => return error,
    };
    let missing: Vec<String> = parts
        .iter()
        .filter(|(_, name)| !error.message.contains(name.as_str()))
        .map(|(what, name)| format!("{what} {name}"))
        .collect();
    if !missing.is_empty() {
        error.message = format!("{} ({})", error.message, missing.join(", "));
    }
    error
}

/// The same for any failure of a call.
pub(super) fn of_call(error: SyncError, config: &ExchangeConfig) -> SyncError {
    match error {
        SyncError::Remote(error) => SyncError::Remote(named(error, config)),
        SyncError::Store(_) | SyncError::Busy | SyncError::Crowded | SyncError::Interrupted => {
            error
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::smallest_exchange;
    use super::*;

    fn message(class: RemoteClass, code: Option<&str>, message: &str) -> String {
        let mut error = RemoteError::new(class, message);
        error.code = code.map(str::to_owned);
        named(error, &smallest_exchange()).message
    }

    #[test]
    fn what_the_answer_does_not_say_is_added() {
        assert_eq!(
            message(RemoteClass::Auth, None, "refused"),
            "refused (account CORP\\svc-crm, mailbox sales@example.com)"
        );
        assert_eq!(
            message(
                RemoteClass::Auth,
                None,
                "CORP\\svc-crm may not open sales@example.com"
            ),
            "CORP\\svc-crm may not open sales@example.com"
        );
        assert_eq!(
            message(RemoteClass::FolderGone, None, "there is none"),
            "there is none (mailbox sales@example.com, folder contacts)"
        );
        assert_eq!(
            message(
                RemoteClass::Permanent,
                Some("ErrorInvalidIdMalformed"),
                "wrong id"
            ),
            "wrong id (mailbox sales@example.com, folder contacts)"
        );
        assert_eq!(message(RemoteClass::Config, None, "not EWS"), "not EWS");
        assert_eq!(message(RemoteClass::Transient, None, "down"), "down");
    }
}
