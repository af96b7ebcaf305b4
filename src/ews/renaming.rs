//! Before an update changes a part of a name, the names that the item has are read, so that those which follow it can be told from
//! those which somebody chose.

use super::Ews;
use super::map::{contact_of, shape};
use super::naming::{NAMES, following, touches_names};
use super::remote::without_version;
use super::wire::{self, GetItem};
use crate::contact::Changes;
use crate::sync::error::RemoteError;
use crate::sync::ports::Update;

impl Ews {
    /// What each update is to change, with the names that follow; one request if any of them touches a name, else none. Of an item
    /// that cannot be read nothing follows: its update tells why.
    pub(super) fn with_names(&self, updates: &[Update]) -> Result<Vec<Changes>, RemoteError> {
        let touched = |update: &&Update| touches_names(&update.changes);
        let renamed: Vec<&Update> = updates.iter().filter(touched).collect();
        if renamed.is_empty() {
            return Ok(updates
                .iter()
                .map(|update| update.changes.clone())
                .collect());
        }
        let operation = GetItem {
            shape: shape(NAMES),
            item_ids: renamed
                .iter()
                .map(|update| without_version(&update.id))
                .collect(),
        };
        let (entries, _) = self.entries(&operation, renamed.len())?;
        let mut items = entries.into_iter();
        let with_names = updates.iter().map(|update| {
            let mut changes = update.changes.clone();
            if !touched(&update) {
                return changes;
            }
            let item = items.next().and_then(Result::ok);
            if let Some(wire::Item::Contact(item)) = item.and_then(|mut items| items.0.pop()) {
                let more = following(&contact_of(&item, NAMES), &update.changes);
                for (property, value) in more.iter() {
                    changes.insert(property, value.cloned());
                }
            }
            changes
        });
        Ok(with_names.collect())
    }
}
