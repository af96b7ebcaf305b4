//! What `information_schema` says of the app's table.

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::literal;
use crate::contact::{Property, did_you_mean};
use crate::sync::error::{StoreClass, StoreError};

/// One column as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColumnFacts {
    /// Its name.
    pub(crate) name: String,
    /// Its type without length, lower case.
    pub(crate) data_type: String,
    /// Its type in full.
    pub(crate) column_type: String,
    /// The most characters that it holds.
    pub(crate) characters: Option<u64>,
    /// The most bytes that it holds.
    pub(crate) octets: Option<u64>,
    /// Its character set.
    pub(crate) charset: Option<String>,
    /// Its collation.
    pub(crate) collation: Option<String>,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// Whether it has a default.
    pub(crate) has_default: bool,
    /// Its default as the server writes it.
    pub(crate) default: Option<String>,
    /// Whether its default is the time of now.
    pub(crate) counts_time: bool,
    /// Whether it is computed.
    pub(crate) generated: bool,
    /// `auto_increment` and the like, lower case.
    pub(crate) extra: String,
    /// Whether a UNIQUE key covers it.
    pub(crate) unique: bool,
}

/// The table as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableFacts {
    /// Its name.
    pub(crate) name: String,
    /// Its columns in their order.
    pub(crate) columns: Vec<ColumnFacts>,
    /// Unique keys over a single whole column: name and column.
    pub(crate) unique: Vec<(String, String)>,
    /// The columns of its PRIMARY KEY.
    pub(crate) primary: Vec<String>,
    /// Each index with the whole column that it begins with.
    pub(crate) leading: Vec<(String, String)>,
}

fn wrong(message: String) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

impl TableFacts {
    /// A column of that name, in any case of letters, as MySQL has it.
    #[must_use]
    pub(crate) fn find(&self, name: &str) -> Option<&ColumnFacts> {
        let same = |column: &&ColumnFacts| column.name.to_lowercase() == name.to_lowercase();
        self.columns.iter().find(same)
    }

    /// A column that the configuration names.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn column(&self, what: &str, name: &str) -> Result<&ColumnFacts, StoreError> {
        self.known(name, &format!("{what} names"))
    }

    /// A column that the configuration names for a property.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn column_for(
        &self,
        what: &str,
        name: &str,
        property: Property,
    ) -> Result<&ColumnFacts, StoreError> {
        self.known(name, &format!("{what} names for {property}"))
    }

    fn known(&self, name: &str, by: &str) -> Result<&ColumnFacts, StoreError> {
        self.find(name).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.name.as_str());
            wrong(format!(
                "the table \"{}\" has no column \"{name}\", which {by}{}",
                self.name,
                did_you_mean(name, names)
            ))
        })
    }

    /// An index that begins with a column.
    #[must_use]
    pub(crate) fn leading_index(&self, column: &ColumnFacts) -> Option<&str> {
        self.leading
            .iter()
            .find(|(_, on)| *on == column.name)
            .map(|(index, _)| index.as_str())
    }

    /// The unique index on a single, not nullable column.
    ///
    /// # Errors
    /// When the column is no key.
    pub(crate) fn unique_index(&self, column: &ColumnFacts) -> Result<&str, StoreError> {
        let mut indexes = self
            .unique
            .iter()
            .filter(|(_, on)| *on == column.name)
            .map(|(index, _)| index.as_str());
        let index = match indexes.clone().find(|index| *index == "PRIMARY") {
            Some(primary) => Some(primary),
            None => indexes.next(),
        };
        match index {
            Some(index) if !column.nullable => Ok(index),
            _ => Err(wrong(format!(
                "the key column \"{}\" of table \"{}\" must be its PRIMARY KEY, or UNIQUE and NOT NULL",
                column.name, self.name
            ))),
        }
    }
}

