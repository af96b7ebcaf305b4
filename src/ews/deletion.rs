//! Deleting items, where that is refused by moving them.

use super::entries::Entry;
use super::remote::without_version;
use super::wire::{self, DeleteItem, DeleteType, MoveItem};
use super::{Ews, folder};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::ItemId;

impl Ews {
    /// Moves items to the deleted ones; one that is gone already counts as done.
    pub(super) fn to_deleted_items(&self, ids: &[ItemId]) -> Result<Vec<Entry<()>>, RemoteError> {
        // Public folders have no folder of deleted items; what is deleted there can be recovered for a while.
        let delete_type = match folder::is_public(self.shared.transport.config()) {
            true => DeleteType::SoftDelete,
            false => DeleteType::MoveToDeletedItems,
        };
        let operation = DeleteItem {
            delete_type,
            item_ids: ids.iter().map(without_version).collect(),
        };
        let (mut entries, _) = self.entries(&operation, ids.len())?;
        self.move_refused(ids, &mut entries);
        let done = entries.into_iter().map(|entry| match entry {
            Err(error) if error.class == RemoteClass::Gone => Ok(()),
            other => other,
        });
        Ok(done.collect())
    }

    /// Moves to the deleted items what the server would not delete: in another's mailbox it refuses to delete
    /// into a folder that the account may not see, and moving is the way to do the same.
    fn move_refused(&self, ids: &[ItemId], entries: &mut [Entry<()>]) {
        let refused = |entry: &Entry<()>| {
            let code = entry.as_ref().err().and_then(|error| error.code.as_deref());
            code == Some("ErrorCannotDeleteObject")
        };
        let item_ids: Vec<wire::ItemId> = ids
            .iter()
            .zip(entries.iter())
            .filter(|(_, entry)| refused(entry))
            .map(|(id, _)| without_version(id))
            .collect();
        if item_ids.is_empty() {
            return;
        }
        let count = item_ids.len();
        let config = self.shared.transport.config();
        let operation = MoveItem {
            to_folder: folder::distinguished(config, "deleteditems"),
            item_ids,
        };
        let moved = match self.entries(&operation, count) {
            Ok((moved, _)) => moved,
            Err(error) => vec![Err(error); count],
        };
        let refused = entries.iter_mut().filter(|entry| refused(entry));
        for (entry, moved) in refused.zip(moved) {
            *entry = moved.map(|_| ());
        }
    }
}
