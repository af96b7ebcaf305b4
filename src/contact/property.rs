//! The catalogue of properties: one place that knows every name and kind.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::extended::{Extended, UnknownExtended};
use super::nearest::nearest;

/// How a property's values are read, compared and merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Line,
    /// Text of many lines; line ends are kept as `\n`.
    Note,
    /// A calendar date that no time zone may move.
    Date,
    /// A list that merges as a set; order is kept, but a different order alone is no change.
    Set,
    /// One of these words; the first is what an empty property means.
    Choice(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// Yes or no; neither is not the same as no.
    Boolean,
    /// A floating-point number.
    Double,
    /// A point in time, to the second.
    Moment,
    /// A picture, known by its fingerprint.
    Picture,
}

macro_rules! keys {
    ($(#[$meta:meta])* $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are those of Exchange's schema")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// All keys, in the order of the schema.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The key's name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The key with this name on the wire; upper and lower case matter.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($variant) => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

keys! {
    /// The three e-mail slots of an Exchange contact.
    EmailKey { EmailAddress1, EmailAddress2, EmailAddress3 }
}

keys! {
    /// The three instant-messaging slots of an Exchange contact.
    ImKey { ImAddress1, ImAddress2, ImAddress3 }
}

keys! {
    /// The 19 telephone slots that every Exchange server from 2007 on knows.
    PhoneKey {
        AssistantPhone, BusinessFax, BusinessPhone, BusinessPhone2, Callback, CarPhone,
        CompanyMainPhone, HomeFax, HomePhone, HomePhone2, Isdn, MobilePhone, OtherFax,
        OtherTelephone, Pager, PrimaryPhone, RadioPhone, Telex, TtyTddPhone,
    }
}

keys! {
    /// The three postal addresses of an Exchange contact.
    AddressKey { Business, Home, Other }
}

keys! {
    /// The parts of a postal address.
    AddressPart { Street, City, State, CountryOrRegion, PostalCode, PostOfficeBox }
}

macro_rules! catalogue {
    ($($variant:ident: $kind:expr),+ $(,)?) => {
        /// One mapped thing of a contact: a field, or one slot or part of a dictionary.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are those of Exchange's schema")]
        pub enum Property {
            $($variant,)+
            /// The notes as HTML: another form of `Body`.
            HtmlBody,
            /// An e-mail slot, `EmailAddress1` to `EmailAddress3`.
            Email(EmailKey),
            /// A telephone slot, such as `MobilePhone`.
            Phone(PhoneKey),
            /// An instant-messaging slot, `ImAddress1` to `ImAddress3`.
            Im(ImKey),
            /// A part of a postal address, such as `BusinessAddress.Street`.
            Address(AddressKey, AddressPart),
            /// Any other property of MAPI, such as `extended:Vip#Boolean`.
            Extended(Extended),
        }

        impl Property {
            const FIELDS: &'static [Self] = &[$(Self::$variant),+];

            /// How the values of the property are read, compared and merged.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => $kind,)+
                    Self::HtmlBody => Kind::Note,
                    Self::Email(_) | Self::Phone(_) | Self::Im(_) => Kind::Line,
                    Self::Address(_, AddressPart::Street) => Kind::Note,
                    Self::Address(..) => Kind::Line,
                    Self::Extended(name) => name.mapi_type().kind(),
                }
            }

            /// The property's name in a mapping, such as `GivenName` or `BusinessAddress.Street`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                    Self::HtmlBody => "HtmlBody",
                    Self::Email(key) => key.name(),
                    Self::Phone(key) => key.name(),
                    Self::Im(key) => key.name(),
                    Self::Address(key, part) => address_name(key, part),
                    Self::Extended(name) => name.text(),
                }
            }
        }
    };
}

