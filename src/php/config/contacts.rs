//! The configuration's key `contacts`.

use std::path::PathBuf;

use super::children;
use super::computed;
use super::raw::{Key, Raw};
use super::section::{Checked, ConfigError, Section};
use crate::contact::{MapiType, Property, UnknownExtended, UnknownProperty};
use crate::mysql::{ChildConfig, ComputedConfig, Path};

const KEYS: &[&str] = &[
    "table",
    "key",
    "map",
    "children",
    "computed",
    "notes",
    "modified",
    "timezone",
    "scope",
    "mark",
    "photo_dir",
    "photo_limit",
];

/// A value that a column of the scope has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::php) enum ScopeValue {
    Int(i64),
    Text(String),
}

/// The app's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::php) struct ContactsConfig {
    pub(in crate::php) table: String,
    pub(in crate::php) key: String,
    /// Column and property; `None` when it is to be guessed from the columns' names.
    pub(in crate::php) map: Option<Vec<(String, Property)>>,
    /// Tables beside it.
    pub(in crate::php) children: Vec<ChildConfig>,
    /// Whether notes are HTML.
    pub(in crate::php) html_notes: bool,
    /// What callables compute.
    pub(in crate::php) computed: Vec<ComputedConfig>,
    pub(in crate::php) modified: Option<String>,
    pub(in crate::php) timezone: String,
    pub(in crate::php) scope: Vec<(String, ScopeValue)>,
    pub(in crate::php) mark: Option<String>,
    /// The folder of pictures whose paths stand in a column.
    pub(in crate::php) photo_dir: Option<PathBuf>,
    /// The most bytes of a picture.
    pub(in crate::php) photo_limit: u64,
}

impl ContactsConfig {
    pub(super) fn read(raw: Option<&Raw>) -> Checked<Self> {
        let nothing = Raw::Array(Vec::new());
        let section = Section::open("contacts", raw.unwrap_or(&nothing), KEYS)?;
        let mut config = Self {
            table: name(&section, "table")?.unwrap_or("contacts").to_owned(),
            key: name(&section, "key")?.unwrap_or("id").to_owned(),
            map: section.get("map").map(map).transpose()?,
            children: section
                .get("children")
                .map(children::children)
                .transpose()?
                .unwrap_or_default(),
            html_notes: section.word("notes", &[("text", false), ("html", true)], false)?,
            computed: section
                .get("computed")
                .map(computed::computed)
                .transpose()?
                .unwrap_or_default(),
            modified: name(&section, "modified")?.map(str::to_owned),
            timezone: timezone(&section)?,
            scope: section
                .get("scope")
                .map(scope)
                .transpose()?
                .unwrap_or_default(),
            mark: name(&section, "mark")?.map(str::to_owned),
            photo_dir: photo_dir(&section)?,
            photo_limit: photo_limit(&section)?,
        };
        if config.html_notes {
            let columns = config.map.iter_mut().flatten();
            let columns = columns.map(|(_, property)| property);
            for property in columns.chain(children::properties(&mut config.children)) {
                if *property == Property::Body {
                    *property = Property::HtmlBody;
                }
            }
        }
        config.check_roles()?;
        config.check_properties()?;
        Ok(config)
    }

    /// No column plays two parts.
    fn check_roles(&self) -> Checked<()> {
        let mut roles: Vec<(&str, String)> = vec![(&self.key, "contacts.key".to_owned())];
        let named = [("modified", &self.modified), ("mark", &self.mark)];
        for (role, column) in named {
            roles.extend(
                column
                    .as_deref()
                    .map(|column| (column, format!("contacts.{role}"))),
            );
        }
        let scope = self.scope.iter().map(|(column, _)| ("scope", column));
        let map = self.map.iter().flatten().map(|(column, _)| ("map", column));
        for (part, column) in scope.chain(map) {
            roles.push((column, format!("contacts.{part}.{column}")));
        }
        let mut places = Vec::with_capacity(roles.len());
        for (column, role) in roles {
            let path = Path::parse(column).map_err(|problem| ConfigError::new(&*role, problem))?;
            places.push((path, role));
        }
        for (column, role) in computed::columns(&self.computed) {
            let path = Path {
                column: column.to_owned(),
                keys: Vec::new(),
            };
            places.push((path, role));
        }
        let mut seen: Vec<(Path, String)> = Vec::new();
        for (path, role) in places {
            if let Some((_, other)) = seen.iter().find(|(known, _)| known.overlaps(&path)) {
                return Err(ConfigError::new(
                    role,
                    format!("the column is in use already, as {other}"),
                ));
            }
            seen.push((path, role));
        }
        Ok(())
    }
}

impl ContactsConfig {
    /// No property has two places.
    fn check_properties(&self) -> Checked<()> {
        let map = self.map.iter().flatten();
        let columns = map.map(|(column, property)| (*property, format!("contacts.map.{column}")));
        let children = children::mapped(&self.children).into_iter();
        let computed = computed::mapped(&self.computed);
        let mut seen: Vec<(Property, String)> = Vec::new();
        for (property, path) in columns.chain(children).chain(computed) {
            for (known, other) in &seen {
                if *known == property {
                    return Err(ConfigError::new(
                        path,
                        format!("{property} is mapped already, by {other}"),
                    ));
                }
                if property.excludes(*known) {
                    return Err(ConfigError::new(
                        path,
                        format!(
                            "{property} cannot be mapped together with {known}, by {other}: they are one thing in two forms; map one of them"
                        ),
                    ));
                }
            }
            seen.push((property, path));
        }
        Ok(())
    }
}

