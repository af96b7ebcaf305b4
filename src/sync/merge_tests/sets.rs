//! Every combination of base, row and item for categories, which merge as sets and never clash.

use super::trial::Held::{self, A, B, N};
use super::trial::{Field, Judge, Trial};
use crate::contact::Property;
use crate::sync::policy::ConflictPolicy::{Exchange, Newest, Webapp};

/// Nobody has to win, so nobody is asked.
const JUDGES: [Judge; 6] = [
    Judge::new(Webapp, Some(100), Some(900)),
    Judge::new(Exchange, Some(900), Some(100)),
    Judge::new(Newest, Some(900), Some(100)),
    Judge::new(Newest, Some(100), Some(900)),
    Judge::new(Newest, Some(100), Some(100)),
    Judge::new(Newest, None, None),
];

/// Base, row, item: to the row, to the item, for two sets that have nothing in common and for two that share an entry.
type Line = (Held, Held, Held, &'static str, &'static str);

/// An entry stays when a side has added it or when none has removed it.
const TABLE: [Line; 27] = [
    (N, N, N, ". .", ". ."),
    (N, N, A, "A .", "A ."),
    (N, N, B, "B .", "B ."),
    (N, A, N, ". A", ". A"),
    (N, A, A, ". .", ". ."),
    (N, A, B, "b, a b, a", "s, b, a s, b, a"),
    (N, B, N, ". B", ". B"),
    (N, B, A, "a, b a, b", "s, a, b s, a, b"),
    (N, B, B, ". .", ". ."),
    (A, N, N, ". .", ". ."),
    (A, N, A, ". 0", ". 0"),
    (A, N, B, "B .", "b b"),
    (A, A, N, "0 .", "0 ."),
    (A, A, A, ". .", ". ."),
    (A, A, B, "B .", "B ."),
    (A, B, N, ". B", "b b"),
    (A, B, A, ". B", ". B"),
    (A, B, B, ". .", ". ."),
    (B, N, N, ". .", ". ."),
    (B, N, A, "A .", "a a"),
    (B, N, B, ". 0", ". 0"),
    (B, A, N, ". A", "a a"),
    (B, A, A, ". .", ". ."),
    (B, A, B, ". A", ". A"),
    (B, B, N, "0 .", "0 ."),
    (B, B, A, "A .", "A ."),
    (B, B, B, ". .", ". ."),
];

fn field(a: &'static str, b: &'static str) -> Field {
    Field {
        property: Property::Categories,
        a,
        b,
    }
}

/// semantics 28, 45: the whole table, by each policy.
#[test]
fn every_combination_of_two_sets() {
    let (apart, sharing) = (field("a", "b"), field("s\na", "s\nb"));
    for (base, row, item, of_apart, of_sharing) in TABLE {
        for judge in JUDGES {
            for (field, expected) in [(apart, of_apart), (sharing, of_sharing)] {
                let trial = Trial::new(&[field.property], judge).field(&field, base, row, item);
                let words = trial.run().words(&trial, &field);
                assert_eq!(
                    words, expected,
                    "{base:?} {row:?} {item:?} {judge:?} {field:?}"
                );
            }
        }
    }
}

/// semantics 45: what each side added is on both, what one removed is on none, and order or repetition alone is no change.
#[test]
fn additions_and_removals_of_both_sides_meet() {
    for (base, row, item, expected) in [
        ("a\nb", "a\nb\nc", "a\nb\nd", "a, b, d, c a, b, d, c"),
        ("a\nb", "b", "a", "0 0"),
        ("a\nb", "a", "a\nb\nd", "a, d a, d"),
        ("a\nb\nc", "c\nx", "a\nc", ". c, x"),
        ("a", "a\nb", "b\na", ". ."),
        ("a\nb", "b\na", "a\nb", ". ."),
        ("a\nb", "b\na", "b\na\nc", "b, a, c ."),
        ("", "x", "y", "y, x y, x"),
        ("a", "A", "a", ". A"),
    ] {
        let mut trial = Trial::new(&[Property::Categories], JUDGES[0]);
        let parse = |text: &str| crate::contact::normalise_list(text.lines());
        trial
            .base
            .set_row(Property::Categories, parse(base).as_ref());
        trial
            .base
            .set_item(Property::Categories, parse(base).as_ref());
        trial.row.set(Property::Categories, parse(row));
        trial.item.set(Property::Categories, parse(item));
        let words = trial.run().words(&trial, &field("-", "-"));
        assert_eq!(words, expected, "{base:?} {row:?} {item:?}");
    }
}
