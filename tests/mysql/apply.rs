//! Planning and applying batches.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::{ItemId, LinkVersion};
use exchange_contact_sync::sync::link::{LinkDraft, Named};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Effect, LinkWrite, Missed, RowWrite, Step, Store, Target,
};

use crate::support::{
    CONTACTS, Rig, apply, contact, cursor, draft, email, insert, key, look, moved, present, seed,
};

fn set(property: Property, text: &str) -> Changes {
    let value = Value::parse(property.kind(), text).unwrap();
    [(property, value)].into_iter().collect()
}

fn update(changes: Changes) -> Step {
    Step {
        row: RowWrite::Update(changes),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    }
}

#[test]
fn a_row_is_made_changed_and_deleted_with_its_link() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = contact(&[
        ("GivenName", "Anna O'Hara \\ 😀"),
        ("Surname", "Berg"),
        ("EmailAddress1", "anna@example.test"),
        ("Birthday", "1899-12-31"),
        ("Body", "one\ntwo"),
        ("Categories", "A\nB"),
    ]);
    let (row, (link, version)) = seed(&mut store, &[("I1", anna.clone())]).remove(0);
    assert_eq!(version, LinkVersion(1));
    let seen = look(&mut store, row.as_str());
    assert_eq!(present(&seen).contact, anna);
    let stored = seen.link.clone().unwrap();
    assert_eq!((stored.id, stored.item), (link, Some(ItemId::new("I1"))));
    assert!(seen.notes.is_empty());
    assert_eq!(
        rig.app
            .one("SELECT CONCAT_WS('|', first_name, birthday, tags) FROM contacts"),
        "Anna O'Hara \\ 😀|1899-12-31|A, B"
    );

    let mut next = LinkDraft::of(seen.link.as_ref().unwrap());
    next.base.set_item(Property::Surname, None);
    let mut changes = set(Property::Surname, "");
    changes.insert(Property::Categories, None);
    let step = Step {
        link: LinkWrite::Save(Box::new(next)),
        ..update(changes)
    };
    let applied = apply(&mut store, vec![Target::Link(link, version)], vec![step]);
    let Applied::Done {
        link: Some((_, moved)),
        ..
    } = applied[0]
    else {
        panic!("{applied:?}");
    };
    assert_eq!(moved, LinkVersion(2));
    assert_eq!(
        rig.app
            .one("SELECT CONCAT_WS('|', last_name, IFNULL(tags,'NULL')) FROM contacts"),
        "|NULL"
    );
    let seen = look(&mut store, row.as_str());
    let base = seen.link.unwrap().base;
    assert!(base.legs(Property::Surname).row.holds(None), "read back");

    let step = Step {
        row: RowWrite::Delete,
        link: LinkWrite::End,
        effect: Effect::RowDeleted,
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Link(link, moved)], vec![step]);
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "0");
    let items = [ItemId::new("I1"), ItemId::new("i1")];
    assert_eq!(store.tombstones(&items).unwrap(), [ItemId::new("I1")]);
    assert!(store.links_of(&items).unwrap().is_empty());
    assert_eq!(store.gone_counts().unwrap().done_today, 1);
    assert_eq!(
        store.counts().unwrap().pending,
        0,
        "our own writes are not noted"
    );
}

