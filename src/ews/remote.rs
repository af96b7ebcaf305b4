//! The port, call by call.

use super::changes::change_of;
use super::email_list;
use super::entries::Entry;
use super::folder::find;
use super::listing::{has_no_lists, is_listed};
use super::map;
use super::transport::Answered;
use super::wire::{
    self, ConflictResolution, CreateItem, FolderRef, GetFolder, GetItem, IsEqualTo, Items,
    SyncFolderItems, UpdateItem,
};
use super::{Ews, photo};
use crate::contact::{Picture, Property};
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Stamp};
use crate::sync::ports::{
    Capabilities, ChangePage, Fetched, Folder, Item, NewItem, Remote, Update, Written, distinct,
};
use crate::web::folder_error::as_folder_error;

/// The tag of our cursors and ids.
pub(super) const KIND: &str = "ews";

impl Ews {
    /// The tag of its cursors and ids.
    pub const KIND: &str = KIND;

    /// Whether a parent folder is the given one. Ids of one folder may be written in two ways, and a guess
    /// would be a deletion: a parent with an unknown id is looked up, once.
    pub(super) fn is_same_folder(
        &self,
        folder: &FolderId,
        parent: &str,
    ) -> Result<bool, RemoteError> {
        if parent == folder.as_str() {
            return Ok(true);
        }
        let known = self.shared.parents.lock().ok();
        if let Some(same) = known.and_then(|parents| parents.get(parent).copied()) {
            return Ok(same);
        }
        let operation = GetFolder {
            folder_ids: vec![FolderRef::Id(parent.to_owned())],
        };
        let same = match self.on_folder(&operation, parent) {
            Ok((found, _)) => found.0.iter().any(|found| found.id == folder.as_str()),
            Err(error) if error.class == RemoteClass::FolderGone => false,
            Err(error) => return Err(error),
        };
        if let Ok(mut parents) = self.shared.parents.lock() {
            parents.insert(parent.to_owned(), same);
        }
        Ok(same)
    }

    fn fetched(
        &self,
        folder: &FolderId,
        mapped: &[Property],
        entry: Entry<Items>,
        answered: &Answered,
    ) -> Result<(Fetched, Option<wire::Attachment>), RemoteError> {
        let without_photo = |fetched| Ok((fetched, None));
        let item = match entry {
            Ok(mut items) => items.0.pop(),
            Err(error) if error.class == RemoteClass::Gone => return without_photo(Fetched::Gone),
            Err(error) => return without_photo(Fetched::Failed(error)),
        };
        let mut contact = match item {
            Some(wire::Item::Contact(contact)) => contact,
            Some(wire::Item::Other { item_id, .. }) => {
                let version = item_id.change_key.unwrap_or_default();
                return without_photo(Fetched::Foreign(ChangeKey::new(version)));
            }
            None => return without_photo(Fetched::Failed(answered.incomplete("the item"))),
        };
        if let Some(parent) = &contact.parent_folder_id
            && !self.is_same_folder(folder, parent)?
        {
            return without_photo(Fetched::Gone);
        }
        let Some(change_key) = contact.item_id.change_key.clone() else {
            return without_photo(Fetched::Failed(answered.incomplete("the ChangeKey")));
        };
        let overflow = self.shared.transport.config().email_overflow;
        let values = email_list::read(&mut contact, mapped, overflow);
        let selection = &self.shared.transport.config().selection;
        if selection.leaves_out(&contact, &values) {
            return without_photo(Fetched::Foreign(ChangeKey::new(change_key)));
        }
        let photo = photo::is_mapped(mapped)
            .then(|| photo::photo_of(&contact.attachments).cloned())
            .flatten();
        let item = Item {
            id: ItemId::new(&contact.item_id.id),
            change_key: ChangeKey::new(change_key),
            contact: values,
            stamp: map::stamp_of(&contact),
            modified: map::modified_of(&contact),
        };
        Ok((Fetched::Item(Box::new(item)), photo))
    }
}

fn as_port(folder: wire::Folder) -> Folder {
    Folder {
        id: FolderId::new(folder.id),
        name: folder.display_name,
        total: folder.total_count,
    }
}

/// The id and version that a write answers.
fn written(entry: Entry<Items>, answered: &Answered) -> Entry<Written> {
    let item = entry?.0.pop();
    let id = item.map(|item| item.item_id().clone());
    match id {
        Some(wire::ItemId {
            id,
            change_key: Some(change_key),
        }) => Ok(Written {
            id: ItemId::new(id),
            change_key: ChangeKey::new(change_key),
        }),
        Some(_) | None => Err(answered.incomplete("the id of the written item")),
    }
}

pub(super) fn without_version(id: &ItemId) -> wire::ItemId {
    wire::ItemId {
        id: id.as_str().to_owned(),
        change_key: None,
    }
}

pub(super) fn by_id(folder: &FolderId) -> FolderRef {
    FolderRef::Id(folder.as_str().to_owned())
}

impl Remote for Ews {
    fn capabilities(&self) -> Capabilities {
        let config = self.shared.transport.config();
        let pacer = &self.shared.pacer;
        Capabilities {
            kind: KIND,
            page: pacer.now(config.page_size),
            fetch: pacer.now(config.get_item_batch),
            write: pacer.now(config.write_batch),
            picture: usize::try_from(config.photo_limit).unwrap_or(usize::MAX),
            lists: Vec::new(),
            together: Vec::new(),
            computed: vec![
                Property::FileAs,
                Property::FileAsMapping,
                Property::DisplayName,
                Property::Subject,
                Property::Initials,
                Property::Culture,
                Property::PostalAddressIndex,
            ],
        }
    }

