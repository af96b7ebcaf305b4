//! Steps: what is to happen to a row and its link, all together or not at all.

use super::journal::{Conflict, Hold, HoldKind, Side};
use super::pair::{CursorMove, Lease};
use super::row::RowSeen;
use crate::contact::{Changes, Contact};
use crate::sync::ids::{ItemId, LinkId, LinkVersion, OutboxId, RowKey, Stamp};
use crate::sync::link::{Link, LinkDraft};
use crate::sync::matching::MatchKey;

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An item that no link knew when it was looked up.
    Unlinked(ItemId),
    /// A link, only if it still has the version that was noted (R1).
    Link(LinkId, LinkVersion),
    /// A row and its link, if it has one; only if the link still has the version that was noted, or is still missing.
    Row(RowKey, Option<(LinkId, LinkVersion)>),
    /// An item that no link knew, and the row that it is to be paired with, which must not have a link.
    Pairing(ItemId, RowKey),
}

/// What the store sees of a target under its locks.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The target's place in the batch.
    pub index: usize,
    /// The row: that of the link or of the target. `Absent` for a target without a row.
    pub row: &'a RowSeen,
    /// The link.
    pub link: Option<&'a Link>,
}

/// What happens to the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowWrite {
    /// Nothing.
    Keep,
    /// A new row with these values and the scope's defaults.
    Insert(Contact),
    /// These columns are set or emptied.
    Update(Changes),
    /// The row is deleted.
    Delete,
    /// The configured column is set to say that the item is gone.
    Mark,
}

/// What happens to the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkWrite {
    /// Nothing.
    Keep,
    /// It becomes this; made if there is none. With a row that is inserted, it gets that row's key.
    Save(Box<LinkDraft>),
    /// It becomes this with a fresh stamp for one more attempt to create the item; made if there is none.
    Attempt(Box<LinkDraft>),
    /// It ends: a tombstone with ItemId, stamps and key stays, its base goes.
    End,
}

/// Everything that is to happen to one target, in one transaction with the whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The row.
    pub row: RowWrite,
    /// The link.
    pub link: LinkWrite,
    /// For the journal.
    pub conflicts: Vec<Conflict>,
    /// The contact is held for this reason; without one, an earlier hold of the target on `settles` ends.
    pub hold: Option<Hold>,
    /// The side whose earlier hold this step settles.
    pub settles: Option<Side>,
    /// The row is noted in the outbox, since there is something to deliver.
    pub enqueue: bool,
    /// These notes of the outbox are done.
    pub done: Vec<OutboxId>,
    /// The item waits for the end of the list, with these keys for its matching (R10).
    pub park: Option<Vec<MatchKey>>,
    /// The item was waiting and no longer is: the one that the link had, and the one that it gets by this step. Also done when
    /// the database refuses the row and the contact is held, since that is another way to wait.
    pub unpark: bool,
    /// For the report.
    pub effect: Effect,
}

impl Step {
    /// A step that does nothing and is reported so.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            row: RowWrite::Keep,
            link: LinkWrite::Keep,
            conflicts: Vec::new(),
            hold: None,
            settles: None,
            enqueue: false,
            done: Vec::new(),
            park: None,
            unpark: false,
            effect: Effect::Unchanged,
        }
    }
}

/// What a step amounts to, for the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changed.
    Unchanged,
    /// A row was made from an item.
    RowInserted,
    /// A row was changed from an item.
    RowUpdated,
    /// A row was deleted or marked because its item is gone.
    RowDeleted,
    /// Both sides had changed and were merged.
    Merged,
    /// A row and an item that were there before became one contact.
    Matched,
    /// An item was made from a row.
    ItemCreated,
    /// An item was changed from a row.
    ItemUpdated,
    /// An item was deleted because its row is gone.
    ItemDeleted,
    /// The item is gone; what follows is decided later.
    MarkedGone,
    /// Row and item are from now on deliberately not synced.
    Detached,
    /// The item waits for the end of the list.
    Parked,
    /// The contact is held.
    Held,
}

/// Why a target was not planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The link has changed since it was noted.
    Stale,
    /// The row is locked by another transaction.
    Locked,
}

/// What became of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// The step was carried out.
    Done {
        /// What it amounts to.
        effect: Effect,
        /// The row's key, also of a row that was just made.
        key: Option<RowKey>,
        /// The link after the step.
        link: Option<(LinkId, LinkVersion)>,
        /// The stamp of an attempt that the step began.
        stamp: Option<Stamp>,
        /// How many conflicts went to the journal.
        conflicts: usize,
    },
    /// The database refused the row; the contact is held, all else of the step was not done, but for a list having met its link.
    Held(HoldKind, String),
    /// Nothing was done. With [`Batch::park_missed`] the item waits.
    Missed(Missed),
}

/// A batch of targets that are planned and applied in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// The targets; no link and no item twice.
    pub targets: Vec<Target>,
    /// Links that the page met with an equal ChangeKey: they are seen, and met by the running full pass.
    pub met: Vec<LinkId>,
    /// Items that were parked or held and are known to be gone.
    pub forget: Vec<ItemId>,
    /// The full pass whose list names the items, for a piece of a page that does not move the cursor: the links that are saved
    /// or held are met by it, as those of a batch with a cursor are met by the cursor's.
    pub pass: Option<u64>,
    /// The cursor, moved in the same transaction (P3).
    pub cursor: Option<CursorMove>,
    /// Whether an item whose target is missed is parked, so that the cursor can move without it (R3).
    pub park_missed: bool,
}

/// Steps that were planned beforehand.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// Each target with its step.
    pub steps: &'a [(Target, Step)],
    /// Whether the looks at all of their rows found them [untroubled](super::Look::untroubled).
    pub untroubled: bool,
    /// Whether every link that is saved [stays in place](LinkDraft::stays).
    pub in_place: bool,
    /// What is no longer needed once all of it is carried out, and may then be given back along with it.
    pub leases: &'a [Lease],
}

impl Planned<'_> {
    /// The targets, and nothing else.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch {
            targets: self
                .steps
                .iter()
                .map(|(target, _)| target.clone())
                .collect(),
            ..Batch::default()
        }
    }

    /// The step that was planned for a target, whatever is seen of it.
    #[must_use]
    pub fn step(&self, seen: &Seen<'_>) -> Step {
        let planned = self.steps.get(seen.index);
        planned.map_or_else(Step::nothing, |(_, step)| step.clone())
    }
}
