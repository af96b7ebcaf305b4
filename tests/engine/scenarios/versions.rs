//! Servers that never look at an item's version.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::policy::ConflictPolicy;
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::{assert_in_step, assert_silent};
use crate::world::{World, changes, contact, schema};

const ANNA: &[(&str, &str)] = &[("GivenName", "Anna"), ("Surname", "Arndt")];

fn world(checks_versions: bool) -> World {
    let habits = Habits {
        checks_versions,
        ..Habits::default()
    };
    World::with(habits, schema())
}

/// P1, semantics 26: a stale push overwrites nothing unnoticed, also where the server would take it: neither the first one, when
/// nothing is known of the server, nor a later one.
#[test]
fn a_stale_push_is_noticed_by_us_where_the_server_does_not() {
    for conflict in [ConflictPolicy::Webapp, ConflictPolicy::Exchange] {
        for known in [false, true] {
            let mut world = world(false);
            world.settings.policy.conflict = conflict;
            let (key, item) = world.pair_of(&contact(ANNA));
            if known {
                world
                    .database
                    .app_updates(&key, &changes(&[("Body", "first")]));
                assert_eq!(world.push(&key), Outcome::Updated);
                world.sync();
            }
            world.remote.person_edits(
                &item,
                &changes(&[("Surname", "Person"), ("CompanyName", "Muster")]),
            );
            world
                .database
                .app_updates(&key, &changes(&[("Surname", "App")]));
            assert_eq!(world.push(&key), Outcome::Merged);
            let kept = match conflict {
                ConflictPolicy::Webapp => "App",
                _ => "Person",
            };
            assert_eq!(
                world.both(&key, Property::Surname),
                (kept.to_owned(), kept.to_owned())
            );
            assert_eq!(world.conflicts().len(), 1, "the loser is in the journal");
            world.sync();
            world.sync();
            assert_in_step(&world);
            assert_silent(&world, 3);
        }
    }
}

/// Which kind a server is, is found out once for the pair; from then on an update of one that looks is one request.
#[test]
fn one_stale_write_tells_what_kind_of_server_it_is() {
    for checks in [true, false] {
        let world = world(checks);
        let (key, _) = world.pair_of(&contact(ANNA));
        assert_eq!(known(&world), None);
        world
            .database
            .app_updates(&key, &changes(&[("Body", "first")]));
        assert_eq!(world.push(&key), Outcome::Updated);
        assert_eq!(known(&world), Some(checks));
        world.sync();
        world
            .database
            .app_updates(&key, &changes(&[("Body", "second")]));
        let before = world.remote.with(|server| server.requests);
        assert_eq!(world.push(&key), Outcome::Updated);
        let sent = world.remote.with(|server| server.requests) - before;
        assert_eq!(sent, if checks { 1 } else { 2 });
        world.sync();
        assert_in_step(&world);
        assert_silent(&world, 3);
    }
}

fn known(world: &World) -> Option<bool> {
    world.database.with(|tables| tables.pair.checks_versions)
}
