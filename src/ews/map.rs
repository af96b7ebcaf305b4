//! Items of EWS to contacts and back. Pure: the same input gives the same output.

use std::borrow::Cow;

use super::catalogue::{self, Clear, companion, email_group, original_display_name, property_at};
use super::email_list;
use super::naming;
use super::wire::{
    BodyType, ContactItem, EmailAddress, ExtendedFieldUri, Field, FieldPath, FieldUpdate,
    FieldValue, ItemShape, PropertySet,
};
use crate::contact::{
    Changes, Contact, EmailKey, Kind, OWN_SET, Property, STAMP_NAME, Value, date_of, moment_of,
    normalise_list, parse_micros, text_of, twin_of,
};
use crate::html;
use crate::sync::ids::{Moment, Stamp};

/// The property that holds the stamp.
pub(super) fn stamp_uri() -> ExtendedFieldUri {
    ExtendedFieldUri::Name {
        set: PropertySet::Guid(Cow::Borrowed(OWN_SET)),
        name: Cow::Borrowed(STAMP_NAME),
        kind: Cow::Borrowed("String"),
    }
}

/// The shape in which items are fetched so that [`contact_of`] sees the mapped properties, and a name for messages.
pub(super) fn shape(mapped: &[Property]) -> ItemShape {
    let body = if mapped.contains(&Property::HtmlBody) {
        BodyType::Html
    } else {
        BodyType::Text
    };
    shape_as(mapped, body)
}

/// The same with bodies in another form.
pub(super) fn shape_as(mapped: &[Property], body: BodyType) -> ItemShape {
    let mut paths = vec![FieldPath::Extended(stamp_uri())];
    let names = [
        Property::DisplayName,
        Property::GivenName,
        Property::Surname,
    ];
    for property in mapped.iter().copied().chain(names) {
        let emails = match property {
            Property::Email(key) => vec![original_display_name(key)],
            Property::EmailAddresses => email_list::paths(),
            _ => Vec::new(),
        };
        let all = [catalogue::path(property)]
            .into_iter()
            .chain(companion(property))
            .chain(emails);
        for path in all {
            if !path.is_indexed() && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    ItemShape::Contact(paths, body)
}

/// The values of an item: those of the catalogue that it holds, and the mapped ones that are not in the catalogue.
pub(super) fn contact_of(item: &ContactItem, mapped: &[Property]) -> Contact {
    let mut contact = Contact::new();
    let others: Vec<(FieldPath, Property)> = mapped
        .iter()
        .filter(|property| matches!(property, Property::Extended(_)))
        .map(|property| (catalogue::path(*property), *property))
        .collect();
    for (path, value) in &item.fields {
        let other = || others.iter().find(|(known, _)| known == path);
        let property = match property_at(path) {
            Some(Property::Body) if mapped.contains(&Property::HtmlBody) => {
                Some(Property::HtmlBody)
            }
            known => known.or_else(|| other().map(|(_, property)| *property)),
        };
        if let Some(property) = property {
            contact.set(property, value_of(item, property, value));
        }
    }
    contact
}

fn value_of(item: &ContactItem, property: Property, value: &FieldValue) -> Option<Value> {
    let beside = || companion(property).and_then(|path| text_at(item, &path));
    let text = value.as_text();
    match (property, value) {
        (Property::Birthday | Property::WeddingAnniversary, _) => date_of(text, beside())
            .map(Value::Date)
            .or_else(|| opaque(text)),
        (Property::ReminderDueBy, _) => {
            let is_set = text == "true";
            let micros = parse_micros(beside()?)?;
            is_set.then(|| Value::Moment(micros.div_euclid(1_000_000)))
        }
        (Property::HtmlBody, _) => {
            let html = match value {
                FieldValue::Html(html) => html::clean(html),
                _ => html::clean(&html::of_text(text)),
            };
            Value::parse(Kind::Note, &html).ok().flatten()
        }
        (Property::Gender, _) => match text {
            "0" => None,
            "1" => Some(Value::Text("Female".to_owned())),
            "2" => Some(Value::Text("Male".to_owned())),
            _ => opaque(text),
        },
        (Property::Email(key), FieldValue::Email(email)) => match smtp_address(item, key, email) {
            Some(address) => Value::parse(Kind::Line, address).ok().flatten(),
            None => opaque(&email.address),
        },
        (_, FieldValue::Strings(strings)) => normalise_list(strings.iter().map(String::as_str)),
        (_, FieldValue::Text(text)) if property.kind() == Kind::Moment => parse_micros(text)
            .map(|micros| Value::Moment(micros.div_euclid(1_000_000)))
            .or_else(|| opaque(text)),
        _ => Value::parse(property.kind(), text).unwrap_or_else(|_| opaque(text)),
    }
}

/// What is nothing that the property can show.
fn opaque(text: &str) -> Option<Value> {
    let text = text.trim();
    (!text.is_empty()).then(|| Value::Opaque(text.to_owned()))
}

/// The stamp that an item bears.
pub(super) fn stamp_of(item: &ContactItem) -> Option<Stamp> {
    let text = text_at(item, &FieldPath::Extended(stamp_uri()))?;
    (!text.is_empty()).then(|| Stamp::new(text))
}

/// When an item was last modified.
pub(super) fn modified_of(item: &ContactItem) -> Option<Moment> {
    parse_micros(item.last_modified_time.as_deref()?).map(Moment)
}

pub(super) fn text_at<'a>(item: &'a ContactItem, wanted: &FieldPath) -> Option<&'a str> {
    let mut fields = item.fields.iter();
    let (_, value) = fields.find(|(path, _)| path == wanted)?;
    Some(value.as_text())
}