/// The name of a table or column.
fn name<'a>(section: &Section<'a>, key: &str) -> Checked<Option<&'a str>> {
    let what = if key == "table" {
        "the name of a table"
    } else {
        "the name of a column"
    };
    let Some(name) = section.text(key, what)? else {
        return Ok(None);
    };
    if !is_name(name) {
        return Err(section.wrong(key, format!("expected {what} of at most 64 characters")));
    }
    Ok(Some(name))
}

/// A column, or a place in the JSON document of one.
fn is_place(name: &str) -> bool {
    name.split_once("->")
        .map_or_else(|| is_name(name), |(column, _)| is_name(column))
}

/// What MySQL takes as a quoted name: no blank at the end, at most 64 characters, all of the basic plane.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= 64
        && !name.ends_with(' ')
        && name
            .chars()
            .all(|character| character != '\0' && u32::from(character) <= 0xFFFF)
}

fn columns<'a>(
    path: &str,
    what: &str,
    raw: &'a Raw,
) -> Checked<impl Iterator<Item = Checked<(&'a str, &'a Raw)>> + 'a> {
    let Raw::Array(entries) = raw else {
        return Err(ConfigError::expected(path, what, raw));
    };
    let (path, what) = (path.to_owned(), what.to_owned());
    Ok(entries.iter().map(move |(key, value)| match key {
        Key::Text(column) if is_place(column) => Ok((column.as_str(), value)),
        Key::Text(_) => Err(ConfigError::new(
            &*path,
            "a key is not the name of a column",
        )),
        Key::Number(number) => Err(ConfigError::new(
            format!("{path}.{number}"),
            format!("expected {what}, a list given"),
        )),
    }))
}

fn map(raw: &Raw) -> Checked<Vec<(String, Property)>> {
    const WHAT: &str = "an array of column => property";
    let mut map: Vec<(String, Property)> = Vec::new();
    for entry in columns("contacts.map", WHAT, raw)? {
        let (column, raw) = entry?;
        let path = format!("contacts.map.{column}");
        let property = property(&path, raw)?;
        if let Some((other, _)) = map.iter().find(|(_, known)| *known == property) {
            return Err(ConfigError::new(
                path,
                format!("{property} is mapped already, by contacts.map.{other}"),
            ));
        }
        map.push((column.to_owned(), property));
    }
    if map.is_empty() {
        return Err(ConfigError::new(
            "contacts.map",
            "maps no column; leave it out to have it guessed",
        ));
    }
    Ok(map)
}

/// A property by its name, or an extended one with its type in a word of its own.
pub(super) fn property(path: &str, raw: &Raw) -> Checked<Property> {
    const WHAT: &str = "the name of a property, or ['property' => ..., 'type' => ...]";
    let named = |path: &str, name: &str| {
        let property: Result<Property, UnknownProperty> = name.parse();
        property.map_err(|error| ConfigError::new(path, error.to_string()))
    };
    if let Raw::Text(name) = raw {
        return named(path, name);
    }
    if !matches!(raw, Raw::Array(_)) {
        return Err(ConfigError::expected(path, WHAT, raw));
    }
    let section = Section::open(path, raw, &["property", "type"])?;
    let Some(name) = section.text("property", "the name of a property")? else {
        return Err(ConfigError::new(path, format!("expected {WHAT}")));
    };
    let property = named(&format!("{path}.property"), name)?;
    let Some(word) = section.text("type", "the name of a type")? else {
        return Ok(property);
    };
    match (property, MapiType::from_name(word)) {
        (Property::Extended(extended), Some(mapi_type)) => {
            Ok(Property::Extended(extended.with_type(mapi_type)))
        }
        (Property::Extended(_), None) => {
            Err(section.wrong("type", UnknownExtended::Type.to_string()))
        }
        (known, _) => Err(section.wrong(
            "type",
            format!("{known} has a type of its own; only extended properties are given one"),
        )),
    }
}

fn scope(raw: &Raw) -> Checked<Vec<(String, ScopeValue)>> {
    const WHAT: &str = "an array of column => value";
    columns("contacts.scope", WHAT, raw)?
        .map(|entry| {
            let (column, raw) = entry?;
            let value = match raw {
                Raw::Int(number) => ScopeValue::Int(*number),
                Raw::Text(text) => ScopeValue::Text(text.clone()),
                other => {
                    return Err(ConfigError::expected(
                        format!("contacts.scope.{column}"),
                        "an int or a string",
                        other,
                    ));
                }
            };
            Ok((column.to_owned(), value))
        })
        .collect()
}

fn photo_dir(section: &Section<'_>) -> Checked<Option<PathBuf>> {
    const WHAT: &str = "the absolute path of a folder";
    let Some(path) = section.text("photo_dir", WHAT)? else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    if path.is_absolute() {
        Ok(Some(path))
    } else {
        Err(section.wrong(
            "photo_dir",
            format!("expected {WHAT}, such as '/srv/app/photos'"),
        ))
    }
}

/// The bytes of a picture; a journal keeps two of them in one row of the database.
fn photo_limit(section: &Section<'_>) -> Checked<u64> {
    let bytes = section.whole("photo_limit", 1 << 10, 8 << 20, 2 << 20)?;
    Ok(u64::try_from(bytes).unwrap_or_default())
}

fn timezone(section: &Section<'_>) -> Checked<String> {
    const WHAT: &str = "a time zone such as 'UTC' or 'Europe/Berlin'";
    let Some(zone) = section.text("timezone", WHAT)? else {
        return Ok("UTC".to_owned());
    };
    let sound = zone
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "/_+-:".contains(character));
    if sound {
        Ok(zone.to_owned())
    } else {
        Err(section.wrong("timezone", format!("expected {WHAT}")))
    }
}
