//! Links by how full passes and pulls have met them, tombstones, and counts.

use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hashes, references};
use super::literal::{identifier, text};
use super::ready::Ready;
use super::trouble;
use crate::sync::ids::{ItemId, LinkId, RowKey, Stamp};
use crate::sync::link::LinkRef;
use crate::sync::ports::{Counts, GoneCounts};

/// Over how many hours deletions are counted.
const DAY: u32 = 24;

/// How many links are looked at at a time.
const STRIDE: usize = 1_000;

/// Links that a pull had seen before and a full pass did not meet.
///
/// # Errors
/// When the database fails.
pub(crate) fn not_met(
    db: &mut Connection,
    ready: &Ready,
    generation: u64,
    after: LinkId,
    limit: usize,
) -> Result<Vec<LinkRef>, Failure> {
    references(
        db,
        ready.table.print(),
        &format!(
            "l.pair={} AND l.id>{} AND l.state=2 AND l.seen=1 AND l.generation<{generation} ORDER BY l.id LIMIT {limit}",
            ready.pair, after.0
        ),
    )
}

/// Links that no pull has seen although their items are older than the pull that began at this time of the database.
///
/// # Errors
/// When the database fails.
pub(crate) fn never_seen(
    db: &mut Connection,
    ready: &Ready,
    pull_began: Option<&str>,
    after: LinkId,
    limit: usize,
) -> Result<Vec<LinkRef>, Failure> {
    let before = pull_began.map_or_else(|| "UTC_TIMESTAMP(6)".to_owned(), text);
    references(
        db,
        ready.table.print(),
        &format!(
            "l.pair={} AND l.state=2 AND l.seen<>1 AND l.id>{} AND l.item_since<{before} ORDER BY l.id LIMIT {limit}",
            ready.pair, after.0
        ),
    )
}

/// The next list names what has become of the items that are known to be gone.
///
/// # Errors
/// When the database fails.
pub(crate) fn begin_list(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.run(&[format!(
        "UPDATE ecs_links SET seen=1 WHERE pair={pair} AND state=3 AND seen<>1"
    )])?;
    Ok(())
}

/// Links whose item is gone and has been told of by a list, without those that are held and not yet due.
///
/// # Errors
/// When the database fails.
pub(crate) fn gone(
    db: &mut Connection,
    ready: &Ready,
    after: LinkId,
    limit: usize,
) -> Result<Vec<LinkRef>, Failure> {
    references(
        db,
        ready.table.print(),
        &format!(
            "l.pair={0} AND l.state=3 AND l.seen=1 AND l.id>{1} AND NOT EXISTS (SELECT 1 FROM ecs_held h WHERE h.pair={0} AND h.row_key=l.row_key AND NOT \
             ({2})) ORDER BY l.id LIMIT {limit}",
            ready.pair,
            after.0,
            super::journal::due("h.")
        ),
    )
}

/// Counts for the guard against mass deletions.
///
/// # Errors
/// When the database fails.
pub(crate) fn gone_counts(db: &mut Connection, ready: &Ready) -> Result<GoneCounts, Failure> {
    let pair = ready.pair;
    let answer = db.ask(&format!(
        "SELECT (SELECT COUNT(*) FROM ecs_tombstones WHERE pair={pair} AND for_deletion=1 AND at>UTC_TIMESTAMP(6) - INTERVAL {DAY} HOUR), \
         (SELECT COUNT(*) FROM ecs_links WHERE pair={pair})"
    ))?;
    let row = answer.rows.first();
    let count = |index| row.and_then(|row| row.number(index)).unwrap_or_default();
    Ok(GoneCounts {
        done_today: count(0),
        linked: count(1),
        waiting: gone_with_rows(db, ready)?,
    })
}

/// How many links whose item is gone still have their row.
fn gone_with_rows(db: &mut Connection, ready: &Ready) -> Result<u64, Failure> {
    let name = identifier(&ready.table.key.name);
    let (mut after, mut count) = (0_u64, 0);
    loop {
        let answer = db.ask(&format!(
            "SELECT id, row_key FROM ecs_links WHERE pair={} AND state=3 AND id>{after} ORDER BY id LIMIT {STRIDE}",
            ready.pair
        ))?;
        let Some(last) = answer.rows.last().and_then(|row| row.number(0)) else {
            return Ok(count);
        };
        after = last;
        let keys: Vec<RowKey> = answer
            .rows
            .iter()
            .map(|row| RowKey::new(row.string(1)))
            .collect();
        let there = db.ask(&format!(
            "SELECT COUNT(*) FROM {} WHERE {name} IN ({})",
            ready.table.name,
            ready.table.key.literals(&keys)
        ))?;
        count += there
            .rows
            .first()
            .and_then(|row| row.number::<u64>(0))
            .unwrap_or_default();
    }
}

