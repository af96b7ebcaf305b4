//! Extended properties as Graph names them ("Outlook extended properties overview", Microsoft Graph documentation).

use std::fmt::Write as _;

use crate::contact::{Extended, KNOWN_SETS, MapiId, MapiType, OWN_SET, STAMP_NAME};

/// The set of what Outlook keeps of contacts.
const ADDRESS: &str = "00062004-0000-0000-c000-000000000046";

/// The id of a tag.
pub(super) fn tag(kind: &str, tag: u16) -> String {
    format!("{kind} 0x{tag:x}")
}

/// The id of a number in Outlook's set for contacts.
pub(super) fn of_contacts(kind: &str, id: u32) -> String {
    format!("{kind} {{{ADDRESS}}} Id 0x{id:x}")
}

/// The id of the stamp.
pub(super) fn stamp() -> String {
    format!("String {{{OWN_SET}}} Name {STAMP_NAME}")
}

/// The id of a property of a mapping.
pub(super) fn of(name: Extended) -> String {
    let kind = name.mapi_type().name();
    let guid = |set: &str| {
        let known = KNOWN_SETS.iter().find(|(known, _)| *known == set);
        known.map_or_else(|| set.to_owned(), |(_, guid)| (*guid).to_owned())
    };
    match name.id() {
        MapiId::Tag(number) => tag(kind, *number),
        MapiId::Number(set, id) => format!("{kind} {{{}}} Id 0x{id:x}", guid(set)),
        MapiId::Name(set, name) => format!("{kind} {{{}}} Name {name}", guid(set)),
    }
}

/// Whether values of a type are lists, which Graph keeps elsewhere.
pub(super) const fn is_list(kind: MapiType) -> bool {
    matches!(kind, MapiType::StringArray)
}

/// An id in the one form in which two of them can be compared: servers write digits, braces and types as they like, but names to the letter.
pub(super) fn canonical(id: &str) -> String {
    let mut words = id.trim().splitn(4, ' ');
    let lower = |word: Option<&str>| word.unwrap_or_default().to_ascii_lowercase();
    let (kind, second) = (lower(words.next()), lower(words.next()));
    let mut text = format!("{kind} {}", number(&second));
    if let (Some(form), Some(name)) = (words.next(), words.next()) {
        let form = form.to_ascii_lowercase();
        let name = if form == "id" {
            number(&name.to_ascii_lowercase())
        } else {
            name.to_owned()
        };
        // Writing to a text cannot fail.
        let _ = write!(text, " {form} {name}");
    }
    text
}

/// A number without its leading zeros; a tag may come with its type before it.
fn number(text: &str) -> String {
    let Some(digits) = text.strip_prefix("0x") else {
        return text.to_owned();
    };
    let value = u32::from_str_radix(digits, 16);
    value.map_or_else(|_| text.to_owned(), |value| format!("0x{value:x}"))
}

/// How a text is written within quotes of a filter.
pub(super) fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Property;

    #[test]
    fn every_form_of_a_name_has_an_id() {
        let id = |name: &str| match name.parse::<Property>() {
            Ok(Property::Extended(name)) => of(name),
            other => panic!("{other:?}"),
        };
        for (name, expected) in [
            ("extended:0x3A45", "String 0x3a45"),
            (
                "extended:Address/32847#int",
                "Integer {00062004-0000-0000-c000-000000000046} Id 0x804f",
            ),
            (
                "extended:PublicStrings/Shoe Size",
                "String {00020329-0000-0000-c000-000000000046} Name Shoe Size",
            ),
            (
                "extended:Vip#bool",
                "Boolean {b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42} Name Vip",
            ),
        ] {
            assert_eq!(id(name), expected);
            assert_eq!(canonical(&id(name)), canonical(expected));
        }
    }

    #[test]
    fn ids_are_compared_whatever_their_form() {
        for (one, other) in [
            ("String 0x3A24", "string 0x3a24"),
            (
                "Integer {00062004-0000-0000-C000-000000000046} Id 0x00008022",
                "integer {00062004-0000-0000-c000-000000000046} id 0x8022",
            ),
            (
                "String {00020329-0000-0000-C000-000000000046} Name Shoe Size",
                "String {00020329-0000-0000-c000-000000000046} name Shoe Size",
            ),
        ] {
            assert_eq!(canonical(one), canonical(other));
        }
        assert_ne!(
            canonical("String {a} Name x"),
            canonical("String {a} Name X")
        );
        assert_ne!(canonical("String 0x3a24"), canonical("String 0x3a25"));
    }
}
