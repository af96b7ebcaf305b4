//! Contacts of Graph to ours. Pure: the same input gives the same output.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::catalogue::{Form, Place, place};
use super::extended;
use crate::contact::{Contact, Kind, Property, Value, date_of, normalise_list, parse_micros};
use crate::sync::ids::{ChangeKey, ItemId, Moment, Stamp};
use crate::sync::ports::Written;

/// What is asked of every contact beside what is mapped: its identity, and a name for messages.
const ALWAYS: &[&str] = &[
    "id",
    "changeKey",
    "parentFolderId",
    "lastModifiedDateTime",
    "displayName",
    "givenName",
    "surname",
];

/// What of a contact is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// `$select`.
    pub(super) select: String,
    /// `$expand`.
    pub(super) expand: String,
}

/// The selection for which [`read`] sees the mapped properties and the stamp.
pub(super) fn selection(mapped: &[Property]) -> Selection {
    let mut fields: BTreeSet<&str> = ALWAYS.iter().copied().collect();
    let mut single = vec![extended::stamp()];
    let mut lists = Vec::new();
    for property in mapped {
        match place(*property) {
            Place::Text(field)
            | Place::List(field)
            | Place::Entry(field, _)
            | Place::Part(field, _) => {
                fields.insert(field);
            }
            Place::Day(field) => {
                fields.insert(field);
                single.extend(twin(*property));
            }
            Place::Email(_) => {
                fields.insert("emailAddresses");
            }
            Place::Extended(id, _) => {
                single.push(id);
                single.extend(twin(*property));
            }
            Place::ExtendedList(id) => lists.push(id),
            Place::Photo | Place::Nowhere => {}
        }
    }
    let one_of = |ids: &[String]| {
        let tests = ids
            .iter()
            .map(|id| format!("id eq '{}'", extended::quoted(id)));
        tests.collect::<Vec<_>>().join(" or ")
    };
    let mut expand = format!("singleValueExtendedProperties($filter={})", one_of(&single));
    if !lists.is_empty() {
        expand += &format!(",multiValueExtendedProperties($filter={})", one_of(&lists));
    }
    Selection {
        select: fields.into_iter().collect::<Vec<_>>().join(","),
        expand,
    }
}

/// The id of a day's local twin, which Outlook keeps beside it.
pub(super) fn twin(property: Property) -> Option<String> {
    let id = match property {
        Property::Birthday => 0x80DE,
        Property::WeddingAnniversary => 0x80DF,
        _ => return None,
    };
    Some(extended::of_contacts("SystemTime", id))
}

/// The values of a contact's mapped properties. What Graph keeps in lists comes in the order in which it gives it.
pub(super) fn read(json: &Json, mapped: &[Property]) -> Contact {
    let single = expanded(json, "singleValueExtendedProperties");
    let lists = expanded(json, "multiValueExtendedProperties");
    let mut contact = Contact::new();
    let names = [
        Property::DisplayName,
        Property::GivenName,
        Property::Surname,
    ];
    for property in mapped.iter().copied().chain(names) {
        let one = |id: &str| {
            single
                .get(&extended::canonical(id))
                .and_then(|value| value.as_str())
        };
        let beside = twin(property);
        let beside = beside.as_deref().and_then(one);
        let value = match place(property) {
            Place::Text(field) => plain(property, text(json, field)),
            Place::List(field) => list(json.get(field)),
            Place::Day(field) => day(text(json, field), beside),
            Place::Entry(field, at) => {
                let entries = json.get(field).and_then(Json::as_array);
                let mut entries = entries.into_iter().flatten().filter_map(Json::as_str);
                plain(property, entries.nth(at).unwrap_or_default())
            }
            Place::Email(at) => email(json, at),
            Place::Part(field, part) => {
                let address = json.get(field);
                let part = address
                    .and_then(|address| address.get(part))
                    .and_then(Json::as_str);
                plain(property, part.unwrap_or_default())
            }
            Place::Extended(id, form) => match (form, one(&id)) {
                (_, None) => None,
                (Form::Plain, Some(text)) => plain(property, text),
                (Form::Day, Some(text)) => day(text, beside),
                (Form::Words(numbers), Some(text)) => {
                    let word = numbers.iter().find(|(number, _)| *number == text);
                    match word {
                        Some((_, word)) => plain(property, word),
                        None => opaque(text),
                    }
                }
            },
            Place::ExtendedList(id) => {
                let list_of = lists.get(&extended::canonical(&id)).copied();
                list(list_of)
            }
            Place::Photo | Place::Nowhere => None,
        };
        contact.set(property, value);
    }
    contact
}

