//! What could not be looked at may be gone, and back under an id that nobody knows.

use std::collections::HashSet;

use super::Engine;
use super::settle::PAGE;
use crate::sync::error::SyncError;
use crate::sync::ids::{ItemId, RowKey};
use crate::sync::matching::{MatchKey, match_keys};
use crate::sync::ports::{Parked, RowSeen};

/// An item that Exchange has refused to give more often than this, over about half an hour, is believed to be there.
pub(super) const BELIEVED: u32 = 4;

impl Engine<'_> {
    /// Waiting items that may be one that could not be looked at, and may be gone: they are not taken for new before that is known.
    pub(super) fn perhaps_missing(&mut self) -> Result<Vec<ItemId>, SyncError> {
        let mut keys = HashSet::new();
        for rows in self.unlooked.clone().chunks(PAGE) {
            self.add_match_keys(rows, &mut keys)?;
        }
        let mut after = 0;
        loop {
            let refused = self.store.refused(BELIEVED, after, PAGE)?;
            let Some(last) = refused.last() else {
                break;
            };
            after = last.id;
            let rows: Vec<RowKey> = refused.into_iter().filter_map(|held| held.key).collect();
            self.add_match_keys(&rows, &mut keys)?;
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let parked = self.store.parked(after.as_ref(), PAGE)?;
            let Some(last) = parked.last() else {
                return Ok(found);
            };
            after = Some(last.item.clone());
            let shares = |parked: &Parked| parked.keys.iter().any(|key| keys.contains(key));
            found.extend(parked.into_iter().filter(shares).map(|parked| parked.item));
        }
    }

    /// The keys by which the items of these rows are known, as the rows are and as the items were.
    fn add_match_keys(
        &mut self,
        rows: &[RowKey],
        keys: &mut HashSet<MatchKey>,
    ) -> Result<(), SyncError> {
        for look in self.store.look(rows)? {
            let before = look.link.iter();
            keys.extend(before.flat_map(|link| match_keys(&link.base.item())));
            if let RowSeen::Present(row) = &look.row {
                keys.extend(match_keys(&row.contact));
            }
        }
        Ok(())
    }
}
