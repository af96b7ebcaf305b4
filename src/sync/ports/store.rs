//! The port to the app's table and our own tables beside it.

use super::journal::{
    Asked, Candidate, ConflictRecord, Counts, GoneCounts, HeldRecord, Parked, Side, Unnoted,
};
use super::moving::MoveStore;
use super::pair::{Begun, Errand, Identity, Lease, PairState, Standing};
use super::row::{Look, Pending};
use super::step::{Applied, Batch, Planned, Seen, Step};
use crate::contact::{Contact, Fingerprint, Picture, Property};
use crate::sync::back_off::BackOff;
use crate::sync::clock::Skew;
use crate::sync::error::StoreError;
use crate::sync::ids::{ItemId, LinkId, OutboxId, RowKey, Stamp};
use crate::sync::link::LinkRef;
use crate::sync::matching::MatchKey;

/// The app's table and our tables beside it, for one pair.
///
/// Every call is a short transaction of its own, retried after a deadlock; after an error nothing of the call has
/// happened, except that a lost connection during a commit leaves its outcome open: the caller reads again. All times are
/// the database's.
pub trait Store: MoveStore {
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

    /// Waits for at most a second while another process has the lease of the pull; where it becomes free, it is ours.
    ///
    /// # Errors
    /// When the database fails.
    fn await_pull(&mut self) -> Result<(), StoreError>;

    /// Waits for at most a second while so many other processes as may have a turn have one. Gives whether one is ours now.
    ///
    /// # Errors
    /// When the database fails.
    fn await_turn(&mut self, errand: Errand) -> Result<bool, StoreError>;

    /// Gives leases back.
    ///
    /// # Errors
    /// When the database fails; the leases then end with the connection.
    fn release(&mut self, leases: &[Lease]) -> Result<(), StoreError>;

    /// Notes a row in the outbox and commits; gives the key as it is stored, and how the pair stands. The row may be gone.
    ///
    /// # Errors
    /// When the text cannot be a key of the table, or the database fails.
    fn enqueue(&mut self, key: &RowKey) -> Result<(RowKey, Standing), StoreError>;

    /// Begins the delivery of a row: notes it and commits, asks how the pair stands, and takes the leases without waiting. A store that can
    /// look along with that does so once they are ours.
    ///
    /// # Errors
    /// When the text cannot be a key of the table, or the database fails; the leases are then not ours, and the row may be noted.
    fn begin_push(&mut self, key: &RowKey) -> Result<Begun, StoreError> {
        Begun::by_steps(self, key)
    }

    /// Notes every row of the scope that has no link, and gives their number.
    ///
    /// # Errors
    /// When the database fails.
    fn enqueue_unlinked(&mut self) -> Result<u64, StoreError>;

    /// Finds rows that changed without a note, in a rolling slice or in all of them: whose values differ from the base, rows
    /// without a link, and links without a row, unless they are detached from an item. Notes nothing.
    ///
    /// # Errors
    /// When the database fails.
    fn compare_rows(&mut self, all: bool) -> Result<Unnoted, StoreError>;

    /// Notes rows in the outbox, all of them or none. The keys are as the store gave them.
    ///
    /// # Errors
    /// When the database fails.
    fn enqueue_all(&mut self, keys: &[RowKey]) -> Result<(), StoreError>;

    /// Makes these links the set that a person is asked about, in the place of the one before. The same set once more writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    fn ask_about(&mut self, what: Asked, links: &[LinkId]) -> Result<(), StoreError>;

    /// The links that a person was asked about and that still are, with the keys of their rows.
    ///
    /// # Errors
    /// When the database fails.
    fn asked_about(&mut self, what: Asked) -> Result<Vec<(LinkId, RowKey)>, StoreError>;

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

    /// The picture of a row with its bytes, if it still is the one of this fingerprint. A [look](Self::look) gives no bytes.
    ///
    /// # Errors
    /// When the database fails.
    fn picture(&mut self, key: &RowKey, print: Fingerprint) -> Result<Option<Picture>, StoreError>;

