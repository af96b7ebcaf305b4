use super::*;
use crate::contact::{Changes, Contact, Property, Value};
use crate::sync::base::Base;
use crate::sync::clock::Skew;
use crate::sync::ids::{ChangeKey, ItemId, LinkId, LinkVersion, Moment, OutboxId, RowKey, Stamp};
use crate::sync::link::{Attempt, Link, LinkState, Named};
use crate::sync::merge::Verdict as MergeVerdict;
use crate::sync::policy::{ConflictPolicy, EditVersusDelete, RemoteDeletePolicy};
use crate::sync::ports::{
    Effect, Item, LinkWrite, Look, Row, RowSeen, RowWrite, Seen, Step, Unread, Written,
};

const MAPPED: [Property; 2] = [Property::GivenName, Property::FileAs];

fn rules(mapped: &[Property]) -> Rules<'_> {
    Rules {
        mapped,
        computed: &[Property::FileAs],
        conflict: ConflictPolicy::Newest,
        remote_delete: RemoteDeletePolicy::Delete,
        edit_versus_delete: EditVersusDelete::Edit,
        paired: true,
        skew: Skew::default(),
    }
}

fn text(value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| Value::Text(value.to_owned()))
}

fn contact(name: &str) -> Contact {
    let mut contact = Contact::new();
    contact.set(Property::GivenName, text(name));
    contact
}

fn row(name: &str) -> RowSeen {
    RowSeen::Present(Box::new(Row {
        contact: contact(name),
        in_scope: true,
        edited: Some(Moment(50_000_000)),
        unreadable: Vec::new(),
    }))
}

fn outside(name: &str) -> RowSeen {
    match row(name) {
        RowSeen::Present(row) => RowSeen::Present(Box::new(Row {
            in_scope: false,
            ..*row
        })),
        other => other,
    }
}

fn item(name: &str) -> Item {
    Item {
        id: ItemId::new("item"),
        change_key: ChangeKey::new("k2"),
        contact: contact(name),
        stamp: None,
        modified: Some(Moment(40_000_000)),
    }
}

/// A link whose sides agreed on a name.
fn link(state: LinkState, name: &str) -> Link {
    let mut base = Base::unknown();
    for property in MAPPED {
        base.set_row(property, contact(name).get(property));
        base.set_item(property, contact(name).get(property));
    }
    Link {
        id: LinkId(1),
        version: LinkVersion(1),
        key: RowKey::new("7"),
        state,
        item: (state != LinkState::Creating).then(|| ItemId::new("item")),
        change_key: (state != LinkState::Creating).then(|| ChangeKey::new("k1")),
        base,
        attempts: Vec::new(),
        named: Named::Yes,
    }
}

fn look(row: RowSeen, link: Option<Link>) -> Look {
    Look {
        key: RowKey::new("7"),
        row,
        link,
        notes: vec![OutboxId(3), OutboxId(5)],
        tries: 0,
    }
}

fn words(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Note(step) => {
            let link = match &step.link {
                LinkWrite::Keep => "",
                LinkWrite::End => " end",
                LinkWrite::Save(draft) if draft.state == LinkState::Detached => " detach",
                LinkWrite::Save(_) | LinkWrite::Attempt(_) => " save",
            };
            assert_eq!(
                step.done,
                [OutboxId(3), OutboxId(5)],
                "exactly what was seen"
            );
            format!("note{link}")
        }
        Delivery::Missing => "missing".to_owned(),
        Delivery::Wait(_) => "wait".to_owned(),
        Delivery::Create(..) => "create".to_owned(),
        Delivery::Resume(_) => "resume".to_owned(),
        Delivery::Picture(_, key, changes) => {
            let (_, value) = changes.iter().next().unwrap();
            let value = value.map_or("nothing".to_owned(), Value::display);
            format!("picture {key} to {value}")
        }
        Delivery::Update(_, key, changes) => {
            let (_, value) = changes.iter().next().unwrap();
            let value = value.map_or("nothing".to_owned(), Value::display);
            format!("update {key} to {value}")
        }
        Delivery::Refresh(_) => "refresh".to_owned(),
        Delivery::Delete(_) => "delete".to_owned(),
    }
}

