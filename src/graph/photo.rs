//! The contact's photo ("profilePhoto resource type", Microsoft Graph documentation).

use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;

use super::Graph;
use super::address::Path;
use super::calls::Call;
use super::transport::Body;
use crate::contact::{Fingerprint, Picture, PictureFormat, Property, Value};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, FolderId, ItemId};
use crate::sync::ports::{Fetched, Item, Written};

impl Graph {
    fn photo(&self, id: &ItemId) -> Path {
        self.mailbox().contact(id).below("photo").below("$value")
    }

    /// Puts the photos into fetched contacts, by one request.
    pub(super) fn with_photos(
        &self,
        mut fetched: Vec<Fetched>,
    ) -> Result<Vec<Fetched>, RemoteError> {
        let mut items: Vec<&mut Fetched> = fetched
            .iter_mut()
            .filter(|fetched| matches!(fetched, Fetched::Item(_)))
            .collect();
        let calls: Vec<Call> = items
            .iter()
            .filter_map(|fetched| match fetched {
                Fetched::Item(item) => Some(Call::get(self.photo(&item.id))),
                Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_) => None,
            })
            .collect();
        let limit = self.shared.transport.config().photo_limit;
        // One that has none says so like one that is not there: no outage.
        for (fetched, reply) in items.iter_mut().zip(self.calls(&calls)?) {
            let photo = match reply.success() {
                Ok(reply) => Ok(value_of(reply.bytes, limit)),
                Err(error) if error.class == RemoteClass::Gone => Ok(None),
                Err(error) => Err(error),
            };
            match (photo, &mut **fetched) {
                (Ok(value), Fetched::Item(item)) => item.contact.set(Property::Photo, value),
                (Err(error), fetched) => *fetched = Fetched::Failed(error),
                (Ok(_), Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_)) => {}
            }
        }
        Ok(fetched)
    }

    /// Makes this the contact's photo, or takes it away. Neither looks at a version, so the contact is looked at before and after.
    pub(super) fn replace_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        mapped: &[Property],
    ) -> Result<Written, RemoteError> {
        let before = self.look(folder, id, mapped)?;
        if before.change_key != *change_key {
            return Err(RemoteError::new(
                RemoteClass::Conflict,
                "somebody else has changed the contact",
            ));
        }
        let call = match picture {
            Some(picture) => Call {
                body: Some(body(picture)?),
                ..Call::new(Method::PUT, self.photo(id))
            },
            None => Call::new(Method::DELETE, self.photo(id)),
        };
        match self.call(&call)?.success() {
            Err(error) if picture.is_none() && error.class == RemoteClass::Gone => {}
            reply => drop(reply?),
        }
        let after = self.look(folder, id, mapped)?;
        // The version is ours only if nobody else wrote in between: else the one before is kept, and the next list names the contact
        // (semantics 25).
        let ours = after.contact == before.contact;
        Ok(Written {
            id: id.clone(),
            change_key: if ours {
                after.change_key
            } else {
                before.change_key
            },
        })
    }

    fn look(
        &self,
        folder: &FolderId,
        id: &ItemId,
        mapped: &[Property],
    ) -> Result<Box<Item>, RemoteError> {
        let mut mapped = mapped.to_vec();
        mapped.retain(|property| *property != Property::Photo);
        let fetched = self.fetch_all(folder, std::slice::from_ref(id), &mapped)?;
        match fetched.into_iter().next() {
            Some(Fetched::Item(item)) => Ok(item),
            Some(Fetched::Failed(error)) => Err(error),
            Some(Fetched::Gone | Fetched::Foreign(_)) | None => Err(RemoteError::new(
                RemoteClass::Gone,
                "the contact is no longer there",
            )),
        }
    }
}

fn body(picture: &Picture) -> Result<Body, RemoteError> {
    let Some(bytes) = picture.bytes() else {
        let message = "the picture is not at hand";
        return Err(RemoteError::new(RemoteClass::Untried, message));
    };
    let format = PictureFormat::of(bytes).unwrap_or(PictureFormat::Jpeg);
    let bytes = Bytes::copy_from_slice(bytes);
    Ok(Body::Bytes(format.media_type(), bytes))
}

/// A photo that is larger than the user allows, or of a format that no browser shows, is left alone on both sides.
fn value_of(bytes: Vec<u8>, limit: u64) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    let fits = bytes.len() as u64 <= limit && PictureFormat::of(&bytes).is_some();
    Some(if fits {
        Value::Picture(Picture::with(Fingerprint::of(&bytes), Arc::from(bytes)))
    } else {
        Value::Opaque(format!("a photo of {} bytes", bytes.len()))
    })
}
