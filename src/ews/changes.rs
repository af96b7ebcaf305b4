//! The entries of a page of SyncFolderItems, as the port tells them.

use std::collections::HashMap;

use super::wire::{self, ChangeKind};
use crate::sync::ids::{ChangeKey, ItemId};
use crate::sync::ports::Change;

/// The entries of a page, each id once: a later entry replaces an earlier one of the same id.
pub(super) fn distinct(changes: Vec<wire::ItemChange>) -> Vec<Change> {
    let mut distinct: Vec<Change> = Vec::with_capacity(changes.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(changes.len());
    for change in changes {
        let id = ItemId::new(&change.item_id.id);
        let entry = match change.kind {
            ChangeKind::ReadFlagChange => continue,
            ChangeKind::Delete => Change::Gone(id),
            ChangeKind::Create | ChangeKind::Update if change.is_contact => {
                let change_key = change.item_id.change_key.unwrap_or_default();
                Change::Present(id, ChangeKey::new(change_key))
            }
            ChangeKind::Create | ChangeKind::Update => Change::Foreign(id),
        };
        let place = *places.entry(change.item_id.id).or_insert(distinct.len());
        match distinct.get_mut(place) {
            Some(earlier) => *earlier = entry,
            None => distinct.push(entry),
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_entries_of_one_id_the_last_counts() {
        let change = |kind, id: &str, is_contact| wire::ItemChange {
            kind,
            item_id: wire::ItemId {
                id: id.to_owned(),
                change_key: Some(format!("{id}{kind:?}")),
            },
            is_contact,
            parent_folder_id: None,
        };
        let page = distinct(vec![
            change(ChangeKind::Create, "a", true),
            change(ChangeKind::Create, "A", true),
            change(ChangeKind::Create, "list", false),
            change(ChangeKind::Update, "a", true),
            change(ChangeKind::Delete, "b", false),
            change(ChangeKind::ReadFlagChange, "a", false),
            change(ChangeKind::Create, "b", true),
        ]);
        let present = |id: &str, key: &str| Change::Present(ItemId::new(id), ChangeKey::new(key));
        assert_eq!(
            page,
            [
                present("a", "aUpdate"),
                present("A", "ACreate"),
                Change::Foreign(ItemId::new("list")),
                present("b", "bCreate"),
            ]
        );
    }
}
