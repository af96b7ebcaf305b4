//! Every combination of base, row and item over nothing, A and B, for each kind of field that holds one value.

use super::trial::Held::{self, A, B, N};
use super::trial::{Field, Judge, Trial};
use crate::contact::{AddressKey, AddressPart, EmailKey, ImKey, Kind, PhoneKey, Property};
use crate::sync::policy::ConflictPolicy::{Exchange, Newest, Webapp};

const fn field(property: Property, a: &'static str, b: &'static str) -> Field {
    Field { property, a, b }
}

/// One for each kind; some values differ in letter case only, which is a difference (R14).
const FIELDS: [Field; 10] = [
    field(
        Property::Photo,
        "sha256:00000000000000000000000000000000000000000000000000000000000000aa",
        "sha256:00000000000000000000000000000000000000000000000000000000000000bb",
    ),
    field(Property::GivenName, "Anna", "Berta"),
    field(Property::Surname, "n5", "N5"),
    field(Property::Body, "a\nb", "a\n\nb"),
    field(Property::Birthday, "2000-02-29", "2000-03-01"),
    field(
        Property::Email(EmailKey::EmailAddress2),
        "a@example.test",
        "A@example.test",
    ),
    field(Property::Phone(PhoneKey::MobilePhone), "+49 30 1", "+49301"),
    field(Property::Im(ImKey::ImAddress3), "anna", "berta"),
    field(
        Property::Address(AddressKey::Home, AddressPart::City),
        "Aachen",
        "Bonn",
    ),
    field(
        Property::Address(AddressKey::Business, AddressPart::Street),
        "Hof A\nTor 1",
        "Hof A\nTor 2",
    ),
];

/// Where the row wins a clash: by its own policy, and as the later edit however the clocks may go.
const ROW_WINS: [Judge; 5] = [
    Judge::new(Webapp, Some(100), Some(900)),
    Judge::new(Webapp, None, None),
    Judge::new(Newest, Some(102), Some(100)),
    Judge {
        skew: (300, 300),
        ..Judge::new(Newest, Some(100), Some(390))
    },
    Judge {
        skew: (-300, 300),
        ..Judge::new(Newest, Some(402), Some(100))
    },
];

/// Where the item does: by its own policy, as the later edit, and where it cannot be told which is later.
const ITEM_WINS: [Judge; 9] = [
    Judge::new(Exchange, Some(900), Some(100)),
    Judge::new(Exchange, None, None),
    Judge::new(Newest, Some(100), Some(102)),
    Judge::new(Newest, Some(100), Some(100)),
    Judge::new(Newest, Some(101), Some(100)),
    Judge::new(Newest, None, Some(100)),
    Judge::new(Newest, Some(100), None),
    Judge {
        skew: (-300, -300),
        ..Judge::new(Newest, Some(390), Some(100))
    },
    Judge {
        skew: (-300, 300),
        ..Judge::new(Newest, Some(400), Some(100))
    },
];

/// Base, row, item; what follows where the row wins, and where the item does: to the row, to the item, `!` for a clash.
type Line = (Held, Held, Held, &'static str, &'static str);

/// Changed on one side: that side. On both alike: fine. On both differently: the winner, and the loser to the journal.
const TABLE: [Line; 27] = [
    (N, N, N, ". .", ". ."),
    (N, N, A, "A .", "A ."),
    (N, N, B, "B .", "B ."),
    (N, A, N, ". A", ". A"),
    (N, A, A, ". .", ". ."),
    (N, A, B, ". A !", "B . !"),
    (N, B, N, ". B", ". B"),
    (N, B, A, ". B !", "A . !"),
    (N, B, B, ". .", ". ."),
    (A, N, N, ". .", ". ."),
    (A, N, A, ". 0", ". 0"),
    (A, N, B, ". 0 !", "B . !"),
    (A, A, N, "0 .", "0 ."),
    (A, A, A, ". .", ". ."),
    (A, A, B, "B .", "B ."),
    (A, B, N, ". B !", "0 . !"),
    (A, B, A, ". B", ". B"),
    (A, B, B, ". .", ". ."),
    (B, N, N, ". .", ". ."),
    (B, N, A, ". 0 !", "A . !"),
    (B, N, B, ". 0", ". 0"),
    (B, A, N, ". A !", "0 . !"),
    (B, A, A, ". .", ". ."),
    (B, A, B, ". A", ". A"),
    (B, B, N, "0 .", "0 ."),
    (B, B, A, "A .", "A ."),
    (B, B, B, ". .", ". ."),
];

