//! A contact as JSON (Graph reference, sections 3 and 4).

use serde_json::{Map, Value as Json, json};

use super::contact_map::{MAP, READ_ONLY, SINGLE_EMAILS, yomi_company};
use super::extended;
use super::modes::Settings;
use super::options::Options;
use crate::clock;
use crate::contact::fields::{BIRTHDAY, BODY, BODY_TYPE};
use crate::contact::slot::{self, Slot};
use crate::contact::value::{Properties, PropertyId, Value};
use crate::operations::body::text_of_html;
use crate::store::Store;
use crate::store::item::Item;

/// How a contact is shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The store.
    pub store: &'a Store,
    /// Whether ids are those that stay.
    pub immutable: bool,
    /// Modes.
    pub modes: &'a Settings,
}

/// An unset birthday as some answers have it (Graph reference, section 3, traps).
const NO_BIRTHDAY: &str = "0001-01-01T08:00:00Z";

/// Whether the contact has a property of that name.
pub fn is_property(name: &str) -> bool {
    let others = [
        "emailAddresses",
        "birthday",
        "personalNotes",
        "yomiCompanyName",
        "singleValueExtendedProperties",
        "multiValueExtendedProperties",
    ];
    READ_ONLY.contains(&name)
        || SINGLE_EMAILS.contains(&name)
        || others.contains(&name)
        || MAP.texts.iter().any(|(known, _)| *known == name)
        || MAP.slots.iter().any(|(known, _)| *known == name)
        || MAP.lists.iter().any(|(known, _)| *known == name)
        || MAP.addresses.iter().any(|(known, _)| *known == name)
}

impl View<'_> {
    /// The version as If-Match names it.
    pub fn etag(&self, item: &Item) -> String {
        format!("W/\"{}\"", self.change_key(item))
    }

    fn change_key(&self, item: &Item) -> String {
        self.store.ids.change_key(item.kind().key_type(), item.key)
    }

    /// The contact with what the options want; id and version always come.
    pub fn contact(&self, item: &Item, options: &Options) -> Map<String, Json> {
        let mut shown = self.all(item);
        if let Some(select) = &options.select {
            shown.retain(|name, _| name == "id" || select.iter().any(|wanted| wanted == name));
        }
        shown.insert("@odata.etag".to_owned(), json!(self.etag(item)));
        let (single, multi) = (&options.single, &options.multi);
        let properties = &item.properties;
        let key = "singleValueExtendedProperties";
        extended::insert(&mut shown, key, self.store, properties, single);
        let key = "multiValueExtendedProperties";
        extended::insert(&mut shown, key, self.store, properties, multi);
        shown
    }

    fn all(&self, item: &Item) -> Map<String, Json> {
        let properties = &item.properties;
        let mut shown = Map::new();
        let mut put = |name: &str, value: Json| shown.insert(name.to_owned(), value);
        put("id", json!(self.store.rest_id(item, self.immutable)));
        put("changeKey", json!(self.change_key(item)));
        put("createdDateTime", json!(clock::format(item.created)));
        put("lastModifiedDateTime", json!(clock::format(item.modified)));
        put(
            "parentFolderId",
            json!(self.store.rest_folder_id(item.folder)),
        );
        for (name, id) in &MAP.texts {
            put(name, text(properties, *id));
        }
        for (name, ids) in &MAP.slots {
            let texts: Vec<&str> = ids
                .iter()
                .map(|id| properties.text(*id))
                .filter(|text| !text.is_empty())
                .collect();
            put(name, json!(texts));
        }
        for (name, id) in &MAP.lists {
            put(name, list(properties, *id));
        }
        for (name, parts) in &MAP.addresses {
            put(name, address(properties, parts));
        }
        let emails: Vec<Json> = slot::all()
            .iter()
            .filter_map(|slot| email(properties, slot))
            .collect();
        put("emailAddresses", json!(emails));
        for (name, slot) in SINGLE_EMAILS.iter().zip(slot::all()) {
            put(name, json!(email(properties, slot)));
        }
        put("birthday", self.birthday(properties));
        put("personalNotes", json!(notes(properties)));
        let yomi = extended::value(self.store, properties, &yomi_company());
        put("yomiCompanyName", json!(yomi.map(|value| value.to_text())));
        shown
    }

    fn birthday(&self, properties: &Properties) -> Json {
        match properties.get(BIRTHDAY) {
            Some(Value::Time(instant)) => json!(clock::format(*instant)),
            _ if self.modes.empty_birthday => json!(NO_BIRTHDAY),
            _ => Json::Null,
        }
    }
}

fn text(properties: &Properties, id: PropertyId) -> Json {
    match properties.get(id) {
        Some(value) => json!(value.to_text()),
        None => Json::Null,
    }
}

fn list(properties: &Properties, id: PropertyId) -> Json {
    match properties.get(id) {
        Some(Value::List(list)) => json!(list),
        _ => json!([]),
    }
}

/// An address that has no part is an empty object.
fn address(properties: &Properties, parts: &[(&'static str, PropertyId)]) -> Json {
    if parts.iter().all(|(_, id)| properties.text(*id).is_empty()) {
        return json!({});
    }
    let parts: Map<String, Json> = parts
        .iter()
        .map(|(name, id)| ((*name).to_owned(), text(properties, *id)))
        .collect();
    Json::Object(parts)
}

/// A slot that has an address; others leave no gap.
fn email(properties: &Properties, slot: &Slot) -> Option<Json> {
    let address = Some(properties.text(slot.address)).filter(|text| !text.is_empty())?;
    let name = match properties.text(slot.name) {
        "" => address,
        name => name,
    };
    Some(json!({ "name": name, "address": address }))
}

/// Notes as text, whatever they are kept as.
fn notes(properties: &Properties) -> String {
    let body = properties.text(BODY);
    match properties.text(BODY_TYPE) {
        "HTML" => text_of_html(body),
        _ => body.to_owned(),
    }
}
