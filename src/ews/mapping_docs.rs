//! The table of properties in `docs/mapping.md`: what the catalogue says, in words. `ECS_WRITE_DOCS=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use super::catalogue::{companion, path};
use super::map::updates_of;
use super::wire::{ExtendedFieldUri, FieldPath, FieldUpdate, PropertySet};
use crate::contact::{Changes, Kind, MapiType, Property};

const BEGIN: &str =
    "<!-- properties: made from the catalogue by ECS_WRITE_DOCS=1 cargo test mapping_docs -->\n";
const END: &str = "<!-- end of properties -->";

/// Fact: the documentation says of every property what the code does with it.
#[test]
fn the_table_of_properties_is_what_the_catalogue_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mapping.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let made = tables();
    if std::env::var_os("ECS_WRITE_DOCS").is_some() {
        std::fs::write(&file, format!("{before}{BEGIN}{made}{END}{after}")).unwrap();
        return;
    }
    assert!(
        written == made,
        "docs/mapping.md is not what the catalogue says; ECS_WRITE_DOCS=1 cargo test mapping_docs writes it anew"
    );
}

/// Fact: every type of an extended property stands in the documentation, with its words.
#[test]
fn every_type_and_set_stands_in_the_documentation() {
    let text = include_str!("../../docs/mapping.md");
    let types = "String Integer Short Long Boolean Double Float SystemTime StringArray";
    for name in types.split(' ') {
        assert!(MapiType::from_name(name).is_some(), "{name}");
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
    for (set, _) in crate::contact::KNOWN_SETS {
        assert!(text.contains(&format!("`{set}`")), "{set}");
    }
}

fn tables() -> String {
    let mut made = String::new();
    made.push_str(
        "\n| property | kind | kept in Exchange at | emptied by | compared | changed on both sides |\n|---|---|---|---|---|---|\n",
    );
    for property in Property::named() {
        let (compared, merged) = merged(property.kind());
        writeln!(
            made,
            "| `{property}` | {} | {} | {} | {compared} | {merged} |",
            kind(property.kind()),
            places(property),
            emptied(property),
        )
        .unwrap();
    }
    made.push('\n');
    made
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Line => "line".to_owned(),
        Kind::Note => "note".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::Set => "list".to_owned(),
        Kind::Integer => "number".to_owned(),
        Kind::Double => "decimal".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Moment => "moment".to_owned(),
        Kind::Picture => "picture".to_owned(),
        Kind::Choice(words) => format!("choice: `{}`", words.join("`, `")),
    }
}

const fn merged(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Set => ("as a set", "merged, entry by entry"),
        Kind::Date => ("by the day", "`policy.conflict`"),
        Kind::Moment => ("by the second", "`policy.conflict`"),
        Kind::Picture => ("by its bytes", "`policy.conflict`"),
        Kind::Choice(_) => ("by the word", "`policy.conflict`"),
        Kind::Integer | Kind::Double | Kind::Boolean => ("by value", "`policy.conflict`"),
        Kind::Line | Kind::Note => ("to the letter", "`policy.conflict`"),
    }
}

fn clearing(property: Property) -> Vec<FieldUpdate> {
    updates_of(&[(property, None)].into_iter().collect::<Changes>())
}

/// The path, and what follows it.
fn places(property: Property) -> String {
    if property == Property::EmailAddresses {
        let others = shown(&path(property));
        return format!(
            "the slots `contacts:EmailAddress/EmailAddress1` to `3`; by `policy.email_overflow` also {others}, or a line of `item:Body`"
        );
    }
    let mut beside: Vec<FieldPath> = companion(property).into_iter().collect();
    for update in clearing(property) {
        let (FieldUpdate::Set((known, _)) | FieldUpdate::Delete(known)) = update;
        if known != path(property) && !beside.contains(&known) {
            beside.push(known);
        }
    }
    let beside: Vec<String> = beside.iter().map(shown).collect();
    let place = shown(&path(property));
    if beside.is_empty() {
        place
    } else {
        format!("{place}, with {}", beside.join(", "))
    }
}

fn emptied(property: Property) -> String {
    if property == Property::EmailAddresses {
        return "deletion of the slots, and of what has none".to_owned();
    }
    let updates = clearing(property);
    let set: Vec<String> = updates
        .iter()
        .filter_map(|update| match update {
            FieldUpdate::Set((_, value)) => Some(format!("`{}`", value.as_text())),
            FieldUpdate::Delete(_) => None,
        })
        .collect();
    match (set.is_empty(), updates.len()) {
        (true, 0) => "`DeleteAttachment`".to_owned(),
        (true, 1) => "deletion".to_owned(),
        (true, _) => "deletion of all".to_owned(),
        (false, _) => format!("writing {}", set.join(" and ")),
    }
}

fn shown(path: &FieldPath) -> String {
    match path {
        FieldPath::Body => "`item:Body`".to_owned(),
        FieldPath::Categories => "`item:Categories`".to_owned(),
        FieldPath::Attachments => "`item:Attachments`, the one with `IsContactPhoto`".to_owned(),
        FieldPath::Item(element) => format!("`item:{}`", element.name()),
        FieldPath::Contact(element) => format!("`contacts:{}`", element.name()),
        FieldPath::EmailAddress(key) => format!("`contacts:EmailAddress/{key}`"),
        FieldPath::PhoneNumber(key) => format!("`contacts:PhoneNumber/{key}`"),
        FieldPath::ImAddress(key) => format!("`contacts:ImAddress/{key}`"),
        FieldPath::PhysicalAddress(key, part) => {
            format!("`contacts:PhysicalAddress:{}/{key}`", part.name())
        }
        FieldPath::Extended(ExtendedFieldUri::Tag { tag, kind }) => format!("`0x{tag:04X} {kind}`"),
        FieldPath::Extended(ExtendedFieldUri::Id { set, id, kind }) => {
            format!("`{}/{id} {kind}`", name_of(set))
        }
        FieldPath::Extended(ExtendedFieldUri::Name { set, name, kind }) => {
            format!("`{}/{name} {kind}`", name_of(set))
        }
    }
}

fn name_of(set: &PropertySet) -> &str {
    match set {
        PropertySet::Distinguished(name) | PropertySet::Guid(name) => name,
    }
}
