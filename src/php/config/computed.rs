//! The configuration's key `contacts.computed`: groups of columns and properties that callables turn into each other.

use super::contacts::{is_name, property};
use super::raw::{Key, Raw};
use super::section::{Checked, ConfigError, Section};
use crate::contact::{Kind, Property};
use crate::mysql::ComputedConfig;

const KEYS: &[&str] = &[
    "columns",
    "properties",
    "toExchange",
    "fromExchange",
    "version",
];

/// The keys of the callables of a group: from columns to properties, and back.
pub(super) const CALLABLES: [&str; 2] = ["toExchange", "fromExchange"];

const WHAT: &str = "a list of groups, each with columns, properties, toExchange and fromExchange";

/// Reads the groups; whether their callables can be called is for PHP to tell.
pub(super) fn computed(raw: &Raw) -> Checked<Vec<ComputedConfig>> {
    let Raw::Array(entries) = raw else {
        return Err(ConfigError::expected("contacts.computed", WHAT, raw));
    };
    let groups = entries.iter().enumerate();
    groups
        .map(|(place, (key, raw))| {
            let path = format!("contacts.computed.{key}");
            if i64::try_from(place).map(Key::Number).ok().as_ref() != Some(key) {
                return Err(ConfigError::new(path, format!("expected {WHAT}")));
            }
            group(&path, raw)
        })
        .collect()
}

fn group(path: &str, raw: &Raw) -> Checked<ComputedConfig> {
    let section = Section::open(path, raw, KEYS)?;
    let columns = list(
        &section,
        "columns",
        "a list of names of columns",
        |path, raw| match raw {
            Raw::Text(name) if is_name(name) => Ok(name.clone()),
            Raw::Text(_) => Err(ConfigError::new(path, "is not the name of a column")),
            other => Err(ConfigError::expected(path, "the name of a column", other)),
        },
    )?;
    let properties = list(
        &section,
        "properties",
        "a list of properties",
        |path, raw| {
            let property = property(path, raw)?;
            if property.kind() == Kind::Picture {
                let problem = format!("{property} cannot be computed; map its column");
                return Err(ConfigError::new(path, problem));
            }
            Ok(property)
        },
    )?;
    for key in CALLABLES {
        section.required(key, "a callable")?;
    }
    let version = match section.get("version") {
        None => String::new(),
        Some(Raw::Int(number)) => number.to_string(),
        Some(Raw::Text(text)) => text.clone(),
        Some(other) => {
            return Err(ConfigError::expected(
                section.path_of("version"),
                "an int or a string",
                other,
            ));
        }
    };
    Ok(ComputedConfig {
        columns,
        properties,
        version,
    })
}

fn list<T>(
    section: &Section<'_>,
    key: &str,
    what: &str,
    read: impl Fn(&str, &Raw) -> Checked<T>,
) -> Checked<Vec<T>> {
    let raw = section.required(key, what)?;
    let path = section.path_of(key);
    let Raw::Array(entries) = raw else {
        return Err(ConfigError::expected(path, what, raw));
    };
    if entries.is_empty() {
        return Err(section.wrong(key, format!("expected {what}, an empty one given")));
    }
    entries
        .iter()
        .map(|(key, raw)| match key {
            Key::Number(_) => read(&format!("{path}.{key}"), raw),
            Key::Text(_) => Err(ConfigError::new(
                format!("{path}.{key}"),
                format!("expected {what}, an array with keys given"),
            )),
        })
        .collect()
}

/// Each property with the path of the key that names it.
pub(super) fn mapped(groups: &[ComputedConfig]) -> impl Iterator<Item = (Property, String)> + '_ {
    groups.iter().enumerate().flat_map(|(group, config)| {
        let properties = config.properties.iter().enumerate();
        properties.map(move |(place, property)| {
            let path = format!("contacts.computed.{group}.properties.{place}");
            (*property, path)
        })
    })
}

/// Each column with the path of the key that names it.
pub(super) fn columns(groups: &[ComputedConfig]) -> impl Iterator<Item = (&str, String)> {
    groups.iter().enumerate().flat_map(|(group, config)| {
        let columns = config.columns.iter().enumerate();
        columns.map(move |(place, column)| {
            let path = format!("contacts.computed.{group}.columns.{place}");
            (column.as_str(), path)
        })
    })
}
