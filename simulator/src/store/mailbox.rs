//! Mailboxes and the folders that each one starts with.

use std::collections::{BTreeMap, BTreeSet};

use super::Store;
use super::folder::{Folder, FolderNo};
use super::ids;

/// One mailbox.
pub struct Mailbox {
    /// Its primary SMTP address.
    pub address: String,
    /// Its GUID as text, part of every id.
    pub guid: String,
}

/// Folders of a new mailbox: distinguished name, parent's distinguished name, class, name, hidden.
///
/// The folders below Contacts are those of the recorded FindFolder answers.
const FOLDERS: &[(Option<&str>, &str, &str, &str, bool)] = &[
    (Some("root"), "", "", "", false),
    (
        Some("msgfolderroot"),
        "root",
        "",
        "Top of Information Store",
        false,
    ),
    (
        Some("contacts"),
        "msgfolderroot",
        "IPF.Contact",
        "Contacts",
        false,
    ),
    (
        Some("deleteditems"),
        "msgfolderroot",
        "IPF.Note",
        "Deleted Items",
        false,
    ),
    (Some("inbox"), "msgfolderroot", "IPF.Note", "Inbox", false),
    (
        Some("recoverableitemsroot"),
        "root",
        "",
        "Recoverable Items",
        true,
    ),
    (
        Some("recoverableitemsdeletions"),
        "recoverableitemsroot",
        "",
        "Deletions",
        true,
    ),
    (
        Some("quickcontacts"),
        "contacts",
        "IPF.Contact.MOC.QuickContacts",
        "{06967759-274D-40B2-A3EB-D7F9E73727D7}",
        true,
    ),
    (
        Some("imcontactlist"),
        "contacts",
        "IPF.Contact.MOC.ImContactList",
        "{A9E2BC46-B3A0-4243-B315-60D991004455}",
        true,
    ),
    (None, "contacts", "IPF.Contact.Company", "Companies", true),
    (
        None,
        "contacts",
        "IPF.Contact.GalContacts",
        "GAL Contacts",
        true,
    ),
    (
        None,
        "contacts",
        "IPF.Contact.OrganizationalContacts",
        "Organizational Contacts",
        true,
    ),
    (
        None,
        "contacts",
        "IPF.Contact.PeopleCentricConversationBuddies",
        "PeopleCentricConversation Buddies",
        true,
    ),
    (
        Some("recipientcache"),
        "contacts",
        "IPF.Contact.RecipientCache",
        "Recipient Cache",
        true,
    ),
];

/// What the public folders are kept under in place of a mailbox's address.
const PUBLIC: &str = "public folders";

/// The distinguished name of their root, which is the same for every account.
pub const PUBLIC_ROOT: &str = "publicfoldersroot";

impl Store {
    /// Adds the root of the public folders, which belong to no mailbox.
    pub fn add_public_folders(&mut self) {
        let index = self.mailboxes.len();
        self.mailboxes.push(Mailbox {
            address: PUBLIC.to_owned(),
            guid: ids::guid(u64::MAX),
        });
        self.push_folder(index, None, Some(PUBLIC_ROOT), "", "IPM_SUBTREE", false);
    }

    /// Whether a folder is a public one.
    pub fn is_public(&self, folder: &Folder) -> bool {
        let mailbox = self.mailboxes.get(folder.mailbox);
        mailbox.is_some_and(|mailbox| mailbox.address == PUBLIC)
    }

