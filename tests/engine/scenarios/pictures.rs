//! Pictures: sent alone, never lost, never sent for nothing (semantics 39).

use exchange_contact_sync::contact::{Changes, Contact, Fingerprint, Picture, Property, Value};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::policy::ConflictPolicy;
use exchange_contact_sync::sync::ports::Side;
use exchange_contact_sync::sync::report::Outcome;

use crate::oracle::{assert_in_step, assert_silent};
use crate::script::{Fault, Port};
use crate::world::{World, changes, contact};

const ANNA: &[(&str, &str)] = &[("GivenName", "Anna"), ("Surname", "Arndt")];

/// Any bytes will do; the print tells which.
fn picture(number: u8) -> Value {
    let bytes = vec![number; 3].into();
    Value::Picture(Picture::with(Fingerprint([number; 32]), bytes))
}

fn photo(number: u8) -> Changes {
    one(Some(picture(number)))
}

fn one(value: Option<Value>) -> Changes {
    [(Property::Photo, value)].into_iter().collect()
}

fn pictured(number: u8) -> Contact {
    let mut contact = contact(ANNA);
    contact.set(Property::Photo, Some(picture(number)));
    contact
}

fn shown(number: u8) -> (String, String) {
    let shown = picture(number).display();
    (shown.clone(), shown)
}

/// semantics 39, P4: the item is made, then gets its picture, in one push that is one change to the app; neither is sent twice.
#[test]
fn a_new_rows_picture_follows_its_item_at_once() {
    let world = World::new();
    world.sync();
    let key = world.database.app_inserts(&pictured(1));
    assert_eq!(world.push(&key), Outcome::Created);
    assert_eq!(world.both(&key, Property::Photo), shown(1));
    assert_in_step(&world);
    assert_eq!(world.push(&key), Outcome::Unchanged);
    let fetched = world.remote.with(|server| server.fetched);
    world.pull();
    assert_eq!(world.remote.with(|server| server.fetched), fetched, "24");
    assert_silent(&world, 3);
    assert_eq!(world.script.count("set_photo"), 1);
}

/// semantics 39: replaced, removed and given anew from either side; of other edits no picture is sent.
#[test]
fn a_picture_goes_each_way_and_away() {
    let world = World::new();
    let (key, item) = world.pair_of(&pictured(1));
    world.remote.person_edits(&item, &photo(2));
    world.sync();
    assert_eq!(world.both(&key, Property::Photo), shown(2));
    world.database.app_updates(&key, &photo(3));
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_eq!(world.both(&key, Property::Photo), shown(3));
    world.sync();
    let sent = world.script.count("set_photo");
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    assert_eq!(world.push(&key), Outcome::Updated);
    world.sync();
    assert_eq!(world.script.count("set_photo"), sent, "nothing but a name");
    world.remote.person_edits(&item, &one(None));
    world.sync();
    assert_eq!(
        world.both(&key, Property::Photo),
        (String::new(), String::new())
    );
    world.database.app_updates(&key, &photo(4));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Tal")]));
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_eq!(world.both(&key, Property::Photo), shown(4));
    world.database.app_updates(&key, &one(None));
    assert_eq!(world.push(&key), Outcome::Updated);
    world.sync();
    assert_in_step(&world);
    assert_eq!(
        world.both(&key, Property::Photo),
        (String::new(), String::new())
    );
    assert_silent(&world, 3);
}

/// P1: the picture that loses is in the journal with its bytes, whichever side it is of.
#[test]
fn of_two_pictures_the_journal_keeps_both() {
    for (policy, kept) in [
        (ConflictPolicy::Webapp, Side::Row),
        (ConflictPolicy::Exchange, Side::Item),
    ] {
        for by_push in [true, false] {
            let mut world = World::new();
            world.settings.policy.conflict = policy;
            let (key, item) = world.pair_of(&pictured(1));
            world.remote.person_edits(&item, &photo(2));
            world.database.app_updates(&key, &photo(3));
            if by_push {
                assert_eq!(world.push(&key), Outcome::Merged);
            }
            world.sync();
            let winner = if kept == Side::Row { 3 } else { 2 };
            assert_eq!(world.both(&key, Property::Photo), shown(winner));
            let conflicts = world.conflicts();
            let [record] = conflicts.as_slice() else {
                panic!("{conflicts:?}")
            };
            let conflict = &record.conflict;
            assert_eq!(conflict.kept, Some(kept));
            let whole = |value: &Option<Value>| value.as_ref().map(Value::display);
            assert_eq!(whole(&conflict.row), Some(picture(3).display()));
            assert_eq!(whole(&conflict.item), Some(picture(2).display()));
            world.sync();
            assert_in_step(&world);
            assert_silent(&world, 3);
        }
    }
}

