//! Planning a batch under locks: what cannot be planned is missed.

use exchange_contact_sync::sync::ids::{ItemId, LinkId, LinkVersion, Moment, RowKey};
use exchange_contact_sync::sync::ports::{Batch, Missed, RowSeen, Seen, Step, Target};

use super::tables::Tables;

/// What a target names: its item, its link, its row.
pub(super) struct Named {
    pub(super) item: Option<ItemId>,
    pub(super) link: Option<LinkId>,
    pub(super) key: Option<RowKey>,
}

impl Tables {
    /// Plans every target; what cannot be planned is missed.
    pub(crate) fn plan(
        &self,
        batch: &Batch,
        now: Moment,
        plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    ) -> Vec<Result<Step, Missed>> {
        let mut links = Vec::new();
        let mut items = Vec::new();
        let mut steps = Vec::new();
        for (index, target) in batch.targets.iter().enumerate() {
            let named = self.named(target);
            let twice = named.link.is_some() && links.contains(&named.link);
            assert!(!twice, "a link twice in a batch");
            links.push(named.link);
            let twice = named.item.is_some() && items.contains(&named.item);
            assert!(!twice, "an item twice in a batch");
            items.push(named.item.clone());
            let row = named
                .key
                .as_ref()
                .map_or(RowSeen::Absent, |key| self.row_seen(key));
            steps.push(if !self.stands(target) {
                Err(Missed::Stale)
            } else if row == RowSeen::Locked {
                Err(Missed::Locked)
            } else {
                let link = named.link.and_then(|id| self.link(id, now));
                Ok(plan(&Seen {
                    index,
                    row: &row,
                    link: link.as_ref(),
                }))
            });
        }
        steps
    }

    pub(super) fn named(&self, target: &Target) -> Named {
        let (item, link, key) = match target {
            Target::Unlinked(item) => (Some(item.clone()), None, None),
            Target::Pairing(item, key) => (Some(item.clone()), None, Some(key.clone())),
            Target::Link(id, _) => {
                let link = self.links.get(id);
                let item = link.and_then(|link| link.item.clone());
                (item, Some(*id), link.map(|link| link.key.clone()))
            }
            Target::Row(key, link) => {
                let id = link.map(|(id, _)| id);
                let item = id.and_then(|id| self.links.get(&id)?.item.clone());
                (item, id, Some(key.clone()))
            }
        };
        Named { item, link, key }
    }

    /// Whether a target is still what it was when it was noted.
    fn stands(&self, target: &Target) -> bool {
        let version = |id: &LinkId| self.links.get(id).map(|link| LinkVersion(link.version));
        match target {
            Target::Unlinked(item) => self.link_by_item(item).is_none(),
            Target::Link(id, noted) => version(id) == Some(*noted),
            Target::Row(key, None) => self.link_by_key(key).is_none(),
            Target::Row(key, Some((id, noted))) => {
                version(id) == Some(*noted) && self.links[id].key == *key
            }
            Target::Pairing(item, key) => {
                self.link_by_item(item).is_none() && self.link_by_key(key).is_none()
            }
        }
    }
}
