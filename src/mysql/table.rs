//! The app's table as one pair sees it: key, mapped columns, scope.

use sha2::{Digest as _, Sha256};

use super::answer::Record;
use super::categories::ListFormat;
use super::children::{Child, children};
use super::column::{Column, Holds};
use super::computed::{Group, Raw, add_columns};
use super::config::{MarkValue, MySqlConfig, ScopeValue};
use super::connection::Connection;
use super::document::Document;
use super::failure::Failure;
use super::introspect::{TableFacts, describe};
use super::key::Key;
use super::literal::{self, identifier};
use super::mapping::Mapping;
use super::parts::{Found, Parts};
use super::timezone::Zone;
use crate::contact::{Contact, Kind, Property};
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ids::Moment;
use crate::sync::ports::Row;

/// The app's table as one pair sees it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its name, quoted.
    pub(crate) name: String,
    /// Its name as it is.
    pub(crate) plain_name: String,
    /// Its key.
    pub(crate) key: Key,
    /// Its mapped columns.
    pub(crate) columns: Vec<Column>,
    /// Its columns with JSON documents of which places are mapped.
    pub(crate) documents: Vec<Document>,
    /// The tables beside it with mapped rows.
    pub(crate) children: Vec<Child>,
    /// What the app's code computes.
    pub(crate) computed: Vec<Group>,
    /// The mapped properties.
    pub(crate) mapped: Vec<Property>,
    /// The scope, each column with its literal.
    pub(crate) scope: Vec<(String, String)>,
    /// A fingerprint of table, key and mapping.
    pub(crate) fingerprint: [u8; 32],
    modified: Option<Modified>,
    mark: Option<(String, String)>,
    /// What happens to e-mail addresses for which Exchange has no slot.
    pub(crate) email_overflow: EmailOverflow,
}

#[derive(Debug, Clone)]
struct Modified {
    column: String,
    zone: Zone,
}

fn wrong(message: String) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

impl Table {
    /// Reads the table that the configuration names and checks that everything fits.
    ///
    /// # Errors
    /// When something does not exist or does not fit, naming it; or when the database fails.
    pub(crate) fn read(connection: &mut Connection, config: &MySqlConfig) -> Result<Self, Failure> {
        let facts = describe(connection, &config.table)?;
        let mut table = Self::of(connection, &facts, config)?;
        table.sample_lists(connection)?;
        Ok(table)
    }

    fn of(
        connection: &mut Connection,
        facts: &TableFacts,
        config: &MySqlConfig,
    ) -> Result<Self, Failure> {
        let key_column = facts.column("contacts.key", &config.key)?;
        let key = Key::of(key_column, facts.unique_index(key_column)?)?;
        let mut scope = Vec::new();
        for (name, value) in &config.scope {
            let column = facts.column("contacts.scope", name)?;
            scope.push((column.name.clone(), scope_literal(value)));
        }
        let taken: Vec<&str> = scope
            .iter()
            .map(|(name, _)| name.as_str())
            .chain([key.name.as_str()])
            .collect();
        let children = children(connection, &config.children, facts, &key)?;
        let computed = Group::all(facts, &config.computed, &taken)?;
        let Mapping {
            mut columns,
            documents,
        } = Mapping::of(facts, config, &taken, &children, &computed)?;
        for column in &mut columns {
            column.fit_into(connection.server().max_packet);
        }
        let modified = match &config.modified {
            Some(name) => Some(modified(facts, name, &config.timezone)?),
            None => None,
        };
        let mark = match &config.mark {
            Some((name, value)) => Some(mark(facts, name, value, &config.timezone)?),
            None => None,
        };
        let mut table = Self {
            name: identifier(&facts.name),
            plain_name: facts.name.clone(),
            fingerprint: [0; 32],
            key,
            columns,
            documents,
            children,
            computed,
            mapped: Vec::new(),
            scope,
            modified,
            mark,
            email_overflow: config.email_overflow,
        };
        table.mapped = table.places().map(|(_, property)| property).collect();
        table.fingerprint = table.fingerprint();
        Ok(table)
    }

    /// Where each mapped property has its place, by the name that a person knows it by.
    pub(crate) fn places(&self) -> impl Iterator<Item = (String, Property)> {
        let computed = self.computed.iter().flat_map(Group::places);
        self.plain_places().chain(computed)
    }

