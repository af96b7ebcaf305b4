//! Writing items; every write is a change of its folder.

use std::sync::Arc;

use super::Store;
use super::attachment::{self, Attachment};
use super::folder::{Departed, FolderNo};
use super::item::Item;
use crate::clock;
use crate::contact::value::Properties;

impl Store {
    /// Makes an item.
    pub fn create(
        &mut self,
        folder: FolderNo,
        class: &str,
        properties: Properties,
        by: &str,
    ) -> Arc<Item> {
        self.create_with(folder, class, properties, Vec::new(), by)
    }

    /// Makes an item with attachments.
    pub fn create_with(
        &mut self,
        folder: FolderNo,
        class: &str,
        properties: Properties,
        attachments: Vec<Attachment>,
        by: &str,
    ) -> Arc<Item> {
        let now = clock::now();
        let attachments = attachments
            .into_iter()
            .map(|attachment| self.number_attachment(attachment))
            .collect::<Vec<_>>();
        let pictured = !attachments.is_empty();
        let mut item = Item {
            number: 0,
            origin: 0,
            folder,
            key: 0,
            change: 0,
            change_before: 0,
            arrived: 0,
            written: 0,
            created: now,
            modified: now,
            modified_by: by.into(),
            class: class.into(),
            properties,
            attachments,
        };
        if pictured {
            attachment::settle_picture(&mut item);
        }
        self.insert(item, None)
    }

    /// Brings an item into its folder under a new number, as a change; one that moves brings its key.
    fn insert(&mut self, mut item: Item, key: Option<u64>) -> Arc<Item> {
        item.properties.shrink();
        item.number = self.next_item;
        self.next_item += 1;
        match key {
            Some(_) => {
                self.moved.insert(item.origin, item.number);
            }
            None => item.origin = item.number,
        }
        let change = self.next_change();
        item.key = key.unwrap_or(change);
        item.change = change;
        item.change_before = 0;
        item.arrived = change;
        item.written = change;
        let item = Arc::new(item);
        self.items.insert(item.number, Arc::clone(&item));
        if let Some(folder) = self.folders.get_mut(item.folder.index()) {
            folder.items.insert(item.number);
            folder.live.insert(change, item.number);
            folder.changed = clock::now();
        }
        item
    }

    /// Replaces an item's content.
    pub fn update(&mut self, number: u64, properties: Properties, by: &str) -> Option<Arc<Item>> {
        let mut item = Item::clone(self.items.get(&number)?);
        item.properties = properties;
        item.properties.shrink();
        item.modified = clock::now();
        item.modified_by = by.into();
        item.written = self.last_change + 1;
        Some(self.replace(item))
    }

    /// Gives an item a new change key and nothing else, as housekeeping of a server does
    /// (EWS reference, section 4).
    pub fn touch(&mut self, number: u64) -> Option<Arc<Item>> {
        let mut item = Item::clone(self.items.get(&number)?);
        item.written = self.last_change + 1;
        Some(self.replace(item))
    }

    pub(super) fn replace(&mut self, mut item: Item) -> Arc<Item> {
        let change = self.next_change();
        if let Some(folder) = self.folders.get_mut(item.folder.index()) {
            folder.live.remove(&item.change);
            folder.live.insert(change, item.number);
            folder.changed = clock::now();
        }
        item.key = change;
        item.change_before = item.change;
        item.change = change;
        let item = Arc::new(item);
        self.items.insert(item.number, Arc::clone(&item));
        item
    }

    /// Removes an item for good.
    pub fn remove(&mut self, number: u64) -> Option<Arc<Item>> {
        let item = self.items.remove(&number)?;
        let change = self.next_change();
        if let Some(folder) = self.folders.get_mut(item.folder.index()) {
            folder.items.remove(&number);
            folder.live.remove(&item.change);
            folder.departures += 1;
            folder.changed = clock::now();
            folder.departed.insert(
                change,
                Departed {
                    number,
                    origin: item.origin,
                    arrived: item.arrived,
                    change: item.change,
                    change_before: item.change_before,
                    kind: item.kind(),
                },
            );
        }
        Some(item)
    }

    /// Moves an item: a new number, hence a new id; the change key stays
    /// (EWS reference, section 2.0).
    pub fn move_item(&mut self, number: u64, target: FolderNo) -> Option<Arc<Item>> {
        self.folder(target)?;
        let item = self.remove(number)?;
        let mut item = Arc::unwrap_or_clone(item);
        item.folder = target;
        let key = item.key;
        Some(self.insert(item, Some(key)))
    }

    /// Copies an item with everything it has, extended properties and attachments included.
    pub fn copy_item(&mut self, number: u64, target: FolderNo) -> Option<Arc<Item>> {
        self.folder(target)?;
        let mut item = Item::clone(self.items.get(&number)?);
        let now = clock::now();
        item.folder = target;
        (item.created, item.modified) = (now, now);
        Some(self.insert(item, None))
    }
}
