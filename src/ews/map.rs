//! Items of EWS to contacts and back. Pure: the same input gives the same output.

use std::borrow::Cow;

use super::instant::{date_of, moment_of, parse_micros, twin_of};
use super::wire::{
    AddressPart as WirePart, ContactElement, ContactItem, EmailAddress, ExtendedFieldUri, Field,
    FieldPath, FieldUpdate, FieldValue, ItemShape, PropertySet,
};
use crate::contact::{
    AddressKey, AddressPart, Changes, Contact, Date, EmailKey, ImKey, Kind, PhoneKey, Property,
    Value, normalise_list,
};
use crate::sync::ids::{Moment, Stamp};

/// The property set of this product; the stamp is a named property in it. Never change it: items bear it.
const PRODUCT_SET: &str = "b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42";

/// `PidLidBirthdayLocal`, the birthday at 00:00 without a zone.
const BIRTHDAY_LOCAL: ExtendedFieldUri = address_property(0x80DE, "SystemTime");

/// `PidLidWeddingAnniversaryLocal`.
const ANNIVERSARY_LOCAL: ExtendedFieldUri = address_property(0x80DF, "SystemTime");

/// `PidLidEmail1OriginalDisplayName` and those of the other slots: for a contact picked from the company's
/// address list it is usually the SMTP address.
static ORIGINAL_DISPLAY_NAMES: [ExtendedFieldUri; 3] = [
    address_property(0x8084, "String"),
    address_property(0x8094, "String"),
    address_property(0x80A4, "String"),
];

const fn address_property(id: u32, kind: &'static str) -> ExtendedFieldUri {
    ExtendedFieldUri::Id {
        set: PropertySet::Distinguished(Cow::Borrowed("Address")),
        id,
        kind: Cow::Borrowed(kind),
    }
}

/// The property that holds the stamp.
pub(super) fn stamp_uri() -> ExtendedFieldUri {
    ExtendedFieldUri::Name {
        set: PropertySet::Guid(Cow::Borrowed(PRODUCT_SET)),
        name: Cow::Borrowed("EcsStamp"),
        kind: Cow::Borrowed("String"),
    }
}

/// The shape in which items are fetched so that [`contact_of`] sees everything.
pub(super) fn shape() -> ItemShape {
    let mut extended = vec![stamp_uri(), BIRTHDAY_LOCAL, ANNIVERSARY_LOCAL];
    extended.extend_from_slice(&ORIGINAL_DISPLAY_NAMES);
    ItemShape::Contact(extended)
}

/// The values of an item.
pub(super) fn contact_of(item: &ContactItem) -> Contact {
    let mut contact = Contact::new();
    for (path, value) in &item.fields {
        match path {
            FieldPath::Body => set_text(&mut contact, Property::Body, value.as_text()),
            FieldPath::Categories => {
                if let FieldValue::Strings(categories) = value {
                    let list = normalise_list(categories.iter().map(String::as_str));
                    contact.set(Property::Categories, list);
                }
            }
            FieldPath::Contact(ContactElement::Birthday) => {
                let twin = extended(item, &BIRTHDAY_LOCAL);
                set_date(&mut contact, Property::Birthday, value.as_text(), twin);
            }
            FieldPath::Contact(ContactElement::WeddingAnniversary) => {
                let twin = extended(item, &ANNIVERSARY_LOCAL);
                let property = Property::WeddingAnniversary;
                set_date(&mut contact, property, value.as_text(), twin);
            }
            FieldPath::Contact(element) => {
                if let Some(property) = property_of(*element) {
                    set_text(&mut contact, property, value.as_text());
                }
            }
            FieldPath::EmailAddress(key) => {
                if let (Some(key), FieldValue::Email(email)) = (EmailKey::from_name(key), value)
                    && let Some(address) = smtp_address(item, key, email)
                {
                    set_text(&mut contact, Property::Email(key), address);
                }
            }
            FieldPath::PhoneNumber(key) => {
                if let Some(key) = PhoneKey::from_name(key) {
                    set_text(&mut contact, Property::Phone(key), value.as_text());
                }
            }
            FieldPath::ImAddress(key) => {
                if let Some(key) = ImKey::from_name(key) {
                    set_text(&mut contact, Property::Im(key), value.as_text());
                }
            }
            FieldPath::PhysicalAddress(key, part) => {
                if let (Some(key), Some(part)) = (
                    AddressKey::from_name(key),
                    AddressPart::from_name(part.name()),
                ) {
                    let property = Property::Address(key, part);
                    set_text(&mut contact, property, value.as_text());
                }
            }
            FieldPath::Extended(_) => {}
        }
    }
    contact
}

