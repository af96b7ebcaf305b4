//! New rows: a plain INSERT of many, and one by one where the database refuses some.
//!
//! The keys come from RETURNING, or from our own trigger where the server has none, never from arithmetic (R22).

use std::collections::HashMap;

use super::refuse::{judge, unfit};
use super::update::{PACKET, patience};
use super::{Stop, Task, children};
use crate::contact::Contact;
use crate::mysql::children::Fresh;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::{identifier, list};
use crate::mysql::parts::Found;
use crate::mysql::ready::Ready;
use crate::mysql::rows;
use crate::mysql::table::Table;
use crate::mysql::triggers::{end_silence, made, silence_inserts};
use crate::sync::error::StoreClass;
use crate::sync::ids::RowKey;
use crate::sync::ports::RowWrite;

/// The most rows of one statement.
const ROWS: usize = 1_000;

/// The values of one task's new row.
#[derive(Clone)]
pub(super) struct New {
    pub(super) task: usize,
    values: String,
    /// What belongs to it in child tables, in the order of the tables.
    pub(super) fresh: Vec<Fresh>,
}

/// How the keys of new rows become known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// INSERT … RETURNING.
    Returned,
    /// Our own trigger collects them.
    Collected,
    /// One row at a time: counted up by the server, or made beforehand.
    Single,
}

/// Inserts rows.
pub(super) fn write(db: &mut Connection, ready: &Ready, tasks: &mut [Task]) -> Result<(), Stop> {
    let keys = if db.server().mariadb {
        Keys::Returned
    } else if ready.triggers {
        Keys::Collected
    } else {
        Keys::Single
    };
    let mut news = Vec::new();
    for (place, task) in tasks.iter_mut().enumerate() {
        let RowWrite::Insert(contact) = &task.step.row else {
            continue;
        };
        if task.held.is_some() {
            continue;
        }
        let photo = task.photo.as_deref();
        let children = ready.table.children.iter();
        let fresh: Result<Vec<Fresh>, String> =
            children.map(|child| child.fresh(contact)).collect();
        match values(&ready.table, contact, photo, &task.columns, keys)
            .and_then(|values| Ok((values, fresh?)))
        {
            Ok((values, fresh)) => news.push(New {
                task: place,
                values,
                fresh,
            }),
            Err(reason) => unfit(task, reason),
        }
    }
    let limit = db.server().max_packet / 2;
    let mut rest = news.as_slice();
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take(ROWS).take_while(|new| {
            size += new.values.len() + new.fresh.iter().map(Fresh::size).sum::<usize>();
            size < limit
        });
        let count = fitting.count().max(1);
        let (now, later) = rest.split_at(count.min(rest.len()));
        if ready.table.children.is_empty() {
            batch(db, ready, tasks, now, keys)?;
        } else {
            children::with(db, ready, tasks, now.to_vec(), keys)?;
        }
        rest = later;
    }
    Ok(())
}

/// Inserts rows by one statement, or those that are refused one by one.
pub(super) fn batch(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    news: &[New],
    keys: Keys,
) -> Result<(), Stop> {
    if news.len() > 1 && keys != Keys::Single {
        match together(db, ready, news, keys) {
            Ok(rows) => {
                for (new, found) in news.iter().zip(rows) {
                    if let Some(task) = tasks.get_mut(new.task) {
                        made_as(task, found);
                    }
                }
                return Ok(());
            }
            // The server has undone the whole statement: now one by one, to find out which rows it was.
            Err(failure) if failure.refusal().is_some() => {}
            Err(failure) if failure.is_lock_wait() && !db.server().rollback_on_timeout => {}
            Err(failure) => return Err(Stop::Failed(failure)),
        }
    }
    if keys == Keys::Returned {
        return one_by_one(db, ready, tasks, news);
    }
    let mut refused = false;
    for new in news {
        let Some(task) = tasks.get_mut(new.task) else {
            continue;
        };
        let inserted = if keys == Keys::Collected {
            together(db, ready, std::slice::from_ref(new), keys)
        } else {
            single(db, ready, new)
        };
        refused = inserted.is_err();
        match inserted {
            Ok(rows) => {
                if let Some(found) = rows.into_iter().next() {
                    made_as(task, found);
                }
            }
            Err(failure) => judge(task, failure)?,
        }
    }
    if refused {
        db.ask(&end_silence(ready.pair))?;
    }
    Ok(())
}

fn made_as(task: &mut Task, found: Found) {
    task.made = Some(found.key.clone());
    task.back = Some(found);
}

/// Inserts rows by one statement and gives them back in their order.
fn together(
    db: &mut Connection,
    ready: &Ready,
    news: &[New],
    keys: Keys,
) -> Result<Vec<Found>, Failure> {
    let mut script = Vec::new();
    script.extend(patience(db, 0));
    let before = script.len() + 1;
    script.push(silence_inserts(ready.pair));
    let insert = statement(
        &ready.table,
        news.iter().map(|new| new.values.as_str()),
        keys,
    );
    script.push(insert);
    script.push(end_silence(ready.pair));
    script.extend(patience(db, 1));
    if keys == Keys::Collected {
        script.push(format!("SELECT {}", made(ready.pair)));
    }
    let answers = db.once(&script).all()?;
    let rows = if keys == Keys::Collected {
        let collected = answers
            .last()
            .and_then(|answer| answer.rows.first())
            .map(|row| row.string(0))
            .unwrap_or_default();
        read_collected(db, ready, &collected)?
    } else {
        answers
            .get(before)
            .map(|answer| answer.rows.iter().map(|row| ready.table.row(row)).collect())
            .unwrap_or_default()
    };
    if rows.len() == news.len() {
        Ok(rows)
    } else {
        Err(Failure::new(
            StoreClass::Failed,
            format!(
                "{} rows were inserted, but {} came back; is a trigger of the table suppressing rows, or are our triggers missing?",
                news.len(),
                rows.len()
            ),
        ))
    }
}

