//! Showing a folder as XML (EWS reference, section 2.7).

use super::item_error::ItemError;
use super::paths;
use crate::clock;
use crate::contact::extended::{ExtendedName, Identity};
use crate::soap::write;
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::folder::Folder;
use crate::store::ids::{KeyType, short_key};

/// FolderShape, read once for a request.
#[derive(Debug)]
pub struct FolderShape {
    base: &'static str,
    names: Vec<String>,
    extended: Vec<(ExtendedName, String)>,
}

/// Reads m:FolderShape.
pub fn read_shape(shape: &Element) -> Result<FolderShape, ItemError> {
    let base = match shape.child_text("BaseShape") {
        Some("IdOnly") => "IdOnly",
        Some("Default") => "Default",
        _ => "AllProperties",
    };
    let mut read = FolderShape {
        base,
        names: Vec::new(),
        extended: Vec::new(),
    };
    for path in shape.grandchildren("AdditionalProperties") {
        if path.name == "ExtendedFieldURI" {
            read.extended
                .push((ExtendedName::read(path)?, paths::text(path)));
        } else if let Some(name) = path
            .attribute("FieldURI")
            .and_then(|uri| uri.strip_prefix("folder:"))
        {
            read.names.push(name.to_owned());
        } else {
            return Err(ItemError::about(
                "ErrorInvalidPropertyRequest",
                &paths::text(path),
            ));
        }
    }
    Ok(read)
}

impl FolderShape {
    fn wants(&self, name: &str) -> bool {
        let default = matches!(name, "DisplayName" | "TotalCount" | "ChildFolderCount");
        let all = default
            || matches!(
                name,
                "ParentFolderId" | "FolderClass" | "EffectiveRights" | "DistinguishedFolderId"
            );
        (self.base == "AllProperties" && all)
            || (self.base == "Default" && default)
            || self.names.iter().any(|asked| asked == name)
    }
}

/// The element that shows a folder.
pub fn element_of(folder: &Folder) -> &'static str {
    if folder.holds_contacts() {
        "ContactsFolder"
    } else {
        "Folder"
    }
}

/// Appends FolderId.
pub fn write_id(out: &mut String, store: &Store, folder: &Folder) {
    let kind = if folder.holds_contacts() {
        KeyType::ContactsFolder
    } else {
        KeyType::Folder
    };
    write::id(
        out,
        "FolderId",
        &store.folder_id(folder.number),
        &store.ids.change_key(kind, folder.key),
    );
}

/// Appends a folder's element.
pub fn write_folder(out: &mut String, store: &Store, folder: &Folder, shape: &FolderShape) {
    let element = element_of(folder);
    write::open(out, element);
    write_id(out, store, folder);
    if let (Some(parent), true) = (folder.parent, shape.wants("ParentFolderId")) {
        write::id(
            out,
            "ParentFolderId",
            &store.folder_id(parent),
            short_key(KeyType::Folder),
        );
    }
    if shape.wants("FolderClass") && !folder.class.is_empty() {
        write::element(out, "FolderClass", &folder.class);
    }
    if shape.wants("DisplayName") {
        write::element(out, "DisplayName", &folder.name);
    }
    if shape.wants("TotalCount") {
        write::element(out, "TotalCount", &folder.items.len().to_string());
    }
    if shape.wants("ChildFolderCount") {
        write::element(
            out,
            "ChildFolderCount",
            &store.children(folder.number).count().to_string(),
        );
    }
    for (name, path) in &shape.extended {
        if let Some(value) = extended(folder, name) {
            out.push_str("<t:ExtendedProperty>");
            out.push_str(path);
            write::element(out, "Value", &value);
            out.push_str("</t:ExtendedProperty>");
        }
    }
    if shape.wants("EffectiveRights") {
        write_rights(out, true);
    }
    if let (Some(name), true) = (folder.distinguished, shape.wants("DistinguishedFolderId")) {
        write::element(out, "DistinguishedFolderId", name);
    }
    if element == "Folder" && shape.wants("UnreadCount") {
        write::element(out, "UnreadCount", "0");
    }
    write::close(out, element);
}

/// PR_ATTR_HIDDEN, PR_LOCAL_COMMIT_TIME_MAX and PR_DELETED_COUNT_TOTAL.
pub fn extended(folder: &Folder, name: &ExtendedName) -> Option<String> {
    match (&name.identity, &*name.property_type) {
        (Identity::Tag(0x10F4), "Boolean") => Some(folder.hidden.to_string()),
        (Identity::Tag(0x670A), "SystemTime") => Some(clock::format(folder.changed)),
        (Identity::Tag(0x670B), "Integer") => Some(folder.departures.to_string()),
        _ => None,
    }
}

/// Appends EffectiveRights as recorded: nothing can be made inside an item.
pub fn write_rights(out: &mut String, folder: bool) {
    write::open(out, "EffectiveRights");
    for name in ["CreateAssociated", "CreateContents", "CreateHierarchy"] {
        write::element(out, name, if folder { "true" } else { "false" });
    }
    for name in ["Delete", "Modify", "Read"] {
        write::element(out, name, "true");
    }
    write::close(out, "EffectiveRights");
}
