//! A server that does not move its cursor.

use exchange_contact_sync::contact::Property;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact, schema};

/// semantics 2: the server says that more follows and repeats the cursor, on the first page or a later one: the list is read once more
/// from there. When it is repeated again the pull ends and says so, what it was given is applied, and the next pull goes on.
#[test]
fn a_repeated_cursor_ends_the_pull_and_loses_nothing() {
    for page in [1, 2, 512] {
        for (skip, again) in [0, 1, 2]
            .into_iter()
            .flat_map(|skip| [(skip, false), (skip, true)])
        {
            let habits = Habits {
                page,
                ..Habits::default()
            };
            let world = World::with(habits, schema());
            let names = ["a", "b", "c", "d"];
            let items = names.map(|name| {
                let email = format!("{name}@example.test");
                let values = [("GivenName", name), ("EmailAddress1", email.as_str())];
                world.remote.person_creates(&contact(&values))
            });
            world.sync();
            world.sync();
            for item in &items[..3] {
                let berg = changes(&[("Surname", "Berg")]);
                world.remote.person_edits(item, &berg);
            }
            world.remote.person_deletes(&items[3]);
            let (before, lists) = (
                world.database.with(|tables| tables.pair.cursor.clone()),
                world.script.count("changes"),
            );
            world.script.fail("changes", skip, Fault::CursorRepeated);
            if again {
                world
                    .script
                    .fail("changes", skip + 1, Fault::CursorRepeated);
            }
            let report = world.pull();
            let case = format!("pages of {page}, repeated after {skip}, again: {again}");
            if !world.script.is_spent() {
                assert!(page == 512 || page == 2 && skip == 2, "{case}");
                continue;
            }
            assert!(report.complete, "{case}");
            let said = |warning: &String| warning.contains("did not move its cursor");
            assert_eq!(report.warnings.len(), usize::from(again), "{case}");
            assert!(report.warnings.iter().all(said), "{case}");
            // A deletion that was looked for has the list read once more, from where it stands.
            assert!(
                world.script.count("changes") - lists <= skip + 3 + if again { 0 } else { 4 },
                "{case}: no spinning"
            );
            if skip == 0 && page == 1 && again {
                let cursor = world.database.with(|tables| tables.pair.cursor.clone());
                assert_eq!(cursor, before, "{case}");
            }
            for _ in 0..2 {
                assert!(world.sync().warnings.is_empty(), "{case}");
            }
            let rows = world.database.rows();
            assert_eq!(rows.len(), 3, "{case}");
            let surname = |contact: &exchange_contact_sync::contact::Contact| {
                contact.text(Property::Surname) == Some("Berg")
            };
            assert!(rows.values().all(|row| surname(&row.contact)), "{case}");
            assert_in_step(&world);
            assert_silent(&world, 2);
        }
    }
}

/// R11, semantics 2, 56: what a list named without moving its cursor, no later list will say is gone; it is looked for.
#[test]
fn an_item_that_only_a_repeated_cursor_named_is_missed_when_it_goes() {
    let world = World::new();
    let key = world
        .database
        .app_inserts(&contact(&[("GivenName", "anna")]));
    world.sync();
    world.script.fail("changes", 0, Fault::CursorRepeated);
    world.script.fail("changes", 1, Fault::CursorRepeated);
    world.sync();
    let item = world.item_of(&key).expect("an item");
    world.remote.person_deletes(&item);
    world.sync();
    assert!(world.database.rows().is_empty());
    assert_in_step(&world);
}

/// R11, semantics 2, 56: the same with an item that nobody knew.
#[test]
fn a_new_item_that_only_a_repeated_cursor_named_is_missed_when_it_goes() {
    let world = World::new();
    world.sync();
    let item = world
        .remote
        .person_creates(&contact(&[("GivenName", "anna")]));
    world.script.fail("changes", 0, Fault::CursorRepeated);
    world.script.fail("changes", 1, Fault::CursorRepeated);
    world.sync();
    assert_eq!(world.database.rows().len(), 1);
    world.remote.person_deletes(&item);
    world.sync();
    assert!(world.database.rows().is_empty());
    assert_in_step(&world);
}

/// P4: what is taken for new while the cursor does not move waits for nothing more.
#[test]
fn what_is_taken_for_new_under_a_repeated_cursor_is_parked_no_longer() {
    let world = World::new();
    world.sync();
    world
        .remote
        .person_creates(&contact(&[("GivenName", "anna"), ("Surname", "Berg")]));
    world.script.fail("changes", 0, Fault::CursorRepeated);
    world.script.fail("changes", 1, Fault::CursorRepeated);
    world.pull();
    assert_eq!(world.database.rows().len(), 1);
    world.sync();
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R11: what a later list of the same pull names is named, although an earlier one did not move the cursor: where deletions look like
/// changes, the next list may name it because it is gone.
#[test]
fn what_a_second_list_names_is_named() {
    let habits = Habits {
        deletes_look_like_changes: true,
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    world.sync();
    let item = world.remote.person_creates(&contact(&[
        ("GivenName", "anna"),
        ("EmailAddress1", "anna@example.test"),
    ]));
    world.script.fail("changes", 0, Fault::CursorRepeated);
    world.script.fail("changes", 1, Fault::CursorRepeated);
    let edited = world.clone();
    world.script.before("fetch", 1, move || {
        edited
            .remote
            .person_edits(&item, &changes(&[("Body", "first")]));
    });
    world.pull();
    let (item, _) = world.remote.contacts().remove(0);
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "second")]));
    for _ in 0..3 {
        world.clock.pass(3_600);
        world.sync();
    }
    assert_eq!(world.database.rows().len(), 1);
    assert_in_step(&world);
}

/// R11: what was taken over without a list's word may have been named by a list all the same: where deletions look like changes, the next
/// one may name it because it is gone.
#[test]
fn what_an_earlier_page_named_is_named() {
    let habits = Habits {
        page: 1,
        fetch: 1,
        deletes_look_like_changes: true,
        edits_renew_ids: true,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    let anna = contact(&[
        ("GivenName", "anna"),
        ("EmailAddress1", "anna@example.test"),
    ]);
    let item = world.remote.person_creates(&anna);
    world.sync();
    let item = world
        .remote
        .person_edits(&item, &changes(&[("Body", "first")]));
    // The second page, on which the item is gone under its old id.
    world.script.fail("changes", 1, Fault::CursorRepeated);
    world.script.fail("changes", 2, Fault::CursorRepeated);
    world.pull();
    world
        .remote
        .person_edits(&item, &changes(&[("Body", "second")]));
    for _ in 0..3 {
        world.clock.pass(3_600);
        world.sync();
    }
    assert_eq!(world.database.rows().len(), 1);
    assert_in_step(&world);
}
