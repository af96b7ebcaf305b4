//! What is to be sent for a row, and what is noted once it was.

use super::*;

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
        Delivery::Picture(_, key, changes, _) => {
            let (_, value) = changes.iter().next().unwrap();
            let value = value.map_or("nothing".to_owned(), Value::display);
            format!("picture {key} to {value}")
        }
        Delivery::Update(_, key, changes, _) => {
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
