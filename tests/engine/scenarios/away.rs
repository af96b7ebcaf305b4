//! Exchange is away, busy, or fails on one contact.

use exchange_contact_sync::contact::{Contact, Property};
use exchange_contact_sync::sync::error::{RemoteClass, SyncError};
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::ports::Store;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::memory_store::MemoryStore;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact, schema};

fn named(name: &str) -> Contact {
    let email = format!("{name}@example.test");
    contact(&[("GivenName", name), ("EmailAddress1", &email)])
}

fn requests(world: &World) -> u64 {
    world.remote.with(|server| server.requests)
}

/// R25, P5, semantics 47: after a failure of any kind no process sends anything before its time, whatever it is called for; then one
/// finds out, not all, and the first success ends the wait for all.
#[test]
fn no_process_sends_anything_before_its_time_and_then_one_finds_out() {
    for fault in [Fault::Before, Fault::TimedOut, Fault::Throttled(5)] {
        let world = World::new();
        let (key, _) = world.pair_of(&named("anna"));
        world
            .database
            .app_updates(&key, &changes(&[("Surname", "Berg")]));
        world.script.fail("update", 0, fault);
        assert_eq!(world.push(&key), Outcome::Queued);
        let sent = requests(&world);
        world.clock.pass(4);
        assert_eq!(world.push(&key), Outcome::Queued);
        let error = world.try_pull().expect_err("a pull waits too");
        assert!(
            matches!(&error, SyncError::Remote(error) if error.retry_after.is_some()),
            "{fault:?}: {error}"
        );
        assert!(
            world
                .process(|engine| engine.push_pending(&mut ()))
                .is_err()
        );
        assert!(world.process(|engine| engine.plan(&mut ())).is_err());
        assert_eq!(requests(&world), sent, "{fault:?}");
        world.clock.pass(10);
        // The one that finds out meets another process, which still waits for what it learns.
        let other = world.clone();
        world.script.before("update", 0, move || {
            let before = requests(&other);
            assert_eq!(other.push(&RowKey::new("1")), Outcome::Queued);
            assert_eq!(requests(&other), before);
        });
        let outcome = world.push(&key);
        assert!(
            matches!(outcome, Outcome::Updated | Outcome::Merged),
            "{fault:?}: {outcome:?}"
        );
        world.script.revive();
        world.sync();
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 2);
    }
}

/// R25: looking at the pair, or a push that has nothing to send, does not take away anybody's turn to find out.
#[test]
fn who_has_nothing_to_send_lets_another_one_find_out() {
    let world = World::new();
    let (idle, _) = world.pair_of(&named("anna"));
    let (waiting, _) = world.pair_of(&named("bert"));
    world
        .database
        .app_updates(&waiting, &changes(&[("Surname", "Berg")]));
    world.script.fail("update", 0, Fault::Before);
    assert_eq!(world.push(&waiting), Outcome::Queued);
    world.clock.pass(10);
    for _ in 0..3 {
        let mut store = MemoryStore::open(&world.database, &world.script);
        let pair = store.pair().expect("the pair");
        assert!(
            pair.standing
                .pause
                .is_some_and(|pause| pause.left.is_zero())
        );
        assert_eq!(world.push(&idle), Outcome::Unchanged);
    }
    world.script.revive();
    assert_eq!(world.push(&waiting), Outcome::Updated);
    world.sync();
    assert_silent(&world, 2);
}

/// R25: every failure in a row makes the wait longer, a success begins anew.
#[test]
fn the_wait_grows_with_every_failure_in_a_row() {
    let world = World::new();
    let (key, _) = world.pair_of(&named("anna"));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    let mut before = 0;
    for _ in 0..4 {
        world.script.fail("changes", 0, Fault::Before);
        world.try_pull().expect_err("no connection");
        let left = wait(&world);
        assert!(left > before * 3 / 2, "{left} after {before}");
        before = left;
        world.clock.pass(left as i64 + 1);
    }
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_eq!(wait(&world), 0);
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Celik")]));
    world.script.fail("update", 0, Fault::Before);
    assert_eq!(world.push(&key), Outcome::Queued);
    assert!(wait(&world) <= 7, "the floor again");
}

/// The seconds that Exchange is still left alone.
fn wait(world: &World) -> u64 {
    match world.try_pull() {
        Err(SyncError::Remote(error)) if error.retry_after.is_some() => {
            error.retry_after.unwrap().as_secs()
        }
        Ok(_) => 0,
        Err(error) => panic!("{error}"),
    }
}

