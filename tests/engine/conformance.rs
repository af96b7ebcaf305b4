//! The folder and the database in memory keep the contracts of the ports: else a scenario would prove nothing.

use std::collections::BTreeSet;

use exchange_contact_sync::contact::{Changes, Contact, Property};
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::link::{LinkDraft, LinkState, Named};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Change, CursorMove, HoldKind, LinkWrite, NewItem, Remote, RowWrite, Step,
    Store, Target, Update,
};

use crate::memory_remote::Habits;
use crate::memory_store::{MemoryStore, Schema};
use crate::script::Fault;
use crate::world::{EMAIL, World, changes, contact, schema};

fn folder() -> FolderId {
    FolderId::new("folder")
}

fn named(name: &str) -> Contact {
    let email = format!("{name}@example.test");
    contact(&[("GivenName", name), ("EmailAddress1", &email)])
}

/// Everything that is listed since a cursor, in order, and the last cursor.
fn list(world: &World, cursor: Option<Cursor>) -> (Vec<Change>, Cursor) {
    let (mut all, mut cursor) = (Vec::new(), cursor);
    for _ in 0..100 {
        let page = world.remote.changes(&folder(), cursor.as_ref()).unwrap();
        all.extend(page.changes);
        cursor = Some(page.cursor);
        if page.last {
            return (all, cursor.unwrap());
        }
    }
    panic!("the list has no end");
}

