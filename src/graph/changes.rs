//! What has changed in a folder ("contact: delta", Microsoft Graph documentation).

use reqwest::Method;
use serde_json::Value as Json;

use super::Graph;
use super::address::followed;
use super::failure::Reply;
use super::transport::Request;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId};
use crate::sync::ports::{Change, ChangePage, distinct};

/// The tag of our cursors and ids.
pub(super) const KIND: &str = "graph";

/// Answers by which a link is refused that was good once.
const ENDED: &[&str] = &[
    "SyncStateNotFound",
    "SyncStateInvalid",
    "resyncRequired",
    "ErrorInvalidIdMalformed",
    "ErrorInvalidSyncStateData",
];

impl Graph {
    pub(super) fn page(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        let server = self.shared.transport.server();
        let url = match cursor {
            Some(foreign) if foreign.kind != KIND => {
                return Err(RemoteError::new(
                    RemoteClass::CursorInvalid,
                    format!(
                        "the cursor is one of \"{}\", not of Microsoft Graph",
                        foreign.kind
                    ),
                ));
            }
            Some(cursor) => followed(&cursor.text, server).map_err(|error| RemoteError {
                class: RemoteClass::CursorInvalid,
                ..error
            })?,
            None => self
                .mailbox()
                .folder(folder)
                .below("contacts")
                .below("delta")
                .with("$select", "changeKey,parentFolderId")
                .at(server),
        };
        let size = self
            .shared
            .pacer
            .now(self.shared.transport.config().page_size);
        let request = Request {
            method: Method::GET,
            url,
            headers: vec![
                ("prefer", "IdType=\"ImmutableId\"".to_owned()),
                ("prefer", format!("odata.maxpagesize={size}")),
            ],
            body: None,
        };
        let reply = self.request(&request)?;
        if !reply.is_success() {
            return Err(refused(&reply, cursor.is_some()));
        }
        let link = |name: &str| {
            let link = reply.body.get(name).and_then(Json::as_str);
            link.filter(|link| !link.is_empty())
        };
        let (next, last) = match (link("@odata.nextLink"), link("@odata.deltaLink")) {
            (Some(next), _) => (next, false),
            (None, Some(delta)) => (delta, true),
            (None, None) => return Err(reply.garbled("a page of changes that leads nowhere")),
        };
        // Found out now, before anything of the page is noted.
        followed(next, server)?;
        let entries = reply.body.get("value").and_then(Json::as_array);
        Ok(ChangePage {
            changes: distinct(entries.into_iter().flatten().filter_map(change_of)),
            cursor: Cursor {
                kind: KIND.to_owned(),
                text: next.to_owned(),
            },
            last,
        })
    }
}

fn refused(reply: &Reply, by_link: bool) -> RemoteError {
    let mut error = reply.error();
    let ended = ENDED.iter().any(|code| reply.has_code(code));
    match reply.status {
        410 => error.class = RemoteClass::CursorInvalid,
        400 if by_link => error.class = RemoteClass::CursorInvalid,
        _ if by_link && ended => error.class = RemoteClass::CursorInvalid,
        404 if error.class == RemoteClass::Gone => error.class = RemoteClass::FolderGone,
        _ => {}
    }
    error
}

/// What an entry says; nothing without an id.
fn change_of(entry: &Json) -> Option<Change> {
    let text = |name: &str| entry.get(name).and_then(Json::as_str);
    let id = ItemId::new(text("id")?);
    if entry.get("@removed").is_some() {
        return Some(Change::Gone(id));
    }
    let key = text("changeKey").unwrap_or_default();
    Some(Change::Present(id, ChangeKey::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// semantics 55: duplicates and replays are normal, and the last word counts.
    #[test]
    fn of_several_entries_of_one_id_the_last_counts() {
        let entries = json!([
            { "id": "a", "changeKey": "1" },
            { "id": "A", "changeKey": "2" },
            { "id": "a", "@removed": { "reason": "changed" } },
            { "id": "b", "@removed": { "reason": "deleted" } },
            { "id": "b", "changeKey": "3" },
            { "changeKey": "4" },
        ]);
        let found = distinct(entries.as_array().unwrap().iter().filter_map(change_of));
        let present = |id: &str, key: &str| Change::Present(ItemId::new(id), ChangeKey::new(key));
        assert_eq!(
            found,
            [
                Change::Gone(ItemId::new("a")),
                present("A", "2"),
                present("b", "3")
            ]
        );
    }
}