/// The stamp that an item bears.
pub(super) fn stamp_of(item: &ContactItem) -> Option<Stamp> {
    let text = extended(item, &stamp_uri())?;
    (!text.is_empty()).then(|| Stamp::new(text))
}

/// When an item was last modified.
pub(super) fn modified_of(item: &ContactItem) -> Option<Moment> {
    parse_micros(item.last_modified_time.as_deref()?).map(Moment)
}

fn extended<'a>(item: &'a ContactItem, wanted: &ExtendedFieldUri) -> Option<&'a str> {
    item.fields.iter().find_map(|(path, value)| match path {
        FieldPath::Extended(uri) if uri == wanted => Some(value.as_text()),
        _ => None,
    })
}

fn set_text(contact: &mut Contact, property: Property, text: &str) {
    // Only dates can be refused, and they are not set as text.
    let _ = contact.set_raw(property, text);
}

fn set_date(contact: &mut Contact, property: Property, moment: &str, twin: Option<&str>) {
    contact.set(property, date_of(moment, twin).map(Value::Date));
}

/// The SMTP address of an e-mail slot. Contacts picked from the company's address list hold a legacy name
/// (`EX`) in its place: it is no address to anybody outside, so without a known SMTP form the slot counts as empty.
fn smtp_address<'a>(
    item: &'a ContactItem,
    key: EmailKey,
    email: &'a EmailAddress,
) -> Option<&'a str> {
    let is_legacy = email
        .routing_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("EX"))
        || email.address.trim_start().starts_with("/o=")
        || email.address.trim_start().starts_with("/O=");
    let looks_smtp = |text: &&str| {
        let text = text.trim();
        text.contains('@') && !text.contains([' ', '/', '<', '('])
    };
    if is_legacy {
        let slot = EmailKey::ALL.iter().position(|known| *known == key)?;
        let original = ORIGINAL_DISPLAY_NAMES.get(slot)?;
        return extended(item, original).filter(looks_smtp);
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

/// The fields of a new item: the contact's values, the stamp, and what makes it appear under a name in
/// Outlook's list, since Exchange leaves `FileAs` empty when nobody sets it or its mapping.
pub(super) fn new_item(contact: &Contact, stamp: &Stamp) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (property, value) in contact.iter() {
        fields.extend(fields_of(property, value));
    }
    let stamp = FieldValue::Text(stamp.as_str().to_owned());
    fields.push((FieldPath::Extended(stamp_uri()), stamp));

    let element = |element, text: &str| {
        let value = FieldValue::Text(text.to_owned());
        (FieldPath::Contact(element), value)
    };
    let names: Vec<&str> = [Property::GivenName, Property::MiddleName, Property::Surname]
        .into_iter()
        .filter_map(|property| contact.text(property))
        .collect();
    let company = contact.text(Property::CompanyName);
    let display_name = contact.text(Property::DisplayName);
    if display_name.is_none() && !names.is_empty() {
        fields.push(element(ContactElement::DisplayName, &names.join(" ")));
    }
    if contact.text(Property::FileAs).is_none() {
        let named = if !names.is_empty() {
            Some((ContactElement::FileAsMapping, "LastCommaFirst"))
        } else if company.is_some() {
            Some((ContactElement::FileAsMapping, "Company"))
        } else {
            let emails = EmailKey::ALL.iter().map(|key| Property::Email(*key));
            let phones = PhoneKey::ALL.iter().map(|key| Property::Phone(*key));
            let other =
                display_name.or_else(|| emails.chain(phones).find_map(|any| contact.text(any)));
            other.map(|text| (ContactElement::FileAs, text))
        };
        fields.extend(named.map(|(which, text)| element(which, text)));
    }
    fields
}

/// The change descriptions for changes, one property each; what is empty is deleted, not set to nothing.
pub(super) fn updates_of(changes: &Changes) -> Vec<FieldUpdate> {
    let mut updates = Vec::new();
    for (property, value) in changes.iter() {
        match value {
            Some(value) => {
                updates.extend(fields_of(property, value).into_iter().map(FieldUpdate::Set));
            }
            None => updates.extend(paths_of(property).into_iter().map(FieldUpdate::Delete)),
        }
    }
    updates
}

