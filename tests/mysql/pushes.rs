//! What a push of one row asks: how it begins, and how what was planned is noted without another look.

use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::ids::{ChangeKey, ItemId, LinkId, LinkVersion, RowKey};
use exchange_contact_sync::sync::link::{LinkDraft, Named};
use exchange_contact_sync::sync::ports::{
    Applied, Begun, Effect, Hold, HoldKind, LinkWrite, Missed, Planned, Side, Step, Store, Target,
};

use crate::support::{CONTACTS, Rig, apply, contact, key, look, moved, present, seed};

/// R4, R15, R20: the note, the pair's state, both leases and the look come with one question, and what is not to be had is not waited for.
#[test]
fn a_push_begins_with_one_question() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut config = rig.config();
    config.mailbox.clone_from(&rig.database);
    let (mut store, mut other) = (rig.store_with(config.clone()), rig.store_with(config));
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna'), ('Berta')");
    store.pair().unwrap();
    other.pair().unwrap();

    let begun = store.begin_push(&key("1")).unwrap();
    assert_eq!(begun.granted, [true, true]);
    let seen = begun.look.unwrap();
    assert_eq!(present(&seen).contact, contact(&[("GivenName", "Anna")]));
    assert_eq!(seen.notes.len(), 2, "the trigger's and that of the push");
    assert!(seen.untroubled);
    assert_eq!(seen, look(&mut other, "1"));
    assert!(begun.pair.identity.is_none());

    let busy = other.begin_push(&key("1")).unwrap();
    assert_eq!((busy.granted, busy.look), (vec![false, true], None));
    assert_eq!(
        rig.app
            .one("SELECT COUNT(*) FROM ecs_outbox WHERE row_key='1'"),
        "3",
        "it is noted all the same"
    );
    other.release(&Begun::leases(&key("1"))).unwrap();
    store.release(&Begun::leases(&key("1"))).unwrap();
    let begun = other.begin_push(&key("1")).unwrap();
    assert_eq!(begun.granted, [true, true]);
    other.release(&Begun::leases(&key("1"))).unwrap();

    let mut app = rig.connect();
    app.run("START TRANSACTION");
    app.run("UPDATE contacts SET first_name='Bert' WHERE id=2");
    let locked = store.begin_push(&key("2")).unwrap();
    assert_eq!((locked.granted, locked.look), (vec![true, true], None));
    app.run("COMMIT");
    assert!(store.begin_push(&key("no number")).is_err());
}

/// R20: what fails behind the leases leaves none of them behind.
#[test]
fn a_push_that_cannot_begin_has_no_lease() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let (mut store, mut other) = (rig.store(), rig.store());
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    store.pair().unwrap();
    other.pair().unwrap();
    rig.app.run("RENAME TABLE ecs_links TO ecs_links_away");
    assert!(store.begin_push(&key("1")).is_err());
    rig.app.run("RENAME TABLE ecs_links_away TO ecs_links");
    let begun = other.begin_push(&key("1")).unwrap();
    assert_eq!(begun.granted, [true, true]);
}

/// The step that notes a write of an item.
fn written(seen_notes: &[exchange_contact_sync::sync::ids::OutboxId], draft: LinkDraft) -> Step {
    Step {
        link: LinkWrite::Save(Box::new(draft)),
        done: seen_notes.to_vec(),
        settles: Some(Side::Item),
        effect: Effect::ItemUpdated,
        ..Step::nothing()
    }
}

fn carry_out(
    store: &mut MySqlStore,
    steps: &[(Target, Step)],
    untroubled: bool,
    row: &RowKey,
) -> Vec<Applied> {
    let leases = Begun::leases(row);
    let planned = Planned {
        steps,
        untroubled,
        in_place: false,
        leases: &leases,
    };
    store.apply_planned(&planned).unwrap()
}

fn link_of(applied: &Applied) -> Option<(LinkId, LinkVersion)> {
    match applied {
        Applied::Done { link, .. } => *link,
        other => panic!("{other:?}"),
    }
}

