//! A column with a JSON document, of which some places are mapped.

use serde_json::Value as Json;

use super::column::Column;
use super::introspect::ColumnFacts;
use super::json_text::{self, Obstacle};
use super::literal;
use super::path::Path;
use crate::contact::{Changes, Contact, Kind, Property, Value};
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ports::{Row, Unread};

/// The most characters of a document that go into the journal when it cannot be read.
const SHOWN: usize = 200;

/// A column with a JSON document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// The column.
    column: Column,
    /// The mapped places.
    parts: Vec<Part>,
}

/// A mapped place of a document.
#[derive(Debug, Clone)]
struct Part {
    keys: Vec<String>,
    /// Reads and judges what stands there as a column would.
    value: Column,
}

impl Document {
    /// A document in a column, of which nothing is mapped yet; it is to hold the property.
    ///
    /// # Errors
    /// When the column is not of a type that holds JSON.
    pub(crate) fn of(facts: &ColumnFacts, property: Property) -> Result<Self, StoreError> {
        // A list is what goes into texts and JSON columns, and into nothing else.
        let column = Column::of(facts, Property::Categories).map_err(|_| {
            StoreError::new(
                StoreClass::Config,
                format!(
                    "the column \"{}\" ({}) cannot hold a JSON document with {property}: expected a JSON or text column",
                    facts.name, facts.column_type
                ),
            )
        })?;
        Ok(Self {
            column,
            parts: Vec::new(),
        })
    }

    /// Maps a place.
    ///
    /// # Errors
    /// When the property cannot be held by JSON.
    pub(crate) fn map(&mut self, path: &Path, property: Property) -> Result<(), StoreError> {
        if property.kind() == Kind::Picture {
            return Err(StoreError::new(
                StoreClass::Config,
                format!("{path} cannot be mapped to {property}: a picture has a column of its own"),
            ));
        }
        let facts = ColumnFacts {
            name: path.to_string(),
            data_type: "longtext".to_owned(),
            column_type: "JSON".to_owned(),
            charset: Some("utf8mb4".to_owned()),
            nullable: true,
            ..ColumnFacts::default()
        };
        self.parts.push(Part {
            keys: path.keys.clone(),
            value: Column::of(&facts, property)?,
        });
        Ok(())
    }

    /// The column's name.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.column.name
    }

    /// The mapped places by their names, with their properties.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, Property)> {
        let parts = self.parts.iter();
        parts.map(|part| (part.value.name.as_str(), part.value.property))
    }

    /// Reads the mapped values of a row's document.
    pub(crate) fn read(&self, document: Option<&[u8]>, row: &mut Row) {
        let text = String::from_utf8_lossy(document.unwrap_or_default());
        for part in &self.parts {
            let property = part.value.property;
            let unread = match json_text::get(&text, &part.keys) {
                Ok(None) => continue,
                Ok(Some(json)) => match part.decode(json) {
                    Ok(value) => {
                        row.contact.set(property, value);
                        continue;
                    }
                    Err(text) => Unread::new(property, text),
                },
                Err(obstacle) => Unread {
                    reason: Some(self.because(&obstacle)),
                    ..Unread::new(property, text.chars().take(SHOWN).collect::<String>())
                },
            };
            row.unreadable.push(unread);
        }
    }

    fn because(&self, obstacle: &Obstacle) -> String {
        format!(
            "cannot be read from the JSON of column {}: {obstacle}",
            self.column.name
        )
    }

    /// The SQL of a new row's document.
    ///
    /// # Errors
    /// With the reason, when it does not fit.
    pub(crate) fn fresh(&self, contact: &Contact) -> Result<String, String> {
        let text = self.changed("", &|property| contact.get(property).map(Some))?;
        if !text.is_empty() {
            return self.column.encode(Some(&Value::Text(text)));
        }
        Ok(if self.column.nullable {
            "NULL".to_owned()
        } else if self.column.has_default {
            "DEFAULT".to_owned()
        } else {
            literal::text("{}")
        })
    }

    /// The SQL of a document that gets other values at some of its places; `None` when it stays as it is.
    ///
    /// # Errors
    /// With the reason, when it does not fit, or a value has no place in it.
    pub(crate) fn update(
        &self,
        before: Option<&[u8]>,
        changes: &Changes,
    ) -> Result<Option<String>, String> {
        let before = std::str::from_utf8(before.unwrap_or_default())
            .map_err(|_| self.because(&Obstacle::NoJson))?;
        let text = self.changed(before, &|property| {
            let mut found = changes.iter().filter(|(changed, _)| *changed == property);
            found.next().map(|(_, value)| value)
        })?;
        if text == before {
            return Ok(None);
        }
        self.column.encode(Some(&Value::Text(text))).map(Some)
    }

    fn changed<'a>(
        &self,
        before: &str,
        value_of: &dyn Fn(Property) -> Option<Option<&'a Value>>,
    ) -> Result<String, String> {
        let mut text = before.to_owned();
        for part in &self.parts {
            let Some(value) = value_of(part.value.property) else {
                continue;
            };
            let json = value.map(json);
            text = json_text::set(&text, &part.keys, json.as_deref())
                .map_err(|obstacle| self.because(&obstacle))?;
        }
        Ok(text)
    }
}

impl Part {
    /// Reads what stands at the place.
    fn decode(&self, json: &str) -> Result<Option<Value>, String> {
        let unread = || json.to_owned();
        let kind = self.value.property.kind();
        match serde_json::from_str(json) {
            Ok(Json::Null) => Ok(None),
            Ok(Json::String(text)) => self.value.decode(Some(text.as_bytes())),
            Ok(Json::Number(_)) if kind != Kind::Set => self.value.decode(Some(json.as_bytes())),
            Ok(Json::Bool(_)) if kind == Kind::Boolean => self.value.decode(Some(json.as_bytes())),
            Ok(Json::Array(entries)) if kind == Kind::Set => {
                let plain = |entry: &Json| matches!(entry, Json::String(_) | Json::Number(_));
                if entries.iter().all(plain) {
                    self.value.decode(Some(json.as_bytes()))
                } else {
                    Err(unread())
                }
            }
            Ok(Json::Number(_) | Json::Bool(_) | Json::Array(_) | Json::Object(_)) | Err(_) => {
                Err(unread())
            }
        }
    }
}

/// A value as JSON.
fn json(value: &Value) -> String {
    let json = match value {
        Value::Text(text) | Value::Opaque(text) => Json::from(text.as_str()),
        Value::List(entries) => Json::from(entries.as_slice()),
        Value::Integer(number) => Json::from(*number),
        Value::Boolean(yes) => Json::from(*yes),
        Value::Double(number) => Json::from(number.get()),
        Value::Date(_) | Value::Moment(_) | Value::Picture(_) => Json::from(value.display()),
    };
    json.to_string()
}
