//! Items that are known by their stamp: the same contact under a new id, a copy that a person made, or our own late twin.

use std::collections::{HashMap, HashSet};

use super::Engine;
use super::page::by_item;
use super::settle::PAGE;
use super::work::Intent;
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::{FolderId, ItemId, LinkId, Stamp};
use crate::sync::link::{LinkRef, LinkState};
use crate::sync::matching::match_keys;
use crate::sync::ports::{
    Applied, Batch, Conflict, Effect, Fetched, Item, Observer, Seen, Side, Step, Target,
};
use crate::sync::report::Report;

/// A late twin: the link, its own item, and the item that another attempt of ours made.
struct Twin {
    link: LinkRef,
    own: Box<Item>,
    late: Item,
}

impl Engine<'_> {
    /// Items that wait for another reason than matching: their link may be known by now, or their stamp tells it. Gives whether
    /// all is known that has left the folder, and under which new id: before that, nothing is taken for new and no row is removed.
    pub(super) fn identify_parked(
        &mut self,
        folder: &FolderId,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<bool, SyncError> {
        let mut settled = true;
        let mut after = None;
        loop {
            let parked = self.store.parked(after.as_ref(), self.portion(PAGE))?;
            let Some(last) = parked.last() else {
                return Ok(settled);
            };
            after = Some(last.item.clone());
            let ids: Vec<ItemId> = parked
                .into_iter()
                .filter(|parked| parked.keys.is_empty())
                .map(|parked| parked.item)
                .collect();
            if ids.is_empty() {
                continue;
            }
            let links = by_item(self.store.links_of(&ids)?);
            let fetched = self.fetch_all(folder, &ids, report)?;
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
                        self.left_unlisted = true;
                        work.push((Target::Link(link.id, link.version), Intent::MarkGone));
                    }
                    (Fetched::Foreign(version), Some(link)) => {
                        let target = Target::Link(link.id, link.version);
                        work.push((target, Intent::LeaveOut(version)));
                    }
                    (Fetched::Gone | Fetched::Foreign(_), None) => {
                        self.left_unlisted = true;
                        batch.forget.push(id.clone());
                    }
                    (Fetched::Failed(error), link) => {
                        self.unlooked.extend(link.map(|link| link.key.clone()));
                        if error.class == RemoteClass::Permanent {
                            self.unread |= link.is_none();
                            let target = link.map_or_else(
                                || Target::Unlinked(id.clone()),
                                |link| Target::Link(link.id, link.version),
                            );
                            work.push((target, Intent::Hold(error.to_string(), false)));
                        } else if link.is_none() {
                            settled = false;
                        }
                    }
                }
            }
            settled &= self.depart(batch, work, report, observer)?;
            settled &= self.by_stamp(folder, unknown, report, observer)?;
        }
    }

    /// Carries out work; gives whether every item that is gone could be marked so.
    fn depart(
        &mut self,
        batch: Batch,
        work: Vec<(Target, Intent)>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<bool, SyncError> {
        let departures: Vec<bool> = work
            .iter()
            .map(|(_, intent)| matches!(intent, Intent::MarkGone))
            .collect();
        let applied = self.carry_out(batch, work, true, report, observer)?;
        Ok(!departures
            .iter()
            .zip(applied)
            .any(|(departs, applied)| *departs && matches!(applied, Applied::Missed(_))))
    }

    /// An item with the stamp of a link whose own item is gone, or was never confirmed, is that link's item under a new id.
    /// Beside a living item that bears the same stamp it is a copy; beside one with another stamp it is our own late twin (R5).
    fn by_stamp(
        &mut self,
        folder: &FolderId,
        unknown: Vec<Item>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<bool, SyncError> {
        let mut settled = true;
        let mut stamped = self.links_by_stamp(&unknown)?;
        let own = self.own_items(folder, stamped.values(), report)?;
        let gone: HashMap<LinkId, &LinkRef> = stamped
            .values()
            .filter(|link| matches!(own.get(&link.id), Some(Fetched::Gone)))
            .map(|link| (link.id, link))
            .collect();
        if !gone.is_empty() {
            let work = gone
                .values()
                .map(|link| (Target::Link(link.id, link.version), Intent::MarkGone))
                .collect();
            self.depart(Batch::default(), work, report, observer)?;
            stamped = self.links_by_stamp(&unknown)?;
        }
        let mut taken: HashMap<LinkId, Option<Stamp>> = HashMap::new();
        let mut work = Vec::new();
        let mut twins = Vec::new();
        for item in unknown {
            let Some(link) = item.stamp.as_ref().and_then(|stamp| stamped.get(stamp)) else {
                work.push(of_its_own(item));
                continue;
            };
            let target = Target::Link(link.id, link.version);
            match link.state {
                LinkState::Detached => work.push(of_its_own(item)),
                LinkState::RemoteGone | LinkState::Creating => match taken.get(&link.id) {
                    None => {
                        taken.insert(link.id, item.stamp.clone());
                        work.push((
                            target,
                            Intent::Absorb(Box::new(item), Some(link.key.clone())),
                        ));
                    }
                    Some(stamp) if *stamp == item.stamp => work.push(of_its_own(item)),
                    Some(_) => {}
                },
                LinkState::Linked => match own.get(&link.id) {
                    // Without a stamp it is no item of ours: somebody brings back what it has taken the place of.
                    Some(Fetched::Item(live))
                        if live.stamp.is_none() || live.stamp == item.stamp =>
                    {
                        work.push(of_its_own(item));
                    }
                    Some(Fetched::Item(live)) => twins.push(Twin {
                        link: link.clone(),
                        own: live.clone(),
                        late: item,
                    }),
                    Some(Fetched::Foreign(_)) => work.push(of_its_own(item)),
                    Some(Fetched::Gone | Fetched::Failed(_)) | None => {
                        settled = false;
                    }
                },
            }
        }
        self.carry_out(Batch::default(), work, true, report, observer)?;
        self.remove_twins(folder, twins, report)?;
        Ok(settled)
    }

    fn links_by_stamp(&mut self, items: &[Item]) -> Result<HashMap<Stamp, LinkRef>, SyncError> {
        let stamps: Vec<Stamp> = items.iter().filter_map(|item| item.stamp.clone()).collect();
        if stamps.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.store.links_stamped(&stamps)?.into_iter().collect())
    }

    /// The items of links that are in step, as they are now.
    fn own_items<'l>(
        &mut self,
        folder: &FolderId,
        links: impl Iterator<Item = &'l LinkRef>,
        report: &mut Report,
    ) -> Result<HashMap<LinkId, Fetched>, SyncError> {
        let mut seen = HashSet::new();
        let (links, ids): (Vec<LinkId>, Vec<ItemId>) = links
            .filter(|link| link.state == LinkState::Linked && seen.insert(link.id))
            .filter_map(|link| Some((link.id, link.item.clone()?)))
            .unzip();
        let fetched = self.fetch_all(folder, &ids, report)?;
        Ok(links.into_iter().zip(fetched).collect())
    }

    /// What a twin holds and the link's own item does not goes to the journal; then the twin is removed.
    fn remove_twins(
        &mut self,
        folder: &FolderId,
        twins: Vec<Twin>,
        report: &mut Report,
    ) -> Result<(), SyncError> {
        let mapped = self.book.mapped.clone();
        let mut seen = HashSet::new();
        for twin in twins {
            if !seen.insert(twin.link.id) {
                continue;
            }
            let conflicts: Vec<Conflict> = mapped
                .iter()
                .filter_map(|property| {
                    let (kept, lost) = (
                        twin.own.contact.get(*property),
                        twin.late.contact.get(*property)?,
                    );
                    let same = kept.is_some_and(|kept| kept.same(lost));
                    (!same).then(|| Conflict {
                        property: Some(*property),
                        row: kept.cloned(),
                        item: Some(lost.clone()),
                        base: None,
                        kept: Some(Side::Row),
                    })
                })
                .collect();
            if !conflicts.is_empty() {
                let batch = Batch {
                    targets: vec![Target::Link(twin.link.id, twin.link.version)],
                    ..Batch::default()
                };
                let applied = self.store.apply(&batch, &mut |_: &Seen<'_>| Step {
                    conflicts: conflicts.clone(),
                    effect: Effect::Merged,
                    ..Step::nothing()
                })?;
                // What is not in the journal is not removed.
                if !matches!(applied.as_slice(), [Applied::Done { .. }]) {
                    continue;
                }
                report.conflicts += conflicts.len() as u64;
            }
            let ids = [twin.late.id];
            let answers = self.ask(|remote| remote.delete(folder, &ids))?;
            if answers.iter().all(Result::is_ok) {
                report.count(Effect::ItemDeleted);
                let [forget] = ids;
                let batch = Batch {
                    forget: vec![forget],
                    ..Batch::default()
                };
                self.store
                    .apply(&batch, &mut |_: &Seen<'_>| Step::nothing())?;
            }
        }
        Ok(())
    }
}

/// What is no known contact waits for its matching by content.
fn of_its_own(item: Item) -> (Target, Intent) {
    let keys = match_keys(&item.contact);
    let target = Target::Unlinked(item.id.clone());
    if keys.is_empty() {
        (target, Intent::Absorb(Box::new(item), None))
    } else {
        (target, Intent::Park(keys))
    }
}
