//! The contact's photo: an attachment of the item that is marked as such (semantics 39).

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Ews;
use super::map;
use super::remote::without_version;
use super::transport::Answered;
use super::wire::{
    self, Attachment, ContactItem, CreateAttachment, DeleteAttachment, GetAttachment, GetItem,
};
use crate::contact::{
    Contact, Fingerprint, Kind, Picture, PictureFormat, Property, Value, decode_base64,
    encode_base64, parse_micros,
};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, FolderId, ItemId};
use crate::sync::ports::{Fetched, Written};

/// The name under which clients expect a contact's photo.
const NAME: &str = "ContactPicture.jpg";

/// So many bytes of photos are asked for by one request, unless one alone has more.
const BYTES: u64 = 8 << 20;

/// What an attachment takes at most beside its content, as servers count it.
const OVERHEAD: u64 = 4 << 10;

/// Whether the photo is mapped.
pub(super) fn is_mapped(mapped: &[Property]) -> bool {
    mapped
        .iter()
        .any(|property| property.kind() == Kind::Picture)
}

/// The photo of an item: of several the newest one, which is the last of those that were attached in the same second. A delivery
/// that was killed leaves the older ones beside it until the next.
pub(super) fn photo_of(attachments: &[Attachment]) -> Option<&Attachment> {
    let time = |photo: &&Attachment| {
        let time = photo.last_modified_time.as_deref();
        time.and_then(parse_micros)
    };
    // Of several that are the greatest, this gives the last.
    photos(attachments).max_by_key(time)
}

fn photos(attachments: &[Attachment]) -> impl Iterator<Item = &Attachment> {
    attachments
        .iter()
        .filter(|attachment| attachment.is_contact_photo)
}

/// A picture with its fingerprint.
fn picture(bytes: Vec<u8>) -> Picture {
    let print = Fingerprint(Sha256::digest(&bytes).into());
    Picture::with(print, Arc::from(bytes))
}

/// An item with its attachments, looked at before and after its photo is changed.
struct Seen {
    item: Box<ContactItem>,
    contact: Contact,
    change_key: ChangeKey,
}

impl Seen {
    fn photo_ids(&self) -> Vec<String> {
        photos(&self.item.attachments)
            .map(|photo| photo.id.clone())
            .collect()
    }
}

