//! One bad contact never stops the others, and never disappears.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::ports::{HoldKind, Side};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::memory_store::Schema;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{EMAIL, World, changes, contact, schema};

fn named(name: &str) -> exchange_contact_sync::contact::Contact {
    let email = format!("{name}@example.test");
    contact(&[("GivenName", name), ("EmailAddress1", &email)])
}

/// P6: it is held whole, the other one arrives, and neither side is damaged.
#[test]
fn an_item_that_does_not_fit_is_held_and_comes_when_it_fits() {
    let mut schema = schema();
    schema.max_length.insert(Property::Surname, 5);
    for update in [false, true] {
        let world = World::with(Habits::default(), schema.clone());
        world.sync();
        let long = changes(&[("Surname", "far too long")]);
        let item = world.remote.person_creates(&named("long"));
        if update {
            world.sync();
        }
        world.remote.person_edits(&item, &long);
        world.remote.person_creates(&named("short"));
        let report = world.sync();
        assert_eq!(
            (report.rows_inserted, report.held),
            (1, 1),
            "the other one arrives"
        );
        let held = world.held();
        assert_eq!(held.len(), 1);
        assert_eq!(
            (held[0].hold.side, held[0].hold.kind),
            (Side::Row, HoldKind::Unfit)
        );
        assert_eq!(
            held[0].hold.contact.text(Property::Surname),
            Some("far too long")
        );
        assert_eq!(
            world.remote.contact(&item).unwrap().text(Property::Surname),
            Some("far too long")
        );
        world
            .remote
            .person_edits(&item, &changes(&[("Surname", "fits")]));
        world.sync();
        assert!(world.held().is_empty());
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 3);
    }
}

/// P6, P1: what has no place in the item waits alone; it is delivered once there is one.
#[test]
fn a_property_without_a_place_waits_and_the_others_go_on() {
    let world = World::with(Habits::default(), schema());
    world.sync();
    let (key, item) = world.pair_of(&named("anna"));
    let without = |property| {
        world
            .remote
            .with(|server| server.habits.homeless = property);
    };
    without(Some(Property::Surname));
    for name in ["anne", "anni"] {
        world
            .database
            .app_updates(&key, &changes(&[("GivenName", name), ("Surname", "Berg")]));
        world.sync();
        let held = world.held();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].hold.kind, HoldKind::Refused);
        assert!(held[0].hold.reason.contains("no place"));
        let contact = world.remote.contact(&item).unwrap();
        assert_eq!(contact.text(Property::GivenName), Some(name));
        assert_eq!(contact.text(Property::Surname), None);
    }
    world
        .remote
        .person_edits(&item, &changes(&[("GivenName", "anke")]));
    world.sync();
    without(None);
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    world.sync();
    assert!(world.held().is_empty());
    let contact = world.remote.contact(&item).unwrap();
    assert_eq!(contact.text(Property::Surname), Some("Tal"));
    assert_eq!(contact.text(Property::GivenName), Some("anke"));
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R11: a list has met an item also when its row is held, so a round counts it once and idle rounds leave it alone.
#[test]
fn an_item_that_we_wrote_and_that_is_held_since_is_looked_at_once() {
    let mut schema = schema();
    schema.max_length.insert(Property::Surname, 5);
    for lost in [false, true] {
        let world = World::with(Habits::default(), schema.clone());
        let (key, item) = world.pair_of(&named("ours"));
        let update = changes(&[("GivenName", "written")]);
        world.database.app_updates(&key, &update);
        world.push_pending();
        if lost {
            world.script.fail("changes", 0, Fault::CursorsLost);
        }
        let long = changes(&[("Surname", "far too long")]);
        world.remote.person_edits(&item, &long);
        assert_eq!(world.sync().held, 1);
        let tries = world.held()[0].tries;
        for _ in 0..3 {
            assert_eq!(world.sync().fetched, 0);
        }
        assert_eq!(world.held()[0].tries, tries);
    }
}

/// P6, R22: what another row stood in the way of comes when that row has changed.
#[test]
fn a_held_contact_is_retried_without_a_new_edit() {
    let world = World::with(
        Habits::default(),
        Schema {
            unique: vec![EMAIL],
            ..schema()
        },
    );
    let (key, _) = world.pair_of(&named("office"));
    world.remote.person_creates(&contact(&[
        ("GivenName", "Other"),
        ("EmailAddress1", "OFFICE@example.test"),
    ]));
    world.sync();
    let held = world.held();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].hold.kind, HoldKind::Constraint);
    world
        .database
        .app_updates(&key, &changes(&[("EmailAddress1", "new@example.test")]));
    world.clock.pass(86_400);
    world.sync();
    assert!(world.held().is_empty());
    world.sync();
    assert_eq!(world.database.rows().len(), 2);
    assert_in_step(&world);
}

/// R22.
#[test]
fn contacts_that_swap_a_unique_value_are_solved_in_one_round() {
    let world = World::with(
        Habits::default(),
        Schema {
            unique: vec![EMAIL],
            ..schema()
        },
    );
    let (_, one) = world.pair_of(&named("one"));
    let (_, two) = world.pair_of(&named("two"));
    world
        .remote
        .person_edits(&one, &changes(&[("EmailAddress1", "two@example.test")]));
    world
        .remote
        .person_edits(&two, &changes(&[("EmailAddress1", "one@example.test")]));
    let report = world.sync();
    assert_eq!((report.rows_updated, report.held), (2, 0), "R22");
    assert_in_step(&world);
}

