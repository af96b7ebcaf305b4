//! CreateItem: new contacts in a folder.

use std::io;

use super::contact::write_contact;
use super::soap::{Body, Operation};
use super::xml::EMPTY;
use super::{Field, FolderRef, Items};

/// Creates contacts; one response message each, which holds the new id. It is not idempotent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateItem {
    /// The folder, a contacts folder.
    pub folder: FolderRef,
    /// The fields of each contact, at least one contact; no path twice in one.
    pub contacts: Vec<Vec<Field>>,
}

impl Operation for CreateItem {
    const NAME: &'static str = "CreateItem";
    type Part = Items;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element(
            "m:CreateItem",
            &[("MessageDisposition", "SaveOnly")],
            |xml| {
                xml.element("m:SavedItemFolderId", EMPTY, |xml| self.folder.write(xml))?;
                xml.element("m:Items", EMPTY, |xml| {
                    let mut contacts = self.contacts.iter();
                    contacts.try_for_each(|fields| write_contact(xml, Some("IPM.Contact"), fields))
                })
            },
        )
    }
}