/// The winners with what they make of a line of the table.
fn judged(line: &Line) -> impl Iterator<Item = (Judge, &'static str)> {
    let (_, _, _, row_wins, item_wins) = *line;
    let rows = ROW_WINS.into_iter().map(move |judge| (judge, row_wins));
    rows.chain(ITEM_WINS.into_iter().map(move |judge| (judge, item_wins)))
}

/// semantics 28, 32, R13, R14, R24: the whole table, for each kind of field, by each policy; a tie ends the same way every time, and
/// never in two sides that differ.
#[test]
fn every_combination_for_every_kind_by_every_policy() {
    let kinds: Vec<Kind> = FIELDS.iter().map(|field| field.property.kind()).collect();
    assert!(
        [Kind::Line, Kind::Note, Kind::Date]
            .iter()
            .all(|kind| kinds.contains(kind))
    );
    for field in &FIELDS {
        for line in &TABLE {
            let (base, row, item, ..) = *line;
            for (judge, expected) in judged(line) {
                let trial = Trial::new(&[field.property], judge).field(field, base, row, item);
                let words = trial.run().words(&trial, field);
                assert_eq!(
                    words, expected,
                    "{base:?} {row:?} {item:?} {judge:?} {field:?}"
                );
            }
        }
    }
}

/// semantics 28: the table has every combination once.
#[test]
fn the_table_is_whole() {
    for base in [N, A, B] {
        for row in [N, A, B] {
            for item in [N, A, B] {
                let lines = TABLE
                    .iter()
                    .filter(|line| (line.0, line.1, line.2) == (base, row, item));
                assert_eq!(lines.count(), 1, "{base:?} {row:?} {item:?}");
            }
        }
    }
}

/// semantics 28: two slots of one dictionary, two parts of one address and two fields are merged each for itself.
#[test]
fn slots_and_parts_are_merged_each_for_itself() {
    let address = |part| Property::Address(AddressKey::Home, part);
    for [left, right] in [
        [
            field(
                Property::Email(EmailKey::EmailAddress1),
                "a1@x.test",
                "b1@x.test",
            ),
            field(
                Property::Email(EmailKey::EmailAddress2),
                "a2@x.test",
                "b2@x.test",
            ),
        ],
        [
            field(Property::Phone(PhoneKey::HomePhone), "10", "11"),
            field(Property::Phone(PhoneKey::HomePhone2), "20", "21"),
        ],
        [
            field(address(AddressPart::City), "Aachen", "Bonn"),
            field(address(AddressPart::PostalCode), "52062", "53111"),
        ],
        [
            field(Property::GivenName, "Anna", "Berta"),
            field(Property::Birthday, "1980-05-17", "1980-05-18"),
        ],
    ] {
        for one in &TABLE {
            for other in &TABLE {
                for (judge, expected) in [
                    (ROW_WINS[0], [one.3, other.3]),
                    (ITEM_WINS[0], [one.4, other.4]),
                ] {
                    let trial = Trial::new(&[left.property, right.property], judge)
                        .field(&left, one.0, one.1, one.2)
                        .field(&right, other.0, other.1, other.2);
                    let ran = trial.run();
                    let words = [ran.words(&trial, &left), ran.words(&trial, &right)];
                    assert_eq!(words, expected, "{one:?} {other:?} {judge:?}");
                }
            }
        }
    }
}