    /// Notes that the delivery of these rows failed in a way that may be their own fault. Forgotten with the notes that a step
    /// says are done.
    ///
    /// # Errors
    /// When the database fails.
    fn delivery_failed(&mut self, keys: &[RowKey]) -> Result<(), StoreError>;

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
    /// everything is written together, single rows that the database refuses being held. What goes to a journal goes there with the
    /// bytes of the row's picture (P1).
    ///
    /// # Errors
    /// When the database fails: nothing of the batch has happened.
    fn apply(
        &mut self,
        batch: &Batch,
        plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    ) -> Result<Vec<Applied>, StoreError>;

    /// Applies steps that were planned beforehand, whatever their rows hold by now, all in one transaction, as [`apply`](Self::apply) does.
    ///
    /// # Errors
    /// When the database fails: nothing of the steps has happened.
    fn apply_planned(&mut self, planned: &Planned<'_>) -> Result<Vec<Applied>, StoreError> {
        self.apply(&planned.batch(), &mut |seen| planned.step(seen))
    }

    /// Ends the attempts of a link that are known to have failed. [`links_stamped`](Self::links_stamped) still knows their stamps.
    ///
    /// # Errors
    /// When the database fails.
    fn attempts_failed(&mut self, link: LinkId, stamps: &[Stamp]) -> Result<(), StoreError>;

    /// Items that wait for the end of the list, after an item, in a fixed order.
    ///
    /// # Errors
    /// When the database fails.
    fn parked(&mut self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Parked>, StoreError>;

    /// Builds the index of rows that an unknown item may match: those without a link, and those whose item is gone. The latter
    /// are found by the keys of the row and by those of what the item last held ([`Base::item`](crate::sync::base::Base::item)),
    /// since the row may have been edited, or deleted (R10). Gives the number of rows in it. The index lives until the next call or the end
    /// of the pull.
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

    /// Links in step whose item no list has named since it was made or last written by us
    /// ([`LinkRef::named`](crate::sync::link::LinkRef::named)), although the link got it before the last page was asked for,
    /// after a link.
    ///
    /// # Errors
    /// When the database fails.
    fn never_seen(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError>;

    /// A list is asked for now: it names what has become of the items that are known to be gone, so that [`gone`](Self::gone) gives them.
    ///
    /// # Errors
    /// When the database fails.
    fn begin_list(&mut self) -> Result<(), StoreError>;

    /// Links whose item a list has named as gone, or was known to be gone when a list was [begun](Self::begin_list), after a link;
    /// without those that are held and not yet due for another try.
    ///
    /// # Errors
    /// When the database fails.
    fn gone(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError>;

    /// The counts for the guard against mass deletions.
    ///
    /// # Errors
    /// When the database fails.
    fn gone_counts(&mut self) -> Result<GoneCounts, StoreError>;

    /// Held contacts that are due for another try on a side, after a record; without their values.
    ///
    /// # Errors
    /// When the database fails.
    fn held_due(
        &mut self,
        side: Side,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError>;

    /// Linked contacts whose items Exchange refused to give, so far not more than `tries` times, after a record; without their values.
    ///
    /// # Errors
    /// When the database fails.
    fn refused(
        &mut self,
        tries: u32,
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

    /// Begins a wait for all processes, with a random part of its spread. One that the server asked for is not cut short.
    ///
    /// # Errors
    /// When the database fails.
    fn back_off(&mut self, back_off: &BackOff) -> Result<(), StoreError>;

    /// After the end of a wait: whether this process is the one that finds out if Exchange is back. To the others the wait goes on meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    fn probe(&mut self) -> Result<bool, StoreError>;

    /// Leaves it to another process to find out, since this one has nothing to send.
    ///
    /// # Errors
    /// When the database fails.
    fn leave_probe(&mut self) -> Result<(), StoreError>;

    /// A request has succeeded: ends the wait and forgets the failures, for all processes.
    ///
    /// # Errors
    /// When the database fails.
    fn recovered(&mut self) -> Result<(), StoreError>;

    /// Notes whether the server refuses a write whose version is stale, for [`Standing::checks_versions`].
    ///
    /// # Errors
    /// When the database fails.
    fn note_version_check(&mut self, checks: bool) -> Result<(), StoreError>;

    /// How far the clock by which rows' edits are timed is ahead of this machine's, if that is known.
    fn clock(&self) -> Option<Skew>;

    /// Forgets the cursor, so that the next pull is a full pass, under the next number. It lists every item, so what was parked is
    /// forgotten too: it may be gone, and would be a rival of what it has become.
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
