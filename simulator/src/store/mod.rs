//! Everything the server remembers: mailboxes, folders, items and the order of their changes.

pub mod attachment;
pub mod changes;
pub mod folder;
pub mod ids;
pub mod item;
pub mod mailbox;
mod rest_ids;
pub mod sync_state;
mod writes;

use std::collections::HashMap;
use std::sync::Arc;

use crate::contact::extended::Registry;
use folder::{Folder, FolderNo};
use ids::{Id, IdSpace};
use item::Item;
use mailbox::Mailbox;

/// The whole store; one lock guards it.
pub struct Store {
    /// Mailboxes in the order of the command line.
    pub mailboxes: Vec<Mailbox>,
    /// Names of extended properties.
    pub registry: Registry,
    /// How ids are made.
    pub ids: IdSpace,
    folders: Vec<Folder>,
    items: HashMap<u64, Arc<Item>>,
    /// The number that each moved item was made with to its number now.
    moved: HashMap<u64, u64>,
    next_item: u64,
    next_attachment: u64,
    last_change: u64,
}

/// Why an id leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdError {
    /// Empty text.
    Empty,
    /// Not an id at all.
    Malformed,
    /// The id of a folder where an item's is wanted.
    FolderForItem,
    /// The id of an item where a folder's is wanted.
    ItemForFolder,
    /// A well-formed id of something that is not there (any more).
    NotFound,
}

impl Store {
    /// A store with these mailboxes, each with the folders of [`mailbox`].
    pub fn new(addresses: &[String], instance: u64) -> Self {
        let mut store = Self {
            mailboxes: Vec::new(),
            registry: Registry::default(),
            ids: IdSpace::new(instance),
            folders: Vec::new(),
            items: HashMap::new(),
            moved: HashMap::new(),
            next_item: 0,
            next_attachment: 0,
            last_change: 0,
        };
        for address in addresses {
            store.add_mailbox(address);
        }
        store.add_public_folders();
        store
    }

    /// Number of the newest change.
    pub fn last_change(&self) -> u64 {
        self.last_change
    }

    fn next_change(&mut self) -> u64 {
        self.last_change += 1;
        self.last_change
    }

    /// The item of that number.
    pub fn item(&self, number: u64) -> Option<&Arc<Item>> {
        self.items.get(&number)
    }

    /// The folder of that number.
    pub fn folder(&self, number: FolderNo) -> Option<&Folder> {
        self.folders
            .get(number.index())
            .filter(|folder| !folder.gone)
    }

    /// All folders of all mailboxes.
    pub fn folders(&self) -> impl Iterator<Item = &Folder> {
        self.folders.iter().filter(|folder| !folder.gone)
    }

    /// All folders, also those that were deleted.
    pub fn folders_ever(&self) -> impl Iterator<Item = &Folder> {
        self.folders.iter()
    }

    /// Finds an item by its id; the id of a moved item leads nowhere (EWS reference, section 2.0).
    pub fn item_by_id(&self, id: &str) -> Result<&Arc<Item>, IdError> {
        if id.is_empty() {
            return Err(IdError::Empty);
        }
        match self.ids.read(id) {
            None => Err(IdError::Malformed),
            Some(Id::Folder { .. }) => Err(IdError::FolderForItem),
            Some(Id::Foreign) => Err(IdError::NotFound),
            Some(Id::Item { folder, item }) => self
                .items
                .get(&item)
                .filter(|found| found.folder == folder)
                .ok_or(IdError::NotFound),
        }
    }

    /// Finds a folder by its id.
    pub fn folder_by_id(&self, id: &str) -> Result<&Folder, IdError> {
        if id.is_empty() {
            return Err(IdError::Empty);
        }
        match self.ids.read(id) {
            None => Err(IdError::Malformed),
            Some(Id::Item { .. }) => Err(IdError::ItemForFolder),
            Some(Id::Foreign) => Err(IdError::NotFound),
            Some(Id::Folder { folder }) => self.folder(folder).ok_or(IdError::NotFound),
        }
    }

    /// The id of an item.
    pub fn item_id(&self, item: &Item) -> String {
        self.ids
            .item(self.guid_of(item.folder), item.folder, item.number)
    }

    /// The id that an item had in a folder.
    pub fn former_item_id(&self, folder: FolderNo, number: u64) -> String {
        self.ids.item(self.guid_of(folder), folder, number)
    }

    /// The id of a folder.
    pub fn folder_id(&self, folder: FolderNo) -> String {
        self.ids.folder(self.guid_of(folder), folder)
    }

    /// Of a folder that was deleted too.
    fn guid_of(&self, folder: FolderNo) -> &str {
        self.folders
            .get(folder.index())
            .and_then(|f| self.mailboxes.get(f.mailbox))
            .map_or("", |m| m.guid.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::value::Properties;

    #[test]
    fn an_id_is_case_sensitive_and_bound_to_its_folder() {
        let mut store = Store::new(&["a@example.com".to_owned()], 7);
        let contacts = store.distinguished(0, "contacts").unwrap();
        let bin = store.distinguished(0, "deleteditems").unwrap();
        let first = store.create(contacts, "IPM.Contact", Properties::default(), "x");
        let second = store.create(contacts, "IPM.Contact", Properties::default(), "x");
        let (one, two) = (store.item_id(&first), store.item_id(&second));
        assert_ne!(one, two);
        assert!(
            one.eq_ignore_ascii_case(&two),
            "neighbours differ in letter case only"
        );
        assert_eq!(store.item_by_id(&one).unwrap().number, first.number);
        assert!(store.move_item(first.number, bin).is_some());
        assert_eq!(store.item_by_id(&one).unwrap_err(), IdError::NotFound);
        assert_eq!(
            store.item_by_id("nonsense").unwrap_err(),
            IdError::Malformed
        );
        assert_eq!(
            store.item_by_id(&store.folder_id(bin)).unwrap_err(),
            IdError::FolderForItem
        );
    }
}
