//! What must be true of a world once everything has settled.

use std::collections::{BTreeMap, BTreeSet};

use exchange_contact_sync::contact::{Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::ports::Remote as _;

use crate::world::World;

/// Where both sides are not one address book, each in words.
pub(crate) fn disagreements(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    let rows = world.database.rows();
    let items: BTreeMap<ItemId, Contact> = world.remote.contacts().into_iter().collect();
    let (outbox, parked, held, schema) = world.database.with(|tables| {
        let held: Vec<(Option<RowKey>, Option<ItemId>)> = tables
            .held
            .values()
            .map(|record| (record.key.clone(), record.item.clone()))
            .collect();
        // A row whose item is held waits with it.
        let with_item = |key: &RowKey| held.iter().any(|(held, _)| held.as_ref() == Some(key));
        let notes = tables.outbox.values();
        let outbox = notes.filter(|(key, _)| !with_item(key)).count();
        // A held item that is tried again may be parked for it.
        let waits = |item: &&ItemId| !held.iter().any(|(_, held)| held.as_ref() == Some(item));
        let parked = tables.parked.keys().filter(waits).count();
        (outbox, parked, held, tables.schema.clone())
    });
    let lists = world.remote.capabilities().lists;
    let normalise_item = world.remote.with(|server| server.habits.normalise);
    if outbox > 0 {
        found.push(format!("{outbox} notes are left in the outbox"));
    }
    if parked > 0 {
        found.push(format!("{parked} items are still parked"));
    }
    let mut linked_rows = BTreeSet::new();
    let mut linked_items = BTreeSet::new();
    for (id, link) in world.database.links() {
        linked_rows.insert(link.key.clone());
        linked_items.extend(link.item.clone());
        let is_held = held.iter().any(|(key, item)| {
            key.as_ref() == Some(&link.key) || (item.is_some() && *item == link.item)
        });
        if link.state == LinkState::Detached || is_held {
            continue;
        }
        if link.state != LinkState::Linked {
            found.push(format!(
                "link {id:?} of row {} is {:?}",
                link.key, link.state
            ));
            continue;
        }
        let row = rows.get(&link.key);
        let item = link.item.as_ref().and_then(|item| items.get(item));
        let (Some(row), Some(item)) = (row, item) else {
            found.push(format!(
                "row {} is {} and its item {}",
                link.key,
                if row.is_some() { "there" } else { "gone" },
                if item.is_some() { "there" } else { "gone" }
            ));
            continue;
        };
        let (row, item) = (&row.contact, item);
        for slots in &lists {
            let mapped = slots.iter().filter(|slot| schema.mapped.contains(slot));
            let values = |side: &Contact| {
                let filled = mapped.clone().filter_map(|slot| side.get(*slot));
                let mut values: Vec<String> = filled.map(Value::display).collect();
                values.sort();
                values
            };
            let (of_row, of_item) = (values(row), values(item));
            let mut once = of_row.clone();
            once.dedup();
            if of_row != of_item || once != of_row {
                found.push(format!(
                    "row {} has in the slots of a list {of_row:?}, its item {of_item:?}",
                    link.key
                ));
            }
        }
        let single = |property: &Property| !lists.iter().any(|slots| slots.contains(property));
        for property in schema.mapped.iter().copied().filter(single) {
            let (row, item) = (row.get(property), item.get(property));
            let as_row = item.and_then(|value| (schema.normalise)(property, value));
            let as_item = row.and_then(|value| normalise_item(property, value));
            if !same(row, item) && !same(row, as_row.as_ref()) && !same(as_item.as_ref(), item) {
                found.push(format!(
                    "row {} has {property} {row:?}, its item {item:?}",
                    link.key
                ));
            }
        }
    }
    for (key, row) in &rows {
        let is_held = held.iter().any(|(held, _)| held.as_ref() == Some(key));
        if row.in_scope && !linked_rows.contains(key) && !is_held {
            found.push(format!("row {key} {:?} has no item", row.contact.label()));
        }
    }
    for (id, contact) in &items {
        let is_held = held.iter().any(|(_, held)| held.as_ref() == Some(id));
        if !linked_items.contains(id) && !is_held {
            found.push(format!("item {id} {:?} has no row", contact.label()));
        }
    }
    found
}

fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.same(right),
        (left, right) => left.is_none() && right.is_none(),
    }
}

pub(crate) fn assert_in_step(world: &World) {
    let found = disagreements(world);
    assert!(found.is_empty(), "{found:#?}\n{:#?}", world.script.trace());
}

/// What moves when a round is not silent: row writes, writes to our tables, item writes, fetched items.
pub(crate) fn noise(world: &World) -> [u64; 4] {
    let (rows, own) = world
        .database
        .with(|tables| (tables.row_writes, tables.own_writes));
    let (items, fetched) = world.remote.with(|server| (server.writes, server.fetched));
    [rows, own, items, fetched]
}

/// P4: idle rounds write nothing on either side and fetch no item.
pub(crate) fn assert_silent(world: &World, rounds: u64) {
    let before = noise(world);
    for round in 0..rounds {
        world.sync();
        assert_eq!(
            noise(world),
            before,
            "[row writes, own writes, item writes, fetched] after idle round {round}"
        );
    }
}

/// Whether every text that a person or the app ever wrote is still somewhere, or was removed by somebody who saw it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The tokens that nobody has removed.
    live: BTreeSet<String>,
    /// The tokens that were removed with the whole contact, and by nothing else.
    deleted: BTreeSet<String>,
    /// Tokens that somebody took out of a contact that lives on: who brings back an older version of it brings back no edit.
    dropped: BTreeSet<String>,
    /// Tokens that are in several contacts on purpose.
    copied: BTreeSet<String>,
    /// Tokens of contacts that somebody changed in a way that leaves no token, such as clearing a field.
    cleared: BTreeSet<String>,
}

