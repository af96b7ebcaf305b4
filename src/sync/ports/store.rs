//! The port to the app's table and our own tables beside it.

use std::time::Duration;

use crate::contact::{Changes, Contact, Property, Value};
use crate::sync::error::StoreError;
use crate::sync::ids::{
    Cursor, FolderId, ItemId, LinkId, LinkVersion, Moment, OutboxId, RowKey, Stamp,
};
use crate::sync::link::{Link, LinkDraft, LinkRef};
use crate::sync::matching::MatchKey;

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

/// How a pair stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairState {
    /// The folder that the pair is bound to; `None` until Exchange was reached for the first time.
    pub identity: Option<Identity>,
    /// Where the change list was read up to; `None` before the first page, after a reset or a refusal.
    pub cursor: Option<Cursor>,
    /// The running or last full pass; 0 before the first one.
    pub generation: u64,
    /// Whether the full pass of that number has come to its end.
    pub pass_complete: bool,
    /// Whether any full pass ever came to its end (a [`CursorMove`] with `pass_complete`): only then may rows without a link
    /// be created in Exchange.
    pub paired: bool,
    /// How long Exchange is to be left alone; shared by all processes.
    pub back_off: Option<Duration>,
    /// Why.
    pub back_off_reason: Option<String>,
    /// When the last pull came to its end.
    pub last_pull: Option<Moment>,
    /// When the last delivery succeeded.
    pub last_push: Option<Moment>,
    /// Whether the mapping differs from the one of the last full pass.
    pub mapping_changed: bool,
    /// Whether triggers note every change of the table; else rows have to be compared.
    pub triggers: bool,
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
    /// Delivering one row.
    Row(RowKey),
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its mapped values.
    pub contact: Contact,
    /// Whether it lies in the configured scope.
    pub in_scope: bool,
    /// When it was last edited by the app: the newest note in the outbox, else the modified column.
    pub edited: Option<Moment>,
    /// Mapped values that cannot be read as what the property wants, each with its text; their columns are left alone.
    pub unreadable: Vec<(Property, String)>,
}

/// What a locking look at a row found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowSeen {
    /// The row is there.
    Present(Box<Row>),
    /// There is no such row.
    Absent,
    /// Another transaction, maybe the app's own, holds it.
    Locked,
}

/// A row with its link and the notes that speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The key as it is stored.
    pub key: RowKey,
    /// The row.
    pub row: RowSeen,
    /// Its link.
    pub link: Option<Link>,
    /// The notes, read before the row was.
    pub notes: Vec<OutboxId>,
}

/// A row that waits for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its key.
    pub key: RowKey,
    /// Its first note: the order of deliveries, and where the next page begins.
    pub first: OutboxId,
}

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
    /// The item was waiting and no longer is.
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
    /// The database refused the row; the contact is held, all else of the step was not done.
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
    /// The cursor, moved in the same transaction (P3).
    pub cursor: Option<CursorMove>,
    /// Whether an item whose target is missed is parked, so that the cursor can move without it (R3).
    pub park_missed: bool,
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

/// The app's table and our tables beside it, for one pair.
///
/// Every call is a short transaction of its own, retried after a deadlock; after an error nothing of the call has
/// happened, except that a lost connection during a commit leaves its outcome open: the caller reads again. All times are
/// the database's.
pub trait Store {
    /// The mapped properties.
    fn mapped(&self) -> &[Property];

    /// How the pair stands.
    ///
    /// # Errors
    /// When `install()` is missing, or the pair's identity is another one.
    fn pair(&mut self) -> Result<PairState, StoreError>;

    /// Binds the pair to its folder, once; later calls compare.
    ///
    /// # Errors
    /// When the pair is bound to another one: nothing was written.
    fn bind(&mut self, identity: &Identity) -> Result<(), StoreError>;

    /// Takes leases without waiting; the answers tell which were free. They end with the connection.
    ///
    /// # Errors
    /// When the database fails.
    fn lease(&mut self, leases: &[Lease]) -> Result<Vec<bool>, StoreError>;

    /// Gives leases back.
    ///
    /// # Errors
    /// When the database fails; the leases then end with the connection.
    fn release(&mut self, leases: &[Lease]) -> Result<(), StoreError>;

    /// Notes a row in the outbox and commits; gives the key as it is stored. The row may be gone.
    ///
    /// # Errors
    /// When the text cannot be a key of the table, or the database fails.
    fn enqueue(&mut self, key: &RowKey) -> Result<RowKey, StoreError>;

    /// Notes every row of the scope that has no link, and gives their number.
    ///
    /// # Errors
    /// When the database fails.
    fn enqueue_unlinked(&mut self) -> Result<u64, StoreError>;

    /// Notes rows that changed without a note: those of a rolling slice, or all of them, whose values differ from the base,
    /// and links without a row. Gives the number of rows noted.
    ///
    /// # Errors
    /// When the database fails.
    fn compare_rows(&mut self, all: bool) -> Result<u64, StoreError>;

    /// Rows that wait for their delivery, each once, after a note, in the order of their first notes.
    ///
    /// # Errors
    /// When the database fails.
    fn pending(&mut self, after: OutboxId, limit: usize) -> Result<Vec<Pending>, StoreError>;

