//! Folders as answers hold them.

use std::io::BufRead;

use super::WireError;
use super::xml::XmlReader;

/// A folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// `FolderId`
    pub id: String,
    /// `ParentFolderId`
    pub parent_folder_id: Option<String>,
    /// `FolderClass`, such as `IPF.Contact`; the root of a mailbox has none.
    pub folder_class: Option<String>,
    /// `DisplayName`
    pub display_name: String,
    /// `TotalCount`, the number of items.
    pub total_count: Option<u64>,
    /// `EffectiveRights`; `None` when the server does not say.
    pub rights: Option<Rights>,
}

/// What the account may do with items: the elements `CreateContents`, `Modify` and `Delete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Make new ones.
    pub create: bool,
    /// Change those of others too.
    pub modify: bool,
    /// Delete them.
    pub delete: bool,
}

/// The folders of one response message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders(pub Vec<Folder>);

/// Reads the children of `Folders`; its start is read already.
pub(super) fn read_folders<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Vec<Folder>, WireError> {
    let mut folders = Vec::new();
    while xml.child()?.is_some() {
        folders.push(read_folder(xml)?);
    }
    Ok(folders)
}

fn read_folder<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Folder, WireError> {
    let mut folder = Folder::default();
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "FolderId" => {
                child
                    .attribute("Id")
                    .unwrap_or_default()
                    .clone_into(&mut folder.id);
                xml.skip()?;
            }
            "ParentFolderId" => {
                folder.parent_folder_id = child.attribute("Id").map(str::to_owned);
                xml.skip()?;
            }
            "FolderClass" => folder.folder_class = Some(xml.text()?),
            "DisplayName" => folder.display_name = xml.text()?,
            "TotalCount" => folder.total_count = xml.text()?.trim().parse().ok(),
            "EffectiveRights" => folder.rights = Some(read_rights(xml)?),
            _ => xml.skip()?,
        }
    }
    if folder.id.is_empty() {
        return Err(WireError::Incomplete("the id of a folder"));
    }
    Ok(folder)
}

fn read_rights<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Rights, WireError> {
    let mut rights = Rights::default();
    while let Some(right) = xml.child()? {
        let granted = match right.local.as_str() {
            "CreateContents" => &mut rights.create,
            "Modify" => &mut rights.modify,
            "Delete" => &mut rights.delete,
            _ => {
                xml.skip()?;
                continue;
            }
        };
        *granted = matches!(xml.text()?.trim(), "true" | "1");
    }
    Ok(rights)
}