#[test]
fn what_a_waiting_row_comes_to() {
    use LinkState::{Creating, Detached, Linked, RemoteGone};
    let mut tried = link(Creating, "Anna");
    tried.attempts.push(Attempt {
        stamp: Stamp::new("s"),
        at: Moment(0),
        age: 3,
    });
    let mut fresh = link(Linked, "Anna");
    fresh.base = Base::unknown();
    let mut unread = link(Linked, "Anna");
    unread.change_key = None;
    let none = None::<Link>;
    for (seen, known, expected) in [
        (RowSeen::Locked, none.clone(), "wait"),
        (RowSeen::Locked, Some(link(Linked, "Anna")), "wait"),
        (RowSeen::Absent, none.clone(), "note"),
        (RowSeen::Absent, Some(link(Linked, "Anna")), "delete"),
        (RowSeen::Absent, Some(link(Creating, "Anna")), "note end"),
        (RowSeen::Absent, Some(tried.clone()), "resume"),
        (RowSeen::Absent, Some(link(RemoteGone, "Anna")), "note"),
        (RowSeen::Absent, Some(link(Detached, "Anna")), "note"),
        (row("Anna"), none.clone(), "create"),
        (row("Anna"), Some(link(Creating, "Anna")), "create"),
        (row("Anna"), Some(tried.clone()), "resume"),
        (row("Anna"), Some(link(Linked, "Anna")), "note"),
        (row("Anne"), Some(link(Linked, "Anna")), "update k1 to Anne"),
        (row(""), Some(link(Linked, "Anna")), "update k1 to nothing"),
        (row("Anna"), Some(fresh), "refresh"),
        (row("Anna"), Some(unread), "refresh"),
        (row("Anna"), Some(link(RemoteGone, "Anna")), "note"),
        (row("Anne"), Some(link(RemoteGone, "Anna")), "missing"),
        (row("Anne"), Some(link(Detached, "Anna")), "refresh"),
        (outside("Anna"), none, "note"),
        (outside("Anne"), Some(link(Linked, "Anna")), "note detach"),
        (outside("Anne"), Some(link(RemoteGone, "Anna")), "note"),
        (outside("Anne"), Some(link(Detached, "Anna")), "note"),
        (outside("Anne"), Some(tried), "resume"),
    ] {
        let look = look(seen, known);
        assert_eq!(
            words(&plan_delivery(&look, &rules(&MAPPED))),
            expected,
            "{look:?}"
        );
    }
}

/// semantics 39: a picture is sent alone, after everything else; the row waits until it is (R16 then holds for it as for all else).
#[test]
fn a_picture_is_sent_after_everything_else() {
    const PICTURED: [Property; 3] = [Property::GivenName, Property::FileAs, Property::Photo];
    let rules = rules(&PICTURED);
    let picture = |name: &str| {
        let digits = format!("sha256:{}", name.repeat(64));
        let shown = if name.is_empty() { "" } else { &digits };
        Value::parse(Property::Photo.kind(), shown).unwrap()
    };
    let pictured = |name: &str, photo: &str| match row(name) {
        RowSeen::Present(mut row) => {
            row.contact.set(Property::Photo, picture(photo));
            RowSeen::Present(row)
        }
        other => other,
    };
    let agreed = |photo: &str| {
        let mut link = link(LinkState::Linked, "Anna");
        let value = picture(photo);
        link.base.set_row(Property::Photo, value.as_ref());
        link.base.set_item(Property::Photo, value.as_ref());
        link
    };
    let b = "b".repeat(64);
    for (seen, known, expected) in [
        (pictured("Anna", "a"), agreed("a"), "note".to_owned()),
        (
            pictured("Anna", "b"),
            agreed("a"),
            format!("picture k1 to sha256:{b}"),
        ),
        (
            pictured("Anna", ""),
            agreed("a"),
            "picture k1 to nothing".to_owned(),
        ),
        (
            pictured("Anne", "b"),
            agreed("a"),
            "update k1 to Anne".to_owned(),
        ),
        (
            pictured("Anna", "b"),
            link(LinkState::Linked, "Anna"),
            "refresh".to_owned(),
        ),
    ] {
        let look = look(seen, Some(known));
        assert_eq!(words(&plan_delivery(&look, &rules)), expected, "{look:?}");
    }
    let written = Written {
        id: ItemId::new("item"),
        change_key: ChangeKey::new("k2"),
    };
    let seen = look(pictured("Anne", "b"), Some(agreed("a")));
    let changes = [(Property::GivenName, text("Anne"))].into_iter().collect();
    let (step, more) = after_sending(&seen, &Sent::Updated(changes), &written, &rules);
    assert!(more && step.done.is_empty() && step.settles.is_none());
    let new = look(pictured("Anna", "b"), None);
    let Delivery::Create(made, draft) = plan_delivery(&new, &rules) else {
        panic!("a new row")
    };
    assert_eq!(made.get(Property::Photo), None);
    let (step, more) = after_sending(&new, &Sent::Created(draft), &written, &rules);
    let LinkWrite::Save(draft) = &step.link else {
        panic!("{step:?}")
    };
    assert!(more && step.done.is_empty());
    assert!(draft.base.legs(Property::Photo).item.holds(None));
}

