//! The outbox: notes of rows that changed here, appended and deleted one by one (R4), and renamed keys (R19).

use std::collections::HashMap;

use super::answer::{Answer, Record};
use super::connection::Connection;
use super::failure::Failure;
use super::links::{self, moment, row_key};
use super::literal::{self, identifier, text};
use super::rows::stored_key;
use super::table::Table;
use super::trouble;
use crate::sync::ids::{Moment, OutboxId, RowKey};
use crate::sync::ports::Pending;

/// How many rows one statement that notes rows looks at.
const STRIDE: usize = 500;

/// The notes of one row and the time of the newest one.
pub(crate) type Notes = HashMap<RowKey, (Vec<OutboxId>, Option<Moment>)>;

/// The statement that adds a note for each key.
#[must_use]
pub(crate) fn add<'a>(pair: u32, keys: impl IntoIterator<Item = &'a RowKey>) -> Option<String> {
    let values: Vec<String> = keys
        .into_iter()
        .map(|key| format!("({pair},{},UTC_TIMESTAMP(6))", row_key(key)))
        .collect();
    (!values.is_empty()).then(|| {
        format!(
            "INSERT INTO ecs_outbox (pair, row_key, at) VALUES {}",
            literal::list(values)
        )
    })
}

/// The statements that delete what is done. A list of many ids makes the server read the whole table, and wait for notes that the app
/// has not yet committed; a single id never does.
pub(crate) fn delete(
    table: &str,
    ids: impl IntoIterator<Item = u64>,
) -> impl Iterator<Item = String> {
    let ids = ids.into_iter();
    ids.map(move |id| format!("DELETE FROM {table} WHERE id={id}"))
}

/// The statement that reads the notes of rows.
#[must_use]
pub(crate) fn of_rows(pair: u32, keys: &[RowKey]) -> String {
    format!(
        "SELECT id, row_key, at FROM ecs_outbox WHERE pair={pair} AND {}",
        links::of_rows("row_key", keys)
    )
}

/// Reads the notes of what [`of_rows`] or [`with_trouble`] gave.
#[must_use]
pub(crate) fn notes<'a>(records: impl IntoIterator<Item = &'a Record>) -> Notes {
    let mut notes = Notes::new();
    for record in records {
        let (ids, newest) = notes.entry(RowKey::new(record.string(1))).or_default();
        ids.push(OutboxId(record.number(0).unwrap_or_default()));
        *newest = (*newest).max(moment(record, 2));
    }
    for (ids, _) in notes.values_mut() {
        ids.sort_unstable();
    }
    notes
}

/// Notes a row that somebody names and gives its key as it is stored, with the answer to what is asked along with it.
///
/// # Errors
/// When it cannot be a key, or the database fails.
pub(crate) fn enqueue(
    db: &mut Connection,
    table: &Table,
    pair: u32,
    given: &RowKey,
    along: String,
) -> Result<(RowKey, Answer), Failure> {
    let mut key = table.key.canonical(given)?;
    if table.key.is_plain {
        // The table has nothing to add.
    } else if let Some(stored) = stored_key(db, table, &key)? {
        key = stored;
    } else if table.key.folds {
        key = linked_key(db, pair, &key)?.unwrap_or(key);
    }
    let mut script: Vec<String> = add(pair, [&key]).into_iter().collect();
    script.push(along);
    let mut answers = db.run(&script)?;
    Ok((key, answers.pop().unwrap_or_default()))
}

/// Notes rows whose keys are known, all of them or none.
///
/// # Errors
/// When the database fails.
pub(crate) fn enqueue_all(db: &mut Connection, pair: u32, keys: &[RowKey]) -> Result<(), Failure> {
    let script: Vec<String> = keys
        .chunks(STRIDE)
        .filter_map(|some| add(pair, some))
        .collect();
    match script.as_slice() {
        [] => Ok(()),
        [one] => db.ask(one).map(|_| ()),
        many => {
            db.begin(many)?;
            db.commit::<&str>(&[])
        }
    }
}

/// The key under which a row that is gone was linked, when letters differ in case only.
fn linked_key(db: &mut Connection, pair: u32, key: &RowKey) -> Result<Option<RowKey>, Failure> {
    let answers = db.run(&[
        format!(
            "SELECT row_key FROM ecs_links WHERE pair={pair} AND row_key={}",
            row_key(key)
        ),
        format!(
            "SELECT row_key FROM ecs_links WHERE pair={pair} AND LOWER(CONVERT(row_key USING utf8mb4))=LOWER({}) LIMIT 1",
            text(key.as_str())
        ),
    ])?;
    Ok(answers
        .iter()
        .flat_map(|answer| &answer.rows)
        .map(|record| RowKey::new(record.string(0)))
        .next())
}

/// Rows that wait, each once, after a note, in the order of their first notes.
///
/// # Errors
/// When the database fails.
pub(crate) fn pending(
    db: &mut Connection,
    pair: u32,
    after: OutboxId,
    limit: usize,
) -> Result<Vec<Pending>, Failure> {
    let answer = db.ask(&format!(
        "SELECT o.id, o.row_key, COALESCE((SELECT t.tries FROM ecs_tries t WHERE t.pair=o.pair AND t.row_key=o.row_key), 0) FROM ecs_outbox o FORCE INDEX (PRIMARY) WHERE o.id>{} AND o.pair={pair} AND NOT EXISTS \
         (SELECT 1 FROM ecs_outbox e WHERE e.pair=o.pair AND e.row_key=o.row_key AND e.id<o.id) ORDER BY o.id LIMIT {limit}",
        after.0
    ))?;
    Ok(answer
        .rows
        .iter()
        .map(|record| Pending {
            key: RowKey::new(record.string(1)),
            first: OutboxId(record.number(0).unwrap_or_default()),
            tries: record.number(2).unwrap_or_default(),
        })
        .collect())
}

