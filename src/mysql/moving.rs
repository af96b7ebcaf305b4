//! What is kept while a pair is moved to another kind of server, and the switch itself.

use std::collections::HashSet;

use super::apply::pause;
use super::connection::Connection;
use super::failure::Failure;
use super::links::{hash, hashes, references};
use super::literal::{list, text};
use super::pair;
use super::ready::Ready;
use crate::sync::error::StoreClass;
use crate::sync::ids::{ItemId, LinkId, RowKey};
use crate::sync::link::LinkRef;
use crate::sync::ports::{FoundBy, Identity, MoveCounts, Staged};

/// How often the switch is tried while others hold links.
const TRIES: u32 = 8;

/// How many rows are named whose items are missing.
const EXAMPLES: usize = 20;

/// The links whose items move: those in step, and those that know their items and are not synced.
const MOVING: &str = "l.state IN (2,4) AND l.item IS NOT NULL";

/// Where items are known, and which of them move.
const KNOWN: [(&str, &str); 3] = [
    ("ecs_links", "k.state IN (2,4)"),
    ("ecs_tombstones", "1"),
    ("ecs_held", "1"),
];

const fn number(by: FoundBy) -> u8 {
    match by {
        FoundBy::Translation => 1,
        FoundBy::Stamp => 2,
        FoundBy::Content => 3,
    }
}

/// Forgets what was found out but for translations to this kind, of which the folder's list has yet to tell.
///
/// # Errors
/// When the database fails.
pub(crate) fn begin(db: &mut Connection, pair: u32, kind: &str) -> Result<(), Failure> {
    db.run(&[
        format!(
            "DELETE FROM ecs_moves WHERE pair={pair} AND (kind<>{} OR item IS NULL OR found_by<>1)",
            text(kind)
        ),
        format!("UPDATE ecs_moves SET listed=0 WHERE pair={pair} AND listed<>0"),
    ])
    .map(|_| ())
}

/// Items whose new ids nobody has looked for.
///
/// # Errors
/// When the database fails.
pub(crate) fn unstaged(
    db: &mut Connection,
    pair: u32,
    limit: usize,
) -> Result<Vec<ItemId>, Failure> {
    for (table, which) in KNOWN {
        let answer = db.ask(&format!(
            "SELECT k.item FROM {table} k WHERE k.pair={pair} AND k.item IS NOT NULL AND {which} AND NOT EXISTS \
             (SELECT 1 FROM ecs_moves m WHERE m.pair=k.pair AND m.old_hash=k.item_hash) LIMIT {limit}"
        ))?;
        let mut seen = HashSet::new();
        let items: Vec<ItemId> = answer
            .rows
            .iter()
            .map(|row| ItemId::new(row.string(0)))
            .filter(|item| seen.insert(item.clone()))
            .collect();
        if !items.is_empty() {
            return Ok(items);
        }
    }
    Ok(Vec::new())
}

/// Notes what was found out of items.
///
/// # Errors
/// When the database fails.
pub(crate) fn stage(
    db: &mut Connection,
    pair: u32,
    kind: &str,
    staged: &[Staged],
) -> Result<(), Failure> {
    if staged.is_empty() {
        return Ok(());
    }
    let kind = text(kind);
    let rows = staged.iter().map(|staged| {
        let (item, item_hash) = match &staged.new {
            Some(new) => (text(new.as_str()), hash(new.as_str())),
            None => ("NULL".to_owned(), "NULL".to_owned()),
        };
        format!(
            "({pair},{},{kind},{item},{item_hash},{},{})",
            hash(staged.old.as_str()),
            number(staged.by),
            u8::from(staged.listed)
        )
    });
    db.ask(&format!(
        "INSERT INTO ecs_moves (pair, old_hash, kind, item, item_hash, found_by, listed) VALUES {} ON DUPLICATE KEY UPDATE kind=VALUES(kind), \
         item=VALUES(item), item_hash=VALUES(item_hash), found_by=VALUES(found_by), listed=VALUES(listed)",
        list(rows)
    ))
    .map(|_| ())
}

