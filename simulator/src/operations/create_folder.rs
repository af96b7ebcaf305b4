//! CreateFolder (EWS reference, section 2.7).

use super::item_error::ItemError;
use super::{Context, batch, folder_ids, folder_view};
use crate::soap::write;
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    let parent =
        folder_ids::target(context, &store, body.child("ParentFolderId")).map_err(|error| {
            let gone = matches!(
                error.code.as_str(),
                "ErrorItemNotFound" | "ErrorFolderNotFound"
            );
            if gone {
                ItemError::new("ErrorParentFolderNotFound")
            } else {
                error
            }
        });
    batch::run(
        context,
        body.grandchildren("Folders"),
        "CreateFolder",
        "<m:Folders/>",
        out,
        |wanted, out| {
            let parent = parent.clone()?;
            let name = wanted.child_text("DisplayName").unwrap_or_default().trim();
            if name.is_empty() {
                return Err(ItemError::new("ErrorFolderSavePropertyError"));
            }
            let class = match (wanted.name.as_str(), wanted.child_text("FolderClass")) {
                ("Folder", Some(class)) => class,
                ("Folder", None) => "IPF.Note",
                (_, Some(_)) => return Err(ItemError::new("ErrorNoFolderClassOverride")),
                (_, None) => "IPF.Contact",
            };
            if store.child(parent, name).is_some() {
                return Err(ItemError::new("ErrorFolderExists"));
            }
            let made = store.create_folder(parent, class, name);
            let Some(folder) = made.and_then(|number| store.folder(number)) else {
                return Err(ItemError::new("ErrorParentFolderNotFound"));
            };
            context.count_write();
            let element = folder_view::element_of(folder);
            out.push_str("<m:Folders>");
            write::open(out, element);
            folder_view::write_id(out, &store, folder);
            write::close(out, element);
            out.push_str("</m:Folders>");
            Ok(())
        },
    );
}
