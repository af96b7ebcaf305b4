//! How a pair stands, and who works on it.

use super::row::Look;
use super::store::Store;
use crate::sync::back_off::Pause;
use crate::sync::error::StoreError;
use crate::sync::ids::{Cursor, FolderId, Moment, RowKey};

/// Which folder a pair is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The kind of server.
    pub kind: String,
    /// The server, as the configuration names it (host of the URL).
    pub server: String,
    /// The mailbox, lower case.
    pub mailbox: String,
    /// The folder.
    pub folder: FolderId,
}

/// What a delivery has to know of its pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The folder that the pair is bound to; `None` until Exchange was reached for the first time.
    pub identity: Option<Identity>,
    /// Whether any full pass ever came to its end (a [`CursorMove`] with `pass_complete`): only then may rows without a link
    /// be created in Exchange.
    pub paired: bool,
    /// How long Exchange is to be left alone; shared by all processes. When nothing is left of it, one process finds out for all
    /// whether Exchange is back ([`Store::probe`](super::Store::probe), R25).
    pub pause: Option<Pause>,
    /// How many failures in a row began such a wait; 0 once a request has succeeded.
    pub failures: u32,
    /// Whether the server refuses to change an item whose ChangeKey is stale; `None` until that was tried. Servers exist that
    /// never look at it.
    pub checks_versions: Option<bool>,
}

/// How a pair stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairState {
    /// What deliveries have to know too.
    pub standing: Standing,
    /// Where the change list was read up to; `None` before the first page, after a reset or a refusal.
    pub cursor: Option<Cursor>,
    /// The running or last full pass; 0 before the first one.
    pub generation: u64,
    /// Whether the full pass of that number has come to its end.
    pub pass_complete: bool,
    /// Whether the last full pass came to its end more than a day ago: the next pull is one, as a net for what no change list told (R11).
    pub pass_due: bool,
    /// When the last pull came to its end.
    pub last_pull: Option<Moment>,
    /// When the last delivery succeeded.
    pub last_push: Option<Moment>,
    /// Whether the mapping differs from the one of the last full pass.
    pub mapping_changed: bool,
    /// Whether triggers note every change of the table; else rows have to be compared.
    pub triggers: bool,
}

impl PairState {
    /// Whether the folder is to be compared in full although the cursor is good.
    #[must_use]
    pub fn wants_pass(&self) -> bool {
        self.pass_complete && (self.mapping_changed || self.pass_due)
    }
}

/// How a full or partial round moves the cursor, in the transaction of the page that it vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorMove {
    /// The cursor that the page was asked with: another one in the store means another puller was there.
    pub from: Option<Cursor>,
    /// The cursor that the page brought.
    pub to: Cursor,
    /// The number of the full pass that the page belongs to, else that of the last one.
    pub generation: u64,
    /// Whether the full pass of that number is complete with this page.
    pub pass_complete: bool,
}

/// A lease: only one process at a time does this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// Pulling the pair.
    Pull,
    /// Moving the pair to another kind of server.
    Move,
    /// Delivering one row.
    Row(RowKey),
    /// Sending requests to the mailbox: so many processes may have a turn at a time as the configuration says.
    Turn(Errand),
}

/// What a process sends requests to the mailbox for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// A pull.
    Pull,
    /// A delivery.
    Push,
}

/// A delivery of one row that has begun: the row is noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The row's key as it is stored.
    pub key: RowKey,
    /// How the pair stands.
    pub pair: Standing,
    /// Which of its [leases](Self::leases) were free.
    pub granted: Vec<bool>,
    /// The row with its link, if all leases were free and the store has looked.
    pub look: Option<Look>,
}

impl Begun {
    /// What the delivery of a row needs, which is to be given back in the end.
    #[must_use]
    pub fn leases(key: &RowKey) -> [Lease; 2] {
        [Lease::Row(key.clone()), Lease::Turn(Errand::Push)]
    }

    /// Begins with one question after the other, and without a look.
    ///
    /// # Errors
    /// As [`Store::begin_push`].
    pub fn by_steps<S: Store + ?Sized>(store: &mut S, key: &RowKey) -> Result<Self, StoreError> {
        let (key, pair) = store.enqueue(key)?;
        let granted = store.lease(&Self::leases(&key))?;
        Ok(Self {
            key,
            pair,
            granted,
            look: None,
        })
    }
}