/// Notes that items are in the folder, and gives which of them are known.
///
/// # Errors
/// When the database fails.
pub(crate) fn stage_listed(
    db: &mut Connection,
    pair: u32,
    items: &[ItemId],
) -> Result<Vec<bool>, Failure> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let hashes = hashes(items);
    let answers = db.run(&[
        format!(
            "UPDATE ecs_moves SET listed=1 WHERE pair={pair} AND item_hash IN ({hashes}) AND listed=0"
        ),
        format!("SELECT item FROM ecs_moves WHERE pair={pair} AND item_hash IN ({hashes})"),
    ])?;
    let known: HashSet<String> = answers
        .iter()
        .flat_map(|answer| &answer.rows)
        .map(|row| row.string(0))
        .collect();
    Ok(items
        .iter()
        .map(|item| known.contains(item.as_str()))
        .collect())
}

/// Links in step whose items were looked for and not found.
///
/// # Errors
/// When the database fails.
pub(crate) fn unfound(
    db: &mut Connection,
    ready: &Ready,
    after: LinkId,
    limit: usize,
) -> Result<Vec<LinkRef>, Failure> {
    let condition = format!(
        "l.pair={} AND l.id>{} AND l.state=2 AND EXISTS (SELECT 1 FROM ecs_moves m WHERE m.pair=l.pair AND m.old_hash=l.item_hash AND \
         m.item IS NULL) ORDER BY l.id LIMIT {limit}",
        ready.pair, after.0
    );
    references(db, ready.table.print(), &condition)
}

/// How far the move is prepared.
///
/// # Errors
/// When the database fails.
pub(crate) fn counts(db: &mut Connection, pair: u32) -> Result<MoveCounts, Failure> {
    let joined = format!(
        "FROM ecs_links l LEFT JOIN ecs_moves m ON m.pair=l.pair AND m.old_hash=l.item_hash WHERE l.pair={pair} AND l.state=2"
    );
    let missing = "m.item IS NULL OR m.listed=0";
    let answers = db.run(&[
        format!(
            "SELECT COUNT(*), SUM(m.item IS NOT NULL AND m.found_by=1), SUM(m.item IS NOT NULL AND m.found_by=2), \
             SUM(m.item IS NOT NULL AND m.found_by=3), SUM({missing}) {joined}"
        ),
        format!("SELECT l.row_key {joined} AND ({missing}) ORDER BY l.id LIMIT {EXAMPLES}"),
    ])?;
    let mut answers = answers.into_iter();
    let sums = answers.next().unwrap_or_default();
    let count = |index| {
        let row = sums.rows.first();
        row.and_then(|row| row.number(index)).unwrap_or_default()
    };
    Ok(MoveCounts {
        linked: count(0),
        translated: count(1),
        by_stamp: count(2),
        by_content: count(3),
        missing: count(4),
        examples: answers
            .next()
            .unwrap_or_default()
            .rows
            .iter()
            .map(|row| RowKey::new(row.string(0)))
            .collect(),
    })
}

/// Moves the pair in one transaction. Gives whether that was done.
///
/// # Errors
/// When the pair is not bound as is said, or the database fails.
pub(crate) fn switch(
    db: &mut Connection,
    ready: &Ready,
    from: &Identity,
    to: &Identity,
    configured: [&str; 3],
) -> Result<bool, Failure> {
    let mut tries = 0;
    loop {
        match attempt(db, ready.pair, from, to, configured) {
            Err(failure) if failure.is_contention() && tries < TRIES => {
                db.rollback();
                tries += 1;
                pause(tries, db.sent());
            }
            done => return done,
        }
    }
}

