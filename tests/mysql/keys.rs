//! Keys of every kind.

use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::ports::{RowSeen, Store};

use crate::support::{CONTACTS, Rig, contact, key, look, note_unnoted, present, seed};

fn table(key: &str) -> String {
    format!(
        "CREATE TABLE contacts (id {key} PRIMARY KEY, first_name VARCHAR(40) NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    )
}

fn store(rig: &Rig) -> MySqlStore {
    let mut config = rig.config();
    config.map.truncate(1);
    rig.store_with(config)
}

/// R22: keys of new rows are told by the database, whatever makes them.
#[test]
fn new_rows_get_keys_and_links_of_every_kind_of_key() {
    for of in [
        "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT",
        "CHAR(36) NOT NULL",
        "VARCHAR(64) CHARACTER SET latin1 NOT NULL DEFAULT (UUID())",
        "UUID NOT NULL DEFAULT UUID()",
        "UUID NOT NULL",
        "BINARY(16) NOT NULL",
        "VARCHAR(255) NOT NULL DEFAULT (CONCAT('k-', UUID_SHORT()))",
    ] {
        let Some(mut rig) = Rig::new(CONTACTS) else {
            return;
        };
        if of.starts_with("UUID ") && !rig.app.is_mariadb() {
            continue;
        }
        rig.app.run("DROP TABLE contacts");
        rig.app.run(&table(of));
        let mut store = store(&rig);
        let keys = seed(
            &mut store,
            &[
                ("I1", contact(&[("GivenName", "one")])),
                ("I2", contact(&[("GivenName", "two")])),
            ],
        );
        for ((row, link), name) in keys.iter().zip(["one", "two"]) {
            let seen = look(&mut store, row.as_str());
            assert_eq!(seen.key, *row, "{of}");
            assert_eq!(present(&seen).contact, contact(&[("GivenName", name)]));
            assert_eq!(seen.link.unwrap().id, link.0, "{of}");
        }
        // A note of the trigger bears the same key.
        rig.app
            .run("UPDATE contacts SET first_name='three' WHERE first_name='two'");
        let pending = store
            .pending(exchange_contact_sync::sync::ids::OutboxId(0), 10)
            .unwrap();
        assert_eq!(pending.len(), 1, "{of}");
        assert_eq!(pending[0].key, keys[1].0, "{of}");
        assert_eq!(store.enqueue_unlinked().unwrap(), 0, "{of}");
        assert_eq!(note_unnoted(&mut store, true), 0, "{of}");
        rig.app.run("DELETE FROM ecs_outbox");
        assert_eq!(note_unnoted(&mut store, true), 1, "{of}");
    }
}

/// R19.
#[test]
fn a_key_is_canonical_as_the_table_writes_it() {
    let Some(mut rig) = Rig::new(&table("VARCHAR(20) NOT NULL")) else {
        return;
    };
    let mut store = store(&rig);
    rig.app.run("INSERT INTO contacts VALUES ('n5', 'Anna')");
    assert_eq!(store.enqueue(&key("N5")).unwrap().0, key("n5"));
    let seen = look(&mut store, "N5");
    assert_eq!(seen.key, key("n5"));
    assert!(matches!(seen.row, RowSeen::Present(_)));
    assert_eq!(store.enqueue(&key("new one")).unwrap().0, key("new one"));
    let error = store.enqueue(&key("")).unwrap_err();
    assert_eq!(error.class, StoreClass::Config);
}

/// R19: what the triggers note of a number that the table pads with zeros is what a push notes.
#[test]
fn a_padded_number_is_one_key() {
    let column = "INT(5) UNSIGNED ZEROFILL NOT NULL AUTO_INCREMENT";
    let Some(mut rig) = Rig::new(&table(column)) else {
        return;
    };
    let mut store = store(&rig);
    rig.app.run("INSERT INTO contacts VALUES (7, 'Anna')");
    let noted = rig.app.rows("SELECT DISTINCT row_key FROM ecs_outbox");
    let (stored, _) = store.enqueue(&key("7")).unwrap();
    assert_eq!(noted, [stored.as_str()]);
    assert!(matches!(
        look(&mut store, stored.as_str()).row,
        RowSeen::Present(_)
    ));
}

#[test]
fn what_cannot_be_a_key_is_refused() {
    let Some(rig) = Rig::new(&table("INT NOT NULL AUTO_INCREMENT")) else {
        return;
    };
    let mut store = store(&rig);
    assert_eq!(store.enqueue(&key(" 007")).unwrap().0, key("7"));
    let error = store.enqueue(&key("1 OR 1=1")).unwrap_err();
    assert_eq!(error.class, StoreClass::Config);
    assert!(error.message.contains("whole numbers"), "{error}");
}

/// R19: a changed key is a change of the link.
#[test]
fn a_row_that_gets_another_key_stays_linked() {
    let Some(mut rig) = Rig::new(&table("INT NOT NULL AUTO_INCREMENT")) else {
        return;
    };
    let mut store = store(&rig);
    let (old, link) = seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]).remove(0);
    rig.app.run("UPDATE contacts SET id=70");
    rig.app.run("UPDATE contacts SET id=71");
    let seen = store.look(&[old.clone(), key("70"), key("71")]).unwrap();
    let linked: Vec<Option<RowKey>> = seen
        .iter()
        .map(|look| look.link.as_ref().map(|link| link.key.clone()))
        .collect();
    assert_eq!(linked, [None, None, Some(key("71"))]);
    let stored = seen[2].link.as_ref().unwrap();
    assert_eq!(stored.id, link.0);
    assert!(
        stored.version > link.1,
        "a link that moved is another version"
    );
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM ecs_renames"), "0");
    // In a page as well: the link is stale rather than without its row.
    rig.app.run("UPDATE contacts SET id=72");
    let batch = exchange_contact_sync::sync::ports::Batch {
        targets: vec![exchange_contact_sync::sync::ports::Target::Link(
            stored.id,
            stored.version,
        )],
        ..Default::default()
    };
    let applied = store
        .apply(&batch, &mut |_| {
            panic!("planned with a row that only has another key")
        })
        .unwrap();
    assert_eq!(
        applied,
        [exchange_contact_sync::sync::ports::Applied::Missed(
            exchange_contact_sync::sync::ports::Missed::Stale
        )]
    );
}
