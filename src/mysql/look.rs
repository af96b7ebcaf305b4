//! Looking at rows with their links before a delivery (R4, R15).

use std::collections::HashMap;

use super::answer::{Answer, Record};
use super::computed::{Computer, Known, Raw};
use super::connection::Connection;
use super::failure::Failure;
use super::links::{self, Stored, row_keys};
use super::literal::identifier;
use super::outbox;
use super::parts::Found;
use super::ready::Ready;
use super::rows::{self, Looked, Rows};
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
    computer: &mut Computer,
    keys: &[RowKey],
) -> Result<Vec<Look>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    for _ in 0..TRIES {
        if let Some(looks) = try_look(db, ready, computer, keys)? {
            return Ok(looks);
        }
        outbox::follow_renames(db, ready.pair)?;
    }
    Err(Failure::new(
        StoreClass::Contended,
        "keys of the table are being renamed all the time",
    ))
}

/// What a look reads.
pub(crate) struct Gathered {
    /// The notes, with the trouble that there may be.
    told: Answer,
    rows: Rows,
    links: Vec<Stored>,
}

/// What is asked in one transaction that leaves nothing locked, the notes first; nothing where rows need more than that.
pub(crate) fn questions(ready: &Ready, keys: &[RowKey], notes: String) -> Option<Vec<String>> {
    rows::is_plain(&ready.table).then(|| {
        vec![
            notes,
            rows::locking(&ready.table, &keys.iter().collect::<Vec<_>>()),
            links::statement(&of_keys(ready, keys)),
        ]
    })
}

/// What the answers to [`questions`] say; nothing where a row is not there.
///
/// # Errors
/// When the database fails.
pub(crate) fn gathered(
    db: &mut Connection,
    ready: &Ready,
    keys: &[RowKey],
    mut answers: impl Iterator<Item = Answer>,
) -> Result<Option<Gathered>, Failure> {
    let told = answers.next().unwrap_or_default();
    let rows = rows::all_of(&ready.table, keys, answers.next());
    let Some((rows, links)) = rows.zip(answers.next()) else {
        return Ok(None);
    };
    let links = links::of_answer(db, &links)?;
    Ok(Some(Gathered { told, rows, links }))
}

fn at_once(
    db: &mut Connection,
    ready: &Ready,
    keys: &[RowKey],
) -> Result<Option<Gathered>, Failure> {
    let notes = outbox::with_trouble(ready.pair, keys);
    let Some(questions) = questions(ready, keys, notes) else {
        return Ok(None);
    };
    let answers = db.whole(&[], &questions, &[])?;
    gathered(db, ready, keys, answers.into_iter())
}

/// The same in a transaction that stays open.
fn step_by_step(db: &mut Connection, ready: &Ready, keys: &[RowKey]) -> Result<Gathered, Failure> {
    db.begin::<&str>(&[])?;
    let before = vec![outbox::with_trouble(ready.pair, keys)];
    let (mut told, rows) = rows::lock_after(db, &ready.table, keys, before)?;
    let told = told.pop().unwrap_or_default();
    let stored = rows.values().map(|row| &row.key);
    let links = links::read(db, &of_keys(ready, keys.iter().chain(stored)))?;
    Ok(Gathered { told, rows, links })
}

fn of_keys<'a>(ready: &Ready, keys: impl IntoIterator<Item = &'a RowKey>) -> String {
    format!(
        "l.pair={} AND {}",
        ready.pair,
        links::of_rows("l.row_key", keys)
    )
}

fn try_look(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys: &[RowKey],
) -> Result<Option<Vec<Look>>, Failure> {
    let gathered = match at_once(db, ready, keys)? {
        Some(gathered) => gathered,
        None => step_by_step(db, ready, keys)?,
    };
    looks_of(db, ready, computer, keys, gathered)
}

