//! Rows with values that cannot be read.

use super::*;

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
    let Delivery::Update(_, _, changes, _) = plan_delivery(&look, &rules(&MAPPED)) else {
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
