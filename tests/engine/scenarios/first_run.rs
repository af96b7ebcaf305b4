//! Contacts on both sides before the first round.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent, noise};
use crate::script::Fault;
use crate::world::{World, contact, schema};

/// semantics 22.
#[test]
fn contacts_that_match_are_paired_without_a_write_to_exchange() {
    for page in [1, 512] {
        let habits = Habits {
            page,
            ..Habits::default()
        };
        let world = World::with(habits, schema());
        let values = [
            vec![
                ("GivenName", "Anna"),
                ("EmailAddress1", "anna@example.test"),
            ],
            vec![
                ("GivenName", "Bert"),
                ("Surname", "Tal"),
                ("CompanyName", "Muster AG"),
            ],
            vec![
                ("GivenName", "Carl"),
                ("Surname", "Ohm"),
                ("MobilePhone", "+49 170 5550100"),
            ],
        ];
        let mut keys = Vec::new();
        for values in &values {
            keys.push(world.database.app_inserts(&contact(values)));
            world.remote.person_creates(&contact(values));
        }
        let report = world.sync();
        assert_eq!(report.matched, 3);
        assert_eq!(
            world.remote.with(|server| server.writes),
            0,
            "22, pages of {page}"
        );
        assert_eq!(world.database.rows().len(), 3);
        for key in &keys {
            assert!(world.item_of(key).is_some());
        }
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 10);
        assert_eq!(world.remote.with(|server| server.writes), 0);
    }
}

/// R23: nothing is known of either side's values.
#[test]
fn paired_contacts_fill_each_others_gaps_and_journal_what_differs() {
    let world = World::new();
    let key = world.database.app_inserts(&contact(&[
        ("GivenName", "Anna"),
        ("EmailAddress1", "anna@example.test"),
        ("MobilePhone", "0170 5550100"),
        ("Body", "by the app"),
    ]));
    world.remote.person_creates(&contact(&[
        ("GivenName", "Anna"),
        ("Surname", "Berg"),
        ("EmailAddress1", "anna@example.test"),
        ("Body", "by a person"),
    ]));
    for _ in 0..3 {
        world.sync();
    }
    assert_in_step(&world);
    let row = world.database.contact(&key).unwrap();
    assert_eq!(row.text(Property::Surname), Some("Berg"));
    assert_eq!(
        world.remote.contacts()[0].1.text(crate::world::MOBILE),
        Some("0170 5550100")
    );
    let journal = world.database.with(|tables| tables.conflicts.clone());
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0].conflict.property, Some(Property::Body));
    assert_silent(&world, 3);
}

/// P2: never two to one.
#[test]
fn what_is_ambiguous_stays_separate_and_is_reported() {
    let anna = |number: u32| {
        let name = format!("Anna {number}");
        contact(&[
            ("GivenName", &name),
            ("EmailAddress1", "office@example.test"),
        ])
    };
    for page in [1, 2, 512] {
        for (rows, items) in [(1, 2), (2, 1), (2, 2)] {
            let habits = Habits {
                page,
                ..Habits::default()
            };
            let world = World::with(habits, schema());
            for number in 0..rows {
                world.database.app_inserts(&anna(number));
            }
            for number in 0..items {
                world.remote.person_creates(&anna(10 + number));
            }
            let report = world.sync();
            let case = format!("{rows} rows, {items} items, pages of {page}");
            assert_eq!(report.matched, 0, "{case}");
            assert!(!report.ambiguous.is_empty(), "{case}");
            for _ in 0..3 {
                world.sync();
            }
            let all = (rows + items) as usize;
            assert_eq!(world.database.rows().len(), all, "{case}");
            assert_eq!(world.remote.contacts().len(), all, "{case}");
            assert_in_step(&world);
            assert_silent(&world, 2);
        }
    }
}

/// P2.
#[test]
fn nothing_is_created_in_exchange_before_its_contacts_are_known() {
    let world = World::new();
    let values = [
        ("GivenName", "Anna"),
        ("EmailAddress1", "anna@example.test"),
    ];
    world.remote.person_creates(&contact(&values));
    let key = world.database.app_inserts(&contact(&values));
    assert_eq!(world.push(&key), Outcome::Queued);
    assert_eq!(world.remote.with(|server| server.writes), 0);
    world.sync();
    world.sync();
    assert_eq!(world.remote.contacts().len(), 1);
    assert_in_step(&world);
}

#[test]
fn rows_that_were_there_before_are_delivered_without_a_push() {
    let world = World::new();
    world.database.with(|tables| tables.schema.triggers = false);
    for number in 0..7 {
        let email = format!("n{number}@example.test");
        world.database.app_inserts(&contact(&[
            ("GivenName", "Name"),
            ("EmailAddress1", &email),
        ]));
    }
    world.database.with(|tables| tables.schema.triggers = true);
    world.sync();
    world.sync();
    assert_eq!(world.remote.contacts().len(), 7);
    assert_in_step(&world);
    assert_silent(&world, 3);
}

#[test]
fn a_plan_tells_what_a_round_would_do_and_does_nothing() {
    let world = World::new();
    let values = |name: &str| {
        let email = format!("{name}@example.test");
        contact(&[("GivenName", name), ("EmailAddress1", &email)])
    };
    world.database.app_inserts(&values("both"));
    world.remote.person_creates(&values("both"));
    world.database.app_inserts(&values("row"));
    world.remote.person_creates(&values("item"));
    let before = (
        noise(&world)[0],
        noise(&world)[2],
        world.database.links().len(),
    );
    let plan = world.process(|engine| engine.plan(&mut ())).unwrap();
    assert_eq!(
        (
            noise(&world)[0],
            noise(&world)[2],
            world.database.links().len()
        ),
        before
    );
    assert_eq!(
        (plan.matches, plan.create_items, plan.insert_rows),
        (1, 1, 1),
        "{plan:?}"
    );
    assert_eq!(
        (
            plan.update_items,
            plan.delete_items,
            plan.update_rows,
            plan.delete_rows
        ),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_first_run_that_is_killed_again_and_again_still_gets_on() {
    let world = World::new();
    for number in 0..300 {
        let email = format!("n{number}@example.test");
        let values = [("GivenName", "Name"), ("EmailAddress1", email.as_str())];
        world.remote.person_creates(&contact(&values));
    }
    let mut rows = 0;
    for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::KilledAfter] {
        world.script.fail("apply", 1, fault);
        let killed = world.try_pull().is_err();
        assert!(killed || rows > 0, "the first one is killed in any case");
        world.script.revive();
        world.clock.pass(600);
        assert!(world.database.rows().len() >= rows);
        rows = world.database.rows().len();
    }
    for _ in 0..3 {
        world.clock.pass(600);
        world.sync();
    }
    assert_eq!(world.database.rows().len(), 300);
    assert_in_step(&world);
    assert_silent(&world, 2);
}

#[test]
fn what_a_pair_owes_exchange_is_delivered_in_the_same_round() {
    let world = World::new();
    world.database.with(|tables| tables.schema.triggers = false);
    let key = world.database.app_inserts(&contact(&[
        ("EmailAddress1", "anna@example.test"),
        ("Surname", "Berg"),
    ]));
    world.database.with(|tables| tables.schema.triggers = true);
    world
        .remote
        .person_creates(&contact(&[("EmailAddress1", "anna@example.test")]));
    world.sync();
    assert_eq!(world.both(&key, Property::Surname).1, "Berg");
}
