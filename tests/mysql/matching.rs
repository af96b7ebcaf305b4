//! Items that wait, and rows that they may match.

use exchange_contact_sync::sync::ids::{ItemId, LinkId};
use exchange_contact_sync::sync::link::{LinkDraft, LinkState, Named};
use exchange_contact_sync::sync::matching::{MatchKey, match_keys};
use exchange_contact_sync::sync::ports::{
    Batch, CursorMove, Effect, Lease, LinkWrite, RowWrite, Step, Store, Target,
};

use crate::support::{CONTACTS, Rig, apply, contact, cursor, key, look, seed};

fn park(store: &mut exchange_contact_sync::mysql::MySqlStore, item: &str, keys: &[MatchKey]) {
    let step = Step {
        park: Some(keys.to_vec()),
        effect: Effect::Parked,
        ..Step::nothing()
    };
    apply(store, vec![Target::Unlinked(ItemId::new(item))], vec![step]);
}

#[test]
fn parked_items_are_walked_once_with_their_keys_and_rivals() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let anna = match_keys(&contact(&[("EmailAddress1", "anna@x")]));
    let both = match_keys(&contact(&[
        ("EmailAddress1", "anna@x"),
        ("GivenName", "Anna"),
        ("CompanyName", "C"),
    ]));
    park(&mut store, "I1", &anna);
    park(&mut store, "i1", &both);
    park(&mut store, "I3", &[]);
    let sum = "CHECKSUM TABLE ecs_parked, ecs_parked_keys";
    let before = rig.app.rows(sum);
    park(&mut store, "i1", &both);
    assert_eq!(rig.app.rows(sum), before);
    let mut walked = Vec::new();
    let mut after: Option<ItemId> = None;
    loop {
        let page = store.parked(after.as_ref(), 2).unwrap();
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.item.clone());
        walked.extend(page);
    }
    assert_eq!(walked.len(), 3);
    let keys_of = |item: &str| {
        let found = walked
            .iter()
            .find(|parked| parked.item == ItemId::new(item));
        found.unwrap().keys.clone()
    };
    assert_eq!(keys_of("I1"), anna);
    assert_eq!(keys_of("i1").len(), both.len());
    assert_eq!(keys_of("I3"), []);
    let counts: Vec<u64> = both
        .iter()
        .map(|key| 1 + u64::from(anna.contains(key)))
        .collect();
    assert_eq!(store.rivals(&both).unwrap(), counts);
    let batch = Batch {
        forget: vec![ItemId::new("i1")],
        ..Batch::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    let counts: Vec<u64> = counts.iter().map(|count| count - 1).collect();
    assert_eq!(store.rivals(&both).unwrap(), counts);
    let step = Step {
        unpark: true,
        ..Step::nothing()
    };
    apply(
        &mut store,
        vec![Target::Unlinked(ItemId::new("I1"))],
        vec![step],
    );
    assert_eq!(store.parked(None, 10).unwrap().len(), 1);
}

/// R10.
#[test]
fn rows_without_a_link_and_links_without_an_item_are_candidates() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("EmailAddress1", "gone@x")])),
            ("I2", contact(&[("EmailAddress1", "here@x")])),
        ],
    );
    let (row, (id, version)) = &keys[0];
    let mut gone = LinkDraft::of(look(&mut store, row.as_str()).link.as_ref().unwrap());
    gone.state = LinkState::RemoteGone;
    let step = Step {
        link: LinkWrite::Save(Box::new(gone)),
        effect: Effect::MarkedGone,
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Link(*id, *version)], vec![step]);
    rig.app
        .run("INSERT INTO contacts (email) VALUES ('free@x')");
    rig.app
        .run("UPDATE contacts SET email='edited@x' WHERE email='gone@x'");
    let of = |address: &str| match_keys(&contact(&[("EmailAddress1", address)]));
    for noted in [false, true] {
        if noted {
            store.enqueue_unlinked().unwrap();
        }
        assert_eq!(store.index_candidates(&match_keys).unwrap(), 2);
        let all: Vec<MatchKey> = ["gone@x", "edited@x", "here@x", "free@x"]
            .into_iter()
            .flat_map(of)
            .collect();
        let found = store.candidates(&all).unwrap();
        let rows: Vec<(String, Option<LinkId>)> = all
            .iter()
            .flat_map(|wanted| found.iter().filter(move |found| found.shared == *wanted))
            .map(|found| (found.key.as_str().to_owned(), found.link.map(|(id, _)| id)))
            .collect();
        assert_eq!(
            rows,
            [
                ("1".to_owned(), Some(*id)),
                ("1".to_owned(), Some(*id)),
                ("3".to_owned(), None)
            ]
        );
    }
    assert_eq!(store.gone(LinkId(0), 10).unwrap().len(), 1);
    let counts = store.gone_counts().unwrap();
    assert_eq!((counts.waiting, counts.linked), (1, 2));
    rig.app.run("DELETE FROM contacts WHERE id=1");
    assert_eq!(store.gone_counts().unwrap().waiting, 0);
    store.finish_pull().unwrap();
    assert!(store.candidates(&of("free@x")).unwrap().is_empty());
}

