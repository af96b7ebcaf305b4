//! The first-class properties of a contact (EWS reference, sections 3.1 to 3.4 and 3.7).

use super::value::PropertyId;

/// Keys of EmailAddresses.
pub const EMAIL_KEYS: &[&str] = &["EmailAddress1", "EmailAddress2", "EmailAddress3"];
/// Keys of ImAddresses.
pub const IM_KEYS: &[&str] = &["ImAddress1", "ImAddress2", "ImAddress3"];
/// Keys of PhysicalAddresses.
pub const ADDRESS_KEYS: &[&str] = &["Business", "Home", "Other"];
#[cfg(test)]
pub const ADDRESS_PARTS: &[&str] = &["Street", "City", "State", "CountryOrRegion", "PostalCode"];
/// Keys of PhoneNumbers; the four that newer schemas add are unknown to on-premises servers.
#[rustfmt::skip]
pub const PHONE_KEYS: &[&str] = &[
    "AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone",
    "CompanyMainPhone", "HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax",
    "OtherTelephone", "Pager", "PrimaryPhone", "RadioPhone", "Telex", "TtyTddPhone",
];
/// Values of FileAsMapping.
#[rustfmt::skip]
pub const FILE_AS_MAPPINGS: &[&str] = &[
    "None", "LastCommaFirst", "FirstSpaceLast", "Company", "LastCommaFirstCompany",
    "CompanyLastFirst", "LastFirst", "LastFirstCompany", "CompanyLastCommaFirst",
    "LastFirstSuffix", "LastSpaceFirstCompany", "CompanyLastSpaceFirst", "LastSpaceFirst",
    "DisplayName", "FirstName", "LastFirstMiddleSuffix", "LastName", "Empty",
];

/// How a property's value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text of several lines, kept with CRLF.
    Lines,
    /// One word of an enumeration.
    Word,
    /// `true` or `false`.
    Flag,
    /// Bytes in base64.
    Binary,
    /// An instant.
    Time,
    /// A list of texts.
    List,
}

