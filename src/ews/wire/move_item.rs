//! MoveItem: moves items to another folder, where they get new ids.

use std::io;

use super::soap::{Body, Operation};
use super::xml::EMPTY;
use super::{FolderRef, ItemId, Items};

/// Moves items; one response message each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveItem {
    /// Where to.
    pub to_folder: FolderRef,
    /// Which ones, at least one.
    pub item_ids: Vec<ItemId>,
}

impl Operation for MoveItem {
    const NAME: &'static str = "MoveItem";
    type Part = Items;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:MoveItem", EMPTY, |xml| {
            xml.element("m:ToFolderId", EMPTY, |xml| self.to_folder.write(xml))?;
            xml.element("m:ItemIds", EMPTY, |xml| {
                self.item_ids.iter().try_for_each(|id| id.write(xml))
            })
        })
    }
}
