//! Rows that others hold, leases, and connections that die.

use exchange_contact_sync::contact::{Property, Value};
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Effect, Lease, Missed, RowSeen, RowWrite, Step, Store, Target,
};

use crate::support::{CONTACTS, Rig, apply, contact, insert, key, look, seed};

fn rename(text: &str) -> Step {
    Step {
        row: RowWrite::Update(
            [(Property::GivenName, Some(Value::Text(text.to_owned())))]
                .into_iter()
                .collect(),
        ),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    }
}

/// R3, R15: what another transaction holds is told from what is not there.
#[test]
fn a_look_never_waits_for_the_apps_transaction() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a'), ('b'), ('c')");
    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("UPDATE contacts SET notes='x' WHERE id=1");
    app.run("DELETE FROM contacts WHERE id=2");
    app.run("INSERT INTO contacts (id, first_name) VALUES (9, 'new')");
    let keys = ["1", "2", "3", "9", "77"].map(key);
    let seen = store.look(&keys).unwrap();
    let locked: Vec<bool> = seen
        .iter()
        .map(|look| look.row == RowSeen::Locked)
        .collect();
    assert_eq!(locked, [true, true, false, true, false]);
    assert!(matches!(seen[2].row, RowSeen::Present(_)));
    assert_eq!(seen[4].row, RowSeen::Absent);
    app.run("COMMIT");
    let seen = store.look(&keys).unwrap();
    assert_eq!(seen[1].row, RowSeen::Absent);
    assert!(matches!(seen[3].row, RowSeen::Present(_)));
    assert_eq!(seen[1].notes.len(), 2);
}

/// R3.
#[test]
fn a_locked_row_is_parked_and_the_page_goes_on() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "a")])),
            ("I2", contact(&[("GivenName", "b")])),
        ],
    );
    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("UPDATE contacts SET notes='mine' WHERE id=1");
    let batch = Batch {
        targets: keys
            .iter()
            .map(|(_, (id, version))| Target::Link(*id, *version))
            .collect(),
        park_missed: true,
        ..Batch::default()
    };
    let applied = store.apply(&batch, &mut |_| rename("z")).unwrap();
    assert_eq!(applied[0], Applied::Missed(Missed::Locked));
    assert!(matches!(applied[1], Applied::Done { .. }));
    let parked = store.parked(None, 10).unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].item, ItemId::new("I1"));
    app.run("COMMIT");
    assert_eq!(
        rig.app
            .rows("SELECT CONCAT_WS('|', first_name, notes) FROM contacts ORDER BY id"),
        ["a|mine", "z"]
    );
}

/// R3.
#[test]
fn a_new_row_that_would_wait_for_the_app_is_missed_and_the_app_never_loses() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("INSERT INTO contacts (first_name, email) VALUES ('app', 'one@x')");
    let items = ["I1", "I2"];
    let contacts = [
        contact(&[("EmailAddress1", "one@x")]),
        contact(&[("EmailAddress1", "two@x")]),
    ];
    let targets = items
        .iter()
        .map(|item| Target::Unlinked(ItemId::new(*item)))
        .collect();
    let steps = items
        .iter()
        .zip(&contacts)
        .map(|(item, contact)| insert(item, contact, &mapped))
        .collect();
    let applied = apply(&mut store, targets, steps);
    assert_eq!(applied[0], Applied::Missed(Missed::Locked));
    assert!(matches!(applied[1], Applied::Done { .. }), "{applied:?}");
    app.run("COMMIT");
    assert_eq!(
        rig.app.rows("SELECT email FROM contacts ORDER BY email"),
        ["one@x", "two@x"]
    );
}

