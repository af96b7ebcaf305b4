//! What the engine cannot know, so that no promise is broken whichever way it ends.

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;

use crate::ledger::Ledger;
use crate::memory_store::StoredLink;
use crate::outlook::Outlook;

use super::action::Play;
use super::edits::FIELDS;

impl<R: Outlook> Play<R> {
    /// Whether the app has deleted a contact without its link having ended: a mere move back is then no edit that outlives it.
    pub(super) fn is_deletion_pending(&self, contact: &Contact) -> bool {
        let rows = self.world.database.rows();
        // A copy, or one under another name, is still known by what it shares.
        let words: Vec<&str> = contact
            .iter()
            .filter_map(|(property, _)| contact.text(property))
            .collect();
        let mut links = self.world.database.links().into_values();
        links.any(|link| {
            let shared = words.iter().any(|word| link.base.contains(word));
            shared && !rows.contains_key(&link.key)
        })
    }

    /// The link of an item; of one that no link knows, those whose items are not there: one of them may be it under another id.
    pub(super) fn links_of(&self, item: &ItemId) -> Vec<StoredLink> {
        let links = self.world.database.links();
        let known = |link: &StoredLink| link.item.as_ref() == Some(item);
        if let Some(link) = links.values().find(|link| known(link)) {
            return vec![link.clone()];
        }
        let lost = |link: &StoredLink| {
            let id = link.item.as_ref();
            id.is_some_and(|id| self.world.remote.contact(id).is_none())
        };
        links.into_values().filter(lost).collect()
    }

    /// Whether the row of an item has an edit that is not delivered yet, which outlives a deletion of the item.
    pub(super) fn row_is_ahead(&self, item: &ItemId) -> bool {
        let mut links = self.links_of(item).into_iter();
        links.any(|link| {
            let base = Base::decode(&link.base).unwrap_or_default();
            let row = self.world.database.contact(&link.key);
            row.is_some_and(|row| !base.row_changes(&row, &FIELDS).is_empty())
        })
    }

    /// Whether we do not know yet that an item of ours was made, or do not sync it: then its deletion tells nothing.
    pub(super) fn is_unconfirmed(&self, item: &ItemId) -> bool {
        let stamp = self.world.remote.stamp(item);
        let own = self.links_of(item);
        let mut links = self.world.database.links().into_values();
        // Nor do we know of an update whose answer was lost; its fourth field tells.
        let unsettled = |base: &str| base.lines().any(|line| line.split('\t').count() == 4);
        if own.iter().any(|link| unsettled(&link.base)) {
            return true;
        }
        links.any(|link| {
            let tried = link.attempts.iter().map(|(stamp, _)| stamp);
            let ours = tried
                .chain(&link.failed)
                .any(|tried| Some(tried) == stamp.as_ref());
            link.state == LinkState::Creating && ours
        })
    }

    /// What comes back may have been made anew meanwhile, or be about to be: then there are two on purpose.
    pub(super) fn expect_twins(&self, back: &Contact) {
        let mut ledger = self.ledger.lock().unwrap();
        let items = self.world.remote.contacts().into_iter();
        let rows = self.world.database.rows().into_iter();
        let links = self.world.database.links();
        let linked = |key: &RowKey| links.values().any(|link| link.key == *key);
        let changed = rows
            .filter(|(key, row)| row.contact != *back || !linked(key))
            .map(|(_, row)| row.contact);
        for other in items.map(|(_, item)| item).chain(changed) {
            if Ledger::share(back, &other) {
                ledger.copied(back);
                ledger.copied(&other);
            }
        }
    }
}
