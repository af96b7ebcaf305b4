//! CreateAttachment (EWS reference, section 2.8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::item_error::ItemError;
use super::update_item::check_key;
use super::{Context, attachment_view, batch};
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::attachment::Attachment;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let mut store = context.write();
    // Each attachment moves the item's change key on; the one in the request is that before all.
    let parent = body
        .child("ParentItemId")
        .ok_or_else(|| ItemError::new("ErrorInvalidIdEmpty"))
        .and_then(|id| parent(context, &store, id));
    batch::run(
        context,
        body.grandchildren("Attachments"),
        "CreateAttachment",
        "<m:Attachments/>",
        out,
        |wanted, out| {
            let number = parent.clone()?;
            let attachment = read(context, wanted)?;
            let Some((item, made)) = store.attach(number, attachment, context.user) else {
                return Err(ItemError::new("ErrorItemNotFound"));
            };
            context.count_write();
            out.push_str("<m:Attachments><t:FileAttachment>");
            attachment_view::write_id_with_root(out, &store, &item, made);
            out.push_str("</t:FileAttachment></m:Attachments>");
            Ok(())
        },
    );
}

/// The item that gets the attachments. A change key may be left out; a stale one is a conflict
/// (EWS reference, sections 2.0 and 5).
fn parent(context: &Context<'_>, store: &Store, id: &Element) -> Result<u64, ItemError> {
    let item = store.item_by_id(id.attribute("Id").unwrap_or_default())?;
    let key = id.attribute("ChangeKey").filter(|key| !key.is_empty());
    if key.is_some() && !context.modes.ignores_change_keys() {
        check_key(store, item, key, "NeverOverwrite")?;
    }
    Ok(item.number)
}

/// Reads t:FileAttachment; items and references are not attached here.
pub(super) fn read(context: &Context<'_>, wanted: &Element) -> Result<Attachment, ItemError> {
    if wanted.name != "FileAttachment" {
        return Err(ItemError::new(
            "ErrorInvalidItemForOperationCreateItemAttachment",
        ));
    }
    let text = |name: &str| wanted.child_text(name).unwrap_or_default().to_owned();
    let flag = |name: &str| matches!(wanted.child_text(name).map(str::trim), Some("true" | "1"));
    let Some(content) = wanted.child_text("Content") else {
        return Err(ItemError::new("ErrorRequiredPropertyMissing"));
    };
    let content: String = content.split_ascii_whitespace().collect();
    let content = STANDARD
        .decode(content)
        .map_err(|_| ItemError::new("ErrorInvalidRequest"))?;
    if content.len() > context.modes.attachment_limit() {
        return Err(ItemError::new("ErrorAttachmentSizeLimitExceeded"));
    }
    Ok(Attachment {
        number: 0,
        name: text("Name"),
        content_type: text("ContentType"),
        content_id: text("ContentId"),
        location: text("ContentLocation"),
        inline: flag("IsInline"),
        photo: flag("IsContactPhoto"),
        modified: 0,
        content,
    })
}