/// P5, P6: a contact on which the server fails every time, without an answer, stops no other, is found out by being sent alone while the
/// server is up, is held after its tries, and is delivered when its row is corrected.
#[test]
fn a_poison_contact_is_held_after_its_tries_and_stops_no_other() {
    let habits = Habits {
        poison: Some("poison"),
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    world.sync();
    let poison = world.database.app_inserts(&named("poison"));
    let others: Vec<RowKey> = ["anna", "bert", "cora"]
        .map(|name| world.database.app_inserts(&named(name)))
        .into();
    let mut delivered_after = None;
    for round in 0..20 {
        // An attempt whose answer was lost is not repeated sooner.
        world.clock.pass(200);
        let _ = world.process(|engine| engine.push_pending(&mut ()));
        if delivered_after.is_none() && others.iter().all(|key| world.item_of(key).is_some()) {
            delivered_after = Some(round);
        }
        if !world.held().is_empty() {
            break;
        }
    }
    assert!(
        delivered_after.is_some_and(|round| round <= 2),
        "{delivered_after:?}"
    );
    let held = world.held();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].key.as_ref(), Some(&poison));
    assert!(
        held[0].hold.reason.contains("5 times"),
        "{}",
        held[0].hold.reason
    );
    let given = held[0].hold.contact.text(Property::GivenName);
    assert_eq!(given, Some("poison"), "its values are kept");
    world.clock.pass(700);
    let more = world.database.app_inserts(&named("dora"));
    assert_eq!(world.push(&more), Outcome::Created, "others go on");
    world
        .database
        .app_updates(&poison, &changes(&[("GivenName", "cured")]));
    world.clock.pass(700);
    assert_eq!(world.push(&poison), Outcome::Created);
    world.sync();
    world.sync();
    assert!(world.held().is_empty());
    assert_in_step(&world);
    assert_silent(&world, 2);
}

/// P6: an outage makes no contact a suspect that is held: what fails while nothing answers says nothing about a contact.
#[test]
fn an_outage_of_any_length_holds_nobody() {
    let world = World::new();
    world.sync();
    let keys: Vec<RowKey> = ["anna", "bert"]
        .map(|name| world.database.app_inserts(&named(name)))
        .into();
    for _ in 0..60 {
        world.clock.pass(900);
        world.remote.with(|server| server.habits.mute = true);
        let _ = world.process(|engine| engine.push_pending(&mut ()));
    }
    assert!(world.held().is_empty());
    world.remote.with(|server| server.habits.mute = false);
    for _ in 0..4 {
        world.clock.pass(900);
        world.sync();
    }
    assert!(keys.iter().all(|key| world.item_of(key).is_some()));
    assert_in_step(&world);
    assert_silent(&world, 2);
}

/// Semantics 11: where the server stops a batch at a bad contact, the others are sent again at once, and only the bad one waits.
#[test]
fn what_the_server_did_not_come_to_is_sent_again() {
    for fault in [
        Fault::StoppedAt(0),
        Fault::StoppedAt(1),
        Fault::StoppedAt(2),
    ] {
        let world = World::new();
        world.sync();
        let keys: Vec<RowKey> = ["anna", "bert", "cora"]
            .map(|name| world.database.app_inserts(&named(name)))
            .into();
        world.script.fail("create", 0, fault);
        let report = world.push_pending();
        assert_eq!((report.items_created, report.held), (2, 1), "{fault:?}");
        assert!(report.failure.is_none());
        let linked = keys.iter().filter(|key| world.item_of(key).is_some());
        assert_eq!(linked.count(), 2);
        world.clock.pass(3_600);
        world.sync();
        world.sync();
        assert_in_step(&world);
    }
}

/// P6: an answer that one contact makes too large for the limit is asked for again in parts, and only that one is held.
#[test]
fn an_item_that_spoils_every_answer_stops_no_other() {
    let world = World::new();
    world.sync();
    for name in ["anna", "bert", "cora"] {
        world.remote.person_creates(&named(name));
    }
    world
        .remote
        .with(|server| server.habits.unreadable = Some("bert"));
    let report = world.pull();
    assert_eq!((report.rows_inserted, report.held), (2, 1));
    world.remote.with(|server| server.habits.unreadable = None);
    world.clock.pass(3_600);
    world.sync();
    world.sync();
    assert_in_step(&world);
    assert_eq!(world.database.rows().len(), 3);
}

/// Semantics 48: a wrong password is an answer of its own class also while it is not tried again.
#[test]
fn a_refused_log_in_stays_one_while_it_is_left_alone() {
    let world = World::new();
    let (key, _) = world.pair_of(&named("anna"));
    world.script.fail("changes", 0, Fault::LoginRefused);
    for _ in 0..2 {
        let error = world.try_pull().expect_err("no log-in");
        assert!(
            matches!(&error, SyncError::Remote(error) if error.class == RemoteClass::Auth),
            "{error}"
        );
    }
    assert_eq!(world.push(&key), Outcome::Queued);
    world.clock.pass(80);
    world.pull();
}