/// In which form the server makes `FileAs` of the names.
const FILE_AS_MAPPINGS: &[&str] = &[
    "None",
    "LastCommaFirst",
    "FirstSpaceLast",
    "Company",
    "LastCommaFirstCompany",
    "CompanyLastFirst",
    "LastFirst",
    "LastFirstCompany",
    "CompanyLastCommaFirst",
    "LastFirstSuffix",
    "LastSpaceFirstCompany",
    "CompanyLastSpaceFirst",
    "LastSpaceFirst",
    "DisplayName",
    "FirstName",
    "LastFirstMiddleSuffix",
    "LastName",
    "Empty",
];

catalogue! {
    Title: Kind::Line,
    GivenName: Kind::Line,
    MiddleName: Kind::Line,
    Surname: Kind::Line,
    Generation: Kind::Line,
    Initials: Kind::Line,
    Nickname: Kind::Line,
    DisplayName: Kind::Line,
    FileAs: Kind::Line,
    FileAsMapping: Kind::Choice(FILE_AS_MAPPINGS),
    Subject: Kind::Line,
    YomiGivenName: Kind::Line,
    YomiSurname: Kind::Line,
    YomiCompanyName: Kind::Line,
    CompanyName: Kind::Line,
    Companies: Kind::Set,
    Department: Kind::Line,
    JobTitle: Kind::Line,
    Profession: Kind::Line,
    OfficeLocation: Kind::Line,
    Manager: Kind::Line,
    AssistantName: Kind::Line,
    BusinessHomePage: Kind::Line,
    PersonalHomePage: Kind::Line,
    FtpSite: Kind::Line,
    FreeBusyUrl: Kind::Line,
    Birthday: Kind::Date,
    WeddingAnniversary: Kind::Date,
    SpouseName: Kind::Line,
    Children: Kind::Set,
    Gender: Kind::Choice(&["Unspecified", "Female", "Male"]),
    Hobbies: Kind::Line,
    Mileage: Kind::Line,
    PostalAddressIndex: Kind::Choice(&["None", "Home", "Business", "Other"]),
    UserField1: Kind::Line,
    UserField2: Kind::Line,
    UserField3: Kind::Line,
    UserField4: Kind::Line,
    Body: Kind::Note,
    Categories: Kind::Set,
    Sensitivity: Kind::Choice(&["Normal", "Personal", "Private", "Confidential"]),
    Importance: Kind::Choice(&["Normal", "Low", "High"]),
    Culture: Kind::Line,
    ReminderDueBy: Kind::Moment,
    EmailAddresses: Kind::Set,
    Photo: Kind::Picture,
}

impl Property {
    /// Other forms of properties of the catalogue.
    pub const FORMS: &'static [(Self, Self)] = &[(Self::HtmlBody, Self::Body)];

    /// Whether two properties are one thing in two forms, so that only one of them can be mapped.
    #[must_use]
    pub fn excludes(self, other: Self) -> bool {
        match (self, other) {
            (Self::EmailAddresses, Self::Email(_)) | (Self::Email(_), Self::EmailAddresses) => true,
            (one, other) => {
                Self::FORMS.contains(&(one, other)) || Self::FORMS.contains(&(other, one))
            }
        }
    }

    /// Every property that has a name of its own: those of [`all`](Self::all), and their other forms.
    pub fn named() -> impl Iterator<Item = Self> {
        Self::all().chain(Self::FORMS.iter().map(|(form, _)| *form))
    }

    /// Every property of the catalogue, in a fixed order; neither other forms nor what is extended is among them.
    pub fn all() -> impl Iterator<Item = Self> {
        let addresses = AddressKey::ALL.iter().flat_map(|key| {
            AddressPart::ALL
                .iter()
                .map(move |part| Self::Address(*key, *part))
        });
        Self::FIELDS
            .iter()
            .copied()
            .chain(EmailKey::ALL.iter().map(|key| Self::Email(*key)))
            .chain(PhoneKey::ALL.iter().map(|key| Self::Phone(*key)))
            .chain(ImKey::ALL.iter().map(|key| Self::Im(*key)))
            .chain(addresses)
    }
}

