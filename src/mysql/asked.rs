//! What a person was asked about, and so what a confirmation covers (R8, R9).

use std::collections::BTreeSet;

use super::connection::Connection;
use super::failure::Failure;
use super::literal;
use crate::sync::ids::{LinkId, RowKey};
use crate::sync::ports::Asked;

/// How many links one statement names.
const STRIDE: usize = 1_000;

/// How a kind is written in a row.
const fn number(what: Asked) -> u8 {
    match what {
        Asked::ItemsGone => 1,
        Asked::RowsGone => 2,
        Asked::RowsDiffer => 3,
    }
}

/// Makes these links the set that was asked about; writes what differs only.
///
/// # Errors
/// When the database fails.
pub(crate) fn ask_about(
    db: &mut Connection,
    pair: u32,
    what: Asked,
    links: &[LinkId],
) -> Result<(), Failure> {
    let kind = number(what);
    let answer = db.ask(&format!(
        "SELECT link FROM ecs_asked WHERE pair={pair} AND kind={kind}"
    ))?;
    let known: BTreeSet<u64> = answer.rows.iter().filter_map(|row| row.number(0)).collect();
    let wanted: BTreeSet<u64> = links.iter().map(|link| link.0).collect();
    let old: Vec<u64> = known.difference(&wanted).copied().collect();
    let new: Vec<u64> = wanted.difference(&known).copied().collect();
    let mut script: Vec<String> = old
        .chunks(STRIDE)
        .map(|some| {
            format!(
                "DELETE FROM ecs_asked WHERE pair={pair} AND kind={kind} AND link IN ({})",
                literal::numbers(some.iter().copied())
            )
        })
        .collect();
    script.extend(new.chunks(STRIDE).map(|some| {
        let values = some.iter().map(|link| format!("({pair},{kind},{link})"));
        format!(
            "INSERT IGNORE INTO ecs_asked (pair, kind, link) VALUES {}",
            literal::list(values)
        )
    }));
    if script.is_empty() {
        return Ok(());
    }
    db.begin(&script)?;
    db.commit::<&str>(&[])
}

/// The links that were asked about and still are, with the keys of their rows.
///
/// # Errors
/// When the database fails.
pub(crate) fn asked_about(
    db: &mut Connection,
    pair: u32,
    what: Asked,
) -> Result<Vec<(LinkId, RowKey)>, Failure> {
    let answer = db.ask(&format!(
        "SELECT a.link, l.row_key FROM ecs_asked a JOIN ecs_links l ON l.id=a.link AND l.pair=a.pair WHERE a.pair={pair} AND a.kind={} ORDER BY a.link",
        number(what)
    ))?;
    Ok(answer
        .rows
        .iter()
        .map(|row| {
            (
                LinkId(row.number(0).unwrap_or_default()),
                RowKey::new(row.string(1)),
            )
        })
        .collect())
}