/// P1, R16, semantics 39: killed at any request of a delivery, the item never is without a picture, and gets the right one.
#[test]
fn killed_at_any_request_the_item_keeps_a_picture() {
    for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::After] {
        for number in 1..=4 {
            let world = World::new();
            let (key, item) = world.pair_of(&pictured(1));
            world
                .database
                .app_updates(&key, &changes(&[("Surname", "Berg")]));
            world.database.app_updates(&key, &photo(2));
            world.script.at(Port::Remote, number, Some(fault), None);
            let _ = world.try_push(&key);
            let there = world.remote.contact(&item).unwrap();
            assert!(there.get(Property::Photo).is_some(), "{fault:?} {number}");
            world.script.revive();
            world.clock.pass(600);
            world.sync();
            world.sync();
            assert_eq!(world.both(&key, Property::Photo), shown(2));
            assert_eq!(world.conflicts(), [], "{fault:?} {number}");
            assert_in_step(&world);
            assert_silent(&world, 3);
        }
    }
}

/// R16, semantics 57: a picture whose answer was lost is our own, also when the app has saved another one since.
#[test]
fn our_own_older_picture_is_no_foreign_edit() {
    for policy in [ConflictPolicy::Exchange, ConflictPolicy::Webapp] {
        for op in ["set_photo", "drop_photos"] {
            let mut world = World::new();
            world.settings.policy.conflict = policy;
            let (key, _) = world.pair_of(&pictured(1));
            world.database.app_updates(&key, &photo(2));
            world.script.fail(op, 0, Fault::KilledAfter);
            let _ = world.try_push(&key);
            world.script.revive();
            world.clock.pass(600);
            world.database.app_updates(&key, &photo(3));
            world.sync();
            world.sync();
            assert_eq!(world.both(&key, Property::Photo), shown(3), "{op}");
            assert_eq!(world.conflicts(), [], "{op}");
            assert_silent(&world, 3);
        }
    }
}

/// R16, semantics 39: of two pictures the newest one counts; what a kill left beside it goes with the next one.
#[test]
fn what_a_kill_left_goes_with_the_next_picture() {
    let world = World::new();
    let (key, item) = world.pair_of(&pictured(1));
    world.database.app_updates(&key, &photo(2));
    world.script.fail("drop_photos", 0, Fault::KilledBefore);
    let _ = world.try_push(&key);
    world.script.revive();
    let left = |world: &World| world.remote.with(|server| server.items[&item].older.len());
    assert_eq!(left(&world), 1);
    world.clock.pass(600);
    world.sync();
    assert_eq!(world.both(&key, Property::Photo), shown(2));
    assert_eq!(world.script.count("set_photo"), 2, "it was recognised");
    assert_silent(&world, 3);
    world.database.app_updates(&key, &photo(3));
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_eq!(left(&world), 0);
    world.sync();
    assert_silent(&world, 3);
}

/// P1, semantics 25: an edit between the two requests of a new picture is not taken for our own echo.
#[test]
fn an_edit_between_adding_and_taking_away_is_seen() {
    for op in ["drop_photos", "look_at_photo"] {
        let world = World::new();
        let (key, item) = world.pair_of(&pictured(1));
        world.database.app_updates(&key, &photo(2));
        let (remote, edited) = (world.remote.clone(), item.clone());
        world.script.before(op, 0, move || {
            remote.person_edits(&edited, &changes(&[("Surname", "Person")]));
        });
        assert_eq!(world.push(&key), Outcome::Updated);
        world.sync();
        let person = ("Person".to_owned(), "Person".to_owned());
        assert_eq!(world.both(&key, Property::Surname), person, "{op}");
        assert_eq!(world.both(&key, Property::Photo), shown(2));
        assert!(world.script.is_spent());
        assert_silent(&world, 3);
    }
}

