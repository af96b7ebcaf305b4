//! Pictures of a batch: those that go to a journal are loaded before anything is overwritten (P1), and those that are kept in files
//! are written before the rows that name them are committed.

use std::collections::HashMap;

use super::Task;
use super::refuse::unfit;
use crate::contact::{Changes, Contact, Fingerprint, Picture, Property, Value};
use crate::mysql::column::{Column, Holds};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::{identifier, list, text};
use crate::mysql::photo_file;
use crate::mysql::picture;
use crate::mysql::ready::Ready;
use crate::sync::ids::RowKey;
use crate::sync::ports::{RowSeen, RowWrite};

/// Files of the tries of a batch.
#[derive(Default)]
pub(super) struct Files {
    /// What was written, by target and picture: a new try takes it again.
    made: HashMap<(usize, Fingerprint), String>,
    /// What the rows of the last try no longer name.
    replaced: Vec<String>,
    /// What the rows of the last try name.
    named: Vec<String>,
}

/// Makes the pictures of planned steps ready: those of the journals with their bytes, those of rows as files.
///
/// # Errors
/// When the database fails.
pub(super) fn prepare(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    files: &mut Files,
) -> Result<(), Failure> {
    let Some(column) = ready.table.column(Property::Photo) else {
        return Ok(());
    };
    for task in tasks.iter_mut() {
        if let Some((key, print)) = lacks_bytes(task)
            && let Some(picture) = picture::load(db, &ready.table, &key, print)?
        {
            complete(task, &Value::Picture(picture));
        }
        if let Holds::File { .. } = column.holds {
            write_file(column, task, files);
        }
    }
    Ok(())
}

/// The row's picture, where a journal is to keep it and it is known by its fingerprint alone.
fn lacks_bytes(task: &Task) -> Option<(RowKey, Fingerprint)> {
    let RowSeen::Present(row) = &task.case.row else {
        return None;
    };
    let Some(Value::Picture(picture)) = row.contact.get(Property::Photo) else {
        return None;
    };
    let is_it = |value: Option<&Value>| matches!(value, Some(Value::Picture(known)) if known == picture && known.bytes().is_none());
    let step = &task.step;
    let in_conflict = step
        .conflicts
        .iter()
        .any(|conflict| is_it(conflict.row.as_ref()));
    let hold = step.hold.as_ref();
    let wanted = in_conflict || hold.is_some_and(|hold| is_it(hold.contact.get(Property::Photo)));
    Some((task.case.key.clone()?, picture.print())).filter(|_| wanted)
}

/// Puts the row's picture with its bytes wherever the step speaks of it.
fn complete(task: &mut Task, whole: &Value) {
    for conflict in &mut task.step.conflicts {
        if conflict.row.as_ref() == Some(whole) {
            conflict.row = Some(whole.clone());
        }
    }
    if let Some(hold) = &mut task.step.hold
        && hold.contact.get(Property::Photo) == Some(whole)
    {
        hold.contact.set(Property::Photo, Some(whole.clone()));
    }
}

/// Writes the picture that a row is to get into a file; of one that cannot be written the contact is held.
fn write_file(column: &Column, task: &mut Task, files: &mut Files) {
    let of = |contact: &Contact| contact.get(Property::Photo).cloned();
    let changed = |changes: &Changes| {
        let mut all = changes.iter();
        all.find(|(property, _)| *property == Property::Photo)
            .map(|(_, value)| value.cloned())
    };
    let picture = match &task.step.row {
        RowWrite::Insert(contact) => of(contact),
        RowWrite::Update(changes) => match changed(changes) {
            Some(value) => value,
            None => return,
        },
        RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => return,
    };
    if let Some(Value::Picture(picture)) = picture {
        match file_of(column, task.case.index, &picture, files) {
            Ok(name) => task.photo = Some(name),
            Err(reason) => unfit(
                task,
                format!(
                    "the value for column {} cannot be written: {reason}",
                    column.name
                ),
            ),
        }
    }
}

fn file_of(
    column: &Column,
    index: usize,
    picture: &Picture,
    files: &mut Files,
) -> Result<String, String> {
    let known = (index, picture.print());
    if let Some(name) = files.made.get(&known) {
        return Ok(name.clone());
    }
    let name = photo_file::write(&column.photos.dir, picture)?;
    files.made.insert(known, name.clone());
    Ok(name)
}

/// Notes which files the rows name once the batch is committed, and which no longer.
pub(super) fn note(tasks: &[Task], files: &mut Files) {
    let done = || tasks.iter().filter(|task| task.held.is_none());
    files.named = done().filter_map(|task| task.photo.clone()).collect();
    let gives_up = |task: &&Task| match &task.step.row {
        RowWrite::Delete => true,
        RowWrite::Update(changes) => changes.contains(Property::Photo),
        RowWrite::Keep | RowWrite::Insert(_) | RowWrite::Mark => false,
    };
    files.replaced = done()
        .filter(gives_up)
        .filter_map(|task| task.case.parts.photo.clone())
        .filter(|path| photo_file::is_ours(path))
        .collect();
}

/// Removes the files of ours that no row names any more. A file of the app is never touched, and one that stays does no harm: so
/// nothing is removed where it is not known what was committed.
pub(super) fn tidy(db: &mut Connection, ready: &Ready, files: Files, committed: bool) {
    let Some(column) = ready.table.column(Property::Photo) else {
        return;
    };
    let Files {
        made,
        replaced,
        named,
    } = files;
    let unused = made
        .into_values()
        .filter(|name| !committed || !named.contains(name));
    let candidates: Vec<String> = if committed {
        unused.chain(replaced).collect()
    } else {
        unused.collect()
    };
    if candidates.is_empty() {
        return;
    }
    let asked = db.ask(&format!(
        "SELECT {0} FROM {1} WHERE {0} IN ({2})",
        identifier(&column.name),
        ready.table.name,
        list(candidates.iter().map(|name| text(name)))
    ));
    let Ok(answer) = asked else {
        return;
    };
    let still: Vec<String> = answer.rows.iter().map(|row| row.string(0)).collect();
    for name in candidates {
        if !still.contains(&name) {
            photo_file::remove(&column.photos.dir, &name);
        }
    }
}
