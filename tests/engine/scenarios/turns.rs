//! Turns: so many processes send requests to the mailbox at the same time.

use exchange_contact_sync::sync::back_off::BackOff;
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError, SyncError};
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::ports::{Errand, Lease, Store};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_store::MemoryStore;
use crate::oracle::assert_in_step;
use crate::world::{World, changes, contact};

/// A contact that both sides know and that the app has changed, and a process that has the only turn.
fn crowded() -> (World, RowKey, MemoryStore) {
    let world = World::new();
    let (key, _) = world.pair_of(&contact(&[("GivenName", "anna")]));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.database.with(|tables| tables.turns = 1);
    let mut other = MemoryStore::open(&world.database, &world.script);
    let turn = [Lease::Turn(Errand::Pull)];
    assert_eq!(other.lease(&turn).unwrap(), [true]);
    (world, key, other)
}

/// Requests so far.
fn asked(world: &World) -> u64 {
    ["changes", "fetch", "update"]
        .into_iter()
        .map(|operation| world.script.count(operation))
        .sum()
}

/// Semantics 47, user-pains 29: a push waits for its turn for half of its time, then the row waits and nothing was sent; a turn that
/// becomes free meanwhile is taken.
#[test]
fn a_push_waits_for_its_turn_and_is_queued() {
    let (world, key, mut other) = crowded();
    let before = asked(&world);
    let result = world.process(|engine| engine.push(&key, &mut ())).unwrap();
    assert_eq!(result.outcome, Outcome::Queued);
    assert!(result.reason.unwrap().contains("exchange.concurrency"));
    assert_eq!(world.script.count("await_turn"), 2, "of five seconds");
    assert_eq!(asked(&world), before);
    let mut row = MemoryStore::open(&world.database, &world.script);
    assert_eq!(row.lease(&[Lease::Row(key.clone())]).unwrap(), [true]);
    row.release(&[Lease::Row(key.clone())]).unwrap();
    world.script.before("await_turn", 1, move || {
        other.release(&[Lease::Turn(Errand::Pull)]).unwrap();
    });
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_in_step(&world);
}

/// Semantics 47: a round of deliveries that has no turn says so, and its rows wait; a pull is told as if another one were at work, and
/// keeps nobody else from pulling.
#[test]
fn rounds_wait_for_longer_and_say_why_they_end() {
    let (mut world, key, mut other) = crowded();
    let before = asked(&world);
    let report = world.push_pending();
    assert_eq!(report.failure.unwrap().class, RemoteClass::Untried);
    assert_eq!(report.queued, 1);
    assert_eq!(world.script.count("await_turn"), 6, "longer than a push");
    world.settings.policy.wait_for_pull = 9;
    assert_eq!(world.try_pull().unwrap_err(), SyncError::Crowded);
    assert_eq!(world.script.count("await_turn"), 15, "as long as asked");
    assert_eq!(asked(&world), before);
    other.release(&[Lease::Turn(Errand::Pull)]).unwrap();
    assert_eq!(other.lease(&[Lease::Pull]).unwrap(), [true]);
    other.release(&[Lease::Pull]).unwrap();
    assert!(world.pull().complete);
    assert_eq!(world.push_pending().items_updated, 1);
    assert_eq!(world.push(&key), Outcome::Unchanged);
    assert_in_step(&world);
}

/// Semantics 47, R25: what another process heard of Exchange while we waited holds for us too.
#[test]
fn who_waited_for_a_turn_leaves_a_busy_server_alone() {
    let (world, key, mut other) = crowded();
    world.script.before("await_turn", 0, move || {
        let busy = RemoteError::new(RemoteClass::Throttled, "busy");
        let back_off = BackOff::after(&busy, 0).unwrap();
        other.back_off(&back_off).unwrap();
        other.release(&[Lease::Turn(Errand::Pull)]).unwrap();
    });
    let before = asked(&world);
    let result = world.process(|engine| engine.push(&key, &mut ())).unwrap();
    assert_eq!(result.outcome, Outcome::Queued);
    assert!(result.reason.unwrap().contains("busy"));
    assert_eq!(world.script.count("await_turn"), 1);
    assert_eq!(asked(&world), before);
}
