//! From what the configuration maps to what the table has.

use super::children::Child;
use super::column::{Column, Holds};
use super::computed::Group;
use super::config::MySqlConfig;
use super::document::Document;
use super::guess::guess;
use super::introspect::TableFacts;
use super::path::Path;
use super::picture::Photos;
use super::timezone::Zone;
use crate::contact::{Kind, Property};
use crate::sync::error::{StoreClass, StoreError};

/// What is mapped of a table.
pub(super) struct Mapping {
    /// Columns.
    pub(super) columns: Vec<Column>,
    /// Columns with a document of which places are mapped.
    pub(super) documents: Vec<Document>,
}

fn wrong(message: String) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

impl Mapping {
    /// Finds the columns of the mapping, guessed or configured; those that are taken have another part to play.
    ///
    /// # Errors
    /// When something does not exist or does not fit, naming it.
    pub(super) fn of(
        facts: &TableFacts,
        config: &MySqlConfig,
        taken: &[&str],
        children: &[Child],
        computed: &[Group],
    ) -> Result<Self, StoreError> {
        let elsewhere: Vec<(String, Property)> = children
            .iter()
            .flat_map(Child::places)
            .chain(computed.iter().flat_map(Group::places))
            .collect();
        let columns = computed.iter().flat_map(|group| &group.columns);
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        let mut map = config.map.clone();
        if map.is_empty() {
            map = guess(facts, &[taken, columns.as_slice()].concat());
            map.retain(|(_, property)| {
                let mut mapped = elsewhere.iter();
                mapped.all(|(_, known)| known != property && !known.excludes(*property))
            });
            if config.html_notes {
                let notes = map
                    .iter_mut()
                    .filter(|(_, property)| *property == Property::Body);
                notes.for_each(|(_, property)| *property = Property::HtmlBody);
            }
        }
        if map.is_empty() && elsewhere.is_empty() {
            return Err(wrong(format!(
                "no column of the table \"{}\" has a name that is known; name the columns in contacts.map",
                facts.name
            )));
        }
        let mut mapping = Self {
            columns: Vec::new(),
            documents: Vec::new(),
        };
        let mut places: Vec<(Path, Property)> = Vec::new();
        for (name, property) in &map {
            let path = path_of(facts, name, *property)?;
            let column = facts.column_for("contacts.map", &path.column, *property)?;
            if taken.contains(&column.name.as_str()) {
                return Err(wrong(format!(
                    "the column \"{}\" is key or scope and cannot be mapped to {property}",
                    column.name
                )));
            }
            if columns.contains(&column.name.as_str()) {
                return Err(wrong(format!(
                    "the column \"{}\" is in contacts.computed and cannot be mapped to {property} as well",
                    column.name
                )));
            }
            let path = Path {
                column: column.name.clone(),
                ..path
            };
            if let Some((other, known)) = places
                .iter()
                .find(|(other, known)| known == property || other.overlaps(&path))
            {
                return Err(wrong(format!(
                    "contacts.map names {property} with \"{path}\" and {known} with \"{other}\"; each column and each property may be there once"
                )));
            }
            if path.keys.is_empty() {
                let mut column = Column::of(column, *property)?;
                if column.property.kind() == Kind::Picture {
                    column.photos = photos(&column, config)?;
                }
                if column.holds == Holds::DateTime {
                    column.zone = Zone::parse(&config.timezone)?;
                }
                mapping.columns.push(column);
            } else {
                let known = mapping
                    .documents
                    .iter_mut()
                    .find(|document| document.name() == path.column);
                match known {
                    Some(document) => document.map(&path, *property)?,
                    None => {
                        let mut document = Document::of(column, *property)?;
                        document.map(&path, *property)?;
                        mapping.documents.push(document);
                    }
                }
            }
            places.push((path, *property));
        }
        let places = places.iter().map(|(_, property)| *property);
        let mut seen: Vec<Property> = Vec::new();
        for property in places.chain(elsewhere.iter().map(|(_, known)| *known)) {
            for known in seen.iter().copied() {
                if known == property {
                    return Err(wrong(format!(
                        "{property} is mapped twice, by contacts.map, contacts.children or contacts.computed"
                    )));
                }
                if known.excludes(property) {
                    return Err(wrong(format!(
                        "{property} cannot be mapped together with {known}: they are one thing in two forms; map one of them"
                    )));
                }
            }
            seen.push(property);
        }
        Ok(mapping)
    }
}

