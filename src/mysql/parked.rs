//! Items that wait for the end of the list, and the index of rows that they may match (R10).

use std::collections::HashMap;

use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hash};
use super::literal::{bytes, identifier, list, text};
use super::ready::Ready;
use crate::contact::Contact;
use crate::sync::ids::{ItemId, LinkId, LinkVersion, RowKey};
use crate::sync::matching::{MatchKey, MatchKind};
use crate::sync::ports::{Candidate, Parked};

/// How many rows are read at a time.
const STRIDE: usize = 1_000;

/// The statements that park items with their keys.
#[must_use]
pub(crate) fn park(pair: u32, items: &[(&ItemId, &[MatchKey])]) -> Vec<String> {
    if items.is_empty() {
        return Vec::new();
    }
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    for (item, of_item) in items {
        let hash = hash(item.as_str());
        rows.push(format!("({pair},{hash},{})", text(item.as_str())));
        for key in *of_item {
            keys.push(format!(
                "({pair},{},{},{hash})",
                key.kind.number(),
                key.print
            ));
        }
    }
    let mut script = vec![format!(
        "INSERT INTO ecs_parked (pair, item_hash, item) VALUES {} ON DUPLICATE KEY UPDATE item=VALUES(item)",
        list(rows)
    )];
    if !keys.is_empty() {
        script.push(format!(
            "INSERT INTO ecs_parked_keys (pair, kind, print, item_hash) VALUES {} ON DUPLICATE KEY UPDATE kind=VALUES(kind)",
            list(keys)
        ));
    }
    script
}

/// The statements that end the waiting of items.
#[must_use]
pub(crate) fn unpark(pair: u32, hashes: &[String]) -> Vec<String> {
    if hashes.is_empty() {
        return Vec::new();
    }
    let hashes = list(hashes);
    vec![
        format!("DELETE FROM ecs_parked WHERE pair={pair} AND item_hash IN ({hashes})"),
        format!("DELETE FROM ecs_parked_keys WHERE pair={pair} AND item_hash IN ({hashes})"),
    ]
}

fn match_key(kind: Option<u8>, print: Option<u64>) -> Option<MatchKey> {
    Some(MatchKey {
        kind: MatchKind::from_number(kind?)?,
        print: print?,
    })
}

/// Items that wait, after an item, in the order of their hashes.
///
/// # Errors
/// When the database fails.
pub(crate) fn parked(
    db: &mut Connection,
    pair: u32,
    after: Option<&ItemId>,
    limit: usize,
) -> Result<Vec<Parked>, Failure> {
    let from = after.map_or_else(
        || "TRUE".to_owned(),
        |item| format!("item_hash>{}", hash(item.as_str())),
    );
    let answer = db.ask(&format!(
        "SELECT item_hash, item FROM ecs_parked WHERE pair={pair} AND {from} ORDER BY item_hash LIMIT {limit}"
    ))?;
    if answer.rows.is_empty() {
        return Ok(Vec::new());
    }
    let items: Vec<ItemId> = answer
        .rows
        .iter()
        .map(|row| ItemId::new(row.string(1)))
        .collect();
    let hashes = super::links::hashes(&items);
    let answer = db.ask(&format!(
        "SELECT item_hash, kind, print FROM ecs_parked_keys WHERE pair={pair} AND item_hash IN ({hashes}) ORDER BY kind, print"
    ))?;
    let mut keys: HashMap<Vec<u8>, Vec<MatchKey>> = HashMap::new();
    for row in &answer.rows {
        if let (Some(hash), Some(key)) = (row.bytes(0), match_key(row.number(1), row.number(2))) {
            keys.entry(hash.to_vec()).or_default().push(key);
        }
    }
    Ok(items
        .into_iter()
        .map(|item| Parked {
            keys: keys.remove(&bytes_of(item.as_str())).unwrap_or_default(),
            item,
        })
        .collect())
}

/// How many items that wait share each key, in order.
///
/// # Errors
/// When the database fails.
pub(crate) fn rivals(
    db: &mut Connection,
    pair: u32,
    keys: &[MatchKey],
) -> Result<Vec<u64>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let answer = db.ask(&format!(
        "SELECT kind, print, COUNT(*) FROM ecs_parked_keys WHERE pair={pair} AND ({}) GROUP BY kind, print",
        any_of(keys, "")
    ))?;
    let counts: HashMap<MatchKey, u64> = answer
        .rows
        .iter()
        .filter_map(|row| Some((match_key(row.number(0), row.number(1))?, row.number(2)?)))
        .collect();
    Ok(keys
        .iter()
        .map(|key| counts.get(key).copied().unwrap_or_default())
        .collect())
}

