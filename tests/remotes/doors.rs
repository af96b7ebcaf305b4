//! One contact, through both doors.

use exchange_contact_sync::contact::{Property, diff};
use exchange_contact_sync::sync::ids::Stamp;
use exchange_contact_sync::sync::ports::{Change, Fetched};

use crate::kinds::{everything, full, over_each};

/// semantics 55: what one kind writes, the other one reads, to the last property, the stamp included.
#[test]
fn what_one_writes_the_other_reads() {
    over_each(|world| {
        let contact = full(3);
        world.create(&contact, "s-3");
        let (other, folder) = world.other();
        let page = other.changes(&folder, None).unwrap();
        let [Change::Present(id, _)] = page.changes.as_slice() else {
            panic!("{:?}: {:?}", world.which, page.changes);
        };
        let found = other
            .fetch(&folder, std::slice::from_ref(id), &everything())
            .unwrap();
        let Some(Fetched::Item(item)) = found.into_iter().next() else {
            panic!("{:?}: no item", world.which);
        };
        let mut mapped = everything();
        // What the server makes of the names where nobody gives it.
        mapped
            .retain(|property| *property != Property::Initials || contact.get(*property).is_some());
        let different = diff(&contact, &item.contact, &mapped);
        assert!(different.is_empty(), "{:?}: {different:?}", world.which);
        assert_eq!(item.stamp, Some(Stamp::new("s-3")));
    });
}
