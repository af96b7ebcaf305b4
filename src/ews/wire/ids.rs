//! Ids of items and folders: opaque, case-sensitive text.

use std::io;

use super::xml::{EMPTY, Start, XmlWriter};

/// An item's id with the ChangeKey of one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemId {
    /// `Id`, up to 512 bytes.
    pub id: String,
    /// `ChangeKey`; deletions and notifications carry only a short one, which is no version.
    pub change_key: Option<String>,
}

impl ItemId {
    pub(super) fn from_start(start: &Start) -> Option<Self> {
        let id = start.attribute("Id")?;
        (!id.is_empty()).then(|| Self {
            id: id.to_owned(),
            change_key: start.attribute("ChangeKey").map(str::to_owned),
        })
    }

    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        match &self.change_key {
            Some(key) => xml.empty("t:ItemId", &[("Id", &self.id), ("ChangeKey", key)]),
            None => xml.empty("t:ItemId", &[("Id", &self.id)]),
        }
    }
}

/// A folder as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderRef {
    /// By its id.
    Id(String),
    /// By a name that every mailbox has, such as `contacts`.
    Distinguished {
        /// The name.
        name: String,
        /// The mailbox, when it is not that of the account (delegate access).
        mailbox: Option<String>,
    },
}

impl FolderRef {
    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        match self {
            Self::Id(id) => xml.empty("t:FolderId", &[("Id", id)]),
            Self::Distinguished {
                name,
                mailbox: None,
            } => xml.empty("t:DistinguishedFolderId", &[("Id", name)]),
            Self::Distinguished {
                name,
                mailbox: Some(address),
            } => xml.element("t:DistinguishedFolderId", &[("Id", name)], |xml| {
                xml.element("t:Mailbox", EMPTY, |xml| {
                    xml.text("t:EmailAddress", EMPTY, address)
                })
            }),
        }
    }
}
