//! Our contacts to Graph's. Pure: the same input gives the same output.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::catalogue::{self, Form, LISTS, NAMES, PARTS, Place, place};
use super::extended;
use super::map::{self, twin};
use crate::contact::{
    AddressKey, Changes, Contact, Kind, Property, Value, moment_of, text_of, twin_of,
};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::Stamp;

/// `PidLidPrivate`, which Outlook keeps beside the sensitivity.
const PRIVATE: &str = "Boolean {00062008-0000-0000-c000-000000000046} Id 0x8506";

/// What the item holds of what is written together, before it is changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Its values.
    pub(super) values: Changes,
    /// Its e-mail addresses as Graph gives them, with the names beside them.
    pub(super) emails: Vec<Json>,
    /// Its addresses as Graph gives them: what is not changed goes back as it came.
    pub(super) addresses: Map<String, Json>,
}

/// Whether what can only be written together with some changes is not all known, so that the contact has to be read first: also for the
/// names beside its e-mail addresses, which no property holds.
pub(super) fn has_to_read(changes: &Changes, known: &Changes) -> bool {
    let is_email = |property: &Property| matches!(property, Property::Email(_));
    if changes.iter().any(|(property, _)| is_email(&property)) {
        return true;
    }
    // Of a text of several lines only the server knows how they end.
    let is_long = |property: &Property| {
        let mut all = known.iter();
        let value = all
            .find(|(found, _)| found == property)
            .and_then(|(_, value)| value);
        matches!(value, Some(Value::Text(text)) if text.contains('\n'))
    };
    let is_unknown = |property: &Property| {
        !changes.contains(*property) && (!known.contains(*property) || is_long(property))
    };
    touched(changes)
        .iter()
        .any(|group| group.iter().any(is_unknown))
}

/// The groups of which something is changed. Names that come with their display name need nothing else.
fn touched(changes: &Changes) -> Vec<Vec<Property>> {
    catalogue::groups()
        .into_iter()
        .filter(|group| group.iter().any(|member| changes.contains(*member)))
        .filter(|group| group != NAMES || !changes.contains(Property::DisplayName))
        .collect()
}

/// What has to be read for some changes: all that is written together with them.
pub(super) fn read_along(changes: &Changes) -> Vec<Property> {
    touched(changes).into_iter().flatten().collect()
}

/// A new contact with its stamp.
///
/// # Errors
/// Names a property that has no place there.
pub(super) fn new_contact(contact: &Contact, stamp: &Stamp) -> Result<Json, RemoteError> {
    let changes: Changes = contact
        .iter()
        .map(|(property, value)| (property, Some(value.clone())))
        .collect();
    let mut body = body(&changes, &Known::default())?;
    // Nothing but the parts of the name makes one, and nobody else gives it.
    let name = contact.full_name();
    if contact.text(Property::DisplayName).is_none() && !name.is_empty() {
        body.insert("displayName".to_owned(), Json::from(name));
    }
    let mark = json!({ "id": extended::stamp(), "value": stamp.as_str() });
    match body
        .get_mut("singleValueExtendedProperties")
        .and_then(Json::as_array_mut)
    {
        Some(all) => all.push(mark),
        None => {
            body.insert("singleValueExtendedProperties".to_owned(), json!([mark]));
        }
    }
    Ok(Json::Object(body))
}

/// What a contact becomes by some changes.
///
/// # Errors
/// Names a property that has no place there.
pub(super) fn changed(changes: &Changes, known: &Known) -> Result<Json, RemoteError> {
    let mut body = body(changes, known)?;
    if let Some(name) = display_name(changes, known) {
        body.insert("displayName".to_owned(), Json::from(name));
    }
    Ok(Json::Object(body))
}

/// The display name to send along with other names, or the service makes one itself: a new one where it was made of the names, the old one
/// where somebody has chosen it.
fn display_name(changes: &Changes, known: &Known) -> Option<String> {
    let is_name = |property: &Property| changes.contains(*property);
    if changes.contains(Property::DisplayName) || !NAMES.iter().any(is_name) {
        return None;
    }
    let mut before = Contact::new();
    before.apply(&known.values);
    let shown = before
        .text(Property::DisplayName)
        .unwrap_or_default()
        .to_owned();
    let made = before.full_name();
    let mut after = before;
    after.apply(changes);
    let is_made = shown.is_empty() || shown == made;
    Some(if is_made { after.full_name() } else { shown })
}

