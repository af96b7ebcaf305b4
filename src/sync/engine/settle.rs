//! The end of a round: what had to wait for the whole list is decided.

use std::collections::HashSet;

use super::Engine;
use super::candidates::Partner;
use super::page::{Round, by_item};
use super::room::Room;
use super::work::Intent;
use crate::contact::Property;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::{FolderId, ItemId, LinkId, LinkVersion};
use crate::sync::matching::{MatchKind, match_keys};
use crate::sync::ports::{
    Applied, Batch, Effect, Fetched, HeldRecord, Observer, Parked, Remote, Side, Stage, Target,
};
use crate::sync::report::Report;

/// How many waiting items are looked at in one go.
pub(super) const PAGE: usize = 256;

impl Engine<'_> {
    /// Decides everything that waits. Gives whether all is known that has left the folder, so that rows may be removed.
    pub(super) fn settle(
        &mut self,
        folder: &FolderId,
        generation: Option<u64>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<bool, SyncError> {
        if let Some(generation) = generation {
            self.look_for_missing(folder, Some(generation), report, observer)?;
        }
        self.look_for_missing(folder, None, report, observer)?;
        let mut settled = self.identify_parked(folder, report, observer)?;
        if settled && !self.store.parked(None, 1)?.is_empty() {
            self.store.index_candidates(&match_keys)?;
            let mut postponed = HashSet::new();
            for kind in MatchKind::ALL {
                self.pair_parked(folder, kind, &mut postponed, report, observer)?;
            }
            postponed.extend(self.perhaps_missing()?);
            self.take_parked_for_new(folder, &postponed, report, observer)?;
            settled = postponed.is_empty();
        }
        Ok(settled)
    }

    /// Links that the full pass did not meet, or that no pull has ever met: only Exchange's word that the item is not there
    /// makes it gone (R11).
    fn look_for_missing(
        &mut self,
        folder: &FolderId,
        generation: Option<u64>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut after = LinkId(0);
        loop {
            let links = match generation {
                Some(generation) => self.store.not_met(generation, after, self.portion(PAGE))?,
                None => self.store.never_seen(after, self.portion(PAGE))?,
            };
            let Some(last) = links.last() else {
                return Ok(());
            };
            after = last.id;
            let links = by_item(links);
            let ids: Vec<ItemId> = links.keys().cloned().collect();
            let items = self.fetch_all(folder, &ids, report)?;
            let mut work = Vec::new();
            let mut met = Vec::new();
            for (id, fetched) in ids.iter().zip(items) {
                let Some(link) = links.get(id) else {
                    continue;
                };
                let target = Target::Link(link.id, link.version);
                match fetched {
                    Fetched::Item(item) => {
                        // What is there, as we left it, and is not in a complete list, is known to the cursor by now: its
                        // deletion will be told.
                        let as_we_know =
                            !self.unmoved && link.change_key.as_ref() == Some(&item.change_key);
                        if generation.is_some() || as_we_know {
                            met.push(link.id);
                        }
                        work.push((target, Intent::Absorb(item, Some(link.key.clone()))));
                    }
                    Fetched::Gone => {
                        self.left_unlisted = true;
                        work.push((target, Intent::MarkGone));
                    }
                    Fetched::Failed(_) if generation.is_some() => {
                        self.pass_open = true;
                        self.unlooked.push(link.key.clone());
                    }
                    Fetched::Failed(_) => {}
                    Fetched::Foreign(version) => work.push((target, Intent::LeaveOut(version))),
                }
            }
            let batch = Batch {
                met,
                park_missed: true,
                ..Batch::default()
            };
            self.carry_out(batch, work, generation.is_some(), report, observer)?;
        }
    }

    /// Pairs waiting items with rows by one kind of key, again until nothing more is found: each pair makes others unique. What
    /// could not be paired now, such as with a locked row, is postponed rather than taken for new.
    fn pair_parked(
        &mut self,
        folder: &FolderId,
        kind: MatchKind,
        postponed: &mut HashSet<ItemId>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        loop {
            let mut paired = 0;
            let mut after = None;
            loop {
                let parked = self.store.parked(after.as_ref(), self.portion(PAGE))?;
                let Some(last) = parked.last() else {
                    break;
                };
                after = Some(last.item.clone());
                let partners = self.partners(&parked, kind)?;
                paired += self.pair(folder, partners, postponed, report, observer)?;
            }
            if paired == 0 {
                return Ok(());
            }
        }
    }

    fn pair(
        &mut self,
        folder: &FolderId,
        partners: Vec<(ItemId, Partner)>,
        postponed: &mut HashSet<ItemId>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<usize, SyncError> {
        let ids: Vec<ItemId> = partners.iter().map(|(item, _)| item.clone()).collect();
        let fetched = self.fetch_all(folder, &ids, report)?;
        let mut batch = Batch::default();
        let (mut sent, mut work) = (Vec::new(), Vec::new());
        for ((id, (key, link)), fetched) in partners.into_iter().zip(fetched) {
            match fetched {
                Fetched::Item(item) => {
                    let target = link.map_or_else(
                        || Target::Pairing(id.clone(), key.clone()),
                        |(link, version): (LinkId, LinkVersion)| Target::Link(link, version),
                    );
                    sent.push(id);
                    work.push((target, Intent::Absorb(item, Some(key))));
                }
                Fetched::Gone | Fetched::Foreign(_) => {
                    self.left_unlisted = true;
                    batch.forget.push(id);
                }
                Fetched::Failed(_) => {
                    postponed.insert(id);
                }
            }
        }
        let applied = self.carry_out(batch, work, true, report, observer)?;
        let mut paired = 0;
        for (id, applied) in sent.into_iter().zip(applied) {
            match applied {
                Applied::Done { effect, .. } if effect != Effect::Parked => {
                    postponed.remove(&id);
                    paired += 1;
                }
                Applied::Done { .. } | Applied::Missed(_) => {
                    postponed.insert(id);
                }
                Applied::Held(..) => {}
            }
        }
        Ok(paired)
    }

    /// What shares no key with exactly one row is a contact of its own.
    fn take_parked_for_new(
        &mut self,
        folder: &FolderId,
        postponed: &HashSet<ItemId>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let parked: Vec<Parked> = self.store.parked(after.as_ref(), self.portion(PAGE))?;
            let Some(last) = parked.last() else {
                return Ok(());
            };
            after = Some(last.item.clone());
            let parked: Vec<Parked> = parked
                .into_iter()
                .filter(|parked| !parked.keys.is_empty() && !postponed.contains(&parked.item))
                .collect();
            let doubtful = self.doubtful(&parked)?;
            let ids: Vec<ItemId> = parked.into_iter().map(|parked| parked.item).collect();
            let fetched = self.fetch_all(folder, &ids, report)?;
            let mut batch = Batch::default();
            let mut work = Vec::new();
            for (id, fetched) in ids.into_iter().zip(fetched) {
                match fetched {
                    Fetched::Item(item) => {
                        if let Some((_, row)) = doubtful.iter().find(|(item, _)| *item == id) {
                            report.ambiguous.push(format!(
                                "\"{}\" of Exchange may be row {row}, but not it alone; both are kept as contacts of their own",
                                item.contact.label()
                            ));
                        }
                        work.push((Target::Unlinked(id), Intent::Absorb(item, None)));
                    }
                    Fetched::Gone | Fetched::Foreign(_) => {
                        self.left_unlisted = true;
                        batch.forget.push(id);
                    }
                    Fetched::Failed(_) => {}
                }
            }
            self.carry_out(batch, work, true, report, observer)?;
            if !observer.progress(Stage::Settle, report.rows_inserted, None)? {
                report.complete = false;
                return Ok(());
            }
        }
    }

    /// Held items are tried again when they are due: those that the table refused after the round's deletions, since a row that was in
    /// the way may be gone. One that is held in this round counts once, and not at all when it goes through in the end.
    /// With `parks`, what nobody knows is not written but parked, to be identified.
    pub(super) fn retry_held(
        &mut self,
        folder: &FolderId,
        which: fn(&HeldRecord) -> bool,
        parks: bool,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut after = 0;
        loop {
            let held = self.store.held_due(Side::Row, after, self.portion(PAGE))?;
            let Some(last) = held.last() else {
                return Ok(());
            };
            after = last.id;
            let held: Vec<HeldRecord> = held.into_iter().filter(which).collect();
            if held.is_empty() {
                continue;
            }
            let fresh = held.iter().filter(|held| held.tries <= 1).count() as u64;
            let ids: Vec<ItemId> = held.into_iter().filter_map(|held| held.item).collect();
            let (counted, before) = (report.held, self.store.counts()?.held);
            self.retry_items(folder, &ids, parks, report, observer)?;
            let through = before.saturating_sub(self.store.counts()?.held);
            report.held = counted.saturating_sub(fresh.min(through));
        }
    }

    /// Takes over these items once more.
    pub(super) fn retry_items(
        &mut self,
        folder: &FolderId,
        ids: &[ItemId],
        parks: bool,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>, SyncError> {
        let links = by_item(self.store.links_of(ids)?);
        let fetched = self.fetch_all(folder, ids, report)?;
        let mut batch = Batch::default();
        let (mut work, mut unknown) = (Vec::new(), Vec::new());
        for (id, fetched) in ids.iter().zip(fetched) {
            match (fetched, links.get(id)) {
                (Fetched::Item(item), Some(link)) => {
                    work.push((
                        Target::Link(link.id, link.version),
                        Intent::Absorb(item, Some(link.key.clone())),
                    ));
                }
                (Fetched::Item(item), None) => unknown.push(*item),
                (Fetched::Gone, Some(link)) => {
                    work.push((Target::Link(link.id, link.version), Intent::MarkGone));
                }
                (Fetched::Foreign(version), Some(link)) => {
                    let target = Target::Link(link.id, link.version);
                    work.push((target, Intent::LeaveOut(version)));
                }
                (Fetched::Gone | Fetched::Foreign(_), None) => batch.forget.push(id.clone()),
                // One more try that failed: the next one waits longer.
                (Fetched::Failed(error), link) if error.class == RemoteClass::Permanent => {
                    let target = link.map_or_else(
                        || Target::Unlinked(id.clone()),
                        |link| Target::Link(link.id, link.version),
                    );
                    work.push((target, Intent::Hold(error.to_string(), false)));
                }
                (Fetched::Failed(_), _) => {}
            }
        }
        let round = Round {
            generation: 0,
            full: false,
            defer_unknown: parks,
            has_candidates: false,
        };
        work.extend(self.sort_unknown(unknown, round)?);
        self.carry_out(batch, work, true, report, observer)
    }

    /// Fetches any number of items, request by request.
    pub(super) fn fetch_all(
        &mut self,
        folder: &FolderId,
        ids: &[ItemId],
        report: &mut Report,
    ) -> Result<Vec<Fetched>, SyncError> {
        let mapped = self.book.mapped.clone();
        let mut room = Room::new(true);
        for batch in ids.chunks(self.capabilities.fetch.max(1)) {
            self.ask(|remote| room.fetch(remote, folder, batch, &mapped))?;
        }
        let fetched = room.into_fetched();
        report.fetched += fetched.len() as u64;
        Ok(fetched)
    }
}

/// Fetches a few items. When that is refused for what one of them holds, such as more than an answer may have, they are fetched
/// one by one, and that one alone has failed.
pub(super) fn fetch(
    remote: &dyn Remote,
    folder: &FolderId,
    ids: &[ItemId],
    mapped: &[Property],
) -> Result<Vec<Fetched>, RemoteError> {
    match remote.fetch(folder, ids, mapped) {
        Err(error) if error.class == RemoteClass::Permanent && ids.len() == 1 => {
            Ok(vec![Fetched::Failed(error)])
        }
        Err(error) if error.class == RemoteClass::Permanent => {
            let mut fetched = Vec::with_capacity(ids.len());
            for one in ids.chunks(1) {
                fetched.extend(fetch(remote, folder, one, mapped)?);
            }
            Ok(fetched)
        }
        answer => answer,
    }
}
