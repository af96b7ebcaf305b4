//! FindItem, page by page to its end.

use super::Ews;
use super::remote::by_id;
use super::transport::Answered;
use super::wire::{self, FindItem, IsEqualTo};
use crate::sync::error::RemoteError;
use crate::sync::ids::FolderId;

/// The most items of one page; the server may give fewer, and does when its budget is used up.
const PAGE: u32 = 1_000;

impl Ews {
    /// All items of a folder that meet any of the conditions, by their ids alone; all of them without a condition. With
    /// them come the circumstances of the last answer.
    ///
    /// A search that does not come to its end has found nothing out: what it has not seen may be there.
    pub(super) fn find_all(
        &self,
        folder: &FolderId,
        any_of: &[IsEqualTo],
    ) -> Result<(Vec<wire::Item>, Answered), RemoteError> {
        let mut operation = FindItem {
            parent: by_id(folder),
            any_of: any_of.to_vec(),
            offset: 0,
            max_entries: PAGE,
        };
        let mut all = Vec::new();
        loop {
            let (page, answered) = self.on_folder(&operation, folder.as_str())?;
            let read = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
            all.extend(page.items);
            if page.includes_last {
                return Ok((all, answered));
            }
            let next = page
                .next_offset
                .unwrap_or(operation.offset.saturating_add(read));
            if next <= operation.offset {
                return Err(answered.incomplete("where the next page of a search begins"));
            }
            operation.offset = next;
        }
    }
}
