//! The port to a contacts folder of Exchange.

use std::collections::HashMap;

use crate::contact::{Changes, Contact, Picture, Property};
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Moment, Stamp};

/// What a remote can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The tag of its cursors and ids.
    pub kind: &'static str,
    /// Changes per page, at least 1.
    pub page: usize,
    /// Items per [`Remote::fetch`], at least 1.
    pub fetch: usize,
    /// Items per write request, at least 1.
    pub write: usize,
    /// Properties that the server computes from others when it is not given them.
    pub computed: Vec<Property>,
    /// The most bytes of a picture that it gives.
    pub picture: usize,
    /// Slots that it keeps as lists without keys, which close up: in which slot of a list a value is, it cannot tell.
    pub lists: Vec<Vec<Property>>,
    /// Properties that it can only write together: who changes one has to know the others.
    pub together: Vec<Vec<Property>>,
}

/// The most ids that are translated at once.
pub const TRANSLATED: usize = 1_000;

/// A contacts folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// Its display name.
    pub name: String,
    /// How many items it holds, if the server says.
    pub total: Option<u64>,
}

/// An entry of a change list. Kinds are hints: what counts is whether the id is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A contact is there, new or changed.
    Present(ItemId, ChangeKey),
    /// An item that is no contact, such as a distribution list.
    Foreign(ItemId),
    /// The item has left the folder: deleted or moved.
    Gone(ItemId),
}

/// A page of a change list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The entries, each id at most once: the last entry of an id counts.
    pub changes: Vec<Change>,
    /// Where the list was read up to.
    pub cursor: Cursor,
    /// Whether nothing follows.
    pub last: bool,
}

/// The entries of a page, each id once: a later entry replaces an earlier one of the same id.
#[must_use]
pub fn distinct(changes: impl IntoIterator<Item = Change>) -> Vec<Change> {
    let mut distinct: Vec<Change> = Vec::new();
    let mut places: HashMap<ItemId, usize> = HashMap::new();
    for change in changes {
        let (Change::Present(id, _) | Change::Foreign(id) | Change::Gone(id)) = &change;
        let place = *places.entry(id.clone()).or_insert(distinct.len());
        match distinct.get_mut(place) {
            Some(earlier) => *earlier = change,
            None => distinct.push(change),
        }
    }
    distinct
}

/// A contact of Exchange with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its version.
    pub change_key: ChangeKey,
    /// Its values, of the mapped properties at least.
    pub contact: Contact,
    /// The stamp that it bears.
    pub stamp: Option<Stamp>,
    /// When it was last modified, by the server's clock.
    pub modified: Option<Moment>,
}

/// The answer for one id of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The item is in the folder.
    Item(Box<Item>),
    /// No item of that id is in the folder: deleted, or moved to another one.
    Gone,
    /// It is no contact, or one that is left out; in this version.
    Foreign(ChangeKey),
    /// The server could not give this one.
    Failed(RemoteError),
}

/// An item to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Its values.
    pub contact: Contact,
    /// The stamp that it shall bear.
    pub stamp: Stamp,
}

/// An item to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Which item.
    pub id: ItemId,
    /// The version that is to be changed; another one is a conflict.
    pub change_key: ChangeKey,
    /// What is set and what is cleared, never empty.
    pub changes: Changes,
    /// What the item holds in that version of what can only be written [`together`](Capabilities::together) with a change, as far as that
    /// is known; also of what is changed, by which a list tells what is to go.
    pub known: Changes,
}

/// An item as a write left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its id.
    pub id: ItemId,
    /// Its new version.
    pub change_key: ChangeKey,
}

/// One contacts folder of one mailbox.
///
/// Every call sends at most as many requests as its documentation says and returns within the configured limits. A whole
/// request that fails is the outer error; failures of single items are in the list, in the order of the question.
pub trait Remote: Send + Sync {
    /// What this remote can do.
    fn capabilities(&self) -> Capabilities;

    /// Finds the configured folder, one request or one for each step of its path.
    ///
    /// # Errors
    /// [`RemoteClass::FolderGone`] names the missing part.
    fn resolve_folder(&self) -> Result<Folder, RemoteError>;

    /// Finds the configured folder for a pair that is about to be bound to it, and makes it where the configuration asks for that.
    ///
    /// # Errors
    /// As [`resolve_folder`](Self::resolve_folder).
    fn prepare_folder(&self) -> Result<Folder, RemoteError> {
        self.resolve_folder()
    }

    /// A page of what changed since the cursor, or of everything without one; ids only, one request.
    ///
    /// # Errors
    /// [`RemoteClass::CursorInvalid`] when the cursor is refused.
    fn changes(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError>;

    /// The items of these ids with the values of the mapped properties at least, in order; at most [`Capabilities::fetch`] ids, one
    /// request, and one or more for pictures where they are mapped and there. Pictures come with their bytes.
    ///
    /// # Errors
    /// When the whole request fails.
    fn fetch(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError>;

    /// The items of the folder that bear one of these stamps; one request for every [`Capabilities::write`] stamps.
    ///
    /// # Errors
    /// When the whole request fails.
    fn find_stamped(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError>;

    /// Creates items without pictures, at most [`Capabilities::write`]; one request, never sent twice.
    ///
    /// # Errors
    /// When the whole request fails; `outcome_unknown` tells whether it may have been carried out.
    fn create(
        &self,
        folder: &FolderId,
        items: &[NewItem],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError>;

    /// Changes items of the folder: what is named, never a picture, and of [`Capabilities::computed`] what follows from it; at most
    /// [`Capabilities::write`] items; one request, or two when a name or the list of e-mail addresses is changed, or something that is
    /// written [`together`](Capabilities::together) with what is not known.
    ///
    /// # Errors
    /// When the whole request fails. A stale version is a conflict of that item, with nothing written.
    fn update(
        &self,
        folder: &FolderId,
        updates: &[Update],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError>;

    /// Makes this the item's only picture, or takes its pictures away: a look at the item, then one request that adds and one that
    /// takes away, in an order in which a death in between loses no picture (semantics 39). What it answers is the version that
    /// these left behind (semantics 25), and an older one where somebody else may have written in between.
    ///
    /// # Errors
    /// When any of it fails: what was added before that is the item's picture. A stale version is a conflict, with nothing written.
    fn set_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        mapped: &[Property],
    ) -> Result<Written, RemoteError>;

    /// Moves items of the folder to the deleted ones, at most [`Capabilities::write`]; one request. One that is gone already counts as done.
    ///
    /// # Errors
    /// When the whole request fails.
    fn delete(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
    ) -> Result<Vec<Result<(), RemoteError>>, RemoteError>;

    /// The ids that this kind of server gives to items of the mailbox that another kind gave these ids, in order, none for what it does not
    /// know; at most [`TRANSLATED`] ids; one request, and more only where one id spoils it.
    ///
    /// # Errors
    /// When it cannot translate ids of that kind, or the whole request fails.
    fn translate(&self, kind: &str, _ids: &[ItemId]) -> Result<Vec<Option<ItemId>>, RemoteError> {
        Err(RemoteError::new(
            RemoteClass::Permanent,
            format!(
                "ids of \"{kind}\" cannot be translated to those of \"{}\"",
                self.capabilities().kind
            ),
        ))
    }

    /// How far the server's clock is ahead of this machine's, as its answers tell; `None` before the first one.
    fn clock(&self) -> Option<Skew>;

    /// How many requests were sent since this value was made.
    fn requests(&self) -> u64;
}
