//! Reading the rows of child tables: one statement for each table and page of contacts, under locks that never wait where rows are to
//! be written or judged (R3, R15).

use std::collections::HashMap;

use super::{Child, ChildRow, Holds};
use crate::contact::{Property, normalise_list};
use crate::mysql::answer::Record;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::{identifier, list};
use crate::mysql::parts::Found;
use crate::mysql::rows::{Looked, Rows};
use crate::mysql::table::Table;
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::ids::RowKey;
use crate::sync::ports::{Row, RowSeen, Unread};

/// The most contacts of one statement.
const STRIDE: usize = 1_000;

type Kin = HashMap<RowKey, Vec<ChildRow>>;

/// Reads what belongs to rows by plain reads.
///
/// # Errors
/// When the database fails.
pub(crate) fn complete(
    db: &mut Connection,
    table: &Table,
    found: &mut [Found],
) -> Result<(), Failure> {
    for child in &table.children {
        for part in found.chunks_mut(STRIDE) {
            let keys: Vec<&RowKey> = part.iter().map(|found| &found.key).collect();
            let mut kin = child.of_contacts(db, table, &keys, "")?;
            for found in part {
                let rows = kin.remove(&found.key).unwrap_or_default();
                child.read(&rows, table.email_overflow, &mut found.row);
                found.parts.children.push(rows);
            }
        }
    }
    Ok(())
}

/// Locks and reads what belongs to locked rows. A contact of which another transaction holds a row counts as locked.
///
/// # Errors
/// When the database fails.
pub(crate) fn lock(db: &mut Connection, table: &Table, rows: &mut Rows) -> Result<(), Failure> {
    for child in &table.children {
        let mut present: Vec<RowKey> = rows
            .values()
            .filter(|looked| matches!(looked.seen, RowSeen::Present(_)))
            .map(|looked| looked.key.clone())
            .collect();
        present.sort_unstable();
        let keys: Vec<&RowKey> = present.iter().collect();
        let mut kin = HashMap::with_capacity(keys.len());
        for part in keys.chunks(STRIDE) {
            child.lock(db, table, part, &mut kin)?;
        }
        for looked in rows.values_mut() {
            let RowSeen::Present(row) = &mut looked.seen else {
                continue;
            };
            match kin.remove(&looked.key) {
                Some(rows) => {
                    child.read(&rows, table.email_overflow, row);
                    looked.parts.children.push(rows);
                }
                None => *looked = Looked::without(&looked.key, RowSeen::Locked),
            }
        }
    }
    Ok(())
}

