//! Where Graph keeps each property: one place for all of them ("contact resource type", Microsoft Graph documentation).

use super::extended;
use crate::contact::{AddressKey, AddressPart, EmailKey, ImKey, MapiType, PhoneKey, Property};

/// Where a property is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A text of its own.
    Text(&'static str),
    /// A list of its own.
    List(&'static str),
    /// A day, as a point in time.
    Day(&'static str),
    /// An entry of a list that closes up.
    Entry(&'static str, usize),
    /// An e-mail address, an entry of such a list.
    Email(usize),
    /// A part of an address, which is written as a whole.
    Part(&'static str, &'static str),
    /// An extended property, by its id, and how its text is read.
    Extended(String, Form),
    /// An extended property that holds several texts.
    ExtendedList(String),
    /// The photo.
    Photo,
    /// Nowhere that Graph reaches.
    Nowhere,
}

/// How the text of an extended property is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As the kind of the property says.
    Plain,
    /// A number that stands for a word.
    Words(&'static [(&'static str, &'static str)]),
    /// A day, as a point in time.
    Day,
}

/// `PidTagSensitivity`.
const SENSITIVITY: &[(&str, &str)] = &[
    ("0", "Normal"),
    ("1", "Personal"),
    ("2", "Private"),
    ("3", "Confidential"),
];
/// `PidTagImportance`.
const IMPORTANCE: &[(&str, &str)] = &[("1", "Normal"), ("0", "Low"), ("2", "High")];
/// `PidTagGender`.
const GENDER: &[(&str, &str)] = &[("0", "Unspecified"), ("1", "Female"), ("2", "Male")];
/// `PidLidPostalAddressId`.
const MAILING: &[(&str, &str)] = &[
    ("0", "None"),
    ("1", "Home"),
    ("2", "Business"),
    ("3", "Other"),
];

/// The lists that close up, with their slots in order.
pub(super) const LISTS: &[(&str, &[Property])] = &[
    (
        "emailAddresses",
        &[
            Property::Email(EmailKey::EmailAddress1),
            Property::Email(EmailKey::EmailAddress2),
            Property::Email(EmailKey::EmailAddress3),
        ],
    ),
    (
        "imAddresses",
        &[
            Property::Im(ImKey::ImAddress1),
            Property::Im(ImKey::ImAddress2),
            Property::Im(ImKey::ImAddress3),
        ],
    ),
    (
        "businessPhones",
        &[
            Property::Phone(PhoneKey::BusinessPhone),
            Property::Phone(PhoneKey::BusinessPhone2),
        ],
    ),
    (
        "homePhones",
        &[
            Property::Phone(PhoneKey::HomePhone),
            Property::Phone(PhoneKey::HomePhone2),
        ],
    ),
];

/// What the service makes of others unless it is given it along with them: it is written with all that it is made of.
pub(super) const NAMES: &[Property] = &[
    Property::GivenName,
    Property::MiddleName,
    Property::Surname,
    Property::Generation,
    Property::DisplayName,
];

/// The parts of an address that are written together.
pub(super) const PARTS: &[AddressPart] = &[
    AddressPart::Street,
    AddressPart::City,
    AddressPart::State,
    AddressPart::CountryOrRegion,
    AddressPart::PostalCode,
];

/// Properties that are written together.
pub(super) fn groups() -> Vec<Vec<Property>> {
    let lists = LISTS.iter().map(|(_, slots)| slots.to_vec());
    let addresses = AddressKey::ALL.iter().map(|key| {
        let parts = PARTS.iter();
        parts.map(|part| Property::Address(*key, *part)).collect()
    });
    lists.chain(addresses).chain([NAMES.to_vec()]).collect()
}

/// The slots of the lists that close up.
pub(super) fn lists() -> Vec<Vec<Property>> {
    LISTS.iter().map(|(_, slots)| slots.to_vec()).collect()
}

/// Where a property is kept.
pub(super) fn place(property: Property) -> Place {
    let string = |number| Place::Extended(extended::tag("String", number), Form::Plain);
    let of_contacts =
        |number| Place::Extended(extended::of_contacts("String", number), Form::Plain);
    match property {
        Property::Title => Place::Text("title"),
        Property::GivenName => Place::Text("givenName"),
        Property::MiddleName => Place::Text("middleName"),
        Property::Surname => Place::Text("surname"),
        Property::Generation => Place::Text("generation"),
        Property::Initials => Place::Text("initials"),
        Property::Nickname => Place::Text("nickName"),
        Property::DisplayName => Place::Text("displayName"),
        Property::FileAs => Place::Text("fileAs"),
        Property::YomiGivenName => Place::Text("yomiGivenName"),
        Property::YomiSurname => Place::Text("yomiSurname"),
        Property::YomiCompanyName => Place::Text("yomiCompanyName"),
        Property::CompanyName => Place::Text("companyName"),
        Property::Department => Place::Text("department"),
        Property::JobTitle => Place::Text("jobTitle"),
        Property::Profession => Place::Text("profession"),
        Property::OfficeLocation => Place::Text("officeLocation"),
        Property::Manager => Place::Text("manager"),
        Property::AssistantName => Place::Text("assistantName"),
        Property::BusinessHomePage => Place::Text("businessHomePage"),
        Property::SpouseName => Place::Text("spouseName"),
        Property::Body => Place::Text("personalNotes"),
        Property::Phone(PhoneKey::MobilePhone) => Place::Text("mobilePhone"),
        Property::Children => Place::List("children"),
        Property::Categories => Place::List("categories"),
        Property::Birthday => Place::Day("birthday"),
        Property::WeddingAnniversary => {
            Place::Extended(extended::tag("SystemTime", 0x3A41), Form::Day)
        }
        Property::Gender => Place::Extended(extended::tag("Short", 0x3A4D), Form::Words(GENDER)),
        Property::Sensitivity => {
            Place::Extended(extended::tag("Integer", 0x0036), Form::Words(SENSITIVITY))
        }
        Property::Importance => {
            Place::Extended(extended::tag("Integer", 0x0017), Form::Words(IMPORTANCE))
        }
        Property::PostalAddressIndex => Place::Extended(
            extended::of_contacts("Integer", 0x8022),
            Form::Words(MAILING),
        ),
        Property::PersonalHomePage => string(0x3A50),
        Property::FtpSite => string(0x3A4C),
        Property::Hobbies => string(0x3A43),
        Property::FreeBusyUrl => of_contacts(0x80D8),
        Property::UserField1 => of_contacts(0x804F),
        Property::UserField2 => of_contacts(0x8050),
        Property::UserField3 => of_contacts(0x8051),
        Property::UserField4 => of_contacts(0x8052),
        Property::Photo => Place::Photo,
        Property::Email(key) => Place::Email(at(key, EmailKey::ALL)),
        Property::Im(key) => Place::Entry("imAddresses", at(key, ImKey::ALL)),
        Property::Phone(key) => phone(key),
        Property::Address(key, part) => part_of(key, part),
        Property::Extended(name) if extended::is_list(name.mapi_type()) => {
            Place::ExtendedList(extended::of(name))
        }
        Property::Extended(name) => Place::Extended(extended::of(name), Form::Plain),
        // Graph has no name for them, and what is known of their storage is not certain enough to write there.
        Property::FileAsMapping
        | Property::Subject
        | Property::Companies
        | Property::Mileage
        | Property::Culture
        | Property::ReminderDueBy
        | Property::HtmlBody
        | Property::EmailAddresses => Place::Nowhere,
    }
}

fn at<K: PartialEq>(key: K, all: &[K]) -> usize {
    all.iter()
        .position(|known| *known == key)
        .unwrap_or_default()
}

fn phone(key: PhoneKey) -> Place {
    let number = match key {
        PhoneKey::BusinessPhone => return Place::Entry("businessPhones", 0),
        PhoneKey::BusinessPhone2 => return Place::Entry("businessPhones", 1),
        PhoneKey::HomePhone => return Place::Entry("homePhones", 0),
        PhoneKey::HomePhone2 => return Place::Entry("homePhones", 1),
        PhoneKey::MobilePhone => return Place::Text("mobilePhone"),
        PhoneKey::AssistantPhone => 0x3A2E,
        PhoneKey::BusinessFax => 0x3A24,
        PhoneKey::Callback => 0x3A02,
        PhoneKey::CarPhone => 0x3A1E,
        PhoneKey::CompanyMainPhone => 0x3A57,
        PhoneKey::HomeFax => 0x3A25,
        PhoneKey::Isdn => 0x3A2D,
        PhoneKey::OtherFax => 0x3A23,
        PhoneKey::OtherTelephone => 0x3A1F,
        PhoneKey::Pager => 0x3A21,
        PhoneKey::PrimaryPhone => 0x3A1A,
        PhoneKey::RadioPhone => 0x3A1D,
        PhoneKey::Telex => 0x3A2C,
        PhoneKey::TtyTddPhone => 0x3A4B,
    };
    Place::Extended(extended::tag(MapiType::String.name(), number), Form::Plain)
}

/// The name of an address.
pub(super) const fn address(key: AddressKey) -> &'static str {
    match key {
        AddressKey::Business => "businessAddress",
        AddressKey::Home => "homeAddress",
        AddressKey::Other => "otherAddress",
    }
}

fn part_of(key: AddressKey, part: AddressPart) -> Place {
    let name = match part {
        AddressPart::Street => "street",
        AddressPart::City => "city",
        AddressPart::State => "state",
        AddressPart::CountryOrRegion => "countryOrRegion",
        AddressPart::PostalCode => "postalCode",
        AddressPart::PostOfficeBox => {
            let id = match key {
                AddressKey::Business => extended::of_contacts("String", 0x804A),
                AddressKey::Home => extended::tag("String", 0x3A5E),
                AddressKey::Other => extended::tag("String", 0x3A64),
            };
            return Place::Extended(id, Form::Plain);
        }
    };
    Place::Part(address(key), name)
}

/// Whether a property cannot be mapped over Graph.
#[must_use]
pub(super) fn is_out_of_reach(property: Property) -> bool {
    place(property) == Place::Nowhere
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Kind;
    use std::collections::BTreeMap;

    /// semantics 55: two properties never share a place.
    #[test]
    fn every_property_has_a_place_of_its_own_or_none() {
        let mut taken: BTreeMap<String, Property> = BTreeMap::new();
        let mut without = Vec::new();
        for property in Property::named() {
            match place(property) {
                Place::Nowhere => without.push(property.name()),
                place => {
                    let before = taken.insert(format!("{place:?}"), property);
                    assert_eq!(before, None, "{property}");
                }
            }
        }
        assert_eq!(
            without,
            [
                "FileAsMapping",
                "Subject",
                "Companies",
                "Mileage",
                "Culture",
                "ReminderDueBy",
                "EmailAddresses",
                "HtmlBody"
            ]
        );
    }

    #[test]
    fn the_first_word_of_a_choice_is_what_empty_means() {
        for property in Property::all() {
            if let (Kind::Choice(words), Place::Extended(_, Form::Words(numbers))) =
                (property.kind(), place(property))
            {
                let named: Vec<&str> = numbers.iter().map(|(_, word)| *word).collect();
                assert_eq!(named, words, "{property}");
            }
        }
    }
}
