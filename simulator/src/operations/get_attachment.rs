//! GetAttachment (EWS reference, section 2.8).

use super::{Context, attachment_view, batch};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let store = context.read();
    batch::run(
        context,
        body.grandchildren("AttachmentIds"),
        "GetAttachment",
        "<m:Attachments/>",
        out,
        |id, out| {
            let (item, attachment) = attachment_view::find(&store, id)?;
            out.push_str("<m:Attachments>");
            attachment_view::write_content(out, &store, item, attachment);
            out.push_str("</m:Attachments>");
            Ok(())
        },
    );
}
