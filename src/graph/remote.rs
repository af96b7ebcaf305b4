//! The port, call by call.

use reqwest::Method;
use serde_json::Value as Json;

use super::address::Path;
use super::calls::Call;
use super::changes::KIND;
use super::failure::Reply;
use super::write::{self, Known};
use super::{Graph, catalogue, map};
use crate::contact::{AddressKey, KnownSlot, Picture, Property, in_known_places};
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Stamp};
use crate::sync::ports::{
    Capabilities, ChangePage, Fetched, Folder, NewItem, Remote, Update, Written,
};

/// What became of one contact of a request.
type Entry<T> = Result<T, RemoteError>;

impl Graph {
    /// The tag of its cursors and ids.
    pub const KIND: &str = KIND;

    /// Whether a property cannot be kept there.
    #[must_use]
    pub fn is_out_of_reach(property: Property) -> bool {
        catalogue::is_out_of_reach(property)
    }

    /// A contact that is to be written. Its id stays when it is deleted or moved: only in our folder it is ours.
    fn written(&self, folder: &FolderId, id: &ItemId) -> Path {
        self.mailbox().folder(folder).contact(id)
    }

    /// Reads what has to be known of contacts before they are written, all with one request.
    fn read_along(&self, updates: &[Update]) -> Result<Vec<Entry<Known>>, RemoteError> {
        let is_read = |update: &&Update| write::has_to_read(&update.changes, &update.known);
        let calls: Vec<Call> = updates
            .iter()
            .filter(is_read)
            .map(|update| self.reading(&update.id, &write::read_along(&update.changes)))
            .collect();
        let mut replies = self.calls(&calls)?.into_iter();
        let known = updates.iter().map(|update| {
            if !is_read(&update) {
                return Ok(Known {
                    values: update.known.clone(),
                    ..Known::default()
                });
            }
            let reply = replies.next().ok_or_else(missing)?.success()?;
            let is_same = |found: &Written| found.change_key == update.change_key;
            if !map::written(&reply.body).as_ref().is_some_and(is_same) {
                return Err(RemoteError::new(
                    RemoteClass::Conflict,
                    "somebody else has changed the contact",
                ));
            }
            Ok(known_of(&reply.body, update))
        });
        Ok(known.collect())
    }
}

/// What an answer tells of what is written together with some changes, with the entries of lists where they are known to be.
fn known_of(json: &Json, update: &Update) -> Known {
    let along = write::read_along(&update.changes);
    let found = map::read(json, &along);
    let before = |slot: Property| {
        let mut known = update.known.iter();
        known
            .find(|(property, _)| *property == slot)
            .and_then(|(_, value)| value)
    };
    let lists = catalogue::lists();
    let placed = in_known_places(&found, &lists, |slot| KnownSlot {
        held: before(slot),
        ..KnownSlot::default()
    });
    let found = placed.unwrap_or(found);
    Known {
        values: along
            .into_iter()
            .map(|property| (property, found.get(property).cloned()))
            .collect(),
        emails: map::emails(json).cloned().collect(),
        addresses: AddressKey::ALL
            .iter()
            .map(|key| catalogue::address(*key))
            .filter_map(|name| Some((name.to_owned(), json.get(name)?.clone())))
            .collect(),
    }
}

fn missing() -> RemoteError {
    RemoteError::new(
        RemoteClass::Transient,
        "the answer for a contact is missing",
    )
}

/// The id and version that a write answers.
fn written(reply: Reply) -> Entry<Written> {
    let reply = reply.success()?;
    map::written(&reply.body).ok_or_else(|| reply.garbled("a contact without an id or a changeKey"))
}

/// The version as a condition ("changeKey", Microsoft Graph documentation).
fn if_match(change_key: &ChangeKey) -> (&'static str, String) {
    ("if-match", format!("W/\"{}\"", change_key.as_str()))
}