macro_rules! address_names {
    ($($key:ident: $($part:ident),+;)+) => {
        const fn address_name(key: AddressKey, part: AddressPart) -> &'static str {
            match (key, part) {
                $($((AddressKey::$key, AddressPart::$part) => {
                    concat!(stringify!($key), "Address.", stringify!($part))
                })+)+
            }
        }
    };
}

address_names! {
    Business: Street, City, State, CountryOrRegion, PostalCode, PostOfficeBox;
    Home: Street, City, State, CountryOrRegion, PostalCode, PostOfficeBox;
    Other: Street, City, State, CountryOrRegion, PostalCode, PostOfficeBox;
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no property of the catalogue has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no property \"{name}\"{}", .hint.as_deref().unwrap_or_default())]
pub struct UnknownProperty {
    /// The name as it was given.
    pub name: String,
    /// What may have been meant, or is wrong with it, as the end of the message.
    pub hint: Option<String>,
}

/// Bases are read for every contact of a page, and each names all that is mapped.
static BY_NAME: LazyLock<HashMap<&'static str, Property>> = LazyLock::new(|| {
    Property::named()
        .map(|property| (property.name(), property))
        .collect()
});

impl FromStr for Property {
    type Err = UnknownProperty;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some(path) = name.strip_prefix(Extended::PREFIX) {
            return path
                .parse()
                .map(Self::Extended)
                .map_err(|reason: UnknownExtended| UnknownProperty {
                    name: name.to_owned(),
                    hint: Some(format!("; {reason}")),
                });
        }
        BY_NAME.get(name).copied().ok_or_else(|| UnknownProperty {
            name: name.to_owned(),
            hint: no_such_slot(name).or_else(|| {
                nearest(name, Self::named().map(Self::name))
                    .map(|near| format!("; did you mean \"{near}\"?"))
            }),
        })
    }
}

/// What to do about a slot for e-mail addresses that Exchange does not have.
fn no_such_slot(name: &str) -> Option<String> {
    let number = name.strip_prefix("EmailAddress")?;
    let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    is_number.then(|| {
        "; Exchange has three slots, EmailAddress1 to EmailAddress3; a list of addresses can be mapped to \"EmailAddresses\""
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_property() {
        let mut count = 0;
        for property in Property::named() {
            assert_eq!(property.to_string().parse(), Ok(property));
            count += 1;
        }
        assert_eq!(count, 46 + 3 + 19 + 3 + 18 + 1);
    }

    /// semantics 35, user-pains 20: a fourth slot does not exist, and the way out is named.
    #[test]
    fn a_fourth_slot_is_refused_with_the_way_out() {
        for name in ["EmailAddress4", "EmailAddress0", "EmailAddress12"] {
            let hint = name.parse::<Property>().unwrap_err().hint.unwrap();
            assert!(
                hint.contains("three slots") && hint.contains("EmailAddresses"),
                "{hint}"
            );
        }
        let other = "EmailAddressX".parse::<Property>().unwrap_err().hint;
        assert!(!other.unwrap_or_default().contains("three slots"));
    }

    #[test]
    fn what_is_one_thing_in_two_forms_excludes_itself() {
        let (list, slot) = (
            Property::EmailAddresses,
            Property::Email(EmailKey::EmailAddress2),
        );
        for (one, other, expected) in [
            (list, slot, true),
            (Property::HtmlBody, Property::Body, true),
            (list, Property::Categories, false),
            (slot, Property::Email(EmailKey::EmailAddress1), false),
            (Property::Body, Property::Body, false),
        ] {
            assert_eq!(one.excludes(other), expected, "{one} {other}");
            assert_eq!(other.excludes(one), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_wrong_name_gets_the_nearest_one() {
        let near = |name: &str| name.parse::<Property>().unwrap_err().hint;
        let meant = |name: &str| Some(format!("; did you mean \"{name}\"?"));
        assert_eq!(near("givenname"), meant("GivenName"));
        assert_eq!(near("EmailAdress1"), meant("EmailAddress1"));
        assert_eq!(
            near("BusinessAddress.Stret"),
            meant("BusinessAddress.Street")
        );
        assert_eq!(near("shoe_size_of_the_dog"), None);
    }
}
