//! UpdateItem: sets and clears single fields, one property for each change description.

use std::io;

use super::contact::write_contact;
use super::soap::{Body, Operation};
use super::xml::{EMPTY, XmlWriter};
use super::{Field, FieldPath, ItemId, Items};

/// What happens when the ChangeKey is not the item's current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictResolution {
    /// `ErrorIrresolvableConflict`, and nothing is written.
    NeverOverwrite,
    /// The server tries to merge.
    AutoResolve,
    /// The last writer wins.
    AlwaysOverwrite,
}

/// A change description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldUpdate {
    /// `SetItemField`
    Set(Field),
    /// `DeleteItemField`
    Delete(FieldPath),
}

/// The changes of one item, which are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemUpdate {
    /// The item and the version that is to be changed.
    pub item_id: ItemId,
    /// The changes, at least one.
    pub updates: Vec<FieldUpdate>,
}

/// Changes items; one response message each, which holds the new ChangeKey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateItem {
    /// What to do about a stale ChangeKey.
    pub conflict_resolution: ConflictResolution,
    /// The items, at least one.
    pub item_changes: Vec<ItemUpdate>,
}

impl ConflictResolution {
    const fn name(self) -> &'static str {
        match self {
            Self::NeverOverwrite => "NeverOverwrite",
            Self::AutoResolve => "AutoResolve",
            Self::AlwaysOverwrite => "AlwaysOverwrite",
        }
    }
}

impl Operation for UpdateItem {
    const NAME: &'static str = "UpdateItem";
    type Part = Items;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        let attributes = [
            ("ConflictResolution", self.conflict_resolution.name()),
            ("MessageDisposition", "SaveOnly"),
        ];
        xml.element("m:UpdateItem", &attributes, |xml| {
            xml.element("m:ItemChanges", EMPTY, |xml| {
                self.item_changes.iter().try_for_each(|item| {
                    xml.element("t:ItemChange", EMPTY, |xml| {
                        item.item_id.write(xml)?;
                        xml.element("t:Updates", EMPTY, |xml| {
                            item.updates.iter().try_for_each(|update| update.write(xml))
                        })
                    })
                })
            })
        })
    }
}

impl FieldUpdate {
    fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        match self {
            Self::Set(field) => xml.element("t:SetItemField", EMPTY, |xml| {
                field.0.write(xml)?;
                write_contact(xml, None, std::slice::from_ref(field))
            }),
            Self::Delete(path) => xml.element("t:DeleteItemField", EMPTY, |xml| path.write(xml)),
        }
    }
}