/// R1, R2, R4, R20: a link that is as it was becomes what was planned, exactly the notes that were seen go, and the leases with them, all
/// with one question. Where the link has changed meanwhile, nothing of that happens.
#[test]
fn what_was_planned_is_noted_where_the_link_is_as_it_was() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut config = rig.config();
    config.mailbox.clone_from(&rig.database);
    let (mut store, mut other) = (rig.store_with(config.clone()), rig.store_with(config));
    let anna = contact(&[("GivenName", "Anna")]);
    let (row, link) = seed(&mut store, &[("I1", anna)]).remove(0);
    other.pair().unwrap();
    rig.app.run("UPDATE contacts SET first_name='Anne'");

    let seen = store.begin_push(&row).unwrap().look.unwrap();
    rig.app.run("UPDATE contacts SET first_name='Anni'");
    let mut draft = LinkDraft::of(seen.link.as_ref().unwrap());
    let anne = contact(&[("GivenName", "Anne")]);
    for property in store.mapped().to_vec() {
        draft.base.set_row(property, anne.get(property));
        draft.base.set_item(property, anne.get(property));
    }
    draft.named = Named::NotYet;
    let stale = (link.0, LinkVersion(link.1.0 + 1));
    let step = written(&seen.notes, draft.clone());
    let wrong = [(Target::Row(row.clone(), Some(stale)), step.clone())];
    assert_eq!(
        carry_out(&mut store, &wrong, true, &row),
        [Applied::Missed(Missed::Stale)]
    );
    assert_eq!(look(&mut store, "1").notes.len(), 3);
    assert_eq!(
        other.begin_push(&row).unwrap().granted,
        [false, true],
        "the lease stays"
    );
    other.release(&Begun::leases(&row)).unwrap();

    let right = [(Target::Row(row.clone(), Some(link)), step)];
    let applied = carry_out(&mut store, &right, true, &row);
    assert_eq!(link_of(&applied[0]), Some(stale));
    let before = store.statements();
    store.release(&Begun::leases(&row)).unwrap();
    assert_eq!(store.statements(), before, "they are given back already");
    let begun = other.begin_push(&row).unwrap();
    assert_eq!(begun.granted, [true, true]);
    let now = begun.look.unwrap();
    let known = now.link.as_ref().unwrap();
    assert_eq!(LinkDraft::of(known), draft);
    assert_eq!(known.version, stale.1);
    assert_eq!(
        now.notes.len(),
        3,
        "the edit after the look, and two pushes that were refused and begun"
    );
    let pair = other.pair().unwrap();
    assert!(pair.last_push.is_some());
}

/// P6: holds and failures of earlier deliveries end with the notes.
#[test]
fn what_was_planned_ends_earlier_trouble() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = contact(&[("GivenName", "Anna")]);
    let (row, link) = seed(&mut store, &[("I1", anna.clone())]).remove(0);
    let hold = Step {
        hold: Some(Hold {
            side: Side::Item,
            kind: HoldKind::Refused,
            reason: "no".to_owned(),
            contact: anna,
        }),
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Link(link.0, link.1)], vec![hold]);
    store.delivery_failed(std::slice::from_ref(&row)).unwrap();
    store.enqueue(&row).unwrap();
    let seen = look(&mut store, "1");
    assert!(!seen.untroubled);
    assert_eq!(seen.tries, 1);
    let draft = LinkDraft::of(seen.link.as_ref().unwrap());
    let steps = [(
        Target::Row(row.clone(), Some(link)),
        written(&seen.notes, draft),
    )];
    carry_out(&mut store, &steps, seen.untroubled, &row);
    assert!(look(&mut store, "1").notes.is_empty());
    store.enqueue(&row).unwrap();
    assert!(look(&mut store, "1").untroubled);
    assert!(store.held().unwrap().is_empty());
}

/// Whether anything is held or has failed is asked for one by one, unless the pair says that nothing is. A pull says so, but not while another
/// process may be about to hold something.
#[test]
fn a_push_looks_for_trouble_only_where_there_may_be_some() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('Anna')");
    let row = key("1");
    let looked = |store: &mut MySqlStore| {
        let look = store.begin_push(&row).unwrap().look;
        store.release(&Begun::leases(&row)).unwrap();
        look.inspect(|look| assert!(look.untroubled)).is_some()
    };
    assert!(looked(&mut store));
    store.delivery_failed(&[key("1")]).unwrap();
    assert!(!looked(&mut store));
    assert_eq!(look(&mut store, "1").tries, 1);
    store.finish_pull().unwrap();
    assert!(!looked(&mut store), "it is still so");
    rig.app.run("DELETE FROM ecs_tries");
    assert!(!looked(&mut store), "nobody has looked yet");
    let mut other = rig.connect();
    other.run("START TRANSACTION");
    other.run("UPDATE ecs_activity SET trouble=1");
    store.finish_pull().unwrap();
    other.run("ROLLBACK");
    assert!(
        !looked(&mut store),
        "another process might have held something"
    );
    store.finish_pull().unwrap();
    assert!(looked(&mut store));
    let hold = Step {
        hold: Some(Hold {
            side: Side::Item,
            kind: HoldKind::Refused,
            reason: "no".to_owned(),
            contact: contact(&[]),
        }),
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Row(key("1"), None)], vec![hold]);
    store.finish_pull().unwrap();
    assert!(!looked(&mut store));
}