/// Where a property stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Element of the contact part, `contacts:Name`.
    Contact(&'static str),
    /// Element of the item part, `item:Name`.
    Item(&'static str),
    /// Text of an e-mail entry.
    Email(&'static str),
    /// Attribute of an e-mail entry.
    EmailAttribute(&'static str, &'static str),
    /// Named property of an e-mail slot that its entry does not show.
    EmailHidden(&'static str, &'static str),
    /// Text of an instant messaging entry.
    Im(&'static str),
    /// Text of a phone entry.
    Phone(&'static str),
    /// Part of an address entry.
    Address(&'static str, &'static str),
    /// Not an element of its own.
    Hidden,
}

/// Another name of the same storage (EWS reference, section 3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alias {
    /// None that the simulator knows.
    None,
    /// A MAPI tag.
    Tag(u16),
    /// A numbered property of the Address set.
    Address(i32),
    /// PublicStrings/Keywords.
    Keywords,
}

/// A first-class property.
#[derive(Debug)]
pub struct Field {
    /// Its name at the side door.
    pub name: &'static str,
    /// Where it stands on the wire.
    pub place: Place,
    /// How it is stored.
    pub kind: Kind,
    /// Another name of it.
    pub alias: Alias,
    /// Whether DeleteItemField may clear it.
    pub clearable: bool,
}

const fn field(name: &'static str, place: Place, kind: Kind, alias: Alias) -> Field {
    Field {
        name,
        place,
        kind,
        alias,
        clearable: true,
    }
}

const fn contact(name: &'static str, tag: u16) -> Field {
    field(name, Place::Contact(name), Kind::Text, Alias::Tag(tag))
}

const fn item(name: &'static str, kind: Kind, alias: Alias, clearable: bool) -> Field {
    Field {
        name,
        place: Place::Item(name),
        kind,
        alias,
        clearable,
    }
}

const fn phone(name: &'static str, tag: u16) -> Field {
    field(name, Place::Phone(name), Kind::Text, Alias::Tag(tag))
}

const fn address(name: &'static str, key: &'static str, part: &'static str, alias: Alias) -> Field {
    field(name, Place::Address(key, part), Kind::Text, alias)
}

const fn email(name: &'static str, place: Place, alias: Alias) -> Field {
    field(name, place, Kind::Text, alias)
}

const fn original_name(name: &'static str, key: &'static str, number: i32) -> Field {
    let place = Place::EmailHidden(key, "OriginalDisplayName");
    field(name, place, Kind::Text, Alias::Address(number))
}

const fn original_id(name: &'static str, key: &'static str, number: i32) -> Field {
    let place = Place::EmailHidden(key, "OriginalEntryId");
    field(name, place, Kind::Binary, Alias::Address(number))
}

/// Indexes of the properties that the code names.
macro_rules! named {
    ($($constant:ident = $index:literal $name:literal),* $(,)?) => {
        $(#[doc = concat!("`", $name, "`")] pub const $constant: PropertyId = PropertyId($index);)*
        #[cfg(test)]
        const NAMED: &[(PropertyId, &str)] = &[$(($constant, $name)),*];
    };
}

named! {
    FILE_AS = 0 "FileAs", FILE_AS_MAPPING = 1 "FileAsMapping", DISPLAY_NAME = 2 "DisplayName",
    GIVEN_NAME = 3 "GivenName", INITIALS = 4 "Initials", MIDDLE_NAME = 5 "MiddleName", NICKNAME = 6 "Nickname",
    COMPANY_NAME = 7 "CompanyName", BIRTHDAY = 9 "Birthday", GENERATION = 14 "Generation",
    POSTAL_ADDRESS_INDEX = 19 "PostalAddressIndex", SURNAME = 22 "Surname",
    SUBJECT = 24 "Subject", SENSITIVITY = 25 "Sensitivity", BODY = 26 "Body", CATEGORIES = 27 "Categories",
    IMPORTANCE = 28 "Importance", CULTURE = 29 "Culture", BODY_TYPE = 33 "BodyType", TITLE = 34 "Title",
    PHONETIC_FIRST = 35 "PhoneticFirstName", PHONETIC_LAST = 36 "PhoneticLastName",
    HAS_PICTURE = 86 "HasPicture",
}

/// Every first-class property; a [`PropertyId`] below its length is an index into it.
#[rustfmt::skip]
pub static FIELDS: &[Field] = &[
    field("FileAs", Place::Contact("FileAs"), Kind::Text, Alias::Address(0x8005)),
    field("FileAsMapping", Place::Contact("FileAsMapping"), Kind::Word, Alias::None),
    contact("DisplayName", 0x3001),
    contact("GivenName", 0x3A06),
    contact("Initials", 0x3A0A),
    contact("MiddleName", 0x3A44),
    contact("Nickname", 0x3A4F),
    contact("CompanyName", 0x3A16),
    contact("AssistantName", 0x3A30),
    field("Birthday", Place::Contact("Birthday"), Kind::Time, Alias::Tag(0x3A42)),
    contact("BusinessHomePage", 0x3A51),
    field("Children", Place::Contact("Children"), Kind::List, Alias::Tag(0x3A58)),
    field("Companies", Place::Contact("Companies"), Kind::List, Alias::None),
    contact("Department", 0x3A18),
    contact("Generation", 0x3A05),
    contact("JobTitle", 0x3A17),
    contact("Manager", 0x3A4E),
    field("Mileage", Place::Contact("Mileage"), Kind::Text, Alias::None),
    contact("OfficeLocation", 0x3A19),
    Field {
        name: "PostalAddressIndex",
        place: Place::Contact("PostalAddressIndex"),
        kind: Kind::Word,
        alias: Alias::Address(0x8022),
        clearable: false,
    },
    contact("Profession", 0x3A46),
    contact("SpouseName", 0x3A48),
    contact("Surname", 0x3A11),
    field("WeddingAnniversary", Place::Contact("WeddingAnniversary"), Kind::Time, Alias::Tag(0x3A41)),
    item("Subject", Kind::Text, Alias::Tag(0x0037), true),
    item("Sensitivity", Kind::Word, Alias::Tag(0x0036), false),
    item("Body", Kind::Lines, Alias::Tag(0x1000), true),
    item("Categories", Kind::List, Alias::Keywords, true),
    item("Importance", Kind::Word, Alias::Tag(0x0017), false),
    item("Culture", Kind::Text, Alias::None, true),
    item("ReminderIsSet", Kind::Flag, Alias::None, false),
    item("ReminderDueBy", Kind::Time, Alias::None, false),
    item("ReminderMinutesBeforeStart", Kind::Word, Alias::None, false),
    field("BodyType", Place::Hidden, Kind::Word, Alias::None),
    field("Title", Place::Hidden, Kind::Text, Alias::Tag(0x3A45)),
    field("PhoneticFirstName", Place::Hidden, Kind::Text, Alias::Address(0x802C)),
    field("PhoneticLastName", Place::Hidden, Kind::Text, Alias::Address(0x802D)),
    email("EmailAddress1", Place::Email("EmailAddress1"), Alias::Address(0x8083)),
    email("EmailAddress1.Name", Place::EmailAttribute("EmailAddress1", "Name"), Alias::Address(0x8080)),
    email("EmailAddress1.RoutingType", Place::EmailAttribute("EmailAddress1", "RoutingType"), Alias::Address(0x8082)),
    email("EmailAddress1.MailboxType", Place::EmailAttribute("EmailAddress1", "MailboxType"), Alias::None),
    email("EmailAddress2", Place::Email("EmailAddress2"), Alias::Address(0x8093)),
    email("EmailAddress2.Name", Place::EmailAttribute("EmailAddress2", "Name"), Alias::Address(0x8090)),
    email("EmailAddress2.RoutingType", Place::EmailAttribute("EmailAddress2", "RoutingType"), Alias::Address(0x8092)),
    email("EmailAddress2.MailboxType", Place::EmailAttribute("EmailAddress2", "MailboxType"), Alias::None),
    email("EmailAddress3", Place::Email("EmailAddress3"), Alias::Address(0x80A3)),
    email("EmailAddress3.Name", Place::EmailAttribute("EmailAddress3", "Name"), Alias::Address(0x80A0)),
    email("EmailAddress3.RoutingType", Place::EmailAttribute("EmailAddress3", "RoutingType"), Alias::Address(0x80A2)),
    email("EmailAddress3.MailboxType", Place::EmailAttribute("EmailAddress3", "MailboxType"), Alias::None),
    field("ImAddress1", Place::Im("ImAddress1"), Kind::Text, Alias::Address(0x8062)),
    field("ImAddress2", Place::Im("ImAddress2"), Kind::Text, Alias::None),
    field("ImAddress3", Place::Im("ImAddress3"), Kind::Text, Alias::None),
    phone("AssistantPhone", 0x3A2E),
    phone("BusinessFax", 0x3A24),
    phone("BusinessPhone", 0x3A08),
    phone("BusinessPhone2", 0x3A1B),
    phone("Callback", 0x3A02),
    phone("CarPhone", 0x3A1E),
    phone("CompanyMainPhone", 0x3A57),
    phone("HomeFax", 0x3A25),
    phone("HomePhone", 0x3A09),
    phone("HomePhone2", 0x3A2F),
    phone("Isdn", 0x3A2D),
    phone("MobilePhone", 0x3A1C),
    phone("OtherFax", 0x3A23),
    phone("OtherTelephone", 0x3A1F),
    phone("Pager", 0x3A21),
    phone("PrimaryPhone", 0x3A1A),
    phone("RadioPhone", 0x3A1D),
    phone("Telex", 0x3A2C),
    phone("TtyTddPhone", 0x3A4B),
    address("BusinessAddress.Street", "Business", "Street", Alias::Address(0x8045)),
    address("BusinessAddress.City", "Business", "City", Alias::Address(0x8046)),
    address("BusinessAddress.State", "Business", "State", Alias::Address(0x8047)),
    address("BusinessAddress.CountryOrRegion", "Business", "CountryOrRegion", Alias::Address(0x8049)),
    address("BusinessAddress.PostalCode", "Business", "PostalCode", Alias::Address(0x8048)),
    address("HomeAddress.Street", "Home", "Street", Alias::Tag(0x3A5D)),
    address("HomeAddress.City", "Home", "City", Alias::Tag(0x3A59)),
    address("HomeAddress.State", "Home", "State", Alias::Tag(0x3A5C)),
    address("HomeAddress.CountryOrRegion", "Home", "CountryOrRegion", Alias::Tag(0x3A5A)),
    address("HomeAddress.PostalCode", "Home", "PostalCode", Alias::Tag(0x3A5B)),
    address("OtherAddress.Street", "Other", "Street", Alias::Tag(0x3A63)),
    address("OtherAddress.City", "Other", "City", Alias::Tag(0x3A5F)),
    address("OtherAddress.State", "Other", "State", Alias::Tag(0x3A62)),
    address("OtherAddress.CountryOrRegion", "Other", "CountryOrRegion", Alias::Tag(0x3A60)),
    address("OtherAddress.PostalCode", "Other", "PostalCode", Alias::Tag(0x3A61)),
    field("HasPicture", Place::Hidden, Kind::Flag, Alias::Address(0x8015)),
    original_name("EmailAddress1.OriginalDisplayName", "EmailAddress1", 0x8084),
    original_id("EmailAddress1.OriginalEntryId", "EmailAddress1", 0x8085),
    original_name("EmailAddress2.OriginalDisplayName", "EmailAddress2", 0x8094),
    original_id("EmailAddress2.OriginalEntryId", "EmailAddress2", 0x8095),
    original_name("EmailAddress3.OriginalDisplayName", "EmailAddress3", 0x80A4),
    original_id("EmailAddress3.OriginalEntryId", "EmailAddress3", 0x80A5),
];

/// Words of a property by the numbers that stand for them in its named property or tag.
pub fn words(property: PropertyId) -> &'static [&'static str] {
    match property {
        SENSITIVITY => &["Normal", "Personal", "Private", "Confidential"],
        IMPORTANCE => &["Low", "Normal", "High"],
        POSTAL_ADDRESS_INDEX => &["None", "Home", "Business", "Other"],
        _ => &[],
    }
}

/// The field of a property, None for an extended one.
pub fn of(property: PropertyId) -> Option<&'static Field> {
    FIELDS.get(usize::from(property.0))
}

/// All fields with their ids.
pub fn all() -> impl Iterator<Item = (PropertyId, &'static Field)> {
    (0..).map(PropertyId).zip(FIELDS.iter())
}

/// Finds a field by its name at the side door.
pub fn by_name(name: &str) -> Option<(PropertyId, &'static Field)> {
    all().find(|(_, field)| field.name == name)
}

/// Finds a field by its place.
pub fn by_place(place: &Place) -> Option<(PropertyId, &'static Field)> {
    all().find(|(_, field)| field.place == *place)
}

/// Finds the e-mail, instant messaging, phone or address field of a dictionary entry; `name` is
/// that of the path: `EmailAddress`, `ImAddress`, `PhoneNumber` or `PhysicalAddress:Part`.
pub fn by_entry(name: &str, key: &str) -> Option<(PropertyId, &'static Field)> {
    all().find(|(_, field)| match field.place {
        Place::Email(k) => name == "EmailAddress" && k == key,
        Place::Im(k) => name == "ImAddress" && k == key,
        Place::Phone(k) => name == "PhoneNumber" && k == key,
        Place::Address(k, part) => {
            k == key
                && name
                    .strip_prefix("PhysicalAddress:")
                    .is_some_and(|wanted| wanted == part)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indexes_agree() {
        for (id, name) in NAMED {
            assert_eq!(of(*id).unwrap().name, *name);
        }
    }

    #[test]
    fn every_key_has_a_field() {
        for key in PHONE_KEYS {
            assert_eq!(by_entry("PhoneNumber", key).unwrap().1.name, *key);
        }
        for key in ADDRESS_KEYS {
            for part in ADDRESS_PARTS {
                let (_, field) = by_entry(&format!("PhysicalAddress:{part}"), key).unwrap();
                assert_eq!(field.name, format!("{key}Address.{part}"));
            }
        }
        assert_eq!(
            by_entry("EmailAddress", "EmailAddress3").unwrap().1.name,
            "EmailAddress3"
        );
        assert!(by_entry("PhoneNumber", "EmailAddress1").is_none());
    }

    #[test]
    fn names_and_aliases_are_unique() {
        for (id, field) in all() {
            assert_eq!(by_name(field.name).unwrap().0, id, "{}", field.name);
            if field.alias != Alias::None {
                assert_eq!(
                    all()
                        .filter(|(_, other)| other.alias == field.alias)
                        .count(),
                    1,
                    "{}",
                    field.name
                );
            }
        }
    }
}
