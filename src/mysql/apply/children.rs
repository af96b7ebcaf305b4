//! New rows with what belongs to them in child tables: in one statement for each table, and all or nothing for each contact.

use super::insert::{Keys, New, batch};
use super::update::{self, Write, patience};
use super::{Stop, Task};
use crate::mysql::connection::Connection;
use crate::mysql::ready::Ready;
use crate::mysql::triggers::{end_silence, silence_rows};
use crate::sync::ids::RowKey;

/// Inserts rows with what belongs to them. When that is refused for some, all is undone and begun anew without these, so that they
/// leave nothing behind.
pub(super) fn with(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    mut news: Vec<New>,
    keys: Keys,
) -> Result<(), Stop> {
    while !news.is_empty() {
        db.run(&["SAVEPOINT ecs_new"])?;
        batch(db, ready, tasks, &news, keys)?;
        if !belongings(db, ready, tasks, &news)? {
            return Ok(());
        }
        db.run(&["ROLLBACK TO SAVEPOINT ecs_new"])?;
        news.retain(|new| {
            tasks.get_mut(new.task).is_some_and(|task| {
                task.made = None;
                task.back = None;
                task.held.is_none()
            })
        });
    }
    Ok(())
}

/// Inserts what belongs to rows that were just made: one statement for each table, and where one is refused, one contact after the
/// other. Gives whether any of it was refused.
fn belongings(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    news: &[New],
) -> Result<bool, Stop> {
    let table = &ready.table;
    let made: Vec<(&New, RowKey, String)> = news
        .iter()
        .filter_map(|new| {
            let key = tasks.get(new.task)?.made.clone()?;
            let contact = table.key.literal(&key);
            Some((new, key, contact))
        })
        .collect();
    let all =
        table
            .children
            .iter()
            .enumerate()
            .filter_map(|(place, child)| {
                child.insert(made.iter().filter_map(|(new, _, contact)| {
                    Some((contact.as_str(), new.fresh.get(place)?))
                }))
            });
    let all: Vec<String> = all.collect();
    if all.is_empty() {
        return Ok(false);
    }
    let mut script = vec!["SAVEPOINT ecs_children".to_owned()];
    script.extend(patience(db, 0));
    script.push(silence_rows(ready.pair, made.iter().map(|(_, key, _)| key)));
    script.extend(all);
    script.push(end_silence(ready.pair));
    script.extend(patience(db, 1));
    match db.once(&script).failure {
        None => return Ok(false),
        Some(failure) if failure.refusal().is_some() => {}
        Some(failure) if failure.is_lock_wait() && !db.server().rollback_on_timeout => {}
        Some(failure) => return Err(Stop::Failed(failure)),
    }
    db.run(&[
        "ROLLBACK TO SAVEPOINT ecs_children".to_owned(),
        end_silence(ready.pair),
    ])?;
    let writes: Vec<Write> = made
        .into_iter()
        .map(|(new, key, contact)| Write {
            task: new.task,
            key,
            statements: table
                .children
                .iter()
                .zip(&new.fresh)
                .filter_map(|(child, fresh)| child.insert([(contact.as_str(), fresh)]))
                .collect(),
        })
        .filter(|write| !write.statements.is_empty())
        .collect();
    update::run(db, ready, tasks, &writes)?;
    let held = |write: &Write| {
        tasks
            .get(write.task)
            .is_some_and(|task| task.held.is_some())
    };
    Ok(writes.iter().any(held))
}
