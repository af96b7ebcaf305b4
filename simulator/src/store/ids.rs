//! Ids and change keys of the shapes that servers use (EWS reference, section 2.0, and the
//! recorded answers): base64 of the mailbox's GUID as text and a binary entry id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::folder::FolderNo;

/// Type number at the start of a change key.
#[derive(Debug, Clone, Copy)]
pub enum KeyType {
    /// A folder without a special kind, also ParentFolderId.
    Folder = 1,
    /// A contacts folder.
    ContactsFolder = 3,
    /// A message or any other item.
    Message = 9,
    /// A contact.
    Contact = 0x11,
    /// A distribution list.
    DistributionList = 0x12,
}

/// What an id names.
#[derive(Debug, PartialEq, Eq)]
pub enum Id {
    /// An item in a folder.
    Item {
        /// The folder.
        folder: FolderNo,
        /// The item's number.
        item: u64,
    },
    /// A folder.
    Folder {
        /// The folder's number.
        folder: FolderNo,
    },
    /// Well-formed, but of another server or an earlier run.
    Foreign,
}

/// Makes and reads ids. A new start makes other ids, so that stored ones never hit another item.
pub struct IdSpace {
    pub(super) provider: [u8; 16],
    pub(super) database: [u8; 16],
}

const ITEM_MARK: u8 = 0x46;
const FOLDER_MARK: u8 = 0x2E;
const ITEM_LENGTH: usize = 113;
const FOLDER_LENGTH: usize = 89;
/// One attachment on the way, whose entry takes 18 bytes, of which its name takes 16.
const ATTACHMENT_MARK: [u8; 5] = [1, 0x12, 0, 0x10, 0];

impl IdSpace {
    /// Ids of one run of the server.
    pub fn new(instance: u64) -> Self {
        Self {
            provider: spread(instance ^ 0x70726f76),
            database: spread(instance ^ 0x64617461),
        }
    }

