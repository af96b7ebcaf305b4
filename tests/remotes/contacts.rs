//! Contacts are made, read, changed, found and deleted.

use exchange_contact_sync::contact::{Changes, Contact, Property, diff};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::{ChangeKey, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Fetched, NewItem, Update};

use crate::kinds::{changes, everything, full, named, over_each};

/// semantics 33, 55: what is written is read, to the last property.
#[test]
fn a_full_contact_comes_back_as_it_was() {
    over_each(|world| {
        for seed in [1, 2] {
            let contact = full(seed);
            let written = world.create(&contact, &format!("s-{seed}"));
            let item = world.item(&written.id);
            let different = diff(&contact, &item.contact, &everything());
            assert!(different.is_empty(), "{:?}: {different:?}", world.which);
            assert_eq!(item.change_key, written.change_key, "{:?}", world.which);
            assert_eq!(item.stamp, Some(Stamp::new(format!("s-{seed}"))));
            assert!(item.modified.is_some());
        }
    });
}

/// semantics 33: each property is changed and cleared by itself, and nothing else moves.
#[test]
fn a_change_moves_what_it_names_and_nothing_else() {
    over_each(|world| {
        let (before, after) = (full(1), full(2));
        let mut written = world.create(&before, "s-1");
        let mut expected = world.item(&written.id).contact;
        // Where nobody has chosen them, these follow the names (see lists.rs).
        let follows = [Property::DisplayName, Property::FileAs];
        let changed = everything().into_iter();
        for property in changed.filter(|property| !follows.contains(property)) {
            for value in [after.get(property).cloned(), None] {
                let change: Changes = [(property, value.clone())].into_iter().collect();
                written = world.update(&written, change, Changes::new()).unwrap();
                expected.set(property, value);
                let now = world.item(&written.id);
                let different = diff(&expected, &now.contact, &everything());
                // Of lists that close up, the last ones are given first.
                let settled = closed_up(&expected);
                let shown = closed_up(&now.contact);
                let really = diff(&settled, &shown, &everything());
                assert!(
                    really.is_empty(),
                    "{:?} {property}: {different:?}",
                    world.which
                );
                assert_eq!(
                    now.change_key, written.change_key,
                    "{:?} {property}",
                    world.which
                );
                expected = now.contact;
            }
        }
    });
}

/// The same with the values of lists one after another, as one kind gives them.
fn closed_up(contact: &Contact) -> Contact {
    let slots = |names: &[&str]| -> Vec<Property> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    };
    let mut shown = contact.clone();
    for list in [
        slots(&["EmailAddress1", "EmailAddress2", "EmailAddress3"]),
        slots(&["ImAddress1", "ImAddress2", "ImAddress3"]),
        slots(&["BusinessPhone", "BusinessPhone2"]),
        slots(&["HomePhone", "HomePhone2"]),
    ] {
        let mut values = list.iter().filter_map(|slot| contact.get(*slot)).cloned();
        for slot in &list {
            shown.set(*slot, values.next());
        }
    }
    shown
}

/// R16, semantics 21: a stale version is a conflict, and nothing is written.
#[test]
fn a_stale_version_is_a_conflict() {
    over_each(|world| {
        let first = world.create(&named("Anna"), "s-1");
        let second = world
            .update(&first, changes(&[("JobTitle", "Baker")]), Changes::new())
            .unwrap();
        assert_ne!(first.change_key, second.change_key, "{:?}", world.which);
        for change in [
            &[("JobTitle", "Thief")][..],
            &[("BusinessPhone", "1")],
            &[("Surname", "X")],
        ] {
            let answer = world.update(&first, changes(change), Changes::new());
            assert_eq!(
                answer.map_err(|error| error.class),
                Err(RemoteClass::Conflict),
                "{:?} {change:?}",
                world.which
            );
        }
        let now = world.item(&first.id);
        assert_eq!(now.change_key, second.change_key);
        assert_eq!(now.contact.text(Property::JobTitle), Some("Baker"));
        assert_eq!(now.contact.text(Property::Surname), None);
    });
}

