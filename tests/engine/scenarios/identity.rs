//! One row, one item: whatever happens to ids and stamps.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
];

/// A contact from either side: with a stamp when it came from here.
fn pair(world: &World, from_app: bool) -> exchange_contact_sync::sync::ids::RowKey {
    if from_app {
        return world.pair_of(&contact(ANNA)).0;
    }
    world.remote.person_creates(&contact(ANNA));
    world.sync();
    world.database.rows().into_keys().next().unwrap()
}

/// R10, semantics 18: with a stamp, and by content without one.
#[test]
fn delete_and_create_in_place_of_an_update_keeps_the_row() {
    for from_app in [true, false] {
        let habits = Habits {
            edits_renew_ids: true,
            ..Habits::default()
        };
        let world = World::with(habits, schema());
        let key = pair(&world, from_app);
        let item = world.item_of(&key).unwrap();
        world
            .remote
            .person_edits(&item, &changes(&[("Surname", "Berg")]));
        world.sync();
        let rows = world.database.rows();
        assert_eq!(
            rows.keys().collect::<Vec<_>>(),
            [&key],
            "18, from the app: {from_app}"
        );
        assert_eq!(rows[&key].contact.text(Property::Surname), Some("Berg"));
        assert_in_step(&world);
        world.sync();
        assert_silent(&world, 3);
    }
}

/// R10, semantics 16: under another id.
#[test]
fn an_item_moved_out_and_back_between_two_pulls_keeps_the_row() {
    for from_app in [true, false] {
        let world = World::new();
        let key = pair(&world, from_app);
        world.remote.person_deletes(&world.item_of(&key).unwrap());
        world.remote.person_moves_back(0);
        world.sync();
        assert_eq!(
            world.database.rows().keys().collect::<Vec<_>>(),
            [&key],
            "16"
        );
        assert_in_step(&world);
        world.sync();
        assert_silent(&world, 3);
    }
}

#[test]
fn an_item_moved_out_for_longer_comes_back_as_one_contact() {
    for from_app in [true, false] {
        let world = World::new();
        let key = pair(&world, from_app);
        world.remote.person_deletes(&world.item_of(&key).unwrap());
        world.sync();
        assert!(world.database.rows().is_empty());
        world.remote.person_moves_back(0);
        world.sync();
        assert_eq!(world.database.rows().len(), 1);
        assert_in_step(&world);
        world.sync();
        assert_silent(&world, 3);
    }
}

/// R5, semantics 21: though it bears the stamp of its original.
#[test]
fn a_copy_becomes_its_own_contact() {
    for from_app in [true, false] {
        for edited in [true, false] {
            let world = World::new();
            let key = pair(&world, from_app);
            let original = world.item_of(&key).unwrap();
            let copy = world.remote.person_copies(&original);
            if edited {
                world
                    .remote
                    .person_edits(&copy, &changes(&[("GivenName", "Hanna")]));
            }
            world.sync();
            world.sync();
            assert_eq!(
                world.database.rows().len(),
                2,
                "21, from the app: {from_app}"
            );
            assert_eq!(
                world.item_of(&key),
                Some(original.clone()),
                "the original stays linked"
            );
            assert_eq!(world.remote.contacts().len(), 2);
            assert_in_step(&world);
            world.sync();
            assert_silent(&world, 3);
            world.remote.person_deletes(&original);
            world.sync();
            assert_eq!(world.database.contact(&key), None);
            assert_eq!(world.remote.contacts().len(), 1, "the copy lives on");
            world.sync();
            assert_in_step(&world);
        }
    }
}

/// R10, semantics 19: linked again by stamp or content.
#[test]
fn all_ids_renamed_at_once_double_and_delete_nothing() {
    for from_app in [true, false] {
        let world = World::new();
        pair(&world, from_app);
        for number in 0..20 {
            let email = format!("n{number}@example.test");
            world.remote.person_creates(&contact(&[
                ("GivenName", "Name"),
                ("EmailAddress1", &email),
            ]));
        }
        world.sync();
        world.sync();
        let before = world.database.rows();
        world.script.fail("changes", 0, Fault::IdsRenamed);
        for _ in 0..2 {
            world.sync();
        }
        assert!(world.script.is_spent());
        let after = world.database.rows();
        assert_eq!(
            after.keys().collect::<Vec<_>>(),
            before.keys().collect::<Vec<_>>(),
            "19: every row keeps its key"
        );
        assert_in_step(&world);
        assert_eq!(world.remote.contacts().len(), 21);
        world.sync();
        assert_silent(&world, 3);
    }
}