/// Sends what could be made of some questions, and gives each its answer in order.
fn in_order<T>(
    made: Vec<Entry<Call>>,
    send: impl FnOnce(&[Call]) -> Result<Vec<Reply>, RemoteError>,
    read: impl Fn(Reply) -> Entry<T>,
) -> Result<Vec<Entry<T>>, RemoteError> {
    let calls: Vec<Call> = made
        .iter()
        .filter_map(|call| call.as_ref().ok().cloned())
        .collect();
    let mut replies = send(&calls)?.into_iter();
    let answers = made.into_iter().map(|call| match call {
        Ok(_) => replies.next().ok_or_else(missing).and_then(&read),
        Err(error) => Err(error),
    });
    Ok(answers.collect())
}

impl Remote for Graph {
    fn capabilities(&self) -> Capabilities {
        let config = self.shared.transport.config();
        Capabilities {
            kind: KIND,
            page: config.page_size,
            fetch: self.shared.pacer.now(config.batch),
            write: self.shared.pacer.now(config.batch),
            picture: usize::try_from(config.photo_limit).unwrap_or(usize::MAX),
            computed: vec![
                Property::FileAs,
                Property::DisplayName,
                Property::Initials,
                Property::PostalAddressIndex,
            ],
            lists: catalogue::lists(),
            together: catalogue::groups(),
        }
    }

    fn resolve_folder(&self) -> Result<Folder, RemoteError> {
        self.find_folder(false)
    }

    fn prepare_folder(&self) -> Result<Folder, RemoteError> {
        self.find_folder(self.shared.transport.config().create_folder)
    }

    fn changes(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        self.page(folder, cursor)
    }

    fn fetch(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError> {
        self.fetch_all(folder, ids, mapped)
    }

    fn find_stamped(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError> {
        self.bearing(folder, stamps)
    }

    fn create(
        &self,
        folder: &FolderId,
        items: &[NewItem],
    ) -> Result<Vec<Entry<Written>>, RemoteError> {
        let made = items.iter().map(|item| {
            let body = write::new_contact(&item.contact, &item.stamp)?;
            let path = self.mailbox().folder(folder).below("contacts");
            Ok(Call::new(Method::POST, path).json(body))
        });
        let folder_gone = |mut error: RemoteError| {
            if error.class == RemoteClass::Gone {
                error.class = RemoteClass::FolderGone;
            }
            error
        };
        in_order(
            made.collect(),
            |calls| self.calls(calls).map_err(folder_gone),
            |reply| written(reply).map_err(folder_gone),
        )
    }

    fn update(
        &self,
        folder: &FolderId,
        updates: &[Update],
    ) -> Result<Vec<Entry<Written>>, RemoteError> {
        let made = updates.iter().zip(self.read_along(updates)?);
        let made = made.map(|(update, known)| {
            let body = write::changed(&update.changes, &known?)?;
            let (name, value) = if_match(&update.change_key);
            let call = Call::new(Method::PATCH, self.written(folder, &update.id));
            Ok(call.json(body).with_header(name, value))
        });
        in_order(made.collect(), |calls| self.calls(calls), written)
    }

    fn set_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        mapped: &[Property],
    ) -> Result<Written, RemoteError> {
        self.replace_photo(folder, id, change_key, picture, mapped)
    }

    fn delete(&self, folder: &FolderId, ids: &[ItemId]) -> Result<Vec<Entry<()>>, RemoteError> {
        let calls: Vec<Call> = ids
            .iter()
            .map(|id| Call::new(Method::DELETE, self.written(folder, id)))
            .collect();
        let replies = self.calls(&calls)?.into_iter();
        let done = replies.map(|reply| match reply.success() {
            Err(error) if error.class == RemoteClass::Gone => Ok(()),
            Err(error) => Err(error),
            // Graph says nothing more when it has deleted something.
            Ok(reply) if reply.status != 204 => {
                Err(reply.garbled("a deletion that has something to say"))
            }
            Ok(_) => Ok(()),
        });
        Ok(done.collect())
    }

    fn translate(&self, kind: &str, ids: &[ItemId]) -> Result<Vec<Option<ItemId>>, RemoteError> {
        self.translated(kind, ids)
    }

    fn clock(&self) -> Option<Skew> {
        self.shared.transport.clock()
    }

    fn requests(&self) -> u64 {
        self.shared.transport.requests()
    }
}
