//! Whether the triggers really note a save. They run as the account that made them: when it is gone or may no longer have triggers,
//! every save of the app fails; when it may not write our outbox, saves pass unnoted.

use super::answer::Answer;
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{bytes, identifier, text};
use super::table::Table;

/// The accounts that the triggers of a pair run as.
///
/// # Errors
/// When the database fails.
pub(crate) fn definers(db: &mut Connection, pair: u32) -> Result<Vec<String>, Failure> {
    let answer = db.ask(&format!(
        "SELECT DISTINCT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE() AND TRIGGER_NAME LIKE 'ecs\\_{pair}\\_%'"
    ))?;
    Ok(answer.rows.iter().map(|row| row.string(0)).collect())
}

/// What is wrong with triggers that are in place, for a person; `None` when nothing is known to be.
///
/// # Errors
/// When the database fails.
pub(crate) fn trouble(
    db: &mut Connection,
    pair: u32,
    table: &Table,
) -> Result<Option<String>, Failure> {
    for definer in definers(db, pair)? {
        if is_gone(db, &definer) {
            return Ok(Some(format!(
                "the account {definer} that they run as is gone, so that every save of the app fails"
            )));
        }
    }
    let key = &table.key.name;
    let found = db.begin(&[format!(
        "SELECT t.{} FROM {} t WHERE {} LIMIT 1 FOR UPDATE SKIP LOCKED",
        identifier(key),
        table.name,
        table.scope_test("t")
    )]);
    let tried = found.and_then(|found| try_a_save(db, pair, table, &table.name, key, &found));
    db.rollback();
    if let Some(trouble) = tried? {
        return Ok(Some(trouble));
    }
    for child in &table.children {
        let (key, contact) = (identifier(key), &child.contact.name);
        let column = identifier(contact);
        let found = db.begin(&[format!(
            "SELECT p.{key} FROM {} c JOIN {} p ON p.{key}=c.{column} WHERE {} LIMIT 1 FOR UPDATE SKIP LOCKED",
            child.name,
            table.name,
            table.scope_test("p")
        )]);
        let tried =
            found.and_then(|found| try_a_save(db, pair, table, &child.name, contact, &found));
        db.rollback();
        if let Some(trouble) = tried? {
            return Ok(Some(format!("{}: {trouble}", child.plain_name)));
        }
    }
    Ok(None)
}

/// Whether an account is known not to exist; who may not see other accounts learns it from a save only.
fn is_gone(db: &mut Connection, definer: &str) -> bool {
    let Some((user, host)) = definer.rsplit_once('@') else {
        return false;
    };
    let shown = db.ask(&format!("SHOW GRANTS FOR {}@{}", text(user), text(host)));
    shown.is_err_and(|failure| failure.number() == Some(1141))
}

/// Writes what a contact that no other transaction holds has in a table, as it is, and looks for the note. The caller rolls back.
fn try_a_save(
    db: &mut Connection,
    pair: u32,
    table: &Table,
    name: &str,
    key: &str,
    found: &[Answer],
) -> Result<Option<String>, Failure> {
    let key = identifier(key);
    let mut rows = found.iter().flat_map(|answer| &answer.rows);
    let Some(row) = rows.next().and_then(|row| row.bytes(0)) else {
        return Ok(None);
    };
    let row = table.key.read(row);
    let notes = format!(
        "SELECT COUNT(*) FROM ecs_outbox WHERE pair={pair} AND row_key={}",
        bytes(row.as_str().as_bytes())
    );
    let count = |db: &mut Connection| -> Result<u64, Failure> {
        let answer = db.ask(&notes)?;
        let row = answer.rows.first();
        Ok(row.and_then(|row| row.number(0)).unwrap_or_default())
    };
    let before = count(db)?;
    let save = format!(
        "UPDATE {name} SET {key}={key} WHERE {key}={}",
        table.key.literal(&row)
    );
    match db.ask(&save) {
        Ok(saved) if saved.affected > 0 && count(db)? == before => Ok(Some(
            "a save is not noted: the account that they run as may not write into ecs_outbox, or that table is damaged"
                .to_owned(),
        )),
        Ok(_) => Ok(None),
        Err(Failure::Server { number, message, .. }) if speaks_of_triggers(number, &message) => {
            Ok(Some(format!("every save of the app fails: {message}")))
        }
        // The table may refuse the save for a reason of its own.
        Err(Failure::Server { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Whether a save failed for the account that a trigger runs as, rather than for our own.
fn speaks_of_triggers(number: u16, message: &str) -> bool {
    number == 1449 || (number == 1142 && message.starts_with("TRIGGER command"))
}
