//! Rows that wait for each other's values of UNIQUE columns, in a ring: they all give theirs up before any takes its new one (R22).

use super::update::{PACKET, Write, guard};
use super::{Stop, Task};
use crate::mysql::column::{Column, Holds};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::{identifier, text};
use crate::mysql::ready::Ready;
use crate::mysql::table::Table;
use crate::mysql::triggers::{end_silence, silence_row};
use crate::sync::ids::RowKey;
use crate::sync::ports::RowWrite;

/// The most characters of what stands in a column that may not be empty.
const PLACEHOLDER: u64 = 64;

/// Writes the rows that a UNIQUE key refused one after the other all at once. Those that a row outside the ring is in the way of are
/// left out, and stay held.
pub(super) fn swap(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    mut writes: Vec<Write>,
) -> Result<(), Stop> {
    while writes.len() > 1 {
        let emptied: Vec<(usize, String)> = writes
            .iter()
            .enumerate()
            .flat_map(|(place, write)| {
                let statements = give_up(ready, tasks, write).into_iter();
                statements.map(move |sql| (place, sql))
            })
            .collect();
        // Each statement with the write that it is of.
        let first = emptied.iter().map(|(place, sql)| (*place, sql.as_str()));
        let then = writes.iter().enumerate().flat_map(|(place, write)| {
            let statements = write.statements.iter();
            statements.map(move |sql| (place, sql.as_str()))
        });
        let whole: Vec<(usize, &RowKey, &str)> = first
            .chain(then)
            .filter_map(|(place, sql)| Some((place, &writes.get(place)?.key, sql)))
            .collect();
        db.run(&["SAVEPOINT ecs_swap".to_owned()])?;
        let refused = try_all(db, ready, &whole)?;
        if refused.is_empty() {
            db.run(&[end_silence(ready.pair)])?;
            for write in &writes {
                if let Some(task) = tasks.get_mut(write.task) {
                    task.held = None;
                }
            }
            return Ok(());
        }
        db.run(&[
            "ROLLBACK TO SAVEPOINT ecs_swap".to_owned(),
            end_silence(ready.pair),
        ])?;
        let mut place = 0;
        writes.retain(|_| {
            place += 1;
            !refused.contains(&(place - 1))
        });
    }
    Ok(())
}

/// The statements by which a row gives up what it is to change in UNIQUE columns.
fn give_up(ready: &Ready, tasks: &[Task], write: &Write) -> Vec<String> {
    let Some(task) = tasks.get(write.task) else {
        return Vec::new();
    };
    let RowWrite::Update(changes) = &task.step.row else {
        return Vec::new();
    };
    let sets: Vec<String> = changes
        .iter()
        .filter_map(|(property, _)| ready.table.column(property))
        .filter_map(|column| {
            let stand_in = stand_in(column, &write.key)?;
            Some(format!("{}={stand_in}", identifier(&column.name)))
        })
        .chain(computed(&ready.table, task, &write.key))
        .collect();
    let mut statements = Vec::new();
    if !sets.is_empty() {
        statements.push(format!(
            "UPDATE {} SET {} WHERE {}",
            ready.table.name,
            sets.join(","),
            guard(&ready.table, &write.key)
        ));
    }
    let contact = ready.table.key.literal(&write.key);
    let children = ready.table.children.iter().zip(&task.case.parts.children);
    statements.extend(children.flat_map(|(child, rows)| {
        child.give_up(&contact, rows, changes, &|column| {
            stand_in(column, &write.key)
        })
    }));
    statements
}

/// The same of columns that the app's code computes.
fn computed(table: &Table, task: &Task, key: &RowKey) -> Vec<String> {
    let groups = table.computed.iter().zip(&task.columns);
    groups
        .flat_map(|(group, columns)| group.columns.iter().zip(columns))
        .filter(|(column, sql)| column.unique && sql.is_some())
        .filter_map(|(column, _)| {
            let stand_in = if column.nullable {
                "NULL".to_owned()
            } else {
                unlike_others(key, column.room()?)
            };
            Some(format!("{}={stand_in}", identifier(&column.name)))
        })
        .collect()
}

/// What no other row will have, in so many characters.
fn unlike_others(key: &RowKey, room: u64) -> String {
    format!(
        "LEFT(SHA2({},256),{})",
        text(key.as_str()),
        room.min(PLACEHOLDER)
    )
}

/// What a UNIQUE column holds in between: nothing, or where it has to hold something what no other row will have.
fn stand_in(column: &Column, key: &RowKey) -> Option<String> {
    match column.holds {
        _ if !column.unique => None,
        _ if column.nullable => Some("NULL".to_owned()),
        Holds::Text {
            characters, bytes, ..
        } => Some(unlike_others(key, characters.min(bytes))),
        Holds::Choice
        | Holds::Number
        | Holds::Date
        | Holds::DateTime
        | Holds::Timestamp
        | Holds::Json
        | Holds::Picture { .. }
        | Holds::File { .. } => None,
    }
}

/// Carries out statements, each for a row; gives the writes of which one was refused.
fn try_all(
    db: &mut Connection,
    ready: &Ready,
    statements: &[(usize, &RowKey, &str)],
) -> Result<Vec<usize>, Failure> {
    let mut refused = Vec::new();
    let mut from = 0;
    while let Some(rest) = statements.get(from..).filter(|rest| !rest.is_empty()) {
        let now = rest.get(..PACKET).unwrap_or(rest);
        let script: Vec<String> = now
            .iter()
            .flat_map(|(_, key, sql)| [silence_row(ready.pair, key), (*sql).to_owned()])
            .collect();
        let ran = db.once(&script);
        match ran.failure {
            None => from += now.len(),
            Some(failure) if failure.refusal().is_some() => {
                let at = from + ran.answers.len() / 2;
                refused.extend(statements.get(at).map(|(write, ..)| *write));
                from = at + 1;
            }
            Some(failure) => return Err(failure),
        }
    }
    Ok(refused)
}
