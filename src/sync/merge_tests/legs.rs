//! What is known of a field on one side only, or of none; and legs that differ, since each side keeps values in its own way.

use super::super::Leg;
use super::trial::Held::{self, A, B, N};
use super::trial::{Field, Judge, Trial};
use crate::contact::Property;
use crate::sync::policy::ConflictPolicy::{Exchange, Webapp};

const FIELDS: [Field; 3] = [
    Field {
        property: Property::GivenName,
        a: "Anna",
        b: "Berta",
    },
    Field {
        property: Property::Birthday,
        a: "1980-05-17",
        b: "1980-05-18",
    },
    Field {
        property: Property::Body,
        a: "a\nb",
        b: "a b",
    },
];

const ROW_WINS: Judge = Judge::new(Webapp, Some(100), Some(100));
const ITEM_WINS: Judge = Judge::new(Exchange, Some(100), Some(100));

/// Row and item: what follows where the row wins, and where the item does.
type Line = (Held, Held, &'static str, &'static str);

fn leg(trial: &mut Trial, field: &Field, row: Leg, item: Leg) {
    if let Leg::Empty | Leg::Value(_) = row {
        trial.base.set_row(field.property, row.value());
    }
    if let Leg::Empty | Leg::Value(_) = item {
        trial.base.set_item(field.property, item.value());
    }
}

fn hold(table: &[Line], legs: impl Fn(&Field) -> (Leg, Leg), fields: &[Field]) {
    for field in fields {
        for (row, item, row_wins, item_wins) in table.iter().copied() {
            for (judge, expected) in [(ROW_WINS, row_wins), (ITEM_WINS, item_wins)] {
                let mut trial = Trial::new(&[field.property], judge);
                let (row_leg, item_leg) = legs(field);
                leg(&mut trial, field, row_leg, item_leg);
                trial.row.set(field.property, field.value(row));
                trial.item.set(field.property, field.value(item));
                let words = trial.run().words(&trial, field);
                assert_eq!(words, expected, "{row:?} {item:?} {judge:?} {field:?}");
            }
        }
    }
}

/// R23: nothing is known, as on the first run and of a property that was just mapped: a value wins over nothing, two values clash.
#[test]
fn of_an_unknown_base() {
    let table = [
        (N, N, ". .", ". ."),
        (N, A, "A .", "A ."),
        (N, B, "B .", "B ."),
        (A, N, ". A", ". A"),
        (A, A, ". .", ". ."),
        (A, B, ". A !", "B . !"),
        (B, N, ". B", ". B"),
        (B, A, ". B !", "A . !"),
        (B, B, ". .", ". ."),
    ];
    hold(&table, |_| (Leg::Unknown, Leg::Unknown), &FIELDS);
}

/// R13, R23: what the row holds was not delivered yet, so it counts as changed; the item is compared with its leg, which is A.
#[test]
fn of_a_row_that_is_still_to_be_delivered() {
    let table = [
        (N, N, ". .", ". ."),
        (N, A, ". 0", ". 0"),
        (N, B, ". 0 !", "B . !"),
        (A, N, ". A !", "0 . !"),
        (A, A, ". .", ". ."),
        (A, B, ". A !", "B . !"),
        (B, N, ". B !", "0 . !"),
        (B, A, ". B", ". B"),
        (B, B, ". .", ". ."),
    ];
    let legs = |field: &Field| (Leg::Unknown, Leg::of(field.value(A).as_ref()));
    hold(&table, legs, &FIELDS);
}

/// R13, R23: the server may have computed another value than it was given, so the item counts as changed; the row's leg is A.
#[test]
fn of_an_item_that_was_not_read_back() {
    let table = [
        (N, N, ". .", ". ."),
        (N, A, ". 0 !", "A . !"),
        (N, B, ". 0 !", "B . !"),
        (A, N, "0 .", "0 ."),
        (A, A, ". .", ". ."),
        (A, B, "B .", "B ."),
        (B, N, ". B !", "0 . !"),
        (B, A, ". B !", "A . !"),
        (B, B, ". .", ". ."),
    ];
    let legs = |field: &Field| (Leg::of(field.value(A).as_ref()), Leg::Unknown);
    hold(&table, legs, &FIELDS);
}

/// R13: the row holds A where the item holds B, and that is one value: each side is compared with its own leg only. Where a side took
/// on the other one's form of it, there is nothing to write.
#[test]
fn of_sides_that_hold_one_value_differently() {
    let table = [
        (N, N, ". .", ". ."),
        (N, A, ". 0 !", "A . !"),
        (N, B, ". 0", ". 0"),
        (A, N, "0 .", "0 ."),
        (A, A, ". .", ". ."),
        (B, N, ". B !", "0 . !"),
        (B, A, ". B !", "A . !"),
        (B, B, ". .", ". ."),
    ];
    let legs = |field: &Field| {
        let leg = |held| Leg::of(field.value(held).as_ref());
        (leg(A), leg(B))
    };
    hold(&table, legs, &FIELDS);
}

/// R13, P4: sides that hold one value each in its own way have not changed, so the link stays as it is.
#[test]
fn own_forms_of_one_value_are_left_alone() {
    for field in &FIELDS {
        let (row, item) = (field.value(A), field.value(B));
        let mut trial = Trial::new(&[field.property], ROW_WINS);
        leg(
            &mut trial,
            field,
            Leg::of(row.as_ref()),
            Leg::of(item.as_ref()),
        );
        trial.row.set(field.property, row);
        trial.item.set(field.property, item);
        let merge = super::super::merge(
            &trial.base,
            &trial.row,
            &trial.item,
            &trial.mapped,
            &mut |clash| panic!("{clash:?}"),
        );
        assert!(merge.to_row.is_empty() && merge.to_item.is_empty());
        assert!(merge.conflicts.is_empty());
        assert_eq!(merge.base, trial.base);
    }
}
