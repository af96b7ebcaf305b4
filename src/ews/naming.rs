//! The names under which Outlook shows a contact, made from what is known of it.
//!
//! Exchange leaves `FileAs` empty when nobody sets it or its mapping, and a contact without it has no name in Outlook's list.

use super::catalogue;
use super::wire::{Field, FieldValue};
use crate::contact::{AddressKey, AddressPart, Contact, EmailKey, PhoneKey, Property};

fn field(property: Property, text: &str) -> Field {
    (catalogue::path(property), FieldValue::Text(text.to_owned()))
}

/// What a new item gets beside its values, so that it has a name and a mailing address in Outlook's views.
pub(super) fn for_new(contact: &Contact) -> Vec<Field> {
    let mut fields = Vec::new();
    let names: Vec<&str> = [Property::GivenName, Property::MiddleName, Property::Surname]
        .into_iter()
        .filter_map(|property| contact.text(property))
        .collect();
    let company = contact.text(Property::CompanyName);
    let display_name = contact.text(Property::DisplayName);
    if display_name.is_none() && !names.is_empty() {
        fields.push(field(Property::DisplayName, &names.join(" ")));
    }
    if contact.text(Property::FileAs).is_none() && contact.text(Property::FileAsMapping).is_none() {
        let named = if !names.is_empty() {
            Some((Property::FileAsMapping, "LastCommaFirst"))
        } else if company.is_some() {
            Some((Property::FileAsMapping, "Company"))
        } else {
            let emails = EmailKey::ALL.iter().map(|key| Property::Email(*key));
            let phones = PhoneKey::ALL.iter().map(|key| Property::Phone(*key));
            let other =
                display_name.or_else(|| emails.chain(phones).find_map(|any| contact.text(any)));
            other.map(|text| (Property::FileAs, text))
        };
        fields.extend(named.map(|(which, text)| field(which, text)));
    }
    if contact.text(Property::PostalAddressIndex).is_none() {
        let has_address = |key: &&AddressKey| {
            let mut parts = AddressPart::ALL.iter();
            parts.any(|part| contact.text(Property::Address(**key, *part)).is_some())
        };
        let mailing = AddressKey::ALL.iter().find(has_address);
        fields.extend(mailing.map(|key| field(Property::PostalAddressIndex, key.name())));
    }
    fields
}
