//! Installing, upgrading, removing; triggers.

use exchange_contact_sync::mysql::{MySqlStore, ScopeValue};
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ports::Store;

use crate::support::{CONTACTS, Rig, contact, key, look, note_unnoted, seed};

#[test]
fn installing_twice_changes_nothing_and_removing_leaves_the_contacts() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    let mut store = rig.store();
    let made = "SELECT GROUP_CONCAT(TABLE_NAME, CREATE_TIME ORDER BY TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA=DATABASE()";
    let before = rig.app.one(made);
    let triggers = "SELECT GROUP_CONCAT(TRIGGER_NAME, CREATED ORDER BY TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE()";
    let noted = rig.app.one(triggers);
    assert_eq!(noted.matches("ecs_").count(), 3, "{noted}");
    assert_eq!(store.install().unwrap(), Vec::<String>::new());
    assert_eq!(rig.app.one(made), before);
    assert_eq!(rig.app.one(triggers), noted);
    assert!(store.pair().unwrap().triggers);
    assert!(
        store.check().iter().all(|step| step.works()),
        "{:?}",
        store.check()
    );
    store.uninstall().unwrap();
    assert_eq!(rig.app.rows("SHOW TABLES"), ["contacts"]);
    assert_eq!(rig.app.one(triggers), "NULL");
    assert_eq!(rig.app.one("SELECT first_name FROM contacts"), "Anna");
    assert_eq!(store.pair().unwrap_err().class, StoreClass::NotInstalled);
    store.uninstall().unwrap();
}

#[test]
fn the_sql_for_an_administrator_installs_the_same() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = MySqlStore::new(rig.config()).unwrap();
    for sql in store.install_sql().unwrap() {
        rig.app.run(&sql);
    }
    assert!(store.pair().unwrap().triggers);
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    assert_eq!(store.counts().unwrap().pending, 1);
}

#[test]
fn what_is_missing_is_named_with_what_is_near() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let refused = |change: &dyn Fn(&mut exchange_contact_sync::mysql::MySqlConfig)| {
        let mut config = rig.config();
        change(&mut config);
        let error = MySqlStore::new(config).unwrap().install().unwrap_err();
        assert_eq!(error.class, StoreClass::Config, "{error}");
        error.message
    };
    let message = refused(&|config| config.table = "contact".to_owned());
    assert!(message.contains("\"contacts\"?"), "{message}");
    let message = refused(&|config| config.map[0].0 = "firstname".to_owned());
    assert!(message.contains("\"first_name\"?"), "{message}");
    let message = refused(&|config| config.key = "last_name".to_owned());
    assert!(message.contains("PRIMARY KEY"), "{message}");
    let message = refused(&|config| config.key = "email".to_owned());
    assert!(message.contains("NOT NULL"), "{message}");
}

/// R4, R18: and none of our own.
#[test]
fn every_write_of_the_app_is_noted_in_its_own_transaction() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let noted = "SELECT GROUP_CONCAT(row_key ORDER BY id) FROM ecs_outbox";
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('A'), ('B')");
    assert_eq!(
        rig.app.last_insert_id(),
        Some(1),
        "the trigger does not disturb the app's id"
    );
    rig.app.run("UPDATE contacts SET notes='x' WHERE id=2");
    rig.app.run("DELETE FROM contacts WHERE id=1");
    rig.app.run("START TRANSACTION");
    rig.app.run("UPDATE contacts SET notes='y' WHERE id=2");
    rig.app.run("ROLLBACK");
    assert_eq!(rig.app.one(noted), "1,2,2,1");
    rig.app.run("DELETE FROM ecs_outbox");
    // Our own writes are not noted; those of the app on the same connection of ours would be.
    let keys = seed(&mut store, &[("I1", contact(&[("GivenName", "C")]))]);
    assert_eq!(rig.app.one(noted), "NULL");
    assert_eq!(keys[0].0, key("3"));
}

