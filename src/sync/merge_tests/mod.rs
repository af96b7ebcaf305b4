//! The merge as tables: what the rules of the design say of every combination, written down and not computed.

use super::*;

mod legs;
mod opaque;
mod scalars;
mod sets;
mod trial;

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

/// A resolver's third value goes to both sides and the losers to the journal; what nobody has decided changes nothing.
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

/// R13: the row's leg moves only when the item has confirmed the value that won.
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

/// P8.
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
