//! Finds the configured folder.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Graph;
use super::address::{Path, followed};
use super::calls::Call;
use super::config::FolderSpec;
use super::failure::Reply;
use super::transport::Request;
use crate::sync::error::RemoteError;
use crate::sync::ids::FolderId;
use crate::sync::ports::Folder;
use crate::web::folder_error::{as_folder_error, missing};

/// The well-known name of a mailbox's own contacts folder.
const OWN: &str = "contacts";

/// Pages of sub-folders that are read before a server that never ends is given up.
const MAX_PAGES: usize = 100;

impl Graph {
    /// The configured folder. With `create` what is missing of its path is made.
    pub(super) fn find_folder(&self, create: bool) -> Result<Folder, RemoteError> {
        match &self.shared.transport.config().folder {
            FolderSpec::Id(id) => self.folder(id, id),
            FolderSpec::Path(names) => {
                let mut folder = self.folder(OWN, OWN)?;
                for name in names {
                    folder = self.below(&folder, name.trim(), create)?;
                }
                Ok(folder)
            }
        }
    }

    fn folder(&self, id: &str, name: &str) -> Result<Folder, RemoteError> {
        let path = self.mailbox().folder(&FolderId::new(id));
        let call = Call::get(path.with("$select", "id,displayName"));
        let reply = self.call(&call)?.success();
        let reply = reply.map_err(|error| as_folder_error(error, name))?;
        as_port(&reply.body).ok_or_else(|| reply.garbled("the folder"))
    }

    fn below(&self, parent: &Folder, name: &str, create: bool) -> Result<Folder, RemoteError> {
        let children = self.children(parent)?;
        if let Some(found) = named(&children, name) {
            return Ok(found.clone());
        }
        if create {
            return self.make(parent, name);
        }
        let existing = children.iter().map(|folder| folder.name.as_str());
        let parent = format!("\"{}\"", parent.name);
        Err(missing(name, &parent, existing))
    }

    /// Makes a contacts folder. Another process may have been faster, which is as good.
    fn make(&self, parent: &Folder, name: &str) -> Result<Folder, RemoteError> {
        let path = self.mailbox().folder(&parent.id).below("childFolders");
        let call = Call::new(Method::POST, path).json(json!({ "displayName": name }));
        let reply = self.call(&call)?;
        if reply.has_code("ErrorFolderExists") || reply.has_code("nameAlreadyExists") {
            let children = self.children(parent)?;
            return named(&children, name).cloned().ok_or_else(|| reply.error());
        }
        let reply = reply
            .success()
            .map_err(|error| as_folder_error(error, name))?;
        as_port(&reply.body).ok_or_else(|| reply.garbled("the new folder"))
    }

    fn children(&self, parent: &Folder) -> Result<Vec<Folder>, RemoteError> {
        let path: Path = self.mailbox().folder(&parent.id).below("childFolders");
        let first = Call::get(path.with("$select", "id,displayName").with("$top", "100"));
        let mut reply = self.call(&first)?;
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = reply
                .success()
                .map_err(|error| as_folder_error(error, &parent.name))?;
            let entries = page.body.get("value").and_then(Json::as_array);
            all.extend(entries.into_iter().flatten().filter_map(as_port));
            let Some(next) = page.body.get("@odata.nextLink").and_then(Json::as_str) else {
                break;
            };
            reply = self.follow(next)?;
        }
        Ok(all)
    }

    fn follow(&self, link: &str) -> Result<Reply, RemoteError> {
        self.request(&Request {
            method: Method::GET,
            url: followed(link, self.shared.transport.server())?,
            headers: Vec::new(),
            body: None,
        })
    }
}

fn named<'a>(folders: &'a [Folder], name: &str) -> Option<&'a Folder> {
    let wanted = name.to_lowercase();
    folders
        .iter()
        .find(|folder| folder.name.to_lowercase() == wanted)
}

fn as_port(json: &Json) -> Option<Folder> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    Some(Folder {
        id: FolderId::new(text("id")?),
        name: text("displayName").unwrap_or_default().to_owned(),
        total: None,
    })
}