    /// The id of an item, 152 characters. Items numbered 2n and 2n+1 get ids that differ only in
    /// the case of one letter: who compares ids without regard to case must notice.
    pub fn item(&self, mailbox: &str, folder: FolderNo, item: u64) -> String {
        let mut bytes = Vec::with_capacity(ITEM_LENGTH);
        self.head(&mut bytes, mailbox, ITEM_MARK, 7);
        bytes.extend_from_slice(&six(u64::from(folder.0) + FOLDER_BASE));
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&self.database);
        bytes.extend_from_slice(&six(to_counter(item)));
        bytes.extend_from_slice(&[0, 0, 0]);
        STANDARD.encode(bytes)
    }

    /// The id of an attachment: that of its item, whose last byte counts the attachments on the way,
    /// and a name of 16 bytes.
    pub fn attachment(
        &self,
        mailbox: &str,
        folder: FolderNo,
        item: u64,
        attachment: u64,
    ) -> String {
        let mut bytes = STANDARD
            .decode(self.item(mailbox, folder, item))
            .unwrap_or_default();
        bytes.pop();
        bytes.extend_from_slice(&ATTACHMENT_MARK);
        bytes.extend(self.provider.iter().take(8));
        bytes.extend_from_slice(&attachment.to_be_bytes());
        STANDARD.encode(bytes)
    }

    /// Reads the id of an attachment: folder, item and attachment. None when it is none of ours.
    pub fn read_attachment(&self, id: &str) -> Option<(FolderNo, u64, u64)> {
        let mut bytes = STANDARD.decode(id).ok()?;
        if bytes.len() < ITEM_LENGTH {
            return None;
        }
        let tail = bytes.split_off(ITEM_LENGTH - 1);
        bytes.push(0);
        let (mark, name) = tail.split_at_checked(ATTACHMENT_MARK.len())?;
        let (ours, number) = name.split_at_checked(8)?;
        if mark != ATTACHMENT_MARK || ours != self.provider.get(..8)? {
            return None;
        }
        let number = u64::from_be_bytes(number.try_into().ok()?);
        match self.read(&STANDARD.encode(bytes))? {
            Id::Item { folder, item } => Some((folder, item, number)),
            _ => None,
        }
    }

    /// The id of a folder, 120 characters.
    pub fn folder(&self, mailbox: &str, folder: FolderNo) -> String {
        let mut bytes = Vec::with_capacity(FOLDER_LENGTH);
        self.head(&mut bytes, mailbox, FOLDER_MARK, 1);
        bytes.extend_from_slice(&six(u64::from(folder.0) + FOLDER_BASE));
        bytes.extend_from_slice(&[0, 0, 0]);
        STANDARD.encode(bytes)
    }

    fn head(&self, bytes: &mut Vec<u8>, mailbox: &str, mark: u8, kind: u8) {
        bytes.extend_from_slice(&[0, 3, 0x24, 0]);
        bytes.extend_from_slice(mailbox.as_bytes());
        bytes.extend_from_slice(&[mark, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.provider);
        bytes.extend_from_slice(&[kind, 0]);
        bytes.extend_from_slice(&self.database);
    }

    /// Reads an id; None when it is malformed.
    pub fn read(&self, id: &str) -> Option<Id> {
        let bytes = STANDARD.decode(id).ok()?;
        if bytes.get(..4)? != [0, 3, 0x24, 0] {
            return None;
        }
        let mark = *bytes.get(40)?;
        let ours = bytes.get(46..62)? == self.provider && bytes.get(64..80)? == self.database;
        let folder = || folder_of_six(from_six(bytes.get(80..86)?)?);
        match (mark, bytes.len()) {
            (ITEM_MARK, ITEM_LENGTH) if ours => {
                let item = from_counter(from_six(bytes.get(104..110)?)?);
                Some(
                    item.zip(folder())
                        .map_or(Id::Foreign, |(item, folder)| Id::Item { folder, item }),
                )
            }
            (FOLDER_MARK, FOLDER_LENGTH) if ours => {
                Some(folder().map_or(Id::Foreign, |folder| Id::Folder { folder }))
            }
            (ITEM_MARK, ITEM_LENGTH) | (FOLDER_MARK, FOLDER_LENGTH) => Some(Id::Foreign),
            _ => None,
        }
    }

    /// A change key: type, the length 22, a GUID and a counter, 40 characters.
    pub fn change_key(&self, kind: KeyType, change: u64) -> String {
        let mut bytes = Vec::with_capacity(30);
        bytes.extend_from_slice(&(kind as u32).to_le_bytes());
        bytes.extend_from_slice(&22u32.to_le_bytes());
        bytes.extend_from_slice(&self.database);
        bytes.extend_from_slice(&six(change + CHANGE_BASE));
        STANDARD.encode(bytes)
    }

    /// The change number in a change key, None when it is no full change key.
    pub fn read_change_key(&self, key: &str) -> Option<u64> {
        let bytes = STANDARD.decode(key).ok()?;
        if bytes.len() != 30 || bytes.get(4..8)? != 22u32.to_le_bytes() {
            return None;
        }
        if bytes.get(8..24)? != self.database {
            return Some(0);
        }
        Some(from_six(bytes.get(24..30)?)?.saturating_sub(CHANGE_BASE))
    }
}

const FOLDER_BASE: u64 = 0x10E;
const CHANGE_BASE: u64 = 0x3336_4B00;
const ITEM_BASE: u64 = 0xC_CDA4;

/// The short change key of sync deletions and ParentFolderId.
pub fn short_key(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Folder => "AQAAAA==",
        KeyType::ContactsFolder => "AwAAAA==",
        KeyType::Message => "CQAAAA==",
        KeyType::Contact => "EQAAAA==",
        KeyType::DistributionList => "EgAAAA==",
    }
}

/// The counter whose bits 4 to 9, one letter of the id, hold a letter of either case.
pub(super) fn to_counter(item: u64) -> u64 {
    let (pair, lower) = (item / 2, item % 2);
    let (low, letter, high) = (pair % 16, pair / 16 % 26, pair / 416);
    ((high + ITEM_BASE) << 10) | ((letter + 26 * lower) << 4) | low
}

