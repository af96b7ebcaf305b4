//! A group of columns and properties that the app's code turns into each other.

use super::Raw;
use super::answers::{Columns, Meaning};
use crate::contact::{Property, Value};
use crate::mysql::column::fits;
use crate::mysql::config::ComputedConfig;
use crate::mysql::introspect::{ColumnFacts, TableFacts};
use crate::mysql::literal;
use crate::mysql::repertoire::Repertoire;
use crate::sync::error::{StoreClass, StoreError};

/// A group of columns and properties.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its place in the configuration.
    pub(crate) place: usize,
    /// Its columns.
    pub(crate) columns: Vec<RawColumn>,
    /// Its properties.
    pub(crate) properties: Vec<Property>,
    version: String,
}

/// A column that the app's code reads and writes.
#[derive(Debug, Clone)]
pub(crate) struct RawColumn {
    /// Its name.
    pub(crate) name: String,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// Whether a UNIQUE key covers it.
    pub(crate) unique: bool,
    form: Form,
    /// What a new row holds there when nothing is written, as far as that is known.
    fresh: Option<Raw>,
}

/// What a column is given and taken as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Integer,
    Float,
    /// Text of so many characters and bytes.
    Text {
        characters: u64,
        bytes: u64,
        repertoire: Repertoire,
    },
    Bytes,
    /// What the server writes as text, and judges by itself.
    Other,
}

fn wrong(message: String) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

impl Group {
    /// Finds the columns of all groups, each of which is in one of them only; those that are taken have another part to play.
    ///
    /// # Errors
    /// When one does not exist or cannot be used, naming it.
    pub(crate) fn all(
        facts: &TableFacts,
        configs: &[ComputedConfig],
        taken: &[&str],
    ) -> Result<Vec<Self>, StoreError> {
        let mut groups: Vec<Self> = Vec::with_capacity(configs.len());
        for (place, config) in configs.iter().enumerate() {
            let known = groups.iter().flat_map(|group| &group.columns);
            let known = known.map(|column| column.name.as_str());
            let taken: Vec<&str> = taken.iter().copied().chain(known).collect();
            let group = Self::of(facts, place, config, &taken)?;
            groups.push(group);
        }
        Ok(groups)
    }

    fn of(
        facts: &TableFacts,
        place: usize,
        config: &ComputedConfig,
        taken: &[&str],
    ) -> Result<Self, StoreError> {
        let path = format!("contacts.computed.{place}.columns");
        let mut columns: Vec<RawColumn> = Vec::with_capacity(config.columns.len());
        for name in &config.columns {
            let column = RawColumn::of(facts.column(&path, name)?)?;
            if taken.contains(&column.name.as_str()) {
                return Err(wrong(format!(
                    "the column \"{}\" is key or scope, or computed already, and cannot be in {path}",
                    column.name
                )));
            }
            if columns.iter().any(|known| known.name == column.name) {
                return Err(wrong(format!(
                    "{path} names the column \"{}\" twice",
                    column.name
                )));
            }
            columns.push(column);
        }
        Ok(Self {
            place,
            columns,
            properties: config.properties.clone(),
            version: config.version.clone(),
        })
    }

    /// Where each property has its place, by the name that a person knows it by.
    pub(crate) fn places(&self) -> impl Iterator<Item = (String, Property)> + '_ {
        let place = self.place;
        let properties = self.properties.iter();
        properties.map(move |property| (format!("computed.{place}.{property}"), *property))
    }

    /// Its columns, each with what it is for.
    pub(crate) fn shown_columns(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let names: Vec<String> = self.properties.iter().map(ToString::to_string).collect();
        let what = format!("computed: {}", names.join(", "));
        let columns = self.columns.iter();
        columns.map(move |column| (column.name.clone(), what.clone()))
    }

    /// What a change of the mapping is told by.
    #[must_use]
    pub(crate) fn print(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| &*column.name).collect();
        let names: Vec<String> = self.properties.iter().map(ToString::to_string).collect();
        format!(
            "computed\0{}\0{}\0{}\n",
            columns.join("\0"),
            names.join("\0"),
            self.version
        )
    }

    /// What the columns hold, with their names.
    pub(super) fn named<'a>(&'a self, raws: &'a [Raw]) -> Vec<(&'a str, &'a Raw)> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        names.zip(raws).collect()
    }

    /// What the columns hold, for a person.
    pub(super) fn shown(&self, raws: &[Raw]) -> String {
        let held: Vec<String> = self
            .named(raws)
            .into_iter()
            .map(|(name, raw)| {
                let text = match raw {
                    Raw::Null => "NULL".to_owned(),
                    Raw::Integer(number) => number.to_string(),
                    Raw::Float(number) => number.to_string(),
                    Raw::Text(text) => String::from_utf8_lossy(text).into_owned(),
                };
                format!("{name}: {text}")
            })
            .collect();
        held.join(", ")
    }

    /// An answer in the order of the properties.
    pub(super) fn in_order(&self, mut values: Vec<(Property, Option<Value>)>) -> Meaning {
        let mut ordered = Vec::with_capacity(self.properties.len());
        for property in &self.properties {
            let place = values.iter().position(|(known, _)| known == property);
            let Some(place) = place else {
                return Err(format!(
                    "contacts.computed.{}.toExchange gives no {property}",
                    self.place
                ));
            };
            ordered.push(values.swap_remove(place).1);
        }
        match values.first() {
            None => Ok(ordered),
            Some((property, _)) => Err(format!(
                "contacts.computed.{}.toExchange gives {property}, which is none of its properties",
                self.place
            )),
        }
    }

    /// An answer in the order of the columns.
    pub(super) fn columns_in_order(&self, mut values: Vec<(String, Raw)>) -> Columns {
        let mut ordered = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let place = values.iter().position(|(name, _)| *name == column.name);
            ordered.push(place.map(|place| values.swap_remove(place).1));
        }
        match values.first() {
            None => Ok(ordered),
            Some((name, _)) => Err(format!(
                "contacts.computed.{}.fromExchange gives \"{name}\", which is none of its columns",
                self.place
            )),
        }
    }

    /// What the columns will hold once they are written, as far as that can be told. The transaction is begun anew where it turns
    /// out otherwise.
    pub(super) fn expected(&self, written: &[Option<Raw>], raws: &[Raw]) -> Option<Vec<Raw>> {
        let fresh = raws.iter().all(|raw| *raw == Raw::Null);
        let columns = self.columns.iter().zip(written).zip(raws);
        columns
            .map(|((column, written), raw)| match written {
                Some(written) => Some(column.as_read(written)),
                None if fresh => column.fresh.clone(),
                None => Some(raw.clone()),
            })
            .collect()
    }
}