/// Ends the look. `None` when renamed keys have to be followed first.
///
/// # Errors
/// When the database fails.
pub(crate) fn looks_of(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    keys: &[RowKey],
    gathered: Gathered,
) -> Result<Option<Vec<Look>>, Failure> {
    let Gathered {
        told,
        mut rows,
        links,
    } = gathered;
    let mut notes = outbox::notes(&told.rows);
    let troubles: HashMap<RowKey, (u32, bool)> = told.rows.iter().map(trouble).collect();
    let mut found: HashMap<_, _> = links
        .into_iter()
        .map(|stored| (stored.link.key.clone(), stored))
        .collect();
    let mut looks = Vec::with_capacity(keys.len());
    let mut read = Vec::with_capacity(keys.len());
    let mut doubtful = false;
    for key in keys {
        let looked = rows.remove(key);
        let Looked {
            key: stored,
            seen: mut row,
            parts,
        } = looked.unwrap_or_else(|| Looked::without(key, RowSeen::Absent));
        let link = found.remove(&stored).or_else(|| found.remove(key));
        let (link, print) =
            link.map_or((None, None), |stored| (Some(stored.link), stored.computed));
        read.push((parts.computed, print));
        let (ids, newest) = notes.remove(key).unwrap_or_default();
        if let RowSeen::Present(row) = &mut row {
            row.edited = newest.or(row.edited);
        }
        doubtful |= match &row {
            RowSeen::Present(_) => link.is_none(),
            RowSeen::Absent => link.is_some(),
            RowSeen::Locked => false,
        };
        let trouble = troubles.get(key).copied();
        looks.push(Look {
            key: stored,
            row,
            link,
            notes: ids,
            tries: trouble.map_or(0, |(tries, _)| tries),
            untroubled: trouble == Some((0, false)),
        });
    }
    // A row that is gone may have got another key, and one without a link may have had another one.
    if doubtful && outbox::has_renames(db, ready.pair)? {
        db.rollback();
        return Ok(None);
    }
    if db.is_open() {
        db.commit::<&str>(&[])?;
    }
    complete(ready, computer, &mut looks, &read)?;
    Ok(Some(looks))
}

/// The row that a note is about, how often its delivery has failed, and whether anything is held; neither where only its note was asked for.
fn trouble(record: &Record) -> (RowKey, (u32, bool)) {
    let tries = record.number(3).unwrap_or_default();
    (RowKey::new(record.string(1)), (tries, record.flag(4)))
}

/// What a row's columns hold that the app's code reads, and the fingerprint of what they held when its link was saved.
type Told = (Vec<Vec<Raw>>, Option<Vec<u8>>);

/// Fills in what the app's code computes, now that nothing is locked.
fn complete(
    ready: &Ready,
    computer: &mut Computer,
    looks: &mut [Look],
    told: &[Told],
) -> Result<(), Failure> {
    let rows = looks.iter_mut().zip(told);
    let rows = rows.filter_map(|(look, (raws, print))| {
        let known = look.link.as_ref().map(|link| Known {
            base: &link.base,
            print: print.as_deref(),
        });
        match &mut look.row {
            RowSeen::Present(row) => Some((&mut **row, raws.as_slice(), known)),
            RowSeen::Absent | RowSeen::Locked => None,
        }
    });
    computer.complete(&ready.table, rows)
}

/// Rows of the scope after a key, with their links, by plain reads.
///
/// # Errors
/// When the database fails.
pub(crate) fn rows(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
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
        .map(|stored| (stored.link.key.clone(), stored))
        .collect();
    let answer = db.ask(&outbox::of_rows(ready.pair, &keys))?;
    let mut notes = outbox::notes(&answer.rows);
    let mut told = Vec::with_capacity(rows.len());
    let mut looks: Vec<Look> = rows
        .into_iter()
        .map(|found| {
            let Found {
                key,
                mut row,
                parts,
            } = found;
            let (ids, newest) = notes.remove(&key).unwrap_or_default();
            row.edited = newest.or(row.edited);
            let link = links.remove(&key);
            let (link, print) =
                link.map_or((None, None), |stored| (Some(stored.link), stored.computed));
            told.push((parts.computed, print));
            Look {
                link,
                row: RowSeen::Present(Box::new(row)),
                notes: ids,
                tries: 0,
                untroubled: false,
                key,
            }
        })
        .collect();
    complete(ready, computer, &mut looks, &told)?;
    Ok(looks)
}
