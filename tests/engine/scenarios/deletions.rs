//! A delete is never a guess, and an edit is never lost to one.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::policy::{EditVersusDelete, RemoteDeletePolicy};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
];

pub(super) fn many(world: &World, count: usize) -> Vec<RowKey> {
    let keys = (0..count)
        .map(|number| {
            let name = format!("Name {number}");
            let email = format!("n{number}@example.test");
            let values = [
                ("GivenName", name.as_str()),
                ("EmailAddress1", email.as_str()),
            ];
            world.database.app_inserts(&contact(&values))
        })
        .collect();
    world.sync();
    world.sync();
    assert_in_step(world);
    keys
}

/// semantics 30: a second delete does nothing.
#[test]
fn a_deleted_row_takes_its_item_along_once() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.database.app_deletes(&key);
    assert_eq!(world.push(&key), Outcome::Deleted);
    assert_eq!(world.remote.contact(&item), None);
    assert_eq!(
        world.push(&key),
        Outcome::Unchanged,
        "30: a second delete is a no-op"
    );
    assert!(world.database.links().is_empty(), "no base stays behind");
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// semantics 30: gone already is done.
#[test]
fn deleting_an_item_that_is_gone_is_success() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.database.app_deletes(&key);
    world.remote.person_deletes(&item);
    assert_eq!(world.push(&key), Outcome::Deleted);
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// R17, semantics 17: by each policy, whether the list tells of a deletion or of a change.
#[test]
fn a_deleted_item_does_to_the_row_what_the_policy_says() {
    for looks_like_change in [false, true] {
        for policy in [
            RemoteDeletePolicy::Delete,
            RemoteDeletePolicy::Mark,
            RemoteDeletePolicy::Keep,
        ] {
            let habits = Habits {
                deletes_look_like_changes: looks_like_change,
                ..Habits::default()
            };
            let mut world = World::with(habits, schema());
            world.settings.policy.remote_delete = policy;
            let (key, item) = world.pair_of(&contact(ANNA));
            world.remote.person_deletes(&item);
            world.sync();
            let row = world.database.rows().get(&key).cloned();
            match policy {
                RemoteDeletePolicy::Delete => assert!(row.is_none()),
                RemoteDeletePolicy::Mark => assert!(row.unwrap().marked),
                RemoteDeletePolicy::Keep => assert!(!row.unwrap().marked),
            }
            if policy != RemoteDeletePolicy::Delete {
                assert_eq!(world.state_of(&key), Some(LinkState::Detached), "R17");
                world
                    .database
                    .app_updates(&key, &changes(&[("Surname", "Tal")]));
                world.sync();
                world.sync();
                assert!(world.remote.contacts().is_empty(), "no twin in Exchange");
            }
            world.sync();
            assert_silent(&world, 3);
        }
    }
}

/// semantics 29: by default the edit wins.
#[test]
fn a_row_edited_here_outlives_the_deletion_of_its_item() {
    for by_push in [true, false] {
        let world = World::new();
        let (key, item) = world.pair_of(&contact(ANNA));
        world.remote.person_deletes(&item);
        world
            .database
            .app_updates(&key, &changes(&[("Surname", "Berg")]));
        if by_push {
            world.push(&key);
        }
        for _ in 0..3 {
            world.clock.pass(600);
            world.sync();
        }
        assert_in_step(&world);
        assert_eq!(world.remote.contacts().len(), 1, "created anew, once");
        assert_eq!(
            world.both(&key, Property::Surname),
            ("Berg".into(), "Berg".into())
        );
        assert_silent(&world, 3);
    }
}

/// R7, semantics 29: the item is looked at before it would be deleted, and its edit wins.
#[test]
fn an_item_edited_there_outlives_the_deletion_of_its_row() {
    for by_push in [true, false] {
        let world = World::new();
        let (key, item) = world.pair_of(&contact(ANNA));
        world
            .remote
            .person_edits(&item, &changes(&[("Surname", "Berg")]));
        world.database.app_deletes(&key);
        if by_push {
            world.push(&key);
        }
        for _ in 0..3 {
            world.clock.pass(600);
            world.sync();
        }
        assert_in_step(&world);
        let rows: Vec<_> = world.database.rows().into_values().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].contact.text(Property::Surname), Some("Berg"));
        assert_eq!(world.remote.contacts().len(), 1);
        assert_silent(&world, 3);
    }
}

