//! The pair moves to another kind of server: the same items under other ids.

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::error::{StoreClass, SyncError};
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::report::{MoveReport, Outcome};

use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact};

fn person(number: usize) -> Contact {
    let email = format!("p{number}@example.test");
    contact(&[
        ("GivenName", "Anna"),
        ("Surname", &format!("Berg {number}")),
        ("EmailAddress1", &email),
    ])
}

/// Contacts from both sides, in step.
fn pairs(count: usize) -> (World, Vec<RowKey>) {
    let world = World::new();
    world.sync();
    for number in 0..count {
        if number % 2 == 0 {
            world.database.app_inserts(&person(number));
        } else {
            world.remote.person_creates(&person(number));
        }
    }
    world.sync();
    world.sync();
    let keys = world.database.rows().into_keys().collect();
    (world, keys)
}

fn migrate(world: &World, dry_run: bool) -> Result<MoveReport, SyncError> {
    world.process(|engine| engine.migrate(dry_run, &mut ()))
}

fn found(report: &MoveReport) -> [u64; 5] {
    let counts = &report.counts;
    [
        counts.linked,
        counts.translated,
        counts.by_stamp,
        counts.by_content,
        counts.missing,
    ]
}

/// After the move: the same rows, each with one item, and silence after one round.
fn assert_moved(world: &World, keys: &[RowKey]) {
    world.sync();
    assert_in_step(world);
    let mut keys = keys.to_vec();
    keys.sort();
    assert_eq!(world.database.rows().into_keys().collect::<Vec<_>>(), keys);
    assert_eq!(world.remote.contacts().len(), keys.len());
    world.sync();
    assert_silent(world, 2);
}

/// P1, P2, P4, R19: nothing but ids changes, and edits of both sides from before and after arrive.
#[test]
fn a_moved_pair_goes_on_with_the_same_contacts() {
    let (world, keys) = pairs(6);
    world.remote.moves_to("other");
    world
        .database
        .app_updates(&keys[0], &changes(&[("CompanyName", "Muster")]));
    let item = world.remote.contacts()[3].0.clone();
    world
        .remote
        .person_edits(&item, &changes(&[("CompanyName", "Beispiel")]));
    let writes = world.remote.with(|server| server.writes);
    let rows = world.database.with(|tables| tables.row_writes);

    let dry = migrate(&world, true).unwrap();
    assert_eq!(found(&dry), [6, 6, 0, 0, 0], "{dry:?}");
    assert!(!dry.moved && dry.refused.is_none());
    assert_eq!(
        world
            .database
            .with(|tables| tables.pair.identity.clone())
            .unwrap()
            .kind,
        "memory"
    );

    let report = migrate(&world, false).unwrap();
    assert_eq!(found(&report), [6, 6, 0, 0, 0]);
    assert!(report.moved);
    assert_eq!(
        world.remote.with(|server| server.writes),
        writes,
        "no item was written"
    );
    assert_eq!(
        world.database.with(|tables| tables.row_writes),
        rows,
        "no row was written"
    );
    let again = migrate(&world, false).unwrap();
    assert!(again.moved && again.counts.linked == 6, "{again:?}");
    assert_moved(&world, &keys);
}

/// P1, P2, R5, R10: what cannot be translated is found by its stamp, else by what it holds, although it was edited.
#[test]
fn an_item_without_a_translation_is_found_by_its_stamp_or_by_what_it_holds() {
    let (world, keys) = pairs(4);
    world.remote.moves_to("other");
    world.remote.with(|server| server.translations.clear());
    for (id, _) in world.remote.contacts() {
        world
            .remote
            .person_edits(&id, &changes(&[("CompanyName", "Muster")]));
    }
    let report = migrate(&world, false).unwrap();
    assert_eq!(found(&report), [4, 0, 2, 2, 0], "{report:?}");
    assert_moved(&world, &keys);
}

/// R8, R10: where most items are not in the folder it is the wrong one, and nothing moves.
#[test]
fn a_folder_without_the_items_is_refused() {
    for (count, gone) in [(40, 39), (2, 2)] {
        let world = pairs(count).0;
        world.remote.moves_to("other");
        for (id, _) in &world.remote.contacts()[..gone] {
            world.remote.person_deletes(id);
        }
        let report = migrate(&world, false).unwrap();
        assert!(!report.moved);
        let refused = report.refused.unwrap();
        assert!(refused.contains(&format!("{gone} of {count}")), "{refused}");
        assert_eq!(world.database.links().len(), count);
        let identity = world.database.with(|tables| tables.pair.identity.clone());
        assert_eq!(identity.unwrap().kind, "memory");
    }
}

