//! FindItem: the items of a folder whose extended property has one of some values.
//!
//! Only ids are asked for: FindItem cuts texts at 255 characters, so no value is ever taken from it.

use std::io::{self, BufRead};

use super::item::read_items;
use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::{EMPTY, XmlWriter};
use super::{ExtendedFieldUri, FolderRef, Item, ItemShape, WireError};

/// A condition on an extended property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsEqualTo {
    /// The property.
    pub path: ExtendedFieldUri,
    /// The value it must have.
    pub value: String,
}

/// Asks for the items that meet any of the conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindItem {
    /// The folder; its sub-folders are not searched.
    pub parent: FolderRef,
    /// The conditions; without any, all items are found.
    pub any_of: Vec<IsEqualTo>,
    /// How many were read already.
    pub offset: u32,
    /// How many to give at most; the server may give fewer.
    pub max_entries: u32,
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundItems {
    /// The items.
    pub items: Vec<Item>,
    /// Where the next page begins, if the server says.
    pub next_offset: Option<u32>,
    /// Whether nothing follows.
    pub includes_last: bool,
}

impl Operation for FindItem {
    const NAME: &'static str = "FindItem";
    type Part = FoundItems;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:FindItem", &[("Traversal", "Shallow")], |xml| {
            ItemShape::IdOnly.write(xml)?;
            let (offset, most) = (self.offset.to_string(), self.max_entries.max(1).to_string());
            let page = [
                ("MaxEntriesReturned", most.as_str()),
                ("Offset", &offset),
                ("BasePoint", "Beginning"),
            ];
            xml.empty("m:IndexedPageItemView", &page)?;
            match self.any_of.as_slice() {
                [] => {}
                [only] => xml.element("m:Restriction", EMPTY, |xml| only.write(xml))?,
                all => xml.element("m:Restriction", EMPTY, |xml| {
                    xml.element("t:Or", EMPTY, |xml| {
                        all.iter().try_for_each(|one| one.write(xml))
                    })
                })?,
            }
            xml.element("m:ParentFolderIds", EMPTY, |xml| self.parent.write(xml))
        })
    }
}

impl IsEqualTo {
    fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        xml.element("t:IsEqualTo", EMPTY, |xml| {
            self.path.write(xml)?;
            xml.element("t:FieldURIOrConstant", EMPTY, |xml| {
                xml.empty("t:Constant", &[("Value", &self.value)])
            })
        })
    }
}

impl ResponsePart for FoundItems {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local != "RootFolder" {
            return Ok(());
        }
        self.next_offset = child
            .start
            .attribute("IndexedPagingOffset")
            .and_then(|offset| offset.parse().ok());
        self.includes_last = child.start.attribute("IncludesLastItemInRange") != Some("false");
        let xml = child.take();
        while let Some(list) = xml.child()? {
            if list.local == "Items" {
                self.items = read_items(xml)?;
            } else {
                xml.skip()?;
            }
        }
        Ok(())
    }
}
