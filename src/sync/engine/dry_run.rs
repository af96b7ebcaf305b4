//! What a round would do, found without touching either side.

use std::collections::{HashMap, HashSet};

use super::Engine;
use super::ahead::Ahead;
use super::page::by_item;
use crate::sync::error::SyncError;
use crate::sync::ids::{FolderId, ItemId, LinkId, RowKey};
use crate::sync::link::{LinkRef, LinkState};
use crate::sync::matching::{MatchKey, match_keys, pair_off};
use crate::sync::plan::{Absorb, Delivery, absorb, plan_delivery};
use crate::sync::policy::ConflictPolicy;
use crate::sync::ports::{
    Change, Effect, Fetched, Item, LinkWrite, Look, Observer, RowSeen, RowWrite, Seen,
};
use crate::sync::report::Plan;

/// How many rows are read in one go.
const PAGE: usize = 512;

/// How many steps are shown in words.
const EXAMPLES: usize = 20;

/// A round in memory: fingerprints of rows without a link and of unknown items, no values.
#[derive(Default)]
struct Sketch {
    plan: Plan,
    rows: Vec<(RowKey, Vec<MatchKey>)>,
    unlinked: HashSet<RowKey>,
    unknown: Vec<(ItemId, String, Vec<MatchKey>)>,
    met: HashSet<LinkId>,
    absorbed: HashSet<RowKey>,
}

impl Engine<'_> {
    /// What [`sync`](Self::sync) would do now. Both sides are read, neither is written; only the fingerprints of contacts without
    /// a link are kept in memory.
    ///
    /// # Errors
    /// When Exchange or the store fails.
    pub fn plan(&mut self, observer: &mut dyn Observer) -> Result<Plan, SyncError> {
        let pair = self.admitted()?;
        self.book.paired = true;
        let folder = match &pair.standing.identity {
            Some(identity) => identity.folder.clone(),
            None => self.remote.resolve_folder().map_err(SyncError::Remote)?.id,
        };
        let mut sketch = Sketch::default();
        self.sketch_rows(&mut sketch)?;
        let full = pair.cursor.is_none() || !pair.pass_complete || pair.wants_pass();
        let cursor = pair.cursor.filter(|_| !full);
        self.sketch_items(&folder, cursor, &mut sketch, observer)?;
        sketch.pair_unknown();
        self.sketch_deliveries(full, &mut sketch)?;
        Ok(sketch.plan)
    }

    fn sketch_rows(&mut self, sketch: &mut Sketch) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let looks = self.store.rows(after.as_ref(), PAGE)?;
            let Some(last) = looks.last() else {
                return Ok(());
            };
            after = Some(last.key.clone());
            for look in looks {
                let gone = look
                    .link
                    .as_ref()
                    .is_none_or(|link| link.state == LinkState::RemoteGone);
                if let (true, RowSeen::Present(row)) = (gone, &look.row) {
                    let keys = match_keys(&row.contact);
                    sketch.rows.push((look.key.clone(), keys));
                    sketch.unlinked.insert(look.key);
                }
            }
        }
    }

    fn sketch_items(
        &mut self,
        folder: &FolderId,
        mut cursor: Option<crate::sync::ids::Cursor>,
        sketch: &mut Sketch,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut ahead = Ahead::new(
            self.remote.clone(),
            folder.clone(),
            self.book.mapped.clone(),
            self.capabilities.fetch,
        )
        .without_pictures();
        loop {
            ahead.list(cursor.clone());
            let page = ahead.listed().map_err(SyncError::Remote)?;
            let ids: Vec<ItemId> = page
                .changes
                .iter()
                .filter_map(|change| match change {
                    Change::Present(id, _) | Change::Gone(id) => Some(id.clone()),
                    Change::Foreign(_) => None,
                })
                .collect();
            let links = by_item(self.store.links_of(&ids)?);
            let mut wanted = Vec::new();
            for change in &page.changes {
                match change {
                    Change::Present(id, change_key) => match links.get(id) {
                        Some(link)
                            if link.confirmed && link.change_key.as_ref() == Some(change_key) =>
                        {
                            sketch.met.insert(link.id);
                        }
                        _ => wanted.push(id.clone()),
                    },
                    Change::Gone(id) => {
                        if let Some(link) = links.get(id) {
                            sketch.gone(link);
                        }
                    }
                    Change::Foreign(_) => {}
                }
            }
            ahead.fetch(wanted.clone());
            let fetched = ahead.fetched().map_err(SyncError::Remote)?;
            for (id, fetched) in wanted.iter().zip(fetched) {
                match (fetched, links.get(id)) {
                    (Fetched::Item(item), Some(link)) => self.sketch_merge(link, &item, sketch)?,
                    (Fetched::Item(item), None) => sketch.unknown.push((
                        item.id.clone(),
                        item.contact.label(),
                        match_keys(&item.contact),
                    )),
                    (Fetched::Foreign(_), Some(link)) => {
                        sketch.met.insert(link.id);
                    }
                    (Fetched::Foreign(_), None) | (Fetched::Gone | Fetched::Failed(_), _) => {}
                }
            }
            let stands = cursor.as_ref() == Some(&page.cursor);
            cursor = Some(page.cursor);
            if page.last || stands || observer.interrupted() {
                return Ok(());
            }
        }
    }

    fn sketch_merge(
        &mut self,
        link: &LinkRef,
        item: &Item,
        sketch: &mut Sketch,
    ) -> Result<(), SyncError> {
        sketch.met.insert(link.id);
        let looks = self.store.look(std::slice::from_ref(&link.key))?;
        let Some(Look { key, row, link, .. }) = looks.into_iter().next() else {
            return Ok(());
        };
        let mut book = self.book.clone();
        if book.policy.conflict == ConflictPolicy::Ask {
            book.policy.conflict = ConflictPolicy::Exchange;
        }
        let seen = Seen {
            index: 0,
            row: &row,
            link: link.as_ref(),
        };
        let what = Absorb {
            item,
            rulings: &[],
            pairing: false,
            listed: true,
        };
        let step = absorb(&seen, &what, &book.rules());
        let label = item.contact.label();
        sketch.plan.conflicts += step.conflicts.len() as u64;
        match step.row {
            RowWrite::Insert(_) => {
                sketch.plan.insert_rows += 1;
                sketch.example(format!("insert a row for \"{label}\" of Exchange"));
            }
            RowWrite::Update(changes) => {
                sketch.plan.update_rows += 1;
                sketch.example(format!(
                    "change {} of row {key} (\"{label}\")",
                    names(changes.iter().map(|(property, _)| property))
                ));
            }
            RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => {}
        }
        if step.enqueue {
            sketch.plan.update_items += 1;
            sketch.absorbed.insert(key);
        }
        Ok(())
    }

    fn sketch_deliveries(&mut self, full: bool, sketch: &mut Sketch) -> Result<(), SyncError> {
        let mut seen: HashSet<RowKey> = HashSet::new();
        let mut after = crate::sync::ids::OutboxId(0);
        loop {
            let pending = self.store.pending(after, PAGE)?;
            let Some(last) = pending.last() else {
                break;
            };
            after = last.first;
            let keys: Vec<RowKey> = pending.into_iter().map(|pending| pending.key).collect();
            for look in self.store.look(&keys)? {
                if look.link.is_some() && !sketch.absorbed.contains(&look.key) {
                    self.sketch_delivery(&look, sketch);
                }
                seen.insert(look.key);
            }
        }
        let left: Vec<RowKey> = sketch
            .unlinked
            .iter()
            .filter(|key| full || seen.contains(*key))
            .cloned()
            .collect();
        for key in left {
            sketch.plan.create_items += 1;
            sketch.example(format!("create an item for row {key}"));
        }
        Ok(())
    }

    fn sketch_delivery(&self, look: &Look, sketch: &mut Sketch) {
        let key = &look.key;
        match plan_delivery(look, &self.book.rules()) {
            Delivery::Note(step) if matches!(step.link, LinkWrite::End) => {}
            Delivery::Note(step) if step.effect == Effect::Detached => {
                sketch.example(format!("detach row {key}, which has left the scope"));
            }
            Delivery::Note(_) | Delivery::Wait(_) | Delivery::Refresh(_) => {}
            Delivery::Missing | Delivery::Create(..) | Delivery::Resume(_) => {
                sketch.plan.create_items += 1;
                sketch.example(format!("create an item for row {key}"));
            }
            Delivery::Update(_, _, changes, _) | Delivery::Picture(_, _, changes, _) => {
                sketch.plan.update_items += 1;
                let names = names(changes.iter().map(|(property, _)| property));
                sketch.example(format!("change {names} of the item of row {key}"));
            }
            Delivery::Delete(_) => {
                sketch.plan.delete_items += 1;
                sketch.example(format!("delete the item of row {key}"));
            }
        }
    }
}

