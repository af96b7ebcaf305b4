//! GetFolder (EWS reference, section 2.7).

use super::{Context, batch, folder_ids, folder_view};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let store = context.read();
    let shape = body
        .child("FolderShape")
        .map(folder_view::read_shape)
        .transpose();
    batch::run(
        context,
        body.grandchildren("FolderIds"),
        "GetFolder",
        "<m:Folders/>",
        out,
        |id, out| {
            let shape = shape.as_ref().map_err(Clone::clone)?;
            let folder = folder_ids::resolve(context, &store, id)?;
            if let (Some(shape), Some(folder)) = (shape, store.folder(folder)) {
                out.push_str("<m:Folders>");
                folder_view::write_folder(out, &store, folder, shape);
                out.push_str("</m:Folders>");
            }
            Ok(())
        },
    );
}