/// Counts for the state.
///
/// # Errors
/// When the database fails.
pub(crate) fn counts(db: &mut Connection, pair: u32) -> Result<Counts, Failure> {
    let answer = db.ask(&format!(
        "SELECT (SELECT COUNT(*) FROM ecs_links WHERE pair={pair} AND state=2), \
         (SELECT COUNT(DISTINCT row_key) FROM ecs_outbox WHERE pair={pair}), \
         (SELECT COUNT(*) FROM ecs_held WHERE pair={pair}), \
         (SELECT COUNT(*) FROM ecs_conflicts WHERE pair={pair} AND acknowledged IS NULL), \
         (SELECT COUNT(*) FROM ecs_links WHERE pair={pair} AND state=3)"
    ))?;
    let row = answer.rows.first();
    let count = |index| row.and_then(|row| row.number(index)).unwrap_or_default();
    Ok(Counts {
        linked: count(0),
        pending: count(1),
        held: count(2),
        conflicts: count(3),
        gone: count(4),
    })
}

/// Which items have a tombstone.
///
/// # Errors
/// When the database fails.
pub(crate) fn tombstones(
    db: &mut Connection,
    pair: u32,
    items: &[ItemId],
) -> Result<Vec<ItemId>, Failure> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let answer = db.ask(&format!(
        "SELECT DISTINCT item_hash FROM ecs_tombstones WHERE pair={pair} AND item_hash IN ({})",
        hashes(items)
    ))?;
    let stones: std::collections::HashSet<&[u8]> =
        answer.rows.iter().filter_map(|row| row.bytes(0)).collect();
    Ok(items
        .iter()
        .filter(|item| stones.contains(bytes_of(item.as_str()).as_slice()))
        .cloned()
        .collect())
}

/// Ends attempts that are known to have failed; their stamps stay known while the link does.
///
/// # Errors
/// When the database fails.
pub(crate) fn attempts_failed(
    db: &mut Connection,
    pair: u32,
    link: LinkId,
    stamps: &[Stamp],
) -> Result<(), Failure> {
    if stamps.is_empty() {
        return Ok(());
    }
    let list = super::literal::list(stamps.iter().map(|stamp| text(stamp.as_str())));
    db.ask(&format!(
        "UPDATE ecs_attempts SET failed=1 WHERE pair={pair} AND link={} AND stamp IN ({list})",
        link.0
    ))
    .map(|_| ())
}

/// Ends a round: notes its time and drops what no page in flight can meet any more: tombstones, with their stamps, of links that ended
/// before the pull began at this time of the database (R6).
///
/// # Errors
/// When the database fails.
pub(crate) fn finish(
    db: &mut Connection,
    pair: u32,
    pull_began: Option<&str>,
) -> Result<(), Failure> {
    let before = pull_began.map_or_else(|| format!("UTC_TIMESTAMP(6) - INTERVAL {DAY} HOUR"), text);
    let old = format!("s.pair={pair} AND s.at<{before}");
    trouble::may_be_over(db, pair)?;
    let answers = db.run(&[
        format!("UPDATE ecs_pairs SET last_pull=UTC_TIMESTAMP(6) WHERE id={pair}"),
        format!(
            "SELECT 1 FROM ecs_tombstones s WHERE {old} AND (s.for_deletion=0 OR s.item IS NOT NULL OR s.at<UTC_TIMESTAMP(6) - INTERVAL {DAY} HOUR) \
             LIMIT 1"
        ),
    ])?;
    if answers.last().is_some_and(|answer| !answer.rows.is_empty()) {
        db.run(&[
            format!(
                "DELETE a FROM ecs_attempts a JOIN ecs_tombstones s ON s.link=a.link LEFT JOIN ecs_links l ON l.id=a.link WHERE {old} \
                 AND l.id IS NULL"
            ),
            format!(
                "DELETE s FROM ecs_tombstones s WHERE {old} AND (s.for_deletion=0 OR s.at<UTC_TIMESTAMP(6) - INTERVAL {DAY} HOUR)"
            ),
            // A deletion goes on being counted for a day.
            format!(
                "UPDATE ecs_tombstones s SET s.item=NULL, s.item_hash=NULL, s.row_key='' WHERE {old} AND s.item IS NOT NULL"
            ),
        ])?;
    }
    super::candidates::clear_index(db, pair)
}
