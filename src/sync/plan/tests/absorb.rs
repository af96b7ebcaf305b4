//! What a seen item does to its row.

use super::*;

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