/// A link that stays in place is written without its item, which it keeps. That a list has named it meanwhile, which makes no new version, does
/// not count for what is written now.
#[test]
fn a_link_that_stays_in_place_keeps_what_is_not_written() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = contact(&[("GivenName", "Anna")]);
    let (row, link) = seed(&mut store, &[("I1", anna)]).remove(0);
    rig.app.run("UPDATE ecs_links SET seen=0");
    let before = look(&mut store, "1").link.unwrap();
    let since = "SELECT CONCAT_WS('|', item_since, HEX(item_hash), generation) FROM ecs_links";
    let untouched = rig.app.one(since);
    let mut draft = LinkDraft::of(&before);
    let anne = contact(&[("GivenName", "Anne")]);
    for property in store.mapped().to_vec() {
        draft.base.set_row(property, anne.get(property));
        draft.base.set_item(property, anne.get(property));
    }
    draft.change_key = Some(ChangeKey::new("CK2"));
    assert_eq!(draft.named, Named::NotYet);
    assert!(draft.stays(&before));
    let place = |(id, version)| Target::Row(row.clone(), Some((id, version)));
    let stale = place((link.0, LinkVersion(link.1.0 + 1)));
    let mut note = |target: Target| {
        let steps = [(target, written(&[], draft.clone()))];
        let planned = Planned {
            steps: &steps,
            untroubled: true,
            in_place: true,
            leases: &[],
        };
        store.apply_planned(&planned).unwrap().remove(0)
    };
    assert_eq!(note(stale), Applied::Missed(Missed::Stale));
    rig.app.run("UPDATE ecs_links SET seen=1");
    let version = LinkVersion(link.1.0 + 1);
    assert_eq!(link_of(&note(place(link))), Some((link.0, version)));
    let after = look(&mut store, "1").link.unwrap();
    assert_eq!((LinkDraft::of(&after), after.version), (draft, version));
    assert_eq!(rig.app.one(since), untouched);
}

/// R1, R6: one of several links that is to get another one's item waits, and the others go on.
#[test]
fn what_was_planned_for_another_ones_item_waits() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = contact(&[("GivenName", "Anna")]);
    let links = seed(&mut store, &[("I1", anna.clone()), ("I2", anna)]);
    let steps: Vec<(Target, Step)> = [("1", "I3"), ("2", "I1")]
        .into_iter()
        .zip(&links)
        .map(|((text, item), (row, link))| {
            let mut draft = LinkDraft::of(look(&mut store, text).link.as_ref().unwrap());
            draft.item = Some(ItemId::new(item));
            draft.named = Named::NotYet;
            let target = Target::Row(row.clone(), Some(*link));
            (target, written(&[], draft))
        })
        .collect();
    let alone = &steps[1..];
    assert_eq!(
        carry_out(&mut store, alone, true, &links[1].0),
        [Applied::Missed(Missed::Stale)]
    );
    let applied = carry_out(&mut store, &steps, true, &links[1].0);
    assert!(
        applied.iter().all(|applied| link_of(applied).is_some()),
        "I1 is free by then"
    );
}

/// R23: a link that was not named by a list and now is was met by the pass of now.
#[test]
fn what_was_planned_notes_the_pass_that_met_it() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = contact(&[("GivenName", "Anna")]);
    let (row, link) = seed(&mut store, &[("I1", anna)]).remove(0);
    rig.app.run("UPDATE ecs_links SET seen=0, generation=0");
    let batch = exchange_contact_sync::sync::ports::Batch {
        cursor: moved(None, "c1"),
        ..Default::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    let mut draft = LinkDraft::of(look(&mut store, "1").link.as_ref().unwrap());
    draft.named = Named::Yes;
    let steps = [(Target::Row(row.clone(), Some(link)), written(&[], draft))];
    carry_out(&mut store, &steps, true, &row);
    assert_eq!(
        rig.app
            .one("SELECT CONCAT(seen, generation) FROM ecs_links"),
        "11"
    );
}
