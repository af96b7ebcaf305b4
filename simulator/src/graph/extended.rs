//! Extended properties by the names that Graph has for them; the storage is that of EWS (Graph reference, section 8).

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::error::GraphError;
use crate::contact::extended::{ExtendedName, Identity};
use crate::contact::fields::{self, BODY, BODY_TYPE};
use crate::contact::value::{Properties, PropertyId, Value};
use crate::contact::{extended_value, slot};
use crate::schema::simple::is_guid;
use crate::store::Store;

#[rustfmt::skip]
const TYPES: &[&str] = &[
    "ApplicationTime", "Binary", "Boolean", "CLSID", "Currency", "Double", "Float", "Integer", "Long", "Short", "String",
    "SystemTime",
];

/// Reads an id: a tag, a named property or a numbered one.
pub fn read(id: &str) -> Option<ExtendedName> {
    let (property_type, rest) = id.trim().split_once(' ')?;
    let base = property_type.strip_suffix("Array").unwrap_or(property_type);
    if !TYPES.contains(&base) {
        return None;
    }
    let rest = rest.trim();
    let identity = match rest.strip_prefix('{') {
        Some(rest) => {
            let (set, rest) = rest.split_once('}')?;
            let (kind, key) = rest.trim_start().split_once(' ')?;
            let set: Box<str> = is_guid(set).then(|| set.to_ascii_lowercase().into())?;
            match kind {
                "Name" if !key.is_empty() => Identity::Name(set, key.into()),
                "Id" => Identity::Number(set, i32::try_from(number(key)?).ok()?),
                _ => return None,
            }
        }
        // The lower half of a long tag is the type.
        None => match number(rest)? {
            tag if tag > 0xFFFF => Identity::Tag(u16::try_from(tag >> 16).ok()?),
            tag => Identity::Tag(u16::try_from(tag).ok()?),
        },
    };
    let custom = matches!(identity, Identity::Tag(tag) if tag >= 0x8000);
    (!custom).then_some(ExtendedName {
        identity,
        property_type: property_type.into(),
    })
}

fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The id as the service writes it, whatever form the client used.
pub fn show(name: &ExtendedName) -> String {
    let kind = &name.property_type;
    match &name.identity {
        Identity::Tag(tag) => format!("{kind} {tag:#x}"),
        Identity::Number(set, number) => format!("{kind} {{{set}}} Id {number:#x}"),
        Identity::Name(set, key) => format!("{kind} {{{set}}} Name {key}"),
    }
}

/// An id that the client sent, or why it cannot be used.
pub fn wanted(id: &str) -> Result<ExtendedName, GraphError> {
    read(id).ok_or_else(|| {
        GraphError::new(
            400,
            "ErrorInvalidExtendedProperty",
            format!("The property id '{id}' is invalid."),
        )
    })
}

/// The value that an item has.
pub fn value<'a>(
    store: &Store,
    properties: &'a Properties,
    name: &ExtendedName,
) -> Option<Cow<'a, Value>> {
    let id = store.registry.find(name)?;
    match fields::of(id) {
        Some(_) => extended_value::of_field(id, properties),
        None => properties.get(id).map(Cow::Borrowed),
    }
}

/// The entries of an item for those names that it has.
pub fn list(store: &Store, properties: &Properties, names: &[ExtendedName]) -> Vec<Json> {
    let entries = names.iter().filter_map(|name| {
        let value = value(store, properties, name)?;
        let value = match &*value {
            Value::List(list) => json!(list),
            value => json!(value.to_text()),
        };
        Some(json!({ "id": show(name), "value": value }))
    });
    entries.collect()
}

/// Writes the entries of `singleValueExtendedProperties` or of the other list; a null deletes.
pub fn write(
    store: &mut Store,
    properties: &mut Properties,
    given: &mut Vec<PropertyId>,
    sent: &Json,
    listed: bool,
) -> Result<(), GraphError> {
    let entries = sent
        .as_array()
        .ok_or_else(|| GraphError::body("Extended properties are an array."))?;
    for entry in entries {
        let entry = entry.as_object();
        let id = entry.and_then(|entry| entry.get("id")?.as_str());
        let name = wanted(id.unwrap_or_default())?;
        if name.property_type.ends_with("Array") != listed {
            return Err(GraphError::new(
                400,
                "ErrorInvalidExtendedProperty",
                "The property belongs into the other collection.",
            ));
        }
        let value = entry.and_then(|entry| entry.get("value"));
        let value = read_value(&name, value, listed)?;
        let id = store
            .registry
            .intern(&name)
            .ok_or_else(|| GraphError::of_store(400, "ErrorItemSavePropertyError"))?;
        put(properties, id, value, &name)?;
        given.push(id);
    }
    Ok(())
}

fn read_value(
    name: &ExtendedName,
    sent: Option<&Json>,
    listed: bool,
) -> Result<Option<Value>, GraphError> {
    let texts: Vec<&str> = match (sent, listed) {
        (Some(Json::Null), _) => return Ok(None),
        (Some(Json::String(text)), false) => vec![text.as_str()],
        (Some(Json::Array(all)), true) => all.iter().filter_map(Json::as_str).collect(),
        _ => {
            return Err(GraphError::body(
                "Cannot convert the value of an extended property to the expected type.",
            ));
        }
    };
    extended_value::read(&name.property_type, &texts, listed)
        .map(Some)
        .ok_or_else(|| bad_value(name))
}

fn bad_value(name: &ExtendedName) -> GraphError {
    GraphError::new(
        400,
        "ErrorInvalidExtendedPropertyValue",
        format!("The value of '{}' is not of its type.", show(name)),
    )
}

/// A first-class property that is written by its other name.
fn put(
    properties: &mut Properties,
    id: PropertyId,
    value: Option<Value>,
    name: &ExtendedName,
) -> Result<(), GraphError> {
    if fields::of(id).is_none() {
        properties.put(id, value);
        return Ok(());
    }
    let value = match value {
        Some(value) => Some(extended_value::to_field(id, value).ok_or_else(|| bad_value(name))?),
        None => None,
    };
    if let Some(slot) = slot::of(id).filter(|slot| slot.address == id) {
        slot.fix(properties);
    }
    if id == BODY {
        properties.remove(BODY_TYPE);
    }
    properties.put(id, value);
    Ok(())
}

/// The list as the parts of a contact's JSON.
pub fn insert(
    shown: &mut Map<String, Json>,
    key: &str,
    store: &Store,
    properties: &Properties,
    names: &[ExtendedName],
) {
    let entries = list(store, properties, names);
    if !entries.is_empty() {
        shown.insert(key.to_owned(), Json::Array(entries));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Graph reference, section 8: the forms, and one of them back.
    #[test]
    fn ids_are_normalised() {
        for (sent, back) in [
            ("String 0x3A24", "String 0x3a24"),
            ("Integer 0x0036", "Integer 0x36"),
            ("String 0x3A24001F", "String 0x3a24"),
            (
                "Integer {00062004-0000-0000-C000-000000000046} Id 0x8022",
                "Integer {00062004-0000-0000-c000-000000000046} Id 0x8022",
            ),
            (
                "String {7C1D9C0E-52A1-4C8E-9F52-0D4A3B6F1A77} Name Sync Uid",
                "String {7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77} Name Sync Uid",
            ),
        ] {
            assert_eq!(read(sent).as_ref().map(show).as_deref(), Some(back));
        }
        for bad in [
            "",
            "String",
            "Text 0x3A24",
            "String 0x8022",
            "String {x} Name a",
            "String {7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77} Tag 0x1",
            "String {7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77} Id x",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