/// R7, semantics 29: by the other policy, in both directions; what is deleted was looked at before.
#[test]
fn where_the_deletion_wins_the_edit_is_in_the_journal() {
    for app_deletes in [true, false] {
        for by_push in [true, false] {
            let mut world = World::new();
            world.settings.policy.edit_versus_delete = EditVersusDelete::Delete;
            let (key, item) = world.pair_of(&contact(ANNA));
            let edit = changes(&[("Surname", "Berg")]);
            if app_deletes {
                world.remote.person_edits(&item, &edit);
                world.database.app_deletes(&key);
            } else {
                world.database.app_updates(&key, &edit);
                world.remote.person_deletes(&item);
            }
            if by_push {
                world.push(&key);
            }
            for _ in 0..3 {
                world.clock.pass(600);
                world.sync();
            }
            assert_in_step(&world);
            assert!(world.database.rows().is_empty() && world.remote.contacts().is_empty());
            let journal = world.database.with(|tables| tables.conflicts.clone());
            let kept: Vec<String> = journal
                .iter()
                .flat_map(|record| [&record.conflict.row, &record.conflict.item])
                .flatten()
                .map(|value| value.display())
                .collect();
            assert_eq!(
                kept,
                ["Berg"],
                "app deletes: {app_deletes}, push: {by_push}"
            );
            assert_silent(&world, 3);
        }
    }
}

/// P7, R8.
#[test]
fn a_mass_deletion_in_exchange_waits_for_a_word() {
    let world = World::new();
    many(&world, 30);
    for (item, _) in world.remote.contacts().into_iter().take(12) {
        world.remote.person_deletes(&item);
    }
    for _ in 0..3 {
        let report = world.sync();
        assert_eq!((report.waiting_deletes, report.rows_deleted), (12, 0));
        assert_eq!(world.database.rows().len(), 30);
    }
    let report = world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    assert_eq!(report.rows_deleted, 12);
    assert_eq!(world.database.rows().len(), 18);
    world.sync();
    assert_in_step(&world);
    assert_silent(&world, 3);
}

/// P7, R8: no walking under the threshold.
#[test]
fn deletions_a_few_at_a_time_are_counted_together() {
    let world = World::new();
    many(&world, 30);
    let mut waiting = 0;
    for _ in 0..4 {
        for (item, _) in world.remote.contacts().into_iter().take(5) {
            world.remote.person_deletes(&item);
        }
        world.clock.pass(60);
        waiting = world.sync().waiting_deletes;
    }
    assert!(waiting > 0, "R8: twenty of thirty in four minutes");
    assert!(world.database.rows().len() >= 15);
}

/// P7, R8, semantics 54.
#[test]
fn an_emptied_folder_wipes_nothing() {
    let world = World::new();
    many(&world, 15);
    world.remote.with(|server| {
        server.items.clear();
        server.forget_cursors();
    });
    let report = world.sync();
    assert_eq!(report.waiting_deletes, 15);
    assert_eq!(world.database.rows().len(), 15, "54: sudden emptiness");
}

/// P7, R9.
#[test]
fn rows_that_vanish_in_masses_wait_too() {
    let world = World::new();
    let keys = many(&world, 30);
    for key in keys.iter().take(20) {
        world.database.app_deletes(key);
    }
    for _ in 0..3 {
        world.sync();
    }
    assert_eq!(
        world.remote.contacts().len(),
        30,
        "R9: the guard looks outward"
    );
    world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    world.sync();
    assert_eq!(world.remote.contacts().len(), 10);
    assert_in_step(&world);
}

/// P7, R11, semantics 7: refused, or restarted without a word; three deletions and two edits are five row writes.
#[test]
fn a_refused_cursor_costs_a_full_pass_that_deletes_exactly_what_is_gone() {
    for fault in [Fault::CursorsLost, Fault::CursorRestarted] {
        for page in [1, 512] {
            let habits = Habits {
                page,
                ..Habits::default()
            };
            let world = World::with(habits, schema());
            let keys = many(&world, 8);
            let gone: Vec<_> = keys[..3]
                .iter()
                .map(|key| world.item_of(key).unwrap())
                .collect();
            for item in &gone {
                world.remote.person_deletes(item);
            }
            for key in &keys[3..5] {
                let item = world.item_of(key).unwrap();
                world
                    .remote
                    .person_edits(&item, &changes(&[("Surname", "Berg")]));
            }
            let before = world.database.with(|tables| tables.row_writes);
            world.script.fail("changes", 0, fault);
            world.sync();
            world.sync();
            assert!(world.script.is_spent());
            let left: Vec<_> = world.database.rows().into_keys().collect();
            assert_eq!(left.len(), 5, "{fault:?}, pages of {page}");
            assert!(keys[..3].iter().all(|key| !left.contains(key)));
            let writes = world.database.with(|tables| tables.row_writes) - before;
            assert_eq!(
                writes, 5,
                "7: three deletes and two edits, {fault:?}, pages of {page}"
            );
            assert_in_step(&world);
            world.sync();
            assert_silent(&world, 3);
        }
    }
}

