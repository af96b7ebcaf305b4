//! What a call of the engine did, for its caller.

use super::error::RemoteError;
use super::ports::{Effect, MoveCounts};

/// What became of one pushed row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An item was made.
    Created,
    /// The item was changed.
    Updated,
    /// The item was deleted, or was gone already.
    Deleted,
    /// Both sides had changed: the row, the item or both got the merge.
    Merged,
    /// There was nothing to deliver.
    Unchanged,
    /// The change waits in the outbox; a later push or round delivers it.
    Queued,
    /// The contact is held and needs a person.
    Held,
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushResult {
    /// The row's key as it is stored.
    pub key: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is queued or held, for a person; no secret in it.
    pub reason: Option<String>,
    /// How many conflicts went to the journal.
    pub conflicts: u64,
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries of change lists that were read.
    pub changes: u64,
    /// Items whose values were fetched.
    pub fetched: u64,
    /// Rows made.
    pub rows_inserted: u64,
    /// Rows changed.
    pub rows_updated: u64,
    /// Rows deleted or marked.
    pub rows_deleted: u64,
    /// Items made.
    pub items_created: u64,
    /// Items changed.
    pub items_updated: u64,
    /// Items deleted.
    pub items_deleted: u64,
    /// Contacts of both sides that were paired.
    pub matched: u64,
    /// Contacts that were changed on both sides and merged.
    pub merged: u64,
    /// Entries that went to the conflict journal.
    pub conflicts: u64,
    /// Contacts that were held.
    pub held: u64,
    /// Contacts that are deliberately not synced from now on.
    pub detached: u64,
    /// Items that are no contacts and were left alone.
    pub foreign: u64,
    /// Remote deletions that wait for a confirmation.
    pub waiting_deletes: u64,
    /// Rows that could not be delivered in this round and stay in the outbox.
    pub queued: u64,
    /// Unknown items that may be one contact with several rows, or several with one: each in words.
    pub ambiguous: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Requests sent to Exchange.
    pub requests: u64,
    /// Whether the round came to its end, rather than being stopped by its caller.
    pub complete: bool,
    /// The failure of Exchange that ended a delivery early.
    pub failure: Option<RemoteError>,
}

/// What a move of a pair to another kind of server did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveReport {
    /// The kind of server that the pair comes from.
    pub from: String,
    /// The kind of server that it goes to.
    pub to: String,
    /// Whether the pair is there now.
    pub moved: bool,
    /// Why it was not moved, and what to do.
    pub refused: Option<String>,
    /// How far its items were found.
    pub counts: MoveCounts,
    /// Items of the folder that belong to no contact of the pair: the next pull takes them over.
    pub unknown: u64,
    /// Requests sent to Exchange.
    pub requests: u64,
}

impl Report {
    /// Counts an effect.
    pub fn count(&mut self, effect: Effect) {
        match effect {
            Effect::Unchanged | Effect::MarkedGone | Effect::Parked => {}
            Effect::RowInserted => self.rows_inserted += 1,
            Effect::RowUpdated => self.rows_updated += 1,
            Effect::RowDeleted => self.rows_deleted += 1,
            Effect::Merged => self.merged += 1,
            Effect::Matched => self.matched += 1,
            Effect::ItemCreated => self.items_created += 1,
            Effect::ItemUpdated => self.items_updated += 1,
            Effect::ItemDeleted => self.items_deleted += 1,
            Effect::Detached => self.detached += 1,
            Effect::Held => self.held += 1,
        }
    }

    /// Adds another report, of the second half of a round.
    pub fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.fetched += other.fetched;
        self.rows_inserted += other.rows_inserted;
        self.rows_updated += other.rows_updated;
        self.rows_deleted += other.rows_deleted;
        self.items_created += other.items_created;
        self.items_updated += other.items_updated;
        self.items_deleted += other.items_deleted;
        self.matched += other.matched;
        self.merged += other.merged;
        self.conflicts += other.conflicts;
        self.held += other.held;
        self.detached += other.detached;
        self.foreign += other.foreign;
        self.waiting_deletes = other.waiting_deletes.max(self.waiting_deletes);
        self.queued += other.queued;
        self.ambiguous.extend(other.ambiguous);
        self.warnings.extend(other.warnings);
        self.requests += other.requests;
        self.complete &= other.complete;
        self.failure = other.failure.or(self.failure.take());
    }
}

/// What a round would do, found without touching either side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Rows and items that would be paired.
    pub matches: u64,
    /// Items that would be made.
    pub create_items: u64,
    /// Items that would be changed.
    pub update_items: u64,
    /// Items that would be deleted.
    pub delete_items: u64,
    /// Rows that would be made.
    pub insert_rows: u64,
    /// Rows that would be changed.
    pub update_rows: u64,
    /// Rows that would be deleted, marked or detached.
    pub delete_rows: u64,
    /// Properties that both sides changed differently.
    pub conflicts: u64,
    /// What could not be decided, each in words.
    pub ambiguous: Vec<String>,
    /// The first few steps, in words.
    pub examples: Vec<String>,
}
