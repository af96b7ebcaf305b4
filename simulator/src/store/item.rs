//! An item as stored.

use std::sync::Arc;

use super::attachment::Attachment;
use super::folder::FolderNo;
use super::ids::KeyType;
use crate::contact::value::Properties;

/// One item. A write makes a new value; readers keep theirs.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its number, new after a move.
    pub number: u64,
    /// The number that it was made with, which stays when it moves.
    pub origin: u64,
    /// The folder it is in.
    pub folder: FolderNo,
    /// The change that its ChangeKey shows.
    pub key: u64,
    /// Its newest change in this folder, by which a sync finds it.
    pub change: u64,
    /// The change before that one, 0 if none.
    pub change_before: u64,
    /// The change that brought it into this folder.
    pub arrived: u64,
    /// Its newest change that was not one of its attachments alone.
    pub written: u64,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// When its content was last written, seconds since 1970.
    pub modified: i64,
    /// Who wrote it last.
    pub modified_by: Arc<str>,
    /// Its item class.
    pub class: Arc<str>,
    /// Its content.
    pub properties: Properties,
    /// Files at it, oldest first.
    pub attachments: Vec<Arc<Attachment>>,
}

/// The kind of element that shows an item (EWS reference, section 2.2, notes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// `t:Contact`
    Contact,
    /// `t:DistributionList`
    DistributionList,
    /// `t:Message`
    Message,
    /// `t:Item`
    Other,
}

impl ItemKind {
    /// The kind of an item class.
    pub fn of(class: &str) -> Self {
        let is = |base: &str| {
            class
                .get(..base.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(base))
                && matches!(class.as_bytes().get(base.len()), None | Some(b'.'))
        };
        if is("IPM.Contact") {
            Self::Contact
        } else if is("IPM.DistList") {
            Self::DistributionList
        } else if is("IPM.Note") {
            Self::Message
        } else {
            Self::Other
        }
    }

    /// The local name of the element.
    pub fn element(self) -> &'static str {
        match self {
            Self::Contact => "Contact",
            Self::DistributionList => "DistributionList",
            Self::Message => "Message",
            Self::Other => "Item",
        }
    }

    /// The type number of its change keys.
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Contact => KeyType::Contact,
            Self::DistributionList => KeyType::DistributionList,
            Self::Message | Self::Other => KeyType::Message,
        }
    }
}

impl Item {
    /// The kind of this item.
    pub fn kind(&self) -> ItemKind {
        ItemKind::of(&self.class)
    }

    /// The photo. Of several, which a client leaves that attaches the new one before it removes
    /// the old one, any may be shown; here it is the newest (EWS reference, section 2.8).
    pub fn photo(&self) -> Option<&Arc<Attachment>> {
        self.attachments.iter().rev().find(|found| found.photo)
    }

    /// A number of bytes such as item:Size shows.
    pub fn size(&self) -> usize {
        let files: usize = self.attachments.iter().map(|file| file.size()).sum();
        self.properties.size() + files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_classes_of_a_contact_are_contacts() {
        assert_eq!(ItemKind::of("IPM.Contact"), ItemKind::Contact);
        assert_eq!(ItemKind::of("IPM.Contact.Custom"), ItemKind::Contact);
        assert_eq!(ItemKind::of("IPM.Contacts"), ItemKind::Other);
        assert_eq!(ItemKind::of("IPM.DistList"), ItemKind::DistributionList);
        assert_eq!(ItemKind::of("IPM.Note"), ItemKind::Message);
    }
}