    /// Looks at rows with their links, one for each key and in their order: notes first, then the rows with a locking read that
    /// does not wait (R4, R15).
    ///
    /// # Errors
    /// When the database fails.
    fn look(&mut self, keys: &[RowKey]) -> Result<Vec<Look>, StoreError>;

    /// The links of these items, in any order.
    ///
    /// # Errors
    /// When the database fails.
    fn links_of(&mut self, items: &[ItemId]) -> Result<Vec<LinkRef>, StoreError>;

    /// The links that began an attempt with one of these stamps, with the stamp.
    ///
    /// # Errors
    /// When the database fails.
    fn links_stamped(&mut self, stamps: &[Stamp]) -> Result<Vec<(Stamp, LinkRef)>, StoreError>;

    /// Which of these items have a tombstone: their links ended a short while ago.
    ///
    /// # Errors
    /// When the database fails.
    fn tombstones(&mut self, items: &[ItemId]) -> Result<Vec<ItemId>, StoreError>;

    /// Plans and applies a batch in one transaction: rows are locked without waiting and in key order, then links, whose
    /// versions are compared (R1); `plan` turns what is seen into a step (R2) and is called again after a deadlock; then
    /// everything is written together, single rows that the database refuses being held.
    ///
    /// # Errors
    /// When the database fails: nothing of the batch has happened.
    fn apply(
        &mut self,
        batch: &Batch,
        plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    ) -> Result<Vec<Applied>, StoreError>;

    /// Ends the attempts of a link that are known to have failed.
    ///
    /// # Errors
    /// When the database fails.
    fn attempts_failed(&mut self, link: LinkId, stamps: &[Stamp]) -> Result<(), StoreError>;

    /// Items that wait for the end of the list, after an item, in a fixed order.
    ///
    /// # Errors
    /// When the database fails.
    fn parked(&mut self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Parked>, StoreError>;

    /// Builds the index of rows that an unknown item may match: those without a link, and those whose item is gone.
    /// Gives the number of rows in it. The index lives until the next call or the end of the pull.
    ///
    /// # Errors
    /// When the database fails.
    fn index_candidates(
        &mut self,
        keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
    ) -> Result<u64, StoreError>;

    /// The rows of the index that share one of these keys; without rows that got a link, and links whose item came back,
    /// since the index was built.
    ///
    /// # Errors
    /// When the database fails.
    fn candidates(&mut self, keys: &[MatchKey]) -> Result<Vec<Candidate>, StoreError>;

    /// How many parked items share each of these keys, in order.
    ///
    /// # Errors
    /// When the database fails.
    fn rivals(&mut self, keys: &[MatchKey]) -> Result<Vec<u64>, StoreError>;

    /// Links that a pull had seen before and the full pass did not meet, after a link.
    ///
    /// # Errors
    /// When the database fails.
    fn not_met(
        &mut self,
        generation: u64,
        after: LinkId,
        limit: usize,
    ) -> Result<Vec<LinkRef>, StoreError>;

    /// Links that no pull has seen although they were made before the last page was asked for, after a link.
    ///
    /// # Errors
    /// When the database fails.
    fn never_seen(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError>;

    /// Links whose item is gone, after a link; without those that are held and not yet due for another try.
    ///
    /// # Errors
    /// When the database fails.
    fn gone(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError>;

    /// The counts for the guard against mass deletions.
    ///
    /// # Errors
    /// When the database fails.
    fn gone_counts(&mut self) -> Result<GoneCounts, StoreError>;

    /// Held contacts that are due for another try on a side, after a record.
    ///
    /// # Errors
    /// When the database fails.
    fn held_due(
        &mut self,
        side: Side,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError>;

    /// All held contacts, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    fn held(&mut self) -> Result<Vec<HeldRecord>, StoreError>;

    /// Conflicts that nobody has acknowledged, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    fn conflicts(&mut self) -> Result<Vec<ConflictRecord>, StoreError>;

    /// Notes that a person has seen a conflict. Gives whether there was one of that number.
    ///
    /// # Errors
    /// When the database fails.
    fn acknowledge(&mut self, id: u64) -> Result<bool, StoreError>;

    /// Leaves Exchange alone for so long, in all processes; `None` ends it.
    ///
    /// # Errors
    /// When the database fails.
    fn back_off(&mut self, wait: Option<Duration>, reason: &str) -> Result<(), StoreError>;

    /// Forgets the cursor, so that the next pull is a full pass.
    ///
    /// # Errors
    /// When the database fails.
    fn reset_cursor(&mut self) -> Result<(), StoreError>;

    /// Ends a round: notes its time, drops tombstones and the index that are no longer needed.
    ///
    /// # Errors
    /// When the database fails.
    fn finish_pull(&mut self) -> Result<(), StoreError>;

    /// Counts for the state.
    ///
    /// # Errors
    /// When the database fails.
    fn counts(&mut self) -> Result<Counts, StoreError>;

    /// Rows of the scope for a dry run, after a key, with their links.
    ///
    /// # Errors
    /// When the database fails.
    fn rows(&mut self, after: Option<&RowKey>, limit: usize) -> Result<Vec<Look>, StoreError>;
}