#[test]
fn a_row_without_a_link_waits_for_the_first_full_pass() {
    let unpaired = Rules {
        paired: false,
        ..rules(&MAPPED)
    };
    let delivery = plan_delivery(&look(row("Anna"), None), &unpaired);
    assert_eq!(words(&delivery), "wait");
}

/// R13: a leg moves only when its side confirmed.
#[test]
fn after_sending_the_legs_are_what_was_sent_and_computed_values_are_unknown() {
    let written = Written {
        id: ItemId::new("item"),
        change_key: ChangeKey::new("k9"),
    };
    let look = look(row("Anne"), Some(link(LinkState::Linked, "Anna")));
    let changes: Changes = [(Property::GivenName, text("Anne"))].into_iter().collect();
    let (step, _) = after_sending(&look, &Sent::Updated(changes), &written, &rules(&MAPPED));
    let LinkWrite::Save(draft) = &step.link else {
        panic!("{step:?}")
    };
    assert_eq!(draft.change_key, Some(ChangeKey::new("k9")));
    assert!(draft.base.row_changes(&contact("Anne"), &MAPPED).is_empty());
    assert_eq!(
        draft.base.item_changes(&contact("Anne"), &MAPPED),
        [Property::FileAs]
    );
    assert_eq!(step.effect, Effect::ItemUpdated);
}

fn absorbed(seen: &RowSeen, known: Option<&Link>, item: &Item, rules: &Rules<'_>) -> Step {
    let seen = Seen {
        index: 0,
        row: seen,
        link: known,
    };
    let what = Absorb {
        item,
        rulings: &[],
        pairing: false,
        listed: true,
    };
    absorb(&seen, &what, rules)
}

fn row_words(step: &Step) -> String {
    let row = match &step.row {
        RowWrite::Keep => "keep",
        RowWrite::Insert(_) => "insert",
        RowWrite::Update(_) => "update",
        RowWrite::Delete => "delete",
        RowWrite::Mark => "mark",
    };
    let enqueue = if step.enqueue { ", deliver" } else { "" };
    let conflicts = if step.conflicts.is_empty() {
        ""
    } else {
        ", journal"
    };
    let park = if step.park.is_some() { ", park" } else { "" };
    format!("{row}{enqueue}{conflicts}{park}")
}

#[test]
fn what_a_seen_item_does_to_its_row() {
    use LinkState::{Creating, Detached, Linked, RemoteGone};
    for (seen, known, name, expected) in [
        (RowSeen::Absent, None, "Anna", "insert"),
        (RowSeen::Locked, Some(Linked), "Anne", "keep, park"),
        (row("Anna"), Some(Linked), "Anna", "keep"),
        (row("Anna"), Some(Linked), "Anne", "update"),
        (row("Anne"), Some(Linked), "Anna", "keep, deliver"),
        (row("Anne"), Some(Linked), "Anne", "keep"),
        (row("Anne"), Some(Linked), "Antje", "keep, deliver, journal"),
        (row("Anna"), Some(RemoteGone), "Anne", "update"),
        (row("Anna"), Some(Creating), "Anna", "keep"),
        (row("Anna"), Some(Detached), "Anne", "keep"),
        (outside("Anna"), Some(Linked), "Anne", "keep"),
        (RowSeen::Absent, Some(Linked), "Anna", "keep"),
        (RowSeen::Absent, Some(Linked), "Anne", "insert, journal"),
        (RowSeen::Absent, Some(Creating), "Anna", "keep, deliver"),
    ] {
        let known = known.map(|state| link(state, "Anna"));
        let step = absorbed(&seen, known.as_ref(), &item(name), &rules(&MAPPED));
        assert_eq!(row_words(&step), expected, "{seen:?} {known:?} {name}");
    }
}