    /// The same without what is computed.
    fn plain_places(&self) -> impl Iterator<Item = (String, Property)> {
        let columns = self
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.property));
        let documents = self.documents.iter().flat_map(Document::places);
        let children = self.children.iter().flat_map(Child::places);
        columns
            .chain(documents)
            .map(|(name, property)| (name.to_owned(), property))
            .chain(children)
    }

    /// Columns, and places in them, with what they are mapped to, for a person.
    pub(crate) fn shown(&self) -> Vec<(String, String)> {
        let plain = self.plain_places();
        plain
            .map(|(place, property)| (place, property.to_string()))
            .chain(self.computed.iter().flat_map(Group::shown_columns))
            .collect()
    }

    /// Looks at how the table writes lists.
    fn sample_lists(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        for column in &mut self.columns {
            if column.property.kind() != Kind::Set || column.format == ListFormat::Json {
                continue;
            }
            let name = identifier(&column.name);
            let answer = connection.ask(&format!(
                "SELECT {name} FROM {} WHERE {name} IS NOT NULL AND {name}<>'' LIMIT 100",
                self.name
            ))?;
            let texts: Vec<String> = answer.rows.iter().map(|row| row.string(0)).collect();
            column.format =
                ListFormat::of_most(texts.iter().map(String::as_str)).unwrap_or_default();
        }
        Ok(())
    }

    /// The expression that tells whether a row lies in the scope; `row` is `NEW`, `OLD` or a table's name.
    #[must_use]
    pub(crate) fn scope_test(&self, row: &str) -> String {
        if self.scope.is_empty() {
            return "TRUE".to_owned();
        }
        let tests: Vec<String> = self
            .scope
            .iter()
            .map(|(column, value)| format!("{row}.{} <=> {value}", identifier(column)))
            .collect();
        format!("({})", tests.join(" AND "))
    }

    /// What is read of a row, in the order that [`row`](Self::row) expects; `t` is the table.
    #[must_use]
    pub(crate) fn selection(&self) -> String {
        let mut parts = vec![
            format!("t.{}", identifier(&self.key.name)),
            self.scope_test("t"),
            self.modified.as_ref().map_or_else(
                || "NULL".to_owned(),
                |modified| format!("t.{}", identifier(&modified.column)),
            ),
        ];
        parts.extend(self.read_from("t."));
        literal::list(parts)
    }

    /// The same without a table's name, for RETURNING.
    #[must_use]
    pub(crate) fn returning(&self) -> String {
        let columns = self.read_from("");
        let head = [
            identifier(&self.key.name),
            "TRUE".to_owned(),
            "NULL".to_owned(),
        ];
        literal::list(head.into_iter().chain(columns))
    }

    /// What is read of the mapped values.
    fn read_from(&self, of: &'static str) -> impl Iterator<Item = String> {
        let columns = self.columns.iter().map(move |column| column.selected(of));
        let others = self.documents.iter().map(Document::name);
        let others = others.chain(self.computed_columns());
        columns.chain(others.map(move |name| format!("{of}{}", identifier(name))))
    }

    /// The columns in which mapped values are stored, in the order in which they are read and written.
    pub(crate) fn stored_in(&self) -> impl Iterator<Item = &str> {
        let columns = self.columns.iter().map(|column| column.name.as_str());
        columns
            .chain(self.documents.iter().map(Document::name))
            .chain(self.computed_columns())
    }

    fn computed_columns(&self) -> impl Iterator<Item = &str> {
        let columns = self.computed.iter().flat_map(|group| &group.columns);
        columns.map(|column| column.name.as_str())
    }

    /// Reads a row that [`selection`](Self::selection) gave.
    #[must_use]
    pub(crate) fn row(&self, record: &Record) -> Found {
        let edited = self
            .modified
            .as_ref()
            .and_then(|modified| modified.moment(record.text(2).as_deref()?));
        let mut row = Row {
            contact: Contact::new(),
            in_scope: record.flag(1),
            edited,
            unreadable: Vec::new(),
        };
        let mut place = 3;
        let mut parts = Parts::default();
        for column in &self.columns {
            match column.read(record.bytes(place)) {
                Ok(value) => row.contact.set(column.property, value),
                Err(unread) => row.unreadable.push(unread),
            }
            if let Holds::File { .. } = column.holds {
                parts.photo = record.text(place);
            }
            place += 1;
        }
        for document in &self.documents {
            let text = record.bytes(place);
            document.read(text, &mut row);
            parts.documents.push(text.map(<[u8]>::to_vec));
            place += 1;
        }
        for group in &self.computed {
            let columns = group.columns.iter();
            let raws = columns.map(|column| {
                place += 1;
                column.read(record.bytes(place - 1))
            });
            parts.computed.push(raws.collect());
        }
        row.hold_overflow(self.email_overflow);
        Found {
            key: self.key.read(record.bytes(0).unwrap_or_default()),
            row,
            parts,
        }
    }

    /// The column of a mapped property.
    #[must_use]
    pub(crate) fn column(&self, property: Property) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.property == property)
    }

    /// The column that says that an item is gone, quoted, with the expression of its value.
    #[must_use]
    pub(crate) fn mark(&self) -> Option<(String, &str)> {
        self.mark
            .as_ref()
            .map(|(column, value)| (identifier(column), value.as_str()))
    }

    /// The first eight bytes of the fingerprint: what a link that is confirmed is marked with.
    #[must_use]
    pub(crate) fn print(&self) -> u64 {
        let (head, _) = self.fingerprint.split_at(8);
        head.iter()
            .fold(0, |print, byte| (print << 8) | u64::from(*byte))
            .max(1)
    }
}

