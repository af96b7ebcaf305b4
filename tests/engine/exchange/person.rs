//! The folder of the simulator as histories see it.

use std::sync::MutexGuard;

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, Stamp};

use super::door::Lying;
use super::{Exchange, State};
use crate::outlook::Outlook;

impl Exchange {
    fn lying(&self, _: &MutexGuard<'_, State>, id: &ItemId) -> Option<Lying> {
        let mut items = self.door.items("contacts").into_iter();
        items.find(|item| item.id == *id)
    }

    /// What a person does to an item that is still as he saw it: gives whether it is.
    fn as_seen(&self, id: &ItemId, seen: &Contact, work: impl FnOnce(&str)) -> bool {
        let state = self.state();
        let item = self.lying(&state, id);
        let item = item.filter(|item| item.contact == *seen);
        if let Some(item) = &item {
            work(&item.own_id);
        }
        item.is_some()
    }

    /// In this world every edit may give the item another id.
    fn write(&self, id: &str, changes: &Changes) {
        let renewed = self.renews_ids().then(|| self.door.renew(id));
        self.door.write(renewed.as_deref().unwrap_or(id), changes);
    }
}

impl Outlook for Exchange {
    fn contacts(&self) -> Vec<(ItemId, Contact)> {
        let _state = self.state();
        let items = self.door.items("contacts").into_iter();
        items
            .filter(|item| !item.foreign)
            .map(|item| (item.id, item.contact))
            .collect()
    }

    fn elsewhere(&self) -> Vec<Contact> {
        let _state = self.state();
        let items = self.door.items("deleteditems").into_iter();
        items.map(|item| item.contact).collect()
    }

    fn creates(&self, contact: &Contact) {
        let _state = self.state();
        self.door.create(contact);
    }

    fn edits(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool {
        self.as_seen(id, seen, |id| self.write(id, changes))
    }

    fn deletes(&self, id: &ItemId, seen: &Contact) -> bool {
        self.as_seen(id, seen, |id| self.door.delete(id))
    }

    fn copies(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool {
        self.as_seen(id, seen, |id| {
            let copy = self.door.copy(id);
            self.door.write(&copy, changes);
        })
    }

    fn touches(&self, id: &ItemId, seen: &Contact) -> bool {
        self.as_seen(id, seen, |id| self.door.touch(id))
    }

    fn makes_list(&self) {
        let _state = self.state();
        self.door.make_list();
    }

    fn moves_back(&self, place: usize) {
        let _state = self.state();
        let item = &self.door.items("deleteditems")[place];
        self.door.move_back(&item.own_id);
    }

    fn stamp(&self, id: &ItemId) -> Option<Stamp> {
        let state = self.state();
        self.lying(&state, id)?.stamp
    }

    fn renews_ids(&self) -> bool {
        self.habits.edits_renew_ids
    }

    fn kept(&self, _: Property, value: &Value) -> Option<Value> {
        Some(value.clone())
    }

    fn noise(&self) -> [u64; 2] {
        let state = self.state();
        [state.written, state.fetched]
    }

    fn deleted_unseen(&self) -> Vec<Contact> {
        self.state().deleted_unseen.clone()
    }

    fn unnoticed_restart(&self) -> Option<Vec<Contact>> {
        self.state().unnoticed.clone()
    }
}