fn body(changes: &Changes, known: &Known) -> Result<Map<String, Json>, RemoteError> {
    let mut body = Map::new();
    let (mut single, mut lists): (Vec<Json>, Vec<Json>) = (Vec::new(), Vec::new());
    let mut whole: BTreeSet<&str> = BTreeSet::new();
    for (property, value) in changes.iter() {
        match (place(property), value) {
            // What is shown and nothing that can be written stays as it is.
            (Place::Photo, _) | (_, Some(Value::Opaque(_) | Value::Picture(_))) => {}
            (Place::Text(field), value) => {
                body.insert(
                    field.to_owned(),
                    value.map_or(Json::Null, |value| Json::from(text_for(property, value))),
                );
            }
            (Place::List(field), value) => {
                body.insert(field.to_owned(), Json::from(entries(value)));
            }
            (Place::Day(field), value) => {
                let date = date_for(value);
                body.insert(
                    field.to_owned(),
                    date.map_or(Json::Null, |date| Json::from(moment_of(date))),
                );
                single.extend(twin(property).map(|id| one(&id, date.map(twin_of))));
            }
            (Place::Entry(field, _), _) => {
                whole.insert(field);
            }
            (Place::Email(_), _) => {
                whole.insert("emailAddresses");
            }
            (Place::Part(field, _), _) => {
                whole.insert(field);
            }
            (Place::Extended(id, Form::Day), value) => {
                let date = date_for(value);
                single.push(one(&id, date.map(moment_of)));
                single.extend(twin(property).map(|id| one(&id, date.map(twin_of))));
            }
            (Place::Extended(id, Form::Words(numbers)), value) => {
                let word = value.map(Value::display);
                let number = numbers
                    .iter()
                    .find(|(_, known)| word.as_deref().is_some_and(|word| word == *known))
                    .or_else(|| numbers.first());
                single.push(one(&id, number.map(|(number, _)| (*number).to_owned())));
                if property == Property::Sensitivity {
                    let private = word.as_deref() == Some("Private");
                    single.push(one(PRIVATE, Some(private.to_string())));
                }
            }
            (Place::Extended(id, Form::Plain), value) => {
                single.push(one(&id, value.map(|value| text_for(property, value))));
            }
            (Place::ExtendedList(id), value) => {
                lists.push(json!({ "id": id, "value": value.map(|value| entries(Some(value))) }));
            }
            (Place::Nowhere, _) => return Err(out_of_reach(property)),
        }
    }
    for field in whole {
        body.insert(field.to_owned(), together(field, changes, known));
    }
    for (name, entries) in [
        ("singleValueExtendedProperties", single),
        ("multiValueExtendedProperties", lists),
    ] {
        if !entries.is_empty() {
            body.insert(name.to_owned(), Json::Array(entries));
        }
    }
    Ok(body)
}

/// What is written as a whole: a list of slots, or an address.
fn together(field: &str, changes: &Changes, known: &Known) -> Json {
    let now = |property: Property| {
        let find = |all: &Changes| {
            let mut all = all.iter();
            let found = all.find(|(known, _)| *known == property);
            found.map(|(_, value)| value.cloned())
        };
        find(changes).or_else(|| find(&known.values)).flatten()
    };
    if let Some((_, slots)) = LISTS.iter().find(|(name, _)| *name == field) {
        let values = slots
            .iter()
            .filter_map(|slot| now(*slot))
            .map(|value| value.display());
        if field != "emailAddresses" {
            return Json::from(values.collect::<Vec<_>>());
        }
        return values
            .map(|address| named(address, &known.emails))
            .collect();
    }
    let key = AddressKey::ALL
        .iter()
        .find(|key| catalogue::address(**key) == field);
    let Some(key) = key else {
        return Json::Null;
    };
    let parts = PARTS.iter().filter_map(|part| {
        let property = Property::Address(*key, *part);
        let Place::Part(_, name) = place(property) else {
            return None;
        };
        let came = known
            .addresses
            .get(field)
            .and_then(|address| address.get(name));
        let value = match came {
            Some(came) if !changes.contains(property) => came.clone(),
            Some(_) | None => {
                now(property).map_or(Json::Null, |value| Json::from(text_for(property, &value)))
            }
        };
        Some((name.to_owned(), value))
    });
    Json::Object(parts.collect())
}

/// An e-mail address with the name that it had.
fn named(address: String, before: &[Json]) -> Json {
    let same = |entry: &&Json| map::address(entry) == address;
    match before.iter().find(same) {
        Some(entry) => json!({ "address": entry.get("address"), "name": entry.get("name") }),
        None => json!({ "address": address, "name": address }),
    }
}

fn one(id: &str, value: Option<String>) -> Json {
    json!({ "id": id, "value": value })
}

fn entries(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::List(entries)) => entries.clone(),
        Some(_) | None => Vec::new(),
    }
}

const fn date_for(value: Option<&Value>) -> Option<crate::contact::Date> {
    match value {
        Some(Value::Date(date)) => Some(*date),
        Some(_) | None => None,
    }
}

fn text_for(property: Property, value: &Value) -> String {
    match value {
        // Outlook expects its own line ends.
        Value::Text(text) if property.kind() == Kind::Note => text.replace('\n', "\r\n"),
        Value::Moment(seconds) => text_of(*seconds).unwrap_or_default(),
        value => value.display(),
    }
}

fn out_of_reach(property: Property) -> RemoteError {
    RemoteError {
        property: Some(property),
        ..RemoteError::new(
            RemoteClass::Permanent,
            format!("{property} has no place in Microsoft Graph; take it out of contacts.map"),
        )
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
