//! The web app: its own SQL on its own table, which knows nothing of the sync but the triggers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::ids::{LinkId, Moment, RowKey};

use super::tables::{AppRow, Schema, StoredLink, Tables};
use crate::clock::Clock;

/// A database that several sessions and the app share.
#[derive(Clone)]
pub(crate) struct Database {
    tables: Arc<Mutex<Tables>>,
    clock: Clock,
}

impl Database {
    pub(crate) fn new(schema: Schema, clock: Clock) -> Self {
        Self {
            tables: Arc::new(Mutex::new(Tables::new(schema))),
            clock,
        }
    }

    /// The same tables once more: what happens to one of them does not happen to the other.
    pub(crate) fn fork(&self, clock: Clock) -> Self {
        let tables = self.with(|tables| tables.clone());
        Self {
            tables: Arc::new(Mutex::new(tables)),
            clock,
        }
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        // A test that failed under the lock still closes its sessions.
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(crate) fn tick(&self) -> Moment {
        self.clock.tick()
    }

    pub(crate) fn app_inserts(&self, contact: &Contact) -> RowKey {
        self.app_inserts_where(contact, true)
    }

    /// Inserts a row in or out of the scope.
    pub(crate) fn app_inserts_where(&self, contact: &Contact, in_scope: bool) -> RowKey {
        let now = self.clock.now();
        self.with(|tables| {
            let key = RowKey::new(tables.next().to_string());
            let mut row = AppRow {
                in_scope,
                ..AppRow::default()
            };
            tables.rows.insert(key.clone(), row.clone());
            tables.write(&mut row, &all_of(contact));
            row.modified = Some(now);
            tables.rows.insert(key.clone(), row);
            tables.trigger(&key, in_scope, now);
            key
        })
    }

    pub(crate) fn app_updates(&self, key: &RowKey, changes: &Changes) {
        let now = self.clock.now();
        self.with(|tables| tables.app_updates(key, changes, now));
    }

    /// What the app does to a row that is still as it saw it: gives whether it is.
    pub(crate) fn app_as_seen(
        &self,
        key: &RowKey,
        seen: &Contact,
        work: impl FnOnce(&mut Tables, Moment),
    ) -> bool {
        let now = self.clock.now();
        self.with(|tables| {
            let same = tables.rows.get(key).is_some_and(|row| row.contact == *seen);
            if same {
                work(tables, now);
            }
            same
        })
    }

    /// A write that no trigger sees: a restore, an online schema change.
    pub(crate) fn app_updates_unnoticed(&self, key: &RowKey, changes: &Changes) {
        let now = self.clock.now();
        self.with(|tables| tables.app_updates_unnoticed(key, changes, now));
    }

    pub(crate) fn app_deletes(&self, key: &RowKey) {
        let now = self.clock.now();
        self.with(|tables| tables.app_deletes(key, now));
    }

    /// A delete that no trigger sees: a foreign-key cascade.
    pub(crate) fn app_deletes_unnoticed(&self, key: &RowKey) {
        self.with(|tables| tables.rows.remove(key).expect("a row to delete"));
    }

    /// Moves a row into the scope or out of it.
    pub(crate) fn app_scopes(&self, key: &RowKey, in_scope: bool) {
        let now = self.clock.now();
        self.with(|tables| tables.app_scopes(key, in_scope, now));
    }

    /// Writes a text that is no value of the mapped property; `None` mends it.
    pub(crate) fn app_writes_nonsense(&self, key: &RowKey, property: Property, text: Option<&str>) {
        let now = self.clock.now();
        self.with(|tables| {
            let row = tables.rows.get_mut(key).expect("a row to change");
            row.contact.set(property, None);
            match text {
                Some(text) => row.unreadable.insert(property, text.to_owned()),
                None => row.unreadable.remove(&property),
            };
            tables.trigger(key, true, now);
        });
    }

    /// Opens a transaction of the app that holds a row, or ends it.
    pub(crate) fn app_locks(&self, key: &RowKey, locks: bool) {
        self.with(|tables| match locks {
            true => tables.locked.insert(key.clone()),
            false => tables.locked.remove(key),
        });
    }

    pub(crate) fn is_referred(&self, key: &RowKey) -> bool {
        self.with(|tables| tables.referred.contains(key))
    }

    /// Whether a UNIQUE key would refuse these values, of a row or of a new one.
    pub(crate) fn refuses(&self, key: Option<&RowKey>, contact: &Contact) -> bool {
        self.with(|tables| {
            tables.schema.unique.iter().any(|property| {
                let folded = |contact: &Contact| contact.text(*property).map(str::to_lowercase);
                let mine = folded(contact);
                let mut others = tables.rows.iter().filter(|(other, _)| Some(*other) != key);
                mine.is_some() && others.any(|(_, row)| folded(&row.contact) == mine)
            })
        })
    }

    /// Another table begins, or ceases, to refer to a row.
    pub(crate) fn app_refers(&self, key: &RowKey, refers: bool) {
        self.with(|tables| match refers {
            true => tables.referred.insert(key.clone()),
            false => tables.referred.remove(key),
        });
    }

    /// The mapped values of a row.
    pub(crate) fn contact(&self, key: &RowKey) -> Option<Contact> {
        self.with(|tables| {
            let row = tables.rows.get(key)?;
            Some(row.contact.only(&tables.schema.mapped))
        })
    }

    pub(crate) fn rows(&self) -> BTreeMap<RowKey, AppRow> {
        self.with(|tables| tables.rows.clone())
    }

    pub(crate) fn links(&self) -> BTreeMap<LinkId, StoredLink> {
        self.with(|tables| tables.links.clone())
    }

    pub(crate) fn link_of(&self, key: &RowKey) -> Option<StoredLink> {
        self.with(|tables| {
            let id = tables.link_by_key(key)?;
            tables.links.get(&id).cloned()
        })
    }
}

pub(crate) fn all_of(contact: &Contact) -> Changes {
    contact
        .iter()
        .map(|(property, value)| (property, Some(value.clone())))
        .collect()
}

impl Tables {
    fn trigger(&mut self, key: &RowKey, concerns_scope: bool, now: Moment) {
        if self.schema.triggers && concerns_scope {
            self.note(key, now);
        }
    }

