//! The fields of a contact item: their paths in requests, and their values.

use std::io;

use super::ExtendedFieldUri;
use super::xml::XmlWriter;

/// The keys of `EmailAddresses`.
pub const EMAIL_KEYS: [&str; 3] = ["EmailAddress1", "EmailAddress2", "EmailAddress3"];

/// The keys of `ImAddresses`.
pub const IM_KEYS: [&str; 3] = ["ImAddress1", "ImAddress2", "ImAddress3"];

/// The keys of `PhysicalAddresses`.
pub const PHYSICAL_ADDRESS_KEYS: [&str; 3] = ["Business", "Home", "Other"];

/// The keys of `PhoneNumbers` that every server knows. Newer schemas have four more, which older servers
/// refuse; they are left out when reading and never written.
pub const PHONE_KEYS: [&str; 19] = [
    "AssistantPhone",
    "BusinessFax",
    "BusinessPhone",
    "BusinessPhone2",
    "Callback",
    "CarPhone",
    "CompanyMainPhone",
    "HomeFax",
    "HomePhone",
    "HomePhone2",
    "Isdn",
    "MobilePhone",
    "OtherFax",
    "OtherTelephone",
    "Pager",
    "PrimaryPhone",
    "RadioPhone",
    "Telex",
    "TtyTddPhone",
];

macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are those of the schema")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// All of them, in the order of the schema.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The element's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The one with this element name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($variant) => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

named! {
    /// The elements of a contact that can be written, without the dictionaries. They hold one text, or a list of strings.
    ContactElement {
        FileAs, FileAsMapping, DisplayName, GivenName, Initials, MiddleName, Nickname, CompanyName,
        AssistantName, Birthday, BusinessHomePage, Children, Companies, Department, Generation,
        JobTitle, Manager, Mileage, OfficeLocation, PostalAddressIndex, Profession, SpouseName,
        Surname, WeddingAnniversary,
    }
}

named! {
    /// The elements that every item has and that hold one text.
    ItemElement {
        Subject, Sensitivity, Importance, ReminderDueBy, ReminderIsSet, Culture,
    }
}

impl ContactElement {
    /// Whether it holds a list of strings.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Children | Self::Companies)
    }
}

named! {
    /// The parts of a physical address.
    AddressPart { Street, City, State, CountryOrRegion, PostalCode }
}

/// The path of a field, as `SetItemField` and `DeleteItemField` name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldPath {
    /// `item:Body`
    Body,
    /// `item:Categories`
    Categories,
    /// `item:Attachments`, which is asked for and never written.
    Attachments,
    /// Another element that every item has.
    Item(ItemElement),
    /// An extended property.
    Extended(ExtendedFieldUri),
    /// An element of the contact.
    Contact(ContactElement),
    /// A slot of `EmailAddresses`.
    EmailAddress(&'static str),
    /// A part of an entry of `PhysicalAddresses`.
    PhysicalAddress(&'static str, AddressPart),
    /// A slot of `PhoneNumbers`.
    PhoneNumber(&'static str),
    /// A slot of `ImAddresses`.
    ImAddress(&'static str),
}

/// An entry of `EmailAddresses`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmailAddress {
    /// The text: an SMTP address, or the legacy name of an Exchange user when `RoutingType` is `EX`.
    pub address: String,
    /// `Name`, a display name.
    pub name: Option<String>,
    /// `RoutingType`; written as `SMTP`.
    pub routing_type: Option<String>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// Text, also a date and time in its lexical form.
    Text(String),
    /// A body that is HTML.
    Html(String),
    /// A list of strings.
    Strings(Vec<String>),
    /// An e-mail address with its attributes.
    Email(EmailAddress),
}

impl FieldValue {
    /// The text; of a list, nothing.
    #[must_use]
    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Html(text) => text,
            Self::Email(email) => &email.address,
            Self::Strings(_) => "",
        }
    }
}

/// A field with its value.
pub type Field = (FieldPath, FieldValue);

impl FieldPath {
    /// Whether it is a slot of a dictionary, which comes with the base shape.
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        matches!(
            self,
            Self::EmailAddress(_)
                | Self::PhysicalAddress(..)
                | Self::PhoneNumber(_)
                | Self::ImAddress(_)
        )
    }

    /// Writes the path element: `FieldURI`, `IndexedFieldURI` or `ExtendedFieldURI`.
    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        let indexed = |xml: &mut XmlWriter, uri: &str, index: &str| {
            let attributes = [("FieldURI", uri), ("FieldIndex", index)];
            xml.empty("t:IndexedFieldURI", &attributes)
        };
        match self {
            Self::Body => write_field_uri(xml, "item:Body"),
            Self::Categories => write_field_uri(xml, "item:Categories"),
            Self::Attachments => write_field_uri(xml, "item:Attachments"),
            Self::Item(element) => write_field_uri(xml, &format!("item:{}", element.name())),
            Self::Extended(uri) => uri.write(xml),
            Self::Contact(element) => write_field_uri(xml, &format!("contacts:{}", element.name())),
            Self::EmailAddress(key) => indexed(xml, "contacts:EmailAddress", key),
            Self::PhysicalAddress(key, part) => {
                let uri = format!("contacts:PhysicalAddress:{}", part.name());
                indexed(xml, &uri, key)
            }
            Self::PhoneNumber(key) => indexed(xml, "contacts:PhoneNumber", key),
            Self::ImAddress(key) => indexed(xml, "contacts:ImAddress", key),
        }
    }
}

pub(super) fn write_field_uri(xml: &mut XmlWriter, uri: &str) -> io::Result<()> {
    xml.empty("t:FieldURI", &[("FieldURI", uri)])
}

/// The key of a dictionary as the schema spells it, or `None` for one that we do not know.
pub(super) fn known_key(keys: &[&'static str], key: &str) -> Option<&'static str> {
    keys.iter().copied().find(|known| *known == key)
}
