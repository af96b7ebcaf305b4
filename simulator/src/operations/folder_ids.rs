//! Finding the folder that a request names (EWS reference, section 2.0).

use super::Context;
use super::item_error::ItemError;
use crate::soap::xml::Element;
use crate::store::folder::FolderNo;
use crate::store::mailbox::PUBLIC_ROOT;
use crate::store::{IdError, Store};

/// Resolves t:FolderId or t:DistinguishedFolderId. Without t:Mailbox a distinguished folder is the
/// caller's own.
pub fn resolve(context: &Context<'_>, store: &Store, id: &Element) -> Result<FolderNo, ItemError> {
    let text = id.attribute("Id").unwrap_or_default();
    if id.name == "FolderId" {
        return match store.folder_by_id(text) {
            Ok(folder) => Ok(folder.number),
            Err(IdError::NotFound) => Err(ItemError::new("ErrorItemNotFound")),
            Err(error) => Err(error.into()),
        };
    }
    let mailbox = match id
        .child("Mailbox")
        .and_then(|mailbox| mailbox.child_text("EmailAddress"))
    {
        // Public folders belong to no mailbox.
        Some(_) if text == PUBLIC_ROOT => return Err(ItemError::new("ErrorFolderNotFound")),
        Some(address) => store
            .mailbox(address.trim())
            .ok_or_else(|| ItemError::new("ErrorNonExistentMailbox"))?,
        None => context.mailbox,
    };
    store
        .distinguished(mailbox, text)
        .ok_or_else(|| ItemError::new("ErrorFolderNotFound"))
}

/// Resolves the one folder inside m:SyncFolderId, m:ToFolderId and the like.
pub fn target(
    context: &Context<'_>,
    store: &Store,
    element: Option<&Element>,
) -> Result<FolderNo, ItemError> {
    match element.and_then(|element| element.children.first()) {
        Some(id) => resolve(context, store, id),
        None => Err(ItemError::new("ErrorFolderNotFound")),
    }
}
