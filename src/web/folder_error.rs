//! Folders that are not there, as a person is told.

use crate::sync::error::{RemoteClass, RemoteError};

/// An answer about a folder. An id that is not found is answered as a contact that is not found by some servers.
pub(crate) fn as_folder_error(mut error: RemoteError, name: &str) -> RemoteError {
    if matches!(error.class, RemoteClass::Gone | RemoteClass::FolderGone) {
        error.class = RemoteClass::FolderGone;
        error.message = format!(
            "the folder \"{name}\" is not there, or the account may not see it; {}",
            error.message
        );
    } else if error.code.as_deref() == Some("ErrorInvalidIdMalformed") {
        error.class = RemoteClass::Config;
    }
    error
}

/// A name that no folder of a parent has; `existing` are those that it has.
pub(crate) fn missing<'a>(
    name: &str,
    parent: &str,
    existing: impl Iterator<Item = &'a str>,
) -> RemoteError {
    let mut existing: Vec<&str> = existing.take(20).collect();
    existing.sort_unstable();
    let existing = if existing.is_empty() {
        "it has no folders".to_owned()
    } else {
        format!("it has: {}", existing.join(", "))
    };
    RemoteError::new(
        RemoteClass::FolderGone,
        format!(
            "there is no folder \"{name}\" in {parent}; {existing}; exchange.create_folder has it made"
        ),
    )
}
