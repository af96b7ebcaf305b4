//! Saying step by step what works and what to do where it does not.

use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::ready::{find_pair, missing_triggers};
use super::table::Table;
use super::trial::{definers, trouble};
use crate::sync::error::StoreError;

/// One step of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckStep {
    /// What was checked, in a few words.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// What was found, and what to do if it does not work.
    pub message: String,
}

fn step(name: &'static str, outcome: Result<String, String>) -> CheckStep {
    let ok = outcome.is_ok();
    let message = match outcome {
        Ok(message) | Err(message) => message,
    };
    CheckStep { name, ok, message }
}

fn words(failure: Failure) -> String {
    StoreError::from(failure).message
}

/// Checks connection, table, mapping, installation, triggers and privileges. A step that cannot be tried ends the list.
pub(crate) fn check(db: &mut Connection, config: &MySqlConfig) -> Vec<CheckStep> {
    let mut steps = Vec::new();
    match db.connect() {
        Ok(()) => {}
        Err(failure) => {
            steps.push(step("MySQL connection", Err(words(failure))));
            return steps;
        }
    }
    steps.push(step(
        "MySQL connection",
        Ok(format!(
            "{} on {}, database {}",
            db.server().version,
            db.address().place,
            db.address().database
        )),
    ));
    let table = match Table::read(db, config) {
        Ok(table) => table,
        Err(failure) => {
            steps.push(step("contacts table", Err(words(failure))));
            return steps;
        }
    };
    steps.push(step(
        "contacts table",
        Ok(format!(
            "table {}, key {}, {} mapped columns{}",
            table.plain_name,
            table.key.name,
            table.mapped.len(),
            beside(&table)
        )),
    ));
    let pair = match find_pair(db, &config.pair) {
        Ok(Some(pair)) => pair,
        Ok(None) => {
            let what = "not installed yet: call install() once, in a migration";
            steps.push(step("installation", Err(what.to_owned())));
            return steps;
        }
        Err(failure) => {
            steps.push(step("installation", Err(words(failure))));
            return steps;
        }
    };
    let identity = pair
        .check(db, config, &table)
        .map(|()| format!("pair {}", pair.id))
        .map_err(words);
    steps.push(step("installation", identity));
    steps.push(step("triggers", triggers(db, pair.id, &table)));
    steps.push(step("privileges", privileges(db, pair.id, &table)));
    steps
}

/// The tables beside the contacts table, for a person.
fn beside(table: &Table) -> String {
    let mut names: Vec<&str> = Vec::new();
    for child in &table.children {
        if !names.contains(&child.plain_name.as_str()) {
            names.push(&child.plain_name);
        }
    }
    if names.is_empty() {
        String::new()
    } else {
        format!(", with {}", names.join(", "))
    }
}

fn triggers(db: &mut Connection, pair: u32, table: &Table) -> Result<String, String> {
    let missing = missing_triggers(db, pair, table).map_err(words)?;
    if !missing.is_empty() {
        return Err(format!(
            "missing or changed: {}; rows are compared instead, which takes longer. Call install(), or run installSql() as an administrator",
            missing.join(", ")
        ));
    }
    if let Some(trouble) = trouble(db, pair, table).map_err(words)? {
        return Err(format!(
            "{trouble}. Call install() with an account that stays, or run installSql() as an administrator"
        ));
    }
    let names = definers(db, pair).map_err(words)?;
    Ok(format!(
        "in place; they run as {}, an account that has to stay",
        names.join(", ")
    ))
}

/// Tries a change that meets no row, in a transaction that is rolled back.
fn privileges(db: &mut Connection, pair: u32, table: &Table) -> Result<String, String> {
    let column = table.stored_in().next().unwrap_or(&table.key.name);
    let column = super::literal::identifier(column);
    let mut script = vec![
        format!("SELECT 1 FROM {} WHERE 1=0 FOR UPDATE", table.name),
        format!("UPDATE {} SET {column}={column} WHERE 1=0", table.name),
        format!("DELETE FROM {} WHERE 1=0", table.name),
        format!("UPDATE ecs_activity SET pair=pair WHERE pair={pair}"),
        format!("DELETE FROM ecs_outbox WHERE pair={pair} AND 1=0"),
    ];
    for child in &table.children {
        let (name, column) = (&child.name, super::literal::identifier(&child.contact.name));
        script.push(format!(
            "INSERT IGNORE INTO {name} ({column}) SELECT {column} FROM {name} WHERE 1=0"
        ));
        script.push(format!("UPDATE {name} SET {column}={column} WHERE 1=0"));
        script.push(format!("DELETE FROM {name} WHERE 1=0"));
    }
    let tried = db.begin(&script);
    db.rollback();
    tried
        .map(|_| "the account may read, change and delete contacts".to_owned())
        .map_err(words)
}