impl Sketch {
    fn example(&mut self, text: String) {
        if self.plan.examples.len() < EXAMPLES {
            self.plan.examples.push(text);
        }
    }

    fn gone(&mut self, link: &LinkRef) {
        if link.state != LinkState::Detached && self.met.insert(link.id) {
            self.plan.delete_rows += 1;
            self.example(format!("delete row {}, whose item is gone", link.key));
        }
    }

    /// Pairs unknown items with rows as a round would.
    fn pair_unknown(&mut self) {
        let mut labels: HashMap<ItemId, String> = HashMap::new();
        let mut items = Vec::new();
        for (id, label, keys) in std::mem::take(&mut self.unknown) {
            labels.insert(id.clone(), label);
            items.push((id, keys));
        }
        let rows = std::mem::take(&mut self.rows);
        let mut alone: HashSet<ItemId> = labels.keys().cloned().collect();
        for (id, row) in pair_off(&items, &rows, false) {
            let label = labels.get(&id).cloned().unwrap_or_default();
            self.plan.matches += 1;
            self.example(format!("pair row {row} with \"{label}\" of Exchange"));
            self.unlinked.remove(&row);
            alone.remove(&id);
        }
        let mut left: HashMap<MatchKey, &RowKey> = HashMap::new();
        for (row, keys) in rows.iter().filter(|(row, _)| self.unlinked.contains(row)) {
            for key in keys.iter().filter(|key| key.kind.tells(false)) {
                left.entry(*key).or_insert(row);
            }
        }
        items.sort_by(|left, right| left.0.cmp(&right.0));
        for (id, keys) in items.iter().filter(|(id, _)| alone.contains(id)) {
            let label = labels.get(id).cloned().unwrap_or_default();
            self.plan.insert_rows += 1;
            self.example(format!("insert a row for \"{label}\" of Exchange"));
            if let Some(row) = keys.iter().find_map(|key| left.get(key)) {
                self.plan.ambiguous.push(format!(
                    "\"{label}\" of Exchange may be row {row}, but not it alone; both would be kept as contacts of their own"
                ));
            }
        }
    }
}

fn names(properties: impl Iterator<Item = crate::contact::Property>) -> String {
    properties
        .map(|property| property.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