pub(super) fn from_counter(counter: u64) -> Option<u64> {
    let (low, letter) = (counter & 15, counter >> 4 & 63);
    let high = (counter >> 10).checked_sub(ITEM_BASE)?;
    let (letter, lower) = if letter < 26 {
        (letter, 0)
    } else {
        (letter - 26, 1)
    };
    (letter < 26).then_some(((high * 26 + letter) * 16 + low) * 2 + lower)
}

pub(super) fn six(number: u64) -> [u8; 6] {
    let [_, _, six @ ..] = number.to_be_bytes();
    six
}

pub(super) fn from_six(bytes: &[u8]) -> Option<u64> {
    let six: [u8; 6] = bytes.try_into().ok()?;
    let [a, b, c, d, e, f] = six;
    Some(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// The folder of the number that ids hold for it.
pub(super) fn folder_of_six(number: u64) -> Option<FolderNo> {
    let number = number.checked_sub(FOLDER_BASE)?;
    u32::try_from(number).ok().map(FolderNo)
}

/// The next number of a fixed sequence without visible pattern (splitmix64).
pub fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Sixteen bytes out of a number.
pub(super) fn spread(seed: u64) -> [u8; 16] {
    let mut state = seed;
    let number = u128::from(mix(&mut state)) << 64 | u128::from(mix(&mut state));
    number.to_be_bytes()
}

/// A GUID as text out of a number.
pub fn guid(seed: u64) -> String {
    let hex: String = spread(seed).iter().map(|b| format!("{b:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_recorded_shape_and_come_back() {
        let ids = IdSpace::new(1);
        let guid = guid(5);
        for number in [0, 1, 2, 415, 416, 831, 832, 833, 100_000, 7_654_321] {
            let id = ids.item(&guid, FolderNo(3), number);
            assert!(
                id.starts_with("AAMk") && id.len() == 152 && id.ends_with('='),
                "{id}"
            );
            assert_eq!(
                ids.read(&id),
                Some(Id::Item {
                    folder: FolderNo(3),
                    item: number
                })
            );
        }
        let id = ids.folder(&guid, FolderNo(3));
        assert_eq!(
            (id.len(), ids.read(&id)),
            (
                120,
                Some(Id::Folder {
                    folder: FolderNo(3)
                })
            )
        );
        assert_eq!(IdSpace::new(2).read(&id), Some(Id::Foreign));
        assert_eq!(ids.read("AAMkAAA="), None);
    }

    #[test]
    fn the_id_of_an_attachment_holds_that_of_its_item() {
        let ids = IdSpace::new(1);
        let guid = guid(5);
        let (item, file) = (
            ids.item(&guid, FolderNo(3), 834),
            ids.attachment(&guid, FolderNo(3), 834, 7),
        );
        assert!(file.len() > item.len() && file.get(..148) == item.get(..148));
        assert_eq!(ids.read_attachment(&file), Some((FolderNo(3), 834, 7)));
        assert_eq!(ids.read_attachment(&item), None);
        assert_eq!(ids.read(&file), None);
        assert_eq!(IdSpace::new(2).read_attachment(&file), None);
    }

    #[test]
    fn neighbours_differ_only_in_case() {
        let ids = IdSpace::new(1);
        for number in (0..2000).step_by(2) {
            let (a, b) = (
                ids.item("g", FolderNo(1), number),
                ids.item("g", FolderNo(1), number + 1),
            );
            assert!(a != b);
        }
        let guid = guid(1);
        let (a, b) = (
            ids.item(&guid, FolderNo(1), 834),
            ids.item(&guid, FolderNo(1), 835),
        );
        assert!(a != b && a.eq_ignore_ascii_case(&b));
    }

    #[test]
    fn change_keys_have_the_recorded_shape() {
        let ids = IdSpace::new(1);
        let key = ids.change_key(KeyType::Contact, 42);
        assert!(key.starts_with("EQAAABYAAA") && key.len() == 40, "{key}");
        assert_eq!(ids.read_change_key(&key), Some(42));
        assert_eq!(ids.read_change_key("EQAAAA=="), None);
        assert!(
            ids.change_key(KeyType::ContactsFolder, 1)
                .starts_with("AwAAABYAAA")
        );
    }
}
