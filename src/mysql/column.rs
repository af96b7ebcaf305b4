//! A mapped column: how its values are read, and how values are written so that they fit.

use super::categories::{self, ListFormat};
use super::introspect::ColumnFacts;
use super::literal;
use super::picture::Photos;
use super::repertoire::Repertoire;
use super::timezone::Zone;
use crate::contact::{Kind, Property, Value, text_of};
use crate::html;
use crate::sync::error::{StoreClass, StoreError};

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Text of so many characters and bytes.
    Text {
        /// The most characters.
        characters: u64,
        /// The most bytes.
        bytes: u64,
        /// Which characters.
        repertoire: Repertoire,
    },
    /// One or more of a fixed set of texts.
    Choice,
    /// A number, mapped as its text.
    Number,
    /// A day.
    Date,
    /// A day with a time, in the zone of the configuration.
    DateTime,
    /// A point in time.
    Timestamp,
    /// JSON of MySQL.
    Json,
    /// A picture of at most so many bytes.
    Picture {
        /// The most bytes.
        bytes: u64,
    },
    /// The path of a picture's file, of at most so many characters.
    File {
        /// The most characters.
        characters: u64,
    },
}

/// A mapped column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// The property.
    pub(crate) property: Property,
    /// What it can hold.
    pub(crate) holds: Holds,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// Whether it has a default.
    pub(crate) has_default: bool,
    /// Whether a UNIQUE key covers it.
    pub(crate) unique: bool,
    /// How it writes lists.
    pub(crate) format: ListFormat,
    /// The zone of its date-times.
    pub(crate) zone: Zone,
    /// What its pictures have to keep to.
    pub(crate) photos: Photos,
}

