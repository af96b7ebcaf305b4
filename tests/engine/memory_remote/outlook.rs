//! The folder in memory as histories see it.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, Moment, Stamp};

use super::MemoryRemote;
use super::server::Server;
use crate::outlook::Outlook;

impl MemoryRemote {
    /// What a person does to an item that is still as he saw it: gives whether it is.
    fn as_seen(&self, id: &ItemId, seen: &Contact, work: impl FnOnce(&mut Server, Moment)) -> bool {
        let now = self.clock.now();
        self.with(|server| {
            let stored = server.items.get(id);
            let same = stored.is_some_and(|stored| stored.contact == *seen);
            if same {
                work(server, now);
            }
            same
        })
    }
}

impl Outlook for MemoryRemote {
    fn contacts(&self) -> Vec<(ItemId, Contact)> {
        Self::contacts(self)
    }

    fn contact(&self, id: &ItemId) -> Option<Contact> {
        Self::contact(self, id)
    }

    fn elsewhere(&self) -> Vec<Contact> {
        self.with(|server| {
            let away = server.elsewhere.iter();
            away.map(|stored| stored.contact.clone()).collect()
        })
    }

    fn creates(&self, contact: &Contact) {
        self.person_creates(contact);
    }

    fn edits(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool {
        self.as_seen(id, seen, |server, now| {
            server.person_edits(id, changes, now);
        })
    }

    fn deletes(&self, id: &ItemId, seen: &Contact) -> bool {
        self.as_seen(id, seen, |server, _| {
            server.remove(id);
        })
    }

    fn copies(&self, id: &ItemId, seen: &Contact, changes: &Changes) -> bool {
        self.as_seen(id, seen, |server, now| {
            let copy = server.person_copies(id, now);
            if !changes.is_empty() {
                server.person_edits(&copy, changes, now);
            }
        })
    }

    fn touches(&self, id: &ItemId, seen: &Contact) -> bool {
        self.as_seen(id, seen, |server, _| server.renew_key(id))
    }

    fn makes_list(&self) {
        self.person_makes_list();
    }

    fn moves_back(&self, place: usize) {
        self.person_moves_back(place);
    }

    fn stamp(&self, id: &ItemId) -> Option<Stamp> {
        self.with(|server| server.items.get(id)?.stamp.clone())
    }

    fn renews_ids(&self) -> bool {
        self.with(|server| server.habits.edits_renew_ids)
    }

    fn kept(&self, property: Property, value: &Value) -> Option<Value> {
        self.with(|server| (server.habits.normalise)(property, value))
    }

    fn noise(&self) -> [u64; 2] {
        self.with(|server| [server.writes, server.fetched])
    }

    fn deleted_unseen(&self) -> Vec<Contact> {
        self.with(|server| server.deleted_unseen.clone())
    }

    fn unnoticed_restart(&self) -> Option<Vec<Contact>> {
        self.with(|server| server.restarts_unnoticed.then(|| server.unknowable.clone()))
    }
}
