//! The index of rows that an unknown item may match (R10).

use std::collections::HashMap;

use super::computed::{Computer, Known};
use super::connection::Connection;
use super::failure::Failure;
use super::links::{COLUMNS, Stored, stored};
use super::literal::{bytes, identifier, list};
use super::parked::{any_of, match_key};
use super::parts::Found;
use super::ready::Ready;
use crate::contact::Contact;
use crate::sync::ids::{LinkId, LinkVersion, RowKey};
use crate::sync::matching::MatchKey;
use crate::sync::ports::Candidate;

/// How many rows are read at a time.
const STRIDE: usize = 1_000;

/// Empties the index.
///
/// # Errors
/// When the database fails.
pub(crate) fn clear_index(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    loop {
        let answer = db.ask(&format!(
            "SELECT 1 FROM ecs_match WHERE pair={pair} LIMIT 1"
        ))?;
        if answer.rows.is_empty() {
            return Ok(());
        }
        db.ask(&format!(
            "DELETE FROM ecs_match WHERE pair={pair} LIMIT 10000"
        ))?;
    }
}

/// Builds the index of rows that an unknown item may match: those without a link, and those whose item is gone. Once all rows without
/// a link were noted, they are found in the outbox.
///
/// # Errors
/// When the database fails.
pub(crate) fn index(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    clear_index(db, ready.pair)?;
    let mut count = gone_rows(db, ready, computer, keys_of)?;
    let answer = db.ask(&format!(
        "SELECT unlinked_noted FROM ecs_pairs WHERE id={}",
        ready.pair
    ))?;
    let noted = answer.rows.first().is_some_and(|row| row.flag(0));
    count += if noted && ready.triggers {
        noted_rows(db, ready, computer, keys_of)?
    } else {
        all_rows(db, ready, computer, keys_of)?
    };
    Ok(count)
}

/// Rows whose item is gone: by what the row holds, if it is there, and by what the item last held.
fn gone_rows(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let (mut after, mut count) = (0_u64, 0);
    loop {
        let answer = db.ask(&format!(
            "SELECT {COLUMNS} FROM ecs_links l WHERE l.pair={} AND l.state=3 AND l.id>{after} ORDER BY l.id LIMIT {STRIDE}",
            ready.pair
        ))?;
        let links: Vec<Stored> = answer.rows.iter().map(stored).collect();
        let Some(last) = links.last() else {
            return Ok(count);
        };
        after = last.link.id.0;
        count += links.len() as u64;
        let keys: Vec<&RowKey> = links.iter().map(|stored| &stored.link.key).collect();
        let mut rows: HashMap<RowKey, _> = super::rows::read(db, &ready.table, &keys)?
            .into_iter()
            .map(|found| (found.key.clone(), found))
            .collect();
        let with_links = rows.iter_mut().map(|(key, found)| {
            let stored = links.iter().find(|stored| stored.link.key == *key);
            let known = stored.map(|stored| Known {
                base: &stored.link.base,
                print: stored.computed.as_deref(),
            });
            (&mut found.row, found.parts.computed.as_slice(), known)
        });
        computer.complete(&ready.table, with_links)?;
        let entries = links.iter().map(|stored| {
            let mut keys = keys_of(&stored.link.base.item());
            if let Some(row) = rows.remove(&stored.link.key) {
                keys.extend(keys_of(&row.row.contact));
            }
            (&stored.link.key, keys, Some(stored.link.id.0))
        });
        add(db, ready.pair, entries)?;
    }
}

