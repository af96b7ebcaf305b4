//! Reading rows of the app's table under locks that never wait (R3, R15).

use std::collections::HashMap;

use super::connection::Connection;
use super::failure::Failure;
use super::literal::identifier;
use super::table::Table;
use crate::sync::ids::RowKey;
use crate::sync::ports::{Row, RowSeen};

/// The rows that were looked at, by the key that was asked for; each with its key as it is stored.
pub(crate) type Rows = HashMap<RowKey, (RowKey, RowSeen)>;

/// Locks and reads rows in the open transaction, without waiting: in key order, those of others left out.
///
/// # Errors
/// When the database fails.
pub(crate) fn lock(db: &mut Connection, table: &Table, keys: &[RowKey]) -> Result<Rows, Failure> {
    let mut rows = Rows::with_capacity(keys.len());
    // A row that is released between two statements shows up in the second round.
    for _ in 0..3 {
        let wanted: Vec<&RowKey> = keys.iter().filter(|key| !rows.contains_key(*key)).collect();
        if wanted.is_empty() {
            break;
        }
        let found = read(db, table, &wanted, "ORDER BY 1 FOR UPDATE SKIP LOCKED")?;
        assign(db, table, &wanted, found, &mut rows)?;
        let missing: Vec<&RowKey> = wanted
            .into_iter()
            .filter(|key| !rows.contains_key(*key))
            .collect();
        probe(db, table, &missing, &mut rows)?;
    }
    for key in keys {
        rows.entry(key.clone())
            .or_insert_with(|| (key.clone(), RowSeen::Locked));
    }
    Ok(rows)
}

/// Reads rows by their keys.
///
/// # Errors
/// When the database fails.
pub(crate) fn read(
    db: &mut Connection,
    table: &Table,
    keys: &[&RowKey],
    end: &str,
) -> Result<Vec<(RowKey, Row)>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let answer = db.ask(&format!(
        "SELECT {} FROM {} t FORCE INDEX ({}) WHERE t.{} IN ({}) {end}",
        table.selection(),
        table.name,
        identifier(&table.key.index),
        identifier(&table.key.name),
        table.key.literals(keys.iter().copied()),
    ))?;
    Ok(answer.rows.iter().map(|record| table.row(record)).collect())
}

fn assign(
    db: &mut Connection,
    table: &Table,
    wanted: &[&RowKey],
    found: Vec<(RowKey, Row)>,
    rows: &mut Rows,
) -> Result<(), Failure> {
    let mut found: HashMap<RowKey, Row> = found.into_iter().collect();
    for key in wanted {
        if let Some(row) = found.remove(*key) {
            let seen = RowSeen::Present(Box::new(row));
            rows.insert((*key).clone(), ((*key).clone(), seen));
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
            rows.insert((*key).clone(), (stored, RowSeen::Present(Box::new(row))));
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
                    rows.insert((*key).clone(), ((*key).clone(), RowSeen::Locked));
                } else if !visible {
                    rows.insert((*key).clone(), ((*key).clone(), RowSeen::Absent));
                }
            }
            Ok(())
        }
        Err(failure) if failure.is_lock_wait() => {
            if let [key] = missing {
                rows.insert((*key).clone(), ((*key).clone(), RowSeen::Locked));
                return Ok(());
            }
            let (left, right) = missing.split_at(missing.len() / 2);
            probe(db, table, left, rows)?;
            probe(db, table, right, rows)
        }
        Err(failure) => Err(failure),
    }
}