#[test]
fn several_contacts_keep_their_order_and_one_that_fails_fails_alone() {
    over_each(|world| {
        let items: Vec<NewItem> = (0..12)
            .map(|number| NewItem {
                contact: named(&format!("N{number}")),
                stamp: Stamp::new(format!("s-{number}")),
            })
            .collect();
        let made = world.remote.create(&world.folder, &items).unwrap();
        let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
        let ids: Vec<ItemId> = made
            .iter()
            .map(|written| written.id.clone())
            .take(9)
            .collect();
        let fetched = world
            .remote
            .fetch(&world.folder, &ids, &everything())
            .unwrap();
        for (number, fetched) in fetched.iter().enumerate() {
            let Fetched::Item(item) = fetched else {
                panic!("{:?}: {fetched:?}", world.which);
            };
            let name = format!("N{number}");
            assert_eq!(item.contact.text(Property::GivenName), Some(&*name));
        }
        let mut updates: Vec<Update> = made
            .iter()
            .take(5)
            .map(|written| Update {
                id: written.id.clone(),
                change_key: written.change_key.clone(),
                changes: changes(&[("JobTitle", "Ours")]),
                known: Changes::new(),
            })
            .collect();
        updates[2].change_key = ChangeKey::new("EQAAABYAAAAstale");
        let answers = world.remote.update(&world.folder, &updates).unwrap();
        let failed: Vec<bool> = answers.iter().map(Result::is_err).collect();
        assert_eq!(
            failed,
            [false, false, true, false, false],
            "{:?}",
            world.which
        );
        for (place, written) in made.iter().take(5).enumerate() {
            let title = world.item(&written.id).contact;
            let expected = (place != 2).then_some("Ours");
            assert_eq!(
                title.text(Property::JobTitle),
                expected,
                "{:?}",
                world.which
            );
        }
    });
}

/// R5: what bears a stamp is found by it, to the letter, and nothing else.
#[test]
fn a_contact_is_found_by_its_stamp() {
    over_each(|world| {
        let one = world.create(&named("a"), "Stamp-1");
        let _other = world.create(&named("b"), "stamp-1");
        let two = world.create(&named("c"), "it's 2");
        let stamps = ["Stamp-1", "nobody", "it's 2"].map(Stamp::new);
        let found = world.remote.find_stamped(&world.folder, &stamps).unwrap();
        let mut ids: Vec<ItemId> = found.iter().map(|written| written.id.clone()).collect();
        ids.sort();
        let mut expected = vec![one.id.clone(), two.id.clone()];
        expected.sort();
        assert_eq!(ids, expected, "{:?}", world.which);
        let of_one = found.iter().find(|written| written.id == one.id);
        assert_eq!(
            of_one.map(|written| &written.change_key),
            Some(&one.change_key)
        );
    });
}

/// semantics 18: what is gone is gone, whoever deleted it, and deleting it again is done already.
#[test]
fn what_is_deleted_is_gone() {
    over_each(|world| {
        let one = world.create(&named("a"), "s-1");
        let two = world.create(&named("b"), "s-2");
        let ids = [one.id.clone(), two.id.clone()];
        let answers = world.remote.delete(&world.folder, &ids[..1]).unwrap();
        assert_eq!(answers, [Ok(())], "{:?}", world.which);
        assert_eq!(world.fetch(&one.id), Fetched::Gone, "{:?}", world.which);
        let answers = world.remote.delete(&world.folder, &ids).unwrap();
        assert_eq!(answers, [Ok(()), Ok(())], "{:?}", world.which);
        assert_eq!(world.fetch(&two.id), Fetched::Gone, "{:?}", world.which);
        let answer = world.update(&one, changes(&[("JobTitle", "x")]), Changes::new());
        assert!(
            matches!(answer, Err(ref error) if error.class == RemoteClass::Gone),
            "{:?}: {answer:?}",
            world.which
        );
    });
}
