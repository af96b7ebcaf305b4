//! What a session keeps while the pair is moved to another kind of server.

use exchange_contact_sync::sync::error::{StoreClass, StoreError};
use exchange_contact_sync::sync::ids::{ItemId, LinkId};
use exchange_contact_sync::sync::link::{LinkRef, LinkState, Named};
use exchange_contact_sync::sync::ports::{FoundBy, Identity, MoveCounts, MoveStore, Staged};

use super::session::{MemoryStore, page};
use super::tables::{StoredLink, Tables};

fn moves(link: &StoredLink) -> bool {
    matches!(link.state, LinkState::Linked | LinkState::Detached)
}

impl Tables {
    /// The items whose new ids have to be known before the switch.
    fn moving(&self) -> Vec<ItemId> {
        let links = self.links.values().filter(|link| moves(link));
        let links = links.filter_map(|link| link.item.clone());
        let stones = self
            .tombstones
            .iter()
            .filter_map(|stone| stone.item.clone());
        let held = self.held.values().filter_map(|held| held.item.clone());
        links.chain(stones).chain(held).collect()
    }
}

impl MoveStore for MemoryStore {
    fn begin_move(&mut self, _: &str) -> Result<(), StoreError> {
        self.call("begin_move", |tables, _| {
            tables
                .moves
                .retain(|_, staged| staged.new.is_some() && staged.by == FoundBy::Translation);
            for staged in tables.moves.values_mut() {
                staged.listed = false;
            }
            Ok(())
        })
    }

    fn unstaged(&mut self, limit: usize) -> Result<Vec<ItemId>, StoreError> {
        self.call("unstaged", |tables, _| {
            let mut items = tables.moving();
            items.retain(|item| !tables.moves.contains_key(item));
            items.truncate(limit);
            Ok(items)
        })
    }

    fn stage(&mut self, _: &str, staged: &[Staged]) -> Result<(), StoreError> {
        self.call("stage", |tables, _| {
            let staged = staged
                .iter()
                .map(|staged| (staged.old.clone(), staged.clone()));
            tables.moves.extend(staged);
            Ok(())
        })
    }

    fn stage_listed(&mut self, items: &[ItemId]) -> Result<Vec<bool>, StoreError> {
        self.call("stage_listed", |tables, _| {
            let known = items.iter().map(|item| {
                let mut known = false;
                for staged in tables.moves.values_mut() {
                    if staged.new.as_ref() == Some(item) {
                        staged.listed = true;
                        known = true;
                    }
                }
                known
            });
            Ok(known.collect())
        })
    }

    fn unfound(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        self.call("unfound", |tables, _| {
            let unfound = |link: &LinkRef| {
                let staged = link.item.as_ref().and_then(|item| tables.moves.get(item));
                link.state == LinkState::Linked && staged.is_some_and(|staged| staged.new.is_none())
            };
            Ok(page(tables, after, limit, unfound, |link| link))
        })
    }

    fn move_counts(&mut self) -> Result<MoveCounts, StoreError> {
        self.call("move_counts", |tables, _| {
            let mut counts = MoveCounts::default();
            let links = tables.links.values();
            for link in links.filter(|link| link.state == LinkState::Linked) {
                counts.linked += 1;
                let staged = link.item.as_ref().and_then(|item| tables.moves.get(item));
                let found = staged.filter(|staged| staged.new.is_some());
                match found.map(|staged| staged.by) {
                    Some(FoundBy::Translation) => counts.translated += 1,
                    Some(FoundBy::Stamp) => counts.by_stamp += 1,
                    Some(FoundBy::Content) => counts.by_content += 1,
                    None => {}
                }
                if !found.is_some_and(|staged| staged.listed) {
                    counts.missing += 1;
                    counts.examples.push(link.key.clone());
                }
            }
            Ok(counts)
        })
    }

    fn switch(&mut self, from: &Identity, to: &Identity) -> Result<bool, StoreError> {
        self.call("switch", |tables, _| {
            if tables.pair.identity.as_ref() != Some(from) {
                return Err(StoreError::new(StoreClass::Identity, "bound elsewhere"));
            }
            let mut moving = tables.moving();
            moving.retain(|item| !tables.moves.contains_key(item));
            if !moving.is_empty() {
                return Ok(false);
            }
            let moves = std::mem::take(&mut tables.moves);
            let new = |item: &Option<ItemId>| {
                let staged = item.as_ref().and_then(|item| moves.get(item));
                staged.and_then(|staged| staged.new.clone())
            };
            let mut version = tables.next();
            for link in tables.links.values_mut() {
                link.version = version;
                version += 1;
                match (link.state, new(&link.item)) {
                    (LinkState::Linked | LinkState::Detached, Some(item)) => link.item = Some(item),
                    (LinkState::Linked, None) => {
                        link.state = LinkState::RemoteGone;
                        link.named = Named::NotYet;
                    }
                    _ => {}
                }
            }
            while tables.next() < version {}
            for stone in &mut tables.tombstones {
                stone.item = new(&stone.item).or(stone.item.take());
            }
            tables.held.retain(|_, held| {
                let found = new(&held.item);
                let lost = held.item.is_some() && found.is_none();
                held.item = found.or(held.item.take());
                !(lost && held.key.is_none())
            });
            tables.parked.clear();
            tables.index.clear();
            let pair = &mut tables.pair;
            pair.identity = Some(to.clone());
            pair.cursor = None;
            pair.generation += 1;
            pair.back_off = None;
            pair.failures = 0;
            pair.checks_versions = None;
            Ok(true)
        })
    }
}