    fn resolve_folder(&self) -> Result<Folder, RemoteError> {
        let folder = find(&self.shared.transport, &self.limits, false)?;
        Ok(as_port(folder))
    }

    fn prepare_folder(&self) -> Result<Folder, RemoteError> {
        let transport = &self.shared.transport;
        let folder = find(transport, &self.limits, transport.config().create_folder)?;
        Ok(as_port(folder))
    }

    fn changes(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        if let Some(foreign) = cursor.filter(|cursor| cursor.kind != KIND) {
            return Err(RemoteError::new(
                RemoteClass::CursorInvalid,
                format!("the cursor is one of \"{}\", not of EWS", foreign.kind),
            ));
        }
        if is_listed(cursor) {
            return self.list_and_compare(folder, cursor);
        }
        let page_size = self.shared.transport.config().page_size;
        let page_size = self.shared.pacer.now(page_size);
        let operation = SyncFolderItems {
            folder: by_id(folder),
            sync_state: cursor.map(|cursor| cursor.text.clone()),
            max_changes: u16::try_from(page_size).unwrap_or(wire::MAX_CHANGES),
        };
        let (page, answered) = match self.on_folder(&operation, folder.as_str()) {
            // A folder that has given a SyncState has change lists.
            Err(error) if cursor.is_none() && has_no_lists(&error) => {
                return self.list_and_compare(folder, None).map_err(|_| error);
            }
            answer => answer?,
        };
        let state = page.sync_state.filter(|state| !state.is_empty());
        Ok(ChangePage {
            changes: distinct(page.changes.into_iter().filter_map(change_of)),
            cursor: Cursor {
                kind: KIND.to_owned(),
                text: state.ok_or_else(|| answered.incomplete("the SyncState"))?,
            },
            last: page.includes_last.unwrap_or(true),
        })
    }

    fn fetch(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let selection = &self.shared.transport.config().selection;
        let operation = GetItem {
            shape: map::shape(&selection.asked(mapped)),
            item_ids: ids.iter().map(without_version).collect(),
        };
        let (entries, answered) = self.entries(&operation, ids.len())?;
        let fetched: Result<Vec<_>, RemoteError> = entries
            .into_iter()
            .map(|entry| self.fetched(folder, mapped, entry, &answered))
            .collect();
        self.with_photos(fetched?)
    }

    fn find_stamped(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError> {
        if stamps.is_empty() {
            return Ok(Vec::new());
        }
        let path = map::stamp_uri();
        let any_of: Vec<IsEqualTo> = stamps
            .iter()
            .map(|stamp| IsEqualTo {
                path: path.clone(),
                value: stamp.as_str().to_owned(),
            })
            .collect();
        let (found, answered) = self.find_all(folder, &any_of)?;
        found
            .into_iter()
            .filter(|item| matches!(item, wire::Item::Contact(_)))
            .map(|item| written(Ok(Items(vec![item])), &answered))
            .collect()
    }

    fn create(
        &self,
        folder: &FolderId,
        items: &[NewItem],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let overflow = self.shared.transport.config().email_overflow;
        let fields_of = |item: &NewItem| {
            let contact = email_list::spread(&item.contact, overflow);
            map::new_item(&contact, &item.stamp)
        };
        let operation = CreateItem {
            folder: by_id(folder),
            contacts: items.iter().map(fields_of).collect(),
        };
        let as_error = |error| as_folder_error(error, folder.as_str());
        let (entries, answered) = self.entries(&operation, items.len()).map_err(as_error)?;
        let written = entries.into_iter().map(|entry| written(entry, &answered));
        Ok(written.collect())
    }

    fn update(
        &self,
        _: &FolderId,
        updates: &[Update],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let mut item_changes = Vec::new();
        let mut written_at_all = Vec::with_capacity(updates.len());
        for (update, plan) in updates.iter().zip(self.plans(updates)?) {
            written_at_all.push(plan.map(|writes| {
                let any = !writes.is_empty();
                if any {
                    item_changes.push(wire::ItemUpdate {
                        item_id: wire::ItemId {
                            id: update.id.as_str().to_owned(),
                            change_key: Some(update.change_key.as_str().to_owned()),
                        },
                        updates: writes,
                    });
                }
                any
            }));
        }
        let mut answers = Vec::new();
        if !item_changes.is_empty() {
            let count = item_changes.len();
            let operation = UpdateItem {
                conflict_resolution: ConflictResolution::NeverOverwrite,
                item_changes,
            };
            let (entries, answered) = self.entries(&operation, count)?;
            answers.extend(entries.into_iter().map(|entry| written(entry, &answered)));
        }
        let mut answers = answers.into_iter();
        let all = updates.iter().zip(written_at_all);
        let all = all.map(|(update, written)| match written {
            Err(error) => Err(error),
            // The item holds all of it already.
            Ok(false) => Ok(Written {
                id: update.id.clone(),
                change_key: update.change_key.clone(),
            }),
            Ok(true) => answers.next().unwrap_or_else(|| {
                let message = "the answer to an update is missing";
                Err(RemoteError::new(RemoteClass::Transient, message))
            }),
        });
        Ok(all.collect())
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

    fn delete(
        &self,
        _: &FolderId,
        ids: &[ItemId],
    ) -> Result<Vec<Result<(), RemoteError>>, RemoteError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.to_deleted_items(ids)
    }

    fn clock(&self) -> Option<Skew> {
        self.shared.transport.clock()
    }

    fn requests(&self) -> u64 {
        self.shared.transport.requests()
    }
}
