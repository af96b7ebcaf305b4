//! Contacts: lists, one, and writes (Graph reference, sections 2, 3 and 6).

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::contact_write;
use super::desk::Desk;
use super::error::GraphError;
use super::extended;
use super::options::Options;
use super::reply::Reply;
use super::route::Place;
use crate::contact::value::Value;
use crate::operations::delete_item;
use crate::store::Store;
use crate::store::item::{Item, ItemKind};

/// One page of a folder's contacts.
pub fn list(desk: &Desk<'_>, folder: Option<&str>) -> Result<Reply, GraphError> {
    let options = Options::read(desk.call)?;
    let store = desk.read();
    let folder = desk.folder(&store, folder)?;
    let items = store.folder(folder).into_iter();
    let mut items: Vec<&Arc<Item>> = items
        .flat_map(|folder| folder.items.iter())
        .filter_map(|number| store.item(*number))
        .filter(|item| item.kind() == ItemKind::Contact && is_wanted(&store, item, &options))
        .collect();
    if let Some((name, down)) = &options.order {
        sort(desk, &store, &mut items, name, *down);
    }
    let view = desk.view(&store);
    let page = items.iter().skip(options.skip).take(options.top);
    let value: Vec<Json> = page
        .map(|item| Json::Object(view.contact(item, &options)))
        .collect();
    let mut answer = json!({ "@odata.context": desk.context("contacts"), "value": value });
    let next = options.skip.saturating_add(options.top);
    if let Some(answer) = answer.as_object_mut() {
        if options.count {
            answer.insert("@odata.count".to_owned(), json!(items.len()));
        }
        if next < items.len() {
            answer.insert("@odata.nextLink".to_owned(), json!(next_link(desk, next)));
        }
    }
    Ok(Reply::json(200, answer))
}

/// The same options, further on.
fn next_link(desk: &Desk<'_>, skip: usize) -> String {
    let skip = skip.to_string();
    let mut options: Vec<(&str, &str)> = desk
        .call
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "$skip")
        .collect();
    options.push(("$skip", &skip));
    desk.link(&options)
}

fn is_wanted(store: &Store, item: &Item, options: &Options) -> bool {
    options.filter.as_ref().is_none_or(|(name, wanted)| {
        extended::value(store, &item.properties, name)
            .is_some_and(|value| matches!(&*value, Value::List(_)) || value.to_text() == *wanted)
    })
}

fn sort(desk: &Desk<'_>, store: &Store, items: &mut [&Arc<Item>], name: &str, down: bool) {
    let view = desk.view(store);
    let options = Options {
        select: Some(vec![name.to_owned()]),
        ..Options::default()
    };
    items.sort_by_cached_key(|item| {
        let shown = view.contact(item, &options);
        let value = shown.get(name).and_then(Json::as_str).unwrap_or_default();
        value.to_lowercase()
    });
    if down {
        items.reverse();
    }
}

/// One contact.
pub fn get(desk: &Desk<'_>, place: &Place) -> Result<Reply, GraphError> {
    let options = Options::read(desk.call)?;
    let store = desk.read();
    let item = desk.contact(&store, place)?;
    Ok(show(desk, &store, &item, 200, &options))
}

/// A new contact.
pub fn create(desk: &Desk<'_>, folder: Option<&str>) -> Result<Reply, GraphError> {
    let sent = desk.call.object()?;
    let mut store = desk.write();
    let folder = desk.folder(&store, folder)?;
    let properties = contact_write::apply(&mut store, None, &sent, &desk.modes)?;
    let item = store.create(folder, "IPM.Contact", properties, desk.user);
    desk.count_write();
    Ok(show(desk, &store, &item, 201, &Options::default()))
}

/// Changes of a contact; what is not named stays.
pub fn update(desk: &Desk<'_>, place: &Place) -> Result<Reply, GraphError> {
    let sent = desk.call.object()?;
    let mut store = desk.write();
    let item = desk.contact(&store, place)?;
    desk.check_match(&store, &item)?;
    let before = Some(&item.properties);
    let properties = contact_write::apply(&mut store, before, &sent, &desk.modes)?;
    let item = store
        .update(item.number, properties, desk.user)
        .ok_or_else(GraphError::not_found)?;
    desk.count_write();
    Ok(show(desk, &store, &item, 200, &Options::default()))
}

/// Deletes a contact, into Deleted Items or for good.
pub fn delete(desk: &Desk<'_>, place: &Place, kind: &str) -> Result<Reply, GraphError> {
    let mut store = desk.write();
    let item = desk.contact(&store, place)?;
    desk.check_match(&store, &item)?;
    delete_item::delete(&mut store, &item, kind);
    desk.count_write();
    Ok(Reply::empty(204))
}

fn show(desk: &Desk<'_>, store: &Store, item: &Item, status: u16, options: &Options) -> Reply {
    let view = desk.view(store);
    let mut shown: Map<String, Json> = view.contact(item, options);
    shown.insert(
        "@odata.context".to_owned(),
        json!(desk.context("contacts/$entity")),
    );
    Reply::json(status, Json::Object(shown)).with("ETag", view.etag(item))
}