impl RawColumn {
    fn of(facts: &ColumnFacts) -> Result<Self, StoreError> {
        let wrong = |what: &str| {
            wrong(format!(
                "the column \"{}\" ({}) cannot be computed: {what}",
                facts.name, facts.column_type
            ))
        };
        if facts.generated {
            return Err(wrong("the database does that already"));
        }
        let form = match facts.data_type.as_str() {
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Form::Text {
                characters: facts.characters.unwrap_or(u64::MAX),
                bytes: facts.octets.unwrap_or(u64::MAX),
                repertoire: Repertoire::of(facts.charset.as_deref()),
            },
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Form::Bytes,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Form::Integer,
            "float" | "double" => Form::Float,
            "decimal" | "enum" | "set" | "date" | "datetime" | "timestamp" | "time" | "json"
            | "uuid" | "inet4" | "inet6" => Form::Other,
            _ => return Err(wrong("expected a text, a number, a date, a time or JSON")),
        };
        let mut column = Self {
            name: facts.name.clone(),
            nullable: facts.nullable,
            unique: facts.unique,
            form,
            fresh: None,
        };
        column.fresh = column.default_of(facts);
        Ok(column)
    }

    /// A default that is plainly nothing, a number or a text; MariaDB quotes texts.
    fn default_of(&self, facts: &ColumnFacts) -> Option<Raw> {
        let Some(default) = facts.default.as_deref().filter(|text| *text != "NULL") else {
            return facts.nullable.then_some(Raw::Null);
        };
        let quoted = default
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        let text = match quoted {
            Some(text) => (!text.contains(['\'', '\\'])).then_some(text),
            None => parsed::<f64>(default.as_bytes()).map(|_| default),
        };
        text.map(|text| self.read(Some(text.as_bytes())))
    }

    /// What the column holds, of its text.
    pub(crate) fn read(&self, value: Option<&[u8]>) -> Raw {
        let Some(value) = value else {
            return Raw::Null;
        };
        let text = || Raw::Text(value.to_vec());
        match self.form {
            Form::Integer => parsed(value).map_or_else(text, Raw::Integer),
            Form::Float => parsed(value).map_or_else(text, Raw::Float),
            Form::Text { .. } | Form::Bytes | Form::Other => text(),
        }
    }

    /// What the column will probably give back of what is written.
    fn as_read(&self, raw: &Raw) -> Raw {
        match raw {
            Raw::Null => Raw::Null,
            Raw::Integer(number) => self.read(Some(number.to_string().as_bytes())),
            Raw::Float(number) => self.read(Some(number.to_string().as_bytes())),
            Raw::Text(text) => self.read(Some(text)),
        }
    }

    /// The SQL of a value; `None` when the column holds it already.
    ///
    /// # Errors
    /// With the reason, when it does not fit.
    pub(crate) fn encode(&self, raw: &Raw, now: Option<&Raw>) -> Result<Option<String>, String> {
        if now == Some(&self.as_read(raw)) {
            return Ok(None);
        }
        let text = match raw {
            Raw::Null => return Ok(Some("NULL".to_owned())),
            Raw::Integer(number) => number.to_string(),
            Raw::Float(number) => number.to_string(),
            Raw::Text(text) => match (std::str::from_utf8(text), self.form) {
                (_, Form::Bytes) => return Ok(Some(literal::bytes(text))),
                (Ok(text), _) => text.to_owned(),
                (Err(_), _) => {
                    return Err(format!("the value for column {} is no UTF-8", self.name));
                }
            },
        };
        if let Form::Text {
            characters,
            bytes,
            repertoire,
        } = self.form
        {
            fits(&self.name, &text, characters, bytes, repertoire)?;
        }
        Ok(Some(literal::text(&text)))
    }

    /// The most characters of a text column that may not be empty.
    pub(crate) const fn room(&self) -> Option<u64> {
        match self.form {
            Form::Text {
                characters, bytes, ..
            } => Some(if characters < bytes {
                characters
            } else {
                bytes
            }),
            Form::Integer | Form::Float | Form::Bytes | Form::Other => None,
        }
    }
}

fn parsed<N: std::str::FromStr>(value: &[u8]) -> Option<N> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