/// A person or the app changed a record from one thing into another.
impl Ledger {
    pub(crate) fn wrote(&mut self, old: Option<&Contact>, new: Option<&Contact>) {
        let (old, new) = (tokens_of(old), tokens_of(new));
        if !new.is_empty() && new.is_subset(&old) {
            self.cleared.extend(new.iter().cloned());
        }
        for token in old.difference(&new) {
            if !new.is_empty() {
                self.deleted.remove(token);
                self.dropped.insert(token.clone());
            }
            if self.live.remove(token) && new.is_empty() {
                self.deleted.insert(token.clone());
            }
        }
        self.live.extend(new.difference(&old).cloned());
    }

    /// The contact is or was not synced on purpose: what happens to it on one side means nothing to the other one.
    pub(crate) fn detached(&mut self, contact: &Contact) {
        self.copied(contact);
    }

    /// Somebody took a deletion back.
    pub(crate) fn restored(&mut self, contact: &Contact) {
        for token in tokens_of(Some(contact)) {
            if self.deleted.remove(&token) && !self.dropped.contains(&token) {
                self.live.insert(token);
            }
        }
    }

    /// The contact may stay or go.
    pub(crate) fn doubtful(&mut self, contact: &Contact) {
        self.cleared.extend(tokens_of(Some(contact)));
    }

    /// Whether two contacts have a text in common that only one edit wrote.
    pub(crate) fn share(one: &Contact, other: &Contact) -> bool {
        !tokens_of(Some(one)).is_disjoint(&tokens_of(Some(other)))
    }

    pub(crate) fn copied(&mut self, contact: &Contact) {
        self.copied.extend(tokens_of(Some(contact)));
    }

    /// Values that are lost, contacts that came back from the dead and contacts that are there twice, each in words.
    pub(crate) fn broken_promises(&self, world: &World) -> Vec<String> {
        let rows: Vec<Contact> = world
            .database
            .rows()
            .into_values()
            .map(|row| row.contact)
            .collect();
        let items: Vec<Contact> = world
            .remote
            .contacts()
            .into_iter()
            .map(|(_, item)| item)
            .collect();
        let mut kept: BTreeSet<String> = rows
            .iter()
            .chain(&items)
            .flat_map(|contact| tokens_of(Some(contact)))
            .collect();
        let mut journal = BTreeSet::new();
        let mut hollow = Vec::new();
        world.database.with(|tables| {
            for record in &tables.conflicts {
                let values = [&record.conflict.row, &record.conflict.item];
                for value in values.into_iter().flatten() {
                    if matches!(value, Value::Picture(picture) if picture.bytes().is_none()) {
                        hollow.push(format!("{value:?} is in the journal without its bytes"));
                    }
                }
                journal.extend(values.into_iter().flatten().flat_map(tokens));
            }
            for record in tables.held.values() {
                journal.extend(tokens_of(Some(&record.hold.contact)));
            }
        });
        kept.extend(journal);
        let unseen = world.remote.with(|server| server.deleted_unseen.clone());
        kept.extend(unseen.iter().flat_map(|contact| tokens_of(Some(contact))));
        let mut found: Vec<String> = self
            .live
            .difference(&kept)
            .map(|token| format!("{token} is lost"))
            .chain(hollow)
            .collect();
        for (side, contacts) in [("rows", &rows), ("items", &items)] {
            let mut names = BTreeMap::<String, u32>::new();
            let detached = detached(world);
            for contact in contacts {
                let tokens = tokens_of(Some(contact));
                let name = contact.get(exchange_contact_sync::contact::Property::GivenName);
                let Some(name) = name.map(Value::display) else {
                    found.push(format!("one of the {side} has no name: {contact:?}"));
                    continue;
                };
                if !tokens.is_disjoint(&self.copied) || !tokens.is_disjoint(&detached) {
                    continue;
                }
                if tokens.is_disjoint(&self.live) && tokens.is_disjoint(&self.cleared) {
                    found.push(format!("{side}: {name} is back from the dead"));
                }
                *names.entry(name).or_default() += 1;
            }
            let doubled = names.into_iter().filter(|(_, count)| *count > 1);
            found.extend(
                doubled.map(|(name, count)| format!("{side}: {name} is there {count} times")),
            );
        }
        found
    }
}

/// The texts of contacts that are not synced on purpose.
fn detached(world: &World) -> BTreeSet<String> {
    let links = world.database.links().into_values();
    let of = links.filter(|link| link.state == LinkState::Detached);
    let sides = of.flat_map(|link| {
        let item = link.item.and_then(|item| world.remote.contact(&item));
        [world.database.contact(&link.key), item]
    });
    sides.flat_map(|side| tokens_of(side.as_ref())).collect()
}

fn tokens_of(contact: Option<&Contact>) -> BTreeSet<String> {
    let values = contact.into_iter().flat_map(Contact::iter);
    values.flat_map(|(_, value)| tokens(value)).collect()
}

/// The texts that only one edit wrote: those that begin with `shared` are not.
fn tokens(value: &Value) -> Vec<String> {
    let texts = match value {
        Value::Text(text) => vec![text.clone()],
        Value::List(entries) => entries.clone(),
        Value::Picture(picture) => vec![picture.print().to_string()],
        _ => Vec::new(),
    };
    let own = |text: &String| !text.starts_with("shared");
    texts.into_iter().filter(own).collect()
}
