//! Photos and other attachments at the side door, as a person in Outlook handles them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Refusal;
use super::items::{PERSON, gone, identify, named};
use crate::clock;
use crate::store::Store;
use crate::store::attachment::Attachment;
use crate::store::item::Item;

/// Sets the photo, or removes it where the content is null. Outlook leaves one photo only.
pub fn set_photo(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    if sent.get("content").is_some_and(Value::is_null) {
        return remove_photo(store, sent);
    }
    let item = named(store, sent)?;
    let photo = named_as_wanted(Attachment::of_photo(content(sent)?), sent);
    let (item, made) = store
        .replace_photo(item.number, photo, PERSON)
        .ok_or_else(gone)?;
    Ok(identify_attachment(store, &item, made))
}

/// Removes all photos; nothing changes where there is none.
pub fn remove_photo(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    if item.photo().is_none() {
        return Ok(identify(store, &item));
    }
    let item = store
        .detach(item.number, |attachment| attachment.photo, PERSON)
        .ok_or_else(gone)?;
    Ok(identify(store, &item))
}

/// The photo with its content in base64; null where there is none.
pub fn photo(store: &Store, id: &str) -> Result<Value, Refusal> {
    let item = store.item_by_id(id).map_err(|_| gone())?;
    let photo = item.photo().map(|photo| {
        let mut shown = describe(store, item, photo);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("content".to_owned(), json!(STANDARD.encode(&photo.content)));
        }
        shown
    });
    Ok(json!({ "photo": photo }))
}

/// Drops a file on an item.
pub fn add(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    let file = Attachment {
        name: "file.bin".to_owned(),
        content_type: String::new(),
        photo: false,
        ..Attachment::of_photo(content(sent)?)
    };
    let file = named_as_wanted(file, sent);
    let (item, made) = store.attach(item.number, file, PERSON).ok_or_else(gone)?;
    Ok(identify_attachment(store, &item, made))
}

/// All attachments of an item without their contents.
pub fn list(store: &Store, item: &Item) -> Value {
    item.attachments
        .iter()
        .map(|attachment| describe(store, item, attachment))
        .collect()
}

fn describe(store: &Store, item: &Item, attachment: &Attachment) -> Value {
    json!({
        "id": store.attachment_id(item, attachment.number),
        "name": attachment.name,
        "contentType": attachment.content_type,
        "length": attachment.content.len(),
        "isContactPhoto": attachment.photo,
        "lastModified": clock::format(attachment.modified),
    })
}

fn content(sent: &Value) -> Result<Vec<u8>, Refusal> {
    sent.get("content")
        .and_then(Value::as_str)
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or((400, "content must be base64".to_owned()))
}

fn named_as_wanted(mut attachment: Attachment, sent: &Value) -> Attachment {
    let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(name) = text("name") {
        attachment.name = name;
    }
    if let Some(content_type) = text("contentType") {
        attachment.content_type = content_type;
    }
    attachment
}

fn identify_attachment(store: &Store, item: &Item, made: u64) -> Value {
    let mut shown = identify(store, item);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert(
            "attachmentId".to_owned(),
            json!(store.attachment_id(item, made)),
        );
    }
    shown
}
