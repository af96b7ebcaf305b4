//! Ids as Microsoft Graph shows them (Graph reference, section 7): those of EWS in URL-safe base64,
//! which change when an item moves, and immutable ones, which do not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::folder::{Folder, FolderNo};
use super::ids::{from_counter, from_six, six, spread, to_counter};
use super::item::Item;
use super::{IdError, Store};

/// What an immutable id starts with.
const HEAD: [u8; 6] = [0, 9, 0, 0x2E, 0, 0];
/// Bytes of an immutable id; 72 characters.
const LENGTH: usize = 54;
/// Where the entry id of MAPI stands in an item's id of EWS.
const ENTRY: std::ops::Range<usize> = 42..112;

impl Store {
    /// An item's id for Graph.
    pub fn rest_id(&self, item: &Item, immutable: bool) -> String {
        self.former_rest_id(item.folder, item.number, item.origin, immutable)
    }

    /// The id that an item had for Graph in a folder.
    pub fn former_rest_id(
        &self,
        folder: FolderNo,
        number: u64,
        origin: u64,
        immutable: bool,
    ) -> String {
        match immutable {
            true => self.immutable_id(self.guid_of(folder), origin),
            false => to_rest(&self.former_item_id(folder, number)),
        }
    }

    /// A folder's id for Graph, the same of either kind.
    pub fn rest_folder_id(&self, folder: FolderNo) -> String {
        to_rest(&self.folder_id(folder))
    }

    /// Neighbours differ in the case of one letter only, as other ids do.
    fn immutable_id(&self, mailbox: &str, origin: u64) -> String {
        let seed = mailbox.bytes().fold(7, |hash: u64, byte| {
            hash.rotate_left(9).wrapping_mul(31) ^ u64::from(byte)
        });
        let mut bytes = HEAD.to_vec();
        bytes.extend_from_slice(&spread(seed));
        bytes.extend_from_slice(&self.ids.database);
        bytes.extend_from_slice(&six(to_counter(origin)));
        bytes.resize(LENGTH, 0);
        URL_SAFE.encode(bytes)
    }

    /// Finds an item by either kind of id.
    pub fn item_by_rest_id(&self, id: &str) -> Result<&Arc<Item>, IdError> {
        if id.is_empty() {
            return Err(IdError::Empty);
        }
        let bytes = URL_SAFE.decode(id).map_err(|_| IdError::Malformed)?;
        if bytes.len() != LENGTH || !bytes.starts_with(&HEAD) {
            return self.item_by_id(&STANDARD.encode(bytes));
        }
        let counter = bytes.get(38..44).and_then(from_six);
        let origin = counter.and_then(from_counter).ok_or(IdError::NotFound)?;
        self.item_of_origin(origin)
            .filter(|item| self.rest_id(item, true) == id)
            .ok_or(IdError::NotFound)
    }

    /// The item that was made with that number, wherever it has moved.
    pub fn item_of_origin(&self, origin: u64) -> Option<&Arc<Item>> {
        let number = self.moved.get(&origin).unwrap_or(&origin);
        self.item(*number).filter(|item| item.origin == origin)
    }

    /// Finds a folder by its id for Graph.
    pub fn folder_by_rest_id(&self, id: &str) -> Result<&Folder, IdError> {
        let bytes = URL_SAFE.decode(id).map_err(|_| IdError::Malformed)?;
        self.folder_by_id(&STANDARD.encode(bytes))
    }

