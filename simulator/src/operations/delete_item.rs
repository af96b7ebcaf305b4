//! DeleteItem (EWS reference, section 2.5).

use super::item_error::ItemError;
use super::{Context, batch};
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::item::Item;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    let kind = body.attribute("DeleteType").unwrap_or_default();
    batch::run(
        context,
        body.grandchildren("ItemIds"),
        "DeleteItem",
        "",
        out,
        |id, _| {
            let item = store
                .item_by_id(id.attribute("Id").unwrap_or_default())
                .map_err(|error| {
                    let mut error = ItemError::from(error);
                    if error.code == "ErrorItemNotFound" {
                        // As recorded for DeleteItem.
                        error
                            .text
                            .push_str(", The process failed to get the correct properties.");
                    }
                    error
                })?;
            let item = Item::clone(item);
            let folder = store.folder(item.folder);
            // There is no folder of deleted items to move them to.
            if kind == "MoveToDeletedItems" && folder.is_some_and(|folder| store.is_public(folder))
            {
                return Err(ItemError::new("ErrorCannotDeleteObject"));
            }
            delete(&mut store, &item, kind);
            context.count_write();
            Ok(())
        },
    );
}

/// Deletes an item the way DeleteType says. What is in Deleted Items already goes on to the
/// recoverable items.
pub fn delete(store: &mut Store, item: &Item, kind: &str) {
    let Some(folder) = store.folder(item.folder) else {
        return;
    };
    let (mailbox, place) = (folder.mailbox, folder.distinguished);
    let target = match (kind, place) {
        ("MoveToDeletedItems", place) if place != Some("deleteditems") => "deleteditems",
        ("MoveToDeletedItems" | "SoftDelete", place)
            if place != Some("recoverableitemsdeletions") =>
        {
            "recoverableitemsdeletions"
        }
        _ => "",
    };
    match store.distinguished(mailbox, target) {
        Some(target) => store.move_item(item.number, target),
        None => store.remove(item.number),
    };
}