fn any_of(keys: &[MatchKey], table: &str) -> String {
    let mut tests = Vec::new();
    for kind in MatchKind::ALL {
        let prints: Vec<String> = keys
            .iter()
            .filter(|key| key.kind == kind)
            .map(|key| key.print.to_string())
            .collect();
        if !prints.is_empty() {
            tests.push(format!(
                "{table}kind={} AND {table}print IN ({})",
                kind.number(),
                list(prints)
            ));
        }
    }
    tests.join(" OR ")
}

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
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    clear_index(db, ready.pair)?;
    let mut count = gone_rows(db, ready, keys_of)?;
    let answer = db.ask(&format!(
        "SELECT unlinked_noted FROM ecs_pairs WHERE id={}",
        ready.pair
    ))?;
    let noted = answer.rows.first().is_some_and(|row| row.flag(0));
    count += if noted && ready.triggers {
        noted_rows(db, ready, keys_of)?
    } else {
        all_rows(db, ready, keys_of)?
    };
    Ok(count)
}

/// Rows whose item is gone.
fn gone_rows(
    db: &mut Connection,
    ready: &Ready,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let (mut after, mut count) = (0_u64, 0);
    loop {
        let answer = db.ask(&format!(
            "SELECT id, row_key FROM ecs_links WHERE pair={} AND state=3 AND id>{after} ORDER BY id LIMIT {STRIDE}",
            ready.pair
        ))?;
        let links: HashMap<RowKey, u64> = answer
            .rows
            .iter()
            .filter_map(|row| Some((RowKey::new(row.string(1)), row.number(0)?)))
            .collect();
        let Some(last) = links.values().max() else {
            return Ok(count);
        };
        after = *last;
        let keys: Vec<&RowKey> = links.keys().collect();
        let rows = super::rows::read(db, &ready.table, &keys, "")?;
        let rows = rows
            .iter()
            .map(|(key, row)| (key, &row.contact, links.get(key).copied()));
        count += add(db, ready.pair, rows, keys_of)?;
    }
}

/// Rows without a link among those that wait for their delivery.
fn noted_rows(
    db: &mut Connection,
    ready: &Ready,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let (mut after, mut count) = (0_u64, 0);
    loop {
        let answer = db.ask(&format!(
            "SELECT o.id, o.row_key, l.id FROM ecs_outbox o LEFT JOIN ecs_links l ON l.pair=o.pair AND l.row_key=o.row_key \
             WHERE o.pair={} AND o.id>{after} ORDER BY o.id LIMIT {STRIDE}",
            ready.pair
        ))?;
        let Some(last) = answer.rows.last().and_then(|row| row.number(0)) else {
            return Ok(count);
        };
        after = last;
        let mut keys: Vec<RowKey> = answer
            .rows
            .iter()
            .filter(|row| row.bytes(2).is_none())
            .map(|row| RowKey::new(row.string(1)))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let keys: Vec<&RowKey> = keys.iter().collect();
        let rows = super::rows::read(db, &ready.table, &keys, "")?;
        let rows = rows
            .iter()
            .filter(|(_, row)| row.in_scope)
            .map(|(key, row)| (key, &row.contact, None));
        count += add(db, ready.pair, rows, keys_of)?;
    }
}

/// All rows without a link.
fn all_rows(
    db: &mut Connection,
    ready: &Ready,
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
        let answer = db.ask(&format!(
            "SELECT {} FROM {} t WHERE {from} AND {} AND NOT EXISTS \
             (SELECT 1 FROM ecs_links l WHERE l.pair={} AND l.row_key={}) ORDER BY t.{name} LIMIT {STRIDE}",
            table.selection(),
            table.name,
            table.scope_test("t"),
            ready.pair,
            table.key.expression("t")
        ))?;
        let rows: Vec<_> = answer.rows.iter().map(|row| table.row(row)).collect();
        let Some((last, _)) = rows.last() else {
            return Ok(count);
        };
        after = Some(last.clone());
        let rows = rows.iter().map(|(key, row)| (key, &row.contact, None));
        count += add(db, ready.pair, rows, keys_of)?;
    }
}

fn add<'a>(
    db: &mut Connection,
    pair: u32,
    rows: impl Iterator<Item = (&'a RowKey, &'a Contact, Option<u64>)>,
    keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
) -> Result<u64, Failure> {
    let mut count = 0;
    let mut values = Vec::new();
    for (row, contact, link) in rows {
        let keys = keys_of(contact);
        count += u64::from(!keys.is_empty());
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
