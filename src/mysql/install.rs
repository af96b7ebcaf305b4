//! Making, upgrading and removing our tables and triggers.

use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{identifier, text};
use super::ready::{Pair, current_database, find_pair, missing_triggers};
use super::schema::{CREATE, OF_ALL, OF_PAIR, UPGRADES, VERSION};
use super::table::Table;
use super::trial::trouble;
use super::triggers::{Trigger, triggers};
use crate::sync::error::StoreClass;

/// Makes what is missing, upgrades what is old and leaves the rest. Gives warnings for a person.
///
/// # Errors
/// When the configuration does not fit, the pair belongs to something else, or the database refuses.
pub(crate) fn install(db: &mut Connection, config: &MySqlConfig) -> Result<Vec<String>, Failure> {
    db.connect()?;
    let table = Table::read(db, config)?;
    db.run(CREATE)?;
    upgrade(db)?;
    let pair = match find_pair(db, &config.pair)? {
        Some(pair) => pair,
        None => make_pair(db, config, &table)?,
    };
    pair.check(db, config, &table)?;
    db.ask(&format!(
        "INSERT IGNORE INTO ecs_activity (pair, trouble) VALUES ({}, 0)",
        pair.id
    ))?;
    install_triggers(db, pair.id, &table)
}

fn make_pair(db: &mut Connection, config: &MySqlConfig, table: &Table) -> Result<Pair, Failure> {
    let database = current_database(db)?;
    let sql = insert_pair(config, table, &database, None);
    match db.ask(&sql) {
        // Another process was faster.
        Err(failure) if !failure.is_duplicate() => return Err(failure),
        Ok(_) | Err(_) => {}
    }
    find_pair(db, &config.pair)?.ok_or_else(|| {
        Failure::new(
            StoreClass::Failed,
            "the pair could not be noted in ecs_pairs",
        )
    })
}

fn insert_pair(config: &MySqlConfig, table: &Table, database: &str, id: Option<u32>) -> String {
    format!(
        "INSERT INTO ecs_pairs (id, name, database_name, table_name, server, mailbox, folder) VALUES ({}, {}, {}, {}, {}, {}, {})",
        id.map_or_else(|| "NULL".to_owned(), |id| id.to_string()),
        text(&config.pair),
        text(database),
        text(&table.plain_name),
        text(&config.server),
        text(&config.mailbox.to_lowercase()),
        text(&config.folder)
    )
}

fn upgrade(db: &mut Connection) -> Result<(), Failure> {
    let answer = db.ask("SELECT version FROM ecs_schema WHERE id=1")?;
    let found: u32 = answer
        .rows
        .first()
        .and_then(|row| row.number(0))
        .unwrap_or(0);
    if found > VERSION {
        return Err(Failure::new(
            StoreClass::NotInstalled,
            format!(
                "the tables of the extension have version {found}, which a later version made; this one knows {VERSION}: update the extension"
            ),
        ));
    }
    for version in found..VERSION {
        let steps = usize::try_from(version)
            .ok()
            .and_then(|version| UPGRADES.get(version.saturating_sub(1)));
        for step in steps.into_iter().copied().flatten() {
            match db.ask(step) {
                // An upgrade that was killed midway has done this step already.
                Err(failure) if !failure.is_done_already() => return Err(failure),
                Ok(_) | Err(_) => {}
            }
        }
        db.ask(&format!(
            "UPDATE ecs_schema SET version={} WHERE id=1",
            version + 1
        ))?;
    }
    Ok(())
}

fn install_triggers(db: &mut Connection, pair: u32, table: &Table) -> Result<Vec<String>, Failure> {
    let missing = missing_triggers(db, pair, table)?;
    // In place, but of an account that is gone or has lost its rights: from now on they run as ours.
    let broken = missing.is_empty() && trouble(db, pair, table)?.is_some();
    for trigger in triggers(pair, table) {
        if !broken && !missing.contains(&trigger.name) {
            continue;
        }
        match place(db, &trigger) {
            Ok(()) => {}
            Err(failure) if failure.is_denied() => {
                db.ask(&format!(
                    "UPDATE ecs_pairs SET had_triggers=0 WHERE id={pair}"
                ))?;
                return Ok(vec![format!(
                    "triggers may not be created on {} ({}); changed rows are found by comparing them, which takes longer. Grant TRIGGER on the \
                     table, or have an administrator run the statements of installSql()",
                    identifier(&trigger.table),
                    failure.reason()
                )]);
            }
            Err(failure) => return Err(failure),
        }
    }
    let wanted: Vec<String> = triggers(pair, table)
        .into_iter()
        .map(|trigger| trigger.name)
        .collect();
    // Those of tables that are no longer mapped.
    drop_triggers(db, &format!("ecs\\_{pair}\\_%"), &wanted)?;
    Ok(Vec::new())
}

