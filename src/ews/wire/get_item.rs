//! GetItem: items by id, with all their values.

use std::io::{self, BufRead};

use super::item::read_items;
use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;
use super::{ItemId, ItemShape, Items, WireError};

/// Asks for items; one response message each, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetItem {
    /// What to answer.
    pub shape: ItemShape,
    /// Which ones, at least one. A ChangeKey is not needed.
    pub item_ids: Vec<ItemId>,
}

impl Operation for GetItem {
    const NAME: &'static str = "GetItem";
    type Part = Items;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:GetItem", EMPTY, |xml| {
            self.shape.write(xml)?;
            xml.element("m:ItemIds", EMPTY, |xml| {
                self.item_ids.iter().try_for_each(|id| id.write(xml))
            })
        })
    }
}

impl ResponsePart for Items {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local == "Items" {
            self.0 = read_items(child.take())?;
        }
        Ok(())
    }
}