/// Extended properties by their ids in the form in which they are compared.
fn expanded<'a>(json: &'a Json, name: &str) -> BTreeMap<String, &'a Json> {
    let all = json.get(name).and_then(Json::as_array);
    all.into_iter()
        .flatten()
        .filter_map(|entry| {
            let id = entry.get("id")?.as_str()?;
            Some((extended::canonical(id), entry.get("value")?))
        })
        .collect()
}

fn text<'a>(json: &'a Json, field: &str) -> &'a str {
    json.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn plain(property: Property, text: &str) -> Option<Value> {
    Value::parse(property.kind(), text).unwrap_or_else(|_| opaque(text))
}

/// What is nothing that the property can show.
fn opaque(text: &str) -> Option<Value> {
    let text = text.trim();
    (!text.is_empty()).then(|| Value::Opaque(text.to_owned()))
}

fn list(value: Option<&Json>) -> Option<Value> {
    let entries = value.and_then(Json::as_array);
    normalise_list(entries.into_iter().flatten().filter_map(Json::as_str))
}

/// A day; one before 1601 is how an empty one is shown.
fn day(text: &str, twin: Option<&str>) -> Option<Value> {
    let year = text.get(..4).and_then(|year| year.parse::<u16>().ok());
    if text.is_empty() || year.is_some_and(|year| year < 1601) {
        return None;
    }
    date_of(text, twin)
        .map(Value::Date)
        .or_else(|| opaque(text))
}

/// The address of an entry; one of the company's directory is shown, and never written.
fn email(json: &Json, at: usize) -> Option<Value> {
    let address = address(emails(json).nth(at)?);
    if address.is_empty() || address.contains('@') {
        return Value::parse(Kind::Line, address).ok().flatten();
    }
    opaque(address)
}

/// The address of an entry, before which some clients name its kind.
pub(super) fn address(entry: &Json) -> &str {
    let address = text(entry, "address").trim();
    match (address.get(..5), address.get(5..)) {
        (Some(kind), Some(rest)) if kind.eq_ignore_ascii_case("smtp:") => rest,
        _ => address,
    }
}

/// The entries of the list of e-mail addresses that have one.
pub(super) fn emails(json: &Json) -> impl Iterator<Item = &Json> {
    let entries = json.get("emailAddresses").and_then(Json::as_array);
    let entries = entries.into_iter().flatten();
    entries.filter(|entry| !text(entry, "address").is_empty())
}

/// The stamp that a contact bears.
pub(super) fn stamp(json: &Json) -> Option<Stamp> {
    let single = expanded(json, "singleValueExtendedProperties");
    let value = single
        .get(&extended::canonical(&extended::stamp()))?
        .as_str()?;
    (!value.is_empty()).then(|| Stamp::new(value))
}

/// When a contact was last modified.
pub(super) fn modified(json: &Json) -> Option<Moment> {
    parse_micros(text(json, "lastModifiedDateTime")).map(Moment)
}

/// The folder that a contact is in.
pub(super) fn parent(json: &Json) -> Option<&str> {
    Some(text(json, "parentFolderId")).filter(|parent| !parent.is_empty())
}

