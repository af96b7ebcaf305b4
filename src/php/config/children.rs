//! The configuration's key `contacts.children`: tables with rows that belong to contacts.

use super::contacts::{is_name, property};
use super::raw::{Key, Raw};
use super::section::{Checked, ConfigError, Section};
use crate::contact::{Kind, Property};
use crate::mysql::{ChildConfig, ChildRows, SlotConfig};

const KEYS: &[&str] = &["table", "contact", "slot", "value", "map", "list"];

/// Reads the tables.
pub(super) fn children(raw: &Raw) -> Checked<Vec<ChildConfig>> {
    let Raw::Array(entries) = raw else {
        return Err(ConfigError::expected(
            "contacts.children",
            "a list of tables",
            raw,
        ));
    };
    entries
        .iter()
        .map(|(key, raw)| child(&format!("contacts.children.{key}"), raw))
        .collect()
}

fn child(path: &str, raw: &Raw) -> Checked<ChildConfig> {
    let section = Section::open(path, raw, KEYS)?;
    let rows = match section.get("list") {
        Some(list) => {
            for key in ["slot", "map"] {
                if section.get(key).is_some() {
                    return Err(section.wrong(key, "cannot be given together with list"));
                }
            }
            let property = property(&section.path_of("list"), list)?;
            if property.kind() != Kind::Set {
                return Err(section.wrong("list", format!("{property} is no list")));
            }
            ChildRows::List {
                value: required(&section, "value", "the column with the entry")?,
                property,
            }
        }
        None => ChildRows::Slots {
            column: required(&section, "slot", "the column that says which slot a row is")?,
            slots: slots(&section)?,
        },
    };
    Ok(ChildConfig {
        table: required(&section, "table", "the name of a table")?,
        contact: required(&section, "contact", "the column with the contact's key")?,
        rows,
    })
}

fn required(section: &Section<'_>, key: &str, what: &str) -> Checked<String> {
    let name = section.required_text(key, what)?;
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err(section.wrong(key, format!("expected {what}, of at most 64 characters")))
    }
}

fn slots(section: &Section<'_>) -> Checked<Vec<SlotConfig>> {
    const WHAT: &str = "an array of slot => property, or slot => [column => property]";
    let value = match section.get("value") {
        Some(_) => Some(required(section, "value", "the column with the value")?),
        None => None,
    };
    let raw = section.required("map", WHAT)?;
    let Raw::Array(entries) = raw else {
        return Err(ConfigError::expected(section.path_of("map"), WHAT, raw));
    };
    if entries.is_empty() {
        return Err(section.wrong("map", "maps no slot"));
    }
    entries
        .iter()
        .map(|(slot, raw)| {
            let path = section.path_of(&format!("map.{slot}"));
            let map = match (raw, &value) {
                (Raw::Array(columns), _) => values(&path, columns)?,
                (raw, Some(value)) => vec![(value.clone(), property(&path, raw)?)],
                (_, None) => {
                    return Err(
                        section.wrong("value", "is missing; expected the column with the value")
                    );
                }
            };
            Ok(SlotConfig {
                slot: slot.to_string(),
                map,
            })
        })
        .collect()
}

fn values(path: &str, columns: &[(Key, Raw)]) -> Checked<Vec<(String, Property)>> {
    if columns.is_empty() {
        return Err(ConfigError::new(path, "maps no column"));
    }
    columns
        .iter()
        .map(|(key, raw)| match key {
            Key::Text(column) if is_name(column) => {
                Ok((column.clone(), property(&format!("{path}.{column}"), raw)?))
            }
            Key::Text(_) | Key::Number(_) => {
                Err(ConfigError::new(path, "a key is not the name of a column"))
            }
        })
        .collect()
}

/// The properties that the rows of the tables hold.
pub(super) fn properties(children: &mut [ChildConfig]) -> impl Iterator<Item = &mut Property> {
    children.iter_mut().flat_map(|child| match &mut child.rows {
        ChildRows::List { property, .. } => vec![property],
        ChildRows::Slots { slots, .. } => {
            let values = slots.iter_mut().flat_map(|slot| &mut slot.map);
            values.map(|(_, property)| property).collect()
        }
    })
}

/// Each property with the path of the key that maps it.
pub(super) fn mapped(children: &[ChildConfig]) -> Vec<(Property, String)> {
    let mut mapped = Vec::new();
    for (place, child) in children.iter().enumerate() {
        let path = format!("contacts.children.{place}");
        match &child.rows {
            ChildRows::List { property, .. } => mapped.push((*property, format!("{path}.list"))),
            ChildRows::Slots { slots, .. } => {
                for slot in slots {
                    let path = format!("{path}.map.{}", slot.slot);
                    let properties = slot.map.iter();
                    mapped.extend(properties.map(|(_, property)| (*property, path.clone())));
                }
            }
        }
    }
    mapped
}
