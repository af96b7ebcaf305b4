//! Full passes: what they find that no change list told.

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact};

const DAY: i64 = 86_400;

fn named(name: &str) -> exchange_contact_sync::contact::Contact {
    contact(&[("GivenName", name), ("Surname", "Berg")])
}

/// R11: a server that begins its list anew without a word, when everything that is left has changed, looks like one that tells of
/// changes. What was deleted there is found by the comparison of the next day.
#[test]
fn what_no_list_told_is_found_within_a_day() {
    let world = World::new();
    let pairs = ["anna", "bert", "cleo", "dora", "emil"].map(|name| world.pair_of(&named(name)));
    for (_, item) in &pairs[..3] {
        world.remote.person_deletes(item);
    }
    for (_, item) in &pairs[3..] {
        world
            .remote
            .person_edits(item, &changes(&[("Body", "changed")]));
    }
    world.script.fail("changes", 0, Fault::CursorRestarted);
    world.sync();
    assert_eq!(
        world.database.rows().len(),
        5,
        "nothing tells of the deletions"
    );
    world.clock.pass(DAY + 1);
    world.sync();
    assert_eq!(world.database.rows().len(), 2);
    assert_in_step(&world);
    world.sync();
    assert_silent(&world, 3);
}

/// P4, R11: the daily comparison of what is in step fetches no item and changes none, on either side; no other pull compares.
#[test]
fn the_daily_comparison_fetches_and_changes_nothing() {
    let world = World::new();
    world.pair_of(&named("anna"));
    let (writes, fetched) = world.remote.with(|server| (server.writes, server.fetched));
    let rows = world.database.with(|tables| tables.row_writes);
    let generation = || world.database.with(|tables| tables.pair.generation);
    let first = generation();
    for hours in [1, 23, 1, 23] {
        world.clock.pass(hours * 3_600 + 60);
        world.sync();
    }
    assert_eq!(generation() - first, 2, "one for each day, one reset each");
    assert_eq!(
        world.remote.with(|server| (server.writes, server.fetched)),
        (writes, fetched)
    );
    assert_eq!(world.database.with(|tables| tables.row_writes), rows);
}

/// R10, R11: what was parked when the server forgot the cursor may be gone since, and is no rival of what it has become.
#[test]
fn what_was_parked_does_not_outlive_its_cursor() {
    let habits = Habits {
        page: 1,
        edits_renew_ids: true,
        ..Default::default()
    };
    let world = World::with(habits, crate::world::schema());
    world.database.app_inserts(&named("anna"));
    let item = world.remote.person_creates(&contact(&[
        ("GivenName", "bert"),
        ("EmailAddress1", "bert@example.test"),
    ]));
    world.sync();
    world.sync();
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "changed")]));
    // The second page, behind the item under its new id, finds the mailbox restored: all ids are others.
    world.script.fail("changes", 2, Fault::IdsRenamed);
    world.sync();
    world.sync();
    assert_eq!(world.database.rows().len(), 2);
    assert_in_step(&world);
}

/// R10, R11: a missed item that could not be looked at may be the one that nobody knows: nothing is taken for new before that is known.
#[test]
fn what_could_not_be_looked_at_may_be_what_is_new() {
    let world = World::new();
    world.remote.person_creates(&named("anna"));
    world.sync();
    let key = world.database.rows().into_keys().next().expect("a row");
    world.script.fail("changes", 0, Fault::IdsRenamed);
    world.script.fail("fetch", 1, Fault::OneRefused(0));
    world.pull();
    assert_eq!(world.database.rows().len(), 1, "it waits");
    world
        .database
        .app_updates(&key, &changes(&[("Body", "mine")]));
    world.clock.pass(3_600);
    world.sync();
    world.sync();
    assert_eq!(world.database.rows().len(), 1);
    assert_eq!(world.remote.contacts().len(), 1);
    assert_in_step(&world);
}

/// R10: an item that could not be read for a while may be the one that is missed under its old id.
#[test]
fn what_could_not_be_read_may_be_what_is_missed() {
    let habits = Habits {
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, crate::world::schema());
    let (key, item) = world.pair_of(&named("anna"));
    world
        .remote
        .person_edits(&item, &changes(&[("CompanyName", "Berg & Co")]));
    world
        .database
        .app_updates(&key, &changes(&[("Body", "mine")]));
    world.script.fail("fetch", 1, Fault::OneRefused(0));
    world.pull();
    assert_eq!(world.held().len(), 1);
    world.clock.pass(3_600);
    world.sync();
    world.sync();
    assert_eq!(world.remote.contacts().len(), 1);
    assert_eq!(world.database.rows().into_keys().collect::<Vec<_>>(), [key]);
    assert_in_step(&world);
}

