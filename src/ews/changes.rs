//! The entries of a page of SyncFolderItems, as the port tells them.

use super::wire::{self, ChangeKind};
use crate::sync::ids::{ChangeKey, ItemId};
use crate::sync::ports::Change;

/// What an entry says; nothing where only a mark was read.
pub(super) fn change_of(change: wire::ItemChange) -> Option<Change> {
    let id = ItemId::new(&change.item_id.id);
    Some(match change.kind {
        ChangeKind::ReadFlagChange => return None,
        ChangeKind::Delete => Change::Gone(id),
        ChangeKind::Create | ChangeKind::Update if change.is_contact => {
            let change_key = change.item_id.change_key.unwrap_or_default();
            Change::Present(id, ChangeKey::new(change_key))
        }
        ChangeKind::Create | ChangeKind::Update => Change::Foreign(id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::ports::distinct;

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
        let page = vec![
            change(ChangeKind::Create, "a", true),
            change(ChangeKind::Create, "A", true),
            change(ChangeKind::Create, "list", false),
            change(ChangeKind::Update, "a", true),
            change(ChangeKind::Delete, "b", false),
            change(ChangeKind::ReadFlagChange, "a", false),
            change(ChangeKind::Create, "b", true),
        ];
        let page = distinct(page.into_iter().filter_map(change_of));
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
