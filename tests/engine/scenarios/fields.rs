//! Values go each way, and nothing else is touched.

use exchange_contact_sync::contact::{Property, Value};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::memory_store::Schema;
use crate::oracle::{assert_in_step, assert_silent};
use crate::world::{EMAIL, World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("Surname", "Berg"),
    ("EmailAddress1", "anna@example.test"),
    ("MobilePhone", "+49 170 5550100"),
    ("Birthday", "1980-02-29"),
    ("Body", "one\ntwo"),
    ("Categories", "Customer\nVIP"),
];

/// P4, semantics 24: our own writes come back in the list and are not fetched.
#[test]
fn a_new_row_becomes_an_item_at_once_and_its_echo_is_silent() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&contact(ANNA));
    assert_eq!(world.push(&key), Outcome::Created);
    assert_in_step(&world);
    assert_eq!(world.push(&key), Outcome::Unchanged);
    let fetched = world.remote.with(|server| server.fetched);
    let report = world.pull();
    assert_eq!((report.changes, report.fetched), (1, 0));
    assert_eq!(
        world.remote.with(|server| server.fetched),
        fetched,
        "24: an echo is not fetched"
    );
    assert_silent(&world, 10);
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    assert_eq!(world.push(&key), Outcome::Updated);
    let requests = world.remote.with(|server| server.requests);
    world.pull();
    assert_eq!(
        world.remote.with(|server| server.requests) - requests,
        1,
        "24: nor is that of a change: one list, no look"
    );
    world.pull();
    assert_silent(&world, 3);
}

/// P4.
#[test]
fn a_new_item_becomes_a_row_with_every_mapped_value() {
    let world = World::new();
    world.sync();
    world.remote.person_creates(&contact(ANNA));
    let report = world.pull();
    assert_eq!((report.rows_inserted, report.fetched), (1, 1));
    let rows: Vec<_> = world.database.rows().into_values().collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].contact, contact(ANNA));
    assert_eq!(
        world.database.with(|tables| tables.outbox.len()),
        0,
        "our own writes are no edits"
    );
    assert_silent(&world, 10);
}

#[test]
fn each_field_is_set_and_cleared_from_each_side_alone() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    for (name, text) in [
        ("GivenName", "Hanna"),
        ("EmailAddress1", "hanna@example.test"),
        ("Birthday", "1899-12-31"),
        ("Body", ""),
        ("MobilePhone", ""),
        ("Birthday", ""),
        ("Categories", ""),
        ("Categories", "Friend"),
        ("Body", "three"),
    ] {
        for from_app in [true, false] {
            let (before_row, before_item) = (
                world.database.contact(&key).unwrap(),
                world.remote.contact(&item).unwrap(),
            );
            let changes = changes(&[(name, text)]);
            let mut expected = before_row.clone();
            expected.apply(&changes);
            if from_app {
                world.database.app_updates(&key, &changes);
                world.push(&key);
            } else {
                world.remote.person_edits(&item, &changes);
                world.pull();
            }
            assert_eq!(before_row, before_item);
            assert_eq!(
                world.database.contact(&key).unwrap(),
                expected,
                "{name}={text}"
            );
            assert_eq!(
                world.remote.contact(&item).unwrap(),
                expected,
                "{name}={text}"
            );
        }
    }
    assert_silent(&world, 2);
}

/// P8.
#[test]
fn what_is_not_mapped_is_touched_on_neither_side() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .remote
        .person_edits(&item, &changes(&[("JobTitle", "Baker"), ("Nickname", "A")]));
    world.database.app_updates(
        &key,
        &changes(&[("Department", "Sales"), ("Surname", "Tal")]),
    );
    world.sync();
    world
        .database
        .app_updates(&key, &changes(&[("GivenName", "Ann")]));
    world.sync();
    let (row, item) = (
        world.database.rows()[&key].contact.clone(),
        world.remote.contact(&item).unwrap(),
    );
    assert_eq!(item.text(Property::JobTitle), Some("Baker"));
    assert_eq!(item.text(Property::Nickname), Some("A"));
    assert_eq!(item.text(Property::Department), None);
    assert_eq!(row.text(Property::JobTitle), None);
    assert_eq!(row.text(Property::Department), Some("Sales"));
    assert_in_step(&world);
}

