//! What a batch leaves beside the rows: holds, conflicts, attempts, notes, or nothing at all.

use exchange_contact_sync::contact::{Changes, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, LinkVersion};
use exchange_contact_sync::sync::link::{LinkDraft, LinkState, Named};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Conflict, Effect, Hold, HoldKind, LinkWrite, RowWrite, Side, Step, Store,
    Target,
};

use crate::support::{
    CONTACTS, Rig, apply, contact, cursor, email, insert, key, look, moved, note_unnoted, seed,
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

fn held_kind(applied: &Applied) -> (HoldKind, String) {
    match applied {
        Applied::Held(kind, reason) => (*kind, reason.clone()),
        other => panic!("{other:?}"),
    }
}

/// P6, R21, semantics 11: the batch is taken apart at savepoints, and the cursor moves.
#[test]
fn a_bad_row_is_held_and_the_others_go_through() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    rig.app
        .run("ALTER TABLE contacts ADD COLUMN code VARCHAR(3) CHARACTER SET latin1 NULL, ADD CONSTRAINT long_enough CHECK (CHAR_LENGTH(notes)<50)");
    let mut config = rig.config();
    config.map.push(("code".to_owned(), Property::Initials));
    let mut store = rig.store_with(config);
    rig.app
        .run("INSERT INTO contacts (email) VALUES ('taken@example.test')");
    let mapped = store.mapped().to_vec();
    let long = "x".repeat(60);
    let contacts = [
        contact(&[("GivenName", "fine 1")]),
        contact(&[("GivenName", &"y".repeat(41))]),
        contact(&[("EmailAddress1", "TAKEN@example.test")]),
        contact(&[("Initials", "Ω")]),
        contact(&[("Body", &long)]),
        contact(&[("GivenName", "fine 2"), ("EmailAddress1", "x@example.test")]),
    ];
    let targets = (0..6)
        .map(|n| Target::Unlinked(ItemId::new(format!("I{n}"))))
        .collect();
    let steps = contacts
        .iter()
        .enumerate()
        .map(|(n, contact)| insert(&format!("I{n}"), contact, &mapped))
        .collect();
    let batch = Batch {
        targets,
        cursor: moved(None, "c1"),
        ..Batch::default()
    };
    let steps: Vec<Step> = steps;
    let applied = store
        .apply(&batch, &mut |seen| steps[seen.index].clone())
        .unwrap();
    assert!(matches!(applied[0], Applied::Done { .. }));
    assert!(matches!(applied[5], Applied::Done { .. }));
    for (place, kind, part) in [
        (1, HoldKind::Unfit, "first_name"),
        (2, HoldKind::Constraint, "unique key email"),
        (3, HoldKind::Unfit, "code"),
        (4, HoldKind::Constraint, "long_enough"),
    ] {
        let (found, reason) = held_kind(&applied[place]);
        // MySQL says whose key it is.
        let reason = reason.replace("unique key contacts.", "unique key ");
        assert_eq!(found, kind, "{reason}");
        assert!(reason.contains(part), "{reason}");
    }
    let held = store.held().unwrap();
    assert_eq!(held.len(), 4);
    assert_eq!(held[0].hold.contact, contacts[1]);
    assert_eq!(held[0].item, Some(ItemId::new("I1")));
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "3");
    assert_eq!(store.pair().unwrap().cursor, Some(cursor("c1")));

    // The next try succeeds, and the hold ends.
    rig.app
        .run("DELETE FROM contacts WHERE email='taken@example.test'");
    let step = Step {
        settles: Some(Side::Row),
        ..insert("I2", &contacts[2], &mapped)
    };
    let target = Target::Unlinked(ItemId::new("I2"));
    let applied = apply(&mut store, vec![target], vec![step]);
    assert!(matches!(applied[0], Applied::Done { .. }), "{applied:?}");
    assert_eq!(store.held().unwrap().len(), 3);
}

/// P6, P7.
#[test]
fn a_foreign_key_holds_a_deletion_and_nothing_else() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "referred")])),
            ("I2", contact(&[("GivenName", "free")])),
        ],
    );
    rig.app.run("CREATE TABLE orders (contact INT UNSIGNED, CONSTRAINT orders_contact FOREIGN KEY (contact) REFERENCES contacts (id))");
    rig.app.run("INSERT INTO orders VALUES (1)");
    let step = Step {
        row: RowWrite::Delete,
        link: LinkWrite::End,
        effect: Effect::RowDeleted,
        ..Step::nothing()
    };
    let targets = keys
        .iter()
        .map(|(_, (id, version))| Target::Link(*id, *version))
        .collect();
    let applied = apply(&mut store, targets, vec![step.clone(), step]);
    let (kind, reason) = held_kind(&applied[0]);
    assert_eq!(kind, HoldKind::Constraint);
    assert!(reason.contains("orders_contact"), "{reason}");
    assert!(matches!(applied[1], Applied::Done { link: None, .. }));
    assert_eq!(
        rig.app.rows("SELECT first_name FROM contacts"),
        ["referred"]
    );
    assert_eq!(store.links_of(&[ItemId::new("I1")]).unwrap().len(), 1);
}