/// semantics 56: no list names it.
#[test]
fn an_item_made_here_and_deleted_before_any_pull_saw_it_is_noticed() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&contact(ANNA));
    world.push(&key);
    world.remote.person_deletes(&world.item_of(&key).unwrap());
    for _ in 0..2 {
        world.clock.pass(600);
        world.sync();
    }
    assert!(
        world.database.rows().is_empty(),
        "56: no change list names it"
    );
    assert_silent(&world, 3);
}

/// P7: a foreign key is no reason to force anything.
#[test]
fn a_row_that_others_refer_to_is_held_rather_than_deleted() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world.database.app_refers(&key, true);
    world.remote.person_deletes(&item);
    world.sync();
    assert!(world.database.contact(&key).is_some());
    assert_eq!(world.held().len(), 1);
    world.database.app_refers(&key, false);
    world.clock.pass(86_400);
    world.sync();
    assert!(world.database.contact(&key).is_none(), "retried");
    assert!(world.held().is_empty());
}

/// R8: a person agrees to what was shown, and to nothing that came later.
#[test]
fn a_confirmation_covers_what_was_shown_and_nothing_else() {
    let world = World::new();
    let keys = many(&world, 30);
    for key in &keys[..15] {
        world.remote.person_deletes(&world.item_of(key).unwrap());
    }
    assert_eq!(world.pull().waiting_deletes, 15);
    let writes = world.database.with(|tables| tables.own_writes);
    world.pull();
    assert_eq!(
        world.database.with(|tables| tables.own_writes),
        writes,
        "asking again writes nothing"
    );
    for key in &keys[15..27] {
        world.remote.person_deletes(&world.item_of(key).unwrap());
    }
    // Nobody has shown these twelve to a person yet, though a pull that was cut short may have marked them.
    let report = world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    assert_eq!(report.rows_deleted, 15);
    assert_eq!(world.database.rows().len(), 15);
    let report = world.pull();
    assert_eq!((report.rows_deleted, report.waiting_deletes), (0, 12));
    let report = world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    assert_eq!(report.rows_deleted, 12);
    assert_in_step(&world);
}

/// R8, R9: the same in the other direction.
#[test]
fn a_confirmation_of_vanished_rows_covers_what_was_shown() {
    let world = World::new();
    let keys = many(&world, 30);
    for key in &keys[..15] {
        world.database.app_deletes(key);
    }
    assert_eq!(world.push_pending().waiting_deletes, 15);
    for key in &keys[15..28] {
        world.database.app_deletes(key);
    }
    let report = world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    assert_eq!(report.items_deleted, 15);
    let report = world.push_pending();
    assert_eq!((report.items_deleted, report.waiting_deletes), (0, 13));
    world
        .process(|engine| engine.confirm_deletes(&mut ()))
        .unwrap();
    assert_eq!(world.remote.contacts().len(), 2);
}

/// R12, R25: what changed in masses although no trigger noted it is a restore or an accident, and waits for a word; a few changes are
/// delivered as they are found.
#[test]
fn rows_that_changed_in_masses_without_a_trace_wait_for_a_word() {
    for (restored, waits) in [(5, false), (15, true)] {
        let world = World::new();
        let keys = many(&world, 30);
        for key in &keys[..restored] {
            world
                .database
                .app_updates_unnoticed(key, &changes(&[("Body", "of old")]));
        }
        let report = world.sync();
        let expected = if waits { 0 } else { restored as u64 };
        assert_eq!(report.items_updated, expected);
        assert_eq!(report.warnings.len(), usize::from(waits));
        if waits {
            let writes = world.remote.with(|server| server.writes);
            world.sync();
            assert_eq!(world.remote.with(|server| server.writes), writes);
            let report = world
                .process(|engine| engine.confirm_deletes(&mut ()))
                .unwrap();
            assert_eq!(report.items_updated, restored as u64);
        }
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 2);
    }
}
