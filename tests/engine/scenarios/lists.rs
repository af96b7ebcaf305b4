//! Slots that Exchange gives as lists that close up.

use exchange_contact_sync::contact::{ImKey, Property};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::report::Outcome;

use crate::memory_remote::Habits;
use crate::oracle::assert_silent;
use crate::world::{World, changes, contact, schema};

const SLOTS: [Property; 3] = [
    Property::Im(ImKey::ImAddress1),
    Property::Im(ImKey::ImAddress2),
    Property::Im(ImKey::ImAddress3),
];

fn world() -> World {
    with_slots(&SLOTS)
}

/// A world in which the last slot is not mapped.
fn half_mapped() -> World {
    with_slots(&SLOTS[..2])
}

fn with_slots(mapped: &[Property]) -> World {
    let mut schema = schema();
    schema.mapped.extend(mapped);
    let habits = Habits {
        lists: vec![SLOTS.to_vec()],
        ..Habits::default()
    };
    World::with(habits, schema)
}

/// What the row holds in the slots, and what the item does.
fn slots(world: &World, key: &RowKey, item: &ItemId) -> ([String; 3], Vec<String>) {
    let row = world.database.contact(key).unwrap();
    let there = world.remote.contact(item).unwrap();
    let text = |slot: &Property| row.text(*slot).unwrap_or_default().to_owned();
    (
        SLOTS.each_ref().map(text),
        SLOTS
            .iter()
            .filter_map(|slot| there.text(*slot))
            .map(str::to_owned)
            .collect(),
    )
}

fn row(values: [&str; 3]) -> [String; 3] {
    values.map(str::to_owned)
}

/// semantics 55: the app's slots with a gap come back as they are, and nothing is written for it.
#[test]
fn a_gap_stays_a_gap() {
    let world = world();
    let (key, item) = world.pair_of(&contact(&[
        ("GivenName", "Anna"),
        ("ImAddress2", "b"),
        ("ImAddress3", "c"),
    ]));
    assert_silent(&world, 5);
    let expected = row(["", "b", "c"]);
    assert_eq!(slots(&world, &key, &item).0, expected);
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    world.sync();
    assert_silent(&world, 5);
    assert_eq!(slots(&world, &key, &item).0, expected);
    world
        .database
        .app_updates(&key, &changes(&[("CompanyName", "Muster AG")]));
    // What was delivered comes back once in the list.
    world.sync();
    world.sync();
    assert_silent(&world, 5);
    assert_eq!(slots(&world, &key, &item).0, expected);
}

/// semantics 55: what a person takes away, replaces or adds happens to the slot in which the app has it.
#[test]
fn what_a_person_changes_happens_to_its_slot() {
    let world = world();
    let (key, item) = world.pair_of(&contact(&[
        ("GivenName", "Anna"),
        ("ImAddress1", "a"),
        ("ImAddress2", "b"),
        ("ImAddress3", "c"),
    ]));
    for (edit, expected) in [
        (("ImAddress1", ""), ["", "b", "c"]),
        (("ImAddress2", "x"), ["", "x", "c"]),
        (("ImAddress1", "d"), ["d", "x", "c"]),
        (("ImAddress3", ""), ["d", "x", ""]),
    ] {
        world.remote.person_edits(&item, &changes(&[edit]));
        world.sync();
        assert_silent(&world, 3);
        assert_eq!(slots(&world, &key, &item).0, row(expected), "{edit:?}");
    }
}

/// semantics 55: a change of one slot takes the others along.
#[test]
fn a_change_of_the_app_keeps_the_other_entries() {
    let world = world();
    let (key, item) = world.pair_of(&contact(&[
        ("GivenName", "Anna"),
        ("ImAddress2", "b"),
        ("ImAddress3", "c"),
    ]));
    for (change, expected, there) in [
        (("ImAddress3", "x"), ["", "b", "x"], vec!["b", "x"]),
        (("ImAddress1", "a"), ["a", "b", "x"], vec!["a", "b", "x"]),
        (("ImAddress2", ""), ["a", "", "x"], vec!["a", "x"]),
    ] {
        world.database.app_updates(&key, &changes(&[change]));
        assert_eq!(world.push(&key), Outcome::Updated);
        world.sync();
        assert_silent(&world, 3);
        let found = slots(&world, &key, &item);
        let there: Vec<String> = there.into_iter().map(str::to_owned).collect();
        assert_eq!(found, (row(expected), there), "{change:?}");
    }
}

