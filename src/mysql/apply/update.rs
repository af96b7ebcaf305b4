//! Changing and deleting rows: one guarded statement for each, many in one packet.
//!
//! A statement that fails is undone by the server alone, and the answers that came before it tell which one it was. So the rows before
//! it stand, its own row is held, and the rest goes on.

use super::refuse::{judge, unfit};
use super::swap::swap;
use super::{Stop, Task};
use crate::mysql::children::{self, Child};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::identifier;
use crate::mysql::parts::Parts;
use crate::mysql::ready::Ready;
use crate::mysql::rows;
use crate::mysql::table::Table;
use crate::mysql::triggers::{end_silence, silence_row};
use crate::sync::ids::RowKey;
use crate::sync::ports::{Missed, RowSeen, RowWrite};

/// How many rows are written by one packet: after a failure the rest of it is sent again.
pub(super) const PACKET: usize = 128;

/// Where a task of several statements begins.
const SAVEPOINT: &str = "SAVEPOINT ecs_task";

/// The statements of one task, all of them or none; each changes at least one row.
pub(super) struct Write {
    pub(super) task: usize,
    pub(super) key: RowKey,
    pub(super) statements: Vec<String>,
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
                statements: deletes(&ready.table, key, &task.case.parts),
            });
        }
    }
    for (place, task) in tasks.iter_mut().enumerate() {
        let Some(key) = present(task).cloned().filter(|_| task.held.is_none()) else {
            continue;
        };
        if task.held.is_some() {
            continue;
        }
        match updates(&ready.table, &key, task) {
            Ok(statements) if statements.is_empty() => {}
            Ok(statements) => writes.push(Write {
                task: place,
                key,
                statements,
            }),
            Err(reason) => unfit(task, reason),
        }
    }
    let emptied = emptied(&ready.table, tasks);
    if !emptied.is_empty() {
        children::unchanged(db, &emptied)?;
    }
    run(db, ready, tasks, &writes)
}

/// The child tables of which a row goes since nothing is left in it.
fn emptied<'a>(table: &'a Table, tasks: &[Task]) -> Vec<&'a Child> {
    let loses = |place: usize, child: &Child| {
        tasks.iter().any(|task| match &task.step.row {
            RowWrite::Update(changes) => {
                let rows = task.case.parts.children.get(place);
                rows.is_some_and(|rows| child.empties(rows, changes))
            }
            RowWrite::Keep | RowWrite::Insert(_) | RowWrite::Delete | RowWrite::Mark => false,
        })
    };
    let children = table.children.iter().enumerate();
    children
        .filter(|(place, child)| loses(*place, child))
        .map(|(_, child)| child)
        .collect()
}

/// The statements that delete a row: before it what is mapped in child tables, which may refer to it. What else does holds it.
fn deletes(table: &Table, key: &RowKey, parts: &Parts) -> Vec<String> {
    let contact = table.key.literal(key);
    let children = table.children.iter().zip(&parts.children);
    children
        .filter_map(|(child, rows)| child.delete(&contact, rows))
        .chain([format!(
            "DELETE FROM {} WHERE {}",
            table.name,
            guard(table, key)
        )])
        .collect()
}

/// The statements that change or mark a row and what belongs to it.
fn updates(table: &Table, key: &RowKey, task: &Task) -> Result<Vec<String>, String> {
    let mut statements = Vec::new();
    if let Some(sets) = assignments(table, task)? {
        statements.push(format!(
            "UPDATE {} SET {sets} WHERE {}",
            table.name,
            guard(table, key)
        ));
    }
    if let RowWrite::Update(changes) = &task.step.row {
        let contact = table.key.literal(key);
        for (child, rows) in table.children.iter().zip(&task.case.parts.children) {
            statements.extend(child.update(&contact, rows, changes)?);
        }
    }
    Ok(statements)
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
            let statements = updates(table, &key, task).ok()?;
            Some(Write {
                task: place,
                key,
                statements,
            })
        })
        .collect()
}