/// R20.
#[test]
fn leases_are_exclusive_and_end_with_their_connection() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = rig.store();
    let mut second = rig.store();
    let row = |text: &str| Lease::Row(key(text));
    assert_eq!(first.lease(&[Lease::Pull, row("1")]).unwrap(), [true, true]);
    assert_eq!(first.lease(&[Lease::Pull]).unwrap(), [true], "already ours");
    assert_eq!(
        second.lease(&[row("1"), Lease::Pull, row("2")]).unwrap(),
        [false, false, true]
    );
    first.release(&[Lease::Pull]).unwrap();
    assert_eq!(second.lease(&[Lease::Pull]).unwrap(), [true]);
    drop(second);
    // The server notices the end of a connection a moment later.
    let mut free = vec![false];
    for _ in 0..200 {
        free = first.lease(&[row("2")]).unwrap();
        if free[0] {
            break;
        }
        std::thread::yield_now();
    }
    assert_eq!(free, [true]);
}

/// R20, semantics 53: who waits for a pull has its lease as soon as the other process is gone, however that ended.
#[test]
fn a_wait_for_the_pull_ends_with_the_other_process() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = rig.store();
    let mut second = rig.store();
    assert_eq!(first.lease(&[Lease::Pull]).unwrap(), [true]);
    second.await_pull().unwrap();
    assert_eq!(
        second.lease(&[Lease::Pull]).unwrap(),
        [false],
        "a second is over"
    );
    let holder = rig.app.one(&format!(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND ID<>CONNECTION_ID() ORDER BY ID LIMIT 1",
        rig.database
    ));
    rig.app.run(&format!("KILL {holder}"));
    second.await_pull().unwrap();
    assert_eq!(second.lease(&[Lease::Pull]).unwrap(), [true]);
    let error = first.pair().unwrap_err();
    assert_eq!(error.class, StoreClass::Contended, "{error}");
}

/// R20, R21: before it, not within it.
#[test]
fn a_dead_connection_is_replaced_before_a_transaction_begins() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    assert_eq!(store.lease(&[Lease::Pull]).unwrap(), [true]);
    let kill = |rig: &mut Rig| {
        let ours = rig.app.rows(&format!(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND ID<>CONNECTION_ID()",
            rig.database
        ));
        assert_eq!(ours.len(), 1);
        rig.app.run(&format!("KILL {}", ours[0]));
    };
    kill(&mut rig);
    assert!(matches!(look(&mut store, "1").row, RowSeen::Present(_)));
    kill(&mut rig);
    let (_, link) = seed(&mut store, &[("I1", contact(&[("GivenName", "x")]))]).remove(0);
    assert_eq!(
        store.lease(&[Lease::Pull]).unwrap(),
        [true],
        "the lease was taken again"
    );
    let mut other = rig.store();
    assert_eq!(other.lease(&[Lease::Pull]).unwrap(), [false]);
    drop(other);
    let batch = Batch {
        targets: vec![Target::Link(link.0, link.1)],
        ..Batch::default()
    };
    let mut app = rig.connect();
    let error = store
        .apply(&batch, &mut |_| {
            let mut ours = Vec::new();
            // The server sends its answer before it counts the connection as idle.
            for _ in 0..1_000 {
                ours = app.rows(&format!(
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND INFO IS NULL AND COMMAND='Sleep' ORDER BY ID DESC",
                    rig.database
                ));
                let busy = app.rows(&format!(
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND ID<>CONNECTION_ID() AND COMMAND<>'Sleep'",
                    rig.database
                ));
                if busy.is_empty() {
                    break;
                }
            }
            for id in ours {
                app.error(&format!("KILL {id}"));
            }
            rename("lost")
        })
        .unwrap_err();
    assert_eq!(
        error.class,
        exchange_contact_sync::sync::error::StoreClass::Unavailable,
        "{error}"
    );
    assert_eq!(
        app.one("SELECT COUNT(*) FROM contacts WHERE first_name='lost'"),
        "0"
    );
    rig.app = rig.connect();
}

