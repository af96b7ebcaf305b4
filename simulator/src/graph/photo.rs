//! Photos of contacts, the attachments of EWS (Graph reference, section 9).

use serde_json::json;

use super::desk::Desk;
use super::error::GraphError;
use super::reply::Reply;
use super::route::Place;
use crate::store::attachment::Attachment;

/// Largest photo.
const LIMIT: usize = 4 << 20;

/// What is known about the photo.
pub fn metadata(desk: &Desk<'_>, place: &Place) -> Result<Reply, GraphError> {
    let store = desk.read();
    let item = desk.contact(&store, place)?;
    let photo = item.photo().ok_or_else(GraphError::not_found)?;
    let shown = json!({
        "@odata.context": desk.context("photo/$entity"),
        "@odata.mediaContentType": photo.content_type,
        "@odata.mediaEtag": format!("\"{:X}\"", photo.number + 1),
        "id": "240X240",
        "width": 240,
        "height": 240,
    });
    Ok(Reply::json(200, shown))
}

/// The photo.
pub fn get(desk: &Desk<'_>, place: &Place) -> Result<Reply, GraphError> {
    let store = desk.read();
    let item = desk.contact(&store, place)?;
    let photo = item.photo().ok_or_else(GraphError::not_found)?;
    Ok(Reply::bytes(&photo.content_type, photo.content.clone()))
}

/// Sets the photo. One of no bytes removes it, as Evolution does.
pub fn put(desk: &Desk<'_>, place: &Place) -> Result<Reply, GraphError> {
    let kind = desk.call.header("content-type").unwrap_or_default();
    let body = &desk.call.body;
    if body.is_empty() {
        remove(desk, place, "empty")?;
        return Ok(Reply::empty(200));
    }
    if !kind.to_ascii_lowercase().starts_with("image/") {
        return Err(GraphError::new(
            415,
            "ErrorInvalidRequest",
            "The content type of a photo is image/jpeg.",
        ));
    }
    if body.len() > LIMIT {
        return Err(GraphError::new(
            413,
            "RequestEntityTooLarge",
            "The photo is larger than 4 MB.",
        ));
    }
    let mut store = desk.write();
    let item = desk.contact(&store, place)?;
    desk.check_match(&store, &item)?;
    let photo = Attachment {
        content_type: kind.to_owned(),
        ..Attachment::of_photo(body.to_vec())
    };
    store
        .replace_photo(item.number, photo, desk.user)
        .ok_or_else(GraphError::not_found)?;
    desk.count_write();
    Ok(Reply::empty(200))
}

/// Removes the photo by one of the ways that clients know; which of them the service takes is not described.
pub fn delete(desk: &Desk<'_>, place: &Place, way: &str) -> Result<Reply, GraphError> {
    remove(desk, place, way)?;
    Ok(Reply::empty(204))
}

fn remove(desk: &Desk<'_>, place: &Place, way: &str) -> Result<(), GraphError> {
    let only = desk.modes.photo_removal.as_str();
    if !only.is_empty() && only != way {
        return Err(GraphError::verb());
    }
    let mut store = desk.write();
    let item = desk.contact(&store, place)?;
    desk.check_match(&store, &item)?;
    item.photo().ok_or_else(GraphError::not_found)?;
    store
        .detach(item.number, |attachment| attachment.photo, desk.user)
        .ok_or_else(GraphError::not_found)?;
    desk.count_write();
    Ok(())
}