fn fields_of(property: Property, value: &Value) -> Vec<Field> {
    let paths = paths_of(property);
    match value {
        Value::Date(date) => {
            let texts: [fn(Date) -> String; 2] = [moment_of, twin_of];
            let values = texts.iter().map(|text| FieldValue::Text(text(*date)));
            paths.into_iter().zip(values).collect()
        }
        Value::List(entries) => {
            let value = FieldValue::Strings(entries.clone());
            paths
                .into_iter()
                .map(|path| (path, value.clone()))
                .collect()
        }
        Value::Text(text) => {
            let text = match property.kind() {
                // Outlook expects its own line ends.
                Kind::Note => text.replace('\n', "\r\n"),
                Kind::Line | Kind::Date | Kind::Set => text.clone(),
            };
            let value = match property {
                Property::Email(_) => FieldValue::Email(EmailAddress {
                    address: text,
                    name: None,
                    routing_type: None,
                }),
                _ => FieldValue::Text(text),
            };
            paths
                .into_iter()
                .map(|path| (path, value.clone()))
                .collect()
        }
    }
}

/// The paths at which a property is kept: a date at two, its moment and its local twin, all else at one.
fn paths_of(property: Property) -> Vec<FieldPath> {
    let element = |element| vec![FieldPath::Contact(element)];
    match property {
        Property::GivenName => element(ContactElement::GivenName),
        Property::MiddleName => element(ContactElement::MiddleName),
        Property::Surname => element(ContactElement::Surname),
        Property::Generation => element(ContactElement::Generation),
        Property::Initials => element(ContactElement::Initials),
        Property::Nickname => element(ContactElement::Nickname),
        Property::DisplayName => element(ContactElement::DisplayName),
        Property::FileAs => element(ContactElement::FileAs),
        Property::CompanyName => element(ContactElement::CompanyName),
        Property::Department => element(ContactElement::Department),
        Property::JobTitle => element(ContactElement::JobTitle),
        Property::OfficeLocation => element(ContactElement::OfficeLocation),
        Property::BusinessHomePage => element(ContactElement::BusinessHomePage),
        Property::Birthday => vec![
            FieldPath::Contact(ContactElement::Birthday),
            FieldPath::Extended(BIRTHDAY_LOCAL),
        ],
        Property::WeddingAnniversary => vec![
            FieldPath::Contact(ContactElement::WeddingAnniversary),
            FieldPath::Extended(ANNIVERSARY_LOCAL),
        ],
        Property::Body => vec![FieldPath::Body],
        Property::Categories => vec![FieldPath::Categories],
        Property::Email(key) => vec![FieldPath::EmailAddress(key.name())],
        Property::Phone(key) => vec![FieldPath::PhoneNumber(key.name())],
        Property::Im(key) => vec![FieldPath::ImAddress(key.name())],
        Property::Address(key, part) => {
            let part = match part {
                AddressPart::Street => WirePart::Street,
                AddressPart::City => WirePart::City,
                AddressPart::State => WirePart::State,
                AddressPart::CountryOrRegion => WirePart::CountryOrRegion,
                AddressPart::PostalCode => WirePart::PostalCode,
            };
            vec![FieldPath::PhysicalAddress(key.name(), part)]
        }
    }
}

fn property_of(element: ContactElement) -> Option<Property> {
    match element {
        ContactElement::FileAs => Some(Property::FileAs),
        ContactElement::DisplayName => Some(Property::DisplayName),
        ContactElement::GivenName => Some(Property::GivenName),
        ContactElement::Initials => Some(Property::Initials),
        ContactElement::MiddleName => Some(Property::MiddleName),
        ContactElement::Nickname => Some(Property::Nickname),
        ContactElement::CompanyName => Some(Property::CompanyName),
        ContactElement::Birthday => Some(Property::Birthday),
        ContactElement::BusinessHomePage => Some(Property::BusinessHomePage),
        ContactElement::Department => Some(Property::Department),
        ContactElement::Generation => Some(Property::Generation),
        ContactElement::JobTitle => Some(Property::JobTitle),
        ContactElement::OfficeLocation => Some(Property::OfficeLocation),
        ContactElement::Surname => Some(Property::Surname),
        ContactElement::WeddingAnniversary => Some(Property::WeddingAnniversary),
        ContactElement::FileAsMapping
        | ContactElement::AssistantName
        | ContactElement::Manager
        | ContactElement::Mileage
        | ContactElement::PostalAddressIndex
        | ContactElement::Profession
        | ContactElement::SpouseName => None,
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
