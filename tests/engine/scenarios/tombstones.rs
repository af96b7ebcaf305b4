//! What an ended link leaves behind, so that a page in flight brings nothing back (R6).

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::ids::RowKey;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::{Fault, Port};
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
];

/// A row whose item was made although nobody has been told so: the next list names an item that no link knows yet.
fn made_without_an_answer(page: usize) -> (World, RowKey) {
    let habits = Habits {
        page,
        ..Habits::default()
    };
    let world = World::with(habits, schema());
    world.sync();
    world
        .remote
        .person_creates(&contact(&[("GivenName", "before")]));
    let key = world.database.app_inserts(&contact(ANNA));
    world.script.fail("create", 0, Fault::After);
    assert_eq!(world.push(&key), Outcome::Queued);
    world
        .remote
        .person_creates(&contact(&[("GivenName", "behind")]));
    assert_eq!(world.remote.contacts().len(), 3);
    world.clock.pass(600);
    // Somebody has found Exchange well again.
    world.database.with(|tables| {
        tables.pair.back_off = None;
        tables.pair.failures = 0;
    });
    (world, key)
}

/// Another process finds the item and links it; then the app deletes the row, and the item is deleted.
fn links_and_deletes(world: &World, key: &RowKey) {
    world.push(key);
    assert!(world.item_of(key).is_some(), "found by its stamp");
    world.database.app_deletes(key);
    assert_eq!(world.push(key), Outcome::Deleted);
}

fn names(world: &World) -> Vec<String> {
    let rows = world.database.rows().into_values();
    let mut names: Vec<String> = rows.map(|row| row.contact.label()).collect();
    names.sort();
    names
}

/// R6, P1: the page was fetched while the item was there; its link was made and has ended since. Only the tombstone tells that the
/// item is no new contact. A row that came back, if only until the next pull, could be edited and would then live for good.
#[test]
fn an_item_whose_link_was_made_and_ended_while_its_page_was_in_flight_is_no_new_contact() {
    for page in [1, 2, 512] {
        for looks_like_change in [false, true] {
            let (world, key) = made_without_an_answer(page);
            world
                .remote
                .with(|server| server.habits.deletes_look_like_changes = looks_like_change);
            let (other, deleted) = (world.clone(), key.clone());
            world.script.before("links_stamped", 0, move || {
                links_and_deletes(&other, &deleted);
            });
            let report = world.pull();
            assert!(world.script.is_spent());
            assert_eq!(names(&world), ["before", "behind"], "pages of {page}");
            assert_eq!(report.rows_inserted, 2);
            for _ in 0..2 {
                world.sync();
            }
            assert_eq!(world.remote.contacts().len(), 2);
            assert_in_step(&world);
            assert_silent(&world, 2);
        }
    }
}

/// R6, P10: as above, at every call of the pull.
#[test]
fn a_contact_that_is_deleted_at_any_moment_of_a_pull_is_not_there_after_it() {
    for page in [1, 512] {
        for port in [Port::Store, Port::Remote] {
            let mut moments = 0;
            for number in 1..200 {
                let (world, key) = made_without_an_answer(page);
                let (other, deleted) = (world.clone(), key.clone());
                let act = Box::new(move || links_and_deletes(&other, &deleted));
                world.script.at(port, number, None, Some(act));
                world.pull();
                if world.database.contact(&key).is_some() {
                    assert!(number > 3, "the pull ended after {number} calls");
                    break;
                }
                moments = number;
                world.script.revive();
                assert_eq!(names(&world), ["before", "behind"], "{port:?} {number}");
                for _ in 0..2 {
                    world.sync();
                }
                assert_eq!(names(&world), ["before", "behind"], "{port:?} {number}");
                assert_in_step(&world);
            }
            assert!((3..199).contains(&moments), "{moments} moments were tried");
        }
    }
}

/// R6: a tombstone outlives the pull that was running when its link ended, but not the next one: nothing stays behind for good.
#[test]
fn a_tombstone_stays_until_a_list_asked_for_after_the_end_was_applied() {
    let stones = |world: &World| world.database.with(|tables| tables.tombstones.len());
    let (world, key) = made_without_an_answer(512);
    let (other, deleted) = (world.clone(), key.clone());
    world.script.before("finish_pull", 0, move || {
        other.database.app_deletes(&deleted);
        assert_eq!(other.push(&deleted), Outcome::Deleted);
    });
    world.pull();
    assert!(world.script.is_spent());
    assert_eq!(stones(&world), 1, "its end was not in this list");
    world.pull();
    assert_eq!(stones(&world), 0);
    assert_eq!(names(&world), ["before", "behind"]);
    assert_silent(&world, 2);
}

/// R6, P1: the pull that held the page dies before it is applied; the next one has a list of its own and finds nothing to bring back.
#[test]
fn a_pull_that_died_with_the_page_leaves_nothing_for_the_next_one_to_bring_back() {
    for fault in [Fault::KilledBefore, Fault::KilledAfter] {
        let (world, key) = made_without_an_answer(512);
        let (other, deleted) = (world.clone(), key.clone());
        world.script.before("links_stamped", 0, move || {
            links_and_deletes(&other, &deleted);
        });
        world.script.fail("tombstones", 0, fault);
        assert!(world.try_pull().is_err());
        assert!(world.script.is_spent());
        world.script.revive();
        world.pull();
        assert_eq!(names(&world), ["before", "behind"], "{fault:?}");
        assert_eq!(world.remote.contacts().len(), 2);
        assert_in_step(&world);
    }
}

/// R6: what the tombstone keeps away is the dead item only: the same person, made anew while the page was in flight, is taken in.
#[test]
fn a_person_made_anew_meanwhile_is_a_new_contact() {
    let (world, key) = made_without_an_answer(512);
    let (other, deleted) = (world.clone(), key.clone());
    world.script.before("links_stamped", 0, move || {
        links_and_deletes(&other, &deleted);
        let anna = other.remote.person_creates(&contact(ANNA));
        let berg = changes(&[("Surname", "Berg")]);
        other.remote.person_edits(&anna, &berg);
    });
    for _ in 0..2 {
        world.sync();
    }
    assert!(world.script.is_spent());
    assert_eq!(names(&world), ["Anna Berg", "before", "behind"]);
    assert_eq!(world.database.contact(&key), None);
    assert_in_step(&world);
}

/// P1, semantics 19: somebody brings back a contact whose place another one has taken, while the row is locked: it is a contact of its own, and nothing
/// of it is removed.
#[test]
fn what_is_brought_back_beside_its_successor_is_a_contact_of_its_own() {
    let world = World::new();
    let email = ("EmailAddress1", "office@example.test");
    let key = world
        .database
        .app_inserts(&contact(&[("GivenName", "anna"), email]));
    world.push_pending();
    let item = world.remote.contacts().remove(0).0;
    world.remote.person_deletes(&item);
    world
        .remote
        .person_creates(&contact(&[("GivenName", "bert"), email]));
    world.sync();
    assert_eq!(world.database.rows().len(), 1, "one has taken its place");
    world.database.app_locks(&key, true);
    world.remote.person_moves_back(0);
    world.sync();
    world.database.app_locks(&key, false);
    for _ in 0..2 {
        world.clock.pass(3_600);
        world.sync();
    }
    let names: Vec<String> = world
        .remote
        .contacts()
        .into_iter()
        .filter_map(|(_, item)| item.text(Property::GivenName).map(str::to_owned))
        .collect();
    assert!(names.contains(&"anna".to_owned()), "{names:?}");
    assert_in_step(&world);
}
