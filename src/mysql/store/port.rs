//! The port, call by call.

use std::rc::Rc;

use super::MySqlStore;
use crate::contact::{Contact, Fingerprint, Picture, Property};
use crate::mysql::{
    apply, asked, back_off, begin, candidates, compare, journal, lease, links, look, outbox, pair,
    parked, passes, picture,
};
use crate::sync::back_off::BackOff;
use crate::sync::clock::Skew;
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ids::{ItemId, LinkId, OutboxId, RowKey, Stamp};
use crate::sync::link::LinkRef;
use crate::sync::matching::MatchKey;
use crate::sync::ports::{
    Applied, Asked, Batch, Begun, Candidate, ConflictRecord, Counts, Errand, GoneCounts,
    HeldRecord, Identity, Lease, Look, PairState, Parked, Pending, Planned, Seen, Side, Standing,
    Step, Store, Unnoted,
};

impl Store for MySqlStore {
    /// Known after the first call when the mapping is guessed.
    fn mapped(&self) -> &[Property] {
        &self.mapped
    }

    fn pair(&mut self) -> Result<PairState, StoreError> {
        self.forget_what_is_stale();
        self.call(pair::state)
    }

    fn bind(&mut self, identity: &Identity) -> Result<(), StoreError> {
        self.call(|db, ready| pair::bind(db, ready, identity))
    }

    fn lease(&mut self, leases: &[Lease]) -> Result<Vec<bool>, StoreError> {
        let turns = Rc::clone(&self.turns);
        let free = self.call(|db, ready| lease::take(db, ready.pair, leases, &turns))?;
        let pulling = leases
            .iter()
            .zip(&free)
            .any(|(lease, free)| *free && *lease == Lease::Pull);
        if pulling {
            let now = self.call(|db, _| db.ask("SELECT UTC_TIMESTAMP(6)"))?;
            self.pull_began = now.rows.first().map(|row| row.string(0));
        }
        Ok(free)
    }

    fn await_pull(&mut self) -> Result<(), StoreError> {
        self.call(|db, ready| lease::wait(db, ready.pair, &Lease::Pull))
    }

    fn await_turn(&mut self, errand: Errand) -> Result<bool, StoreError> {
        let turns = Rc::clone(&self.turns);
        self.call(|db, _| turns.wait(db, errand))
    }

    fn release(&mut self, leases: &[Lease]) -> Result<(), StoreError> {
        let turns = Rc::clone(&self.turns);
        self.call(|db, ready| lease::release(db, ready.pair, leases, &turns))
    }

    fn enqueue(&mut self, key: &RowKey) -> Result<(RowKey, Standing), StoreError> {
        self.forget_what_is_stale();
        self.call(|db, ready| {
            let along = pair::standing_and(ready, &[]);
            let (key, answer) = outbox::enqueue(db, &ready.table, ready.pair, key, along)?;
            Ok((key, pair::standing(&answer)?))
        })
    }

