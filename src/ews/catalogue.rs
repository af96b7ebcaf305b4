//! Where EWS keeps each property, and how it is cleared there: one place for all of them.

use std::borrow::Cow;
use std::collections::HashMap;

use once_cell::sync::Lazy;

use super::wire::{
    AddressPart as WirePart, ContactElement as Element, ExtendedFieldUri, FieldPath,
    ItemElement as Item, PropertySet,
};
use crate::contact::{AddressKey, AddressPart, EmailKey, Extended, MapiId, OWN_SET, Property};

/// `PidLidBirthdayLocal`, the birthday at 00:00 without a zone.
pub(super) const BIRTHDAY_LOCAL: FieldPath = address_set(0x80DE, "SystemTime");

/// The name of the property with the addresses of a list that have no slot. Never change it: items bear it.
const FURTHER_EMAILS: &str = "EcsEmailAddresses";

/// `PidLidWeddingAnniversaryLocal`.
pub(super) const ANNIVERSARY_LOCAL: FieldPath = address_set(0x80DF, "SystemTime");

/// `PidLidPrivate`, which Outlook keeps beside the sensitivity.
pub(super) const PRIVATE: FieldPath = FieldPath::Extended(ExtendedFieldUri::Id {
    set: PropertySet::Distinguished(Cow::Borrowed("Common")),
    id: 0x8506,
    kind: Cow::Borrowed("Boolean"),
});

const fn address_set(id: u32, kind: &'static str) -> FieldPath {
    FieldPath::Extended(ExtendedFieldUri::Id {
        set: PropertySet::Distinguished(Cow::Borrowed("Address")),
        id,
        kind: Cow::Borrowed(kind),
    })
}

const fn tag(tag: u16, kind: &'static str) -> FieldPath {
    FieldPath::Extended(ExtendedFieldUri::Tag {
        tag,
        kind: Cow::Borrowed(kind),
    })
}

/// The named properties of an e-mail slot that Exchange keeps beside its address: display name, address type, original
/// display name and original entry id. Where they are left, a cleared slot still shows a name (`PidLidEmail1DisplayName` and its like).
pub(super) fn email_group(key: EmailKey) -> [FieldPath; 4] {
    let first = match key {
        EmailKey::EmailAddress1 => 0x8080,
        EmailKey::EmailAddress2 => 0x8090,
        EmailKey::EmailAddress3 => 0x80A0,
    };
    [
        address_set(first, "String"),
        address_set(first + 2, "String"),
        original_display_name(key),
        address_set(first + 5, "Binary"),
    ]
}

/// `PidLidEmail1OriginalDisplayName` and those of the other slots: for a contact picked from the company's
/// address list it is usually the SMTP address.
pub(super) fn original_display_name(key: EmailKey) -> FieldPath {
    address_set(
        match key {
            EmailKey::EmailAddress1 => 0x8084,
            EmailKey::EmailAddress2 => 0x8094,
            EmailKey::EmailAddress3 => 0x80A4,
        },
        "String",
    )
}

/// How a property is emptied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clear {
    /// By `DeleteItemField` on all its paths.
    Delete,
    /// Exchange refuses that: the first path is set to this instead, which means the same.
    SetTo(&'static str),
}

/// How a property is emptied.
pub(super) const fn clear(property: Property) -> Clear {
    match property {
        Property::Sensitivity | Property::Importance => Clear::SetTo("Normal"),
        Property::PostalAddressIndex => Clear::SetTo("None"),
        Property::ReminderDueBy => Clear::SetTo("false"),
        _ => Clear::Delete,
    }
}

/// The path at which a property is read, and written.
pub(super) fn path(property: Property) -> FieldPath {
    match property {
        Property::Title => tag(0x3A45, "String"),
        Property::GivenName => FieldPath::Contact(Element::GivenName),
        Property::MiddleName => FieldPath::Contact(Element::MiddleName),
        Property::Surname => FieldPath::Contact(Element::Surname),
        Property::Generation => FieldPath::Contact(Element::Generation),
        Property::Initials => FieldPath::Contact(Element::Initials),
        Property::Nickname => FieldPath::Contact(Element::Nickname),
        Property::DisplayName => FieldPath::Contact(Element::DisplayName),
        Property::FileAs => FieldPath::Contact(Element::FileAs),
        Property::FileAsMapping => FieldPath::Contact(Element::FileAsMapping),
        Property::Subject => FieldPath::Item(Item::Subject),
        Property::YomiGivenName => address_set(0x802C, "String"),
        Property::YomiSurname => address_set(0x802D, "String"),
        Property::YomiCompanyName => address_set(0x802E, "String"),
        Property::CompanyName => FieldPath::Contact(Element::CompanyName),
        Property::Companies => FieldPath::Contact(Element::Companies),
        Property::Department => FieldPath::Contact(Element::Department),
        Property::JobTitle => FieldPath::Contact(Element::JobTitle),
        Property::Profession => FieldPath::Contact(Element::Profession),
        Property::OfficeLocation => FieldPath::Contact(Element::OfficeLocation),
        Property::Manager => FieldPath::Contact(Element::Manager),
        Property::AssistantName => FieldPath::Contact(Element::AssistantName),
        Property::BusinessHomePage => FieldPath::Contact(Element::BusinessHomePage),
        Property::PersonalHomePage => tag(0x3A50, "String"),
        Property::FtpSite => tag(0x3A4C, "String"),
        Property::FreeBusyUrl => address_set(0x80D8, "String"),
        Property::Birthday => FieldPath::Contact(Element::Birthday),
        Property::WeddingAnniversary => FieldPath::Contact(Element::WeddingAnniversary),
        Property::SpouseName => FieldPath::Contact(Element::SpouseName),
        Property::Children => FieldPath::Contact(Element::Children),
        Property::Gender => tag(0x3A4D, "Short"),
        Property::Hobbies => tag(0x3A43, "String"),
        Property::Mileage => FieldPath::Contact(Element::Mileage),
        Property::PostalAddressIndex => FieldPath::Contact(Element::PostalAddressIndex),
        Property::UserField1 => address_set(0x804F, "String"),
        Property::UserField2 => address_set(0x8050, "String"),
        Property::UserField3 => address_set(0x8051, "String"),
        Property::UserField4 => address_set(0x8052, "String"),
        Property::Body | Property::HtmlBody => FieldPath::Body,
        Property::Categories => FieldPath::Categories,
        Property::Sensitivity => FieldPath::Item(Item::Sensitivity),
        Property::Importance => FieldPath::Item(Item::Importance),
        Property::Culture => FieldPath::Item(Item::Culture),
        Property::ReminderDueBy => FieldPath::Item(Item::ReminderIsSet),
        // Of a list, what has no slot.
        Property::EmailAddresses => FieldPath::Extended(ExtendedFieldUri::Name {
            set: PropertySet::Guid(Cow::Borrowed(OWN_SET)),
            name: Cow::Borrowed(FURTHER_EMAILS),
            kind: Cow::Borrowed("StringArray"),
        }),
        Property::Photo => FieldPath::Attachments,
        Property::Email(key) => FieldPath::EmailAddress(key.name()),
        Property::Phone(key) => FieldPath::PhoneNumber(key.name()),
        Property::Im(key) => FieldPath::ImAddress(key.name()),
        Property::Address(key, part) => address(key, part),
        Property::Extended(name) => FieldPath::Extended(extended(name)),
    }
}

