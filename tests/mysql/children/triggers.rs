//! What the app writes into child rows is noted for their contacts.

use super::*;

/// R12, R18: the app's writes of child rows are noted for their contacts, within the scope only.
#[test]
fn every_write_of_a_child_row_is_noted_for_its_contact() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut config = config(&rig);
    config.scope = vec![("account_id".to_owned(), ScopeValue::Integer(7))];
    let mut store = rig.store_with(config.clone());
    rig.app
        .run("INSERT INTO contacts (id, account_id) VALUES (1,7), (2,7), (3,8)");
    rig.app.run("DELETE FROM ecs_outbox");
    for (sql, expected) in [
        (
            "INSERT INTO contact_phones (id, contact_id, kind, number) VALUES (1,1,'work','1'), (2,3,'work','1'), (3,2,'fax','1')",
            "1,2",
        ),
        (
            "UPDATE contact_phones SET number='2' WHERE id IN (1,2)",
            "1",
        ),
        ("UPDATE contact_phones SET contact_id=2 WHERE id=1", "1,2"),
        ("UPDATE contact_phones SET contact_id=3 WHERE id=1", "2"),
        ("UPDATE contact_phones SET contact_id=1 WHERE id=1", "1"),
        ("DELETE FROM contact_phones WHERE id IN (1,2)", "1"),
        ("INSERT INTO contact_tags VALUES (2,'x',0)", "2"),
        (
            "INSERT INTO contact_emails VALUES (99,1,'nobody@x')",
            "NULL",
        ),
        ("DELETE FROM contact_tags", "2"),
    ] {
        rig.app.run(sql);
        assert_eq!(noted(&mut rig), expected, "{sql}");
    }
    let steps = store.check();
    assert!(steps.iter().all(|step| step.works()), "{steps:?}");
    let table = steps
        .iter()
        .find(|step| step.step == "mysql.table")
        .unwrap();
    assert!(
        table.message.contains("contact_phones, contact_emails"),
        "{table:?}"
    );
    let one = "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE() AND EVENT_OBJECT_TABLE='contact_tags'";
    let names = rig.app.rows(one);
    assert_eq!(names.len(), 3);
    rig.app.run(&format!("DROP TRIGGER {}", names[0]));
    let steps = store.check();
    let bad = steps.iter().find(|step| !step.works()).unwrap();
    assert!(bad.message.contains(&names[0]), "{bad:?}");
    assert_eq!(store.install().unwrap(), Vec::<String>::new());
    assert_eq!(rig.app.rows(one).len(), 3);
    let script = store.install_sql().unwrap();
    assert!(
        script
            .iter()
            .any(|sql| sql.contains("CREATE TRIGGER") && sql.contains("contact_tags"))
    );
    config.children.pop();
    MySqlStore::new(config).unwrap().install().unwrap();
    assert_eq!(rig.app.rows(one).len(), 0, "no longer mapped");
    store.uninstall().unwrap();
    let left = "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE()";
    assert_eq!(rig.app.one(left), "0");
}

/// R18: what one pair writes into child rows is a change for another one, and what the app writes is for both.
#[test]
fn pairs_that_share_child_tables_see_each_others_writes() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    let mut other = config(&rig);
    other.pair = "other".to_owned();
    other.folder = "contacts/Other".to_owned();
    let mut other = rig.store_with(other);
    seed(&mut store, &[("I1", full()), ("I2", full_of("two"))]);
    rig.app.run("DELETE FROM ecs_outbox");
    let pairs = |rig: &mut Rig| {
        let notes = "SELECT GROUP_CONCAT(DISTINCT CONCAT(pair, ':', row_key) ORDER BY pair, row_key) FROM ecs_outbox";
        let notes = rig.app.one(notes);
        rig.app.run("DELETE FROM ecs_outbox");
        notes
    };
    is_done(&edit(&mut store, "1", change(&[(MOBILE, "5"), (WORK, "")])));
    assert_eq!(pairs(&mut rig), "2:1");
    is_done(&edit(
        &mut other,
        "2",
        change(&[(Property::Categories, "Z")]),
    ));
    assert_eq!(pairs(&mut rig), "1:2");
    rig.app
        .run("UPDATE contact_phones SET number='6' WHERE contact_id=1");
    assert_eq!(pairs(&mut rig), "1:1,2:1");
}

fn full_of(mail: &str) -> Contact {
    let mut contact = full();
    let second = Property::Email(exchange_contact_sync::contact::EmailKey::EmailAddress2);
    contact.set_raw(second, mail).unwrap();
    contact
}

/// R14: no change of the tables breaks a save, apart from the columns that make a row a contact's.
#[test]
fn no_dropped_column_breaks_a_save_of_a_child_row() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut config = config(&rig);
    config.scope = vec![("account_id".to_owned(), ScopeValue::Integer(7))];
    rig.store_with(config);
    rig.app
        .run("INSERT INTO contacts (id, account_id) VALUES (1,7)");
    for (table, column) in [
        ("contact_phones", "number"),
        ("contact_phones", "kind"),
        ("contacts", "account_id"),
    ] {
        if table == "contacts" {
            // Its own triggers name the scope.
            for event in ["insert", "update", "delete"] {
                rig.app.run(&format!("DROP TRIGGER ecs_1_{event}"));
            }
        }
        rig.app
            .run(&format!("ALTER TABLE {table} DROP COLUMN {column}"));
        rig.app.run("DELETE FROM ecs_outbox");
        let columns = if column == "number" {
            "(contact_id, kind) VALUES (1, 'x')"
        } else {
            "(contact_id) VALUES (1)"
        };
        if column == "account_id" {
            rig.app
                .run("INSERT INTO contact_tags (contact_id, tag) VALUES (1, 'x')");
        } else {
            rig.app
                .run(&format!("INSERT INTO contact_phones {columns}"));
        }
        assert_eq!(noted(&mut rig), "1", "{column}");
    }
    rig.app.run("DROP TABLE ecs_outbox");
    rig.app.run("UPDATE contact_tags SET tag='y'");
}
