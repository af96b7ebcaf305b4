//! Both sides changed before they met again.

use std::cell::RefCell;

use exchange_contact_sync::contact::{Property, Value};
use exchange_contact_sync::sync::error::SyncError;
use exchange_contact_sync::sync::policy::ConflictPolicy;
use exchange_contact_sync::sync::ports::{Level, Observer, Question, Side, Stage};
use exchange_contact_sync::sync::report::Outcome;

use crate::oracle::{assert_in_step, assert_silent};
use crate::world::{MOBILE, World, changes, contact};

const ANNA: &[(&str, &str)] = &[
    ("GivenName", "Anna"),
    ("EmailAddress1", "anna@example.test"),
    ("Body", "note"),
    ("Categories", "A\nB"),
];

/// P1: fields are merged one by one.
#[test]
fn edits_of_different_fields_both_arrive_by_push_and_by_pull() {
    for by_push in [true, false] {
        let world = World::new();
        let (key, item) = world.pair_of(&contact(ANNA));
        world
            .remote
            .person_edits(&item, &changes(&[("Surname", "Berg"), ("Body", "")]));
        world
            .database
            .app_updates(&key, &changes(&[("MobilePhone", "0170 5550100")]));
        if by_push {
            let outcome = world.push(&key);
            assert!(
                matches!(outcome, Outcome::Merged | Outcome::Updated),
                "{outcome:?}"
            );
        } else {
            world.pull();
            world.push_pending();
        }
        assert_in_step(&world);
        assert_eq!(world.both(&key, Property::Surname).0, "Berg");
        assert_eq!(world.both(&key, Property::Body).0, "");
        assert_eq!(world.both(&key, MOBILE).1, "0170 5550100");
        assert!(world.database.with(|tables| tables.conflicts.is_empty()));
        world.sync();
        assert_silent(&world, 10);
    }
}

/// P1, R13: of a long text the base keeps a fingerprint, by which an edit is told from none; what both sides hold is kept whole.
#[test]
fn long_texts_are_merged_like_short_ones() {
    let long = |text: &str| format!("{}{text}", "x".repeat(100_000));
    let [first, here, there] = ["first", "here", "there"].map(long);
    let world = World::new();
    let (key, item) = world.pair_of(&contact(&[("GivenName", "Anna"), ("Body", &first)]));
    world.sync();
    assert_silent(&world, 3);
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    world
        .database
        .app_updates(&key, &changes(&[("Body", &here)]));
    world.sync();
    assert_in_step(&world);
    assert_eq!(world.both(&key, Property::Body).1, here);
    assert!(world.database.with(|tables| tables.conflicts.is_empty()));

    world.clock.pass(10_000);
    world
        .remote
        .person_edits(&item, &changes(&[("Body", &there)]));
    world.clock.pass(10_000);
    world
        .database
        .app_updates(&key, &changes(&[("Body", &first)]));
    world.sync();
    assert_in_step(&world);
    assert_eq!(world.both(&key, Property::Body).1, first);
    let journal = world.database.with(|tables| tables.conflicts.clone());
    let [record] = journal.as_slice() else {
        panic!("{journal:?}");
    };
    let conflict = &record.conflict;
    assert_eq!(conflict.row, Some(Value::Text(first)));
    assert_eq!(conflict.item, Some(Value::Text(there)));
    assert_eq!(conflict.base, None, "too long to be kept");
    world.sync();
    assert_silent(&world, 3);
}

#[test]
fn the_same_edit_on_both_sides_is_no_conflict() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .remote
        .person_edits(&item, &changes(&[("Surname", "Berg")]));
    world
        .database
        .app_updates(&key, &changes(&[("Surname", "Berg")]));
    world.sync();
    assert_in_step(&world);
    assert!(world.database.with(|tables| tables.conflicts.is_empty()));
    world.sync();
    assert_silent(&world, 3);
}

