//! MoveItem and CopyItem (EWS reference, section 4: a move makes a new id, a copy carries
//! extended properties too).

use super::create_item::write_id;
use super::item_error::ItemError;
use super::{Context, batch, folder_ids};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, operation: &str, out: &mut String) {
    let mut store = context.write();
    let target = folder_ids::target(context, &store, body.child("ToFolderId")).map_err(|error| {
        if error.code == "ErrorItemNotFound" {
            ItemError::new("ErrorToFolderNotFound")
        } else {
            error
        }
    });
    let answer_ids = !matches!(body.child_text("ReturnNewItemIds"), Some("false" | "0"));
    batch::run(
        context,
        body.grandchildren("ItemIds"),
        operation,
        "<m:Items/>",
        out,
        |id, out| {
            let folder = target.clone()?;
            let number = store
                .item_by_id(id.attribute("Id").unwrap_or_default())?
                .number;
            let done = match operation {
                "MoveItem" => store.move_item(number, folder),
                _ => store.copy_item(number, folder),
            };
            let Some(item) = done else {
                return Err(ItemError::new("ErrorItemNotFound"));
            };
            context.count_write();
            if answer_ids {
                write_id(out, &store, &item);
            } else {
                out.push_str("<m:Items/>");
            }
            Ok(())
        },
    );
}
