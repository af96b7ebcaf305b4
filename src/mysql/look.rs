//! Looking at rows with their links before a delivery (R4, R15).

use std::collections::HashMap;

use super::connection::Connection;
use super::failure::Failure;
use super::links::{self, row_keys};
use super::literal::identifier;
use super::outbox;
use super::parts::Found;
use super::ready::Ready;
use super::rows;
use crate::sync::error::StoreClass;
use crate::sync::ids::RowKey;
use crate::sync::ports::{Look, RowSeen};

/// How often a look is begun anew because a key was renamed under it.
const TRIES: usize = 5;

/// Looks at rows: notes first, then the rows with a locking read that does not wait, then the links.
///
/// # Errors
/// When the database fails.
pub(crate) fn look(
    db: &mut Connection,
    ready: &Ready,
    keys: &[RowKey],
) -> Result<Vec<Look>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    for _ in 0..TRIES {
        if let Some(looks) = try_look(db, ready, keys)? {
            return Ok(looks);
        }
        outbox::follow_renames(db, ready.pair)?;
    }
    Err(Failure::new(
        StoreClass::Contended,
        "keys of the table are being renamed all the time",
    ))
}

/// `None` when renamed keys have to be followed first.
fn try_look(
    db: &mut Connection,
    ready: &Ready,
    keys: &[RowKey],
) -> Result<Option<Vec<Look>>, Failure> {
    let answers = db.begin(&[
        outbox::of_rows(ready.pair, keys),
        outbox::tries_of(ready.pair, keys),
    ])?;
    let tries: HashMap<RowKey, u32> = answers
        .get(1)
        .into_iter()
        .flat_map(|answer| &answer.rows)
        .map(|row| {
            (
                RowKey::new(row.string(0)),
                row.number(1).unwrap_or_default(),
            )
        })
        .collect();
    let mut notes = outbox::notes(
        answers
            .first()
            .map(|answer| answer.rows.as_slice())
            .unwrap_or_default(),
    );
    let mut rows = rows::lock(db, &ready.table, keys)?;
    let mut asked: Vec<&RowKey> = keys.iter().collect();
    asked.extend(rows.values().map(|row| &row.key));
    let condition = format!(
        "l.pair={} AND l.row_key IN ({})",
        ready.pair,
        row_keys(asked)
    );
    let mut found: HashMap<_, _> = links::read(db, &condition)?
        .into_iter()
        .map(|stored| (stored.link.key.clone(), stored.link))
        .collect();
    let mut looks = Vec::with_capacity(keys.len());
    let mut doubtful = false;
    for key in keys {
        let looked = rows.remove(key);
        let (stored, mut row) =
            looked.map_or_else(|| (key.clone(), RowSeen::Absent), |row| (row.key, row.seen));
        let link = found.remove(&stored).or_else(|| found.remove(key));
        let (ids, newest) = notes.remove(key).unwrap_or_default();
        if let RowSeen::Present(row) = &mut row {
            row.edited = newest.or(row.edited);
        }
        doubtful |= match &row {
            RowSeen::Present(_) => link.is_none(),
            RowSeen::Absent => link.is_some(),
            RowSeen::Locked => false,
        };
        looks.push(Look {
            key: stored,
            row,
            link,
            notes: ids,
            tries: tries.get(key).copied().unwrap_or_default(),
        });
    }
    // A row that is gone may have got another key, and one without a link may have had another one.
    if doubtful && outbox::has_renames(db, ready.pair)? {
        db.rollback();
        return Ok(None);
    }
    db.commit::<&str>(&[])?;
    Ok(Some(looks))
}

/// Rows of the scope after a key, with their links, by plain reads.
///
/// # Errors
/// When the database fails.
pub(crate) fn rows(
    db: &mut Connection,
    ready: &Ready,
    after: Option<&RowKey>,
    limit: usize,
) -> Result<Vec<Look>, Failure> {
    let table = &ready.table;
    let name = identifier(&table.key.name);
    let from = after.map_or_else(
        || "TRUE".to_owned(),
        |key| format!("t.{name}>{}", table.key.literal(key)),
    );
    let condition = format!(
        "WHERE {from} AND {} ORDER BY t.{name} LIMIT {limit}",
        table.scope_test("t")
    );
    let rows = rows::select(db, table, &condition)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<RowKey> = rows.iter().map(|found| found.key.clone()).collect();
    let condition = format!(
        "l.pair={} AND l.row_key IN ({})",
        ready.pair,
        row_keys(&keys)
    );
    let mut links: HashMap<_, _> = links::read(db, &condition)?
        .into_iter()
        .map(|stored| (stored.link.key.clone(), stored.link))
        .collect();
    let answer = db.ask(&outbox::of_rows(ready.pair, &keys))?;
    let mut notes = outbox::notes(&answer.rows);
    Ok(rows
        .into_iter()
        .map(|Found { key, mut row, .. }| {
            let (ids, newest) = notes.remove(&key).unwrap_or_default();
            row.edited = newest.or(row.edited);
            Look {
                link: links.remove(&key),
                row: RowSeen::Present(Box::new(row)),
                notes: ids,
                tries: 0,
                key,
            }
        })
        .collect())
}