impl Table {
    /// The fingerprint of what the columns hold that the app's code reads, and of the groups that they are in.
    #[must_use]
    pub(crate) fn computed_print(&self, raws: &[Vec<Raw>]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (group, raws) in self.computed.iter().zip(raws) {
            hash.update(group.print());
            add_columns(&mut hash, raws);
        }
        hash.finalize().into()
    }

    fn fingerprint(&self) -> [u8; 32] {
        let places = self.places();
        let mut lines: Vec<String> = places
            .map(|(place, property)| format!("{place}\0{property}\n"))
            .chain(self.children.iter().map(Child::print))
            .chain(self.computed.iter().map(Group::print))
            .collect();
        lines.sort();
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{}\n", self.plain_name, self.key.name));
        for line in lines {
            hash.update(line);
        }
        hash.finalize().into()
    }
}

impl Modified {
    fn moment(&self, text: &str) -> Option<Moment> {
        match text.parse::<i64>() {
            Ok(seconds) => Some(Moment(seconds.checked_mul(1_000_000)?)),
            Err(_) => self.zone.moment(text),
        }
    }
}

fn modified(facts: &TableFacts, name: &str, zone: &str) -> Result<Modified, StoreError> {
    let column = facts.column("contacts.modified", name)?;
    // The session runs in UTC, in which MySQL then gives a TIMESTAMP.
    let zone = match column.data_type.as_str() {
        "timestamp" => Zone::parse("UTC")?,
        "datetime" | "int" | "bigint" => Zone::parse(zone)?,
        _ => {
            return Err(wrong(format!(
                "the column \"{}\" ({}) of contacts.modified must be DATETIME or TIMESTAMP",
                column.name, column.column_type
            )));
        }
    };
    Ok(Modified {
        column: column.name.clone(),
        zone,
    })
}

fn mark(
    facts: &TableFacts,
    name: &str,
    value: &MarkValue,
    zone: &str,
) -> Result<(String, String), StoreError> {
    let column = facts.column("contacts.mark", name)?;
    let value = match (value, column.data_type.as_str()) {
        (MarkValue::Fixed(value), _) => scope_literal(value),
        (MarkValue::Now, "timestamp") => "UTC_TIMESTAMP()".to_owned(),
        (MarkValue::Now, "tinyint" | "bit") => "1".to_owned(),
        (MarkValue::Now, "int" | "bigint") => "UNIX_TIMESTAMP()".to_owned(),
        (MarkValue::Now, _) => format!(
            "UTC_TIMESTAMP() + INTERVAL {} SECOND",
            Zone::parse(zone)?.offset_now()
        ),
    };
    Ok((column.name.clone(), value))
}

fn scope_literal(value: &ScopeValue) -> String {
    match value {
        ScopeValue::Integer(number) => number.to_string(),
        ScopeValue::Text(text) => literal::text(text),
    }
}