/// semantics 25, 61.
#[test]
fn a_change_key_that_moves_without_a_change_costs_one_silent_round() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.remote.person_touches(&item);
    let rows = world.database.with(|tables| tables.row_writes);
    let report = world.sync();
    assert_eq!(
        (report.fetched, report.rows_updated, report.items_updated),
        (1, 0, 0)
    );
    assert_eq!(world.database.with(|tables| tables.row_writes), rows);
    assert_silent(&world, 3);
    world.remote.person_touches(&item);
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_in_step(&world);
}

/// R13, P4: each side keeps values in its own way.
#[test]
fn normalising_databases_and_servers_cause_no_ping_pong() {
    let lower = |property, value: &Value| match value {
        Value::Text(text) if property == EMAIL => Some(Value::Text(text.to_lowercase())),
        value => Some(value.clone()),
    };
    let upper = |property, value: &Value| match value {
        Value::Text(text) if property == Property::CompanyName => {
            Some(Value::Text(text.to_uppercase()))
        }
        value => Some(value.clone()),
    };
    let world = World::with(
        Habits {
            normalise: upper,
            ..Habits::default()
        },
        Schema {
            normalise: lower,
            ..schema()
        },
    );
    world.sync();
    let mixed = [
        ("GivenName", "Anna"),
        ("EmailAddress1", "Anna@Example.test"),
        ("CompanyName", "Muster AG"),
    ];
    world.remote.person_creates(&contact(&mixed));
    world.database.app_inserts(&contact(&[
        ("GivenName", "Bert"),
        ("EmailAddress1", "Bert@Example.test"),
        ("CompanyName", "Beispiel GmbH"),
    ]));
    world.sync();
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 10);
    let email =
        |contact: &exchange_contact_sync::contact::Contact| contact.text(EMAIL).map(str::to_owned);
    let items = world.remote.contacts();
    assert!(
        items
            .iter()
            .any(|(_, item)| email(item).as_deref() == Some("Anna@Example.test")),
        "what the table normalises is not sent back: {items:?}"
    );
}

/// R13, P4: one letter has two forms in Unicode, composed and decomposed. Where each side turns what it is given into its own form,
/// ten rounds with an edit of something else on both sides write those edits and nothing else.
#[test]
fn two_forms_of_one_letter_are_not_sent_to_and_fro() {
    let composed = |_, value: &Value| match value {
        Value::Text(text) => Some(Value::Text(text.replace("e\u{301}", "\u{e9}"))),
        value => Some(value.clone()),
    };
    let decomposed = |_, value: &Value| match value {
        Value::Text(text) => Some(Value::Text(text.replace('\u{e9}', "e\u{301}"))),
        value => Some(value.clone()),
    };
    let world = World::with(
        Habits {
            normalise: composed,
            ..Habits::default()
        },
        Schema {
            normalise: decomposed,
            ..schema()
        },
    );
    world.sync();
    let from_app = [
        ("GivenName", "Rene\u{301}e"),
        ("CompanyName", "Cafe\u{301}"),
    ];
    let (key, item) = world.pair_of(&contact(&from_app));
    world.remote.person_creates(&contact(&[
        ("GivenName", "Zo\u{e9}"),
        ("Body", "\u{e9}t\u{e9}"),
    ]));
    world.sync();
    world.sync();
    assert_silent(&world, 10);
    let writes = |world: &World| {
        let rows = world.database.with(|tables| tables.row_writes);
        (rows, world.remote.with(|server| server.writes))
    };
    let (rows, items) = writes(&world);
    for round in 1..=10 {
        let edit = |name: &str| changes(&[(name, &format!("{round}"))]);
        world.database.app_updates(&key, &edit("MobilePhone"));
        world.remote.person_edits(&item, &edit("Surname"));
        world.sync();
    }
    assert_eq!(writes(&world), (rows + 10, items + 10));
    let held = world.remote.contact(&item).unwrap();
    assert_eq!(held.text(Property::GivenName), Some("Ren\u{e9}e"));
    assert_eq!(
        world.database.rows()[&key]
            .contact
            .text(Property::GivenName),
        Some("Rene\u{301}e")
    );
    world.sync();
    assert_silent(&world, 10);
    assert!(world.conflicts().is_empty());
}