impl Ews {
    /// Puts the photos into fetched items, by as few requests as their sizes allow.
    pub(super) fn with_photos(
        &self,
        fetched: Vec<(Fetched, Option<Attachment>)>,
    ) -> Result<Vec<Fetched>, RemoteError> {
        let limit = self.photo_limit();
        let mut all = Vec::with_capacity(fetched.len());
        let mut wanted: Vec<(usize, Attachment)> = Vec::new();
        for (place, (fetched, photo)) in fetched.into_iter().enumerate() {
            all.push(fetched);
            match photo {
                Some(photo) if photo.size.is_some_and(|size| size > limit + OVERHEAD) => {
                    give(&mut all, place, Ok(left_alone(&photo)));
                }
                Some(photo) => wanted.push((place, photo)),
                None => {}
            }
        }
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fitting = rest.iter().take_while(|(_, photo)| {
                bytes += photo.size.unwrap_or(limit);
                bytes <= BYTES
            });
            let (now, later) = rest.split_at(fitting.count().max(1).min(rest.len()));
            rest = later;
            let operation = GetAttachment {
                attachment_ids: now.iter().map(|(_, photo)| photo.id.clone()).collect(),
            };
            let (contents, answered) = self.entries(&operation, now.len())?;
            for ((place, photo), content) in now.iter().zip(contents) {
                let value = content.and_then(|content| {
                    let bytes = content.content.as_deref().and_then(decode_base64);
                    let bytes = bytes.ok_or_else(|| answered.incomplete("a photo"))?;
                    let fits = bytes.len() as u64 <= limit && PictureFormat::of(&bytes).is_some();
                    Ok(if fits {
                        Value::Picture(picture(bytes))
                    } else {
                        left_alone(photo)
                    })
                });
                give(&mut all, *place, value);
            }
        }
        Ok(all)
    }

    fn photo_limit(&self) -> u64 {
        self.shared.transport.config().photo_limit
    }

    /// Makes this the item's only photo, or takes its photos away. The new one is there before the old ones go, so that whatever
    /// happens in between loses none.
    pub(super) fn replace_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        mapped: &[Property],
    ) -> Result<Written, RemoteError> {
        let before = self.look_at_photos(folder, id, mapped)?;
        if before.change_key != *change_key {
            return Err(RemoteError::new(
                RemoteClass::Conflict,
                "somebody else has changed the contact",
            ));
        }
        let mut written = Written {
            id: id.clone(),
            change_key: change_key.clone(),
        };
        let mut left = Vec::new();
        if let Some(picture) = picture {
            let (photo, change_key) = self.attach(&written, picture)?;
            written.change_key = change_key;
            left.push(photo);
        }
        let old = before.photo_ids();
        if old.is_empty() {
            return Ok(written);
        }
        self.detach(old)?;
        // Deleting an attachment looks at no version. The last one is ours only if nobody else wrote in between: else the one before
        // is kept, and the next list names the item (semantics 25).
        let after = self.look_at_photos(folder, id, mapped)?;
        if after.contact == before.contact && after.photo_ids() == left {
            written.change_key = after.change_key;
        }
        Ok(written)
    }

    fn look_at_photos(
        &self,
        folder: &FolderId,
        id: &ItemId,
        mapped: &[Property],
    ) -> Result<Seen, RemoteError> {
        let operation = GetItem {
            shape: map::shape(mapped),
            item_ids: vec![without_version(id)],
        };
        let gone = || RemoteError::new(RemoteClass::Gone, "the contact is no longer there");
        let (mut entries, answered) = self.entries(&operation, 1)?;
        let item = match entries.pop() {
            Some(entry) => entry?.0.pop(),
            None => None,
        };
        let Some(wire::Item::Contact(item)) = item else {
            return Err(gone());
        };
        if let Some(parent) = &item.parent_folder_id
            && !self.is_same_folder(folder, parent)?
        {
            return Err(gone());
        }
        let Some(change_key) = &item.item_id.change_key else {
            return Err(answered.incomplete("the ChangeKey"));
        };
        Ok(Seen {
            contact: map::contact_of(&item, mapped),
            change_key: ChangeKey::new(change_key),
            item,
        })
    }

    /// Attaches a photo; gives its id and the item's new version.
    fn attach(
        &self,
        parent: &Written,
        picture: &Picture,
    ) -> Result<(String, ChangeKey), RemoteError> {
        let Some(bytes) = picture.bytes() else {
            let message = "the picture is not at hand";
            return Err(RemoteError::new(RemoteClass::Untried, message));
        };
        let format = PictureFormat::of(bytes).unwrap_or(PictureFormat::Jpeg);
        let operation = CreateAttachment {
            parent_item_id: wire::ItemId {
                id: parent.id.as_str().to_owned(),
                change_key: Some(parent.change_key.as_str().to_owned()),
            },
            name: NAME.to_owned(),
            content_type: format.media_type().to_owned(),
            content: encode_base64(bytes),
        };
        let (mut entries, answered) = self.entries(&operation, 1)?;
        let incomplete = |answered: &Answered| answered.incomplete("the id of the photo");
        let created = entries.pop().ok_or_else(|| incomplete(&answered))??;
        let both = created.id.zip(created.root_change_key);
        let (id, key) = both.ok_or_else(|| incomplete(&answered))?;
        Ok((id, ChangeKey::new(key)))
    }

    /// Takes photos away. One that is gone already counts as done.
    fn detach(&self, attachment_ids: Vec<String>) -> Result<(), RemoteError> {
        let count = attachment_ids.len();
        let operation = DeleteAttachment { attachment_ids };
        let (entries, _) = self.entries(&operation, count)?;
        let mut failed = entries.into_iter().filter_map(Result::err);
        match failed.find(|error| error.class != RemoteClass::Gone) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Puts one photo into its item, or says why the item cannot be given.
fn give(all: &mut [Fetched], place: usize, photo: Result<Value, RemoteError>) {
    match (photo, all.get_mut(place)) {
        (Ok(value), Some(Fetched::Item(item))) => item.contact.set(Property::Photo, Some(value)),
        // It was replaced or removed after the item had been read.
        (Err(error), Some(fetched)) if error.class == RemoteClass::Gone => {
            *fetched = Fetched::Failed(RemoteError {
                class: RemoteClass::Untried,
                ..error
            });
        }
        (Err(error), Some(fetched)) => *fetched = Fetched::Failed(error),
        (Ok(_), Some(Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_)))
        | (Ok(_) | Err(_), None) => {}
    }
}

/// A photo that is larger than the user allows, or of a format that no browser shows: it is left alone on both sides.
fn left_alone(photo: &Attachment) -> Value {
    Value::Opaque(format!(
        "a photo of {} bytes, attached {}",
        photo.size.unwrap_or_default(),
        photo.last_modified_time.as_deref().unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(id: &str, time: &str, is_contact_photo: bool) -> Attachment {
        Attachment {
            id: id.to_owned(),
            size: None,
            last_modified_time: (!time.is_empty()).then(|| time.to_owned()),
            is_contact_photo,
        }
    }

    /// semantics 39: of several photos the newest one counts; other attachments never do.
    #[test]
    fn the_newest_photo_counts() {
        let (old, new) = ("2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z");
        for (attachments, expected) in [
            (vec![], None),
            (vec![attachment("file", new, false)], None),
            (
                vec![attachment("a", new, true), attachment("b", old, true)],
                Some("a"),
            ),
            (
                vec![
                    attachment("a", old, true),
                    attachment("b", old, true),
                    attachment("file", new, false),
                ],
                Some("b"),
            ),
            (
                vec![attachment("a", old, true), attachment("b", "", true)],
                Some("a"),
            ),
        ] {
            let photo = photo_of(&attachments).map(|photo| photo.id.as_str());
            assert_eq!(photo, expected);
        }
    }
}
