//! Showing attachments (EWS reference, sections 2.2 and 2.8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::item_error::ItemError;
use crate::clock;
use crate::soap::write;
use crate::soap::xml::Element;
use crate::store::attachment::Attachment;
use crate::store::item::Item;
use crate::store::{IdError, Store};

/// The attachment of an id. What is no attachment's id of this server is invalid; what was one
/// leads to nothing.
pub fn find<'a>(store: &'a Store, id: &Element) -> Result<(&'a Item, &'a Attachment), ItemError> {
    match store.attachment_by_id(id.attribute("Id").unwrap_or_default()) {
        Ok((item, attachment)) => Ok((item, attachment)),
        Err(IdError::NotFound) => Err(ItemError::new("ErrorItemNotFound")),
        Err(_) => Err(ItemError::new("ErrorInvalidAttachmentId")),
    }
}

/// Appends t:Attachments as GetItem shows it, everything but the content; nothing without
/// attachments.
pub fn write_list(out: &mut String, store: &Store, item: &Item) {
    if item.attachments.is_empty() {
        return;
    }
    write::open(out, "Attachments");
    for attachment in &item.attachments {
        write::open(out, "FileAttachment");
        write_id(out, store, item, attachment.number);
        write_names(out, attachment);
        write::element(out, "Size", &attachment.size().to_string());
        write::element(out, "LastModifiedTime", &clock::format(attachment.modified));
        write::element(out, "IsInline", word(attachment.inline));
        write::element(out, "IsContactPhoto", word(attachment.photo));
        write::close(out, "FileAttachment");
    }
    write::close(out, "Attachments");
}

/// Appends an attachment as GetAttachment shows it.
pub fn write_content(out: &mut String, store: &Store, item: &Item, attachment: &Attachment) {
    write::open(out, "FileAttachment");
    write_id(out, store, item, attachment.number);
    write_names(out, attachment);
    write::element(out, "Content", &STANDARD.encode(&attachment.content));
    write::close(out, "FileAttachment");
}

fn write_names(out: &mut String, attachment: &Attachment) {
    write::element(out, "Name", &attachment.name);
    for (name, text) in [
        ("ContentType", &attachment.content_type),
        ("ContentId", &attachment.content_id),
        ("ContentLocation", &attachment.location),
    ] {
        if !text.is_empty() {
            write::element(out, name, text);
        }
    }
}

fn write_id(out: &mut String, store: &Store, item: &Item, attachment: u64) {
    out.push_str("<t:AttachmentId Id=\"");
    out.push_str(&store.attachment_id(item, attachment));
    out.push_str("\"/>");
}

/// Appends t:Attachments with nothing but ids; nothing without attachments.
pub fn write_ids(out: &mut String, store: &Store, item: &Item) {
    if item.attachments.is_empty() {
        return;
    }
    write::open(out, "Attachments");
    for attachment in &item.attachments {
        write::open(out, "FileAttachment");
        write_id(out, store, item, attachment.number);
        write::close(out, "FileAttachment");
    }
    write::close(out, "Attachments");
}

/// Appends t:AttachmentId with the item's id and new change key, all that CreateAttachment answers.
pub fn write_id_with_root(out: &mut String, store: &Store, item: &Item, attachment: u64) {
    out.push_str("<t:AttachmentId Id=\"");
    out.push_str(&store.attachment_id(item, attachment));
    out.push('"');
    write_root(out, store, item);
    out.push_str("/>");
}

/// Appends the attributes RootItemId and RootItemChangeKey.
pub fn write_root(out: &mut String, store: &Store, item: &Item) {
    let key = store.ids.change_key(item.kind().key_type(), item.key);
    out.push_str(" RootItemId=\"");
    out.push_str(&store.item_id(item));
    out.push_str("\" RootItemChangeKey=\"");
    out.push_str(&key);
    out.push('"');
}

fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
