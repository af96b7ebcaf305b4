//! Items at the side door.

use serde_json::{Value, json};

use super::{Query, Refusal, attachments, contacts, find, place};
use crate::contact::computed;
use crate::contact::value::Properties;
use crate::operations::delete_item;
use crate::store::Store;
use crate::store::item::{Item, ItemKind};

/// Name that LastModifiedName shows after a write at the side door.
pub(super) const PERSON: &str = "Outlook User";

pub fn list(store: &Store, query: &Query<'_>) -> Result<Value, Refusal> {
    let folder = find(
        store,
        query.get("mailbox").as_deref(),
        query.get("folder").as_deref(),
    )?;
    let number = |name: &str| query.get(name).and_then(|n| n.parse::<usize>().ok());
    let Some(folder) = store.folder(folder) else {
        return Err(gone());
    };
    let items = folder.items.iter().filter_map(|number| store.item(*number));
    let shown = items
        .skip(number("offset").unwrap_or(0))
        .take(number("limit").unwrap_or(usize::MAX));
    let items: Vec<Value> = shown.map(|item| describe(store, item)).collect();
    Ok(json!({ "items": items, "total": folder.items.len() }))
}

pub fn show(store: &Store, id: &str) -> Result<Value, Refusal> {
    let item = store.item_by_id(id).map_err(|_| gone())?;
    Ok(describe(store, item))
}

pub fn create(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let folder = place(store, sent)?;
    let class = sent
        .get("itemClass")
        .and_then(Value::as_str)
        .unwrap_or("IPM.Contact");
    let mut properties = Properties::default();
    let given = contacts::apply(&mut properties, sent.get("fields").unwrap_or(&Value::Null))
        .map_err(bad)?;
    if ItemKind::of(class) == ItemKind::Contact {
        computed::settle(&Properties::default(), &mut properties, &given);
    }
    let item = store.create(folder, class, properties, PERSON);
    Ok(identify(store, &item))
}

pub fn update(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    let mut properties = item.properties.clone();
    let given = contacts::apply(&mut properties, sent.get("fields").unwrap_or(&Value::Null))
        .map_err(bad)?;
    if item.kind() == ItemKind::Contact {
        computed::settle(&item.properties, &mut properties, &given);
    }
    let item = store
        .update(item.number, properties, PERSON)
        .ok_or_else(gone)?;
    Ok(identify(store, &item))
}

pub fn delete(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    let kind = sent
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("MoveToDeletedItems");
    if !matches!(kind, "MoveToDeletedItems" | "SoftDelete" | "HardDelete") {
        return Err((400, format!("there is no way to delete called {kind}")));
    }
    delete_item::delete(store, &item, kind);
    Ok(json!({}))
}

/// Moves or copies; a copy stays in the folder unless another is named.
pub fn relocate(store: &mut Store, sent: &Value, moves: bool) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    let mailbox = store
        .folder(item.folder)
        .and_then(|f| store.mailboxes.get(f.mailbox))
        .map(|m| m.address.clone());
    let mailbox = sent
        .get("mailbox")
        .and_then(Value::as_str)
        .or(mailbox.as_deref());
    let target = match sent.get("folder").and_then(Value::as_str) {
        Some(folder) => find(store, mailbox, Some(folder))?,
        None if moves => return Err((400, "folder is missing".to_owned())),
        None => item.folder,
    };
    let done = if moves {
        store.move_item(item.number, target)
    } else {
        store.copy_item(item.number, target)
    };
    let item = done.ok_or_else(gone)?;
    Ok(identify(store, &item))
}

pub fn touch(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let item = named(store, sent)?;
    let item = store.touch(item.number).ok_or_else(gone)?;
    Ok(identify(store, &item))
}

pub(super) fn named(store: &Store, sent: &Value) -> Result<Item, Refusal> {
    let id = sent
        .get("id")
        .and_then(Value::as_str)
        .ok_or((400, "id is missing".to_owned()))?;
    store
        .item_by_id(id)
        .map(|item| Item::clone(item))
        .map_err(|_| gone())
}

pub(super) fn gone() -> Refusal {
    (404, "there is no such item".to_owned())
}

fn bad(message: String) -> Refusal {
    (400, message)
}

pub(super) fn identify(store: &Store, item: &Item) -> Value {
    json!({
        "id": store.item_id(item),
        "changeKey": store.ids.change_key(item.kind().key_type(), item.key),
    })
}

fn describe(store: &Store, item: &Item) -> Value {
    let (fields, extended) = contacts::show(&item.properties, &store.registry);
    let mut shown = identify(store, item);
    if let Some(shown) = shown.as_object_mut() {
        let stays = store.rest_id(item, true);
        shown.insert("immutableId".to_owned(), json!(stays));
        shown.insert("itemClass".to_owned(), json!(&*item.class));
        shown.insert(
            "lastModified".to_owned(),
            json!(crate::clock::format(item.modified)),
        );
        shown.insert("lastModifiedName".to_owned(), json!(&*item.modified_by));
        shown.insert("fields".to_owned(), fields);
        shown.insert("extended".to_owned(), extended);
        shown.insert("attachments".to_owned(), attachments::list(store, item));
    }
    shown
}
