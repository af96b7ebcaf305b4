//! What must be true of a world once everything has settled.

use std::collections::{BTreeMap, BTreeSet};

use exchange_contact_sync::contact::{Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;

use crate::outlook::Outlook;
use crate::world::World;

/// Where both sides are not one address book, each in words.
pub(crate) fn disagreements(world: &World<impl Outlook>) -> Vec<String> {
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
            let as_item = row.and_then(|value| world.remote.kept(property, value));
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

pub(crate) fn assert_in_step(world: &World<impl Outlook>) {
    let found = disagreements(world);
    assert!(found.is_empty(), "{found:#?}\n{:#?}", world.script.trace());
}

/// What moves when a round is not silent: row writes, writes to our tables, item writes, fetched items.
pub(crate) fn noise(world: &World<impl Outlook>) -> [u64; 4] {
    let (rows, own) = world
        .database
        .with(|tables| (tables.row_writes, tables.own_writes));
    let [items, fetched] = world.remote.noise();
    [rows, own, items, fetched]
}

/// P4: idle rounds write nothing on either side and fetch no item.
pub(crate) fn assert_silent(world: &World<impl Outlook>, rounds: u64) {
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