impl Column {
    /// Judges a column for a property.
    ///
    /// # Errors
    /// When its type cannot hold the property.
    pub(crate) fn of(facts: &ColumnFacts, property: Property) -> Result<Self, StoreError> {
        let wrong = |what: &str| {
            StoreError::new(
                StoreClass::Config,
                format!(
                    "the column \"{}\" ({}) cannot be mapped to {property}: {what}",
                    facts.name, facts.column_type
                ),
            )
        };
        if facts.generated {
            return Err(wrong("it is computed by the database"));
        }
        let pictured = property.kind() == Kind::Picture;
        let holds = match facts.data_type.as_str() {
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" if pictured => {
                Holds::Picture {
                    bytes: facts.octets.unwrap_or(u64::MAX),
                }
            }
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" if pictured => {
                Holds::File {
                    characters: facts.characters.unwrap_or(u64::MAX),
                }
            }
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "varbinary"
            | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
                let bytes = facts.octets.unwrap_or(u64::MAX);
                Holds::Text {
                    characters: facts.characters.unwrap_or(u64::MAX),
                    bytes,
                    repertoire: Repertoire::of(facts.charset.as_deref()),
                }
            }
            "enum" | "set" => Holds::Choice,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float"
            | "double" | "year" => Holds::Number,
            "date" => Holds::Date,
            "datetime" => Holds::DateTime,
            // The session runs in UTC, in which MySQL then gives and takes it.
            "timestamp" if property.kind() == Kind::Moment => Holds::Timestamp,
            "json" => Holds::Json,
            _ => {
                return Err(wrong(
                    "expected a text, a number, DATE, DATETIME or JSON column",
                ));
            }
        };
        let fits = match property.kind() {
            Kind::Line | Kind::Note => {
                matches!(holds, Holds::Text { .. } | Holds::Choice | Holds::Number)
            }
            Kind::Choice(_) => matches!(holds, Holds::Text { .. } | Holds::Choice),
            Kind::Integer | Kind::Double => matches!(holds, Holds::Text { .. } | Holds::Number),
            Kind::Boolean => {
                matches!(holds, Holds::Text { .. } | Holds::Choice | Holds::Number)
            }
            Kind::Date => matches!(holds, Holds::Text { .. } | Holds::Date | Holds::DateTime),
            Kind::Moment => matches!(
                holds,
                Holds::Text { .. } | Holds::DateTime | Holds::Timestamp
            ),
            Kind::Set => matches!(holds, Holds::Text { .. } | Holds::Json),
            Kind::Picture => matches!(holds, Holds::Picture { .. } | Holds::File { .. }),
        };
        if !fits && holds == Holds::Json {
            let place = format!(
                "expected a place in the document, as in \"{}->key\"",
                facts.name
            );
            return Err(wrong(&place));
        }
        if !fits {
            return Err(wrong(match property.kind() {
                Kind::Line | Kind::Note | Kind::Choice(_) => "expected a text column",
                Kind::Integer | Kind::Double | Kind::Boolean => "expected a number column",
                Kind::Date => "expected a DATE column",
                Kind::Moment => "expected a DATETIME or TIMESTAMP column",
                Kind::Set => "expected a text or JSON column",
                Kind::Picture => {
                    "expected a BLOB column, or a text column with the paths of files in contacts.photo_dir"
                }
            }));
        }
        Ok(Self {
            name: facts.name.clone(),
            property,
            holds,
            zone: Zone::utc(),
            photos: Photos::default(),
            nullable: facts.nullable,
            has_default: facts.has_default,
            unique: facts.unique,
            format: if holds == Holds::Json {
                ListFormat::Json
            } else {
                ListFormat::default()
            },
        })
    }

    /// Reads a value; `None` when it is empty.
    ///
    /// # Errors
    /// With its text, when it is not what the property wants.
    pub(crate) fn decode(&self, value: Option<&[u8]>) -> Result<Option<Value>, String> {
        let Some(value) = value else {
            return Ok(None);
        };
        let text =
            std::str::from_utf8(value).map_err(|_| String::from_utf8_lossy(value).into_owned())?;
        match self.property.kind() {
            Kind::Date | Kind::Moment if text.starts_with("0000-00-00") => Ok(None),
            Kind::Set if self.holds == Holds::Json => {
                categories::read_json(text).ok_or_else(|| text.to_owned())
            }
            Kind::Set => Ok(categories::read(text)),
            Kind::Moment => match self.zone.moment(text) {
                Some(moment) => {
                    let seconds = moment.0.div_euclid(1_000_000);
                    // What lies before 1601 Exchange cannot keep.
                    let known = text_of(seconds).map(|_| Value::Moment(seconds));
                    known.map(Some).ok_or_else(|| text.to_owned())
                }
                None => Value::parse(Kind::Moment, text),
            },
            kind if self.property == Property::HtmlBody => Value::parse(kind, &html::clean(text)),
            kind => Value::parse(kind, text),
        }
    }

    /// Writes a value, or what stands for an empty one, as SQL.
    ///
    /// # Errors
    /// With the reason, when it does not fit.
    pub(crate) fn encode(&self, value: Option<&Value>) -> Result<String, String> {
        let Some(value) = value else {
            return self.empty();
        };
        let text = match (value, self.holds) {
            (Value::Picture(picture), Holds::Picture { bytes }) => {
                return self.encode_picture(picture.bytes(), bytes);
            }
            (Value::Picture(_), _) => {
                return Err(format!("the picture for column {} has no file", self.name));
            }
            (Value::Date(date), Holds::DateTime) => format!("{date} 00:00:00"),
            (Value::Opaque(_), _) => {
                return Err(format!(
                    "the value for column {} has no form that a table can hold",
                    self.name
                ));
            }
            (Value::List(entries), _) => self.format.write(entries),
            (Value::Boolean(yes), Holds::Number | Holds::Text { .. }) => u8::from(*yes).to_string(),
            (Value::Moment(seconds), _) => self.zone.date_time(*seconds).ok_or_else(|| {
                format!(
                    "the value for column {} is a time that no column can hold",
                    self.name
                )
            })?,
            _ => value.display(),
        };
        if let Holds::Text {
            characters,
            bytes,
            repertoire,
        } = self.holds
        {
            fits(&self.name, &text, characters, bytes, repertoire)?;
        }
        Ok(literal::text(&text))
    }

    fn empty(&self) -> Result<String, String> {
        if self.nullable {
            return Ok("NULL".to_owned());
        }
        if let Kind::Choice([nothing, ..]) = self.property.kind() {
            return Ok(literal::text(nothing));
        }
        match self.holds {
            Holds::Text { .. } | Holds::Picture { .. } | Holds::File { .. } => Ok("''".to_owned()),
            Holds::Json => Ok("'[]'".to_owned()),
            _ if self.has_default => Ok("DEFAULT".to_owned()),
            Holds::Choice | Holds::Number | Holds::Date | Holds::DateTime | Holds::Timestamp => {
                Err(format!(
                    "the value for column {} is missing and the column allows no NULL and has no default",
                    self.name
                ))
            }
        }
    }
}

