//! Pictures travel alone, after everything else of their contact, one at a time (semantics 39).

use super::{Desk, Note, Writing, target};
use crate::contact::{Contact, Picture, Property, Value};
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::plan::{Sent, after_sending};
use crate::sync::ports::{Effect, Look, Update};

impl Desk<'_, '_> {
    /// Sends pictures. The bytes of each are read just before it is sent, so that one at a time is in memory; a row that has
    /// another picture by then is looked at again.
    pub(super) fn send_pictures(
        &mut self,
        pictures: Vec<Writing>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<(), SyncError> {
        for writing in pictures {
            if self.failure.is_some() {
                return Ok(());
            }
            let Some(picture) = self.load(&writing.look, &writing.update)? else {
                continue;
            };
            let ready = self.intend(vec![writing])?;
            for (job, look, update) in ready {
                self.send_picture(job, look, update, picture.as_ref(), refreshes)?;
            }
        }
        Ok(())
    }

    /// The picture that is to be sent with its bytes, or none where it is to be taken away; nothing when the row has another one.
    fn load(&mut self, look: &Look, update: &Update) -> Result<Option<Option<Picture>>, SyncError> {
        let value = update.changes.iter().next().and_then(|(_, value)| value);
        match value {
            Some(Value::Picture(picture)) => {
                let store = &mut self.engine.store;
                Ok(store.picture(&look.key, picture.print())?.map(Some))
            }
            Some(_) | None => Ok(Some(None)),
        }
    }

    fn send_picture(
        &mut self,
        job: usize,
        look: Look,
        update: Update,
        picture: Option<&Picture>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<(), SyncError> {
        let folder = self.folder.clone();
        let mapped = self.engine.book.mapped.clone();
        let answers = self.send(std::slice::from_ref(&update), |remote, _| {
            let (id, key) = (&update.id, &update.change_key);
            match remote.set_photo(&folder, id, key, picture, &mapped) {
                Err(error) if error.is_outage() => Err(error),
                answer => Ok(vec![answer]),
            }
        })?;
        let Some(answer) = answers.into_iter().next() else {
            return Ok(());
        };
        let note = match answer {
            Ok(written) => {
                let sent = Sent::Updated(update.changes);
                let (mut step, more) = after_sending(&look, &sent, &written, &self.book.rules());
                // The report counts a contact once, whatever its picture took.
                let known = self.jobs.get(job).map(|job| job.effect);
                if matches!(known, Some(Effect::ItemCreated | Effect::ItemUpdated)) {
                    step.effect = Effect::Unchanged;
                }
                let note = Note::new(job, &look, step);
                Some(if more { note.then_look_again() } else { note })
            }
            Err(error) if error.class == RemoteClass::Conflict => {
                refreshes.push((job, look, update.id));
                None
            }
            Err(error) if error.class == RemoteClass::Gone => {
                self.item_is_gone(job, look)?;
                None
            }
            Err(error) => {
                let mut contact = Contact::new();
                let picture = picture.cloned().map(Value::Picture);
                contact.set(Property::Photo, picture);
                let place = target(&look);
                self.refused(job, place, look, contact, error)
            }
        };
        self.note(note.into_iter().collect())
    }
}