    fn begin_push(&mut self, key: &RowKey) -> Result<Begun, StoreError> {
        self.forget_what_is_stale();
        let turns = Rc::clone(&self.turns);
        let begun =
            self.compute(|db, ready, computer| begin::begin_push(db, ready, computer, &turns, key));
        match begun {
            Ok(Some(begun)) => Ok(begun),
            Ok(None) => Begun::by_steps(self, key),
            Err(error) if error.class == StoreClass::OtherKind => {
                self.note_only(key)?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn enqueue_unlinked(&mut self) -> Result<u64, StoreError> {
        self.call(|db, ready| outbox::enqueue_unlinked(db, &ready.table, ready.pair))
    }

    fn compare_rows(&mut self, all: bool) -> Result<Unnoted, StoreError> {
        self.compute(|db, ready, computer| compare::compare(db, ready, computer, all))
    }

    fn enqueue_all(&mut self, keys: &[RowKey]) -> Result<(), StoreError> {
        self.call(|db, ready| outbox::enqueue_all(db, ready.pair, keys))
    }

    fn ask_about(&mut self, what: Asked, links: &[LinkId]) -> Result<(), StoreError> {
        self.call(|db, ready| asked::ask_about(db, ready.pair, what, links))
    }

    fn asked_about(&mut self, what: Asked) -> Result<Vec<(LinkId, RowKey)>, StoreError> {
        self.call(|db, ready| asked::asked_about(db, ready.pair, what))
    }

    fn pending(&mut self, after: OutboxId, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.call(|db, ready| outbox::pending(db, ready.pair, after, limit))
    }

    fn look(&mut self, keys: &[RowKey]) -> Result<Vec<Look>, StoreError> {
        self.compute(|db, ready, computer| look::look(db, ready, computer, keys))
    }

    fn picture(&mut self, key: &RowKey, print: Fingerprint) -> Result<Option<Picture>, StoreError> {
        self.call(|db, ready| picture::load(db, &ready.table, key, print))
    }

    fn delivery_failed(&mut self, keys: &[RowKey]) -> Result<(), StoreError> {
        self.call(|db, ready| outbox::delivery_failed(db, ready.pair, keys))
    }

    fn links_of(&mut self, items: &[ItemId]) -> Result<Vec<LinkRef>, StoreError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        self.call(|db, ready| {
            let condition = format!(
                "l.pair={} AND l.item_hash IN ({})",
                ready.pair,
                links::hashes(items)
            );
            links::references(db, ready.table.print(), &condition)
        })
    }

    fn links_stamped(&mut self, stamps: &[Stamp]) -> Result<Vec<(Stamp, LinkRef)>, StoreError> {
        self.call(|db, ready| links::stamped(db, ready.pair, ready.table.print(), stamps))
    }

    fn tombstones(&mut self, items: &[ItemId]) -> Result<Vec<ItemId>, StoreError> {
        self.call(|db, ready| passes::tombstones(db, ready.pair, items))
    }

    fn apply(
        &mut self,
        batch: &Batch,
        plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    ) -> Result<Vec<Applied>, StoreError> {
        self.compute(|db, ready, computer| apply::apply(db, ready, computer, batch, plan))
    }

    fn apply_planned(&mut self, planned: &Planned<'_>) -> Result<Vec<Applied>, StoreError> {
        let turns = Rc::clone(&self.turns);
        self.compute(|db, ready, computer| {
            let locks = lease::names_of(db, ready.pair, planned.leases, &turns);
            apply::apply_planned(db, ready, computer, planned, &locks)
        })
    }

    fn attempts_failed(&mut self, link: LinkId, stamps: &[Stamp]) -> Result<(), StoreError> {
        self.call(|db, ready| passes::attempts_failed(db, ready.pair, link, stamps))
    }

    fn parked(&mut self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Parked>, StoreError> {
        self.call(|db, ready| parked::parked(db, ready.pair, after, limit))
    }

    fn index_candidates(
        &mut self,
        keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
    ) -> Result<u64, StoreError> {
        self.compute(|db, ready, computer| candidates::index(db, ready, computer, keys_of))
    }

    fn candidates(&mut self, keys: &[MatchKey]) -> Result<Vec<Candidate>, StoreError> {
        self.call(|db, ready| candidates::candidates(db, ready.pair, keys))
    }

    fn rivals(&mut self, keys: &[MatchKey]) -> Result<Vec<u64>, StoreError> {
        self.call(|db, ready| parked::rivals(db, ready.pair, keys))
    }

    fn not_met(
        &mut self,
        generation: u64,
        after: LinkId,
        limit: usize,
    ) -> Result<Vec<LinkRef>, StoreError> {
        self.call(|db, ready| passes::not_met(db, ready, generation, after, limit))
    }

    fn never_seen(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        let began = self.pull_began.clone();
        self.call(|db, ready| passes::never_seen(db, ready, began.as_deref(), after, limit))
    }

    fn begin_list(&mut self) -> Result<(), StoreError> {
        self.call(|db, ready| passes::begin_list(db, ready.pair))
    }

    fn gone(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        self.call(|db, ready| passes::gone(db, ready, after, limit))
    }

    fn gone_counts(&mut self) -> Result<GoneCounts, StoreError> {
        self.call(passes::gone_counts)
    }

    fn held_due(
        &mut self,
        side: Side,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError> {
        self.call(|db, ready| journal::held_due(db, ready.pair, side, after, limit))
    }

    fn refused(
        &mut self,
        tries: u32,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError> {
        self.call(|db, ready| journal::refused(db, ready.pair, tries, after, limit))
    }

    fn held(&mut self) -> Result<Vec<HeldRecord>, StoreError> {
        self.call(|db, ready| journal::held(db, ready.pair))
    }

    fn conflicts(&mut self) -> Result<Vec<ConflictRecord>, StoreError> {
        self.call(|db, ready| journal::conflicts(db, ready.pair))
    }

    fn acknowledge(&mut self, id: u64) -> Result<bool, StoreError> {
        self.call(|db, ready| journal::acknowledge(db, ready.pair, id))
    }

    fn back_off(&mut self, back_off: &BackOff) -> Result<(), StoreError> {
        self.call(|db, ready| back_off::begin(db, ready.pair, back_off))
    }

    fn probe(&mut self) -> Result<bool, StoreError> {
        self.call(|db, ready| back_off::probe(db, ready.pair))
    }

    fn leave_probe(&mut self) -> Result<(), StoreError> {
        self.call(|db, ready| back_off::leave_probe(db, ready.pair))
    }

    fn recovered(&mut self) -> Result<(), StoreError> {
        self.call(|db, ready| back_off::end(db, ready.pair))
    }

    fn note_version_check(&mut self, checks: bool) -> Result<(), StoreError> {
        self.call(|db, ready| pair::note_version_check(db, ready.pair, checks))
    }

    fn clock(&self) -> Option<Skew> {
        self.db.clock()
    }

    fn reset_cursor(&mut self) -> Result<(), StoreError> {
        self.call(|db, ready| pair::reset_cursor(db, ready.pair))
    }

    fn finish_pull(&mut self) -> Result<(), StoreError> {
        let began = self.pull_began.take();
        self.call(|db, ready| passes::finish(db, ready.pair, began.as_deref()))
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        self.call(|db, ready| passes::counts(db, ready.pair))
    }

    fn rows(&mut self, after: Option<&RowKey>, limit: usize) -> Result<Vec<Look>, StoreError> {
        self.compute(|db, ready, computer| look::rows(db, ready, computer, after, limit))
    }
}
