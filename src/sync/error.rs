//! Errors of the ports and of a whole sync.

use std::time::Duration;

use crate::contact::Property;

/// What kind of failure an answer of Exchange is; decided where the answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteClass {
    /// Log-in, rights or licence: stop and tell the administrator.
    Auth,
    /// A configuration that cannot work: wrong URL, another protocol, a folder that does not exist, a certificate that does not verify.
    Config,
    /// Too many requests; the wait is in [`RemoteError::retry_after`].
    Throttled,
    /// The item does not exist.
    Gone,
    /// The ChangeKey is no longer the item's.
    Conflict,
    /// The cursor is refused: a full pass is needed.
    CursorInvalid,
    /// The folder does not exist (any more).
    FolderGone,
    /// Passing trouble: the same request may succeed later.
    Transient,
    /// The server stopped before it came to this entry: it may be sent again at once.
    Untried,
    /// This request will never succeed; for a single contact: hold it.
    Permanent,
    /// The caller wants the call to end: the request was not sent, or given up in the middle.
    Interrupted,
}

/// A failure of a request to Exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RemoteError {
    /// What kind of failure it is.
    pub class: RemoteClass,
    /// What failed and what to do, without any secret.
    pub message: String,
    /// The server's response code, such as `ErrorServerBusy`.
    pub code: Option<String>,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// The server's id of the request, for its administrator's log.
    pub request_id: Option<String>,
    /// How long to leave the server alone, as the server said.
    pub retry_after: Option<Duration>,
    /// Whether the server may have carried out the request all the same: its answer was lost.
    pub outcome_unknown: bool,
    /// The one property that has no place in the item; the others could be written without it.
    pub property: Option<Property>,
}

impl RemoteError {
    /// A failure with a class and a message and nothing else known.
    pub fn new(class: RemoteClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            code: None,
            status: None,
            request_id: None,
            retry_after: None,
            outcome_unknown: false,
            property: None,
        }
    }

    /// The failure of a whole request, given those of all its entries: the first one, where it speaks of more than a contact. If any entry may
    /// have been carried out, the whole may have been.
    #[must_use]
    pub fn of_all(failures: &[&Self]) -> Option<Self> {
        let first = failures.first().filter(|first| first.is_outage())?;
        Some(Self {
            outcome_unknown: failures.iter().any(|failure| failure.outcome_unknown),
            ..(*first).clone()
        })
    }

    /// A request that was not sent or was given up, because the caller wants the call to end.
    #[must_use]
    pub fn interrupted(message: &str) -> Self {
        Self::new(RemoteClass::Interrupted, message)
    }

    /// Whether the failure speaks of the server, the account or the call rather than of one contact.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        match self.class {
            RemoteClass::Auth
            | RemoteClass::Config
            | RemoteClass::Throttled
            | RemoteClass::FolderGone
            | RemoteClass::Interrupted
            | RemoteClass::Transient => true,
            RemoteClass::Gone
            | RemoteClass::Conflict
            | RemoteClass::CursorInvalid
            | RemoteClass::Untried
            | RemoteClass::Permanent => false,
        }
    }
}

/// What kind of failure the store met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreClass {
    /// The configuration does not fit the database: a missing table, key, column, or an unfit type.
    Config,
    /// `install()` has not been called, or by an older version.
    NotInstalled,
    /// The pair belongs to another mailbox, folder, server or database: nothing was written.
    Identity,
    /// The pair is with another kind of server than the one that is configured: nothing but notes in the outbox is written.
    OtherKind,
    /// The database cannot be reached or the log-in is refused.
    Unavailable,
    /// A privilege is missing.
    Denied,
    /// Deadlocks or lock waits beyond all retries.
    Contended,
    /// Anything else that the database said.
    Failed,
    /// What the app computes was asked for, and the app wants the call to end.
    Interrupted,
}

/// A failure of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What kind of failure it is.
    pub class: StoreClass,
    /// What failed and what to do, without any secret.
    pub message: String,
    /// The database's error number, when it gave one.
    pub number: Option<u16>,
}

impl StoreError {
    /// A failure with a class and a message.
    pub fn new(class: StoreClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            number: None,
        }
    }
}

impl StoreError {
    /// A pair that is with one kind of server, met by a process that is configured for another one.
    #[must_use]
    pub fn of_other_kind(bound: &str, configured: &str) -> Self {
        Self::new(
            StoreClass::OtherKind,
            format!(
                "this pair is with \"{bound}\", but the configuration says \"{configured}\": what is saved waits in the outbox until both agree. Set exchange.kind to \"{bound}\", or call migrate() if the pair is to be moved to \"{configured}\""
            ),
        )
    }
}

/// Why a call of the engine did not finish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// Exchange failed.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process is pulling this pair.
    #[error(
        "another process is pulling this pair; try again when it has finished, or leave it to that one"
    )]
    Busy,
    /// As many other processes as may send requests to the mailbox at the same time do so.
    #[error(
        "other processes are sending requests to this mailbox, as many at the same time as exchange.concurrency permits; try again when one of them has finished"
    )]
    Crowded,
    /// PHP asked to stop: its callback threw, or a time limit or signal is pending.
    #[error("stopped on request of the caller")]
    Interrupted,
}
