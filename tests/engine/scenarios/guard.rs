//! What disappears or changes in masses waits for a person's word, which covers exactly what was shown.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::report::Report;

use super::deletions::many;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, schema};

fn confirm(world: &World) -> Report {
    let result = world.process(|engine| engine.confirm_deletes(&mut ()));
    result.expect("a confirmation without trouble")
}

fn person_deletes(world: &World, keys: &[RowKey]) {
    for key in keys {
        world.remote.person_deletes(&world.item_of(key).unwrap());
    }
}

fn restore(world: &World, keys: &[RowKey], surname: &str) {
    for key in keys {
        let old = changes(&[("Surname", surname)]);
        world.database.app_updates_unnoticed(key, &old);
    }
}

/// How many items have this surname.
fn delivered(world: &World, surname: &str) -> usize {
    let contacts = world.remote.contacts();
    let has = |text: Option<&str>| text == Some(surname);
    let found = contacts.iter();
    found
        .filter(|(_, contact)| has(contact.text(Property::Surname)))
        .count()
}

/// R8: the word covers what was shown, looked at again; what was deleted since is asked about again.
#[test]
fn a_word_covers_the_deletions_that_were_shown() {
    let world = World::new();
    let keys = many(&world, 40);
    person_deletes(&world, &keys[..14]);
    assert_eq!(world.sync().waiting_deletes, 14);
    person_deletes(&world, &keys[14..17]);
    // A pull that ends early notes what is gone, but shows nothing.
    world.script.fail("gone_counts", 0, Fault::Before);
    world.try_pull().expect_err("the database failed");
    assert_eq!(confirm(&world).rows_deleted, 14);
    assert_eq!(world.database.rows().len(), 26);
    let report = world.sync();
    assert_eq!((report.waiting_deletes, report.rows_deleted), (3, 0));
    assert_eq!(confirm(&world).rows_deleted, 3);
    assert_eq!(confirm(&world).rows_deleted, 0);
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R8: without a question there is nothing that a word could cover.
#[test]
fn a_word_that_nobody_asked_for_covers_nothing() {
    let world = World::new();
    let keys = many(&world, 40);
    for key in &keys[..20] {
        world.database.app_deletes(key);
    }
    person_deletes(&world, &keys[20..]);
    let report = confirm(&world);
    assert_eq!((report.rows_deleted, report.items_deleted), (0, 0));
    assert_eq!(world.database.rows().len(), 20);
    assert_eq!(world.remote.contacts().len(), 20);
}

/// R9: rows that vanish after the report are not covered by the word for those before.
#[test]
fn a_word_covers_the_vanished_rows_that_were_shown() {
    let world = World::new();
    let keys = many(&world, 60);
    for key in &keys[..20] {
        world.database.app_deletes(key);
    }
    assert_eq!(world.sync().waiting_deletes, 20);
    for key in &keys[20..40] {
        world.database.app_deletes(key);
    }
    assert_eq!(confirm(&world).items_deleted, 20);
    assert_eq!(world.remote.contacts().len(), 40);
    assert_eq!(world.sync().waiting_deletes, 20, "asked about again");
    assert_eq!(confirm(&world).items_deleted, 20);
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R9: rows that came back are no longer asked about, and the old word does not cover their next end.
#[test]
fn a_question_is_forgotten_when_its_reason_is_gone() {
    let world = World::new();
    let keys = many(&world, 30);
    let rows = world.database.rows();
    for key in &keys[..20] {
        world.database.app_deletes(key);
    }
    assert_eq!(world.sync().waiting_deletes, 20);
    world.database.with(|tables| tables.rows = rows);
    assert_eq!(world.sync().waiting_deletes, 0);
    assert_in_step(&world);
    for key in &keys[..20] {
        world.database.app_deletes(key);
    }
    assert_eq!(confirm(&world).items_deleted, 0, "nobody has seen this yet");
    assert_eq!(world.remote.contacts().len(), 30);
}

/// R8, R9, R25: rounds in which the same things wait write nothing.
#[test]
fn asking_again_writes_nothing() {
    let world = World::new();
    let keys = many(&world, 80);
    person_deletes(&world, &keys[..20]);
    for key in &keys[20..40] {
        world.database.app_deletes(key);
    }
    restore(&world, &keys[40..60], "Old");
    let report = world.sync();
    assert_eq!(report.warnings.len(), 3, "{:?}", report.warnings);
    let counts = |world: &World| {
        world
            .database
            .with(|tables| (tables.row_writes, tables.own_writes))
    };
    let before = counts(&world);
    for _ in 0..3 {
        assert_eq!(world.sync().warnings, report.warnings);
    }
    assert_eq!(counts(&world), before);
    confirm(&world);
    world.sync();
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R12, R25: a restored table is not delivered unless a person says so, and then what was shown.
#[test]
fn rows_that_changed_unnoticed_in_masses_wait() {
    let world = World::new();
    let keys = many(&world, 40);
    restore(&world, &keys[..15], "Old");
    for _ in 0..3 {
        let report = world.sync();
        assert!(report.warnings[0].contains("15 of 40"), "{report:?}");
        assert_eq!(delivered(&world, "Old"), 0);
    }
    restore(&world, &keys[15..20], "Old");
    confirm(&world);
    assert_eq!(delivered(&world, "Old"), 15, "what was shown");
    world.sync();
    world.sync();
    assert_eq!(delivered(&world, "Old"), 20, "five are few");
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R25: what waits is forgotten when the table has its values again.
#[test]
fn a_restore_that_is_undone_leaves_no_trace() {
    let world = World::new();
    let keys = many(&world, 30);
    let rows = world.database.rows();
    restore(&world, &keys[..20], "Old");
    assert_eq!(world.sync().warnings.len(), 1);
    world.database.with(|tables| tables.rows = rows);
    assert!(world.sync().warnings.is_empty());
    restore(&world, &keys[..20], "Older");
    confirm(&world);
    assert_eq!(delivered(&world, "Older"), 0, "nobody has seen this yet");
}

/// R25: an edit in Outlook of a contact that waits merges as any other, and a push of its row is a word for it.
#[test]
fn a_contact_that_waits_is_merged_and_pushed_as_any_other() {
    let world = World::new();
    let keys = many(&world, 40);
    restore(&world, &keys[..20], "Old");
    world.sync();
    let item = world.item_of(&keys[0]).unwrap();
    world
        .remote
        .person_edits(&item, &changes(&[("CompanyName", "New Ltd")]));
    world.sync();
    let company = ("New Ltd".into(), "New Ltd".into());
    assert_eq!(world.both(&keys[0], Property::CompanyName), company);
    let surname = ("Old".into(), "Old".into());
    assert_eq!(world.both(&keys[0], Property::Surname), surname);
    assert_eq!(delivered(&world, "Old"), 1, "the others wait");
    world.push(&keys[1]);
    assert_eq!(delivered(&world, "Old"), 2);
    assert!(world.sync().warnings[0].contains("18 of 40"));
}

/// R12, R25: a table that was restored or rebuilt without its triggers waits as well.
#[test]
fn a_table_that_lost_its_triggers_with_its_values_waits() {
    let world = World::new();
    let keys = many(&world, 40);
    world.database.with(|tables| tables.schema.triggers = false);
    restore(&world, &keys[..20], "Old");
    for _ in 0..2 {
        assert_eq!(world.sync().warnings.len(), 2, "of the triggers too");
        assert_eq!(delivered(&world, "Old"), 0);
    }
    confirm(&world);
    assert_eq!(delivered(&world, "Old"), 20);
    restore(&world, &keys[..5], "New");
    world.sync();
    assert_eq!(delivered(&world, "New"), 5, "a few are edits");
    assert_in_step(&world);
}

/// R12, R25: few differences, and any number where there are no triggers, are delivered as edits.
#[test]
fn without_triggers_every_difference_is_an_edit() {
    for (triggers, count) in [(false, 20), (true, 8)] {
        let mut schema = schema();
        schema.triggers = triggers;
        let world = World::with(Default::default(), schema);
        let keys = many(&world, 30);
        restore(&world, &keys[..count], "New");
        world.sync();
        world.sync();
        assert_eq!(delivered(&world, "New"), count, "triggers: {triggers}");
        assert_in_step(&world);
    }
}
