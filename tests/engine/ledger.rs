//! Who wrote what: nothing of it may be lost, come back from the dead or be there twice.

use std::collections::{BTreeMap, BTreeSet};

use exchange_contact_sync::contact::{Contact, Property, Value};
use exchange_contact_sync::sync::link::LinkState;

use crate::outlook::Outlook;
use crate::world::World;

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

impl Ledger {
    /// A person or the app changed a record from one thing into another.
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
    pub(crate) fn broken_promises(&self, world: &World<impl Outlook>) -> Vec<String> {
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
        let unseen = world.remote.deleted_unseen();
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
                let name = contact.get(Property::GivenName);
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
fn detached(world: &World<impl Outlook>) -> BTreeSet<String> {
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
