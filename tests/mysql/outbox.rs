//! The outbox and the comparison of rows.

use exchange_contact_sync::sync::ids::{LinkId, OutboxId};
use exchange_contact_sync::sync::ports::{Asked, Step, Store, Target};

use crate::support::{CONTACTS, Rig, apply, contact, key, look, note_unnoted, present, seed};

/// R4: exactly those, not all up to the highest: numbers commit out of order.
#[test]
fn only_the_notes_that_were_seen_are_done() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a')");
    // A note whose number is lower and that is committed later.
    let mut slow = rig.connect();
    slow.run("START TRANSACTION");
    slow.run("INSERT INTO ecs_outbox (pair, row_key, at) VALUES (1, '1', UTC_TIMESTAMP(6))");
    rig.app.run("UPDATE contacts SET notes='b' WHERE id=1");
    let seen = look(&mut store, "1");
    assert_eq!(seen.notes.len(), 2);
    slow.run("COMMIT");
    rig.app.run("UPDATE contacts SET notes='c' WHERE id=1");
    let step = Step {
        done: seen.notes.clone(),
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Row(key("1"), None)], vec![step]);
    let left = look(&mut store, "1").notes;
    assert_eq!(left.len(), 2, "the late and the newer note stay");
    assert!(left.iter().all(|note| !seen.notes.contains(note)));
    assert!(left[0] < seen.notes[1]);
}

#[test]
fn pending_rows_come_once_in_the_order_of_their_first_notes() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a'), ('b'), ('c')");
    rig.app.run("UPDATE contacts SET notes='x' WHERE id=1");
    let first = store.pending(OutboxId(0), 2).unwrap();
    let keys: Vec<_> = first.iter().map(|row| row.key.clone()).collect();
    assert_eq!(keys, [key("1"), key("2")]);
    let rest = store.pending(first[1].first, 10).unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].key, key("3"));
    assert_eq!(store.counts().unwrap().pending, 3);
}

/// R24.
#[test]
fn a_note_is_the_time_of_the_edit() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a')");
    rig.app
        .run("UPDATE ecs_outbox SET at='2024-07-01 12:00:00.000001'");
    let edited = present(&look(&mut store, "1")).edited.unwrap();
    assert_eq!(edited.0, 1_719_835_200_000_001);
}

#[test]
fn rows_without_links_are_noted_once_and_in_scope_only() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let many: Vec<String> = (0..4_100).map(|n| format!("('r{n}')")).collect();
    rig.app.run(&format!(
        "INSERT INTO contacts (first_name) VALUES {}",
        many.join(",")
    ));
    rig.app.run("UPDATE contacts SET account_id=7 WHERE id>100");
    let mut config = rig.config();
    config.scope = vec![(
        "account_id".to_owned(),
        exchange_contact_sync::mysql::ScopeValue::Integer(7),
    )];
    let mut store = rig.store_with(config);
    assert_eq!(store.enqueue_unlinked().unwrap(), 4_000);
    assert_eq!(store.enqueue_unlinked().unwrap(), 0);
    let page = store.pending(OutboxId(0), 3).unwrap();
    assert_eq!(page[0].key, key("101"));
}

/// R12: a foreign key's cascade fires no trigger.
#[test]
fn changes_that_no_trigger_saw_are_found_slice_by_slice() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let names: Vec<String> = (0..1_500).map(|n| format!("I{n}")).collect();
    let items: Vec<_> = names
        .iter()
        .map(|item| (item.as_str(), contact(&[("GivenName", item)])))
        .collect();
    seed(&mut store, &items);
    rig.app.run("CREATE TABLE accounts (id INT PRIMARY KEY)");
    rig.app.run("INSERT INTO accounts VALUES (1)");
    rig.app
        .run("UPDATE contacts SET account_id=1 WHERE id IN (1400, 1401)");
    rig.app.run("DELETE FROM ecs_outbox");
    rig.app.run("ALTER TABLE contacts ADD FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE");
    rig.app.run("DELETE FROM accounts");
    assert_eq!(
        rig.app.one("SELECT COUNT(*) FROM ecs_outbox"),
        "0",
        "cascades fire no triggers"
    );
    let rounds: Vec<usize> = (0..4).map(|_| note_unnoted(&mut store, false)).collect();
    assert_eq!(rounds.iter().sum::<usize>(), 2, "{rounds:?}");
    let mut found: Vec<String> = store
        .pending(OutboxId(0), 10)
        .unwrap()
        .into_iter()
        .map(|row| row.key.as_str().to_owned())
        .collect();
    found.sort();
    assert_eq!(found, ["1400", "1401"]);
}

/// R8: what a person was asked about is kept kind by kind, and the last question stands.
#[test]
fn what_a_person_was_asked_about_is_kept_until_it_is_answered() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let items = ["a", "b", "c"].map(|name| (name, contact(&[("GivenName", name)])));
    let seeded = seed(&mut store, &items);
    let asked: Vec<(LinkId, _)> = seeded
        .iter()
        .map(|(key, _)| (look(&mut store, key.as_str()).link.unwrap().id, key.clone()))
        .collect();
    let ids: Vec<LinkId> = asked.iter().map(|(id, _)| *id).collect();
    for _ in 0..2 {
        store.ask_about(Asked::ItemsGone, &ids[..2]).unwrap();
        assert_eq!(
            rig.store().asked_about(Asked::ItemsGone).unwrap(),
            asked[..2]
        );
    }
    assert_eq!(store.asked_about(Asked::RowsGone).unwrap(), []);
    store.ask_about(Asked::RowsGone, &ids).unwrap();
    store.ask_about(Asked::ItemsGone, &ids[1..]).unwrap();
    assert_eq!(store.asked_about(Asked::ItemsGone).unwrap(), asked[1..]);
    store.ask_about(Asked::ItemsGone, &[]).unwrap();
    assert_eq!(store.asked_about(Asked::ItemsGone).unwrap(), []);
    assert_eq!(store.asked_about(Asked::RowsGone).unwrap(), asked);
}
