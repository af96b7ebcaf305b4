//! Tables beside the contacts table with rows that belong to contacts: one row for each slot, or one for each entry of a list.

mod facts;
mod read;
mod write;

use super::column::Column;
use super::key::Key;
use super::literal::{self, bytes, identifier};
use crate::contact::Property;

pub(crate) use facts::{children, unchanged};
pub(crate) use read::{complete, lock};
pub(crate) use write::Fresh;

/// A table with rows that belong to contacts.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    /// Its name, quoted.
    pub(crate) name: String,
    /// Its name as it is.
    pub(crate) plain_name: String,
    /// The column with the contact's key, read and written as that is.
    pub(crate) contact: Key,
    /// What its rows hold.
    holds: Holds,
    /// The expression that tells whether a row holds anything in columns that are not mapped; `c` is the table.
    others: String,
    /// How many columns it has.
    width: usize,
}

/// What the rows of a child table hold.
#[derive(Debug, Clone)]
enum Holds {
    /// One row for each slot.
    Slots(Slots),
    /// One row for each entry of a list.
    List(Column),
}

/// Slots of a child table.
#[derive(Debug, Clone)]
struct Slots {
    /// The column that says which slot a row is.
    column: String,
    /// Whether its values are numbers.
    numbers: bool,
    /// The columns that hold values, of whatever slot.
    values: Vec<String>,
    slots: Vec<Slot>,
}

/// A mapped slot.
#[derive(Debug, Clone)]
struct Slot {
    /// What the slot's column has.
    name: String,
    /// What its row holds, each with its place among the table's values.
    values: Vec<(usize, Column)>,
}

/// A row of a child table that belongs to what is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChildRow {
    /// The slot, by its place; 0 for an entry of a list.
    slot: usize,
    /// Whether it holds anything in columns that are not mapped.
    others: bool,
    /// The values as they are stored.
    values: Vec<Option<Vec<u8>>>,
}

impl Slots {
    /// The condition that a row is this very slot: to the byte, while the column's collation may take others for the same (R14).
    fn is(&self, slot: &Slot) -> String {
        let column = identifier(&self.column);
        if self.numbers {
            return format!("{column}={}", slot.name);
        }
        format!(
            "{column}={} AND {}",
            literal::text(&slot.name),
            same_bytes(&column, slot.name.as_bytes())
        )
    }

    fn literal(&self, slot: &Slot) -> String {
        if self.numbers {
            slot.name.clone()
        } else {
            literal::text(&slot.name)
        }
    }
}

/// The condition that a text column holds exactly these bytes, in UTF-8.
fn same_bytes(column: &str, value: &[u8]) -> String {
    format!(
        "CAST(CONVERT({column} USING utf8mb4) AS BINARY)={}",
        bytes(value)
    )
}

impl Child {
    /// Where each mapped property has its place, by the name that a person knows it by.
    pub(crate) fn places(&self) -> Vec<(String, Property)> {
        let table = &self.plain_name;
        match &self.holds {
            Holds::List(column) => vec![(format!("{table}.{}", column.name), column.property)],
            Holds::Slots(slots) => slots
                .slots
                .iter()
                .flat_map(|slot| slot.values.iter().map(move |(_, column)| (slot, column)))
                .map(|(slot, column)| {
                    let place = format!("{table}[{}].{}", slot.name, column.name);
                    (place, column.property)
                })
                .collect(),
        }
    }

    /// What a change of the mapping is told by, beside the places.
    #[must_use]
    pub(crate) fn print(&self) -> String {
        let slot = match &self.holds {
            Holds::Slots(slots) => slots.column.as_str(),
            Holds::List(_) => "",
        };
        format!("{}\0{}\0{slot}", self.plain_name, self.contact.name)
    }
}
