//! From what the configuration says of child tables to what the database has.

use super::{Child, Holds, Slot, Slots};
use crate::contact::{Kind, Property};
use crate::mysql::column::{self, Column};
use crate::mysql::config::{ChildConfig, ChildRows, SlotConfig};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::introspect::{ColumnFacts, TableFacts, describe};
use crate::mysql::key::{Key, KeyType};
use crate::mysql::literal::{identifier, text};
use crate::sync::error::{StoreClass, StoreError};

/// Columns that say when a row was made or changed, and nothing of the contact.
const TIMES: &[&str] = &["created_at", "updated_at", "created", "updated", "modified"];

fn wrong(message: String) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

/// Finds the tables that the configuration names, for the contacts of a key.
///
/// # Errors
/// When something does not exist or does not fit, naming it; or when the database fails.
pub(crate) fn children(
    db: &mut Connection,
    configs: &[ChildConfig],
    contacts: &TableFacts,
    key: &Key,
) -> Result<Vec<Child>, Failure> {
    let mut children: Vec<Child> = Vec::with_capacity(configs.len());
    for (place, config) in configs.iter().enumerate() {
        let facts = describe(db, &config.table)?;
        let what = format!("contacts.children.{place}");
        if facts.name == contacts.name {
            return Err(wrong(format!(
                "{what}.table: \"{}\" is the contacts table itself",
                facts.name
            ))
            .into());
        }
        let child = Child::of(&facts, config, key, &what)?;
        if let Some(known) = children.iter().find(|known| known.collides(&child)) {
            return Err(wrong(format!(
                "{what}: the table \"{}\" is mapped already; several mappings of one table need the same contact and slot columns, and \
                 slots of their own",
                known.plain_name
            ))
            .into());
        }
        children.push(child);
    }
    Ok(children)
}

/// Whether the tables have the columns that they had when they were last looked at. A row that holds nothing but what is known may
/// hold something in a column that is new.
///
/// # Errors
/// When the database fails, or one has changed: the table is then read anew by the next call.
pub(crate) fn unchanged(db: &mut Connection, children: &[&Child]) -> Result<(), Failure> {
    let script: Vec<String> = children
        .iter()
        .map(|child| {
            format!(
                "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME={}",
                text(&child.plain_name)
            )
        })
        .collect();
    for (child, answer) in children.iter().zip(db.run(&script)?) {
        let width = answer.rows.first().and_then(|row| row.number(0));
        if width != Some(child.width) {
            return Err(Failure::new(
                StoreClass::Failed,
                format!(
                    "the table \"{}\" has just got other columns; nothing was written, the next call looks at it anew",
                    child.plain_name
                ),
            ));
        }
    }
    Ok(())
}

impl Child {
    fn of(
        facts: &TableFacts,
        config: &ChildConfig,
        key: &Key,
        what: &str,
    ) -> Result<Self, StoreError> {
        let contact = contact(facts, config, key, what)?;
        let mut ours = vec![contact.name.clone()];
        let holds = match &config.rows {
            ChildRows::List { value, property } => {
                let column = entry(facts, value, *property, what)?;
                ours.push(column.name.clone());
                Holds::List(column)
            }
            ChildRows::Slots { column, slots } => {
                let slots = Slots::of(facts, column, slots, what)?;
                ours.push(slots.column.clone());
                ours.extend(slots.values.iter().cloned());
                Holds::Slots(slots)
            }
        };
        let mut seen: Vec<&str> = Vec::new();
        for name in &ours {
            if seen.contains(&name.as_str()) {
                return Err(wrong(format!(
                    "{what}: the column \"{name}\" of \"{}\" plays two parts",
                    facts.name
                )));
            }
            seen.push(name);
        }
        Ok(Self {
            name: identifier(&facts.name),
            plain_name: facts.name.clone(),
            contact,
            others: others(facts, &ours),
            width: facts.columns.len(),
            holds,
        })
    }

    /// Whether two mappings of one table may want the same row.
    fn collides(&self, other: &Self) -> bool {
        if self.plain_name != other.plain_name {
            return false;
        }
        match (&self.holds, &other.holds) {
            (Holds::Slots(a), Holds::Slots(b)) => {
                a.column != b.column
                    || self.contact.name != other.contact.name
                    || a.slots
                        .iter()
                        .any(|slot| b.slots.iter().any(|known| known.name == slot.name))
            }
            (Holds::List(_), _) | (_, Holds::List(_)) => true,
        }
    }
}

