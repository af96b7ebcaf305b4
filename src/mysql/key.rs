//! The key column: which types it may have and how keys are written.

use super::introspect::ColumnFacts;
use super::literal;
use super::repertoire::Repertoire;
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ids::RowKey;

/// The most bytes that a key may have as text; our tables index it.
pub(crate) const LONGEST_KEY: u64 = 1_536;

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    /// A whole number.
    Integer,
    /// Text.
    Text(Repertoire),
    /// Bytes; a fixed length, or 0.
    Binary(usize),
    /// A UUID of MariaDB.
    Uuid,
}

/// The key column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: String,
    /// What its values are made of.
    pub(crate) kind: KeyType,
    /// Whether its collation takes different texts for the same.
    pub(crate) folds: bool,
    /// Whether the table writes a key just as its canonical form is: a number, unless it is padded with zeros.
    pub(crate) is_plain: bool,
    /// The unique index on it.
    pub(crate) index: String,
    /// The expression that gives a new row its key, where neither the table nor the server does.
    pub(crate) made_by: Option<&'static str>,
    /// Whether the server counts it up.
    pub(crate) counted: bool,
}

impl Key {
    /// Judges a key column.
    ///
    /// # Errors
    /// When its type cannot be used as a key.
    pub(crate) fn of(column: &ColumnFacts, index: &str) -> Result<Self, StoreError> {
        let wrong = |what: &str| {
            StoreError::new(
                StoreClass::Config,
                format!(
                    "the key column \"{}\" is {}, {what}",
                    column.name, column.column_type
                ),
            )
        };
        let length = column.octets.unwrap_or(0);
        let kind = match column.data_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => KeyType::Integer,
            "char" | "varchar" => KeyType::Text(Repertoire::of(column.charset.as_deref())),
            "binary" => KeyType::Binary(usize::try_from(length).unwrap_or(0)),
            "varbinary" => KeyType::Binary(0),
            "uuid" => KeyType::Uuid,
            _ => {
                return Err(wrong(
                    "but must be an integer, CHAR, VARCHAR, BINARY, VARBINARY or UUID",
                ));
            }
        };
        let longest = match kind {
            KeyType::Integer | KeyType::Uuid => 36,
            KeyType::Text(_) => column.characters.unwrap_or(0) * 4,
            KeyType::Binary(_) => length * 2,
        };
        if longest > LONGEST_KEY {
            return Err(wrong("which is too long to be a key here"));
        }
        let counted = column.extra.contains("auto_increment");
        let needs_maker = !counted && !column.has_default;
        let made_by = match kind {
            KeyType::Uuid if needs_maker => Some("UUID()"),
            KeyType::Text(_) if needs_maker && column.characters >= Some(36) => Some("UUID()"),
            KeyType::Binary(16) if needs_maker => Some("UNHEX(REPLACE(UUID(),'-',''))"),
            KeyType::Integer | KeyType::Text(_) | KeyType::Binary(_) | KeyType::Uuid => None,
        };
        let folds = matches!(kind, KeyType::Text(_))
            && column
                .collation
                .as_deref()
                .is_some_and(|name| !name.ends_with("_bin"));
        let padded = column.column_type.to_lowercase().contains("zerofill");
        Ok(Self {
            is_plain: kind == KeyType::Integer && !padded,
            name: column.name.clone(),
            kind,
            folds,
            index: index.to_owned(),
            made_by,
            counted,
        })
    }

    /// The canonical form of a key that somebody names; a text stays as it is, the table alone knows how it writes it.
    ///
    /// # Errors
    /// When it cannot be a key of the table.
    pub(crate) fn canonical(&self, given: &RowKey) -> Result<RowKey, StoreError> {
        let text = given.as_str();
        let wrong = |what: &str| {
            StoreError::new(
                StoreClass::Config,
                format!(
                    "\"{text}\" cannot be a key of the table: column {} holds {what}",
                    self.name
                ),
            )
        };
        match self.kind {
            KeyType::Integer => text
                .trim()
                .parse::<i128>()
                .map(|number| RowKey::new(number.to_string()))
                .map_err(|_| wrong("whole numbers")),
            KeyType::Text(repertoire) => {
                if text.is_empty() || text.len() as u64 > LONGEST_KEY || !repertoire.holds(text) {
                    return Err(wrong("other texts"));
                }
                Ok(given.clone())
            }
            KeyType::Binary(length) => {
                let digits: String = text.chars().filter(|digit| *digit != '-').collect();
                let right = !digits.is_empty()
                    && digits.len().is_multiple_of(2)
                    && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
                    && (length == 0 || digits.len() == length * 2);
                if right {
                    Ok(RowKey::new(digits.to_uppercase()))
                } else {
                    Err(wrong("bytes, to be given as hexadecimal digits"))
                }
            }
            KeyType::Uuid => {
                let digits: Vec<char> = text
                    .to_lowercase()
                    .chars()
                    .filter(|digit| *digit != '-')
                    .collect();
                if digits.len() != 32 || !digits.iter().all(char::is_ascii_hexdigit) {
                    return Err(wrong("UUIDs"));
                }
                let mut uuid = String::with_capacity(36);
                for (place, digit) in digits.into_iter().enumerate() {
                    if matches!(place, 8 | 12 | 16 | 20) {
                        uuid.push('-');
                    }
                    uuid.push(digit);
                }
                Ok(RowKey::new(uuid))
            }
        }
    }

    /// A key as the table returned it.
    #[must_use]
    pub(crate) fn read(&self, value: &[u8]) -> RowKey {
        match self.kind {
            KeyType::Binary(_) => RowKey::new(literal::hex(value)),
            KeyType::Integer | KeyType::Text(_) | KeyType::Uuid => {
                RowKey::new(String::from_utf8_lossy(value).into_owned())
            }
        }
    }

    /// A canonical key as a literal that compares with the column.
    #[must_use]
    pub(crate) fn literal(&self, key: &RowKey) -> String {
        match self.kind {
            // A key that is none equals nothing.
            KeyType::Integer => key
                .as_str()
                .parse::<i128>()
                .map_or_else(|_| "NULL".to_owned(), |number| number.to_string()),
            KeyType::Text(_) | KeyType::Uuid => literal::text(key.as_str()),
            KeyType::Binary(_) => {
                if key.as_str().bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    format!("x'{}'", key.as_str())
                } else {
                    "NULL".to_owned()
                }
            }
        }
    }

    /// The literals of several keys, joined by commas.
    pub(crate) fn literals<'a>(&self, keys: impl IntoIterator<Item = &'a RowKey>) -> String {
        literal::list(keys.into_iter().map(|key| self.literal(key)))
    }

    /// The expression that gives the canonical form of a row's key as bytes; `row` is `NEW`, `OLD` or a table's name.
    #[must_use]
    pub(crate) fn expression(&self, row: &str) -> String {
        let column = format!("{row}.{}", literal::identifier(&self.name));
        match self.kind {
            KeyType::Integer => format!("CAST({column} AS BINARY)"),
            KeyType::Text(_) | KeyType::Uuid => {
                format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY)")
            }
            KeyType::Binary(_) => format!("CAST(HEX({column}) AS BINARY)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(data_type: &str, characters: Option<u64>, octets: Option<u64>) -> Key {
        let column = ColumnFacts {
            name: "id".to_owned(),
            data_type: data_type.to_owned(),
            column_type: data_type.to_owned(),
            characters,
            octets,
            charset: characters.map(|_| "utf8mb4".to_owned()),
            collation: characters.map(|_| "utf8mb4_general_ci".to_owned()),
            ..ColumnFacts::default()
        };
        Key::of(&column, "PRIMARY").unwrap()
    }

    #[test]
    fn one_row_has_one_canonical_key() {
        let canonical = |key: &Key, text: &str| {
            key.canonical(&RowKey::new(text))
                .map(|key| key.as_str().to_owned())
                .map_err(|error| error.class)
        };
        let number = key("bigint", None, None);
        assert_eq!(canonical(&number, " 012"), Ok("12".to_owned()));
        assert_eq!(canonical(&number, "-3"), Ok("-3".to_owned()));
        assert_eq!(canonical(&number, "12 OR 1=1"), Err(StoreClass::Config));
        let uuid = "0B8F0C9A-6F7E-11EE-8C99-0242AC120002";
        assert_eq!(
            canonical(&key("uuid", None, None), uuid),
            Ok(uuid.to_lowercase())
        );
        let binary = key("binary", None, Some(16));
        assert_eq!(canonical(&binary, uuid), Ok(uuid.replace('-', "")));
        assert_eq!(canonical(&binary, "00"), Err(StoreClass::Config));
        assert_eq!(binary.literal(&RowKey::new("' OR 1")), "NULL");
        assert_eq!(
            key("varchar", Some(20), Some(80)).literal(&RowKey::new("O'Hara")),
            r"'O\'Hara'"
        );
    }

    #[test]
    fn a_key_that_nobody_makes_is_made() {
        assert_eq!(key("char", Some(36), Some(144)).made_by, Some("UUID()"));
        assert_eq!(key("char", Some(10), Some(40)).made_by, None);
        assert!(key("binary", None, Some(16)).made_by.is_some());
        assert_eq!(key("int", None, None).made_by, None);
    }
}