/// R13: a value that the server computes is read back before it counts.
#[test]
fn a_computed_file_as_settles() {
    let mut schema = schema();
    schema.mapped.push(Property::FileAs);
    let habits = Habits {
        computes_file_as: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema);
    let (key, item) = world.pair_of(&contact(ANNA));
    assert_eq!(
        world.remote.contact(&item).unwrap().text(Property::FileAs),
        Some("Berg, Anna")
    );
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    world.sync();
    world.sync();
    assert_silent(&world, 10);
    world
        .remote
        .person_edits(&item, &changes(&[("FileAs", "The baker")]));
    world.sync();
    assert_eq!(
        world.both(&key, Property::FileAs),
        ("The baker".into(), "The baker".into())
    );
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.sync();
    world.sync();
    assert_eq!(
        world.both(&key, Property::FileAs),
        ("The baker".into(), "The baker".into())
    );
    assert_silent(&world, 10);
}

/// R23.
#[test]
fn a_newly_mapped_property_follows_the_first_run_rules() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    let (other, _) = world.pair_of(&contact(&[
        ("GivenName", "Bert"),
        ("EmailAddress1", "b@example.test"),
    ]));
    let (third, third_item) = world.pair_of(&contact(&[
        ("GivenName", "Carl"),
        ("EmailAddress1", "c@example.test"),
    ]));
    world
        .remote
        .person_edits(&item, &changes(&[("JobTitle", "Baker")]));
    world
        .database
        .app_updates(&other, &changes(&[("JobTitle", "Smith")]));
    world
        .database
        .app_updates(&third, &changes(&[("JobTitle", "Cook")]));
    world
        .remote
        .person_edits(&third_item, &changes(&[("JobTitle", "Chef")]));
    world.sync();
    assert_eq!(
        world.database.rows()[&key].contact.text(Property::JobTitle),
        None
    );
    world
        .database
        .with(|tables| tables.schema.mapped.push(Property::JobTitle));
    for _ in 0..3 {
        world.sync();
    }
    assert_in_step(&world);
    assert_eq!(world.both(&key, Property::JobTitle).0, "Baker");
    assert_eq!(world.both(&other, Property::JobTitle).1, "Smith");
    let journal = world.database.with(|tables| tables.conflicts.clone());
    assert_eq!(journal.len(), 1, "the value that lost is kept: {journal:?}");
    assert_eq!(journal[0].conflict.property, Some(Property::JobTitle));
    assert_silent(&world, 3);
}

/// R12.
#[test]
fn a_database_without_triggers_and_writes_that_no_trigger_sees_are_noticed_by_comparing() {
    for triggers in [true, false] {
        let world = World::with(
            Habits::default(),
            Schema {
                triggers,
                ..schema()
            },
        );
        world.sync();
        let key = world.database.app_inserts(&contact(ANNA));
        world.push(&key);
        let item = world.item_of(&key).expect("an item");
        world
            .database
            .app_updates_unnoticed(&key, &changes(&[("Surname", "Tal"), ("Body", "")]));
        world.sync();
        assert_in_step(&world);
        assert_eq!(world.both(&key, Property::Surname).1, "Tal");
        world.database.app_deletes_unnoticed(&key);
        world.sync();
        assert_eq!(
            world.remote.contact(&item),
            None,
            "R12: a cascade is a deletion"
        );
        assert_in_step(&world);
        let unpushed = world.database.app_inserts(&contact(ANNA));
        world.sync();
        assert!(
            world.item_of(&unpushed).is_some(),
            "a row nobody pushed is found"
        );
        world.sync();
        assert_silent(&world, 3);
    }
}

/// semantics 1, 9, 12: looked at ten at a time; and what is no contact is left alone.
#[test]
fn any_number_of_pages_brings_everything() {
    // With pictures, fewer are taken at a time.
    let mut schema = schema();
    schema
        .mapped
        .retain(|property| *property != Property::Photo);
    for page in [1, 100, 512] {
        let world = World::with(
            Habits {
                page,
                ..Habits::default()
            },
            schema.clone(),
        );
        for number in 0..130 {
            let name = format!("Name {number}");
            let email = format!("n{number}@example.test");
            world
                .remote
                .person_creates(&contact(&[("GivenName", &name), ("EmailAddress1", &email)]));
        }
        world.remote.person_makes_list();
        let report = world.pull();
        assert_eq!(report.rows_inserted, 130, "pages of {page}");
        let looks = if page == 1 { 131 } else { 14 };
        assert!(world.script.count("fetch") <= looks, "pages of {page}");
        assert_eq!(report.foreign, 1, "12: a distribution list is left alone");
        assert_in_step(&world);
        world.sync();
        assert_silent(&world, 2);
    }
}
