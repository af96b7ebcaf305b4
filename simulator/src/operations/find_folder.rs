//! FindFolder (EWS reference, section 2.7).

use super::item_error::ItemError;
use super::{Context, batch, folder_ids, folder_view, restriction};
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::folder::{Folder, FolderNo};

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let store = context.read();
    let deep = body.attribute("Traversal") == Some("Deep");
    let view = body.child("IndexedPageFolderView");
    let shape = body
        .child("FolderShape")
        .map(folder_view::read_shape)
        .transpose();
    batch::run(
        context,
        body.grandchildren("ParentFolderIds"),
        "FindFolder",
        "",
        out,
        |id, out| {
            let Some(shape) = shape.as_ref().map_err(Clone::clone)? else {
                return Err(ItemError::new("ErrorInvalidRequest"));
            };
            let parent = folder_ids::resolve(context, &store, id)?;
            let mut found = Vec::new();
            collect(&store, parent, deep, &mut found);
            if let Some(expression) = body.grandchildren("Restriction").first() {
                let wanted = restriction::read(expression, &store.registry)?;
                found.retain(|folder| wanted.matches_folder(folder));
            }
            let page = super::find_item::Page::read(view, found.len());
            out.push_str("<m:RootFolder");
            page.write(out);
            out.push_str("><t:Folders>");
            for folder in found.into_iter().skip(page.start).take(page.length) {
                folder_view::write_folder(out, &store, folder, shape);
            }
            out.push_str("</t:Folders></m:RootFolder>");
            Ok(())
        },
    );
}

fn collect<'a>(store: &'a Store, parent: FolderNo, deep: bool, found: &mut Vec<&'a Folder>) {
    for folder in store.children(parent) {
        found.push(folder);
        if deep {
            collect(store, folder.number, deep, found);
        }
    }
}