/// P1, R6: what was deleted over either server before the move stays deleted.
#[test]
fn what_was_deleted_before_stays_deleted() {
    let (world, keys) = pairs(6);
    world.remote.moves_to("other");
    let item = world.item_of(&keys[1]).unwrap();
    let item = world
        .remote
        .with(|server| server.translations[&item].clone());
    world.remote.person_deletes(&item);
    world.database.app_deletes(&keys[2]);
    let report = migrate(&world, false).unwrap();
    assert_eq!(found(&report), [6, 6, 0, 0, 1], "{report:?}");
    let left: Vec<RowKey> = [0, 3, 4, 5].map(|place| keys[place].clone()).to_vec();
    world.sync();
    assert_moved(&world, &left);
}

/// P3: a save goes through whichever server a process is configured for, and is delivered once both agree.
#[test]
fn a_save_on_the_wrong_side_of_the_move_waits() {
    let (world, keys) = pairs(2);
    world.remote.moves_to("other");
    world
        .database
        .app_updates(&keys[0], &changes(&[("CompanyName", "Muster")]));
    assert_eq!(world.push(&keys[0]), Outcome::Queued, "before the move");
    match world.try_pull() {
        Err(SyncError::Store(error)) => assert_eq!(error.class, StoreClass::OtherKind),
        other => panic!("{other:?}"),
    }
    migrate(&world, false).unwrap();
    assert_eq!(world.push(&keys[0]), Outcome::Updated);
    world.remote.with(|server| server.habits.kind = "memory");
    assert_eq!(world.push(&keys[0]), Outcome::Queued, "after it");
    world.remote.with(|server| server.habits.kind = "other");
    assert_moved(&world, &keys);
}

/// P1, P2, R1: an item that a delivery was making while the pair moved is found again.
#[test]
fn a_delivery_in_the_middle_of_the_move_doubles_nothing() {
    for late in [false, true] {
        let (world, mut keys) = pairs(3);
        let new = world.database.app_inserts(&person(9));
        let moving = world.clone();
        let mover = move || {
            moving.remote.moves_to("other");
            let report = migrate(&moving, false).unwrap();
            assert!(report.moved, "{report:?}");
        };
        if late {
            world.script.before("apply", 1, mover);
        } else {
            world.script.before("create", 0, mover);
        }
        let outcome = world.push(&new);
        assert_eq!(outcome, Outcome::Queued, "late: {late}");
        keys.push(new.clone());
        world.clock.pass(600);
        world.push(&new);
        assert_moved(&world, &keys);
    }
}

/// P1, P2: killed at each call of it, the move can be repeated, and the old server serves until it is done.
#[test]
fn a_move_that_is_killed_anywhere_can_be_repeated() {
    let ops = [
        "lease",
        "pair",
        "resolve_folder",
        "begin_move",
        "unstaged",
        "translate",
        "stage",
        "unfound",
        "changes",
        "stage_listed",
        "fetch",
        "links_stamped",
        "look",
        "move_counts",
        "switch",
    ];
    let mut killed = 0;
    for op in ops {
        for fault in [Fault::KilledBefore, Fault::KilledAfter] {
            for skip in 0..2 {
                let (world, keys) = pairs(5);
                world.remote.moves_to("other");
                // One is found by its stamp, one by what it holds.
                for key in &keys[..2] {
                    let item = world.item_of(key).unwrap();
                    world
                        .remote
                        .with(|server| server.translations.remove(&item));
                }
                world.script.fail(op, skip, fault);
                let moved = loop {
                    match migrate(&world, false) {
                        Ok(report) => break report.moved,
                        Err(_) => killed += 1,
                    }
                    world.script.revive();
                };
                assert!(moved, "{op} {fault:?} {skip}");
                // What was to happen at a call that never came does not happen.
                let world = world.fork();
                assert_moved(&world, &keys);
            }
        }
    }
    assert!(killed > 30, "{killed} were killed");
}

/// Nothing is moved that was never in step.
#[test]
fn a_pair_that_was_never_in_step_has_nothing_to_move() {
    let world = World::new();
    match migrate(&world, false) {
        Err(SyncError::Store(error)) => {
            assert_eq!(error.class, StoreClass::Config);
            assert!(error.message.contains("sync()"), "{}", error.message);
        }
        other => panic!("{other:?}"),
    }
}