    /// Adds a mailbox with its folders; the index of an existing one of that address.
    pub fn add_mailbox(&mut self, address: &str) -> usize {
        if let Some(index) = self.mailbox(address) {
            return index;
        }
        let index = self.mailboxes.len();
        let seed = address
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3)
            });
        self.mailboxes.push(Mailbox {
            address: address.to_owned(),
            guid: ids::guid(seed),
        });
        for (distinguished, parent, class, name, hidden) in FOLDERS {
            let parent = self.distinguished(index, parent);
            self.push_folder(index, parent, *distinguished, class, name, *hidden);
        }
        index
    }

    /// Index of the mailbox of an address, whatever its letter case.
    pub fn mailbox(&self, address: &str) -> Option<usize> {
        self.mailboxes
            .iter()
            .position(|m| m.address.eq_ignore_ascii_case(address))
    }

    /// A distinguished folder of a mailbox.
    pub fn distinguished(&self, mailbox: usize, name: &str) -> Option<FolderNo> {
        self.folders()
            .find(|f| {
                f.distinguished == Some(name) && (f.mailbox == mailbox || name == PUBLIC_ROOT)
            })
            .map(|f| f.number)
    }

    /// The child of that name, whatever its letter case.
    pub fn child(&self, parent: FolderNo, name: &str) -> Option<FolderNo> {
        let wanted = name.to_lowercase();
        self.children(parent)
            .find(|f| f.name.to_lowercase() == wanted)
            .map(|f| f.number)
    }

    /// Folders directly below a folder.
    pub fn children(&self, parent: FolderNo) -> impl Iterator<Item = &Folder> {
        self.folders().filter(move |f| f.parent == Some(parent))
    }

    /// A folder by distinguished name or a path that starts with one: `contacts/Customers`.
    pub fn folder_by_path(&self, mailbox: usize, path: &str) -> Option<FolderNo> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let mut folder = self.distinguished(mailbox, parts.next()?)?;
        for part in parts {
            folder = self.child(folder, part)?;
        }
        Some(folder)
    }

    /// Adds a folder for people's use.
    pub fn create_folder(&mut self, parent: FolderNo, class: &str, name: &str) -> Option<FolderNo> {
        let mailbox = self.folder(parent)?.mailbox;
        Some(self.push_folder(mailbox, Some(parent), None, class, name, false))
    }

    /// Gives a folder another name.
    pub fn rename_folder(&mut self, number: FolderNo, name: &str) {
        let key = self.next_change();
        if let Some(folder) = self.folders.get_mut(number.index()) {
            name.clone_into(&mut folder.name);
            folder.key = key;
        }
    }

    /// Deletes a folder with what is in it and below it.
    pub fn remove_folder(&mut self, number: FolderNo) {
        let below: Vec<FolderNo> = self.children(number).map(|folder| folder.number).collect();
        for child in below {
            self.remove_folder(child);
        }
        let items: Vec<u64> = self
            .folder(number)
            .map(|f| f.items.iter().copied().collect())
            .unwrap_or_default();
        for item in items {
            self.remove(item);
        }
        let key = self.next_change();
        if let Some(folder) = self.folders.get_mut(number.index()) {
            folder.key = key;
            folder.gone = true;
        }
    }

    fn push_folder(
        &mut self,
        mailbox: usize,
        parent: Option<FolderNo>,
        distinguished: Option<&'static str>,
        class: &str,
        name: &str,
        hidden: bool,
    ) -> FolderNo {
        let number = FolderNo(u32::try_from(self.folders.len()).unwrap_or(u32::MAX));
        let key = self.next_change();
        self.folders.push(Folder {
            number,
            mailbox,
            parent,
            distinguished,
            class: class.to_owned(),
            name: name.to_owned(),
            hidden,
            gone: false,
            key,
            changed: crate::clock::now(),
            departures: 0,
            items: BTreeSet::new(),
            live: BTreeMap::new(),
            departed: BTreeMap::new(),
        });
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_has_its_folders() {
        let mut store = Store::new(&["a@example.com".to_owned(), "b@example.com".to_owned()], 1);
        assert_eq!(store.mailbox("B@Example.com"), Some(1));
        let contacts = store.distinguished(1, "contacts").unwrap();
        assert_eq!(store.children(contacts).count(), 7);
        assert!(store.children(contacts).all(|f| f.hidden));
        let customers = store
            .create_folder(contacts, "IPF.Contact", "Customers")
            .unwrap();
        assert_eq!(
            store.folder_by_path(1, "contacts/customers"),
            Some(customers)
        );
        assert_eq!(store.folder_by_path(0, "contacts/customers"), None);
        let public = store.distinguished(0, PUBLIC_ROOT).unwrap();
        assert_eq!(store.distinguished(1, PUBLIC_ROOT), Some(public));
        let shared = store
            .create_folder(public, "IPF.Contact", "Customers")
            .unwrap();
        assert!(store.is_public(store.folder(shared).unwrap()));
        assert!(!store.is_public(store.folder(customers).unwrap()));
    }
}
