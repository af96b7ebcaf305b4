//! A page in flight meets what happened meanwhile.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::error::SyncError;
use exchange_contact_sync::sync::ports::{Lease, Store};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::memory_store::MemoryStore;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::{Fault, Port};
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
];

/// R1, P1: a push has finished since the page was fetched; the link's version tells, and the item is fetched again.
#[test]
fn a_page_that_a_push_overtook_is_not_applied() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    let other = world.clone();
    let pushed = key.clone();
    world.script.before("apply", 0, move || {
        other.clock.pass(60);
        other
            .database
            .app_updates(&pushed, &changes(&[("Surname", "Tal"), ("Body", "note")]));
        let outcome = other.push(&pushed);
        assert!(
            matches!(outcome, Outcome::Merged | Outcome::Updated),
            "{outcome:?}"
        );
    });
    world.pull();
    assert!(world.script.is_spent());
    for _ in 0..2 {
        world.sync();
    }
    assert_eq!(
        world.both(&key, Property::Body),
        ("note".into(), "note".into())
    );
    assert_eq!(
        world.both(&key, Property::Surname),
        ("Tal".into(), "Tal".into())
    );
    assert_in_step(&world);
    assert_silent(&world, 2);
}

/// R1, R6: the link of a fetched item has ended; the item is looked at again and is gone.
#[test]
fn a_page_in_flight_does_not_bring_back_a_deleted_contact() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.remote.person_touches(&item);
    let (other, deleted) = (world.clone(), key.clone());
    world.script.before("apply", 0, move || {
        other.database.app_deletes(&deleted);
        assert_eq!(other.push(&deleted), Outcome::Deleted);
    });
    world.pull();
    assert!(world.script.is_spent());
    for _ in 0..2 {
        world.sync();
        assert!(world.database.rows().is_empty(), "R6");
    }
    assert!(world.remote.contacts().is_empty());
    assert_silent(&world, 2);
}

/// R1, R6: as above, before the items of the list were fetched.
#[test]
fn a_contact_deleted_between_the_list_and_its_look_up_stays_deleted() {
    for skip in 0..3 {
        let world = World::new();
        let (key, item) = world.pair_of(&contact(ANNA));
        world.remote.person_touches(&item);
        let (other, deleted) = (world.clone(), key.clone());
        world.script.before("links_of", skip, move || {
            other.database.app_deletes(&deleted);
            other.push(&deleted);
        });
        for _ in 0..3 {
            world.sync();
        }
        if !world.script.is_spent() {
            assert!(skip > 0);
            continue;
        }
        assert!(world.database.rows().is_empty());
        assert!(world.remote.contacts().is_empty());
    }
}

/// R2: after a deadlock the page is planned again on what is there by then; no old value is replayed.
#[test]
fn the_app_saves_while_a_page_is_planned() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    let (other, edited) = (world.clone(), key.clone());
    world.script.fail("apply", 0, Fault::Deadlock);
    world.script.before("apply after a deadlock", 0, move || {
        other
            .database
            .app_updates(&edited, &changes(&[("Body", "note")]));
    });
    world.pull();
    world.script.revive();
    for _ in 0..2 {
        world.sync();
    }
    assert_eq!(world.both(&key, Property::Surname).0, "Berg");
    assert_eq!(
        world.both(&key, Property::Body),
        ("note".into(), "note".into()),
        "R2"
    );
    assert_in_step(&world);
}

/// R4: a note that was made after the row was read is not done with the delivery.
#[test]
fn an_edit_during_its_own_delivery_is_delivered_next() {
    for op in ["update", "apply", "look", "release"] {
        for skip in 0..2 {
            let world = World::new();
            let (key, _) = world.pair_of(&contact(ANNA));
            world
                .database
                .app_updates(&key, &changes(&[("Surname", "Berg")]));
            let (other, edited) = (world.clone(), key.clone());
            world.script.before(op, skip, move || {
                other
                    .database
                    .app_updates(&edited, &changes(&[("Surname", "Tal")]));
            });
            world.push(&key);
            world.sync();
            world.sync();
            if !world.script.is_spent() {
                continue;
            }
            assert_eq!(
                world.both(&key, Property::Surname).1,
                "Tal",
                "R4: before {op} {skip}"
            );
            assert_in_step(&world);
        }
    }
}