/// Carries out what is written. A task that the database refuses is undone as a whole, and held.
pub(super) fn run(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    writes: &[Write],
) -> Result<(), Stop> {
    let mut rest = writes;
    let mut undo = None;
    while !rest.is_empty() {
        let mut script: Vec<String> = undo.take().into_iter().collect();
        script.extend(patience(db, 0));
        // For each statement whose write it is of, and whether it has to meet a row.
        let mut of: Vec<Option<(usize, bool)>> = vec![None; script.len()];
        let now = rest.iter().take(PACKET);
        for (place, write) in now.enumerate() {
            if write.statements.len() > 1 {
                script.push(SAVEPOINT.to_owned());
            }
            script.push(silence_row(ready.pair, &write.key));
            of.resize(script.len(), Some((place, false)));
            script.extend(write.statements.iter().cloned());
            of.resize(script.len(), Some((place, true)));
        }
        script.push(end_silence(ready.pair));
        script.extend(patience(db, 1));
        let ran = db.once(&script);
        for (of, answer) in of.iter().zip(&ran.answers) {
            // The row was locked and there: if the statement met none, the key means another one.
            if let Some((place, true)) = of
                && answer.affected == 0
                && let Some(task) = rest.get(*place).and_then(|write| tasks.get(write.task))
            {
                return Err(Stop::Row(task.case.index, Missed::Stale));
            }
        }
        let Some(failure) = ran.failure else {
            rest = rest.get(PACKET..).unwrap_or_default();
            continue;
        };
        let failed = of.get(ran.answers.len()).copied().flatten();
        let Some((write, others)) = failed
            .and_then(|(place, _)| rest.get(place..))
            .and_then(<[Write]>::split_first)
        else {
            return Err(Stop::Failed(failure));
        };
        match tasks.get_mut(write.task) {
            Some(task) => judge(task, failure)?,
            None => return Err(Stop::Failed(failure)),
        }
        undo = (write.statements.len() > 1).then(|| format!("ROLLBACK TO {SAVEPOINT}"));
        rest = others;
        if rest.is_empty() {
            let mut script: Vec<String> = undo.take().into_iter().collect();
            script.push(end_silence(ready.pair));
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
                    column.write(value, task.photo.as_deref())?
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
            for (group, columns) in table.computed.iter().zip(&task.columns) {
                let columns = group.columns.iter().zip(columns);
                sets.extend(columns.filter_map(|(column, sql)| {
                    Some(format!("{}={}", identifier(&column.name), sql.as_ref()?))
                }));
            }
            Ok((!sets.is_empty()).then(|| sets.join(",")))
        }
        RowWrite::Mark => Ok(table
            .mark()
            .map(|(column, value)| format!("{column}={value}"))),
        RowWrite::Keep | RowWrite::Insert(_) | RowWrite::Delete => Ok(None),
    }
}

/// Reads the rows back that were changed, as the database now holds them (R13); also those that were made, where more belongs to them
/// than the answer to their making tells.
pub(super) fn read_back(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
) -> Result<(), Failure> {
    let more = !ready.table.children.is_empty();
    let written = |task: &Task| match task.step.row {
        _ if task.held.is_some() => None,
        RowWrite::Update(_) => present(task).cloned(),
        RowWrite::Insert(_) if more => task.made.clone(),
        RowWrite::Insert(_) | RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => None,
    };
    let changed: Vec<RowKey> = tasks.iter().filter_map(written).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Vec<&RowKey> = changed.iter().collect();
    let mut rows: std::collections::HashMap<_, _> = rows::read(db, &ready.table, &keys)?
        .into_iter()
        .map(|found| (found.key.clone(), found))
        .collect();
    for task in tasks {
        if let Some(key) = written(task) {
            task.back = rows.remove(&key);
        }
    }
    Ok(())
}
