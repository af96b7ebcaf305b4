//! Items that take no part, such as private ones: neither followed nor taken for deleted.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::script::Fault;
use crate::world::{World, changes, contact, schema};

fn world() -> World {
    let habits = Habits {
        private_left_out: true,
        ..Habits::default()
    };
    World::with(habits, schema())
}

/// A contact of both sides whose item became private.
fn turned_private(world: &World) -> (RowKey, ItemId) {
    let (key, item) = world.pair_of(&contact(&[("GivenName", "Anna"), ("Surname", "Berg")]));
    let private = changes(&[("Sensitivity", "Private"), ("Surname", "Secret")]);
    world.remote.person_edits(&item, &private);
    (key, item)
}

fn given_name(world: &World, key: &RowKey) -> Option<String> {
    let rows = world.database.rows();
    let name = rows[key].contact.text(Property::GivenName);
    name.map(str::to_owned)
}

/// semantics 46, P7, R17: whatever finds out, the row stays as it was, and nothing follows from the other's edits.
#[test]
fn an_item_that_turns_private_is_detached_from_its_row() {
    for lost in [false, true] {
        let world = world();
        let (key, item) = turned_private(&world);
        if lost {
            world.script.fail("changes", 0, Fault::CursorsLost);
        }
        let report = world.sync();
        assert_eq!(
            (report.rows_deleted, report.detached, report.foreign),
            (0, 1, 1)
        );
        assert_eq!(world.state_of(&key), Some(LinkState::Detached));
        assert_eq!(
            world.database.rows()[&key].contact.text(Property::Surname),
            Some("Berg")
        );
        assert_silent(&world, 3);

        world
            .database
            .app_updates(&key, &changes(&[("GivenName", "Berta")]));
        assert_eq!(world.push(&key), Outcome::Unchanged);
        let edit = changes(&[("GivenName", "Carla")]);
        world.remote.person_edits(&item, &edit);
        world.sync();
        assert_eq!(given_name(&world, &key).as_deref(), Some("Berta"));
        let held = world.remote.contact(&item).unwrap();
        assert_eq!(held.text(Property::GivenName), Some("Carla"));
        world.script.fail("changes", 0, Fault::CursorsLost);
        world.sync();
        assert_silent(&world, 3);
        assert_eq!(world.database.rows().len(), 1);
    }
}

/// semantics 46, P7: a save that meets it first sends nothing, and takes it for no deletion.
#[test]
fn a_save_that_finds_it_private_detaches_it() {
    let world = world();
    let (key, item) = turned_private(&world);
    world
        .database
        .app_updates(&key, &changes(&[("GivenName", "Berta")]));
    world.push(&key);
    assert_eq!(world.state_of(&key), Some(LinkState::Detached));
    let report = world.sync();
    assert_eq!((report.rows_deleted, report.rows_updated), (0, 0));
    let held = world.remote.contact(&item).unwrap();
    assert_eq!(held.text(Property::GivenName), Some("Anna"));
    assert_eq!(given_name(&world, &key).as_deref(), Some("Berta"));
    assert_silent(&world, 3);
}

/// R17, semantics 46: one that is a contact again and its row follow the rules of the first run, once either changes.
#[test]
fn what_is_no_longer_private_finds_its_row_again() {
    for edited_here in [false, true] {
        let world = world();
        let (key, item) = turned_private(&world);
        world.sync();
        if edited_here {
            world
                .database
                .app_updates(&key, &changes(&[("MobilePhone", "0170 5550100")]));
            world.sync();
        }
        world
            .remote
            .person_edits(&item, &changes(&[("Sensitivity", "")]));
        world.sync();
        assert_eq!(world.state_of(&key), Some(LinkState::Linked));
        assert_eq!(world.database.rows().len(), 1);
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 3);
    }
}

/// semantics 46, P7: gone for good, it takes no row with it; and no row is made of one that was never anything else.
#[test]
fn its_end_is_no_deletion_and_its_beginning_makes_no_row() {
    let world = world();
    let (key, item) = turned_private(&world);
    world.sync();
    world.remote.person_deletes(&item);
    assert_eq!(world.sync().rows_deleted, 0);
    assert!(world.database.rows().contains_key(&key));
    let report = {
        let private = [("GivenName", "Doris"), ("Sensitivity", "Private")];
        world.remote.person_creates(&contact(&private));
        world.sync()
    };
    assert_eq!((report.rows_inserted, report.foreign), (0, 1));
    assert_eq!(world.database.rows().len(), 1);
    assert_silent(&world, 3);
}