/// P2: at whichever call the other process comes in between.
#[test]
fn two_processes_push_one_new_row_once() {
    for number in 1..12 {
        let world = World::new();
        world.sync();
        let key = world.database.app_inserts(&contact(ANNA));
        for port in [Port::Store, Port::Remote] {
            let (other, pushed) = (world.clone(), key.clone());
            let act = Box::new(move || {
                let _ = other.try_push(&pushed);
            });
            world.script.at(port, number, None, Some(act));
        }
        world.push(&key);
        world.script.revive();
        for _ in 0..2 {
            world.clock.pass(600);
            world.sync();
        }
        assert_eq!(world.remote.contacts().len(), 1, "P2, at call {number}");
        assert_in_step(&world);
    }
}

/// P10: at whichever call of the round the push comes.
#[test]
fn a_push_during_the_pull_at_any_call_changes_nothing_but_the_order() {
    for number in 1..40 {
        let world = World::new();
        let (key, item) = world.pair_of(&contact(ANNA));
        let new = world.database.app_inserts(&contact(&[
            ("GivenName", "New"),
            ("EmailAddress1", "new@example.test"),
        ]));
        world
            .remote
            .person_edits(&item, &changes(&[("Surname", "Berg")]));
        world
            .database
            .app_updates(&key, &changes(&[("Body", "note")]));
        let other = world.clone();
        let keys = [key.clone(), new];
        let act = Box::new(move || {
            for key in &keys {
                let _ = other.try_push(key);
            }
        });
        world.script.at(Port::Store, number, None, Some(act));
        world.sync();
        world.script.revive();
        for _ in 0..2 {
            world.clock.pass(600);
            world.sync();
        }
        assert_eq!(
            world.both(&key, Property::Surname).0,
            "Berg",
            "P10, at call {number}"
        );
        assert_eq!(world.both(&key, Property::Body).1, "note");
        assert_eq!(world.remote.contacts().len(), 2);
        assert_in_step(&world);
        assert_silent(&world, 2);
    }
}

/// semantics 10: an item that disappears between the list and the look at it is gone; the others proceed and the cursor moves.
#[test]
fn an_item_deleted_while_the_pages_that_name_it_are_read_leaves_no_row() {
    for looks_like_change in [false, true] {
        for pages in 1..6 {
            let habits = Habits {
                page: 1,
                deletes_look_like_changes: looks_like_change,
                ..Habits::default()
            };
            let world = World::with(habits, schema());
            for name in ["a", "b", "c", "d", "e"] {
                world
                    .remote
                    .person_creates(&contact(&[("GivenName", name)]));
            }
            let person = world.clone();
            world.script.before("changes", pages, move || {
                let (item, _) = person.remote.contacts().pop().unwrap();
                person.remote.person_deletes(&item);
            });
            for _ in 0..3 {
                world.sync();
            }
            assert!(world.script.is_spent());
            assert_eq!(world.database.rows().len(), 4, "after {pages} pages");
            assert_in_step(&world);
        }
    }
}

/// R20, semantics 53: while one process pulls, another one gives up at once or waits, as asked; a wait ends with the other pull.
#[test]
fn a_second_pull_gives_up_or_waits_as_asked() {
    let mut world = World::new();
    world.pair_of(&contact(&[("GivenName", "anna")]));
    let mut other = MemoryStore::open(&world.database, &world.script);
    assert_eq!(other.lease(&[Lease::Pull]).unwrap(), [true]);
    assert_eq!(world.try_pull().unwrap_err(), SyncError::Busy);
    assert_eq!(world.script.count("await_pull"), 0);
    world.settings.policy.wait_for_pull = 3;
    assert_eq!(world.try_pull().unwrap_err(), SyncError::Busy);
    assert_eq!(world.script.count("await_pull"), 3, "a second each");
    world.script.before("await_pull", 1, move || {
        other.release(&[Lease::Pull]).unwrap();
    });
    assert!(world.pull().complete);
    assert_eq!(world.script.count("await_pull"), 5);
}

/// R10: an item that another process finds gone at the end of a pull may be there under an id that only a later list can name.
#[test]
fn what_is_found_gone_after_the_last_list_waits_for_the_next_one() {
    let habits = Habits {
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    let (key, item) = world.pair_of(&contact(&[("GivenName", "anna"), ("Surname", "Berg")]));
    world
        .database
        .app_updates(&key, &changes(&[("MobilePhone", "1")]));
    let other = world.clone();
    world.script.before("gone", 0, move || {
        let theirs = changes(&[("Body", "theirs")]);
        other.remote.person_edits(&item, &theirs);
        other.push_pending();
    });
    world.pull();
    for _ in 0..3 {
        world.clock.pass(3_600);
        world.sync();
    }
    assert_eq!(world.database.rows().into_keys().collect::<Vec<_>>(), [key]);
    assert_eq!(world.remote.contacts().len(), 1);
    assert_in_step(&world);
}