/// R1, semantics 15: also where an id differs in letter case only from one that is known.
#[test]
fn what_changed_since_it_was_noted_is_stale() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let anna = contact(&[("GivenName", "Anna")]);
    let (row, (link, version)) = seed(&mut store, &[("I1", anna.clone())]).remove(0);
    let targets = vec![
        Target::Unlinked(ItemId::new("I1")),
        Target::Link(link, LinkVersion(version.0 + 1)),
        Target::Row(row.clone(), None),
        Target::Row(row.clone(), Some((link, LinkVersion(version.0 + 1)))),
        Target::Pairing(ItemId::new("I9"), row),
        Target::Unlinked(ItemId::new("i1")),
    ];
    let batch = Batch {
        targets,
        park_missed: true,
        ..Batch::default()
    };
    let mut planned = Vec::new();
    let applied = store
        .apply(&batch, &mut |seen| {
            planned.push(seen.index);
            insert("i1", &anna, &mapped)
        })
        .unwrap();
    assert_eq!(planned, [5], "ids that differ in case only are two");
    assert_eq!(applied[..5], vec![Applied::Missed(Missed::Stale); 5][..]);
    let parked: Vec<ItemId> = store
        .parked(None, 10)
        .unwrap()
        .into_iter()
        .map(|parked| parked.item)
        .collect();
    assert_eq!(parked.len(), 2, "{parked:?}");
    assert!(parked.contains(&ItemId::new("I1")) && parked.contains(&ItemId::new("I9")));
}

/// P3, semantics 5: whatever its size.
#[test]
fn the_cursor_moves_with_the_rows_or_not_at_all() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let big = "c".repeat(5 * 1_024 * 1_024);
    let mut page = |from: Option<&str>, to: &str, item: &str| {
        let batch = Batch {
            targets: vec![Target::Unlinked(ItemId::new(item))],
            cursor: moved(from, to),
            ..Batch::default()
        };
        store.apply(&batch, &mut |_| {
            insert(item, &contact(&[("GivenName", item)]), &mapped)
        })
    };
    page(None, &big, "I1").unwrap();
    page(Some(&big), "c2", "I2").unwrap();
    let error = page(Some(&big), "c3", "I3").unwrap_err();
    assert_eq!(error.class, StoreClass::Contended);
    assert!(error.message.contains("cursor"), "{error}");
    let error = page(None, "c3", "I3").unwrap_err();
    assert_eq!(error.class, StoreClass::Contended);
    assert_eq!(store.pair().unwrap().cursor, Some(cursor("c2")));
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "2");
    let other = moved(Some("c2"), &big);
    let batch = Batch {
        cursor: other,
        ..Batch::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    assert_eq!(store.pair().unwrap().cursor, Some(cursor(&big)));
    store.reset_cursor().unwrap();
    assert_eq!(store.pair().unwrap().cursor, None);
}

/// P3: what fails after it was planned leaves neither a row nor a cursor that speaks of it.
#[test]
fn a_batch_that_fails_moves_no_cursor() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let mut app = rig.connect();
    let mut page = |from: Option<&str>, to: &str, item: &str, statement: &str| {
        let batch = Batch {
            targets: vec![Target::Unlinked(ItemId::new(item))],
            cursor: moved(from, to),
            ..Batch::default()
        };
        store.apply(&batch, &mut |_| {
            app.run(statement);
            insert(item, &contact(&[("GivenName", item)]), &mapped)
        })
    };
    page(None, "c1", "I1", "DO 1").unwrap();
    page(Some("c1"), "c2", "I2", "RENAME TABLE contacts TO away").unwrap_err();
    rig.app.run("RENAME TABLE away TO contacts");
    assert_eq!(store.pair().unwrap().cursor, Some(cursor("c1")));
    assert_eq!(rig.app.rows("SELECT first_name FROM contacts"), ["I1"]);
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM ecs_links"), "1");
}

