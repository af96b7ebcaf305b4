//! What can be seen of a world, to be compared with another one.

use std::collections::BTreeSet;

use exchange_contact_sync::contact::Value;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};

use crate::world::World;

/// What can be seen of a world; rows that the pull made have numbers in the order of the list, so that these are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    rows: Vec<String>,
    items: Vec<String>,
    links: Vec<String>,
    outbox: Vec<String>,
    journal: Vec<String>,
    held: Vec<String>,
    parked: Vec<ItemId>,
}

impl Picture {
    pub(super) fn of(world: &World, known: &BTreeSet<RowKey>) -> Self {
        let rows = world.database.rows();
        let name = |key: &RowKey| match (known.contains(key), rows.get(key)) {
            (true, _) => format!("row {key}"),
            (false, Some(row)) => format!("new row {:?}", row.contact),
            (false, None) => "new row that is gone".to_owned(),
        };
        let shown = |value: &Option<Value>| value.as_ref().map(Value::display);
        let mut picture = Self {
            rows: rows
                .iter()
                .map(|(key, row)| format!("{}: {:?} {}", name(key), row.contact, row.in_scope))
                .collect(),
            items: world
                .remote
                .contacts()
                .into_iter()
                .map(|(_, contact)| format!("{contact:?}"))
                .collect(),
            ..Self::default()
        };
        world.database.with(|tables| {
            picture.links = tables
                .links
                .values()
                .map(|link| {
                    let item = link.item.as_ref().and_then(|id| world.remote.contact(id));
                    format!(
                        "{}: {:?} {item:?} {}",
                        name(&link.key),
                        link.state,
                        link.base
                    )
                })
                .collect();
            let notes = tables.outbox.values();
            picture.outbox = notes.map(|(key, _)| name(key)).collect();
            picture.journal = tables
                .conflicts
                .iter()
                .map(|record| {
                    let conflict = &record.conflict;
                    let (row, item) = (shown(&conflict.row), shown(&conflict.item));
                    let (property, kept) = (conflict.property, conflict.kept);
                    format!(
                        "{}: {property:?} {row:?} {item:?} {kept:?}",
                        name(&record.key)
                    )
                })
                .collect();
            picture.held = tables
                .held
                .values()
                .map(|record| format!("{:?} {}", record.item, record.hold.reason))
                .collect();
            picture.parked = tables.parked.keys().cloned().collect();
        });
        for list in [
            &mut picture.rows,
            &mut picture.items,
            &mut picture.links,
            &mut picture.outbox,
            &mut picture.journal,
            &mut picture.held,
        ] {
            list.sort();
        }
        picture.outbox.dedup();
        picture
    }
}