fn place(db: &mut Connection, trigger: &Trigger) -> Result<(), Failure> {
    let create = trigger.create();
    if db.server().mariadb {
        // In one step, so that no save falls between two.
        return db
            .ask(&create.replacen("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1))
            .map(|_| ());
    }
    db.run(&[trigger.remove(), create]).map(|_| ())
}

/// The statements that [`install`] would run for a pair that is not installed.
///
/// # Errors
/// When the configuration does not fit or the database cannot be read.
pub(crate) fn install_sql(
    db: &mut Connection,
    config: &MySqlConfig,
) -> Result<Vec<String>, Failure> {
    db.connect()?;
    let table = Table::read(db, config)?;
    let database = current_database(db)?;
    let mut script: Vec<String> = CREATE.iter().map(|sql| (*sql).to_owned()).collect();
    let pair = match find_pair(db, &config.pair) {
        Ok(Some(pair)) => pair.id,
        Ok(None) | Err(_) => {
            let id = match db.ask("SELECT COALESCE(MAX(id),0)+1 FROM ecs_pairs") {
                Ok(answer) => answer.rows.first().and_then(|row| row.number(0)),
                Err(failure) if failure.is_missing_table() => None,
                Err(failure) => return Err(failure),
            }
            .unwrap_or(1);
            script.push(insert_pair(config, &table, &database, Some(id)));
            id
        }
    };
    script.push(format!(
        "INSERT IGNORE INTO ecs_activity (pair, trouble) VALUES ({pair}, 0)"
    ));
    for trigger in triggers(pair, &table) {
        script.push(trigger.remove());
        script.push(trigger.create());
    }
    Ok(script)
}

/// Removes the pair's triggers and data, and our tables when no other pair is left. Works also when the app's table is gone.
///
/// # Errors
/// When the database refuses.
pub(crate) fn uninstall(db: &mut Connection, config: &MySqlConfig) -> Result<(), Failure> {
    db.connect()?;
    let answer = db.ask(&format!(
        "SELECT id FROM ecs_pairs WHERE name={}",
        text(&config.pair)
    ));
    let pair: Option<u32> = match answer {
        Ok(answer) => answer.rows.first().and_then(|row| row.number(0)),
        Err(failure) if failure.is_missing_table() => {
            drop_triggers(db, "ecs\\_%", &[])?;
            return drop_tables(db);
        }
        Err(failure) => return Err(failure),
    };
    if let Some(pair) = pair {
        drop_triggers(db, &format!("ecs\\_{pair}\\_%"), &[])?;
        for table in OF_PAIR {
            tolerate(db, &format!("DELETE FROM {table} WHERE pair={pair}"))?;
        }
        db.ask(&format!("DELETE FROM ecs_pairs WHERE id={pair}"))?;
    }
    let left = db.ask("SELECT id FROM ecs_pairs LIMIT 1")?;
    if left.rows.is_empty() {
        drop_triggers(db, "ecs\\_%", &[])?;
        drop_tables(db)?;
    }
    Ok(())
}

fn drop_triggers(db: &mut Connection, like: &str, but: &[String]) -> Result<(), Failure> {
    let answer = db.ask(&format!(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE() AND TRIGGER_NAME LIKE '{like}'"
    ))?;
    for row in &answer.rows {
        let name = row.string(0);
        let ours = name
            .rsplit('_')
            .next()
            .is_some_and(|event| matches!(event, "insert" | "update" | "delete"));
        if ours && !but.contains(&name) {
            db.ask(&format!("DROP TRIGGER IF EXISTS {}", identifier(&name)))?;
        }
    }
    Ok(())
}

fn drop_tables(db: &mut Connection) -> Result<(), Failure> {
    for table in OF_PAIR.iter().chain(OF_ALL) {
        db.ask(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    Ok(())
}

fn tolerate(db: &mut Connection, sql: &str) -> Result<(), Failure> {
    match db.ask(sql) {
        Err(failure) if !failure.is_missing_table() => Err(failure),
        Ok(_) | Err(_) => Ok(()),
    }
}