/// P1, R5, R13: what the last attempt sent tells nothing of an item that an attempt before it made.
#[test]
fn an_item_of_an_earlier_attempt_has_no_base() {
    let mut creating = link(LinkState::Creating, "Anne");
    creating.attempts = ["first", "last"]
        .map(|stamp| Attempt {
            stamp: Stamp::new(stamp),
            at: Moment(0),
            age: 3,
        })
        .to_vec();
    let made = |stamp: &str| Item {
        stamp: Some(Stamp::new(stamp)),
        modified: Some(Moment(60_000_000)),
        ..item("Anna")
    };
    for (stamp, expected) in [("last", "update"), ("first", "update, journal")] {
        let step = absorbed(
            &row("Anne"),
            Some(&creating),
            &made(stamp),
            &rules(&[Property::GivenName]),
        );
        assert_eq!(row_words(&step), expected, "{stamp}");
    }
    creating.attempts.clear();
    let step = absorbed(
        &row("Anne"),
        Some(&creating),
        &made("failed long ago"),
        &rules(&[Property::GivenName]),
    );
    assert_eq!(step.conflicts[0].row, text("Anne"));
}

/// P1, semantics 29.
#[test]
fn a_deletion_that_wins_keeps_the_edit_in_the_journal() {
    let rules = Rules {
        edit_versus_delete: EditVersusDelete::Delete,
        ..rules(&MAPPED)
    };
    let known = link(LinkState::Linked, "Anna");
    let step = absorbed(&RowSeen::Absent, Some(&known), &item("Anne"), &rules);
    assert_eq!(row_words(&step), "keep, deliver, journal");
    assert_eq!(step.conflicts[0].item, text("Anne"));
    let gone = link(LinkState::RemoteGone, "Anna");
    let seen = Seen {
        index: 0,
        row: &row("Anne"),
        link: Some(&gone),
    };
    let step = plan_row_removal(&seen, &rules);
    assert_eq!(row_words(&step), "delete, journal");
    assert_eq!(step.conflicts[0].row, text("Anne"));
}

/// R17, semantics 29: by each policy.
#[test]
fn what_a_deletion_in_exchange_does() {
    use RemoteDeletePolicy::{Delete, Keep, Mark};
    for (policy, seen, expected, link_write) in [
        (Delete, row("Anna"), "delete", "end"),
        (Mark, row("Anna"), "mark", "detach"),
        (Keep, row("Anna"), "keep", "detach"),
        (Delete, row("Anne"), "keep, deliver, journal", "end"),
        (Delete, outside("Anna"), "keep", "end"),
        (Delete, RowSeen::Absent, "keep", "end"),
        (Delete, RowSeen::Locked, "keep", "keep"),
    ] {
        let rules = Rules {
            remote_delete: policy,
            ..rules(&MAPPED)
        };
        let gone = link(LinkState::RemoteGone, "Anna");
        let seen = Seen {
            index: 0,
            row: &seen,
            link: Some(&gone),
        };
        let step = plan_row_removal(&seen, &rules);
        assert_eq!(row_words(&step), expected, "{policy:?} {seen:?}");
        let write = match &step.link {
            LinkWrite::Keep => "keep",
            LinkWrite::End => "end",
            LinkWrite::Save(_) => "detach",
            LinkWrite::Attempt(_) => "attempt",
        };
        assert_eq!(write, link_write, "{policy:?} {seen:?}");
    }
}

#[test]
fn a_link_that_is_no_longer_gone_is_left_alone() {
    let back = link(LinkState::Linked, "Anna");
    let seen = Seen {
        index: 0,
        row: &row("Anna"),
        link: Some(&back),
    };
    assert_eq!(plan_row_removal(&seen, &rules(&MAPPED)), Step::nothing());
}

