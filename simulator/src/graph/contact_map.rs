//! Which property of the store each property of Graph's contact is (Graph reference, sections 3 and 4).

use std::sync::LazyLock;

use crate::contact::extended::{ExtendedName, Identity};
use crate::contact::fields;
use crate::contact::value::PropertyId;

/// Properties of one text each.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("assistantName", "AssistantName"), ("companyName", "CompanyName"), ("department", "Department"),
    ("displayName", "DisplayName"), ("fileAs", "FileAs"), ("generation", "Generation"), ("givenName", "GivenName"),
    ("initials", "Initials"), ("jobTitle", "JobTitle"), ("manager", "Manager"), ("middleName", "MiddleName"),
    ("nickName", "Nickname"), ("officeLocation", "OfficeLocation"), ("profession", "Profession"),
    ("spouseName", "SpouseName"), ("surname", "Surname"), ("title", "Title"), ("businessHomePage", "BusinessHomePage"),
    ("mobilePhone", "MobilePhone"), ("yomiGivenName", "PhoneticFirstName"), ("yomiSurname", "PhoneticLastName"),
];

/// Arrays over slots of the store; what is empty closes up.
#[rustfmt::skip]
const SLOTS: &[(&str, &[&str])] = &[
    ("businessPhones", &["BusinessPhone", "BusinessPhone2"]),
    ("homePhones", &["HomePhone", "HomePhone2"]),
    ("imAddresses", &["ImAddress1", "ImAddress2", "ImAddress3"]),
];

/// Arrays that are lists in the store.
const LISTS: &[(&str, &str)] = &[("categories", "Categories"), ("children", "Children")];

/// Addresses.
const ADDRESSES: &[(&str, &str)] = &[
    ("businessAddress", "BusinessAddress"),
    ("homeAddress", "HomeAddress"),
    ("otherAddress", "OtherAddress"),
];

/// Parts of an address.
const PARTS: &[(&str, &str)] = &[
    ("street", "Street"),
    ("city", "City"),
    ("state", "State"),
    ("countryOrRegion", "CountryOrRegion"),
    ("postalCode", "PostalCode"),
];

/// What the service makes itself; writing it changes nothing (not described).
pub const READ_ONLY: &[&str] = &[
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "parentFolderId",
];

/// The e-mail slots by themselves; the 2021 documents do not have them.
pub const SINGLE_EMAILS: &[&str] = &[
    "primaryEmailAddress",
    "secondaryEmailAddress",
    "tertiaryEmailAddress",
];

/// Name and properties of each, found once.
pub struct Map {
    /// Properties of one text each.
    pub texts: Vec<(&'static str, PropertyId)>,
    /// Arrays over slots.
    pub slots: Vec<(&'static str, Vec<PropertyId>)>,
    /// Arrays that are lists.
    pub lists: Vec<(&'static str, PropertyId)>,
    /// Addresses with their parts.
    pub addresses: Vec<(&'static str, Vec<(&'static str, PropertyId)>)>,
}

/// The map.
pub static MAP: LazyLock<Map> = LazyLock::new(|| {
    let find = |name: &str| fields::by_name(name).map(|(id, _)| id);
    let pairs = |pairs: &[(&'static str, &str)]| {
        pairs
            .iter()
            .filter_map(|(name, field)| Some((*name, find(field)?)))
            .collect()
    };
    let address = |(name, field): &(&'static str, &str)| {
        let parts = PARTS
            .iter()
            .filter_map(|(part, element)| Some((*part, find(&format!("{field}.{element}"))?)));
        (*name, parts.collect())
    };
    Map {
        texts: pairs(TEXTS),
        slots: SLOTS
            .iter()
            .map(|(name, fields)| (*name, fields.iter().filter_map(|f| find(f)).collect()))
            .collect(),
        lists: pairs(LISTS),
        addresses: ADDRESSES.iter().map(address).collect(),
    }
});

/// yomiCompanyName, which has no element in EWS.
pub fn yomi_company() -> ExtendedName {
    ExtendedName {
        identity: Identity::Number("00062004-0000-0000-c000-000000000046".into(), 0x802E),
        property_type: "String".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_a_field() {
        assert_eq!(MAP.texts.len(), TEXTS.len());
        assert_eq!(MAP.lists.len(), LISTS.len());
        let slots: Vec<usize> = MAP.slots.iter().map(|(_, ids)| ids.len()).collect();
        assert_eq!(slots, [2, 2, 3]);
        assert!(MAP.addresses.iter().all(|(_, parts)| parts.len() == 5));
    }
}
