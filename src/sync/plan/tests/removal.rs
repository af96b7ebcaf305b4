//! What a deletion on either side comes to.

use super::*;

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
