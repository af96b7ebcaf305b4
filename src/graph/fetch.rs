//! Reading contacts.

use serde_json::Value as Json;

use super::Graph;
use super::address::Path;
use super::calls::Call;
use super::failure::Reply;
use super::map;
use crate::contact::{Kind, Property};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{FolderId, ItemId, Stamp};
use crate::sync::ports::{Fetched, Item, Written};

impl Graph {
    pub(super) fn mailbox(&self) -> Path {
        Path::mailbox(self.shared.transport.config().mailbox.as_deref())
    }

    /// The call that reads a contact.
    pub(super) fn reading(&self, id: &ItemId, mapped: &[Property]) -> Call {
        self.reading_of(id, &map::selection(mapped))
    }

    fn reading_of(&self, id: &ItemId, selection: &map::Selection) -> Call {
        Call::get(
            self.mailbox()
                .contact(id)
                .with("$select", selection.select.as_str())
                .with("$expand", selection.expand.as_str()),
        )
    }

    pub(super) fn fetch_all(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError> {
        let selection = map::selection(mapped);
        let calls: Vec<Call> = ids
            .iter()
            .map(|id| self.reading_of(id, &selection))
            .collect();
        let fetched = self.calls(&calls)?.into_iter();
        let fetched: Vec<Fetched> = fetched
            .zip(ids)
            .map(|(reply, id)| fetched_of(reply, id, folder, mapped))
            .collect();
        let pictured = mapped
            .iter()
            .any(|property| property.kind() == Kind::Picture);
        if pictured {
            self.with_photos(fetched)
        } else {
            Ok(fetched)
        }
    }

    /// The contacts of a folder that bear one of these stamps.
    pub(super) fn bearing(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError> {
        let most = self.shared.transport.config().batch.max(1);
        let mut found = Vec::new();
        for some in stamps.chunks(most) {
            let calls: Vec<Call> = some
                .iter()
                .map(|stamp| {
                    let id = super::extended::stamp();
                    let value = super::extended::quoted(stamp.as_str());
                    Call::get(
                        self.mailbox()
                            .folder(folder)
                            .below("contacts")
                            .with("$select", "id,changeKey")
                            .with("$top", "100")
                            .with(
                                "$filter",
                                format!("singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq '{value}')"),
                            ),
                    )
                })
                .collect();
            for reply in self.calls(&calls)? {
                let reply = reply.success()?;
                let all = reply.body.get("value").and_then(Json::as_array);
                found.extend(all.into_iter().flatten().filter_map(map::written));
            }
        }
        Ok(found)
    }
}

/// What the answer for one contact says. One in another folder has left ours, since its id stays. An id that Graph cannot read is
/// nobody's; what is told of another contact tells nothing of this one.
fn fetched_of(reply: Reply, id: &ItemId, folder: &FolderId, mapped: &[Property]) -> Fetched {
    let is_nobodys = reply.is_of_graph && reply.has_code("ErrorInvalidIdMalformed");
    let reply = match reply.success() {
        Ok(reply) => reply,
        Err(error) if is_nobodys || error.class == RemoteClass::Gone => return Fetched::Gone,
        Err(error) => return Fetched::Failed(error),
    };
    let Some(written) = map::written(&reply.body) else {
        return Fetched::Failed(reply.garbled("a contact without an id or a changeKey"));
    };
    if written.id != *id {
        return Fetched::Failed(reply.garbled("another contact than the one that was asked for"));
    }
    if map::parent(&reply.body).is_some_and(|parent| parent != folder.as_str()) {
        return Fetched::Gone;
    }
    Fetched::Item(Box::new(Item {
        id: written.id,
        change_key: written.change_key,
        contact: map::read(&reply.body, mapped),
        stamp: map::stamp(&reply.body),
        modified: map::modified(&reply.body),
    }))
}
