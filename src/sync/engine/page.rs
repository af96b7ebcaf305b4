//! One page of a change list: which entries are echoes, which are to be fetched, and what becomes of them.

use std::collections::{HashMap, HashSet};

use super::Engine;
use super::prepared::Prepared;
use super::work::Intent;
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::{ChangeKey, Cursor, ItemId, Stamp};
use crate::sync::link::{LinkRef, LinkState, Named};
use crate::sync::matching::{MatchKey, match_keys};
use crate::sync::ports::{Batch, Change, ChangePage, CursorMove, Fetched, Item, Observer, Target};
use crate::sync::report::Report;

/// So many contacts are written in one transaction. Of a full pass so many items are in memory at a time, and as many are on their way.
pub(super) const PIECE: usize = 171;

/// The round that a page belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    /// The number of the running full pass, or of the last one.
    pub(super) generation: u64,
    /// Whether this is a full pass.
    pub(super) full: bool,
    /// Whether an unknown item may only be taken for new once the whole list is known (R10).
    pub(super) defer_unknown: bool,
    /// Whether the index of candidates holds any row.
    pub(super) has_candidates: bool,
}

/// Whether we know what the item of a link holds in this version, or that nothing follows from it.
fn is_known(link: &LinkRef, change_key: &ChangeKey) -> bool {
    let stands = match link.state {
        LinkState::Detached => true,
        LinkState::Linked => link.confirmed && link.named != Named::Perhaps,
        LinkState::Creating | LinkState::RemoteGone => false,
    };
    stands && link.change_key.as_ref() == Some(change_key)
}

