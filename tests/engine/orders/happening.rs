//! What may have happened to a contact, on either side or on both, since the last pull.

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::ids::RowKey;

use crate::world::{World, changes, contact};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    ItemEdited,
    RowEdited,
    BothEditedApart,
    BothEditedAlike,
    Clash,
    ItemTouched,
    ItemDeleted,
    ItemDeletedRowEdited,
    RowDeleted,
    RowDeletedItemEdited,
    BothDeleted,
    /// The item is deleted and made again with the same stamp, as some servers tell an edit.
    Renewed,
    /// As `Renewed`, without a stamp and by a person: known by its content only.
    MadeAnew,
    Copied,
    /// A copy is made and the original deleted.
    CopiedAndDeleted,
    LeftTheScope,
    NewItem,
    NewRow,
    /// A row and an item for the same new person.
    NewOnBothSides,
    /// One new row, and two new items that may be it.
    NewAndAmbiguous,
    DistributionList,
}

impl Happening {
    pub(super) const ALL: [Self; 21] = [
        Self::ItemEdited,
        Self::RowEdited,
        Self::BothEditedApart,
        Self::BothEditedAlike,
        Self::Clash,
        Self::ItemTouched,
        Self::ItemDeleted,
        Self::ItemDeletedRowEdited,
        Self::RowDeleted,
        Self::RowDeletedItemEdited,
        Self::BothDeleted,
        Self::Renewed,
        Self::MadeAnew,
        Self::Copied,
        Self::CopiedAndDeleted,
        Self::LeftTheScope,
        Self::NewItem,
        Self::NewRow,
        Self::NewOnBothSides,
        Self::NewAndAmbiguous,
        Self::DistributionList,
    ];

    /// Happens to the contact of a row, which is the person of this number.
    pub(super) fn happen(self, world: &World, key: &RowKey, number: usize) {
        let item = world.item_of(key).expect("a linked contact");
        let edit_item = |values: &[(&str, &str)]| {
            world.remote.person_edits(&item, &changes(values));
        };
        let edit_row = |values: &[(&str, &str)]| {
            world.database.app_updates(key, &changes(values));
        };
        match self {
            Self::ItemEdited => edit_item(&[("Surname", "There"), ("Categories", "red")]),
            Self::RowEdited => edit_row(&[("Surname", "Here")]),
            Self::BothEditedApart => {
                edit_item(&[("Surname", "There"), ("Categories", "red")]);
                edit_row(&[("Body", "here"), ("Categories", "blue")]);
            }
            Self::BothEditedAlike => {
                edit_item(&[("Surname", "Same")]);
                edit_row(&[("Surname", "Same")]);
            }
            Self::Clash => {
                edit_item(&[("Surname", "There")]);
                world
                    .clock
                    .pass(if number.is_multiple_of(2) { 60 } else { 0 });
                edit_row(&[("Surname", "Here")]);
            }
            Self::ItemTouched => world.remote.person_touches(&item),
            Self::ItemDeleted => world.remote.person_deletes(&item),
            Self::ItemDeletedRowEdited => {
                world.remote.person_deletes(&item);
                edit_row(&[("Surname", "Here")]);
            }
            Self::RowDeleted => world.database.app_deletes(key),
            Self::RowDeletedItemEdited => {
                edit_item(&[("Surname", "There")]);
                world.database.app_deletes(key);
            }
            Self::BothDeleted => {
                world.remote.person_deletes(&item);
                world.database.app_deletes(key);
            }
            Self::Renewed => {
                world.remote.person_deletes(&item);
                let last = world.remote.with(|server| server.elsewhere.len()) - 1;
                let renewed = world.remote.person_moves_back(last);
                let changes = changes(&[("Surname", "There")]);
                world.remote.person_edits(&renewed, &changes);
            }
            Self::MadeAnew => {
                let mut contact = world.remote.contact(&item).expect("a living item");
                world.remote.person_deletes(&item);
                contact.apply(&changes(&[("Body", "there")]));
                world.remote.person_creates(&contact);
            }
            Self::Copied => {
                world.remote.person_copies(&item);
            }
            Self::CopiedAndDeleted => {
                world.remote.person_copies(&item);
                world.remote.person_deletes(&item);
            }
            Self::LeftTheScope => {
                edit_item(&[("Surname", "There")]);
                world.database.app_scopes(key, false);
            }
            Self::NewItem => {
                world.remote.person_creates(&person("there", number));
            }
            Self::NewRow => {
                world.database.app_inserts(&person("here", number));
            }
            Self::NewOnBothSides => {
                world.database.app_inserts(&person("both", number));
                let mut there = person("both", number);
                there.apply(&changes(&[("Body", "there"), ("GivenName", "Other")]));
                world.remote.person_creates(&there);
            }
            Self::NewAndAmbiguous => {
                world.database.app_inserts(&person("either", number));
                for name in ["One", "Two"] {
                    let mut there = person("either", number);
                    there.apply(&changes(&[("GivenName", name)]));
                    world.remote.person_creates(&there);
                }
            }
            Self::DistributionList => {
                world.remote.person_makes_list();
            }
        }
    }
}

/// A person whom nothing but the number tells from others.
pub(super) fn person(kind: &str, number: usize) -> Contact {
    contact(&[
        ("GivenName", &format!("{kind}-{number}")),
        ("EmailAddress1", &format!("{kind}-{number}@example.test")),
    ])
}