fn attempt(
    db: &mut Connection,
    pair: u32,
    from: &Identity,
    to: &Identity,
    configured: [&str; 3],
) -> Result<bool, Failure> {
    let answers = db.begin(&[
        format!("{} FOR UPDATE", pair::bound(pair)),
        format!(
            "SELECT 1 FROM ecs_links l WHERE l.pair={pair} AND {MOVING} AND NOT EXISTS (SELECT 1 FROM ecs_moves m WHERE m.pair=l.pair AND \
             m.old_hash=l.item_hash) LIMIT 1"
        ),
    ])?;
    let bound = answers.first().and_then(|answer| answer.rows.first());
    let bound = bound.and_then(pair::identity);
    if bound.as_ref() == Some(to) {
        db.rollback();
        return Ok(true);
    }
    if bound.as_ref() != Some(from) {
        return Err(Failure::new(
            StoreClass::Identity,
            "the pair was bound to another folder while it was to be moved; nothing was changed. Call migrate() again",
        ));
    }
    if answers.get(1).is_some_and(|answer| !answer.rows.is_empty()) {
        db.rollback();
        return Ok(false);
    }
    db.commit(&script(pair, to, configured)).map_err(|failure| {
        if !failure.is_duplicate() {
            return failure;
        }
        Failure::new(
            StoreClass::Identity,
            format!(
                "another pair of this database is bound to the same folder of {}; two pairs must not share one. Nothing was changed",
                to.mailbox
            ),
        )
    })?;
    Ok(true)
}

/// The statements of the switch. `configured` are the server, the mailbox and the folder as the configuration names them.
fn script(pair: u32, to: &Identity, configured: [&str; 3]) -> Vec<String> {
    let [server, mailbox, folder] = configured;
    let joined = |table: &str| {
        format!("{table} k JOIN ecs_moves m ON m.pair=k.pair AND m.old_hash=k.item_hash")
    };
    let of_pair = |which: &str| format!("k.pair={pair} AND {which}");
    let mut script = vec![
        // Two links of one item cannot be; were there any, one of them would be left to the next statement.
        format!(
            "UPDATE IGNORE {} SET k.item=m.item, k.item_hash=m.item_hash, k.version=k.version+1 WHERE {}",
            joined("ecs_links"),
            of_pair("k.state IN (2,4) AND m.item IS NOT NULL")
        ),
        format!(
            "UPDATE {} SET k.state=3, k.seen=0, k.version=k.version+1 WHERE {}",
            joined("ecs_links"),
            of_pair("k.state=2")
        ),
        format!(
            "UPDATE ecs_links k SET k.version=k.version+1 WHERE {}",
            of_pair("k.state=1")
        ),
        format!(
            "UPDATE {} SET k.item=m.item, k.item_hash=m.item_hash WHERE {}",
            joined("ecs_tombstones"),
            of_pair("m.item IS NOT NULL")
        ),
        // What could not be written to a row is known by its item.
        format!(
            "UPDATE IGNORE {} SET k.item=m.item, k.item_hash=m.item_hash, \
             k.subject=IF(k.side=1, UNHEX(SHA2(CONCAT('item\\0', m.item), 256)), k.subject) WHERE {}",
            joined("ecs_held"),
            of_pair("m.item IS NOT NULL")
        ),
        // Without a row and without an item nobody could try it again; the next full pass meets it.
        format!(
            "DELETE k FROM {} WHERE {}",
            joined("ecs_held"),
            of_pair("k.row_key IS NULL")
        ),
    ];
    for table in ["ecs_parked", "ecs_parked_keys", "ecs_match", "ecs_moves"] {
        script.push(format!("DELETE FROM {table} WHERE pair={pair}"));
    }
    script.push(format!(
        "UPDATE ecs_activity SET back_off_until=NULL, back_off_reason=NULL, back_off_class=NULL, failures=0 WHERE pair={pair}"
    ));
    script.push(format!(
        "UPDATE ecs_pairs SET {}, server={}, mailbox={}, folder={}, cursor_kind=NULL, cursor_text=NULL, cursor_hash=NULL, \
         generation=generation+1, checks_versions=NULL WHERE id={pair}",
        pair::binding(to),
        text(server),
        text(mailbox),
        text(folder)
    ));
    script
}