/// The column with the contact's key: of the key's kind, and with an index, without which a look at one contact would lock all.
fn contact(
    facts: &TableFacts,
    config: &ChildConfig,
    key: &Key,
    what: &str,
) -> Result<Key, StoreError> {
    let column = facts.column(&format!("{what}.contact"), &config.contact)?;
    let index = facts.leading_index(column).ok_or_else(|| {
        wrong(format!(
            "the column \"{}\" of \"{}\", which {what}.contact names, needs an index that begins with it",
            column.name, facts.name
        ))
    })?;
    let contact = Key::of(column, index)?;
    let alike = match (contact.kind, key.kind) {
        (KeyType::Binary(a), KeyType::Binary(b)) => a == b,
        (a, b) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    };
    if alike {
        Ok(contact)
    } else {
        Err(wrong(format!(
            "the column \"{}\" ({}) of \"{}\", which {what}.contact names, is not of the type of the key \"{}\"",
            column.name, column.column_type, facts.name, key.name
        )))
    }
}

/// A column for a property, which is named with its place in the configuration when it does not fit: there are several tables.
fn mapped(column: &ColumnFacts, property: Property, what: &str) -> Result<Column, StoreError> {
    if property.kind() == Kind::Picture {
        return Err(wrong(format!(
            "{what}: {property} cannot be mapped in a table beside the contacts: a picture has a column of its own"
        )));
    }
    Column::of(column, property)
        .map_err(|error| StoreError::new(error.class, format!("{what}: {}", error.message)))
}

/// The column with the entries of a list.
fn entry(
    facts: &TableFacts,
    name: &str,
    property: Property,
    what: &str,
) -> Result<Column, StoreError> {
    let what = format!("{what}.value");
    let column = facts.column_for(&what, name, property)?;
    let entry = mapped(column, property, &what)?;
    match entry.holds {
        column::Holds::Text { .. } => Ok(entry),
        _ => Err(wrong(format!(
            "the column \"{}\" ({}) of \"{}\" cannot hold an entry of {property}: expected a text column",
            column.name, column.column_type, facts.name
        ))),
    }
}

impl Slots {
    fn of(
        facts: &TableFacts,
        column: &str,
        configs: &[SlotConfig],
        what: &str,
    ) -> Result<Self, StoreError> {
        let column = facts.column(&format!("{what}.slot"), column)?;
        let numbers = numbers(facts, column, what)?;
        let mut slots = Self {
            column: column.name.clone(),
            numbers,
            values: Vec::new(),
            slots: Vec::new(),
        };
        for config in configs {
            let name = if numbers {
                let number = config.slot.trim().parse::<i64>().map_err(|_| {
                    wrong(format!(
                        "{what}.map.{}: the column \"{}\" ({}) holds whole numbers",
                        config.slot, column.name, column.column_type
                    ))
                })?;
                number.to_string()
            } else {
                config.slot.clone()
            };
            let mut slot = Slot {
                name,
                values: Vec::new(),
            };
            for (name, property) in &config.map {
                let what = format!("{what}.map.{}", config.slot);
                let value = facts.column_for(&what, name, *property)?;
                let value = mapped(value, *property, &what)?;
                let known = slots.values.iter().position(|known| *known == value.name);
                let place = known.unwrap_or_else(|| {
                    slots.values.push(value.name.clone());
                    slots.values.len() - 1
                });
                slot.values.push((place, value));
            }
            slots.slots.push(slot);
        }
        Ok(slots)
    }
}

/// Whether the slots of a column are numbers.
fn numbers(facts: &TableFacts, column: &ColumnFacts, what: &str) -> Result<bool, StoreError> {
    match column.data_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Ok(true),
        "char" | "varchar" | "enum" => Ok(false),
        _ => Err(wrong(format!(
            "the column \"{}\" ({}) of \"{}\", which {what}.slot names, must be an integer, CHAR, VARCHAR or ENUM",
            column.name, column.column_type, facts.name
        ))),
    }
}

/// The expression that tells whether a row of `c` holds anything that is not ours: what is not empty, not the column's default, and
/// neither made by the server nor a mere time of the row.
fn others(facts: &TableFacts, ours: &[String]) -> String {
    let tests: Vec<String> = facts
        .columns
        .iter()
        .filter(|column| !ours.contains(&column.name) && !says_nothing(facts, column))
        .map(|column| {
            let name = format!("c.{}", identifier(&column.name));
            // A number compared with a text would be a warning at best.
            let empty = match column.charset {
                Some(_) => format!("{name}=''"),
                None => "FALSE".to_owned(),
            };
            // MySQL computes no default that is an expression.
            let default = if column.has_default && !column.extra.contains("default_generated") {
                format!("{name}=DEFAULT({name})")
            } else {
                "FALSE".to_owned()
            };
            format!("NOT COALESCE({name} IS NULL OR {empty} OR {default},FALSE)")
        })
        .collect();
    if tests.is_empty() {
        "FALSE".to_owned()
    } else {
        tests.join(" OR ")
    }
}

fn says_nothing(facts: &TableFacts, column: &ColumnFacts) -> bool {
    let time = matches!(column.data_type.as_str(), "datetime" | "timestamp");
    let made = column.counts_time
        || column.extra.contains("on update")
        || TIMES.contains(&column.name.to_lowercase().as_str());
    column.generated
        || facts.primary.contains(&column.name)
        || column.extra.contains("auto_increment")
        || (time && made)
}
