//! Reading rows of the app's table under locks that never wait (R3, R15).

use std::collections::HashMap;

use super::answer::Answer;
use super::children;
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{self, identifier};
use super::parts::{Found, Parts};
use super::table::Table;
use crate::sync::ids::RowKey;
use crate::sync::ports::RowSeen;

/// The rows that were looked at, by the key that was asked for.
pub(crate) type Rows = HashMap<RowKey, Looked>;

/// A row that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    /// Its key as it is stored.
    pub(crate) key: RowKey,
    /// What was seen.
    pub(crate) seen: RowSeen,
    /// What its mapped values are parts of.
    pub(crate) parts: Parts,
}

impl Looked {
    /// A row of which nothing can be read.
    pub(crate) fn without(key: &RowKey, seen: RowSeen) -> Self {
        Self {
            key: key.clone(),
            seen,
            parts: Parts::default(),
        }
    }
}

impl From<Found> for Looked {
    fn from(found: Found) -> Self {
        Self {
            key: found.key,
            seen: RowSeen::Present(Box::new(found.row)),
            parts: found.parts,
        }
    }
}

/// Locks and reads rows in the open transaction, without waiting: in key order, those of others left out.
///
/// # Errors
/// When the database fails.
pub(crate) fn lock(db: &mut Connection, table: &Table, keys: &[RowKey]) -> Result<Rows, Failure> {
    lock_after(db, table, keys, Vec::new()).map(|(_, rows)| rows)
}

/// The same behind other statements, which go along with the first read; gives their answers too.
///
/// # Errors
/// When the database fails.
pub(crate) fn lock_after(
    db: &mut Connection,
    table: &Table,
    keys: &[RowKey],
    mut before: Vec<String>,
) -> Result<(Vec<Answer>, Rows), Failure> {
    let mut rows = Rows::with_capacity(keys.len());
    let mut told = Vec::new();
    // A row that is released between two statements shows up in the second round.
    for _ in 0..3 {
        let wanted: Vec<&RowKey> = keys.iter().filter(|key| !rows.contains_key(*key)).collect();
        if wanted.is_empty() {
            break;
        }
        let count = before.len();
        let mut script = std::mem::take(&mut before);
        script.push(locking(table, &wanted));
        let mut answers = db.run(&script)?;
        let found = read_rows(table, answers.pop());
        told.extend(answers.into_iter().take(count));
        assign(db, table, &wanted, found, &mut rows)?;
        let missing: Vec<&RowKey> = wanted
            .into_iter()
            .filter(|key| !rows.contains_key(*key))
            .collect();
        probe(db, table, &missing, &mut rows)?;
    }
    for key in keys {
        rows.entry(key.clone())
            .or_insert_with(|| Looked::without(key, RowSeen::Locked));
    }
    children::lock(db, table, &mut rows)?;
    Ok((told, rows))
}

/// Whether keys are stored as they are asked for and rows have no others beside them, so that what comes after their locks can be asked
/// along with them.
pub(crate) const fn is_plain(table: &Table) -> bool {
    table.key.is_plain && table.children.is_empty()
}

/// The statement that locks rows without waiting: in key order, those of others left out.
pub(crate) fn locking(table: &Table, keys: &[&RowKey]) -> String {
    let order = if keys.len() > 1 { "ORDER BY 1 " } else { "" };
    let skip = among(table, keys, &format!("{order}FOR UPDATE SKIP LOCKED"));
    statement(table, &skip)
}

/// The rows of its answer; nothing unless all are there.
pub(crate) fn all_of(table: &Table, keys: &[RowKey], answer: Option<Answer>) -> Option<Rows> {
    let found = read_rows(table, answer);
    let rows: Rows = found
        .into_iter()
        .map(|found| (found.key.clone(), found.into()))
        .collect();
    keys.iter()
        .all(|key| rows.contains_key(key))
        .then_some(rows)
}

/// Reads rows by their keys, by plain reads.
///
/// # Errors
/// When the database fails.
pub(crate) fn read(
    db: &mut Connection,
    table: &Table,
    keys: &[&RowKey],
) -> Result<Vec<Found>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    select(db, table, &among(table, keys, ""))
}

