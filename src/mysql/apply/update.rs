//! Changing and deleting rows: one guarded statement for each, many in one packet.
//!
//! A statement that fails is undone by the server alone, and the answers that came before it tell which one it was. So the rows before
//! it stand, its own row is held, and the rest goes on.

use super::refuse::{judge, unfit};
use super::swap::swap;
use super::{Stop, Task};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::identifier;
use crate::mysql::ready::Ready;
use crate::mysql::rows;
use crate::mysql::table::Table;
use crate::mysql::triggers::{end_silence, silence_row};
use crate::sync::ids::RowKey;
use crate::sync::ports::{Missed, RowSeen, RowWrite};

/// How many rows are written by one packet: after a failure the rest of it is sent again.
pub(super) const PACKET: usize = 128;

/// A statement for one task.
pub(super) struct Write {
    pub(super) task: usize,
    pub(super) key: RowKey,
    pub(super) sql: String,
}

/// Deletes, then changes and marks rows.
pub(super) fn write(db: &mut Connection, ready: &Ready, tasks: &mut [Task]) -> Result<(), Stop> {
    let mut writes = Vec::new();
    for (place, task) in tasks.iter().enumerate() {
        if task.step.row == RowWrite::Delete
            && let Some(key) = present(task)
        {
            writes.push(Write {
                task: place,
                key: key.clone(),
                sql: format!(
                    "DELETE FROM {} WHERE {}",
                    ready.table.name,
                    guard(&ready.table, key)
                ),
            });
        }
    }
    for (place, task) in tasks.iter_mut().enumerate() {
        let Some(key) = present(task).cloned() else {
            continue;
        };
        match assignments(&ready.table, task) {
            Ok(Some(sets)) => writes.push(Write {
                task: place,
                sql: format!(
                    "UPDATE {} SET {sets} WHERE {}",
                    ready.table.name,
                    guard(&ready.table, &key)
                ),
                key,
            }),
            Ok(None) => {}
            Err(reason) => unfit(task, reason),
        }
    }
    run(db, ready, tasks, &writes)
}

/// Tries rows again that a UNIQUE key refused, now that the others have changed; then those that only wait for each other.
pub(super) fn again(db: &mut Connection, ready: &Ready, tasks: &mut [Task]) -> Result<(), Stop> {
    loop {
        let refused = refused_updates(&ready.table, tasks);
        if refused.is_empty() {
            return Ok(());
        }
        for write in &refused {
            if let Some(task) = tasks.get_mut(write.task) {
                task.held = None;
            }
        }
        run(db, ready, tasks, &refused)?;
        let left = refused_updates(&ready.table, tasks);
        if left.len() == refused.len() {
            return if left.len() < 2 {
                Ok(())
            } else {
                swap(db, ready, tasks, left)
            };
        }
    }
}

fn refused_updates(table: &Table, tasks: &[Task]) -> Vec<Write> {
    let refused = tasks.iter().enumerate().filter(|(_, task)| {
        matches!(task.step.row, RowWrite::Update(_))
            && task.held.as_ref().is_some_and(|refusal| refusal.duplicate)
    });
    refused
        .filter_map(|(place, task)| {
            let key = present(task)?.clone();
            let sets = assignments(table, task).ok()??;
            Some(Write {
                task: place,
                sql: format!(
                    "UPDATE {} SET {sets} WHERE {}",
                    table.name,
                    guard(table, &key)
                ),
                key,
            })
        })
        .collect()
}

fn run(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    writes: &[Write],
) -> Result<(), Stop> {
    let mut rest = writes;
    while !rest.is_empty() {
        let mut script = Vec::with_capacity(rest.len() * 2 + 3);
        if let Some(patience) = patience(db, 0) {
            script.push(patience);
        }
        let before = script.len();
        let now = rest.iter().take(PACKET);
        for write in now.clone() {
            script.push(silence_row(ready.pair, &write.key));
            script.push(write.sql.clone());
        }
        script.push(end_silence(ready.pair));
        script.extend(patience(db, 1));
        let ran = db.once(&script);
        let answered = ran.answers.len().saturating_sub(before);
        for (write, answer) in now.zip(ran.answers.iter().skip(before + 1).step_by(2)) {
            // The row was locked and there: if the statement met none, the key means another one.
            if answer.affected == 0
                && let Some(task) = tasks.get(write.task)
            {
                return Err(Stop::Row(task.case.index, Missed::Stale));
            }
        }
        let Some(failure) = ran.failure else {
            rest = rest.get(PACKET..).unwrap_or_default();
            continue;
        };
        let place = answered / 2;
        let Some((write, others)) = rest.get(place..).and_then(<[Write]>::split_first) else {
            return Err(Stop::Failed(failure));
        };
        match tasks.get_mut(write.task) {
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

/// The statement that sets how long a lock is waited for while rows of the app are written: not at all, where the server can (R3).
pub(super) fn patience(db: &Connection, seconds: u8) -> Option<String> {
    db.server()
        .mariadb
        .then(|| format!("SET SESSION innodb_lock_wait_timeout={seconds}"))
}

fn present(task: &Task) -> Option<&RowKey> {
    match task.case.row {
        RowSeen::Present(_) => task.case.key.as_ref(),
        RowSeen::Absent | RowSeen::Locked => None,
    }
}

pub(super) fn guard(table: &Table, key: &RowKey) -> String {
    format!("{}={}", identifier(&table.key.name), table.key.literal(key))
}

/// What an update sets; `None` when the step changes no column.
fn assignments(table: &Table, task: &Task) -> Result<Option<String>, String> {
    match &task.step.row {
        RowWrite::Update(changes) => {
            let mut sets = Vec::with_capacity(changes.len());
            for (property, value) in changes.iter() {
                let Some(column) = table.column(property) else {
                    continue;
                };
                sets.push(format!(
                    "{}={}",
                    identifier(&column.name),
                    column.encode(value)?
                ));
            }
            for (place, document) in table.documents.iter().enumerate() {
                let before = task
                    .case
                    .parts
                    .documents
                    .get(place)
                    .and_then(Option::as_deref);
                if let Some(after) = document.update(before, changes)? {
                    sets.push(format!("{}={after}", identifier(document.name())));
                }
            }
            Ok((!sets.is_empty()).then(|| sets.join(",")))
        }
        RowWrite::Mark => Ok(table
            .mark()
            .map(|(column, value)| format!("{column}={value}"))),
        RowWrite::Keep | RowWrite::Insert(_) | RowWrite::Delete => Ok(None),
    }
}

/// Reads the rows back that were changed, as the database now holds them (R13).
pub(super) fn read_back(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
) -> Result<(), Failure> {
    let changed: Vec<RowKey> = tasks
        .iter()
        .filter(|task| matches!(task.step.row, RowWrite::Update(_)) && task.held.is_none())
        .filter_map(|task| present(task).cloned())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Vec<&RowKey> = changed.iter().collect();
    let mut rows: std::collections::HashMap<_, _> = rows::read(db, &ready.table, &keys, "")?
        .into_iter()
        .map(|found| (found.key, found.row))
        .collect();
    for task in tasks {
        if matches!(task.step.row, RowWrite::Update(_))
            && task.held.is_none()
            && let Some(key) = present(task)
        {
            task.back = rows.remove(key);
        }
    }
    Ok(())
}