/// What the pictures of a column have to keep to. A folder that is not there would make every picture unreadable: that is said at once.
fn photos(column: &Column, config: &MySqlConfig) -> Result<Photos, StoreError> {
    let limit = config.photo_limit;
    let dir = match (column.holds, &config.photo_dir) {
        (Holds::File { .. }, None) => {
            return Err(wrong(format!(
                "the column \"{}\" is a text column, so {} is kept in files: name their folder in contacts.photo_dir, or use a BLOB column",
                column.name, column.property
            )));
        }
        (Holds::File { .. }, Some(dir)) => dir.canonicalize().map_err(|error| {
            wrong(format!(
                "contacts.photo_dir: the folder \"{}\" cannot be opened: {error}",
                dir.display()
            ))
        })?,
        (_, _) => Default::default(),
    };
    Ok(Photos { dir, limit })
}

/// What a name of the mapping means: a column that has the whole name goes before a document.
fn path_of(facts: &TableFacts, name: &str, property: Property) -> Result<Path, StoreError> {
    if facts.find(name).is_some() {
        return Ok(Path {
            column: name.to_owned(),
            keys: Vec::new(),
        });
    }
    Path::parse(name)
        .map_err(|problem| wrong(format!("contacts.map.{name} ({property}): {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::introspect::ColumnFacts;

    fn table() -> TableFacts {
        let columns = [
            ("id", "int"),
            ("first_name", "varchar"),
            ("birthday", "int"),
            ("data", "json"),
        ];
        TableFacts {
            name: "contacts".to_owned(),
            columns: columns
                .map(|(name, data_type)| ColumnFacts {
                    name: name.to_owned(),
                    data_type: data_type.to_owned(),
                    column_type: data_type.to_owned(),
                    ..ColumnFacts::default()
                })
                .to_vec(),
            ..TableFacts::default()
        }
    }

    fn complaint(map: &[(&str, &str)]) -> String {
        let mut config = MySqlConfig::new("mysql://app@localhost/crm".to_owned());
        let map = map.iter();
        config.map = map
            .map(|(name, property)| ((*name).to_owned(), property.parse().unwrap()))
            .collect();
        match Mapping::of(&table(), &config, &["id"], &[], &[]) {
            Ok(_) => String::new(),
            Err(error) => {
                assert_eq!(error.class, StoreClass::Config);
                error.message
            }
        }
    }

    /// R23: column and property are named, and what was probably meant.
    #[test]
    fn what_does_not_fit_the_table_is_named_with_its_property() {
        for (map, expected) in [
            (
                &[("frist_name", "GivenName")][..],
                "the table \"contacts\" has no column \"frist_name\", which contacts.map names for GivenName; did you mean \"first_name\"?",
            ),
            (
                &[("shoe_size", "extended:Shoe#int")],
                "the table \"contacts\" has no column \"shoe_size\", which contacts.map names for extended:Shoe#Integer",
            ),
            (
                &[("dta->phones.mobile", "MobilePhone")],
                "the table \"contacts\" has no column \"dta\", which contacts.map names for MobilePhone; did you mean \"data\"?",
            ),
            (
                &[
                    ("first_name", "EmailAddress3"),
                    ("data->m", "EmailAddresses"),
                ],
                "EmailAddresses cannot be mapped together with EmailAddress3: they are one thing in two forms; map one of them",
            ),
            (
                &[("birthday", "Birthday")],
                "the column \"birthday\" (int) cannot be mapped to Birthday: expected a DATE column",
            ),
            (
                &[("data", "GivenName")],
                "the column \"data\" (json) cannot be mapped to GivenName: expected a place in the document, as in \"data->key\"",
            ),
            (
                &[("birthday->day", "Birthday")],
                "the column \"birthday\" (int) cannot hold a JSON document with Birthday: expected a JSON or text column",
            ),
            (
                &[("data->", "GivenName")],
                "contacts.map.data-> (GivenName): expected a column and the keys of a JSON document, as in data->phones.mobile",
            ),
            (
                &[("data->mails[0]", "EmailAddress1")],
                "contacts.map.data->mails[0] (EmailAddress1): a place in a JSON document is named by keys, as in data->phones.mobile; array \
                 indexes, wildcards and quotes are not supported",
            ),
            (
                &[("id", "GivenName")],
                "the column \"id\" is key or scope and cannot be mapped to GivenName",
            ),
            (
                &[("first_name", "GivenName"), ("data->first", "GivenName")],
                "contacts.map names GivenName with \"data->first\" and GivenName with \"first_name\"; each column and each property may be \
                 there once",
            ),
            (
                &[("data->name", "GivenName"), ("Data->name.last", "Surname")],
                "contacts.map names Surname with \"data->name.last\" and GivenName with \"data->name\"; each column and each property may be \
                 there once",
            ),
            (&[("First_Name", "GivenName"), ("data->n", "Surname")], ""),
        ] {
            assert_eq!(complaint(map), expected);
        }
    }
}
