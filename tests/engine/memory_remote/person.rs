//! A person who works in Outlook.

use exchange_contact_sync::contact::{Changes, Contact};
use exchange_contact_sync::sync::ids::{ItemId, Moment};

use super::MemoryRemote;
use super::server::Server;

impl Server {
    pub(crate) fn person_edits(&mut self, id: &ItemId, changes: &Changes, now: Moment) -> ItemId {
        assert!(self.items.contains_key(id), "{id} is not there");
        self.change(id, changes, now);
        if !self.habits.edits_renew_ids {
            return id.clone();
        }
        let stored = self.items.remove(id).unwrap();
        self.put(stored, now)
    }

    pub(crate) fn person_copies(&mut self, id: &ItemId, now: Moment) -> ItemId {
        let stored = self.items[id].clone();
        self.put(stored, now)
    }
}

impl MemoryRemote {
    pub(crate) fn person_creates(&self, contact: &Contact) -> ItemId {
        let now = self.clock.now();
        self.with(|server| server.insert(contact, None, now))
    }

    /// Sets and clears values; gives the item's id, which is a new one where edits renew ids.
    pub(crate) fn person_edits(&self, id: &ItemId, changes: &Changes) -> ItemId {
        let now = self.clock.now();
        self.with(|server| server.person_edits(id, changes, now))
    }

    pub(crate) fn person_deletes(&self, id: &ItemId) {
        self.with(|server| assert!(server.remove(id), "{id} is not there"));
    }

    /// Moves what was last deleted or moved away back into the folder.
    pub(crate) fn person_moves_back(&self, elsewhere: usize) -> ItemId {
        let now = self.clock.now();
        self.with(|server| {
            let stored = server.elsewhere.remove(elsewhere);
            server.put(stored, now)
        })
    }

    /// Copies an item within the folder: the copy bears its stamp.
    pub(crate) fn person_copies(&self, id: &ItemId) -> ItemId {
        let now = self.clock.now();
        self.with(|server| server.person_copies(id, now))
    }

    /// A client or the server itself renews the change key without a change of content.
    pub(crate) fn person_touches(&self, id: &ItemId) {
        self.with(|server| server.renew_key(id));
    }

    /// The mailbox is now served by another kind of server.
    pub(crate) fn moves_to(&self, kind: &'static str) {
        self.with(|server| server.moves_to(kind));
    }

    /// Puts a distribution list into the folder.
    pub(crate) fn person_makes_list(&self) -> ItemId {
        let id = self.person_creates(&Contact::new());
        self.with(|server| {
            if let Some(stored) = server.items.get_mut(&id) {
                stored.foreign = true;
            }
        });
        id
    }

    pub(crate) fn contact(&self, id: &ItemId) -> Option<Contact> {
        self.with(|server| server.items.get(id).map(|stored| stored.contact.clone()))
    }

    /// The contacts of the folder with their ids.
    pub(crate) fn contacts(&self) -> Vec<(ItemId, Contact)> {
        self.with(|server| {
            let contacts = server.items.iter().filter(|(_, stored)| !stored.foreign);
            contacts
                .map(|(id, stored)| (id.clone(), stored.contact.clone()))
                .collect()
        })
    }
}
