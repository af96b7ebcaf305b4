//! Contact folders (Graph reference, section 2).

use serde_json::{Map, Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;
use super::extended;
use super::options::Options;
use super::reply::Reply;
use crate::contact::extended::{ExtendedName, Identity};
use crate::operations::folder_view;
use crate::store::Store;
use crate::store::folder::{Folder, FolderNo};

/// The folders of one level. Those beside and below the default one are the first level; the default one is in no list.
pub fn list(desk: &Desk<'_>, parent: Option<&str>) -> Result<Reply, GraphError> {
    let options = folder_options(desk)?;
    let store = desk.read();
    let above = desk.folder(&store, parent)?;
    let beside = match parent {
        None => store.distinguished(desk.mailbox, "msgfolderroot"),
        Some(_) => None,
    };
    let default = store.distinguished(desk.mailbox, "contacts");
    let folders: Vec<&Folder> = store
        .children(above)
        .chain(beside.into_iter().flat_map(|root| store.children(root)))
        .filter(|folder| folder.holds_contacts() && Some(folder.number) != default)
        .filter(|folder| !folder.hidden || desk.modes.hidden_folders)
        .collect();
    let page = folders.iter().skip(options.skip).take(options.top);
    let value: Vec<Json> = page.map(|folder| show(&store, folder, &options)).collect();
    let mut answer = json!({ "@odata.context": desk.context("contactFolders"), "value": value });
    let next = options.skip.saturating_add(options.top);
    if next < folders.len()
        && let Some(answer) = answer.as_object_mut()
    {
        let (skip, top) = (next.to_string(), options.top.to_string());
        let mut query = vec![("$skip", skip.as_str()), ("$top", top.as_str())];
        query.extend(desk.call.option("$expand").map(|value| ("$expand", value)));
        answer.insert("@odata.nextLink".to_owned(), json!(desk.link(&query)));
    }
    Ok(Reply::json(200, answer))
}

/// One folder.
pub fn get(desk: &Desk<'_>, id: &str) -> Result<Reply, GraphError> {
    let options = folder_options(desk)?;
    let store = desk.read();
    let folder = desk.folder(&store, Some(id))?;
    answer(desk, &store, folder, 200, &options)
}

/// A new folder; below the default one where no parent is named.
pub fn create(desk: &Desk<'_>, parent: Option<&str>) -> Result<Reply, GraphError> {
    let sent = desk.call.object()?;
    let named = sent.get("parentFolderId").and_then(Json::as_str);
    let mut store = desk.write();
    let parent = desk.folder(&store, parent.or(named))?;
    let name = name_of(&sent)?;
    free(&store, parent, &name, None)?;
    let made = store
        .create_folder(parent, "IPF.Contact", &name)
        .ok_or_else(GraphError::not_found)?;
    desk.count_write();
    answer(desk, &store, made, 201, &Options::default())
}

/// Another name.
pub fn update(desk: &Desk<'_>, id: &str) -> Result<Reply, GraphError> {
    let sent = desk.call.object()?;
    let mut store = desk.write();
    let number = desk.folder(&store, Some(id))?;
    let name = name_of(&sent)?;
    let parent = changeable(&store, number)?;
    free(&store, parent, &name, Some(number))?;
    store.rename_folder(number, &name);
    desk.count_write();
    answer(desk, &store, number, 200, &Options::default())
}

/// Deletes a folder with all that it holds.
pub fn delete(desk: &Desk<'_>, id: &str) -> Result<Reply, GraphError> {
    let mut store = desk.write();
    let number = desk.folder(&store, Some(id))?;
    changeable(&store, number)?;
    store.remove_folder(number);
    desk.count_write();
    Ok(Reply::empty(204))
}

/// `$select` names properties of a contact elsewhere; a folder is always shown whole.
fn folder_options(desk: &Desk<'_>) -> Result<Options, GraphError> {
    let mut options = Options::default();
    for (name, value) in &desk.call.query {
        let number = || {
            value
                .parse::<usize>()
                .map_err(|_| GraphError::option(format!("Invalid value '{value}' for {name}.")))
        };
        match name.as_str() {
            "$expand" => options = Options::of_expand(value)?,
            "$top" | "$skip" | "$select" | "$count" => {}
            other if other.starts_with('$') => {
                return Err(GraphError::option(format!(
                    "The query parameter '{other}' is not supported."
                )));
            }
            _ => {}
        }
        match name.as_str() {
            "$top" => options.top = number()?,
            "$skip" => options.skip = number()?,
            _ => {}
        }
    }
    if options.top == 0 {
        options.top = Options::default_top();
    }
    Ok(options)
}

fn name_of(sent: &Map<String, Json>) -> Result<String, GraphError> {
    let known = |key: &str| {
        matches!(key, "displayName" | "parentFolderId" | "id") || key.starts_with("@odata.")
    };
    if let Some(unknown) = sent.keys().find(|key| !known(key)) {
        return Err(GraphError::body(format!(
            "The property '{unknown}' does not exist on type 'microsoft.graph.contactFolder'."
        )));
    }
    sent.get("displayName")
        .and_then(Json::as_str)
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| GraphError::new(400, "ErrorInvalidRequest", "displayName is missing."))
}

fn free(
    store: &Store,
    parent: FolderNo,
    name: &str,
    own: Option<FolderNo>,
) -> Result<(), GraphError> {
    match store.child(parent, name) {
        Some(found) if Some(found) != own => Err(GraphError::of_store(409, "ErrorFolderExists")),
        _ => Ok(()),
    }
}

/// The parent of a folder that may be renamed and deleted.
fn changeable(store: &Store, number: FolderNo) -> Result<FolderNo, GraphError> {
    let folder = store.folder(number);
    folder
        .filter(|folder| folder.distinguished.is_none())
        .and_then(|folder| folder.parent)
        .ok_or_else(|| {
            GraphError::new(
                400,
                "ErrorDeleteDistinguishedFolder",
                "Distinguished folders cannot be changed.",
            )
        })
}

fn answer(
    desk: &Desk<'_>,
    store: &Store,
    number: FolderNo,
    status: u16,
    options: &Options,
) -> Result<Reply, GraphError> {
    let folder = store.folder(number).ok_or_else(GraphError::not_found)?;
    let mut shown = show(store, folder, options);
    if let Some(shown) = shown.as_object_mut() {
        let context = desk.context("contactFolders/$entity");
        shown.insert("@odata.context".to_owned(), json!(context));
    }
    Ok(Reply::json(status, shown))
}

/// A folder as JSON.
pub fn show(store: &Store, folder: &Folder, options: &Options) -> Json {
    let parent = folder.parent.map(|parent| store.rest_folder_id(parent));
    let mut shown = json!({
        "id": store.rest_folder_id(folder.number),
        "displayName": folder.name,
        "parentFolderId": parent,
    });
    let entries: Vec<Json> = options
        .single
        .iter()
        .filter_map(|name| {
            let value = value(folder, name)?;
            Some(json!({ "id": extended::show(name), "value": value }))
        })
        .collect();
    if !entries.is_empty()
        && let Some(shown) = shown.as_object_mut()
    {
        shown.insert("singleValueExtendedProperties".to_owned(), json!(entries));
    }
    shown
}

/// The folder class is an extended property only.
fn value(folder: &Folder, name: &ExtendedName) -> Option<String> {
    match (&name.identity, &*name.property_type) {
        (Identity::Tag(0x3613), "String") => Some(folder.class.clone()),
        _ => folder_view::extended(folder, name),
    }
}