/// R5, P2: a second item with another stamp of the same link.
#[test]
fn a_late_twin_of_a_create_is_merged_and_removed() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&contact(ANNA));
    world.script.fail("create", 0, Fault::Late(7_200));
    assert_eq!(world.push(&key), Outcome::Queued);
    for _ in 0..3 {
        world.clock.pass(600);
        world.sync();
    }
    assert_eq!(world.remote.contacts().len(), 1, "the next attempt did it");
    world.clock.pass(7_200);
    for _ in 0..3 {
        world.clock.pass(600);
        world.sync();
    }
    assert_eq!(world.remote.contacts().len(), 1, "R5: the twin is gone");
    assert_eq!(world.database.rows().keys().collect::<Vec<_>>(), [&key]);
    assert_in_step(&world);
}

/// R5.
#[test]
fn no_second_attempt_while_the_first_may_still_be_at_work() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&contact(ANNA));
    world.script.fail("create", 0, Fault::Late(60));
    assert_eq!(world.push(&key), Outcome::Queued);
    for _ in 0..4 {
        world.clock.pass(20);
        world.push(&key);
    }
    world.clock.pass(600);
    world.sync();
    assert_eq!(world.script.count("create"), 1, "R5");
    assert_eq!(world.remote.contacts().len(), 1);
    assert_in_step(&world);
}

/// R17, semantics 46: what leaves the scope is unlinked and nothing is deleted; neither side's next edit makes a twin, and the way back
/// follows the first-run rules.
#[test]
fn a_row_outside_the_scope_is_detached_and_takes_nothing_along() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.database.app_scopes(&key, false);
    world.sync();
    assert_eq!(world.state_of(&key), Some(LinkState::Detached));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "There")]));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Here")]));
    world.sync();
    world.sync();
    assert_eq!(
        world.both(&key, Property::Surname),
        ("Here".into(), "There".into())
    );
    assert_eq!(world.database.rows().len(), 1, "46: no twin");
    assert_eq!(world.remote.contacts().len(), 1);
    assert_silent(&world, 3);
    world.database.app_scopes(&key, true);
    for _ in 0..3 {
        world.sync();
    }
    assert_in_step(&world);
    assert_eq!(world.database.rows().len(), 1);
    assert_eq!(world.remote.contacts().len(), 1);
    assert_eq!(
        world.state_of(&key),
        Some(LinkState::Linked),
        "back by the first-run rules"
    );
    assert_eq!(world.database.with(|tables| tables.conflicts.len()), 1);
}

#[test]
fn a_row_that_never_was_in_the_scope_is_nobodys_business() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts_where(&contact(ANNA), false);
    world.push(&key);
    world.sync();
    assert!(world.remote.contacts().is_empty());
    assert_silent(&world, 3);
}

#[test]
fn a_row_is_not_removed_while_its_item_under_another_id_could_not_be_read() {
    let habits = Habits {
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    let key = pair(&world, false);
    let item = world.item_of(&key).unwrap();
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    world.script.fail("fetch", 1, Fault::OneTransient(0));
    for _ in 0..2 {
        world.sync();
        assert_eq!(world.database.rows().keys().collect::<Vec<_>>(), [&key]);
    }
    assert!(world.script.is_spent());
    assert_eq!(world.both(&key, Property::Surname).0, "Berg");
    assert_in_step(&world);
}

#[test]
fn a_first_run_that_was_killed_keeps_the_rows_of_items_that_got_another_id() {
    let habits = Habits {
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    let item = world.remote.person_creates(&contact(ANNA));
    world.script.fail("pair", 2, Fault::KilledBefore);
    assert!(world.try_pull().is_err());
    world.script.revive();
    let key = world.database.rows().into_keys().next().unwrap();
    world
        .remote
        .person_edits(&item, &changes(&[("EmailAddress1", "")]));
    world
        .database
        .app_updates(&key, &changes(&[("Body", "note")]));
    for _ in 0..3 {
        world.clock.pass(600);
        world.sync();
    }
    assert_eq!(world.database.rows().keys().collect::<Vec<_>>(), [&key]);
    assert_eq!(world.remote.contacts().len(), 1, "no twin");
    assert_in_step(&world);
}
