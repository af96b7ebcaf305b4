//! Finds the configured folder.

use super::config::{Access, EwsConfig, FolderSpec};
use super::special_folder::purpose;
use super::transport::Transport;
use super::wire::{self, CreateFolder, FindFolder, FolderRef, GetFolder};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::folder_error::{as_folder_error, missing};
use crate::web::limits::Limits;

/// Folders that every mailbox has, as far as contacts can be below them.
const DISTINGUISHED: &[&str] = &["contacts", "msgfolderroot", "root", "deleteditems", PUBLIC];

/// The root of the public folders, which belong to no mailbox.
const PUBLIC: &str = "publicfoldersroot";

/// Pages of sub-folders that are read before a server that never ends is given up.
const MAX_PAGES: u32 = 100;

/// The configured folder, with its class checked. With `create` what is missing of its path is made.
pub(super) fn find(
    transport: &Transport,
    limits: &Limits,
    create: bool,
) -> Result<wire::Folder, RemoteError> {
    let config = transport.config();
    let folder = match &config.folder {
        FolderSpec::Id(id) => get(transport, limits, FolderRef::Id(id.clone()), id)?,
        FolderSpec::Distinguished(name) => {
            get(transport, limits, distinguished(config, name), name)?
        }
        FolderSpec::Path(names) => walk(transport, limits, names, create)?,
    };
    let class = folder.folder_class.as_deref().unwrap_or_default();
    if let Some(purpose) = purpose(class) {
        return Err(RemoteError::new(
            RemoteClass::Config,
            format!(
                "the folder \"{}\" is none for people's contacts: {purpose}; name another one in exchange.folder",
                folder.display_name
            ),
        ));
    }
    if class == "IPF.Contact" || class.starts_with("IPF.Contact.") {
        return Ok(folder);
    }
    Err(RemoteError::new(
        RemoteClass::Config,
        format!(
            "the folder \"{}\" is no contacts folder (its class is \"{class}\"); name one of class IPF.Contact in exchange.folder",
            folder.display_name
        ),
    ))
}

/// A distinguished folder of the configured mailbox. The mailbox is named whenever it is known, so that a
/// missing right is an error and never a look into the account's own folder.
pub(super) fn distinguished(config: &EwsConfig, name: &str) -> FolderRef {
    let name = name.to_ascii_lowercase();
    let mailbox = match config.access {
        Access::Own | Access::Delegate if name != PUBLIC => config.mailbox.clone(),
        Access::Own | Access::Delegate | Access::Impersonation => None,
    };
    FolderRef::Distinguished { name, mailbox }
}

/// Whether the folder is named as a public one.
pub(super) fn is_public(config: &EwsConfig) -> bool {
    match &config.folder {
        FolderSpec::Path(names) => names
            .first()
            .is_some_and(|first| first.eq_ignore_ascii_case(PUBLIC)),
        FolderSpec::Distinguished(_) | FolderSpec::Id(_) => false,
    }
}

/// What the account may do in a folder, if the server says.
pub(super) fn rights(
    transport: &Transport,
    limits: &Limits,
    id: &str,
) -> Result<Option<wire::Rights>, RemoteError> {
    get(transport, limits, FolderRef::Id(id.to_owned()), id).map(|folder| folder.rights)
}

fn get(
    transport: &Transport,
    limits: &Limits,
    folder: FolderRef,
    name: &str,
) -> Result<wire::Folder, RemoteError> {
    let operation = GetFolder {
        folder_ids: vec![folder],
    };
    let mut result = None;
    let answered = transport.call(&operation, limits, &mut |message| {
        result = Some(message.into_result());
    })?;
    match result {
        Some(Ok(mut folders)) => folders
            .0
            .pop()
            .ok_or_else(|| answered.incomplete("the folder")),
        Some(Err(error)) => Err(as_folder_error(answered.error(&error), name)),
        None => Err(answered.incomplete("the folder")),
    }
}

fn walk(
    transport: &Transport,
    limits: &Limits,
    names: &[String],
    create: bool,
) -> Result<wire::Folder, RemoteError> {
    let config = transport.config();
    let (mut parent, mut parent_name, rest) = match names.split_first() {
        Some((first, rest)) if DISTINGUISHED.contains(&first.to_ascii_lowercase().as_str()) => {
            let folder = distinguished(config, first);
            if rest.is_empty() {
                return get(transport, limits, folder, first);
            }
            (folder, first.clone(), rest)
        }
        Some(_) | None => {
            let top = distinguished(config, "msgfolderroot");
            (top, "the top of the mailbox".to_owned(), names)
        }
    };
    let mut found = None;
    for name in rest {
        let children = children(transport, limits, &parent, &parent_name)?;
        let wanted = name.trim().to_lowercase();
        let matching = children
            .iter()
            .find(|folder| folder.display_name.to_lowercase() == wanted);
        let folder = match matching {
            Some(folder) => folder.clone(),
            None if create => make(transport, limits, &parent, name.trim())?,
            None => {
                let existing = children.iter().map(|folder| folder.display_name.as_str());
                return Err(missing(name, &parent_name, existing));
            }
        };
        parent = FolderRef::Id(folder.id.clone());
        parent_name = format!("\"{}\"", folder.display_name);
        found = Some(folder);
    }
    found.ok_or_else(|| {
        RemoteError::new(
            RemoteClass::Config,
            "exchange.folder names no folder at all",
        )
    })
}

/// Makes a contacts folder. Another process may have been faster, which is as good.
fn make(
    transport: &Transport,
    limits: &Limits,
    parent: &FolderRef,
    name: &str,
) -> Result<wire::Folder, RemoteError> {
    let operation = CreateFolder {
        parent: parent.clone(),
        display_name: name.to_owned(),
    };
    let mut result = None;
    let answered = transport.call(&operation, limits, &mut |message| {
        result = Some(message.into_result());
    })?;
    let made = match result {
        Some(Ok(mut folders)) => folders.0.pop(),
        Some(Err(error)) => {
            let error = answered.error(&error);
            if error.code.as_deref() != Some("ErrorFolderExists") {
                return Err(as_folder_error(error, name));
            }
            let children = children(transport, limits, parent, name)?;
            let wanted = name.to_lowercase();
            let mut matching = children.into_iter();
            let found = matching.find(|folder| folder.display_name.to_lowercase() == wanted);
            return found.ok_or(error);
        }
        None => None,
    };
    let made = made.ok_or_else(|| answered.incomplete("the folder"))?;
    // The answer holds nothing but the id.
    get(transport, limits, FolderRef::Id(made.id), name)
}

fn children(
    transport: &Transport,
    limits: &Limits,
    parent: &FolderRef,
    parent_name: &str,
) -> Result<Vec<wire::Folder>, RemoteError> {
    let mut all = Vec::new();
    let mut offset = 0;
    for _ in 0..MAX_PAGES {
        let operation = FindFolder {
            parent: parent.clone(),
            offset,
        };
        let mut result = None;
        let answered = transport.call(&operation, limits, &mut |message| {
            result = Some(message.into_result());
        })?;
        let page = match result {
            Some(Ok(page)) => page,
            Some(Err(error)) => return Err(as_folder_error(answered.error(&error), parent_name)),
            None => return Err(answered.incomplete("the folders")),
        };
        let read = u32::try_from(page.folders.len()).unwrap_or(u32::MAX);
        all.extend(page.folders);
        let next = page.next_offset.unwrap_or(offset.saturating_add(read));
        if page.includes_last || next <= offset {
            break;
        }
        offset = next;
    }
    Ok(all)
}