/// semantics 55: edits of both sides meet in their slots.
#[test]
fn edits_of_both_sides_meet() {
    let world = world();
    let (key, item) = world.pair_of(&contact(&[
        ("GivenName", "Anna"),
        ("ImAddress2", "b"),
        ("ImAddress3", "c"),
    ]));
    world
        .database
        .app_updates(&key, &changes(&[("ImAddress3", "mine")]));
    world
        .remote
        .person_edits(&item, &changes(&[("ImAddress1", "theirs")]));
    world.sync();
    world.sync();
    assert_silent(&world, 3);
    let (row_now, there) = slots(&world, &key, &item);
    assert!(world.conflicts().is_empty());
    assert!(row_now.contains(&"mine".to_owned()), "{row_now:?}");
    assert!(row_now.contains(&"b".to_owned()), "{row_now:?}");
    assert_eq!(
        there.len(),
        row_now.iter().filter(|slot| !slot.is_empty()).count()
    );
}

/// R10, semantics 55: what both sides had before meets in the app's slots, and nothing is written for it or there twice.
#[test]
fn what_both_had_before_meets_in_its_slots() {
    for (extra, expected) in [("", ["", "b", "c"]), ("x", ["x", "b", "c"])] {
        let world = world();
        let names = [
            ("GivenName", "Anna"),
            ("EmailAddress1", "anna@example.test"),
        ];
        let mine = [("ImAddress2", "b"), ("ImAddress3", "c")];
        let theirs = [
            ("ImAddress1", "b"),
            ("ImAddress2", "c"),
            ("ImAddress3", extra),
        ];
        let key = world
            .database
            .app_inserts(&contact(&[names, mine].concat()));
        let mut there = [names.as_slice(), &theirs].concat();
        there.retain(|(_, text)| !text.is_empty());
        let item = world.remote.person_creates(&contact(&there));
        world.sync();
        assert_silent(&world, 3);
        assert_eq!(world.item_of(&key), Some(item.clone()));
        assert_eq!(world.remote.with(|server| server.writes), 0);
        assert!(world.conflicts().is_empty());
        assert_eq!(slots(&world, &key, &item).0, row(expected), "{extra:?}");
    }
}

/// R5, semantics 16, 55: an item that comes back while its row is being created anew holds the same values, in no other slots.
#[test]
fn an_item_that_comes_back_doubles_no_value() {
    let world = world();
    let (key, item) = world.pair_of(&contact(&[
        ("GivenName", "Anna"),
        ("EmailAddress1", "anna@example.test"),
        ("ImAddress2", "b"),
    ]));
    world.remote.person_deletes(&item);
    world
        .database
        .app_updates(&key, &changes(&[("CompanyName", "Muster AG")]));
    world.pull();
    world.remote.person_moves_back(0);
    world.sync();
    world.sync();
    assert_silent(&world, 3);
    let item = world.item_of(&key).unwrap();
    let expected = (row(["", "b", ""]), vec!["b".to_owned()]);
    assert_eq!(slots(&world, &key, &item), expected);
    assert_eq!(world.remote.contacts().len(), 1);
}

/// P1, semantics 55: what a person adds goes to where the app sees it, as long as there is room.
#[test]
fn what_a_person_adds_is_seen_by_the_app() {
    let world = half_mapped();
    let (key, item) = world.pair_of(&contact(&[("GivenName", "Anna"), ("ImAddress2", "b")]));
    let there = changes(&[("ImAddress1", "b"), ("ImAddress2", "x")]);
    world.remote.person_edits(&item, &there);
    world.sync();
    assert_silent(&world, 3);
    let expected = vec!["b".to_owned(), "x".to_owned()];
    assert_eq!(slots(&world, &key, &item), (row(["x", "b", ""]), expected));
}

/// semantics 55: what the app replaces behind a gap is gone, also where a slot of the list is not mapped and the list has to be read.
#[test]
fn what_the_app_replaces_behind_a_gap_is_gone() {
    let world = half_mapped();
    let (key, item) = world.pair_of(&contact(&[("GivenName", "Anna"), ("ImAddress2", "b")]));
    for (change, expected, there) in [("c", "c", vec!["c"]), ("", "", vec![])] {
        let change = changes(&[("ImAddress2", change)]);
        world.database.app_updates(&key, &change);
        assert_eq!(world.push(&key), Outcome::Updated);
        world.sync();
        assert_silent(&world, 3);
        let there: Vec<String> = there.into_iter().map(str::to_owned).collect();
        assert_eq!(slots(&world, &key, &item), (row(["", expected, ""]), there));
    }
}