/// P2, R5, semantics 21: a copy that has become a contact of its own is not adopted for the one whose answer was lost.
#[test]
fn a_copy_that_is_linked_is_no_lost_answer() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&named("anna"));
    world.script.fail("create", 0, Fault::After);
    world.push(&key);
    world.script.revive();
    let item = world.remote.contacts().remove(0).0;
    let copy = world.remote.person_copies(&item);
    world.database.app_locks(&key, true);
    world.clock.pass(3_600);
    world.pull();
    world.database.app_locks(&key, false);
    world.database.app_deletes(&key);
    world.remote.person_deletes(&item);
    for _ in 0..3 {
        world.clock.pass(3_600);
        world.sync();
    }
    let left: Vec<_> = world
        .remote
        .contacts()
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(left, [copy]);
    assert_in_step(&world);
}

/// R10: the same when the row was locked while its item was found gone, and the look that was to make up for it fails.
#[test]
fn what_was_parked_for_its_row_and_could_not_be_looked_at_may_be_what_is_new() {
    let world = World::new();
    world.remote.person_creates(&named("anna"));
    world.sync();
    let key = world.database.rows().into_keys().next().expect("a row");
    world
        .database
        .app_updates(&key, &changes(&[("Body", "mine")]));
    world.database.app_locks(&key, true);
    world.script.fail("changes", 0, Fault::IdsRenamed);
    world.sync();
    world.database.app_locks(&key, false);
    world.script.fail("fetch", 0, Fault::OneTransient(0));
    world.pull();
    assert_eq!(world.database.rows().len(), 1, "it waits");
    world.sync();
    world.sync();
    assert_eq!(world.remote.contacts().len(), 1);
    assert_eq!(world.database.rows().into_keys().collect::<Vec<_>>(), [key]);
    assert_in_step(&world);
}

/// R10: the same when the list itself names what has gone as changed, and the look at it fails.
#[test]
fn what_a_list_named_and_could_not_be_looked_at_may_be_what_is_new() {
    let habits = Habits {
        fetch: 1,
        edits_renew_ids: true,
        deletes_look_like_changes: true,
        ..Habits::default()
    };
    let world = World::with(habits, crate::world::schema());
    let item = world.remote.person_creates(&named("anna"));
    world.sync();
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "theirs")]));
    for place in 0..2 {
        world.script.fail("fetch", place, Fault::OneRefused(0));
    }
    world.pull();
    assert_eq!(world.database.rows().len(), 1, "it waits");
    world.clock.pass(3_600);
    world.sync();
    world.sync();
    assert_eq!(world.database.rows().len(), 1);
    assert_in_step(&world);
}

/// R11, semantics 56: an item of ours that a list named, and that could not be looked at then, has been named: where deletions look
/// like changes, the next list may name it because it is gone.
#[test]
fn what_a_list_named_and_could_not_be_looked_at_has_been_named() {
    for fault in [Fault::OneRefused(0), Fault::OneTransient(0)] {
        let habits = Habits {
            deletes_look_like_changes: true,
            ..Habits::default()
        };
        let world = World::with(habits, crate::world::schema());
        let key = world.database.app_inserts(&named("anna"));
        world.push_pending();
        let item = world.remote.contacts().remove(0).0;
        world.remote.person_touches(&item);
        world.script.fail("fetch", 0, fault);
        world.pull();
        world.remote.person_deletes(&item);
        for _ in 0..3 {
            world.clock.pass(3_600);
            world.sync();
        }
        assert!(
            !world.database.rows().contains_key(&key),
            "{fault:?}: the row outlives its item"
        );
        assert_in_step(&world);
    }
}

/// R10: what could not be looked at in an earlier pull, and is not due for another look, may be what is new.
#[test]
fn what_is_held_unread_may_be_what_is_new() {
    let habits = Habits {
        edits_renew_ids: true,
        deletes_look_like_changes: true,
        ..Habits::default()
    };
    let world = World::with(habits, crate::world::schema());
    let (key, item) = world.pair_of(&named("anna"));
    world
        .database
        .app_updates(&key, &changes(&[("Body", "mine")]));
    world.remote.person_deletes(&item);
    world.script.fail("fetch", 0, Fault::OneRefused(0));
    world.pull();
    assert_eq!(world.held().len(), 1, "it may still be there");
    world.remote.person_moves_back(0);
    world.pull();
    assert_eq!(world.database.rows().len(), 1, "it waits");
    for _ in 0..3 {
        world.clock.pass(3_600);
        world.sync();
    }
    assert_eq!(world.database.rows().into_keys().collect::<Vec<_>>(), [key]);
    assert_eq!(world.remote.contacts().len(), 1);
    assert_in_step(&world);
}

/// P6, R10: an item that is refused again and again is believed to be there, and keeps no namesake waiting for good.
#[test]
fn what_is_refused_for_good_is_believed_to_be_there() {
    let world = World::new();
    let (_, item) = world.pair_of(&named("anna"));
    world
        .remote
        .with(|server| server.habits.unreadable = Some("anna"));
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "changed")]));
    world.pull();
    world.remote.person_creates(&named("Anna"));
    world.pull();
    assert_eq!(world.database.rows().len(), 1, "it may be the same one");
    for _ in 0..5 {
        world.clock.pass(3_600);
        world.pull();
    }
    assert_eq!(world.database.rows().len(), 2);
    assert_eq!(world.held().len(), 1);
}
