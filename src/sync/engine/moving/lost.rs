//! Items whose ids nobody could translate: found among those of the folder that nobody knows.

use std::collections::HashMap;

use super::super::Engine;
use super::super::settle::{PAGE, fetch};
use crate::contact::{Kind, Property};
use crate::sync::error::SyncError;
use crate::sync::ids::{FolderId, ItemId, LinkId, Stamp};
use crate::sync::matching::{MatchKey, match_keys, pair_off};
use crate::sync::ports::{Fetched, FoundBy, Item, RowSeen, Staged};

/// An item of which no link is known, by what tells whose it is.
pub(super) struct Unknown {
    id: ItemId,
    stamp: Option<Stamp>,
    keys: Vec<MatchKey>,
}

/// A link whose item was not found, by its number and the old id of its item.
pub(super) type Lost = (LinkId, ItemId);

impl Engine<'_> {
    /// The links whose items have no new id yet.
    pub(super) fn lost(&mut self) -> Result<Vec<Lost>, SyncError> {
        let mut lost = Vec::new();
        let mut after = LinkId(0);
        loop {
            let links = self.store.unfound(after, PAGE)?;
            let Some(last) = links.last() else {
                return Ok(lost);
            };
            after = last.id;
            lost.extend(
                links
                    .into_iter()
                    .filter_map(|link| Some((link.id, link.item?))),
            );
        }
    }

    pub(super) fn look_at_unknown(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        unknown: &mut Vec<Unknown>,
    ) -> Result<(), SyncError> {
        let telling: Vec<Property> = self
            .book
            .mapped
            .iter()
            .filter(|property| property.kind() != Kind::Picture)
            .copied()
            .collect();
        for some in ids.chunks(self.capabilities.fetch.max(1)) {
            let fetched = fetch(self.remote.as_ref(), folder, some, &telling)?;
            unknown.extend(fetched.into_iter().filter_map(|fetched| match fetched {
                Fetched::Item(item) => Some(Unknown::of(*item)),
                Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_) => None,
            }));
        }
        Ok(())
    }

    /// Finds lost items among those that nobody knows: by our stamp where one item alone bears it, then by what they hold.
    pub(super) fn find_lost(
        &mut self,
        lost: Vec<Lost>,
        mut unknown: Vec<Unknown>,
    ) -> Result<(), SyncError> {
        if lost.is_empty() || unknown.is_empty() {
            return Ok(());
        }
        let mut lost: HashMap<LinkId, ItemId> = lost.into_iter().collect();
        let mut found = Vec::new();
        for (link, id) in self.by_their_stamps(&unknown)? {
            if let Some(old) = lost.remove(&link) {
                unknown.retain(|item| item.id != id);
                found.push(staged(old, id, FoundBy::Stamp));
            }
        }
        let items: Vec<(ItemId, Vec<MatchKey>)> = unknown
            .into_iter()
            .map(|unknown| (unknown.id, unknown.keys))
            .collect();
        let links = self.keys_of_links(&lost)?;
        for (id, link) in pair_off(&items, &links, true) {
            if let Some(old) = lost.remove(&link) {
                found.push(staged(old, id, FoundBy::Content));
            }
        }
        for some in found.chunks(PAGE) {
            self.store.stage(self.capabilities.kind, some)?;
        }
        Ok(())
    }

    /// The links whose stamp one of these items alone bears. Of two, a person has copied one.
    fn by_their_stamps(&mut self, unknown: &[Unknown]) -> Result<Vec<(LinkId, ItemId)>, SyncError> {
        let stamped: Vec<(Stamp, ItemId)> = unknown
            .iter()
            .filter_map(|item| Some((item.stamp.clone()?, item.id.clone())))
            .collect();
        let mut items: HashMap<LinkId, Vec<ItemId>> = HashMap::new();
        for some in stamped.chunks(PAGE) {
            let stamps: Vec<Stamp> = some.iter().map(|(stamp, _)| stamp.clone()).collect();
            let links: HashMap<Stamp, LinkId> = self
                .store
                .links_stamped(&stamps)?
                .into_iter()
                .map(|(stamp, link)| (stamp, link.id))
                .collect();
            for (stamp, id) in some {
                if let Some(link) = links.get(stamp) {
                    items.entry(*link).or_default().push(id.clone());
                }
            }
        }
        Ok(items
            .into_iter()
            .filter_map(|(link, items)| match items.as_slice() {
                [one] => Some((link, one.clone())),
                _ => None,
            })
            .collect())
    }

    /// The keys of what the items of these links last held, and of what their rows hold.
    fn keys_of_links(
        &mut self,
        lost: &HashMap<LinkId, ItemId>,
    ) -> Result<Vec<(LinkId, Vec<MatchKey>)>, SyncError> {
        let mut found = Vec::new();
        let mut after = LinkId(0);
        loop {
            let links = self.store.unfound(after, PAGE)?;
            let Some(last) = links.last() else {
                return Ok(found);
            };
            after = last.id;
            let rows: Vec<_> = links.into_iter().map(|link| link.key).collect();
            for look in self.store.look(&rows)? {
                let Some(link) = look.link.filter(|link| lost.contains_key(&link.id)) else {
                    continue;
                };
                let mut keys = match_keys(&link.base.item());
                if let RowSeen::Present(row) = &look.row {
                    for key in match_keys(&row.contact) {
                        if !keys.contains(&key) {
                            keys.push(key);
                        }
                    }
                }
                found.push((link.id, keys));
            }
        }
    }
}

impl Unknown {
    fn of(item: Item) -> Self {
        Self {
            keys: match_keys(&item.contact),
            id: item.id,
            stamp: item.stamp,
        }
    }
}

const fn staged(old: ItemId, new: ItemId, by: FoundBy) -> Staged {
    Staged {
        old,
        new: Some(new),
        by,
        listed: true,
    }
}
