//! Items that wait for the end of the list (R10).

use std::collections::HashMap;

use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hash};
use super::literal::{list, text};
use crate::sync::ids::ItemId;
use crate::sync::matching::{MatchKey, MatchKind};
use crate::sync::ports::Parked;

/// The statements that park items with their keys, `None` for those that keep the keys they may have. What is parked already with the
/// same keys is left alone.
///
/// # Errors
/// When the database fails.
pub(crate) fn park(
    db: &mut Connection,
    pair: u32,
    items: &[(&ItemId, Option<&[MatchKey]>)],
) -> Result<Vec<String>, Failure> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let known = known(db, pair, items.iter().map(|(item, _)| *item))?;
    let (mut rows, mut keys, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (item, of_item) in items {
        let hash = hash(item.as_str());
        let before = known.get(&bytes_of(item.as_str()));
        if before.is_none() {
            rows.push(format!("({pair},{hash},{})", text(item.as_str())));
        }
        let of_item = of_item.unwrap_or_default();
        let mut wanted = of_item.to_vec();
        wanted.sort_unstable();
        let same = before.is_some_and(|before| of_item.is_empty() || *before == wanted);
        if same {
            continue;
        }
        if before.is_some_and(|before| !before.is_empty()) {
            changed.push(hash.clone());
        }
        for key in of_item {
            keys.push(format!(
                "({pair},{},{},{hash})",
                key.kind.number(),
                key.print
            ));
        }
    }
    let mut script = Vec::new();
    if !rows.is_empty() {
        script.push(format!(
            "INSERT INTO ecs_parked (pair, item_hash, item) VALUES {} ON DUPLICATE KEY UPDATE item=VALUES(item)",
            list(rows)
        ));
    }
    if !changed.is_empty() {
        script.push(format!(
            "DELETE FROM ecs_parked_keys WHERE pair={pair} AND item_hash IN ({})",
            list(changed)
        ));
    }
    if !keys.is_empty() {
        script.push(format!(
            "INSERT INTO ecs_parked_keys (pair, kind, print, item_hash) VALUES {} ON DUPLICATE KEY UPDATE kind=VALUES(kind)",
            list(keys)
        ));
    }
    Ok(script)
}

/// The keys of those items that are parked, sorted, by the items' hashes.
fn known<'a>(
    db: &mut Connection,
    pair: u32,
    items: impl Iterator<Item = &'a ItemId>,
) -> Result<HashMap<Vec<u8>, Vec<MatchKey>>, Failure> {
    let hashes = super::links::hashes(items);
    let answer = db.ask(&format!(
        "SELECT p.item_hash, k.kind, k.print FROM ecs_parked p LEFT JOIN ecs_parked_keys k ON k.pair=p.pair AND k.item_hash=p.item_hash \
         WHERE p.pair={pair} AND p.item_hash IN ({hashes}) ORDER BY k.kind, k.print"
    ))?;
    let mut known: HashMap<Vec<u8>, Vec<MatchKey>> = HashMap::new();
    for row in &answer.rows {
        let keys = known
            .entry(row.bytes(0).unwrap_or_default().to_vec())
            .or_default();
        keys.extend(match_key(row.number(1), row.number(2)));
    }
    Ok(known)
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

/// Reads a matching key.
pub(crate) fn match_key(kind: Option<u8>, print: Option<u64>) -> Option<MatchKey> {
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

/// The condition that a matching key is one of some; `table` is a prefix with its dot, or empty.
pub(crate) fn any_of(keys: &[MatchKey], table: &str) -> String {
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
