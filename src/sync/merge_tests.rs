use super::*;

const NAME: Property = Property::GivenName;

fn text(value: Option<&str>) -> Option<Value> {
    value.map(|value| Value::Text(value.to_owned()))
}

fn contact(property: Property, value: Option<Value>) -> Contact {
    let mut contact = Contact::new();
    contact.set(property, value);
    contact
}

fn base(value: Option<&str>) -> Base {
    let mut base = Base::unknown();
    base.set_row(NAME, text(value).as_ref());
    base.set_item(NAME, text(value).as_ref());
    base
}

fn outcome(merge: &Merge) -> String {
    let side = |changes: &Changes| match changes.iter().next() {
        None => ".".to_owned(),
        Some((_, None)) => "clear".to_owned(),
        Some((_, Some(value))) => value.display(),
    };
    let conflict = if merge.conflicts.is_empty() { "" } else { " !" };
    format!("{} {}{conflict}", side(&merge.to_row), side(&merge.to_item))
}

/// All 27 combinations of base, row and item over nothing, A and B: to the row, to the item, `!` for a clash.
#[test]
fn every_combination_with_a_known_base() {
    const N: Option<&str> = None;
    const A: Option<&str> = Some("A");
    const B: Option<&str> = Some("B");
    for (known, row, item, row_wins, item_wins) in [
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
        (A, N, A, ". clear", ". clear"),
        (A, N, B, ". clear !", "B . !"),
        (A, A, N, "clear .", "clear ."),
        (A, A, A, ". .", ". ."),
        (A, A, B, "B .", "B ."),
        (A, B, N, ". B !", "clear . !"),
        (A, B, A, ". B", ". B"),
        (A, B, B, ". .", ". ."),
        (B, N, N, ". .", ". ."),
        (B, N, A, ". clear !", "A . !"),
        (B, N, B, ". clear", ". clear"),
        (B, A, N, ". A !", "clear . !"),
        (B, A, A, ". .", ". ."),
        (B, A, B, ". A", ". A"),
        (B, B, N, "clear .", "clear ."),
        (B, B, A, "A .", "A ."),
        (B, B, B, ". .", ". ."),
    ] {
        for (verdict, expected) in [(Verdict::Row, row_wins), (Verdict::Item, item_wins)] {
            let (row, item) = (contact(NAME, text(row)), contact(NAME, text(item)));
            let merge = merge(&base(known), &row, &item, &[NAME], &mut |_| verdict.clone());
            assert_eq!(
                outcome(&merge),
                expected,
                "{known:?} {row:?} {item:?} {verdict:?}"
            );
            settles(&merge, row, item);
        }
    }
}

/// Applying what a merge says and delivering what it leaves must end in agreement, with nothing more to do.
fn settles(merged: &Merge, mut row: Contact, mut item: Contact) {
    row.apply(&merged.to_row);
    let mut base = merged.base.clone();
    base.confirm_row(&row, merged.to_row.iter().map(|(property, _)| property));
    for property in base.row_changes(&row, &[NAME]) {
        item.set(property, row.get(property).cloned());
        base.set_row(property, row.get(property));
        base.set_item(property, row.get(property));
    }
    assert_eq!(row, item);
    let again = merge(&base, &row, &item, &[NAME], &mut |_| {
        panic!("nothing is left to decide")
    });
    assert!(again.to_row.is_empty() && again.to_item.is_empty());
}

#[test]
fn without_a_base_a_value_wins_over_nothing_and_two_values_clash() {
    for (row, item, expected) in [
        (None, None, ". ."),
        (Some("A"), None, ". A"),
        (None, Some("B"), "B ."),
        (Some("A"), Some("A"), ". ."),
        (Some("A"), Some("B"), "B . !"),
    ] {
        let (row, item) = (contact(NAME, text(row)), contact(NAME, text(item)));
        let merge = merge(&Base::unknown(), &row, &item, &[NAME], &mut |_| {
            Verdict::Item
        });
        assert_eq!(outcome(&merge), expected);
        settles(&merge, row, item);
    }
}

#[test]
fn each_side_is_compared_with_its_own_leg() {
    let mut base = Base::unknown();
    base.set_row(NAME, text(Some("anna")).as_ref());
    base.set_item(NAME, text(Some("Anna")).as_ref());
    let (row, item) = (
        contact(NAME, text(Some("anna"))),
        contact(NAME, text(Some("Anna"))),
    );
    let merge = merge(&base, &row, &item, &[NAME], &mut |_| Verdict::Open);
    assert_eq!(outcome(&merge), ". .");
    assert_eq!(merge.base, base);
}

#[test]
fn a_third_value_goes_to_both_sides_and_an_open_clash_to_none() {
    let (row, item) = (
        contact(NAME, text(Some("A"))),
        contact(NAME, text(Some("B"))),
    );
    let third = Verdict::Value(text(Some("C")));
    let both = merge(&base(None), &row, &item, &[NAME], &mut |_| third.clone());
    assert_eq!(outcome(&both), "C C !");
    assert_eq!(both.conflicts[0].kept, None);
    settles(&both, row.clone(), item.clone());
    let open = merge(&base(None), &row, &item, &[NAME], &mut |_| Verdict::Open);
    assert!(open.open && open.to_row.is_empty() && open.to_item.is_empty());
}

#[test]
fn the_row_that_won_is_delivered_even_after_it_went_back_to_the_base() {
    let (row, item) = (
        contact(NAME, text(Some("B"))),
        contact(NAME, text(Some("C"))),
    );
    let merge = merge(&base(Some("A")), &row, &item, &[NAME], &mut |_| {
        Verdict::Row
    });
    let reverted = contact(NAME, text(Some("A")));
    assert_eq!(merge.base.row_changes(&reverted, &[NAME]), [NAME]);
}

#[test]
fn categories_merge_as_sets_and_never_clash() {
    let list = |entries: &str| crate::contact::normalise_list(entries.split(' '));
    for (known, row, item, to_row, to_item) in [
        ("a b", "a b c", "a b d", "a, b, d, c", "a, b, d, c"),
        ("a b", "b", "a", "clear", "clear"),
        ("a b", "a", "a b d", "a, d", "a, d"),
        ("a", "a b", "b a", ".", "."),
        ("", "x", "y", "y, x", "y, x"),
    ] {
        let mut base = Base::unknown();
        base.set_row(Property::Categories, list(known).as_ref());
        base.set_item(Property::Categories, list(known).as_ref());
        let merge = merge(
            &base,
            &contact(Property::Categories, list(row)),
            &contact(Property::Categories, list(item)),
            &[Property::Categories],
            &mut |_| Verdict::Open,
        );
        assert!(!merge.open && merge.conflicts.is_empty());
        assert_eq!(outcome(&merge), format!("{to_row} {to_item}"));
    }
}

#[test]
fn what_is_not_mapped_is_not_touched() {
    let merge = merge(
        &Base::unknown(),
        &contact(Property::Surname, text(Some("A"))),
        &contact(Property::Surname, text(Some("B"))),
        &[NAME],
        &mut |_| Verdict::Open,
    );
    assert_eq!(outcome(&merge), ". .");
}