/// R24, semantics 32.
#[test]
fn the_later_edit_wins_and_exchange_where_that_cannot_be_told() {
    let moment = |seconds: i64| Some(Moment(seconds * 1_000_000));
    for (edited, modified, row_wins) in [
        (moment(100), moment(98), true),
        (moment(100), moment(99), false),
        (moment(100), moment(100), false),
        (moment(98), moment(100), false),
        (None, moment(100), false),
        (moment(100), None, false),
        (None, None, false),
    ] {
        let verdict = rules(&[]).judge(edited, modified);
        assert_eq!(
            verdict == MergeVerdict::Row,
            row_wins,
            "{edited:?} {modified:?}"
        );
    }
}

/// P1: what the item got while the row could not be read is merged once it can, never overwritten.
#[test]
fn an_edit_beside_an_unreadable_value_is_looked_at_before_the_row_is_sent() {
    let unreadable = |name: &str| match row(name) {
        RowSeen::Present(mut row) => {
            row.unreadable.push(Unread::new(Property::GivenName, "?"));
            RowSeen::Present(row)
        }
        other => other,
    };
    for (named, looks) in [("Anna", false), ("Maria", true)] {
        let before = link(LinkState::Linked, "Anna");
        let seen_row = unreadable("");
        let seen = Seen {
            index: 0,
            link: Some(&before),
            row: &seen_row,
        };
        let found = item(named);
        let what = Absorb {
            item: &found,
            rulings: &[],
            pairing: false,
            listed: true,
        };
        let step = absorb(&seen, &what, &rules(&MAPPED));
        let LinkWrite::Save(draft) = step.link else {
            panic!("the version is noted")
        };
        assert_eq!(step.row, RowWrite::Keep);
        let after = Link {
            base: draft.base,
            change_key: draft.change_key,
            ..link(LinkState::Linked, "Anna")
        };
        let next = plan_delivery(&look(row("Anne"), Some(after.clone())), &rules(&MAPPED));
        assert_eq!(matches!(next, Delivery::Refresh(_)), looks, "{next:?}");
        let readable = row("Anne");
        let seen = Seen {
            index: 0,
            link: Some(&after),
            row: &readable,
        };
        let step = absorb(&seen, &what, &rules(&MAPPED));
        assert_eq!(
            step.conflicts.len(),
            usize::from(looks),
            "both values are kept"
        );
    }
}

/// P6.
#[test]
fn an_unreadable_column_is_left_alone_and_reported_while_the_rest_is_delivered() {
    let RowSeen::Present(mut broken) = row("Anne") else {
        panic!("a row")
    };
    broken
        .unreadable
        .push(Unread::new(Property::FileAs, "not a date"));
    let look = look(
        RowSeen::Present(broken),
        Some(link(LinkState::Linked, "Anna")),
    );
    let Delivery::Update(_, _, changes) = plan_delivery(&look, &rules(&MAPPED)) else {
        panic!("an update")
    };
    assert!(changes.contains(Property::GivenName) && !changes.contains(Property::FileAs));
    let written = Written {
        id: ItemId::new("item"),
        change_key: ChangeKey::new("k9"),
    };
    let (step, _) = after_sending(&look, &Sent::Updated(changes), &written, &rules(&MAPPED));
    let hold = step.hold.expect("it is held");
    assert!(hold.reason.contains("FileAs"), "{}", hold.reason);
    assert!(
        !hold.reason.contains("not a date"),
        "values stay out of messages"
    );
}

/// P6: a row of which nothing can be read is held, and becomes no empty item.
#[test]
fn nothing_is_made_of_a_row_of_which_nothing_can_be_read() {
    let RowSeen::Present(mut broken) = row("") else {
        panic!("a row")
    };
    broken
        .unreadable
        .push(Unread::new(Property::GivenName, "?"));
    let look = look(RowSeen::Present(broken), None);
    let Delivery::Note(step) = plan_delivery(&look, &rules(&MAPPED)) else {
        panic!("a note")
    };
    assert!(step.hold.is_some() && step.link == LinkWrite::Keep);
}