/// The condition that a row has one of these keys.
fn among(table: &Table, keys: &[&RowKey], end: &str) -> String {
    format!(
        "FORCE INDEX ({}) WHERE {} {end}",
        identifier(&table.key.index),
        literal::among(
            &format!("t.{}", identifier(&table.key.name)),
            keys.iter().map(|key| table.key.literal(key))
        ),
    )
}

/// Reads the rows that a condition names, by plain reads; the table is `t`.
///
/// # Errors
/// When the database fails.
pub(crate) fn select(
    db: &mut Connection,
    table: &Table,
    condition: &str,
) -> Result<Vec<Found>, Failure> {
    let answer = db.ask(&statement(table, condition))?;
    let mut found = read_rows(table, Some(answer));
    children::complete(db, table, &mut found)?;
    Ok(found)
}

/// The statement for rows of the contacts table alone.
fn statement(table: &Table, condition: &str) -> String {
    format!(
        "SELECT {} FROM {} t {condition}",
        table.selection(),
        table.name,
    )
}

fn read_rows(table: &Table, answer: Option<Answer>) -> Vec<Found> {
    let records = answer.iter().flat_map(|answer| &answer.rows);
    records.map(|record| table.row(record)).collect()
}

fn assign(
    db: &mut Connection,
    table: &Table,
    wanted: &[&RowKey],
    found: Vec<Found>,
    rows: &mut Rows,
) -> Result<(), Failure> {
    let mut found: HashMap<RowKey, Found> = found
        .into_iter()
        .map(|found| (found.key.clone(), found))
        .collect();
    for key in wanted {
        if let Some(row) = found.remove(*key) {
            rows.insert((*key).clone(), row.into());
        }
    }
    if found.is_empty() || !table.key.folds {
        return Ok(());
    }
    // The column's collation takes another text for the same key.
    for key in wanted {
        if rows.contains_key(*key) || found.is_empty() {
            continue;
        }
        if let Some(stored) = stored_key(db, table, key)?
            && let Some(row) = found.remove(&stored)
        {
            rows.insert((*key).clone(), row.into());
        }
    }
    Ok(())
}

/// The key of a row as the table writes it, by a plain read.
///
/// # Errors
/// When the database fails.
pub(crate) fn stored_key(
    db: &mut Connection,
    table: &Table,
    key: &RowKey,
) -> Result<Option<RowKey>, Failure> {
    let name = identifier(&table.key.name);
    let answer = db.ask(&format!(
        "SELECT {name} FROM {} WHERE {name}={}",
        table.name,
        table.key.literal(key)
    ))?;
    Ok(answer
        .rows
        .first()
        .and_then(|record| record.bytes(0))
        .map(|value| table.key.read(value)))
}

/// Decides which of the rows that were not there are locked and which are absent.
fn probe(
    db: &mut Connection,
    table: &Table,
    missing: &[&RowKey],
    rows: &mut Rows,
) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let name = identifier(&table.key.name);
    // Where a refused lock rolls the whole transaction back, only what is committed can be asked for.
    let nowait = if db.server().rollback_on_timeout {
        ""
    } else {
        " FOR UPDATE NOWAIT"
    };
    let asked = db.ask(&format!(
        "SELECT {name} FROM {} FORCE INDEX ({}) WHERE {name} IN ({}){nowait}",
        table.name,
        identifier(&table.key.index),
        table.key.literals(missing.iter().copied()),
    ));
    match asked {
        Ok(answer) => {
            let there: Vec<RowKey> = answer
                .rows
                .iter()
                .filter_map(|record| record.bytes(0))
                .map(|value| table.key.read(value))
                .collect();
            for key in missing {
                let visible = there.contains(key) || (table.key.folds && !there.is_empty());
                if visible && nowait.is_empty() {
                    rows.insert((*key).clone(), Looked::without(key, RowSeen::Locked));
                } else if !visible {
                    rows.insert((*key).clone(), Looked::without(key, RowSeen::Absent));
                }
            }
            Ok(())
        }
        Err(failure) if failure.is_lock_wait() => {
            if let [key] = missing {
                rows.insert((*key).clone(), Looked::without(key, RowSeen::Locked));
                return Ok(());
            }
            let (left, right) = missing.split_at(missing.len() / 2);
            probe(db, table, left, rows)?;
            probe(db, table, right, rows)
        }
        Err(failure) => Err(failure),
    }
}