impl Engine<'_> {
    /// Looks up the entries of a page and drops our own echoes.
    pub(super) fn prepare(
        &mut self,
        page: ChangePage,
        from: Option<Cursor>,
        round: Round,
    ) -> Result<Prepared, SyncError> {
        let ids: Vec<ItemId> = page
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Present(id, _) | Change::Gone(id) => Some(id.clone()),
                Change::Foreign(_) => None,
            })
            .collect();
        let links = if ids.is_empty() {
            HashMap::new()
        } else {
            by_item(self.store.links_of(&ids)?)
        };
        let mut prepared = Prepared {
            from,
            to: page.cursor,
            last: page.last,
            wanted: Vec::new(),
            links,
            gone: Vec::new(),
            met: Vec::new(),
            repeated: Vec::new(),
            foreign: 0,
            entries: page.changes.len() as u64,
            closes: true,
        };
        let mut repeated = Vec::new();
        for change in page.changes {
            match change {
                Change::Foreign(_) => prepared.foreign += 1,
                Change::Gone(id) => prepared.gone.push(id),
                Change::Present(id, change_key) => match prepared.links.get(&id) {
                    Some(link) if is_known(link, &change_key) => {
                        let met_before = !round.full || link.generation == round.generation;
                        if link.named != Named::Yes || !met_before {
                            prepared.met.push(link.id);
                        } else if link.state == LinkState::Linked {
                            repeated.push(id);
                        }
                    }
                    _ => prepared.wanted.push(id),
                },
            }
        }
        prepared.name_again(repeated);
        Ok(prepared)
    }

    /// Applies a page together with its cursor.
    pub(super) fn apply_page(
        &mut self,
        page: Prepared,
        fetched: Vec<Fetched>,
        round: Round,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        report.changes += page.entries;
        report.foreign += page.foreign;
        report.fetched += fetched.len() as u64;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let (mut forget, mut left) = (Vec::new(), Vec::new());
        for (id, fetched) in page.wanted.iter().zip(fetched) {
            let link = page.links.get(id);
            match (fetched, link) {
                (Fetched::Item(item), Some(link)) => {
                    known.push((link, Intent::Absorb(item, Some(link.key.clone()))))
                }
                (Fetched::Item(item), None) => unknown.push(*item),
                (Fetched::Gone, Some(link)) => {
                    self.left_unlisted = true;
                    known.push((link, Intent::MarkGone));
                }
                (Fetched::Gone, None) => {
                    left.push(id.clone());
                    forget.push(id.clone());
                }
                (Fetched::Foreign(version), link) => {
                    report.foreign += 1;
                    match link {
                        Some(link) => known.push((link, Intent::LeaveOut(version))),
                        None => forget.push(id.clone()),
                    }
                }
                (Fetched::Failed(error), link) => {
                    self.unlooked.extend(link.map(|link| link.key.clone()));
                    let passing = error.class != RemoteClass::Permanent;
                    let intent = Intent::Hold(error.to_string(), passing);
                    match link {
                        Some(link) => known.push((link, intent)),
                        None => unknown.push(failed_item(id)),
                    }
                    if error.class != RemoteClass::Untried {
                        report.warnings.push(format!(
                            "an item could not be read and is tried again: {error}"
                        ));
                    }
                }
            }
        }
        // One that we deleted ourselves has a tombstone, and is nowhere else.
        self.left_unlisted |= !left.is_empty() && self.store.tombstones(&left)?.len() < left.len();
        for id in &page.gone {
            match page.links.get(id) {
                Some(link) if link.state != LinkState::Detached => {
                    known.push((link, Intent::MarkGone));
                }
                Some(_) => {}
                None => forget.push(id.clone()),
            }
        }
        // The page was looked up before the one before it was applied, which may have linked an item that is now gone.
        let linked = if forget.is_empty() {
            HashMap::new()
        } else {
            by_item(self.store.links_of(&forget)?)
        };
        forget.retain(|id| !linked.contains_key(id));
        let departed = linked.values().map(|link| (link, Intent::MarkGone));
        let mut work: Vec<(Target, Intent)> = known
            .into_iter()
            .chain(departed)
            .map(|(link, intent)| (Target::Link(link.id, link.version), intent))
            .collect();
        work.extend(self.sort_unknown(unknown, round)?);
        // A cursor that does not move will not tell what becomes of the items that it named.
        let listed = !page.repeats();
        let moves = page.closes && listed;
        let batch = Batch {
            targets: Vec::new(),
            met: if listed { page.met } else { Vec::new() },
            forget,
            pass: (round.full && listed).then_some(round.generation),
            cursor: moves.then(|| CursorMove {
                from: page.from.clone(),
                to: page.to.clone(),
                generation: round.generation,
                pass_complete: !round.full,
            }),
            park_missed: true,
        };
        self.carry_out(batch, work, listed, report, observer)?;
        Ok(())
    }

    /// Decides which unknown items are known by their stamp, which have to wait, and which are new.
    pub(super) fn sort_unknown(
        &mut self,
        unknown: Vec<Item>,
        round: Round,
    ) -> Result<Vec<(Target, Intent)>, SyncError> {
        if unknown.is_empty() {
            return Ok(Vec::new());
        }
        let stamps: Vec<Stamp> = unknown
            .iter()
            .filter_map(|item| item.stamp.clone())
            .collect();
        let stamped: HashMap<Stamp, LinkRef> = if stamps.is_empty() {
            HashMap::new()
        } else {
            self.store.links_stamped(&stamps)?.into_iter().collect()
        };
        let ids: Vec<ItemId> = unknown.iter().map(|item| item.id.clone()).collect();
        let ended: HashSet<ItemId> = self.store.tombstones(&ids)?.into_iter().collect();
        let shared = self.shared_keys(&unknown, round)?;
        let mut work = Vec::with_capacity(unknown.len());
        for item in unknown {
            let link = item.stamp.as_ref().and_then(|stamp| stamped.get(stamp));
            let target = Target::Unlinked(item.id.clone());
            let keys = if round.defer_unknown || !shared.is_empty() {
                match_keys(&item.contact)
            } else {
                Vec::new()
            };
            match link {
                Some(_) => work.push((target, Intent::Park(Vec::new()))),
                None if ended.contains(&item.id) || is_unread(&item) => {
                    work.push((target, Intent::Park(Vec::new())));
                }
                None if round.defer_unknown || keys.iter().any(|key| shared.contains(key)) => {
                    work.push((target, Intent::Park(keys)));
                }
                None => work.push((target, Intent::Absorb(Box::new(item), None))),
            }
        }
        Ok(work)
    }

    fn shared_keys(
        &mut self,
        unknown: &[Item],
        round: Round,
    ) -> Result<HashSet<MatchKey>, SyncError> {
        if !round.has_candidates || round.defer_unknown {
            return Ok(HashSet::new());
        }
        let keys: Vec<MatchKey> = unknown
            .iter()
            .flat_map(|item| match_keys(&item.contact))
            .collect();
        let candidates = self.telling(&keys)?;
        Ok(candidates
            .into_iter()
            .map(|candidate| candidate.shared)
            .collect())
    }
}

pub(super) fn by_item(links: Vec<LinkRef>) -> HashMap<ItemId, LinkRef> {
    links
        .into_iter()
        .filter_map(|link| link.item.clone().map(|item| (item, link)))
        .collect()
}

/// Stands for an unknown item that could not be read: it waits for the end of the list.
fn failed_item(id: &ItemId) -> Item {
    Item {
        id: id.clone(),
        change_key: crate::sync::ids::ChangeKey::new(""),
        contact: crate::contact::Contact::new(),
        stamp: None,
        modified: None,
    }
}

fn is_unread(item: &Item) -> bool {
    item.change_key.as_str().is_empty()
}