/// P2: the UNIQUE keys enforce it.
#[test]
fn sixteen_processes_never_make_two_links_of_one() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    drop(rig.store());
    let config = rig.config();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let config = config.clone();
            scope.spawn(move || {
                let mut store = exchange_contact_sync::mysql::MySqlStore::new(config).unwrap();
                store.pair().unwrap();
                let mapped = store.mapped().to_vec();
                for item in 0..20 {
                    let item = format!("I{item}");
                    let batch = Batch {
                        targets: vec![Target::Unlinked(ItemId::new(&*item))],
                        ..Batch::default()
                    };
                    store
                        .apply(&batch, &mut |_| {
                            insert(&item, &contact(&[("GivenName", &item)]), &mapped)
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "20");
    assert_eq!(
        rig.app
            .one("SELECT COUNT(*), COUNT(DISTINCT row_key), COUNT(DISTINCT item) FROM ecs_links"),
        "20|20|20"
    );
}

/// R15.
#[test]
fn a_key_that_is_not_the_primary_one_is_looked_at_without_waiting_too() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE contacts (pk INT NOT NULL AUTO_INCREMENT PRIMARY KEY, id VARCHAR(20) NOT NULL UNIQUE, first_name VARCHAR(40) NULL, notes TEXT NULL)",
    ) else {
        return;
    };
    let mut config = rig.config();
    config.map.truncate(1);
    let mut store = rig.store_with(config);
    rig.app.run(
        "INSERT INTO contacts (id, first_name) VALUES ('a', 'Anna'), ('b', 'Bea'), ('c', 'Cleo')",
    );
    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("UPDATE contacts SET notes='x' WHERE pk=1");
    app.run("DELETE FROM contacts WHERE pk=2");
    app.run("INSERT INTO contacts (id) VALUES ('d')");
    let seen = store.look(&["a", "b", "c", "d", "e"].map(key)).unwrap();
    let locked: Vec<bool> = seen
        .iter()
        .map(|look| look.row == RowSeen::Locked)
        .collect();
    assert_eq!(locked, [true, true, false, true, false]);
    app.run("ROLLBACK");
    assert!(matches!(look(&mut store, "b").row, RowSeen::Present(_)));
}

/// R2: with READ COMMITTED our transactions lock rows, never the gaps between them, where the app may be about to insert.
#[test]
fn a_batch_locks_no_gap_that_the_app_may_fill() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "a")])),
            ("I2", contact(&[("GivenName", "b")])),
        ],
    );
    rig.app.run("UPDATE contacts SET id=5 WHERE id=2");
    store.pair().unwrap();
    let targets = ["1", "3", "5", "9"].map(|row| Target::Row(key(row), None));
    let batch = Batch {
        targets: targets.to_vec(),
        ..Batch::default()
    };
    let mut app = rig.connect();
    app.run("SET innodb_lock_wait_timeout=1");
    let mut gaps = vec![3, 4, 9, 10];
    let mut waited: Vec<u16> = Vec::new();
    store
        .apply(&batch, &mut |_| {
            for id in gaps.drain(..) {
                waited.extend(app.error(&format!(
                    "INSERT INTO contacts (id, first_name) VALUES ({id}, 'app')"
                )));
            }
            Step::nothing()
        })
        .unwrap();
    assert_eq!(keys.len(), 2);
    assert!(waited.is_empty(), "the app was kept waiting: {waited:?}");
}

/// R3, R4: notes that are done are deleted while the app's open transactions have noted other rows.
#[test]
fn notes_are_deleted_beside_those_of_an_open_transaction() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let names: Vec<String> = (1..=40).map(|number| format!("('{number}')")).collect();
    rig.app.run(&format!(
        "INSERT INTO contacts (first_name) VALUES {}",
        names.join(",")
    ));
    rig.app.run("ANALYZE TABLE ecs_outbox");
    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("UPDATE contacts SET first_name='mine' WHERE id=1");
    let keys: Vec<RowKey> = (2..=40).map(|number| key(&number.to_string())).collect();
    let looks = store.look(&keys).unwrap();
    let targets = keys.into_iter().map(|key| Target::Row(key, None)).collect();
    let steps = looks
        .iter()
        .map(|look| Step {
            done: look.notes.clone(),
            ..Step::nothing()
        })
        .collect();
    apply(&mut store, targets, steps);
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM ecs_outbox"), "1");
    app.run("COMMIT");
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM ecs_outbox"), "2");
}