/// Id and version of a contact.
pub(super) fn written(json: &Json) -> Option<Written> {
    let (id, change_key) = (text(json, "id"), text(json, "changeKey"));
    (!id.is_empty() && !change_key.is_empty()).then(|| Written {
        id: ItemId::new(id),
        change_key: ChangeKey::new(change_key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(json: &Json, names: &[&str]) -> Vec<String> {
        let mapped: Vec<Property> = names.iter().map(|name| name.parse().unwrap()).collect();
        let contact = read(json, &mapped);
        let shown = |property: &Property| {
            contact
                .get(*property)
                .map_or_else(String::new, Value::display)
        };
        mapped.iter().map(shown).collect()
    }

    /// semantics 55.
    #[test]
    fn every_place_is_read() {
        let json = json!({
            "title": "Dr.",
            "businessPhones": ["1", "2"],
            "emailAddresses": [{ "name": "A", "address": "SMTP:a@example.test" }, { "name": "", "address": "/o=x/cn=y" }],
            "homeAddress": { "city": "Berlin", "street": "Hauptstr. 5\r\nHof" },
            "birthday": "1980-05-17T11:59:00Z",
            "personalNotes": "one\r\ntwo",
            "categories": ["b", "a", "b"],
            "singleValueExtendedProperties": [
                { "id": "String 0x3A24", "value": "fax" },
                { "id": "Integer 0x36", "value": "2" },
                { "id": "SystemTime 0x3a41", "value": "2001-02-03T11:59:00Z" },
                { "id": "Boolean {B5A6A7D1-2f0e-4e0c-9c57-6d1f0a3e8c42} name Vip", "value": "true" },
            ],
            "multiValueExtendedProperties": [
                { "id": "StringArray {00020329-0000-0000-C000-000000000046} Name Tags", "value": ["x", "y"] },
            ],
        });
        assert_eq!(
            values(
                &json,
                &[
                    "Title",
                    "BusinessPhone",
                    "BusinessPhone2",
                    "EmailAddress1",
                    "EmailAddress2",
                    "EmailAddress3",
                    "HomeAddress.City",
                    "HomeAddress.Street",
                    "Birthday",
                    "Body",
                    "Categories",
                    "BusinessFax",
                    "Sensitivity",
                    "WeddingAnniversary",
                    "extended:Vip#bool",
                    "extended:PublicStrings/Tags#list",
                    "Gender",
                ]
            ),
            [
                "Dr.",
                "1",
                "2",
                "a@example.test",
                "/o=x/cn=y",
                "",
                "Berlin",
                "Hauptstr. 5\nHof",
                "1980-05-17",
                "one\ntwo",
                "b, a",
                "fax",
                "Private",
                "2001-02-03",
                "true",
                "x, y",
                ""
            ]
        );
    }

    #[test]
    fn an_empty_birthday_is_none_in_every_form() {
        for empty in [json!(null), json!(""), json!("0001-01-01T08:00:00Z")] {
            assert_eq!(values(&json!({ "birthday": empty }), &["Birthday"]), [""]);
        }
    }

    #[test]
    fn what_is_mapped_is_asked_for() {
        let mapped: Vec<Property> = [
            "BusinessPhone2",
            "HomeAddress.City",
            "Pager",
            "Birthday",
            "Photo",
            "extended:PublicStrings/It's#list",
        ]
        .iter()
        .map(|name| name.parse().unwrap())
        .collect();
        let asked = selection(&mapped);
        assert_eq!(
            asked.select,
            "birthday,businessPhones,changeKey,displayName,givenName,homeAddress,id,lastModifiedDateTime,parentFolderId,surname"
        );
        for part in [
            "String 0x3a21",
            "0x80de",
            "Name EcsStamp",
            "multiValueExtendedProperties($filter=id eq 'StringArray",
            "It''s",
        ] {
            assert!(asked.expand.contains(part), "{part}: {}", asked.expand);
        }
    }
}