/// P6, semantics 11: outward as well.
#[test]
fn a_row_that_exchange_refuses_is_held_and_the_others_are_delivered() {
    for update in [false, true] {
        let world = World::new();
        world.sync();
        let keys: Vec<_> = ["a", "b", "c"]
            .map(|name| world.database.app_inserts(&named(name)))
            .into();
        if update {
            world.sync();
            for key in &keys {
                world
                    .database
                    .app_updates(key, &changes(&[("Surname", "Berg")]));
            }
        }
        world.script.fail(
            if update { "update" } else { "create" },
            0,
            Fault::OneRefused(1),
        );
        let report = world.push_pending();
        assert_eq!(report.held, 1);
        assert_eq!(report.items_created + report.items_updated, 2);
        let held = world.held();
        assert_eq!(held.len(), 1);
        assert_eq!(
            (held[0].hold.side, held[0].hold.kind),
            (Side::Item, HoldKind::Refused)
        );
        assert_eq!(held[0].key.as_ref(), Some(&keys[1]));
        world.clock.pass(86_400);
        world.sync();
        assert!(world.held().is_empty(), "retried");
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 3);
    }
}

/// P6: an edit is a reason to try at once.
#[test]
fn a_held_row_is_delivered_with_its_next_edit() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&named("a"));
    world.script.fail("create", 0, Fault::OneRefused(0));
    assert_eq!(world.push(&key), Outcome::Held);
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    assert_eq!(world.push(&key), Outcome::Created);
    assert!(world.held().is_empty());
    assert_in_step(&world);
}

/// P6: the other columns of the row are delivered.
#[test]
fn a_value_that_cannot_be_read_is_held_and_its_column_left_alone() {
    let world = World::new();
    let (key, item) = world.pair_of(&named("a"));
    world
        .database
        .app_updates(&key, &changes(&[("Birthday", "1980-02-29")]));
    world.sync();
    world
        .database
        .app_writes_nonsense(&key, Property::Birthday, Some("17th of May"));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.push(&key);
    let held = world.held();
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].hold.side, held[0].hold.kind),
        (Side::Item, HoldKind::Unreadable)
    );
    let there = world.remote.contact(&item).unwrap();
    assert_eq!(
        there.text(Property::Surname),
        Some("Berg"),
        "the other fields are in step"
    );
    assert!(
        there.get(Property::Birthday).is_some(),
        "the item keeps what it had"
    );
    world
        .database
        .app_updates(&key, &changes(&[("Birthday", "1981-05-17")]));
    world.sync();
    assert!(world.held().is_empty());
    assert_eq!(world.both(&key, Property::Birthday).1, "1981-05-17");
}

/// P6, semantics 11: the others proceed, and the cursor moves without it.
#[test]
fn an_item_that_exchange_cannot_give_is_fetched_later() {
    for fault in [Fault::OneTransient(1), Fault::OneRefused(1)] {
        let world = World::new();
        world.sync();
        for name in ["a", "b", "c"] {
            world.remote.person_creates(&named(name));
        }
        world.script.fail("fetch", 0, fault);
        world.sync();
        assert!(world.database.rows().len() >= 2, "11: the others proceed");
        for _ in 0..2 {
            world.clock.pass(86_400);
            world.sync();
        }
        assert_eq!(world.database.rows().len(), 3, "{fault:?}");
        assert_in_step(&world);
        assert_silent(&world, 3);
    }
}

/// R3, R15: the cursor moves without the row, and a push of it is queued.
#[test]
fn a_locked_row_is_left_for_later_without_losing_the_remote_edit() {
    let world = World::new();
    let (key, item) = world.pair_of(&named("a"));
    world.database.app_locks(&key, true);
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    world.remote.person_creates(&named("b"));
    world.sync();
    assert_eq!(
        world.database.rows().len(),
        2,
        "R3: the cursor moves without it"
    );
    assert_eq!(
        world
            .database
            .contact(&key)
            .unwrap()
            .text(Property::Surname),
        None
    );
    assert_eq!(
        world.push(&key),
        Outcome::Queued,
        "R15: locked means queued"
    );
    world.database.app_locks(&key, false);
    world.sync();
    assert_eq!(world.both(&key, Property::Surname).0, "Berg");
    world.sync();
    assert_in_step(&world);
}

#[test]
fn an_item_that_outlives_its_row_but_does_not_fit_waits_in_place_of_the_row() {
    let world = World::with(
        Habits::default(),
        Schema {
            unique: vec![EMAIL],
            ..schema()
        },
    );
    let (key, item) = world.pair_of(&named("office"));
    world.database.app_deletes(&key);
    let other = world.database.app_inserts(&named("office"));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    for _ in 0..3 {
        world.clock.pass(86_400);
        world.sync();
    }
    assert_eq!(world.held().len(), 1);
    assert!(world.database.with(|tables| tables.outbox.is_empty()));
    world
        .database
        .app_updates(&other, &changes(&[("EmailAddress1", "new@example.test")]));
    for _ in 0..3 {
        world.clock.pass(86_400);
        world.sync();
    }
    assert!(world.held().is_empty());
    assert_eq!(
        world.database.rows().len(),
        2,
        "the edit outlives the deletion"
    );
    assert_in_step(&world);
}