/// R11: only what an earlier pull has seen can be missing, and nothing that was made during the pass.
#[test]
fn a_full_pass_tells_met_from_missing() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "met")])),
            ("I2", contact(&[("GivenName", "missing")])),
            ("I3", contact(&[("GivenName", "never seen")])),
        ],
    );
    rig.app.run("UPDATE ecs_links SET seen=0 WHERE row_key='3'");
    let batch = Batch {
        met: vec![keys[0].1.0],
        cursor: Some(CursorMove {
            from: None,
            to: cursor("c1"),
            generation: 2,
            pass_complete: false,
        }),
        ..Batch::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    let pair = store.pair().unwrap();
    assert!(!pair.standing.paired && !pair.pass_complete && pair.generation == 2);
    let missing = store.not_met(2, LinkId(0), 10).unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].key, key("2"));
    assert!(store.not_met(2, missing[0].id, 10).unwrap().is_empty());
    // Its item was found in the list of the pass under another id.
    let mut found = LinkDraft::of(look(&mut store, "2").link.as_ref().unwrap());
    found.item = Some(ItemId::new("I9"));
    let step = Step {
        link: LinkWrite::Save(Box::new(found)),
        ..Step::nothing()
    };
    let target = Target::Link(missing[0].id, missing[0].version);
    apply(&mut store, vec![target], vec![step]);
    assert!(store.not_met(2, LinkId(0), 10).unwrap().is_empty());
    assert_eq!(store.lease(&[Lease::Pull]).unwrap(), [true]);
    let unseen = store.never_seen(LinkId(0), 10).unwrap();
    assert_eq!(unseen.len(), 1);
    assert_eq!(unseen[0].key, key("3"));
    // A link made during the pull is not yet to be seen.
    let mut other = rig.store();
    let (row, link) = seed(&mut other, &[("I4", contact(&[("GivenName", "new")]))]).remove(0);
    let mut draft = LinkDraft::of(look(&mut other, row.as_str()).link.as_ref().unwrap());
    draft.named = Named::NotYet;
    let step = Step {
        link: LinkWrite::Save(Box::new(draft)),
        ..Step::nothing()
    };
    apply(&mut other, vec![Target::Link(link.0, link.1)], vec![step]);
    assert_eq!(store.never_seen(LinkId(0), 10).unwrap().len(), 1);
    let batch = Batch {
        cursor: Some(CursorMove {
            from: Some(cursor("c1")),
            to: cursor("c1"),
            generation: 2,
            pass_complete: true,
        }),
        ..Batch::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    let pair = store.pair().unwrap();
    assert!(pair.standing.paired && pair.pass_complete && !pair.mapping_changed);
}

/// R6.
#[test]
fn a_tombstone_outlives_the_pull_in_which_it_was_made_and_no_other() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let (_, (id, version)) = seed(&mut store, &[("I1", contact(&[("GivenName", "a")]))]).remove(0);
    let item = [ItemId::new("I1")];
    store.lease(&[Lease::Pull]).unwrap();
    let step = Step {
        row: RowWrite::Delete,
        link: LinkWrite::End,
        effect: Effect::RowDeleted,
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Link(id, version)], vec![step]);
    store.finish_pull().unwrap();
    store.release(&[Lease::Pull]).unwrap();
    assert_eq!(store.tombstones(&item).unwrap().len(), 1);
    store.lease(&[Lease::Pull]).unwrap();
    store.finish_pull().unwrap();
    assert!(store.tombstones(&item).unwrap().is_empty());
    assert_eq!(
        store.gone_counts().unwrap().done_today,
        1,
        "still counted today"
    );
}