/// R5.
#[test]
fn an_attempt_gets_a_stamp_of_its_own_each_time() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    let seen = look(&mut store, "1");
    assert_eq!(seen.notes.len(), 1);
    let creating = Box::new(LinkDraft {
        state: LinkState::Creating,
        item: None,
        change_key: None,
        base: Default::default(),
        named: Named::NotYet,
    });
    let attempt = |done: Vec<_>| Step {
        link: LinkWrite::Attempt(creating.clone()),
        done,
        effect: Effect::Unchanged,
        ..Step::nothing()
    };
    let target = Target::Row(key("1"), None);
    let applied = apply(&mut store, vec![target], vec![attempt(seen.notes.clone())]);
    let Applied::Done {
        link: Some(link),
        stamp: Some(first),
        ..
    } = applied[0].clone()
    else {
        panic!("{applied:?}");
    };
    let target = Target::Row(key("1"), Some(link));
    let applied = apply(&mut store, vec![target], vec![attempt(vec![])]);
    let Applied::Done {
        stamp: Some(second),
        link: Some((id, version)),
        ..
    } = applied[0].clone()
    else {
        panic!("{applied:?}");
    };
    assert_ne!(first, second);
    assert_eq!(version, LinkVersion(2));
    let stamped = |store: &mut dyn Store| {
        store
            .links_stamped(&[first.clone(), second.clone()])
            .unwrap()
            .len()
    };
    assert_eq!(stamped(&mut store), 2);
    let seen = look(&mut store, "1");
    assert!(seen.notes.is_empty());
    let attempts = seen.link.unwrap().attempts;
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].stamp, first);
    assert!((0..60).contains(&attempts[0].age));
    store
        .attempts_failed(id, std::slice::from_ref(&first))
        .unwrap();
    assert_eq!(look(&mut store, "1").link.unwrap().attempts.len(), 1);
    assert_eq!(stamped(&mut store), 2, "a late twin is still recognised");
}

#[test]
fn journals_keep_both_values_and_a_person_answers() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let (row, (id, version)) =
        seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]).remove(0);
    let conflict = Conflict {
        property: Some(Property::Birthday),
        row: Some(Value::Date("1980-05-17".parse().unwrap())),
        item: None,
        base: Some(Value::Text("a\nb".to_owned())),
        kept: Some(Side::Item),
    };
    let hold = Hold {
        side: Side::Item,
        kind: HoldKind::Refused,
        reason: "Exchange says 'no'".to_owned(),
        contact: contact(&[("GivenName", "Anna")]),
    };
    let step = Step {
        conflicts: vec![conflict.clone()],
        hold: Some(hold.clone()),
        enqueue: true,
        ..Step::nothing()
    };
    let target = || vec![Target::Link(id, version)];
    apply(&mut store, target(), vec![step.clone()]);
    apply(&mut store, target(), vec![step]);
    let conflicts = store.conflicts().unwrap();
    assert_eq!(conflicts.len(), 2);
    assert_eq!(
        (&conflicts[0].key, &conflicts[0].conflict),
        (&row, &conflict)
    );
    assert!(store.acknowledge(conflicts[0].id).unwrap());
    assert!(!store.acknowledge(conflicts[0].id).unwrap());
    let held = store.held().unwrap();
    assert_eq!((held.len(), held[0].tries), (1, 2));
    assert_eq!(held[0].hold, hold);
    assert!(
        store.held_due(Side::Item, 0, 10).unwrap().is_empty(),
        "not yet"
    );
    let counts = store.counts().unwrap();
    assert_eq!((counts.held, counts.conflicts, counts.pending), (1, 1, 1));
    let step = Step {
        settles: Some(Side::Item),
        ..Step::nothing()
    };
    apply(&mut store, target(), vec![step]);
    assert!(store.held().unwrap().is_empty());
}

/// R13: the row's leg is what was read back.
#[test]
fn what_the_table_computes_by_itself_is_delivered() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    rig.app.run("CREATE TRIGGER app_lower BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.email=LOWER(NEW.email), NEW.notes=CONCAT('by ', NEW.first_name)");
    let mut store = rig.store();
    let (row, (id, version)) =
        seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]).remove(0);
    let seen = look(&mut store, row.as_str());
    let mut next = LinkDraft::of(seen.link.as_ref().unwrap());
    let address = Value::Text("ANNA@X".to_owned());
    next.base.set_item(email(), Some(&address));
    let step = Step {
        link: LinkWrite::Save(Box::new(next)),
        ..update(set(email(), "ANNA@X"))
    };
    apply(&mut store, vec![Target::Link(id, version)], vec![step]);
    let seen = look(&mut store, row.as_str());
    let base = seen.link.unwrap().base;
    assert_eq!(
        base.legs(email()).row.value(),
        Some(&Value::Text("anna@x".to_owned()))
    );
    assert_eq!(base.legs(email()).item.value(), Some(&address));
    assert_eq!(seen.notes.len(), 1, "the notes were changed by the table");
}

/// P4.
#[test]
fn an_idle_round_writes_the_pair_at_most() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(&mut store, &[("I1", contact(&[("GivenName", "Anna")]))]);
    let met: Vec<_> = keys.iter().map(|(_, (id, _))| *id).collect();
    let mut round = |from: Option<&str>| {
        let batch = Batch {
            met: met.clone(),
            cursor: moved(from, "c1"),
            ..Batch::default()
        };
        store.apply(&batch, &mut |_| Step::nothing()).unwrap();
        store.index_candidates(&|_| Vec::new()).unwrap();
        assert_eq!(note_unnoted(&mut store, false), 0);
        store.finish_pull().unwrap();
    };
    round(None);
    let tables = "ecs_links, ecs_outbox, ecs_match, ecs_parked, ecs_held, ecs_tombstones, ecs_attempts, ecs_activity, contacts";
    let before = rig.app.rows(&format!("CHECKSUM TABLE {tables}"));
    round(Some("c1"));
    assert_eq!(rig.app.rows(&format!("CHECKSUM TABLE {tables}")), before);
}