/// Notes every row of the scope that has neither a link nor a note and is not held, in strides.
///
/// # Errors
/// When the database fails.
pub(crate) fn enqueue_unlinked(
    db: &mut Connection,
    table: &Table,
    pair: u32,
) -> Result<u64, Failure> {
    let name = identifier(&table.key.name);
    let expression = table.key.expression("t");
    let mut noted = 0;
    let mut after: Option<RowKey> = None;
    loop {
        let from = after.as_ref().map_or_else(
            || "TRUE".to_owned(),
            |key| format!("t.{name}>{}", table.key.literal(key)),
        );
        let bound = db.ask(&format!(
            "SELECT t.{name} FROM {} t WHERE {from} ORDER BY t.{name} LIMIT 1 OFFSET {}",
            table.name,
            STRIDE - 1
        ))?;
        let bound = bound
            .rows
            .first()
            .and_then(|record| record.bytes(0))
            .map(|value| table.key.read(value));
        let to = bound.as_ref().map_or_else(
            || "TRUE".to_owned(),
            |key| format!("t.{name}<={}", table.key.literal(key)),
        );
        let answer = db.ask(&format!(
            "INSERT INTO ecs_outbox (pair, row_key, at) SELECT {pair}, {expression}, UTC_TIMESTAMP(6) FROM {} t WHERE {from} AND {to} AND {} \
             AND NOT EXISTS (SELECT 1 FROM ecs_links l WHERE l.pair={pair} AND l.row_key={expression}) \
             AND NOT EXISTS (SELECT 1 FROM ecs_outbox o WHERE o.pair={pair} AND o.row_key={expression}) \
             AND NOT EXISTS (SELECT 1 FROM ecs_held h WHERE h.pair={pair} AND h.side=2 AND h.row_key={expression}) ORDER BY t.{name}",
            table.name,
            table.scope_test("t")
        ))?;
        noted += answer.affected;
        match bound {
            Some(key) => after = Some(key),
            None => break,
        }
    }
    db.ask(&format!(
        "UPDATE ecs_pairs SET unlinked_noted=1 WHERE id={pair} AND unlinked_noted=0"
    ))?;
    Ok(noted)
}

/// Counts a failed delivery of each row.
///
/// # Errors
/// When the database fails.
pub(crate) fn delivery_failed(
    db: &mut Connection,
    pair: u32,
    keys: &[RowKey],
) -> Result<(), Failure> {
    let rows: Vec<String> = keys
        .iter()
        .map(|key| format!("({pair},{},1)", row_key(key)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let failed = [
        trouble::begins(pair),
        format!(
            "INSERT INTO ecs_tries (pair, row_key, tries) VALUES {} ON DUPLICATE KEY UPDATE tries=tries+1",
            literal::list(rows)
        ),
    ];
    db.whole(&[], &failed, &[]).map(|_| ())
}

/// The statement that reads the notes of rows, and behind each how often the delivery of its row has failed, and whether anything of the
/// pair is held.
#[must_use]
pub(crate) fn with_trouble(pair: u32, keys: &[RowKey]) -> String {
    format!(
        "SELECT o.id, o.row_key, o.at, t.tries, EXISTS (SELECT 1 FROM ecs_held WHERE pair={pair}) FROM ecs_outbox o \
         LEFT JOIN ecs_tries t ON t.pair={pair} AND t.row_key=o.row_key AND {} WHERE o.pair={pair} AND {}",
        links::of_rows("t.row_key", keys),
        links::of_rows("o.row_key", keys)
    )
}

/// The statement that has a row in its answer when the delivery of any row of a pair has failed.
pub(crate) fn any_tries(pair: u32) -> String {
    format!("SELECT 1 FROM ecs_tries WHERE pair={pair} LIMIT 1")
}

/// Whether keys were renamed and the links do not know yet.
///
/// # Errors
/// When the database fails.
pub(crate) fn has_renames(db: &mut Connection, pair: u32) -> Result<bool, Failure> {
    let answer = db.ask(&format!(
        "SELECT id FROM ecs_renames WHERE pair={pair} LIMIT 1"
    ))?;
    Ok(!answer.rows.is_empty())
}

/// Moves links to the new keys of their rows, in a transaction of its own.
///
/// # Errors
/// When the database fails.
pub(crate) fn follow_renames(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    let answers = db.begin(&[format!(
        "SELECT id, old_key, new_key FROM ecs_renames WHERE pair={pair} ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED"
    )])?;
    let renames = answers
        .into_iter()
        .next()
        .map(|answer| answer.rows)
        .unwrap_or_default();
    let mut script = Vec::with_capacity(renames.len() + 1);
    for record in &renames {
        let (old, new) = (RowKey::new(record.string(1)), RowKey::new(record.string(2)));
        // A link that has the new key already stays; the row of the old one is then simply gone.
        script.push(format!(
            "UPDATE IGNORE ecs_links SET row_key={}, version=version+1 WHERE pair={pair} AND row_key={}",
            row_key(&new),
            row_key(&old)
        ));
    }
    let ids = renames.iter().filter_map(|record| record.number(0));
    script.extend(delete("ecs_renames", ids));
    db.commit(&script)
}