/// P1, R24: both values are kept.
#[test]
fn the_same_field_ends_as_the_policy_says_and_the_loser_is_in_the_journal() {
    // Seconds from the item's edit to the row's.
    for (policy, later, kept) in [
        (ConflictPolicy::Exchange, 600, Side::Item),
        (ConflictPolicy::Webapp, -600, Side::Row),
        (ConflictPolicy::Newest, 600, Side::Row),
        (ConflictPolicy::Newest, -600, Side::Item),
        (ConflictPolicy::Newest, 0, Side::Item),
    ] {
        for by_push in [true, false] {
            let mut world = World::new();
            world.settings.policy.conflict = policy;
            let (key, item) = world.pair_of(&contact(ANNA));
            let app = || {
                world
                    .database
                    .app_updates(&key, &changes(&[("Body", "by the app")]))
            };
            world.clock.pass(10_000);
            if later < 0 {
                app();
                world.clock.pass(-later);
            }
            world
                .remote
                .person_edits(&item, &changes(&[("Body", "by a person")]));
            if later >= 0 {
                world.clock.pass(later);
                app();
            }
            if by_push && policy != ConflictPolicy::Newest {
                assert_eq!(world.push(&key), Outcome::Merged, "{policy:?}");
            }
            for _ in 0..2 {
                world.sync();
            }
            let expected = match kept {
                Side::Row => "by the app",
                Side::Item => "by a person",
            };
            let both = (expected.to_owned(), expected.to_owned());
            assert_eq!(world.both(&key, Property::Body), both, "{policy:?} {later}");
            let journal = world.conflicts();
            assert_eq!(journal.len(), 1, "{policy:?} {later} {journal:?}");
            let conflict = &journal[0].conflict;
            assert_eq!(conflict.property, Some(Property::Body));
            assert_eq!(conflict.row, Some(Value::Text("by the app".into())));
            assert_eq!(conflict.item, Some(Value::Text("by a person".into())));
            assert_eq!(conflict.base, Some(Value::Text("note".into())));
            assert_eq!(conflict.kept, Some(kept));
            assert_eq!(journal[0].key, key);
            assert_silent(&world, 3);
        }
    }
}

/// Answers every question with the same text.
struct Resolver(&'static str, RefCell<u32>);

impl Observer for Resolver {
    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) -> Result<bool, SyncError> {
        Ok(true)
    }

    fn log(&mut self, _: Level, _: &str) {}

    fn resolve(&mut self, question: &Question<'_>) -> Result<Option<Value>, SyncError> {
        *self.1.borrow_mut() += 1;
        assert_eq!(question.property, Property::Body);
        assert_eq!(question.base, Some(&Value::Text("note".into())));
        assert_eq!(question.contact.text(Property::GivenName), Some("Anna"));
        Ok(Some(Value::Text(self.0.to_owned())))
    }
}

#[test]
fn a_resolver_decides_and_its_third_value_reaches_both_sides() {
    for by_push in [true, false] {
        for answer in ["by the app", "by a person", "by neither"] {
            let mut world = World::new();
            world.settings.policy.conflict = ConflictPolicy::Ask;
            let (key, item) = world.pair_of(&contact(ANNA));
            world
                .remote
                .person_edits(&item, &changes(&[("Body", "by a person")]));
            world
                .database
                .app_updates(&key, &changes(&[("Body", "by the app")]));
            let mut resolver = Resolver(answer, RefCell::new(0));
            for _ in 0..2 {
                if by_push {
                    world
                        .process(|engine| engine.push(&key, &mut resolver))
                        .unwrap();
                } else {
                    world.process(|engine| engine.sync(&mut resolver)).unwrap();
                }
            }
            assert_eq!(
                world.both(&key, Property::Body),
                (answer.into(), answer.into())
            );
            assert_eq!(*resolver.1.borrow(), 1, "asked once");
            assert_eq!(world.database.with(|tables| tables.conflicts.len()), 1);
            world.sync();
            assert_silent(&world, 3);
        }
    }
}

/// semantics 45.
#[test]
fn categories_merge_as_a_set() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .remote
        .person_edits(&item, &changes(&[("Categories", "B\nC")]));
    world
        .database
        .app_updates(&key, &changes(&[("Categories", "D\nB\nA")]));
    world.sync();
    assert_in_step(&world);
    let shown = world.both(&key, Property::Categories).0;
    let mut entries: Vec<&str> = shown.split(", ").collect();
    entries.sort_unstable();
    assert_eq!(
        entries,
        ["B", "C", "D"],
        "A was removed, C and D were added"
    );
    world
        .remote
        .person_edits(&item, &changes(&[("Categories", "D\nC\nB")]));
    let rows = world.database.with(|tables| tables.row_writes);
    world.sync();
    assert_eq!(
        world.database.with(|tables| tables.row_writes),
        rows,
        "another order is no change"
    );
    assert_silent(&world, 3);
}

/// P1, semantics 26: the write is refused, merged and tried again; both edits are there.
#[test]
fn an_edit_between_reading_and_writing_is_not_overwritten() {
    let world = World::new();
    let (key, item) = world.pair_of(&contact(ANNA));
    world
        .database
        .app_updates(&key, &changes(&[("MobilePhone", "0170 5550100")]));
    let person = world.clone();
    world.script.before("update", 0, move || {
        person
            .remote
            .person_edits(&item, &changes(&[("Surname", "Berg")]));
    });
    assert_eq!(world.push(&key), Outcome::Merged);
    assert!(world.script.is_spent());
    assert_in_step(&world);
    assert_eq!(
        world.both(&key, Property::Surname),
        ("Berg".into(), "Berg".into())
    );
}