/// semantics 5, 15, 59: ids that differ in letter case or a trailing blank are two, and a ChangeKey may have 70 KB.
#[test]
fn ids_of_any_length_and_case_are_kept() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let items = ["AAMkAD+/a=", "AAMkAD+/A=", "AAMkAD+/a= "];
    let mut steps = Vec::new();
    for item in items {
        let mut step = insert(item, &contact(&[("GivenName", "x")]), &mapped);
        if let LinkWrite::Save(draft) = &mut step.link {
            let change_key = format!("{item}{}", "k".repeat(70_000));
            draft.change_key = Some(exchange_contact_sync::sync::ids::ChangeKey::new(change_key));
        }
        steps.push(step);
    }
    let targets = items
        .iter()
        .map(|item| Target::Unlinked(ItemId::new(*item)))
        .collect();
    apply(&mut store, targets, steps);
    for item in items {
        let links = store.links_of(&[ItemId::new(item)]).unwrap();
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].item, Some(ItemId::new(item)));
        let change_key = links[0].change_key.as_ref().unwrap().as_str();
        assert_eq!(change_key.len(), item.len() + 70_000);
        assert!(change_key.starts_with(item) && links[0].confirmed && links[0].named == Named::Yes);
    }
}

/// R22: in one transaction.
#[test]
fn two_contacts_may_swap_and_pass_on_a_unique_value() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let of =
        |name: &str, address: &str| contact(&[("GivenName", name), ("EmailAddress1", address)]);
    let keys = seed(
        &mut store,
        &[
            ("I1", of("a", "1@x")),
            ("I2", of("b", "2@x")),
            ("I3", of("c", "3@x")),
        ],
    );
    let targets = |store: &mut exchange_contact_sync::mysql::MySqlStore| {
        let keys: Vec<_> = keys.iter().map(|(key, _)| key.clone()).collect();
        store
            .look(&keys)
            .unwrap()
            .into_iter()
            .map(|look| {
                let link = look.link.unwrap();
                Target::Link(link.id, link.version)
            })
            .collect::<Vec<_>>()
    };
    let all = targets(&mut store);
    let steps = ["2@x", "3@x", "4@x"].map(|address| update(set(email(), address)));
    let applied = apply(&mut store, all, steps.to_vec());
    assert!(
        applied
            .iter()
            .all(|applied| matches!(applied, Applied::Done { .. })),
        "{applied:?}"
    );
    let all = targets(&mut store);
    let steps = ["3@x", "2@x", "2@x"].map(|address| update(set(email(), address)));
    let applied = apply(&mut store, all[..2].to_vec(), steps[..2].to_vec());
    assert!(
        applied
            .iter()
            .all(|applied| matches!(applied, Applied::Done { .. })),
        "{applied:?}"
    );
    assert_eq!(
        rig.app.rows("SELECT email FROM contacts ORDER BY id"),
        ["3@x", "2@x", "4@x"]
    );
    assert_eq!(store.counts().unwrap().pending, 0);
}

#[test]
fn a_link_that_stays_as_it_is_keeps_its_version() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let (row, link) = seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]).remove(0);
    let same = LinkDraft::of(look(&mut store, row.as_str()).link.as_ref().unwrap());
    let step = Step {
        link: LinkWrite::Save(Box::new(same)),
        ..Step::nothing()
    };
    let applied = apply(&mut store, vec![Target::Link(link.0, link.1)], vec![step]);
    let Applied::Done { link: after, .. } = &applied[0] else {
        panic!("{applied:?}");
    };
    assert_eq!(*after, Some(link));
}

/// P2.
#[test]
fn an_item_of_another_link_is_never_taken_from_it() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mapped = store.mapped().to_vec();
    let anna = contact(&[("GivenName", "Anna")]);
    seed(&mut store, &[("I1", anna.clone())]);
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Bea'), ('Cleo')");
    let targets = vec![Target::Row(key("2"), None), Target::Row(key("3"), None)];
    let steps = ["I1", "I2"].map(|item| Step {
        link: LinkWrite::Save(draft(item, &Contact::new(), &mapped)),
        effect: Effect::Matched,
        ..Step::nothing()
    });
    let applied = apply(&mut store, targets, steps.to_vec());
    assert_eq!(applied[0], Applied::Missed(Missed::Stale));
    assert!(matches!(applied[1], Applied::Done { .. }));
    assert_eq!(
        store.links_of(&[ItemId::new("I1")]).unwrap()[0].key,
        key("1")
    );
}