/// R2: what the row holds when the picture is read is what is sent.
#[test]
fn a_picture_that_changes_before_it_is_read_is_looked_at_again() {
    let world = World::new();
    let (key, _) = world.pair_of(&pictured(1));
    world.database.app_updates(&key, &photo(2));
    let (database, edited) = (world.database.clone(), key.clone());
    world.script.before("picture", 0, move || {
        database.app_updates(&edited, &photo(3));
    });
    world.push(&key);
    world.sync();
    assert_eq!(world.both(&key, Property::Photo), shown(3));
    assert_silent(&world, 3);
}

/// P6: a picture that Exchange refuses holds the contact, and everything else of it has arrived.
#[test]
fn a_refused_picture_takes_nothing_along() {
    let world = World::new();
    world.sync();
    world.script.fail("set_photo", 0, Fault::OneRefused(0));
    let key = world.database.app_inserts(&pictured(1));
    assert_eq!(world.push(&key), Outcome::Held);
    let arndt = ("Arndt".to_owned(), "Arndt".to_owned());
    assert_eq!(world.both(&key, Property::Surname), arndt);
    assert_eq!(world.held().len(), 1);
    world.sync();
    assert_eq!(world.remote.contacts().len(), 1, "nothing is doubled");
    world.database.app_updates(&key, &photo(2));
    assert_eq!(world.push(&key), Outcome::Updated);
    assert_eq!(world.both(&key, Property::Photo), shown(2));
    assert_eq!(world.held(), []);
    world.sync();
    assert_silent(&world, 3);
}

/// semantics 26: another version than the one that we know is taken over first.
#[test]
fn a_foreign_edit_before_the_picture_survives() {
    let world = World::new();
    let (key, item) = world.pair_of(&pictured(1));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Person")]));
    world.database.app_updates(&key, &photo(2));
    assert_eq!(world.push(&key), Outcome::Merged);
    let person = ("Person".to_owned(), "Person".to_owned());
    assert_eq!(world.both(&key, Property::Surname), person);
    assert_eq!(world.both(&key, Property::Photo), shown(2));
    world.sync();
    assert_silent(&world, 3);
}

/// P5, R25: a server that is busy keeps the picture waiting, not the rest.
#[test]
fn a_busy_server_delays_the_picture_alone() {
    let world = World::new();
    world.sync();
    world.script.fail("set_photo", 0, Fault::Throttled(30));
    let key = world.database.app_inserts(&pictured(1));
    assert_eq!(world.push(&key), Outcome::Queued);
    assert!(world.item_of(&key).is_some());
    match world.try_sync() {
        Err(exchange_contact_sync::sync::error::SyncError::Remote(error)) => {
            assert_eq!(error.class, RemoteClass::Throttled);
        }
        other => panic!("{other:?}"),
    }
    world.clock.pass(600);
    world.sync();
    assert_eq!(world.both(&key, Property::Photo), shown(1));
    world.sync();
    assert_silent(&world, 3);
}

/// P10: of more pictures than there is room for in memory none is left behind, in a full pass and in a list of changes.
#[test]
fn more_pictures_than_there_is_room_for_all_arrive() {
    let bytes: std::sync::Arc<[u8]> = vec![7; 4 << 20].into();
    let world = World::new();
    let person_adds = |from: u8| {
        for number in from..from + 40 {
            let mut anna = contact(&[("GivenName", &format!("Nr. {number}"))]);
            let print = Fingerprint([number; 32]);
            let picture = Picture::with(print, std::sync::Arc::clone(&bytes));
            anna.set(Property::Photo, Some(Value::Picture(picture)));
            world.remote.person_creates(&anna);
        }
    };
    for (from, rows) in [(0, 40), (40, 80)] {
        person_adds(from);
        let report = world.pull();
        assert!(report.complete && report.warnings.is_empty(), "{report:?}");
        assert_eq!(world.database.rows().len(), rows);
        assert_in_step(&world);
        world.sync();
        assert_silent(&world, 2);
    }
}
