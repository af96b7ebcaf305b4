//! The names under which Outlook shows a contact: made for a new one, and kept in step with the parts that they are made of.
//!
//! Exchange leaves `FileAs` empty when nobody sets it or its mapping, and a contact without it has no name in Outlook's list. What
//! somebody has chosen is never overruled: a name follows its parts only while it is what the old parts make.

use super::catalogue;
use super::wire::{Field, FieldValue};
use crate::contact::{
    AddressKey, AddressPart, Changes, Contact, EmailKey, PhoneKey, Property, Value,
};

/// What names are made of, and the names.
pub(super) const NAMES: &[Property] = &[
    Property::GivenName,
    Property::MiddleName,
    Property::Surname,
    Property::Generation,
    Property::CompanyName,
    Property::DisplayName,
    Property::FileAs,
    Property::FileAsMapping,
    Property::Subject,
];

/// How many of them are parts that others are made of.
const PARTS: usize = 6;

/// The forms of `FileAs` that clients make without noting a mapping.
const USUAL_FORMS: [&str; 4] = ["LastCommaFirst", "FirstSpaceLast", "DisplayName", "Company"];

fn field(property: Property, text: &str) -> Field {
    (catalogue::path(property), FieldValue::Text(text.to_owned()))
}

/// What a new item gets beside its values, so that it has a name and a mailing address in Outlook's views.
pub(super) fn for_new(contact: &Contact) -> Vec<Field> {
    let mut fields = Vec::new();
    let full_name = contact.full_name();
    let company = contact.text(Property::CompanyName);
    let display_name = contact.text(Property::DisplayName);
    if display_name.is_none() && !full_name.is_empty() {
        fields.push(field(Property::DisplayName, &full_name));
    }
    if contact.text(Property::FileAs).is_none() && contact.text(Property::FileAsMapping).is_none() {
        let named = if !full_name.is_empty() {
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

/// Whether changes may call for other names, so that the item's own have to be known.
pub(super) fn touches_names(changes: &Changes) -> bool {
    let parts = NAMES.iter().take(PARTS).chain([&Property::FileAs]);
    parts.into_iter().any(|part| changes.contains(*part))
}

/// What has to change with the names, given those that the item has now: `DisplayName` and `FileAs` where they are what the old parts
/// make, or nothing, and `Subject` where it is what they make; and no mapping that would undo a `FileAs` that is given.
pub(super) fn following(now: &Contact, changes: &Changes) -> Changes {
    let mut after = now.clone();
    after.apply(changes);
    let mut more = Changes::new();
    let mut follow = |after: &mut Contact, property: Property, old: &str, new: String| {
        let has = after.text(property).unwrap_or_default().to_owned();
        if !changes.contains(property) && (has.is_empty() || has == old) && has != new {
            let value = (!new.is_empty()).then_some(Value::Text(new));
            after.set(property, value.clone());
            more.insert(property, value);
        }
    };
    let new_name = after.full_name();
    follow(
        &mut after,
        Property::DisplayName,
        &now.full_name(),
        new_name,
    );
    if now.text(Property::Subject).is_some() {
        let new_subject = subject(&after, now);
        follow(
            &mut after,
            Property::Subject,
            &subject(now, now),
            new_subject,
        );
    }
    let mapping = now
        .text(Property::FileAsMapping)
        .filter(|mapping| *mapping != "Empty");
    if changes.contains(Property::FileAsMapping) {
        return more;
    }
    if changes.contains(Property::FileAs) {
        if mapping.is_some() && after.text(Property::FileAs).is_some() {
            more.insert(
                Property::FileAsMapping,
                Some(Value::Text("None".to_owned())),
            );
        }
        return more;
    }
    let file_as_now = now.text(Property::FileAs).unwrap_or_default();
    match mapping {
        // The server makes it anew when it is told the mapping once more.
        Some(mapping) => {
            let made = file_as(mapping, now) == file_as_now;
            if made && file_as(mapping, &after) != file_as_now {
                more.insert(
                    Property::FileAsMapping,
                    Some(Value::Text(mapping.to_owned())),
                );
            }
        }
        None if file_as_now.is_empty() => {
            let made = |form: &&&str| !file_as(form, &after).is_empty();
            if let Some(form) = USUAL_FORMS.iter().find(made) {
                more.insert(
                    Property::FileAsMapping,
                    Some(Value::Text((*form).to_owned())),
                );
            }
        }
        None => {
            let made = |form: &&&str| file_as(form, now) == file_as_now;
            let new = USUAL_FORMS.iter().find(made);
            let new = new.map(|form| file_as(form, &after)).unwrap_or_default();
            if !new.is_empty() && new != file_as_now {
                more.insert(Property::FileAs, Some(Value::Text(new)));
            }
        }
    }
    more
}

/// The subject in the form that it has now: the display name, or with the company as the server makes it.
fn subject(contact: &Contact, now: &Contact) -> String {
    let text = |of: &Contact, property| of.text(property).unwrap_or_default().to_owned();
    let (display, company) = (Property::DisplayName, Property::CompanyName);
    let plain = text(now, Property::Subject) == text(now, display);
    if plain {
        return text(contact, display);
    }
    join(&[&text(contact, display), &text(contact, company)], " - ")
}

fn join(parts: &[&str], separator: &str) -> String {
    let there: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    there.join(separator)
}

/// `FileAs` as a mapping makes it (`FileAsMappingType` in `types.xsd`); nothing for one that makes nothing of the names.
fn file_as(mapping: &str, contact: &Contact) -> String {
    let text = |property| contact.text(property).unwrap_or_default();
    let [first, middle, last, suffix, company] = [
        Property::GivenName,
        Property::MiddleName,
        Property::Surname,
        Property::Generation,
        Property::CompanyName,
    ]
    .map(text);
    let given = join(&[first, middle], " ");
    let [comma, space, run] = [", ", " ", ""].map(|between| join(&[last, &given], between));
    let beside = |outer: &str, inner: &str| match (outer.is_empty(), inner.is_empty()) {
        (false, false) => format!("{outer} ({inner})"),
        _ => join(&[outer, inner], ""),
    };
    match mapping {
        "LastCommaFirst" => comma,
        "LastSpaceFirst" => space,
        "LastFirst" => run,
        "FirstSpaceLast" => join(&[&given, last, suffix], " "),
        "LastFirstSuffix" => join(&[&run, suffix], " "),
        "LastFirstMiddleSuffix" => join(&[last, first, middle, suffix], " "),
        "Company" => company.to_owned(),
        "LastCommaFirstCompany" => beside(&comma, company),
        "LastSpaceFirstCompany" => beside(&space, company),
        "LastFirstCompany" => beside(&run, company),
        "CompanyLastCommaFirst" => beside(company, &comma),
        "CompanyLastSpaceFirst" => beside(company, &space),
        "CompanyLastFirst" => beside(company, &run),
        "DisplayName" => text(Property::DisplayName).to_owned(),
        "FirstName" => first.to_owned(),
        "LastName" => last.to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(pairs: &[(&str, &str)]) -> Contact {
        let mut contact = Contact::new();
        for (name, text) in pairs {
            contact.set_raw(name.parse().unwrap(), text).unwrap();
        }
        contact
    }

    const ANNA: &[(&str, &str)] = &[("GivenName", "Anna"), ("Surname", "Berg")];

    /// What follows when Anna Berg, who has these names too, gets other values.
    fn follows(names: &[(&str, &str)], values: &[(&str, &str)]) -> Vec<(String, String)> {
        let now = contact(&[ANNA, names].concat());
        let changes = values
            .iter()
            .map(|(name, text)| {
                let property: Property = name.parse().unwrap();
                let value = Value::parse(property.kind(), text).unwrap();
                (property, value)
            })
            .collect();
        let more = following(&now, &changes);
        more.iter()
            .map(|(property, value)| {
                let text = value.map(Value::display).unwrap_or_default();
                (property.to_string(), text)
            })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    /// semantics 38.
    #[test]
    fn names_follow_their_parts_while_they_are_made_of_them() {
        let married = &[("Surname", "Cramer")];
        for (names, expected) in [
            // Nobody gave a name: now the contact has one.
            (
                &[][..],
                &[
                    ("DisplayName", "Anna Cramer"),
                    ("FileAsMapping", "LastCommaFirst"),
                ][..],
            ),
            // As a server and Outlook keep them.
            (
                &[
                    ("DisplayName", "Anna Berg"),
                    ("Subject", "Anna Berg"),
                    ("FileAs", "Berg, Anna"),
                    ("FileAsMapping", "LastCommaFirst"),
                ],
                &[
                    ("DisplayName", "Anna Cramer"),
                    ("FileAsMapping", "LastCommaFirst"),
                    ("Subject", "Anna Cramer"),
                ],
            ),
            // Without a mapping, but of a usual form.
            (
                &[
                    ("DisplayName", "Anna Berg"),
                    ("Subject", "Anna Berg - Muster AG"),
                    ("CompanyName", "Muster AG"),
                    ("FileAs", "Anna Berg"),
                ],
                &[
                    ("DisplayName", "Anna Cramer"),
                    ("FileAs", "Anna Cramer"),
                    ("Subject", "Anna Cramer - Muster AG"),
                ],
            ),
            // Somebody's own names stay.
            (
                &[
                    ("DisplayName", "Annie"),
                    ("Subject", "my neighbour"),
                    ("FileAs", "Neighbours: Annie"),
                ],
                &[],
            ),
            (
                &[
                    ("DisplayName", "Annie"),
                    ("Subject", "Annie"),
                    ("FileAs", "Annie!"),
                    ("FileAsMapping", "LastCommaFirst"),
                ],
                &[],
            ),
        ] {
            let mut expected = pairs(expected);
            let mut found = follows(names, married);
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{names:?}");
        }
    }

    /// user-pains 14: a FileAs that is given is not overruled by the mapping that was there.
    #[test]
    fn a_given_file_as_switches_its_mapping_off() {
        let names = &[
            ("DisplayName", "Anna Berg"),
            ("Subject", "Anna Berg"),
            ("FileAs", "Berg, Anna"),
            ("FileAsMapping", "LastCommaFirst"),
        ];
        assert_eq!(
            follows(names, &[("FileAs", "Boss")]),
            pairs(&[("FileAsMapping", "None")])
        );
        assert_eq!(follows(&names[..3], &[("FileAs", "Boss")]), pairs(&[]));
        assert_eq!(
            follows(names, &[("FileAs", "Boss"), ("FileAsMapping", "Company")]),
            pairs(&[])
        );
    }

    #[test]
    fn every_mapping_makes_its_form() {
        let all = contact(&[
            ("GivenName", "Anna"),
            ("MiddleName", "M."),
            ("Surname", "Berg"),
            ("Generation", "Jr."),
            ("CompanyName", "Muster"),
            ("DisplayName", "Annie"),
        ]);
        for (mapping, form) in [
            ("LastCommaFirst", "Berg, Anna M."),
            ("FirstSpaceLast", "Anna M. Berg Jr."),
            ("LastFirstSuffix", "BergAnna M. Jr."),
            ("CompanyLastSpaceFirst", "Muster (Berg Anna M.)"),
            ("LastCommaFirstCompany", "Berg, Anna M. (Muster)"),
            ("DisplayName", "Annie"),
            ("Empty", ""),
        ] {
            assert_eq!(file_as(mapping, &all), form, "{mapping}");
        }
        assert_eq!(file_as("CompanyLastFirst", &contact(ANNA)), "BergAnna");
    }
}
