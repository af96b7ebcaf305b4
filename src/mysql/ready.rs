//! What has to be known before anything can be done: the table, the pair's number, whether its triggers are in place.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::answer::Record;
use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{identifier, text};
use super::schema;
use super::table::Table;
use super::triggers::triggers;
use crate::sync::error::{StoreClass, StoreError};

/// How long what is known of the table is trusted.
const TRUSTED: Duration = Duration::from_secs(60);

/// How exactly the time of the last push is noted: all pushes of a pair would else wait for each other at one row.
const PUSH_NOTED: Duration = Duration::from_secs(1);

/// What has to be known before anything can be done.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    /// The table.
    pub(crate) table: Table,
    /// The pair's number.
    pub(crate) pair: u32,
    /// Whether all triggers are in place with the right body.
    pub(crate) triggers: bool,
    /// The kind of server that the pair is with, where the configuration names another one.
    pub(crate) other_kind: Option<String>,
    read: Instant,
    pushed: Cell<Option<Instant>>,
}

/// The pair as our tables keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Its number.
    pub(crate) id: u32,
    database: String,
    table: String,
    server: String,
    mailbox: String,
    folder: String,
    kind: Option<String>,
}

impl Ready {
    /// Reads everything.
    ///
    /// # Errors
    /// When `install()` is missing, the pair's identity is another one, or the configuration does not fit.
    pub(crate) fn read(db: &mut Connection, config: &MySqlConfig) -> Result<Self, Failure> {
        db.connect()?;
        let table = Table::read(db, config)?;
        let pair = find_pair(db, &config.pair)?.ok_or_else(not_installed)?;
        pair.check(db, config, &table)?;
        let triggers = missing_triggers(db, pair.id, &table)?.is_empty();
        Ok(Self {
            table,
            pair: pair.id,
            triggers,
            other_kind: pair.other_kind(config).map(str::to_owned),
            read: Instant::now(),
            pushed: Cell::new(None),
        })
    }

    /// Whether the table is to be looked at again.
    #[must_use]
    pub(crate) fn is_stale(&self) -> bool {
        self.read.elapsed() > TRUSTED
    }

    /// Whether the time of a push is to be noted, since this process has not noted one just before.
    #[must_use]
    pub(crate) fn is_push_to_note(&self) -> bool {
        self.pushed
            .get()
            .is_none_or(|noted| noted.elapsed() >= PUSH_NOTED)
    }

    /// The time of a push is noted and committed.
    pub(crate) fn push_noted(&self) {
        if self.is_push_to_note() {
            self.pushed.set(Some(Instant::now()));
        }
    }
}

fn not_installed() -> Failure {
    Failure::new(
        StoreClass::NotInstalled,
        "this pair is not installed in the database: call install() once, in a migration",
    )
}

