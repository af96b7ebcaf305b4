//! What is kept for a person: conflicts, held contacts, counts; and what waits for the end of a round.

use crate::contact::{Contact, Property, Value};
use crate::sync::ids::{ItemId, LinkId, LinkVersion, Moment, RowKey};
use crate::sync::matching::MatchKey;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The row.
    Row,
    /// The item.
    Item,
}

/// A conflict for the journal: both values, and which one was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The property; `None` when an edit met a deletion.
    pub property: Option<Property>,
    /// The row's value.
    pub row: Option<Value>,
    /// The item's value.
    pub item: Option<Value>,
    /// The base, as the row held it.
    pub base: Option<Value>,
    /// Whose value was kept; `None` when a resolver gave a third one.
    pub kept: Option<Side>,
}

/// Why a contact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldKind {
    /// A value does not fit its column: too long, wrong characters, not a date, NULL not allowed.
    Unfit,
    /// A UNIQUE key, a foreign key or a check refused the row.
    Constraint,
    /// Exchange refused the item.
    Refused,
    /// The row holds a value that cannot be sent as the mapped property.
    Unreadable,
}

/// A contact that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Where it could not be applied.
    pub side: Side,
    /// Why.
    pub kind: HoldKind,
    /// The reason for a person, with what to do.
    pub reason: String,
    /// The values that could not be applied.
    pub contact: Contact,
}

/// An item that waits for the end of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The item.
    pub item: ItemId,
    /// Its matching keys, empty when it was parked for another reason.
    pub keys: Vec<MatchKey>,
}

/// A row that an unknown item may be one contact with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The key that they share.
    pub shared: MatchKey,
    /// The row.
    pub key: RowKey,
    /// Its link whose item is gone; `None` for a row without a link.
    pub link: Option<(LinkId, LinkVersion)>,
}

/// What a person was asked about, because the guard found too much of it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Items that are gone: are their rows to go too?
    ItemsGone,
    /// Rows that have vanished: are their items to go too?
    RowsGone,
    /// Rows that differ although no note speaks of them: are they to be delivered?
    RowsDiffer,
}

/// What a comparison found of rows that have neither a note nor a hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unnoted {
    /// Rows of the scope whose values differ from their base, with their links.
    pub differing: Vec<(RowKey, LinkId)>,
    /// Rows that left the scope, rows of it without a link, and links without a row.
    pub others: Vec<RowKey>,
    /// Whether there should be none: triggers note every change, or did until they vanished, as they do when a table is restored
    /// or rebuilt without them.
    pub by_surprise: bool,
}

/// What stands in for deletions that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GoneCounts {
    /// Links whose item is gone and whose row is still there.
    pub waiting: u64,
    /// Rows deleted, marked or detached for a remote deletion during the last 24 hours.
    pub done_today: u64,
    /// Links in all.
    pub linked: u64,
}

/// Counts for the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Links of contacts that are in step.
    pub linked: u64,
    /// Rows that wait for their delivery.
    pub pending: u64,
    /// Contacts that are held.
    pub held: u64,
    /// Conflicts that nobody has acknowledged.
    pub conflicts: u64,
    /// Remote deletions that wait.
    pub gone: u64,
}

/// A held contact as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// Its number.
    pub id: u64,
    /// The row, if it has one.
    pub key: Option<RowKey>,
    /// The item, if it has one.
    pub item: Option<ItemId>,
    /// The hold.
    pub hold: Hold,
    /// How often it was tried.
    pub tries: u32,
    /// Since when it is held.
    pub since: Moment,
    /// When it was tried last.
    pub tried: Moment,
}

/// A conflict as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRecord {
    /// Its number.
    pub id: u64,
    /// The row.
    pub key: RowKey,
    /// The conflict.
    pub conflict: Conflict,
    /// When it was met.
    pub at: Moment,
}
