//! Saying step by step what works and what to do where it does not.

use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::literal;
use super::ready::{Pair, find_pair, missing_triggers};
use super::schema;
use super::surroundings;
use super::table::Table;
use super::trial::{definers, trouble};
use crate::sync::error::StoreError;
use crate::sync::finding::Finding;

const CONNECT: &str = "mysql.connect";
const TABLE: &str = "mysql.table";
const TABLES: &str = "mysql.tables";
const TRIGGERS: &str = "mysql.triggers";
const PRIVILEGES: &str = "mysql.privileges";

fn words(failure: Failure) -> String {
    StoreError::from(failure).message
}

/// Checks connection, server, table, mapping, installation, triggers and privileges. A step that cannot be tried ends the list.
pub(crate) fn check(db: &mut Connection, config: &MySqlConfig) -> Vec<Finding> {
    if let Err(failure) = db.connect() {
        return vec![Finding::bad(CONNECT, words(failure))];
    }
    let (version, address) = (&db.server().version, db.address());
    let message = format!(
        "{version} on {}, database {}",
        address.place, address.database
    );
    let mut findings = vec![Finding::good(CONNECT, message)];
    findings.push(surroundings::sql_mode(db));
    let table = match Table::read(db, config) {
        Ok(table) => table,
        Err(failure) => {
            findings.push(Finding::bad(TABLE, words(failure)));
            return findings;
        }
    };
    findings.push(Finding::good(TABLE, describe(&table)));
    findings.push(surroundings::charset(db, &table));
    let pair = match installed(db, config, &table) {
        Ok(pair) => pair,
        Err(finding) => {
            findings.push(finding);
            findings.extend(surroundings::may_have_triggers(db));
            return findings;
        }
    };
    let message = format!("version {}, pair {}", schema::VERSION, pair.id);
    findings.push(Finding::good(TABLES, message));
    findings.push(match triggers(db, pair.id, &table) {
        Ok(message) => Finding::good(TRIGGERS, message),
        Err(message) => Finding::bad(TRIGGERS, message),
    });
    findings.push(match privileges(db, pair.id, &table) {
        Ok(message) => Finding::good(PRIVILEGES, message),
        Err(message) => Finding::bad(PRIVILEGES, message),
    });
    findings
}

fn describe(table: &Table) -> String {
    format!(
        "table {}, key {}, {} mapped columns{}",
        table.plain_name,
        table.key.name,
        table.mapped.len(),
        beside(table)
    )
}

fn installed(db: &mut Connection, config: &MySqlConfig, table: &Table) -> Result<Pair, Finding> {
    let bad = |failure| Finding::bad(TABLES, words(failure));
    let pair = find_pair(db, &config.pair).map_err(bad)?.ok_or_else(|| {
        Finding::bad(
            TABLES,
            "not installed yet: call install() once, in a migration",
        )
    })?;
    pair.check(db, config, table).map_err(bad)?;
    match pair.other_kind(config) {
        None => Ok(pair),
        Some(kind) => Err(bad(StoreError::of_other_kind(kind, &config.kind).into())),
    }
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
    let column = literal::identifier(column);
    let mut script = vec![
        format!("SELECT 1 FROM {} WHERE 1=0 FOR UPDATE", table.name),
        format!("UPDATE {} SET {column}={column} WHERE 1=0", table.name),
        format!("DELETE FROM {} WHERE 1=0", table.name),
        format!("UPDATE ecs_activity SET pair=pair WHERE pair={pair}"),
        format!("DELETE FROM ecs_outbox WHERE pair={pair} AND 1=0"),
    ];
    for child in &table.children {
        let (name, column) = (&child.name, literal::identifier(&child.contact.name));
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
