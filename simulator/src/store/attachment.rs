//! Attachments of items (EWS reference, section 2.8).

use std::sync::Arc;

use super::item::{Item, ItemKind};
use super::{IdError, Store};
use crate::clock;
use crate::contact::fields::HAS_PICTURE;
use crate::contact::value::Value;

/// The name under which clients expect a contact's photo (EWS reference, section 2.8).
pub const PHOTO_NAME: &str = "ContactPicture.jpg";

/// A file at an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its number, part of its id; it stays when the item is written.
    pub number: u64,
    /// Name
    pub name: String,
    /// ContentType; empty where nobody gave one.
    pub content_type: String,
    /// ContentId
    pub content_id: String,
    /// ContentLocation
    pub location: String,
    /// IsInline
    pub inline: bool,
    /// IsContactPhoto
    pub photo: bool,
    /// When it was made, seconds since 1970.
    pub modified: i64,
    /// The file.
    pub content: Vec<u8>,
}

impl Attachment {
    /// A photo as Outlook attaches one.
    pub fn of_photo(content: Vec<u8>) -> Self {
        Self {
            number: 0,
            name: PHOTO_NAME.to_owned(),
            content_type: "image/jpeg".to_owned(),
            content_id: String::new(),
            location: String::new(),
            inline: false,
            photo: true,
            modified: 0,
            content,
        }
    }

    /// Size as servers count it: what the attachment takes in the store, more than its content.
    pub fn size(&self) -> usize {
        self.content.len() + 2 * (self.name.len() + self.content_type.len()) + 160
    }
}

impl Store {
    /// Puts an attachment to an item, which is a change of the item; the number that it gets.
    pub fn attach(
        &mut self,
        number: u64,
        attachment: Attachment,
        by: &str,
    ) -> Option<(Arc<Item>, u64)> {
        let mut item = Item::clone(self.item(number)?);
        let attachment = self.number_attachment(attachment);
        let made = attachment.number;
        item.attachments.push(attachment);
        Some((self.save_attachments(item, by), made))
    }

    /// Takes attachments away from an item, which is a change of the item.
    pub fn detach(
        &mut self,
        number: u64,
        gone: impl Fn(&Attachment) -> bool,
        by: &str,
    ) -> Option<Arc<Item>> {
        let mut item = Item::clone(self.item(number)?);
        item.attachments.retain(|attachment| !gone(attachment));
        Some(self.save_attachments(item, by))
    }

    /// Removes all photos of an item and puts another one there, in one change, as Outlook does.
    pub fn replace_photo(
        &mut self,
        number: u64,
        photo: Attachment,
        by: &str,
    ) -> Option<(Arc<Item>, u64)> {
        let mut item = Item::clone(self.item(number)?);
        item.attachments.retain(|attachment| !attachment.photo);
        let photo = self.number_attachment(photo);
        let made = photo.number;
        item.attachments.push(photo);
        Some((self.save_attachments(item, by), made))
    }

    pub(super) fn number_attachment(&mut self, mut attachment: Attachment) -> Arc<Attachment> {
        attachment.number = self.next_attachment;
        attachment.modified = clock::now();
        self.next_attachment += 1;
        Arc::new(attachment)
    }

    fn save_attachments(&mut self, mut item: Item, by: &str) -> Arc<Item> {
        settle_picture(&mut item);
        item.modified = clock::now();
        item.modified_by = by.into();
        self.replace(item)
    }

    /// Finds an attachment by its id. The id holds the item's, so it leads nowhere when the item
    /// has moved (EWS reference, section 2.0).
    pub fn attachment_by_id(&self, id: &str) -> Result<(&Arc<Item>, &Arc<Attachment>), IdError> {
        let (folder, item, attachment) = self.ids.read_attachment(id).ok_or(IdError::Malformed)?;
        self.item(item)
            .filter(|found| found.folder == folder)
            .and_then(|item| {
                let found = item
                    .attachments
                    .iter()
                    .find(|found| found.number == attachment);
                Some((item, found?))
            })
            .ok_or(IdError::NotFound)
    }

    /// The id of an attachment.
    pub fn attachment_id(&self, item: &Item, attachment: u64) -> String {
        self.ids.attachment(
            self.guid_of(item.folder),
            item.folder,
            item.number,
            attachment,
        )
    }
}

/// HasPicture follows from the photos (EWS reference, section 10, item 8).
pub(super) fn settle_picture(item: &mut Item) {
    let pictured = item.kind() == ItemKind::Contact && item.photo().is_some();
    item.properties
        .put(HAS_PICTURE, pictured.then(|| Value::text("true")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::value::Properties;

    #[test]
    fn an_id_survives_a_write_and_not_a_move() {
        let mut store = Store::new(&["a@example.com".to_owned()], 7);
        let contacts = store.distinguished(0, "contacts").unwrap();
        let bin = store.distinguished(0, "deleteditems").unwrap();
        let item = store.create(contacts, "IPM.Contact", Properties::default(), "x");
        let (with, made) = store
            .attach(item.number, Attachment::of_photo(vec![1, 2]), "x")
            .unwrap();
        assert!(with.key > item.key && with.properties.text(HAS_PICTURE) == "true");
        let id = store.attachment_id(&with, made);
        store.touch(item.number).unwrap();
        assert_eq!(store.attachment_by_id(&id).unwrap().1.content, [1, 2]);
        let moved = store.move_item(item.number, bin).unwrap();
        assert_eq!(store.attachment_by_id(&id).unwrap_err(), IdError::NotFound);
        let id = store.attachment_id(&moved, made);
        assert_eq!(store.attachment_by_id(&id).unwrap().1.content, [1, 2]);
        let without = store.detach(moved.number, |a| a.photo, "x").unwrap();
        assert_eq!(without.properties.text(HAS_PICTURE), "");
        let item_id = store.item_id(&moved);
        assert_eq!(
            store.attachment_by_id(&item_id).unwrap_err(),
            IdError::Malformed
        );
    }
}