    /// Finds an item by an id of one of the kinds that translateExchangeIds knows.
    pub fn item_by_kind_of_id(&self, kind: &str, id: &str) -> Result<&Arc<Item>, IdError> {
        match kind {
            "ewsId" => self.item_by_id(id),
            "entryId" => {
                let entry = URL_SAFE.decode(id).map_err(|_| IdError::Malformed)?;
                // The mailbox is not part of an entry id: any item's id lends its head.
                let folder = entry
                    .get(38..44)
                    .and_then(from_six)
                    .and_then(super::ids::folder_of_six)
                    .ok_or(IdError::Malformed)?;
                let mut bytes = STANDARD
                    .decode(self.former_item_id(folder, 0))
                    .unwrap_or_default();
                if entry.len() != ENTRY.len() || bytes.len() < ENTRY.end {
                    return Err(IdError::Malformed);
                }
                bytes.splice(ENTRY, entry);
                self.item_by_id(&STANDARD.encode(bytes))
            }
            "immutableEntryId" => {
                let entry = URL_SAFE.decode(id).map_err(|_| IdError::Malformed)?;
                let whole = [HEAD.as_slice(), entry.as_slice()].concat();
                self.item_by_rest_id(&URL_SAFE.encode(whole))
            }
            _ => self.item_by_rest_id(id),
        }
    }

    /// An item's id of one of those kinds.
    pub fn kind_of_id(&self, kind: &str, item: &Item) -> String {
        match kind {
            "ewsId" => self.item_id(item),
            "entryId" => {
                let bytes = STANDARD.decode(self.item_id(item)).unwrap_or_default();
                URL_SAFE.encode(bytes.get(ENTRY).unwrap_or_default())
            }
            "immutableEntryId" => {
                let whole = URL_SAFE
                    .decode(self.rest_id(item, true))
                    .unwrap_or_default();
                URL_SAFE.encode(whole.get(HEAD.len()..).unwrap_or_default())
            }
            kind => self.rest_id(item, kind == "restImmutableEntryId"),
        }
    }
}

fn to_rest(id: &str) -> String {
    id.replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::value::Properties;

    const KINDS: [&str; 5] = [
        "ewsId",
        "restId",
        "restImmutableEntryId",
        "entryId",
        "immutableEntryId",
    ];

    /// Graph reference, section 7.
    #[test]
    fn every_kind_of_id_leads_to_its_item() {
        let mut store = Store::new(&["a@example.com".to_owned(), "b@example.com".to_owned()], 7);
        let contacts = store.distinguished(1, "contacts").unwrap();
        let items: Vec<_> = (0..40)
            .map(|_| store.create(contacts, "IPM.Contact", Properties::default(), "x"))
            .collect();
        for item in &items {
            for kind in KINDS {
                let id = store.kind_of_id(kind, item);
                let found = store.item_by_kind_of_id(kind, &id).unwrap();
                assert_eq!(found.number, item.number, "{kind} {id}");
            }
        }
        let (one, two) = (
            store.rest_id(&items[0], true),
            store.rest_id(&items[1], true),
        );
        assert!(one != two && one.eq_ignore_ascii_case(&two) && one.len() == 72);
        assert!(one.starts_with("AAkALgAA"), "{one}");
    }

    /// Graph reference, section 7: a move changes the one kind and not the other.
    #[test]
    fn an_immutable_id_stays_over_moves() {
        let mut store = Store::new(&["a@example.com".to_owned()], 7);
        let contacts = store.distinguished(0, "contacts").unwrap();
        let bin = store.distinguished(0, "deleteditems").unwrap();
        let item = store.create(contacts, "IPM.Contact", Properties::default(), "x");
        let (fixed, rest) = (store.rest_id(&item, true), store.rest_id(&item, false));
        let moved = store.move_item(item.number, bin).unwrap();
        let back = store.move_item(moved.number, contacts).unwrap();
        assert_eq!(store.item_by_rest_id(&fixed).unwrap().number, back.number);
        assert_eq!(store.item_by_rest_id(&rest).unwrap_err(), IdError::NotFound);
        let copy = store.copy_item(back.number, contacts).unwrap();
        assert_ne!(store.rest_id(&copy, true), fixed);
        store.remove(back.number);
        assert_eq!(
            store.item_by_rest_id(&fixed).unwrap_err(),
            IdError::NotFound
        );
    }
}
