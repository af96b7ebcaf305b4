//! Room in memory for pictures: many contacts with large ones are not fetched at once.

use super::settle::fetch;
use crate::contact::{Contact, Picture, Property, Value};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{FolderId, ItemId};
use crate::sync::ports::{Fetched, Remote};

/// So many bytes of pictures may be in memory for one list of items.
const BYTES: usize = 32 << 20;

/// So many items are taken at a time where they come with pictures of at most so many bytes: for these there is always room.
pub(super) fn portion(largest: usize) -> usize {
    (BYTES / largest.max(1)).clamp(1, 32)
}

/// Fetched items, as many as there is room for. The others have not been tried: they wait, as what failed in passing does, and are
/// fetched later in smaller portions.
pub(super) struct Room {
    fetched: Vec<Fetched>,
    taken: usize,
    pictures: bool,
}

impl Room {
    /// Without `pictures` only their fingerprints are kept, and there is room for any number.
    pub(super) const fn new(pictures: bool) -> Self {
        Self {
            fetched: Vec::new(),
            taken: 0,
            pictures,
        }
    }

    /// Fetches a few items more, one request for them and their pictures.
    ///
    /// # Errors
    /// When the whole request fails.
    pub(super) fn fetch(
        &mut self,
        remote: &dyn Remote,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<(), RemoteError> {
        if self.taken >= BYTES {
            let error = RemoteError::new(
                RemoteClass::Untried,
                "the pictures of other contacts come first",
            );
            let untried = ids.iter().map(|_| Fetched::Failed(error.clone()));
            self.fetched.extend(untried);
            return Ok(());
        }
        for mut fetched in fetch(remote, folder, ids, mapped)? {
            if let Fetched::Item(item) = &mut fetched {
                if self.pictures {
                    self.taken += size(&item.contact);
                } else {
                    forget_bytes(&mut item.contact);
                }
            }
            self.fetched.push(fetched);
        }
        Ok(())
    }

    /// One answer for each id that was asked for, in order.
    pub(super) fn into_fetched(self) -> Vec<Fetched> {
        self.fetched
    }
}

/// How many bytes a contact's pictures have.
fn size(contact: &Contact) -> usize {
    let bytes = contact.iter().filter_map(|(_, value)| match value {
        Value::Picture(picture) => picture.bytes().map(|bytes| bytes.len()),
        _ => None,
    });
    bytes.sum()
}

fn forget_bytes(contact: &mut Contact) {
    let pictures: Vec<(Property, Picture)> = contact
        .iter()
        .filter_map(|(property, value)| match value {
            Value::Picture(picture) => Some((property, Picture::known(picture.print()))),
            _ => None,
        })
        .collect();
    for (property, picture) in pictures {
        contact.set(property, Some(Value::Picture(picture)));
    }
}