/// The SMTP address of an e-mail slot. Contacts picked from the company's address list hold a legacy name
/// (`EX`) in its place: it is no address to anybody outside, and without a known SMTP form there is none.
pub(super) fn smtp_address<'a>(
    item: &'a ContactItem,
    key: EmailKey,
    email: &'a EmailAddress,
) -> Option<&'a str> {
    let looks_smtp = |text: &&str| {
        let text = text.trim();
        text.contains('@') && !text.contains([' ', '/', '<', '('])
    };
    if is_legacy(email) {
        return text_at(item, &original_display_name(key)).filter(looks_smtp);
    }
    let address = email.address.trim();
    if address.is_empty() {
        return email.name.as_deref().filter(looks_smtp);
    }
    match address.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("smtp:") => address.get(5..),
        _ => Some(address),
    }
}

/// Whether an e-mail slot holds an entry of the company's address list.
pub(super) fn is_legacy(email: &EmailAddress) -> bool {
    email
        .routing_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("EX"))
        || email.address.trim_start().starts_with("/o=")
        || email.address.trim_start().starts_with("/O=")
}

/// The fields of a new item: the contact's values, the stamp, and what makes it appear under a name and with an address in Outlook.
pub(super) fn new_item(contact: &Contact, stamp: &Stamp) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (property, value) in contact.iter() {
        fields.extend(fields_of(property, value));
    }
    let stamp = FieldValue::Text(stamp.as_str().to_owned());
    fields.push((FieldPath::Extended(stamp_uri()), stamp));
    fields.extend(naming::for_new(contact));
    fields
}

/// The change descriptions for changes, one property each; what is empty is deleted, not set to nothing.
pub(super) fn updates_of(changes: &Changes) -> Vec<FieldUpdate> {
    let mut updates = Vec::new();
    for (property, value) in changes.iter() {
        match value {
            Some(value) => {
                updates.extend(fields_of(property, value).into_iter().map(FieldUpdate::Set));
                // A name that was made for another address would stay.
                if let (Property::Email(key), Value::Text(address)) = (property, value) {
                    let value = FieldValue::Text(address.clone());
                    updates.push(FieldUpdate::Set((original_display_name(key), value)));
                }
            }
            None => updates.extend(clearing(property)),
        }
    }
    updates
}

fn clearing(property: Property) -> Vec<FieldUpdate> {
    let path = catalogue::path(property);
    match (catalogue::clear(property), property) {
        // It travels alone, as an attachment.
        (_, Property::Photo) => Vec::new(),
        (Clear::SetTo(nothing), Property::Sensitivity) => {
            vec![set(path, nothing), set(catalogue::PRIVATE, "false")]
        }
        (Clear::SetTo(nothing), _) => vec![set(path, nothing)],
        (Clear::Delete, Property::Email(key)) => [path]
            .into_iter()
            .chain(email_group(key))
            .map(FieldUpdate::Delete)
            .collect(),
        (Clear::Delete, _) => [path]
            .into_iter()
            .chain(companion(property))
            .map(FieldUpdate::Delete)
            .collect(),
    }
}

fn set(path: FieldPath, text: &str) -> FieldUpdate {
    FieldUpdate::Set((path, FieldValue::Text(text.to_owned())))
}

fn fields_of(property: Property, value: &Value) -> Vec<Field> {
    let path = catalogue::path(property);
    let text = |text: String| FieldValue::Text(text);
    let (value, beside) = match (property, value) {
        (_, Value::Opaque(_) | Value::Picture(_)) => return Vec::new(),
        (Property::ReminderDueBy, Value::Moment(seconds)) => {
            (text("true".to_owned()), text_of(*seconds).map(text))
        }
        (Property::Sensitivity, Value::Text(word)) => {
            let private = text((word == "Private").to_string());
            (text(word.clone()), Some(private))
        }
        (Property::Gender, Value::Text(word)) => {
            let number = if word == "Female" { "1" } else { "2" };
            (text(number.to_owned()), None)
        }
        (Property::Email(_), Value::Text(address)) => {
            let email = EmailAddress {
                address: address.clone(),
                name: Some(address.clone()),
                routing_type: None,
            };
            (FieldValue::Email(email), None)
        }
        (Property::HtmlBody, Value::Text(html)) => {
            (FieldValue::Html(html.replace('\n', "\r\n")), None)
        }
        (_, Value::Date(date)) => (text(moment_of(*date)), Some(text(twin_of(*date)))),
        (_, Value::Moment(seconds)) => (text(text_of(*seconds).unwrap_or_default()), None),
        (_, Value::List(entries)) => (FieldValue::Strings(entries.clone()), None),
        // Outlook expects its own line ends.
        (_, Value::Text(note)) if property.kind() == Kind::Note => {
            (text(note.replace('\n', "\r\n")), None)
        }
        (_, Value::Text(_) | Value::Integer(_) | Value::Boolean(_) | Value::Double(_)) => {
            (text(value.display()), None)
        }
    };
    let second = companion(property).zip(beside);
    [(path, value)].into_iter().chain(second).collect()
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