/// R17.
#[test]
fn the_scope_is_tested_on_both_sides_of_an_update() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut config = rig.config();
    config.scope = vec![("account_id".to_owned(), ScopeValue::Integer(7))];
    let mut store = rig.store_with(config);
    for (sql, noted) in [
        (
            "INSERT INTO contacts (id, account_id) VALUES (1, 7), (2, 8), (3, NULL)",
            "1",
        ),
        ("UPDATE contacts SET notes='x'", "1"),
        ("UPDATE contacts SET account_id=8 WHERE id=1", "1"),
        ("UPDATE contacts SET account_id=7 WHERE id=3", "3"),
        ("DELETE FROM contacts WHERE id IN (1, 2)", "NULL"),
        ("DELETE FROM contacts WHERE id=3", "3"),
    ] {
        rig.app.run("DELETE FROM ecs_outbox");
        rig.app.run(sql);
        let seen = rig
            .app
            .one("SELECT GROUP_CONCAT(row_key ORDER BY id) FROM ecs_outbox");
        assert_eq!(seen, noted, "{sql}");
    }
    let keys = seed(&mut store, &[("I1", contact(&[("GivenName", "C")]))]);
    assert!(crate::support::present(&look(&mut store, keys[0].0.as_str())).in_scope);
    assert_eq!(
        rig.app
            .one("SELECT account_id FROM contacts ORDER BY id DESC LIMIT 1"),
        "7"
    );
}

/// R14, semantics 60: and when a mapped column is dropped; what is left can be uninstalled.
#[test]
fn a_save_of_the_app_passes_when_our_tables_are_broken() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app.run("DROP TABLE ecs_outbox");
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    rig.app.run("UPDATE contacts SET first_name='Bea'");
    rig.app.run("ALTER TABLE contacts DROP COLUMN notes");
    rig.app.run("UPDATE contacts SET first_name='Cleo'");
    rig.app.run("DELETE FROM contacts");
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "0");
    store.uninstall().unwrap();
    assert_eq!(rig.app.rows("SHOW TABLES"), ["contacts"]);
}

/// R12.
#[test]
fn triggers_that_are_gone_are_noticed_and_come_back() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    drop(rig.store());
    rig.app.run("DROP TRIGGER ecs_1_update");
    let mut store = MySqlStore::new(rig.config()).unwrap();
    assert!(!store.pair().unwrap().triggers);
    assert!(
        store
            .check()
            .iter()
            .any(|step| step.step == "mysql.triggers" && !step.works())
    );
    store.install().unwrap();
    assert!(store.pair().unwrap().triggers);
}

/// R12.
#[test]
fn without_the_privilege_for_triggers_rows_are_compared() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let (database, user) = (rig.database.clone(), format!("u{}", std::process::id()));
    for host in ["%", "localhost"] {
        rig.app
            .run(&format!("DROP USER IF EXISTS '{user}'@'{host}'"));
        rig.app
            .run(&format!("CREATE USER '{user}'@'{host}' IDENTIFIED BY 'pw'"));
        rig.app.run(&format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER ON `{database}`.* TO '{user}'@'{host}'"
        ));
    }
    let mut config = rig.config();
    let (_, place) = config.url.split_once('@').unwrap();
    config.url = format!("mysql://{user}:pw@{place}");
    let mut store = MySqlStore::new(config).unwrap();
    let warnings = store.install().unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("TRIGGER"), "{warnings:?}");
    assert!(!store.pair().unwrap().triggers);
    let keys = seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]);
    assert_eq!(note_unnoted(&mut store, true), 0);
    rig.app.run("UPDATE contacts SET first_name='Bea'");
    assert_eq!(note_unnoted(&mut store, true), 1);
    assert_eq!(note_unnoted(&mut store, true), 0, "noted once");
    assert_eq!(look(&mut store, keys[0].0.as_str()).notes.len(), 1);
    for host in ["%", "localhost"] {
        rig.app.run(&format!("DROP USER '{user}'@'{host}'"));
    }
}

/// semantics 59: ids and keys are kept as bytes: no column of ours that holds one has a collation, and so no index on it.
#[test]
fn no_id_is_compared_by_a_collation() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    drop(rig.store());
    let columns = "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME LIKE 'ecs\\_%'";
    let bytes = "('blob','mediumblob','longblob','binary','varbinary')";
    let held = rig.app.one(&format!(
        "SELECT COUNT(*) {columns} AND DATA_TYPE IN {bytes}"
    ));
    assert!(held.parse::<u32>().unwrap() > 30, "{held}");
    let collated = format!(
        "SELECT CONCAT(TABLE_NAME,'.',COLUMN_NAME) {columns} AND COLLATION_NAME IS NOT NULL"
    );
    assert_eq!(rig.app.rows(&collated), Vec::<String>::new());
}
