//! A contact with a value for everything.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

use exchange_contact_sync::contact::{Contact, EmailKey, Kind, Property};

/// All of the catalogue, and an extended property of every type.
pub fn everything() -> Vec<Property> {
    let extended = [
        "Note",
        "Number#int",
        "Address/40000#short",
        "0x6801#long",
        "Common/Vip#bool",
        "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77/Ratio#double",
        "PublicStrings/Ratio#float",
        "Task/33000#datetime",
        "PublicStrings/Words#list",
    ];
    let extended = extended.map(|name| format!("extended:{name}").parse().unwrap());
    // A photo is no field, and the list of e-mail addresses another view of the slots.
    let is_field = |property: &Property| {
        property.kind() != Kind::Picture && *property != Property::EmailAddresses
    };
    Property::all().filter(is_field).chain(extended).collect()
}

/// A contact with a value for every property.
pub fn full(properties: &[Property], seed: usize) -> Contact {
    let mut contact = Contact::new();
    for (index, property) in properties.iter().copied().enumerate() {
        let raw = match (property, property.kind()) {
            (Property::Culture, _) => ["de-DE", "fr-FR", "ja-JP"][seed % 3].to_owned(),
            (_, Kind::Choice(words)) => words[1 + seed % (words.len() - 1)].to_owned(),
            (_, Kind::Integer) => format!("-{seed}{index}"),
            (_, Kind::Boolean) => seed.is_multiple_of(2).to_string(),
            (_, Kind::Double) => format!("{seed}.25"),
            (_, Kind::Moment) => format!(
                "{}-02-2{}T23:59:0{}Z",
                1990 + seed,
                index % 8 + 1,
                seed % 10
            ),
            (_, Kind::Date) => format!("{}-02-2{}", 1890 + seed, index % 8 + 1),
            (_, Kind::Set) => format!("Customers {seed}\nRed & blue\nthrée"),
            (_, Kind::Note) => format!("line {seed}\n\n  <second> & \"{index}\" 😀\nend"),
            (_, Kind::Picture) => continue,
            (_, Kind::Line) => format!("{property} {seed} <&> ü"),
        };
        contact.set_raw(property, &raw).unwrap();
    }
    for key in EmailKey::ALL {
        let address = format!("{}.{seed}@example.test", key.name());
        contact.set_raw(Property::Email(*key), &address).unwrap();
    }
    contact
}
