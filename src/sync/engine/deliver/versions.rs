//! Servers that never look at an item's version. With them a stale write would overwrite what somebody else wrote.
//!
//! Which kind a server is, is found out once for each pair: what was just written is written again under the version before. A
//! server that looks refuses that; one that does not has written the same values once more. Until that is known, and from then
//! on with a server that does not look, every item is read before it is changed.

use super::{Desk, Writing};
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::ports::{Fetched, Look, Update};

impl Desk<'_, '_> {
    /// Leaves out the items that are no longer as we know them: they are taken over first. Where the server looks at versions itself,
    /// it is left to do so.
    pub(super) fn compare_versions(
        &mut self,
        updates: Vec<Writing>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<Vec<Writing>, SyncError> {
        if self.engine.book.checks_versions == Some(true) || updates.is_empty() {
            return Ok(updates);
        }
        let ids: Vec<ItemId> = updates
            .iter()
            .map(|writing| writing.update.id.clone())
            .collect();
        let mut current = Vec::with_capacity(updates.len());
        for (writing, seen) in updates.into_iter().zip(self.fetch_without_pictures(&ids)?) {
            match seen {
                Fetched::Item(item) if item.change_key == writing.update.change_key => {
                    current.push(writing);
                }
                Fetched::Item(_) | Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_) => {
                    refreshes.push((writing.job, writing.look, writing.update.id));
                }
            }
        }
        Ok(current)
    }

    /// Finds out whether the server looks at versions, with an update that it has just carried out.
    pub(super) fn try_stale_version(&mut self, written: &Update) -> Result<(), SyncError> {
        let again = std::slice::from_ref(written);
        let folder = self.folder;
        let answer = match self.engine.ask(|remote| remote.update(folder, again)) {
            Ok(answers) => answers.into_iter().next(),
            Err(SyncError::Remote(error)) => Some(Err(error)),
            Err(error) => return Err(error),
        };
        let checks = match answer {
            Some(Ok(_)) => false,
            Some(Err(error)) if error.class == RemoteClass::Conflict => true,
            // It says nothing about versions; the next update tries again.
            Some(Err(_)) | None => return Ok(()),
        };
        self.engine.book.checks_versions = Some(checks);
        self.engine.store.note_version_check(checks)?;
        Ok(())
    }
}