#[test]
fn a_list_tells_once_what_its_owner_was_not_told() {
    for page in [1, 2, 512] {
        let habits = Habits {
            page,
            ..Habits::default()
        };
        let world = World::with(habits, schema());
        let a = world.remote.person_creates(&named("a"));
        let b = world.remote.person_creates(&named("b"));
        let (all, first) = list(&world, None);
        let ids: Vec<&ItemId> = all
            .iter()
            .map(|change| match change {
                Change::Present(id, _) => id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, [&b, &a], "newest first");
        let gone = world.remote.person_creates(&named("gone"));
        world.remote.person_deletes(&gone);
        let made = NewItem {
            contact: named("made"),
            stamp: Stamp::new("s"),
        };
        let made = world
            .remote
            .create(&folder(), &[made])
            .unwrap()
            .remove(0)
            .unwrap();
        world.remote.person_edits(&a, &changes(&[("Surname", "A")]));
        world.remote.person_deletes(&b);
        let (news, second) = list(&world, Some(first.clone()));
        assert_eq!(
            news.len(),
            3,
            "created and deleted in between is never listed: {news:?}"
        );
        assert!(news.contains(&Change::Gone(b.clone())));
        assert!(
            news.contains(&Change::Present(made.id.clone(), made.change_key.clone())),
            "our own write is echoed"
        );
        assert_eq!(
            list(&world, Some(first)).0,
            news,
            "a cursor may be used again"
        );
        let (nothing, third) = list(&world, Some(second.clone()));
        assert!(nothing.is_empty());
        assert_eq!(third, second, "an idle list does not move the cursor");
        let stranger = Cursor {
            kind: "memory".to_owned(),
            text: "H4sI".to_owned(),
        };
        let error = world
            .remote
            .changes(&folder(), Some(&stranger))
            .unwrap_err();
        assert_eq!(error.class, RemoteClass::CursorInvalid);
    }
}

#[test]
fn an_update_checks_the_version_and_changes_what_is_named() {
    let world = World::new();
    let item = world.remote.person_creates(&named("a"));
    let stale = ChangeKey::new("CQ0");
    let current = world
        .remote
        .with(|server| server.items[&item].change_key.clone());
    for (change_key, class) in [(stale, Some(RemoteClass::Conflict)), (current, None)] {
        let update = Update {
            id: item.clone(),
            change_key,
            changes: changes(&[("Surname", "A"), ("EmailAddress1", "")]),
            known: Changes::new(),
        };
        let answer = world.remote.update(&folder(), &[update]).unwrap().remove(0);
        assert_eq!(answer.err().map(|error| error.class), class);
    }
    let now = world.remote.contact(&item).unwrap();
    assert_eq!(now, contact(&[("GivenName", "a"), ("Surname", "A")]));
    assert_eq!(
        world
            .remote
            .delete(&folder(), std::slice::from_ref(&item))
            .unwrap(),
        [Ok(())]
    );
    assert_eq!(
        world
            .remote
            .delete(&folder(), std::slice::from_ref(&item))
            .unwrap(),
        [Ok(())],
        "gone counts as done"
    );
    let moved = world.remote.person_moves_back(0);
    assert_ne!(moved, item, "a move gives a new id");
}

fn linked(item: &str, base: Base) -> LinkWrite {
    LinkWrite::Save(Box::new(LinkDraft {
        state: LinkState::Linked,
        item: Some(ItemId::new(item)),
        change_key: Some(ChangeKey::new("k")),
        base,
        named: Named::Yes,
    }))
}

fn inserting(item: &str, contact: &Contact) -> (Target, Step) {
    let step = Step {
        row: RowWrite::Insert(contact.clone()),
        link: linked(item, Base::unknown()),
        ..Step::nothing()
    };
    (Target::Unlinked(ItemId::new(item)), step)
}

fn apply(
    world: &World,
    cursor: Option<CursorMove>,
    steps: Vec<(Target, Step)>,
) -> Result<Vec<Applied>, exchange_contact_sync::sync::error::StoreError> {
    let mut store = MemoryStore::open(&world.database, &world.script);
    let (targets, steps): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
    let batch = Batch {
        targets,
        cursor,
        park_missed: true,
        ..Batch::default()
    };
    store.apply(&batch, &mut |seen| steps[seen.index].clone())
}

#[test]
fn a_batch_happens_wholly_or_not_at_all_and_moves_the_cursor_from_where_it_stood() {
    let world = World::new();
    let cursor = |text: &str| Cursor {
        kind: "memory".to_owned(),
        text: text.to_owned(),
    };
    let step = |from: Option<&str>, to: &str| CursorMove {
        from: from.map(cursor),
        to: cursor(to),
        generation: 1,
        pass_complete: false,
    };
    let row = || vec![inserting("i", &named("a"))];
    world.script.fail("apply", 0, Fault::Before);
    assert!(apply(&world, Some(step(None, "c1")), row()).is_err());
    assert!(world.database.rows().is_empty());
    assert!(apply(&world, Some(step(Some("c0"), "c1")), row()).is_err());
    assert!(world.database.rows().is_empty(), "another puller was there");
    world.script.fail("apply", 0, Fault::After);
    assert!(apply(&world, Some(step(None, "c1")), row()).is_err());
    assert_eq!(world.database.rows().len(), 1, "only the answer was lost");
    let pair = MemoryStore::open(&world.database, &world.script)
        .pair()
        .unwrap();
    assert_eq!(pair.cursor, Some(cursor("c1")));
    assert!(
        world.database.with(|tables| tables.outbox.is_empty()),
        "our writes are no edits"
    );
}

#[test]
fn stale_and_locked_targets_are_missed_and_parked() {
    let world = World::new();
    apply(
        &world,
        None,
        vec![inserting("i", &named("a")), inserting("j", &named("b"))],
    )
    .unwrap();
    let mut store = MemoryStore::open(&world.database, &world.script);
    let refs = store
        .links_of(&[ItemId::new("i"), ItemId::new("j")])
        .unwrap();
    let touch = |index: usize| {
        let link = &refs[index];
        let step = Step {
            link: linked(link.item.as_ref().unwrap().as_str(), Base::unknown()),
            ..Step::nothing()
        };
        (Target::Link(link.id, link.version), step)
    };
    apply(&world, None, vec![touch(0)]).unwrap();
    world.database.app_locks(&refs[1].key, true);
    let missed = |applied: &Applied| matches!(applied, Applied::Missed(_));
    let applied = apply(&world, None, vec![touch(0), touch(1)]).unwrap();
    assert!(applied.iter().all(missed), "{applied:?}");
    let applied = apply(&world, None, vec![inserting("i", &named("c"))]).unwrap();
    assert!(
        applied.iter().all(missed),
        "an item that has a link is not unlinked"
    );
    let parked = store.parked(None, 10).unwrap();
    let parked: Vec<&str> = parked.iter().map(|parked| parked.item.as_str()).collect();
    assert_eq!(parked, ["i", "j"]);
    assert_eq!(world.database.rows().len(), 2);
}

#[test]
fn a_refused_row_is_held_alone_and_two_may_swap_a_unique_value() {
    let mut schema = Schema {
        unique: vec![EMAIL],
        ..schema()
    };
    schema.max_length.insert(Property::Surname, 5);
    let world = World::with(Habits::default(), schema);
    let mut long = named("long");
    long.set_raw(Property::Surname, "too long").unwrap();
    let steps = vec![
        inserting("a", &named("a")),
        inserting("b", &long),
        inserting("c", &named("A")),
        inserting("d", &named("d")),
    ];
    let applied = apply(&world, None, steps).unwrap();
    let kinds: Vec<Option<HoldKind>> = applied
        .iter()
        .map(|applied| match applied {
            Applied::Held(kind, _) => Some(*kind),
            Applied::Done { .. } | Applied::Missed(_) => None,
        })
        .collect();
    assert_eq!(
        kinds,
        [
            None,
            Some(HoldKind::Unfit),
            Some(HoldKind::Constraint),
            None
        ]
    );
    assert_eq!(world.held().len(), 2);
    let mut store = MemoryStore::open(&world.database, &world.script);
    let refs = store
        .links_of(&[ItemId::new("a"), ItemId::new("d")])
        .unwrap();
    let swap = [("a", "d@example.test"), ("d", "a@example.test")].map(|(item, email)| {
        let known = |link: &&exchange_contact_sync::sync::link::LinkRef| {
            link.item == Some(ItemId::new(item))
        };
        let link = refs.iter().find(known).unwrap();
        let step = Step {
            row: RowWrite::Update(changes(&[("EmailAddress1", email)])),
            ..Step::nothing()
        };
        (Target::Link(link.id, link.version), step)
    });
    let applied = apply(&world, None, swap.into()).unwrap();
    assert!(
        applied
            .iter()
            .all(|applied| matches!(applied, Applied::Done { .. }))
    );
    let emails: BTreeSet<String> = world
        .database
        .rows()
        .into_values()
        .filter_map(|row| row.contact.text(EMAIL).map(str::to_owned))
        .collect();
    assert_eq!(emails.len(), 2);
}
