//! GetItem (EWS reference, section 2.2).

use super::item_error::ItemError;
use super::item_view::{self, Mode};
use super::shape::{self, Shape};
use super::{Context, batch};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let store = context.read();
    let shape = body.child("ItemShape").map(shape::read).transpose();
    batch::run(
        context,
        body.grandchildren("ItemIds"),
        "GetItem",
        "<m:Items/>",
        out,
        |id, out| {
            let Some(shape) = shape.as_ref().map_err(Clone::clone)? else {
                return Err(ItemError::new("ErrorInvalidRequest"));
            };
            let item = store.item_by_id(id.attribute("Id").unwrap_or_default())?;
            suits(shape)?;
            out.push_str("<m:Items>");
            item_view::write_item(out, &store, item, shape, Mode::Get);
            out.push_str("</m:Items>");
            Ok(())
        },
    );
}

/// A path that does not belong to the item's type is an error of that item
/// (EWS reference, section 2.0); MIME does not exist for contacts (section 2.2).
fn suits(shape: &Shape) -> Result<(), ItemError> {
    if shape.mime {
        return Err(ItemError::new("ErrorUnsupportedMimeConversion"));
    }
    match shape.foreign_paths.first() {
        Some(path) => Err(ItemError::about("ErrorInvalidPropertyRequest", path)),
        None => Ok(()),
    }
}
