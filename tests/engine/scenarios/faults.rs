//! Whatever fails in between: nothing is lost and nothing is doubled.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::error::{RemoteClass, SyncError};
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::policy::ConflictPolicy;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::{Fault, Port};
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
];

fn settle(world: &World) {
    world.script.revive();
    for _ in 0..4 {
        world.clock.pass(3_600);
        world.sync();
    }
    assert_in_step(world);
    assert_silent(world, 2);
}

/// P2, R5, semantics 20: the next push or pull finds the item by its stamp.
#[test]
fn a_create_whose_answer_was_lost_is_adopted_and_not_repeated() {
    for fault in [Fault::After, Fault::KilledAfter] {
        for by_pull in [true, false] {
            let world = World::new();
            world.sync();
            let key = world.database.app_inserts(&contact(ANNA));
            world.script.fail("create", 0, fault);
            let outcome = world.try_push(&key);
            assert!(!matches!(outcome, Ok(Outcome::Created)), "{outcome:?}");
            world.script.revive();
            world.clock.pass(600);
            if by_pull {
                world.pull();
            } else {
                world.push(&key);
            }
            settle(&world);
            assert_eq!(world.script.count("create"), 1, "20: never blindly again");
            assert_eq!(world.remote.contacts().len(), 1);
            assert_eq!(world.database.rows().keys().collect::<Vec<_>>(), [&key]);
        }
    }
}

/// R6: the item of a link that is still creating is searched by its stamp and deleted.
#[test]
fn a_row_deleted_while_its_create_was_unknown_leaves_no_item() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&contact(ANNA));
    world.script.fail("create", 0, Fault::After);
    world.push(&key);
    world.database.app_deletes(&key);
    settle(&world);
    assert!(
        world.remote.contacts().is_empty(),
        "R6: searched by stamp and deleted"
    );
    assert!(world.database.rows().is_empty());
}

/// R16, semantics 57: our own older write is no foreign edit, also when the row was edited again.
#[test]
fn an_update_whose_answer_was_lost_is_recognised() {
    for fault in [Fault::After, Fault::KilledAfter] {
        for edited_again in [false, true] {
            let mut world = World::new();
            world.settings.policy.conflict = ConflictPolicy::Exchange;
            let (key, item) = world.pair_of(&contact(ANNA));
            world
                .database
                .app_updates(&key, &changes(&[("Surname", "Berg")]));
            world.script.fail("update", 0, fault);
            let _ = world.try_push(&key);
            world.script.revive();
            world.clock.pass(600);
            if edited_again {
                world
                    .database
                    .app_updates(&key, &changes(&[("Surname", "Tal")]));
                world.push(&key);
            }
            settle(&world);
            let expected = if edited_again { "Tal" } else { "Berg" };
            assert_eq!(
                world.both(&key, Property::Surname).0,
                expected,
                "57, {fault:?}"
            );
            assert_eq!(world.item_of(&key), Some(item));
            assert_eq!(
                world.database.with(|tables| tables.conflicts.len()),
                0,
                "57: our own older write is no foreign edit, {fault:?}"
            );
        }
    }
}

/// R16: recognition is per field.
#[test]
fn a_foreign_edit_of_another_field_survives_a_lost_answer() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.script.fail("update", 0, Fault::After);
    world.push(&key);
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "by a person")]));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    world.clock.pass(600);
    settle(&world);
    assert_eq!(world.both(&key, Property::Surname).1, "Tal");
    assert_eq!(world.both(&key, Property::Body).0, "by a person", "R16");
}

/// P1, P2, P3, semantics 4: at every call, in every way.
#[test]
fn killed_or_failing_at_any_call_of_a_round_nothing_is_lost_or_doubled() {
    let faults = [
        Fault::Before,
        Fault::TimedOut,
        Fault::After,
        Fault::KilledBefore,
        Fault::KilledAfter,
        Fault::Deadlock,
        Fault::Throttled(30),
    ];
    for port in [Port::Remote, Port::Store] {
        for fault in faults {
            for number in 1.. {
                let world = World::with(
                    Habits {
                        fetch: 2,
                        write: 2,
                        ..Habits::default()
                    },
                    schema(),
                );
                let keys = prepared(&world);
                world.script.at(port, number, Some(fault), None);
                let result = world.try_sync();
                let reached = world
                    .script
                    .trace()
                    .iter()
                    .any(|call| call.contains(&format!("{fault:?}")));
                if !reached {
                    assert!(number > 3, "a round makes several calls");
                    assert!(result.is_ok());
                    break;
                }
                settle(&world);
                let rows = world.database.rows();
                assert_eq!(rows.len(), 5, "{port:?} {number} {fault:?}");
                for (property, key, text) in [
                    (Property::Surname, &keys[0], "by the app"),
                    (Property::Surname, &keys[1], "by a person"),
                    (Property::Body, &keys[2], "by a person"),
                    (Property::Surname, &keys[2], "by the app"),
                ] {
                    let both = (text.to_owned(), text.to_owned());
                    assert_eq!(
                        world.both(key, property),
                        both,
                        "{port:?} {number} {fault:?}"
                    );
                }
                assert!(!rows.contains_key(&keys[3]) && !rows.contains_key(&keys[4]));
                assert_eq!(world.remote.contacts().len(), 5);
            }
        }
    }
}

/// Seven contacts: edited here, there, on both sides, deleted here, there, made here, made there.
fn prepared(world: &World) -> Vec<RowKey> {
    let named = |name: &str| {
        let email = format!("{name}@example.test");
        contact(&[("GivenName", name), ("EmailAddress1", &email)])
    };
    let keys: Vec<RowKey> = ["a", "b", "c", "d", "e"]
        .map(|name| world.database.app_inserts(&named(name)))
        .into();
    world.sync();
    world.sync();
    let item = |index: usize| world.item_of(&keys[index]).unwrap();
    world
        .database
        .app_updates(&keys[0], &changes(&[("Surname", "by the app")]));
    world
        .remote
        .person_edits(&item(1), &changes(&[("Surname", "by a person")]));
    world
        .database
        .app_updates(&keys[2], &changes(&[("Surname", "by the app")]));
    world
        .remote
        .person_edits(&item(2), &changes(&[("Body", "by a person")]));
    world.remote.person_deletes(&item(4));
    world.database.app_deletes(&keys[3]);
    world.database.app_inserts(&named("f"));
    world.remote.person_creates(&named("g"));
    world.clock.pass(60);
    keys
}

/// R25, semantics 47: by no process.
#[test]
fn no_request_is_sent_before_the_time_a_busy_server_named() {
    let world = World::new();
    let (key, _) = world.pair_of(&contact(ANNA));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.script.fail("update", 0, Fault::Throttled(300));
    assert_eq!(world.push(&key), Outcome::Queued);
    let sent = world.remote.with(|server| server.requests);
    world.clock.pass(290);
    assert_eq!(world.push(&key), Outcome::Queued);
    let error = world.try_pull().expect_err("not yet");
    assert!(matches!(error, SyncError::Remote(error) if error.class == RemoteClass::Throttled));
    assert_eq!(
        world.remote.with(|server| server.requests),
        sent,
        "47: for all processes"
    );
    world.clock.pass(100);
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_in_step(&world);
}

/// R20: one pull of a pair at a time.
#[test]
fn another_process_that_pulls_is_not_disturbed() {
    let world = World::new();
    let other = world.clone();
    world.script.before("changes", 0, move || {
        assert_eq!(other.try_pull(), Err(SyncError::Busy));
    });
    world.pull();
    assert!(world.script.is_spent());
    world.pull();
}
