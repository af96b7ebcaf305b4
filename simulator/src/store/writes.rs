//! Writing items; every write is a change of its folder.

use std::sync::Arc;

use super::Store;
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
        let now = clock::now();
        self.insert(
            folder,
            class.into(),
            properties,
            (now, now),
            by.into(),
            None,
        )
    }

    fn insert(
        &mut self,
        folder: FolderNo,
        class: Arc<str>,
        mut properties: Properties,
        (created, modified): (i64, i64),
        modified_by: Arc<str>,
        key: Option<u64>,
    ) -> Arc<Item> {
        properties.shrink();
        let number = self.next_item;
        self.next_item += 1;
        let change = self.next_change();
        let item = Arc::new(Item {
            number,
            folder,
            key: key.unwrap_or(change),
            change,
            change_before: 0,
            arrived: change,
            created,
            modified,
            modified_by,
            class,
            properties,
        });
        self.items.insert(number, Arc::clone(&item));
        if let Some(folder) = self.folders.get_mut(folder.index()) {
            folder.items.insert(number);
            folder.live.insert(change, number);
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
        Some(self.replace(item))
    }

    /// Gives an item a new change key and nothing else, as housekeeping of a server does
    /// (EWS reference, section 4).
    pub fn touch(&mut self, number: u64) -> Option<Arc<Item>> {
        let item = Item::clone(self.items.get(&number)?);
        Some(self.replace(item))
    }

    fn replace(&mut self, mut item: Item) -> Arc<Item> {
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
        let item = Arc::unwrap_or_clone(item);
        let times = (item.created, item.modified);
        Some(self.insert(
            target,
            item.class,
            item.properties,
            times,
            item.modified_by,
            Some(item.key),
        ))
    }

    /// Copies an item with everything it has, extended properties included.
    pub fn copy_item(&mut self, number: u64, target: FolderNo) -> Option<Arc<Item>> {
        self.folder(target)?;
        let item = Item::clone(self.items.get(&number)?);
        let now = clock::now();
        Some(self.insert(
            target,
            item.class,
            item.properties,
            (now, now),
            item.modified_by,
            None,
        ))
    }
}