/// Finds a pair by its name; `None` when it is not installed.
///
/// # Errors
/// When our tables are of another version, or the database fails.
pub(crate) fn find_pair(db: &mut Connection, name: &str) -> Result<Option<Pair>, Failure> {
    let answers = db.run(&[
        "SELECT version FROM ecs_schema WHERE id=1".to_owned(),
        format!(
            "SELECT id, database_name, table_name, server, mailbox, folder, bound_kind FROM ecs_pairs WHERE name={}",
            text(name)
        ),
    ]);
    let answers = match answers {
        Ok(answers) => answers,
        Err(failure) if failure.is_missing_table() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let mut rows = answers.iter().map(|answer| answer.rows.first());
    let version: u32 = rows
        .next()
        .flatten()
        .and_then(|row| row.number(0))
        .unwrap_or(0);
    if version != schema::VERSION {
        return Err(Failure::new(
            StoreClass::NotInstalled,
            format!(
                "the tables of the extension have version {version}, this version needs {}: call install()",
                schema::VERSION
            ),
        ));
    }
    Ok(rows.next().flatten().map(Pair::of))
}

impl Pair {
    /// Reads id, database, table, server, mailbox, folder and kind.
    fn of(row: &Record) -> Self {
        Self {
            id: row.number(0).unwrap_or_default(),
            database: row.string(1),
            table: row.string(2),
            server: row.string(3),
            mailbox: row.string(4),
            folder: row.string(5),
            kind: row.text(6),
        }
    }

    /// The kind of server that the pair is with, where the configuration names another one.
    pub(crate) fn other_kind<'a>(&'a self, config: &MySqlConfig) -> Option<&'a str> {
        let kind = self.kind.as_deref();
        kind.filter(|kind| !config.kind.is_empty() && *kind != config.kind)
    }

    /// Compares the pair's identity with the configuration (R19). On another kind of server, to which the pair may be moved, server, mailbox
    /// and folder have other names.
    ///
    /// # Errors
    /// When they differ, naming both sides.
    pub(crate) fn check(
        &self,
        db: &mut Connection,
        config: &MySqlConfig,
        table: &Table,
    ) -> Result<(), Failure> {
        let database = current_database(db)?;
        let mailbox = config.mailbox.to_lowercase();
        let all = [
            ("database", &self.database, &database),
            ("table", &self.table, &table.plain_name),
            ("Exchange server", &self.server, &config.server),
            ("mailbox", &self.mailbox, &mailbox),
            ("folder", &self.folder, &config.folder),
        ];
        let compared = match self.other_kind(config) {
            Some(_) => 2,
            None => all.len(),
        };
        for (what, installed, configured) in all.into_iter().take(compared) {
            if installed != configured {
                return Err(StoreError::new(
                    StoreClass::Identity,
                    format!(
                        "the pair \"{}\" was installed for the {what} \"{installed}\", but the configuration names \"{configured}\"; nothing was \
                         written. If that is wanted, call uninstall() with the old configuration and install() with the new one, or give the pair \
                         another name",
                        config.pair
                    ),
                )
                .into());
            }
        }
        Ok(())
    }
}

/// The database that the connection works in.
///
/// # Errors
/// When the database fails.
pub(crate) fn current_database(db: &mut Connection) -> Result<String, Failure> {
    let answer = db.ask("SELECT DATABASE()")?;
    Ok(answer
        .rows
        .first()
        .map(|row| row.string(0))
        .unwrap_or_default())
}

/// The names of the triggers that are missing or have another body than they should.
///
/// # Errors
/// When the database fails.
pub(crate) fn missing_triggers(
    db: &mut Connection,
    pair: u32,
    table: &Table,
) -> Result<Vec<String>, Failure> {
    let triggers = triggers(pair, table);
    let mut tables: Vec<&str> = triggers.iter().map(|trigger| &*trigger.table).collect();
    tables.dedup();
    // Asked for one table, the server looks at that one alone.
    let script: Vec<String> = tables
        .iter()
        .map(|table| {
            format!(
                "SHOW TRIGGERS WHERE `Table`={} AND {} LIKE 'ecs\\_{pair}\\_%'",
                text(table),
                identifier("Trigger")
            )
        })
        .collect();
    let answers = db.run(&script)?;
    let mut missing = Vec::new();
    for trigger in triggers {
        let mut rows = answers.iter().flat_map(|answer| &answer.rows);
        let there = rows.find(|row| {
            [row.string(0), row.string(1), row.string(2)]
                == [&*trigger.name, trigger.event, &*trigger.table]
        });
        // The list shows string literals in another form than they were written in.
        let right = match there {
            None => false,
            Some(row) if row.string(3).trim() == trigger.body => true,
            Some(_) => {
                let sql = format!("SHOW CREATE TRIGGER {}", identifier(&trigger.name));
                let answer = db.ask(&sql)?;
                let row = answer.rows.first();
                row.is_some_and(|row| row.string(2).trim_end().ends_with(&trigger.body))
            }
        };
        if !right {
            missing.push(trigger.name);
        }
    }
    Ok(missing)
}