fn address(key: AddressKey, part: AddressPart) -> FieldPath {
    let part = match (part, key) {
        (AddressPart::Street, _) => WirePart::Street,
        (AddressPart::City, _) => WirePart::City,
        (AddressPart::State, _) => WirePart::State,
        (AddressPart::CountryOrRegion, _) => WirePart::CountryOrRegion,
        (AddressPart::PostalCode, _) => WirePart::PostalCode,
        // The one part for which EWS has no element.
        (AddressPart::PostOfficeBox, AddressKey::Business) => return address_set(0x804A, "String"),
        (AddressPart::PostOfficeBox, AddressKey::Home) => return tag(0x3A5E, "String"),
        (AddressPart::PostOfficeBox, AddressKey::Other) => return tag(0x3A64, "String"),
    };
    FieldPath::PhysicalAddress(key.name(), part)
}

/// What is kept beside a property's path, and has to follow it.
pub(super) fn companion(property: Property) -> Option<FieldPath> {
    match property {
        Property::Birthday => Some(BIRTHDAY_LOCAL),
        Property::WeddingAnniversary => Some(ANNIVERSARY_LOCAL),
        Property::Sensitivity => Some(PRIVATE),
        Property::ReminderDueBy => Some(FieldPath::Item(Item::ReminderDueBy)),
        _ => None,
    }
}

/// The name of an extended property on the wire.
pub(super) fn extended(name: Extended) -> ExtendedFieldUri {
    let kind = Cow::Borrowed(name.mapi_type().name());
    match name.id() {
        MapiId::Tag(tag) => ExtendedFieldUri::Tag { tag: *tag, kind },
        MapiId::Number(set, id) => ExtendedFieldUri::Id {
            set: PropertySet::of(set),
            id: *id,
            kind,
        },
        MapiId::Name(set, name) => ExtendedFieldUri::Name {
            set: PropertySet::of(set),
            name: Cow::Borrowed(name),
            kind,
        },
    }
}

/// The property of the catalogue that is kept at a path.
pub(super) fn property_at(path: &FieldPath) -> Option<Property> {
    static AT: Lazy<HashMap<FieldPath, Property>> = Lazy::new(|| {
        Property::all()
            .map(|property| (self::path(property), property))
            .collect()
    });
    AT.get(path).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_has_a_place_of_its_own() {
        for property in Property::all() {
            assert_eq!(property_at(&path(property)), Some(property), "{property}");
            if let Some(companion) = companion(property) {
                assert_eq!(property_at(&companion), None, "{property}");
            }
        }
    }

    #[test]
    fn extended_names_become_all_legal_forms() {
        let uri = |text: &str| match text.parse::<Property>() {
            Ok(Property::Extended(name)) => extended(name),
            other => panic!("{other:?}"),
        };
        let address = PropertySet::Distinguished(Cow::Borrowed("Address"));
        assert_eq!(
            uri("extended:0x3A45"),
            ExtendedFieldUri::Tag {
                tag: 0x3A45,
                kind: Cow::Borrowed("String")
            }
        );
        assert_eq!(
            uri("extended:Address/32847#int"),
            ExtendedFieldUri::Id {
                set: address.clone(),
                id: 32_847,
                kind: Cow::Borrowed("Integer")
            }
        );
        assert_eq!(
            uri("extended:Address/Name#list"),
            ExtendedFieldUri::Name {
                set: address,
                name: Cow::Borrowed("Name"),
                kind: Cow::Borrowed("StringArray")
            }
        );
        assert!(matches!(
            uri("extended:Vip#bool"),
            ExtendedFieldUri::Name { set: PropertySet::Guid(guid), .. } if guid == crate::contact::OWN_SET
        ));
    }
}
