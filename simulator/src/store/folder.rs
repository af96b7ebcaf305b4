//! A folder and its index of changes.

use std::collections::{BTreeMap, BTreeSet};

/// Number of a folder in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderNo(pub u32);

impl FolderNo {
    /// Its place in the store's list.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// What remains of an item that left a folder.
#[derive(Debug, Clone)]
pub struct Departed {
    /// Its number while it was here.
    pub number: u64,
    /// The number that it was made with.
    pub origin: u64,
    /// The change that had brought it.
    pub arrived: u64,
    /// Its newest change before it left.
    pub change: u64,
    /// The change before that one.
    pub change_before: u64,
    /// The element that showed it.
    pub kind: super::item::ItemKind,
}

/// One folder.
#[derive(Debug)]
pub struct Folder {
    /// Its number.
    pub number: FolderNo,
    /// Index of its mailbox.
    pub mailbox: usize,
    /// The folder above it.
    pub parent: Option<FolderNo>,
    /// Its distinguished name, if it has one.
    pub distinguished: Option<&'static str>,
    /// FolderClass; empty for the root.
    pub class: String,
    /// DisplayName.
    pub name: String,
    /// PR_ATTR_HIDDEN
    pub hidden: bool,
    /// Deleted; its number is never used again.
    pub gone: bool,
    /// The change that its ChangeKey shows.
    pub key: u64,
    /// Time of the newest change to its content, seconds since 1970.
    pub changed: i64,
    /// How many items ever left it.
    pub departures: u32,
    /// Numbers of its items, in order of arrival.
    pub items: BTreeSet<u64>,
    /// Newest change of each item to the item's number.
    pub live: BTreeMap<u64, u64>,
    /// Change by which an item left to what remains of it.
    pub departed: BTreeMap<u64, Departed>,
}

impl Folder {
    /// Whether contacts may be made in it.
    pub fn holds_contacts(&self) -> bool {
        self.class == "IPF.Contact" || self.class.starts_with("IPF.Contact.")
    }
}
