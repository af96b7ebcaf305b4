//! DeleteItem: deletes items; the ChangeKey is not checked.

use std::io::{self, BufRead};

use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;
use super::{ItemId, WireError};

/// How an item is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteType {
    /// Into Deleted Items, where its owner can get it back.
    MoveToDeletedItems,
    /// Into the recoverable items.
    SoftDelete,
    /// For good.
    HardDelete,
}

/// Deletes items; one response message each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteItem {
    /// How.
    pub delete_type: DeleteType,
    /// Which ones, at least one.
    pub item_ids: Vec<ItemId>,
}

impl DeleteType {
    const fn name(self) -> &'static str {
        match self {
            Self::MoveToDeletedItems => "MoveToDeletedItems",
            Self::SoftDelete => "SoftDelete",
            Self::HardDelete => "HardDelete",
        }
    }
}

impl Operation for DeleteItem {
    const NAME: &'static str = "DeleteItem";
    type Part = ();

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        let attributes = [("DeleteType", self.delete_type.name())];
        xml.element("m:DeleteItem", &attributes, |xml| {
            xml.element("m:ItemIds", EMPTY, |xml| {
                self.item_ids.iter().try_for_each(|id| id.write(xml))
            })
        })
    }
}

impl ResponsePart for () {
    fn read_child<R: BufRead>(&mut self, _: &mut Child<'_, R>) -> Result<(), WireError> {
        Ok(())
    }
}
