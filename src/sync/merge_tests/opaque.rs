//! What an item holds and a row has no form for: an entry of the company's address list, a number that is none.

use super::super::Leg;
use super::*;

/// What is known of a side, and what it holds: nothing, a plain value, or one without a form.
type Held = Option<&'static str>;

fn value(held: Held) -> Option<Value> {
    held.map(|held| match held.strip_prefix('/') {
        Some(_) => Value::Opaque(held.to_owned()),
        None => Value::Text(held.to_owned()),
    })
}

fn merged(legs: Option<(Held, Held)>, row: Held, item: Held, verdict: &Verdict) -> Merge {
    let mut base = Base::unknown();
    if let Some((row, item)) = legs {
        base.set_row(NAME, value(row).as_ref());
        base.set_item(NAME, value(item).as_ref());
    }
    let (row, item) = (contact(NAME, value(row)), contact(NAME, value(item)));
    merge(&base, &row, &item, &[NAME], &mut |_| verdict.clone())
}

/// semantics 36, P1, P8: the entry is never written over but by the row's own edit, and never shown in the row; where the row tells of
/// something else from then on, the journal says so.
#[test]
fn it_leaves_the_row_as_it_is() {
    let table = [
        // The first run.
        (None, None, Some("/x"), ". .", ". ."),
        (None, Some("A"), Some("/x"), ". .", ". ."),
        // Nothing has changed.
        (Some((None, Some("/x"))), None, Some("/x"), ". .", ". ."),
        (
            Some((Some("A"), Some("/x"))),
            Some("A"),
            Some("/x"),
            ". .",
            ". .",
        ),
        // The row's own edit.
        (
            Some((None, Some("/x"))),
            Some("B"),
            Some("/x"),
            ". B",
            ". B",
        ),
        (
            Some((Some("A"), Some("/x"))),
            None,
            Some("/x"),
            ". clear",
            ". clear",
        ),
        // Somebody picked it from the list.
        (Some((None, None)), None, Some("/x"), ". .", ". ."),
        (
            Some((Some("A"), Some("A"))),
            Some("A"),
            Some("/x"),
            ". . !",
            ". . !",
        ),
        (
            Some((Some("A"), Some("/x"))),
            Some("A"),
            Some("/y"),
            ". . !",
            ". . !",
        ),
        // Both.
        (
            Some((Some("A"), Some("A"))),
            Some("B"),
            Some("/x"),
            ". B !",
            ". . !",
        ),
        (
            Some((Some("A"), Some("A"))),
            None,
            Some("/x"),
            ". clear !",
            ". . !",
        ),
        // It went, or became an address.
        (
            Some((Some("A"), Some("/x"))),
            Some("A"),
            Some("B"),
            "B .",
            "B .",
        ),
        (
            Some((Some("A"), Some("/x"))),
            Some("A"),
            None,
            "clear .",
            "clear .",
        ),
    ];
    for (legs, row, item, row_wins, item_wins) in table {
        for (verdict, expected) in [(Verdict::Row, row_wins), (Verdict::Item, item_wins)] {
            let merged = merged(legs, row, item, &verdict);
            assert_eq!(
                outcome(&merged),
                expected,
                "{legs:?} {row:?} {item:?} {verdict:?}"
            );
            if merged.to_row.is_empty() && merged.to_item.is_empty() {
                let (row, item) = (contact(NAME, value(row)), contact(NAME, value(item)));
                let again = merge(&merged.base, &row, &item, &[NAME], &mut |_| Verdict::Open);
                assert_eq!(outcome(&again), ". .");
                assert_eq!(again.base, merged.base);
            }
        }
    }
}

/// P1: what is kept on the item's side is in the journal as it stands there, and a list does not take it for an empty one.
#[test]
fn the_journal_holds_it_and_a_list_is_not_merged_with_it() {
    let clash = merged(
        Some((Some("A"), Some("A"))),
        Some("B"),
        Some("/x"),
        &Verdict::Item,
    );
    let [conflict] = clash.conflicts.as_slice() else {
        panic!("one conflict, not {:?}", clash.conflicts)
    };
    assert_eq!(conflict.item, value(Some("/x")));
    assert_eq!(conflict.row, value(Some("B")));
    assert_eq!(conflict.kept, Some(Side::Item));
    assert_eq!(
        clash.base.legs(NAME).row,
        Leg::of(value(Some("B")).as_ref())
    );

    let tags = Property::Categories;
    let row = contact(tags, Some(Value::List(vec!["a".to_owned()])));
    let item = contact(tags, value(Some("/x")));
    let first = merge(&Base::unknown(), &row, &item, &[tags], &mut |_| {
        Verdict::Row
    });
    assert_eq!(outcome(&first), ". .");
}