/// Reads what the server says of a table.
///
/// # Errors
/// When there is no such table, it cannot take part in transactions, or the database fails.
pub(crate) fn describe(connection: &mut Connection, table: &str) -> Result<TableFacts, Failure> {
    let name = literal::text(table);
    let mut answers = connection
        .run(&[
            "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA=DATABASE() ORDER BY TABLE_NAME".to_owned(),
            format!(
                "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, CHARACTER_SET_NAME, \
                 COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, GENERATION_EXPRESSION FROM information_schema.COLUMNS \
                 WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME={name} ORDER BY ORDINAL_POSITION"
            ),
            format!(
                "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, NON_UNIQUE, SEQ_IN_INDEX FROM information_schema.STATISTICS \
                 WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME={name} ORDER BY INDEX_NAME, SEQ_IN_INDEX"
            ),
            // The whole is a comment to MySQL, which has a type for JSON.
            format!(
                "SELECT '' FROM DUAL WHERE FALSE /*M! UNION ALL SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS \
                 WHERE CONSTRAINT_SCHEMA=DATABASE() AND TABLE_NAME={name} */"
            ),
        ])?
        .into_iter()
        .map(|answer| answer.rows);
    let tables = answers.next().unwrap_or_default();
    let known = find_table(&tables, table)?;
    let mut facts = TableFacts {
        name: known,
        columns: answers
            .next()
            .unwrap_or_default()
            .iter()
            .map(column)
            .collect(),
        ..TableFacts::default()
    };
    if facts.columns.is_empty() {
        return Err(Failure::Decided(wrong(format!(
            "the database has no table \"{table}\"; did you mean \"{}\"?",
            facts.name
        ))));
    }
    read_indexes(&mut facts, &answers.next().unwrap_or_default());
    recognise_json(&mut facts, &answers.next().unwrap_or_default());
    Ok(facts)
}

/// To MariaDB, JSON is a text with a check: a column like that takes nothing else, just as one of MySQL.
fn recognise_json(facts: &mut TableFacts, checks: &[Record]) {
    let checks: Vec<String> = checks.iter().map(|row| row.string(0)).collect();
    for column in &mut facts.columns {
        let check = format!("json_valid({})", literal::identifier(&column.name));
        if checks.iter().any(|clause| clause.contains(&check)) {
            column.data_type = "json".to_owned();
        }
    }
}

fn find_table(tables: &[Record], wanted: &str) -> Result<String, StoreError> {
    let names: Vec<String> = tables.iter().map(|row| row.string(0)).collect();
    let lower = wanted.to_lowercase();
    let place = names
        .iter()
        .position(|name| name == wanted)
        .or_else(|| names.iter().position(|name| name.to_lowercase() == lower));
    let Some((name, row)) = place.and_then(|place| names.get(place).zip(tables.get(place))) else {
        return Err(wrong(format!(
            "the database has no table \"{wanted}\"{}",
            did_you_mean(wanted, names.iter().map(String::as_str))
        )));
    };
    if row.string(1) != "BASE TABLE" {
        return Err(wrong(format!(
            "\"{name}\" is a {}, but must be a table",
            row.string(1).to_lowercase()
        )));
    }
    if !row.string(2).eq_ignore_ascii_case("InnoDB") {
        return Err(wrong(format!(
            "the table \"{name}\" has the engine {}, but transactions need InnoDB",
            row.string(2)
        )));
    }
    Ok(name.clone())
}

fn column(row: &Record) -> ColumnFacts {
    let extra = row.string(9).to_lowercase();
    ColumnFacts {
        name: row.string(0),
        data_type: row.string(1).to_lowercase(),
        column_type: row.string(2),
        characters: row.number(3),
        octets: row.number(4),
        charset: row.text(5),
        collation: row.text(6),
        nullable: row.string(7).eq_ignore_ascii_case("YES"),
        has_default: row.bytes(8).is_some(),
        default: row.text(8),
        counts_time: row.string(8).to_lowercase().contains("current_timestamp"),
        generated: !row.string(10).is_empty(),
        extra,
        unique: false,
    }
}

fn read_indexes(facts: &mut TableFacts, rows: &[Record]) {
    let names: Vec<String> = rows.iter().map(|row| row.string(0)).collect();
    for row in rows {
        let (index, on) = (row.string(0), row.string(1));
        if index == "PRIMARY" {
            facts.primary.push(on.clone());
        }
        if row.number(4) == Some(1_u8) && row.bytes(2).is_none() {
            facts.leading.push((index.clone(), on.clone()));
        }
        if row.flag(3) {
            continue;
        }
        if let Some(column) = facts.columns.iter_mut().find(|column| column.name == on) {
            column.unique = true;
        }
        let alone = names.iter().filter(|name| **name == index).count() == 1;
        if alone && row.bytes(2).is_none() {
            facts.unique.push((index, on));
        }
    }
}
