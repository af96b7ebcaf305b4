//! DeleteAttachment (EWS reference, section 2.8).

use super::item_error::ItemError;
use super::{Context, attachment_view, batch};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    batch::run(
        context,
        body.grandchildren("AttachmentIds"),
        "DeleteAttachment",
        "",
        out,
        |id, out| {
            let (item, attachment) = attachment_view::find(&store, id)?;
            let (number, gone) = (item.number, attachment.number);
            let left = store.detach(number, |found| found.number == gone, context.user);
            let Some(item) = left else {
                return Err(ItemError::new("ErrorItemNotFound"));
            };
            context.count_write();
            out.push_str("<m:RootItemId");
            attachment_view::write_root(out, &store, &item);
            out.push_str("/>");
            Ok(())
        },
    );
}