/// Whether a text column holds a text.
///
/// # Errors
/// With the reason, when it does not.
pub(crate) fn fits(
    name: &str,
    text: &str,
    characters: u64,
    bytes: u64,
    repertoire: Repertoire,
) -> Result<(), String> {
    if !repertoire.holds(text) {
        return Err(format!(
            "the value for column {name} has characters that the column cannot hold; convert the column to utf8mb4 or change the value"
        ));
    }
    let length = text.chars().count() as u64;
    if length > characters || repertoire.size(text) as u64 > bytes {
        return Err(format!(
            "the value for column {name} has {length} characters, which is more than it holds ({}); shorten it in Exchange or widen the column",
            characters.min(bytes)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::EmailKey;

    fn facts(data_type: &str, characters: Option<u64>, charset: Option<&str>) -> ColumnFacts {
        ColumnFacts {
            name: "c".to_owned(),
            data_type: data_type.to_owned(),
            column_type: data_type.to_owned(),
            characters,
            octets: characters.map(|characters| characters * 4),
            charset: charset.map(str::to_owned),
            nullable: true,
            ..ColumnFacts::default()
        }
    }

    fn column(data_type: &str, property: Property) -> Column {
        Column::of(&facts(data_type, Some(10), Some("utf8mb4")), property).unwrap()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn moments_are_told_in_the_zone_of_the_table() {
        let property: Property = "extended:Seen#datetime".parse().unwrap();
        let mut column = column("datetime", property);
        column.zone = Zone::parse("+02:00").unwrap();
        let noon = Some(Value::Moment(1_719_835_200));
        assert_eq!(
            column.decode(Some(b"2024-07-01 14:00:00")),
            Ok(noon.clone())
        );
        assert_eq!(
            column.encode(noon.as_ref()),
            Ok("'2024-07-01 14:00:00'".to_owned())
        );
        assert_eq!(column.decode(Some(b"0000-00-00 00:00:00")), Ok(None));
        let before = "1500-01-01 00:00:00";
        assert_eq!(
            column.decode(Some(before.as_bytes())),
            Err(before.to_owned())
        );
    }

    #[test]
    fn what_does_not_fit_is_never_cut() {
        let email = Property::Email(EmailKey::EmailAddress1);
        let mut short = column("varchar", email);
        assert_eq!(short.encode(Some(&text("O'H"))), Ok("'O\\'H'".to_owned()));
        assert!(
            short
                .encode(Some(&text("01234567890")))
                .unwrap_err()
                .contains("11 characters")
        );
        assert_eq!(short.encode(None), Ok("NULL".to_owned()));
        short.nullable = false;
        assert_eq!(short.encode(None), Ok("''".to_owned()));
        let old = Column::of(&facts("varchar", Some(10), Some("utf8mb3")), email).unwrap();
        assert!(old.encode(Some(&text("a😀"))).is_err());
        assert!(old.encode(Some(&text("äΩ"))).is_ok());
    }

    #[test]
    fn dates_are_days_in_every_type() {
        let day = Value::Date("1980-05-17".parse().unwrap());
        for (data_type, literal, stored) in [
            ("date", "'1980-05-17'", "1980-05-17"),
            ("datetime", "'1980-05-17 00:00:00'", "1980-05-17 00:00:00"),
            ("varchar", "'1980-05-17'", "1980-05-17"),
        ] {
            let column = column(data_type, Property::Birthday);
            assert_eq!(column.encode(Some(&day)), Ok(literal.to_owned()));
            assert_eq!(
                column.decode(Some(stored.as_bytes())),
                Ok(Some(day.clone()))
            );
            assert_eq!(column.decode(Some(b"0000-00-00 00:00:00")), Ok(None));
            assert_eq!(
                column.decode(Some(b"17th of May")),
                Err("17th of May".to_owned())
            );
        }
        let mut strict = column("date", Property::Birthday);
        strict.nullable = false;
        assert!(strict.encode(None).unwrap_err().contains("column c"));
    }

    #[test]
    fn a_type_that_cannot_hold_the_property_is_refused() {
        for (data_type, property) in [
            ("int", Property::Birthday),
            ("date", Property::GivenName),
            ("timestamp", Property::Birthday),
            ("int", Property::Categories),
            ("geometry", Property::Body),
        ] {
            let error = Column::of(&facts(data_type, None, None), property).unwrap_err();
            assert_eq!(error.class, StoreClass::Config);
            assert!(error.message.contains("\"c\""), "{}", error.message);
        }
    }

    #[test]
    fn lists_keep_the_columns_format() {
        let list = Value::List(vec!["A".to_owned(), "B".to_owned()]);
        let mut tags = column("text", Property::Categories);
        assert_eq!(tags.encode(Some(&list)), Ok("'A, B'".to_owned()));
        tags.format = ListFormat::Json;
        assert_eq!(tags.encode(Some(&list)), Ok(r#"'["A","B"]'"#.to_owned()));
        assert_eq!(tags.decode(Some(b"A;B")), Ok(Some(list)));
    }
}
