//! Updates of which one property has no place in Exchange: it waits with its reason, the others go on (P6).

use super::{Desk, Note, target};
use crate::contact::Contact;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::plan::{Sent, after_sending};
use crate::sync::ports::{Hold, HoldKind, Look, RowSeen, Side, Step, Update};

/// An update that was refused for one of its properties.
pub(super) type Refused = (usize, Look, Update, RemoteError);

/// Whether an update was refused for one property, and has others.
pub(super) fn is_for_one(error: &RemoteError, update: &Update) -> bool {
    let is_part = |property| update.changes.contains(property) && update.changes.len() > 1;
    error.class == RemoteClass::Permanent && error.property.is_some_and(is_part)
}

impl Desk<'_, '_> {
    /// Sends what is left of updates, and holds what is not.
    pub(super) fn update_partly(
        &mut self,
        refused: Vec<Refused>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<Vec<Note>, SyncError> {
        let mut notes = Vec::new();
        if refused.is_empty() {
            return Ok(notes);
        }
        let rest_of = |(_, _, update, error): &Refused| Update {
            changes: update
                .changes
                .iter()
                .filter(|(property, _)| Some(*property) != error.property)
                .map(|(property, value)| (property, value.cloned()))
                .collect(),
            ..update.clone()
        };
        let rest: Vec<Update> = refused.iter().map(rest_of).collect();
        let folder = self.folder;
        let answers = self.send(&rest, |remote, updates| remote.update(folder, updates))?;
        for (((job, look, _, why), rest), answer) in refused.into_iter().zip(rest).zip(answers) {
            match answer {
                Ok(written) => {
                    let sent = Sent::Updated(rest.changes);
                    // A picture waits as well: it is sent when nothing else is left.
                    let (step, _) = after_sending(&look, &sent, &written, &self.book.rules());
                    let step = held(step, &look, &why);
                    notes.push(Note::new(job, &look, step));
                }
                Err(error) if error.class == RemoteClass::Conflict => {
                    refreshes.push((job, look, rest.id));
                }
                Err(error) if error.class == RemoteClass::Gone => self.item_is_gone(job, look)?,
                Err(error) => {
                    let mut contact = Contact::new();
                    contact.apply(&rest.changes);
                    let place = target(&look);
                    notes.extend(self.refused(job, place, look, contact, error));
                }
            }
        }
        Ok(notes)
    }
}

fn held(step: Step, look: &Look, why: &RemoteError) -> Step {
    let RowSeen::Present(row) = &look.row else {
        return step;
    };
    let reason = format!(
        "Exchange cannot take all of contact {}: {why}; correct the row and save it, or call retry(); the other fields are in step",
        look.key
    );
    Step {
        hold: Some(Hold {
            side: Side::Item,
            kind: HoldKind::Refused,
            reason,
            contact: row.contact.clone(),
        }),
        done: look.notes.clone(),
        settles: None,
        ..step
    }
}