    pub(crate) fn app_updates(&mut self, key: &RowKey, changes: &Changes, now: Moment) {
        self.app_updates_unnoticed(key, changes, now);
        let in_scope = self.rows[key].in_scope;
        self.trigger(key, in_scope, now);
    }

    pub(crate) fn app_deletes(&mut self, key: &RowKey, now: Moment) {
        let row = self.rows.remove(key).expect("a row to delete");
        self.trigger(key, row.in_scope, now);
    }

    pub(crate) fn app_scopes(&mut self, key: &RowKey, in_scope: bool, now: Moment) {
        let row = self.rows.get_mut(key).expect("a row to move");
        let either = row.in_scope || in_scope;
        row.in_scope = in_scope;
        self.trigger(key, either, now);
    }

    pub(crate) fn app_updates_unnoticed(&mut self, key: &RowKey, changes: &Changes, now: Moment) {
        let mut row = self.rows.get(key).cloned().expect("a row to change");
        self.write(&mut row, changes);
        row.modified = Some(now);
        self.rows.insert(key.clone(), row);
    }

    /// Writes values as the database takes them.
    pub(crate) fn write(&self, row: &mut AppRow, changes: &Changes) {
        for (property, value) in changes.iter() {
            let value = value.and_then(|value| (self.schema.normalise)(property, value));
            if let Some(Value::Picture(picture)) = &value {
                assert!(picture.bytes().is_some(), "a picture without its bytes");
            }
            row.contact.set(property, value);
            row.unreadable.remove(&property);
        }
    }
}