/// Many statements with one row each in one packet; the answers tell how far it came.
fn one_by_one(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    news: &[New],
) -> Result<(), Stop> {
    let mut rest = news;
    while !rest.is_empty() {
        let mut script = Vec::with_capacity(rest.len() + 4);
        script.extend(patience(db, 0));
        script.push(silence_inserts(ready.pair));
        let before = script.len();
        let now = rest.iter().take(PACKET);
        for new in now.clone() {
            script.push(statement(
                &ready.table,
                std::iter::once(new.values.as_str()),
                Keys::Returned,
            ));
        }
        script.push(end_silence(ready.pair));
        script.extend(patience(db, 1));
        let ran = db.once(&script);
        let mut answered = 0;
        for (new, answer) in now.zip(ran.answers.iter().skip(before)) {
            answered += 1;
            if let (Some(task), Some(row)) = (tasks.get_mut(new.task), answer.rows.first()) {
                made_as(task, ready.table.row(row));
            }
        }
        let Some(failure) = ran.failure else {
            rest = rest.get(PACKET..).unwrap_or_default();
            continue;
        };
        let Some((new, others)) = rest.get(answered..).and_then(<[New]>::split_first) else {
            return Err(Stop::Failed(failure));
        };
        match tasks.get_mut(new.task) {
            Some(task) => judge(task, failure)?,
            None => return Err(Stop::Failed(failure)),
        }
        rest = others;
        if rest.is_empty() {
            let mut script = vec![end_silence(ready.pair)];
            script.extend(patience(db, 1));
            db.run(&script)?;
        }
    }
    Ok(())
}

/// One row where neither RETURNING nor a trigger tells its key.
fn single(db: &mut Connection, ready: &Ready, new: &New) -> Result<Vec<Found>, Failure> {
    let key = &ready.table.key;
    let known = match key.made_by {
        Some(maker) => format!("SET @ecs_key={maker}"),
        None if key.counted => "SET @ecs_key=NULL".to_owned(),
        None => {
            return Err(Failure::new(
                StoreClass::Config,
                format!(
                    "the keys of new rows cannot be learnt: column {} is not AUTO_INCREMENT and triggers may not be created",
                    key.name
                ),
            ));
        }
    };
    let answers = db
        .once(&[
            known,
            statement(
                &ready.table,
                std::iter::once(new.values.as_str()),
                Keys::Single,
            ),
            "SELECT COALESCE(@ecs_key, LAST_INSERT_ID())".to_owned(),
        ])
        .all()?;
    let made = answers
        .last()
        .and_then(|answer| answer.rows.first())
        .and_then(|row| row.bytes(0))
        .map(|value| key.read(value));
    let Some(made) = made else {
        return Ok(Vec::new());
    };
    rows::read(db, &ready.table, &[&made])
}

/// Reads new rows by the keys that our trigger collected, in the order of their insertion.
fn read_collected(
    db: &mut Connection,
    ready: &Ready,
    collected: &str,
) -> Result<Vec<Found>, Failure> {
    let keys: Vec<RowKey> = collected
        .split(',')
        .filter(|digits| !digits.is_empty())
        .filter_map(unhex)
        .collect();
    let asked: Vec<&RowKey> = keys.iter().collect();
    let mut rows: HashMap<RowKey, Found> = rows::read(db, &ready.table, &asked)?
        .into_iter()
        .map(|found| (found.key.clone(), found))
        .collect();
    Ok(keys.iter().filter_map(|key| rows.remove(key)).collect())
}

fn unhex(digits: &str) -> Option<RowKey> {
    let bytes: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok().map(RowKey::new)
}

fn statement<'a>(table: &Table, values: impl Iterator<Item = &'a str>, keys: Keys) -> String {
    let mut names = Vec::new();
    if table.key.made_by.is_some() {
        names.push(identifier(&table.key.name));
    }
    names.extend(table.scope.iter().map(|(name, _)| identifier(name)));
    names.extend(table.stored_in().map(identifier));
    let mut sql = format!(
        "INSERT INTO {} ({}) VALUES {}",
        table.name,
        list(names),
        list(values)
    );
    if keys == Keys::Returned {
        sql.push_str(" RETURNING ");
        sql.push_str(&table.returning());
    }
    sql
}

/// The values of a new row in the order of [`statement`].
fn values(
    table: &Table,
    contact: &Contact,
    photo: Option<&str>,
    computed: &[Vec<Option<String>>],
    keys: Keys,
) -> Result<String, String> {
    let mut values = Vec::with_capacity(table.columns.len() + 2);
    if let Some(maker) = table.key.made_by {
        let maker = if keys == Keys::Single {
            "@ecs_key"
        } else {
            maker
        };
        values.push(maker.to_owned());
    }
    values.extend(table.scope.iter().map(|(_, value)| value.clone()));
    for column in &table.columns {
        values.push(column.write(contact.get(column.property), photo)?);
    }
    for document in &table.documents {
        values.push(document.fresh(contact)?);
    }
    let computed = computed.iter().flatten();
    values.extend(computed.map(|sql| sql.clone().unwrap_or_else(|| "DEFAULT".to_owned())));
    Ok(format!("({})", list(values)))
}
