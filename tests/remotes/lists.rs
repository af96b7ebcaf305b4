//! Slots of which a server may not tell which is which.

use exchange_contact_sync::contact::{Changes, Property};
use exchange_contact_sync::sync::ports::Written;

use crate::kinds::{changes, over_each};

fn texts(contact: &exchange_contact_sync::contact::Contact, names: &[&str]) -> Vec<String> {
    names
        .iter()
        .filter_map(|name| contact.text(name.parse::<Property>().unwrap()))
        .map(str::to_owned)
        .collect()
}

/// semantics 55: a change of one slot loses none of the others, whether they are known or not.
#[test]
fn a_change_of_one_slot_keeps_the_others() {
    over_each(|world| {
        let mut contact = crate::kinds::named("Anna");
        for (name, text) in [
            ("BusinessPhone2", "2"),
            ("ImAddress1", "i1"),
            ("ImAddress3", "i3"),
            ("EmailAddress1", "a@example.test"),
            ("EmailAddress2", "b@example.test"),
            ("HomeAddress.Street", "Hauptstr. 5"),
            ("HomeAddress.City", "Berlin"),
        ] {
            contact.set_raw(name.parse().unwrap(), text).unwrap();
        }
        let mut written = world.create(&contact, "s-1");
        for (change, known, names, expected) in [
            (
                ("BusinessPhone", "1"),
                &[("BusinessPhone2", "2")][..],
                &["BusinessPhone", "BusinessPhone2"][..],
                &["1", "2"][..],
            ),
            (
                ("ImAddress2", "i2"),
                &[("ImAddress1", "i1"), ("ImAddress3", "i3")],
                &["ImAddress1", "ImAddress2", "ImAddress3"],
                &["i1", "i2", "i3"],
            ),
            (
                ("EmailAddress1", ""),
                &[("EmailAddress2", "b@example.test")],
                &["EmailAddress1", "EmailAddress2", "EmailAddress3"],
                &["b@example.test"],
            ),
            (
                ("HomeAddress.City", "Bonn"),
                &[],
                &["HomeAddress.Street", "HomeAddress.City"],
                &["Hauptstr. 5", "Bonn"],
            ),
            (
                ("HomeAddress.Street", ""),
                &[("HomeAddress.City", "Bonn")],
                &["HomeAddress.Street", "HomeAddress.City"],
                &["Bonn"],
            ),
        ] {
            written = world
                .update(&written, changes(&[change]), changes(known))
                .unwrap();
            let now = world.item(&written.id).contact;
            assert_eq!(texts(&now, names), expected, "{:?} {change:?}", world.which);
        }
    });
}

/// semantics 38, 55: a display name that somebody has chosen outlives a change of the names, one that was made of them follows.
#[test]
fn a_display_name_follows_only_while_it_is_made_of_the_names() {
    over_each(|world| {
        for (chosen, expected) in [("", "Anna Cramer"), ("Annie", "Annie")] {
            let mut contact = crate::kinds::named("Anna");
            contact.set_raw(Property::Surname, "Berg").unwrap();
            contact.set_raw(Property::DisplayName, chosen).unwrap();
            let written = world.create(&contact, "s");
            let change = changes(&[("Surname", "Cramer")]);
            let written = world.update(&written, change, Changes::new()).unwrap();
            let now = world.item(&written.id).contact;
            assert_eq!(
                now.text(Property::DisplayName),
                Some(expected),
                "{:?}",
                world.which
            );
        }
    });
}

/// semantics 55: what a slot held does not stay beside what is put in its place, wherever the list shows it.
#[test]
fn what_is_replaced_behind_a_gap_is_gone() {
    over_each(|world| {
        for (slot, other, old, new) in [
            (
                "EmailAddress2",
                "EmailAddress1",
                "b@example.test",
                "c@example.test",
            ),
            ("ImAddress2", "ImAddress1", "b", "c"),
            ("HomePhone2", "HomePhone", "2", "3"),
        ] {
            let mut contact = crate::kinds::named("Anna");
            contact.set_raw(slot.parse().unwrap(), old).unwrap();
            let written = world.create(&contact, "s-2");
            for (known, new) in [
                (vec![(slot, old)], new),
                (vec![(slot, new), (other, "")], old),
                (vec![(slot, old), (other, "")], ""),
            ] {
                let now = world.item(&written.id);
                let written = Written {
                    id: now.id,
                    change_key: now.change_key,
                };
                world
                    .update(&written, changes(&[(slot, new)]), changes(&known))
                    .unwrap();
                let now = world.item(&written.id).contact;
                let mut expected = vec![new];
                expected.retain(|text| !text.is_empty());
                assert_eq!(
                    texts(&now, &[other, slot]),
                    expected,
                    "{:?} {slot}",
                    world.which
                );
            }
        }
    });
}