/// Rows without a link among those that wait for their delivery, or were refused by Exchange.
fn noted_rows(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let mut count = 0;
    for table in ["ecs_outbox", "ecs_held"] {
        let mut after = 0_u64;
        loop {
            let answer = db.ask(&format!(
                "SELECT o.id, o.row_key, l.id FROM {table} o LEFT JOIN ecs_links l ON l.pair=o.pair AND l.row_key=o.row_key \
                 WHERE o.pair={} AND o.id>{after} ORDER BY o.id LIMIT {STRIDE}",
                ready.pair
            ))?;
            let Some(last) = answer.rows.last().and_then(|row| row.number(0)) else {
                break;
            };
            after = last;
            let mut keys: Vec<RowKey> = answer
                .rows
                .iter()
                .filter(|row| row.bytes(2).is_none())
                .filter_map(|row| row.text(1))
                .map(RowKey::new)
                .collect();
            keys.sort_unstable();
            keys.dedup();
            let keys: Vec<&RowKey> = keys.iter().collect();
            let mut rows = super::rows::read(db, &ready.table, &keys)?;
            without_links(ready, computer, &mut rows)?;
            let entries = rows
                .iter()
                .filter(|found| found.row.in_scope)
                .map(|found| (&found.key, keys_of(&found.row.contact), None));
            count += add(db, ready.pair, entries)?;
        }
    }
    Ok(count)
}

/// All rows without a link.
fn all_rows(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let table = &ready.table;
    let name = identifier(&table.key.name);
    let mut after: Option<RowKey> = None;
    let mut count = 0;
    loop {
        let from = after.as_ref().map_or_else(
            || "TRUE".to_owned(),
            |key| format!("t.{name}>{}", table.key.literal(key)),
        );
        let condition = format!(
            "WHERE {from} AND {} AND NOT EXISTS (SELECT 1 FROM ecs_links l WHERE l.pair={} AND l.row_key={}) ORDER BY t.{name} LIMIT {STRIDE}",
            table.scope_test("t"),
            ready.pair,
            table.key.expression("t")
        );
        let mut rows = super::rows::select(db, table, &condition)?;
        without_links(ready, computer, &mut rows)?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after = Some(last.key.clone());
        let entries = rows
            .iter()
            .map(|found| (&found.key, keys_of(&found.row.contact), None));
        count += add(db, ready.pair, entries)?;
    }
}

/// Fills in what the app's code computes of rows in the scope.
fn without_links(
    ready: &Ready,
    computer: &mut Computer,
    rows: &mut [Found],
) -> Result<(), Failure> {
    let rows = rows.iter_mut().filter(|found| found.row.in_scope);
    let rows = rows.map(|found| (&mut found.row, found.parts.computed.as_slice(), None));
    computer.complete(&ready.table, rows)
}

/// Adds rows to the index and gives their number.
fn add<'a>(
    db: &mut Connection,
    pair: u32,
    rows: impl Iterator<Item = (&'a RowKey, Vec<MatchKey>, Option<u64>)>,
) -> Result<u64, Failure> {
    let mut count = 0;
    let mut values = Vec::new();
    for (row, keys, link) in rows {
        count += 1;
        let link = link.map_or_else(|| "NULL".to_owned(), |link| link.to_string());
        for key in keys {
            values.push(format!(
                "({pair},{},{},{},{link})",
                key.kind.number(),
                key.print,
                bytes(row.as_str().as_bytes())
            ));
        }
    }
    if !values.is_empty() {
        db.ask(&format!(
            "INSERT INTO ecs_match (pair, kind, print, row_key, link) VALUES {} ON DUPLICATE KEY UPDATE link=VALUES(link)",
            list(values)
        ))?;
    }
    Ok(count)
}

/// The rows of the index that share one of some keys; a link that has changed since is looked up as it is now.
///
/// # Errors
/// When the database fails.
pub(crate) fn candidates(
    db: &mut Connection,
    pair: u32,
    keys: &[MatchKey],
) -> Result<Vec<Candidate>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let answer = db.ask(&format!(
        "SELECT m.kind, m.print, m.row_key, m.link, l.version FROM ecs_match m LEFT JOIN ecs_links l ON l.pair=m.pair AND l.row_key=m.row_key \
         WHERE m.pair={pair} AND ({}) AND (l.id IS NULL AND m.link IS NULL OR l.id=m.link AND l.state=3) ORDER BY m.kind, m.print, m.row_key",
        any_of(keys, "m.")
    ))?;
    Ok(answer
        .rows
        .iter()
        .filter_map(|row| {
            let link = row
                .number(3)
                .zip(row.number(4))
                .map(|(id, version)| (LinkId(id), LinkVersion(version)));
            Some(Candidate {
                shared: match_key(row.number(0), row.number(1))?,
                key: RowKey::new(row.string(2)),
                link,
            })
        })
        .collect())
}
