//! Clocks that go differently on both sides.

use exchange_contact_sync::contact::Property;

use crate::memory_remote::Habits;
use crate::oracle::assert_in_step;
use crate::world::{World, changes, contact, schema};

/// R24, semantics 32: with Exchange's clock five minutes ahead or behind, the later edit still wins, on whichever side it was made; edits
/// at the same time go to Exchange's side, every time.
#[test]
fn the_later_edit_wins_whatever_the_clocks_say() {
    for ahead in [-300, 0, 300] {
        for (app_first, apart, winner) in [
            (true, 30, "person"),
            (false, 30, "app"),
            (true, 0, "person"),
            (false, 0, "person"),
        ] {
            let habits = Habits {
                clock_ahead: ahead,
                ..Habits::default()
            };
            let world = World::with(habits, schema());
            let (key, item) =
                world.pair_of(&contact(&[("GivenName", "Anna"), ("Surname", "Arndt")]));
            world.clock.pass(1_000);
            let app = || {
                world
                    .database
                    .app_updates(&key, &changes(&[("Surname", "app")]));
            };
            let person = || {
                world
                    .remote
                    .person_edits(&item, &changes(&[("Surname", "person")]));
            };
            if app_first {
                app();
                world.clock.pass(apart);
                person();
            } else {
                person();
                world.clock.pass(apart);
                app();
            }
            world.sync();
            world.sync();
            assert_eq!(
                world.both(&key, Property::Surname),
                (winner.to_owned(), winner.to_owned()),
                "{ahead} s ahead, app first: {app_first}, {apart} s apart"
            );
            assert_eq!(world.conflicts().len(), 1);
            assert_in_step(&world);
        }
    }
}
