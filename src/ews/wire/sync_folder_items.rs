//! SyncFolderItems: what changed in a folder since a state.

use std::io::{self, BufRead};

use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::{EMPTY, XmlReader};
use super::{FolderRef, ItemId, ItemShape, WireError};

/// The most changes that one call may ask for; more is a violation of the schema.
pub const MAX_CHANGES: u16 = 512;

/// Asks for a page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncFolderItems {
    /// The folder; neither a public nor a search folder.
    pub folder: FolderRef,
    /// The state of an earlier answer; without one the whole folder comes as created.
    pub sync_state: Option<String>,
    /// `MaxChangesReturned`, 1 to [`MAX_CHANGES`].
    pub max_changes: u16,
}

/// The kind of a change. Kinds are hints: an item that was never seen can come as updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// `Create`
    Create,
    /// `Update`
    Update,
    /// `Delete`: deleted, or moved to another folder.
    Delete,
    /// `ReadFlagChange`, which says nothing about a contact.
    ReadFlagChange,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Its kind.
    pub kind: ChangeKind,
    /// The item; of a deletion the ChangeKey is short and no version.
    pub item_id: ItemId,
    /// Whether the item is a `t:Contact`; not known of deletions.
    pub is_contact: bool,
    /// The item's folder, if the server says.
    pub parent_folder_id: Option<String>,
}

/// A page of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The state to continue from; missing or empty on errors.
    pub sync_state: Option<String>,
    /// Whether nothing follows, if the server says.
    pub includes_last: Option<bool>,
    /// The changes in the order of the server, usually newest first.
    pub changes: Vec<ItemChange>,
}

impl Operation for SyncFolderItems {
    const NAME: &'static str = "SyncFolderItems";
    type Part = Changes;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:SyncFolderItems", EMPTY, |xml| {
            ItemShape::IdOnly.write(xml)?;
            xml.element("m:SyncFolderId", EMPTY, |xml| self.folder.write(xml))?;
            if let Some(state) = &self.sync_state {
                xml.text("m:SyncState", EMPTY, state)?;
            }
            let max_changes = self.max_changes.clamp(1, MAX_CHANGES).to_string();
            xml.text("m:MaxChangesReturned", EMPTY, &max_changes)?;
            xml.text("m:SyncScope", EMPTY, "NormalItems")
        })
    }
}

impl ResponsePart for Changes {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        match child.start.local.as_str() {
            "SyncState" => self.sync_state = Some(child.take().text()?),
            "IncludesLastItemInRange" => {
                let text = child.take().text()?;
                self.includes_last = Some(matches!(text.trim(), "true" | "1"));
            }
            "Changes" => {
                let xml = child.take();
                while let Some(change) = xml.child()? {
                    let kind = match change.local.as_str() {
                        "Create" => ChangeKind::Create,
                        "Update" => ChangeKind::Update,
                        "Delete" => ChangeKind::Delete,
                        "ReadFlagChange" => ChangeKind::ReadFlagChange,
                        _ => {
                            xml.skip()?;
                            continue;
                        }
                    };
                    self.changes.push(read_change(kind, xml)?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_change<R: BufRead>(
    kind: ChangeKind,
    xml: &mut XmlReader<R>,
) -> Result<ItemChange, WireError> {
    let mut item_id = None;
    let mut is_contact = false;
    let mut parent_folder_id = None;
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "ItemId" => {
                item_id = ItemId::from_start(&child);
                xml.skip()?;
            }
            "IsRead" => xml.skip()?,
            element => {
                is_contact = element == "Contact";
                while let Some(part) = xml.child()? {
                    match part.local.as_str() {
                        "ItemId" => item_id = ItemId::from_start(&part),
                        "ParentFolderId" => {
                            parent_folder_id = part.attribute("Id").map(str::to_owned);
                        }
                        _ => {}
                    }
                    xml.skip()?;
                }
            }
        }
    }
    Ok(ItemChange {
        kind,
        item_id: item_id.ok_or(WireError::Incomplete("the id of a changed item"))?,
        is_contact,
        parent_folder_id,
    })
}