impl Child {
    /// Locks the rows of contacts and adds them; of a contact that has one in the hands of others nothing is added.
    fn lock(
        &self,
        db: &mut Connection,
        table: &Table,
        keys: &[&RowKey],
        kin: &mut Kin,
    ) -> Result<(), Failure> {
        if keys.is_empty() {
            return Ok(());
        }
        if db.server().rollback_on_timeout {
            return self.lock_or_skip(db, table, keys, kin);
        }
        match self.of_contacts(db, table, keys, "FOR UPDATE NOWAIT") {
            Ok(mut found) => {
                for key in keys {
                    kin.insert((*key).clone(), found.remove(*key).unwrap_or_default());
                }
                Ok(())
            }
            Err(failure) if failure.is_lock_wait() => {
                if keys.len() == 1 {
                    return Ok(());
                }
                let (left, right) = keys.split_at(keys.len() / 2);
                self.lock(db, table, left, kin)?;
                self.lock(db, table, right, kin)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The same where a refused lock would roll the whole transaction back: what is committed and not to be had is locked.
    fn lock_or_skip(
        &self,
        db: &mut Connection,
        table: &Table,
        keys: &[&RowKey],
        kin: &mut Kin,
    ) -> Result<(), Failure> {
        let mut had = self.of_contacts(db, table, keys, "FOR UPDATE SKIP LOCKED")?;
        let mut all = self.of_contacts(db, table, keys, "")?;
        for key in keys {
            let rows = had.remove(*key).unwrap_or_default();
            if rows == all.remove(*key).unwrap_or_default() {
                kin.insert((*key).clone(), rows);
            }
        }
        Ok(())
    }

    /// The rows of contacts that belong to what is mapped.
    fn of_contacts(
        &self,
        db: &mut Connection,
        table: &Table,
        keys: &[&RowKey],
        end: &str,
    ) -> Result<Kin, Failure> {
        let mut kin = Kin::new();
        if keys.is_empty() {
            return Ok(kin);
        }
        let column = format!("c.{}", identifier(&self.contact.name));
        // The collation takes other texts for the same key: then the contact's own row says how it is written.
        let contact = if table.key.folds {
            let key = identifier(&table.key.name);
            format!(
                "COALESCE((SELECT p.{key} FROM {} p WHERE p.{key}={column}),{column})",
                table.name
            )
        } else {
            column.clone()
        };
        let mut selected = vec![contact, self.slot_of("c"), format!("({})", self.others)];
        selected.extend(
            self.values()
                .iter()
                .map(|name| format!("c.{}", identifier(name))),
        );
        let answer = db.ask(&format!(
            "SELECT {} FROM {} c FORCE INDEX ({}) WHERE {column} IN ({}){} {end}",
            list(selected),
            self.name,
            identifier(&self.contact.index),
            table.key.literals(keys.iter().copied()),
            self.only_mapped("c")
        ))?;
        for record in &answer.rows {
            if let Some(row) = self.row(record) {
                let contact = self.contact.read(record.bytes(0).unwrap_or_default());
                kin.entry(contact).or_default().push(row);
            }
        }
        Ok(kin)
    }

    /// A row as it was selected; `None` when its slot is none of ours.
    fn row(&self, record: &Record) -> Option<ChildRow> {
        let slot = match &self.holds {
            Holds::List(_) => 0,
            Holds::Slots(slots) => {
                let name = record.bytes(1)?;
                let mut places = slots.slots.iter();
                places.position(|slot| slot.name.as_bytes() == name)?
            }
        };
        let values = 3..3 + self.values().len();
        Some(ChildRow {
            slot,
            others: record.flag(2),
            values: values
                .map(|place| record.bytes(place).map(<[u8]>::to_vec))
                .collect(),
        })
    }

    /// The columns that hold values.
    fn values(&self) -> &[String] {
        match &self.holds {
            Holds::Slots(slots) => &slots.values,
            Holds::List(column) => std::slice::from_ref(&column.name),
        }
    }

    fn slot_of(&self, row: &str) -> String {
        match &self.holds {
            Holds::Slots(slots) => format!("{row}.{}", identifier(&slots.column)),
            Holds::List(_) => "NULL".to_owned(),
        }
    }

    fn only_mapped(&self, row: &str) -> String {
        match &self.holds {
            Holds::Slots(slots) => format!(
                " AND {row}.{} IN ({})",
                identifier(&slots.column),
                list(slots.slots.iter().map(|slot| slots.literal(slot)))
            ),
            Holds::List(_) => String::new(),
        }
    }

    /// Reads a contact's mapped values from its rows.
    fn read(&self, rows: &[ChildRow], overflow: EmailOverflow, row: &mut Row) {
        match &self.holds {
            Holds::List(column) => {
                let entries: Result<Vec<&str>, _> = rows
                    .iter()
                    .filter_map(|row| row.value(0))
                    .map(std::str::from_utf8)
                    .collect();
                match entries {
                    Ok(entries) => {
                        let value = normalise_list(entries.into_iter());
                        row.contact.set(column.property, value);
                        if column.property == Property::EmailAddresses {
                            row.hold_overflow(overflow);
                        }
                    }
                    Err(_) => row.unreadable.push(Unread::new(column.property, "")),
                }
            }
            Holds::Slots(slots) => {
                for (place, slot) in slots.slots.iter().enumerate() {
                    let mut of_slot = rows.iter().filter(|row| row.slot == place);
                    let (Some(first), second) = (of_slot.next(), of_slot.next()) else {
                        continue;
                    };
                    let all_of = |at: usize| {
                        let of_slot = rows.iter().filter(|row| row.slot == place);
                        list(of_slot.map(|row| row.text(at)))
                    };
                    for (at, column) in &slot.values {
                        let unread = if second.is_some() {
                            Unread {
                                reason: Some(format!(
                                    "cannot be read: {} has several rows for {} {}",
                                    self.plain_name, slots.column, slot.name
                                )),
                                ..Unread::new(column.property, all_of(*at))
                            }
                        } else {
                            match column.decode(first.value(*at)) {
                                Ok(value) => {
                                    row.contact.set(column.property, value);
                                    continue;
                                }
                                Err(text) => Unread::new(column.property, text),
                            }
                        };
                        row.unreadable.push(unread);
                    }
                }
            }
        }
    }
}

impl ChildRow {
    /// A value as it is stored.
    pub(super) fn value(&self, place: usize) -> Option<&[u8]> {
        self.values.get(place).and_then(Option::as_deref)
    }

    fn text(&self, place: usize) -> String {
        String::from_utf8_lossy(self.value(place).unwrap_or_default()).into_owned()
    }
}
