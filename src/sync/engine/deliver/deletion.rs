//! Deleting items whose rows are gone, after a look at what they hold (R7).

use super::{Desk, End, Note, target};
use crate::contact::Contact;
use crate::sync::error::SyncError;
use crate::sync::ids::ItemId;
use crate::sync::plan::plan_item_removal;
use crate::sync::ports::{Conflict, Effect, Fetched, LinkWrite, Look, Side, Step};

impl Desk<'_, '_> {
    pub(super) fn delete(&mut self, deletes: Vec<(usize, Look, ItemId)>) -> Result<(), SyncError> {
        let mut sure = Vec::new();
        for (job, look, id) in deletes {
            if !self.with_deletes {
                let reason =
                    "many rows have vanished at once; confirmDeletes() deletes their items";
                self.end(job, End::Queued(reason.to_owned()));
                continue;
            }
            sure.push((job, look, id));
        }
        let ids: Vec<ItemId> = sure.iter().map(|(.., id)| id.clone()).collect();
        let mut notes = Vec::new();
        let mut ready = Vec::new();
        for ((job, look, id), seen) in sure.into_iter().zip(self.fetch(&ids)?) {
            match seen {
                Fetched::Gone => notes.push(Note::new(job, &look, ended(&look, Vec::new()))),
                Fetched::Item(item) => match plan_item_removal(&look, &item, &self.book.rules()) {
                    Ok(conflicts) => ready.push((job, look, id, conflicts)),
                    Err(step) => notes.push(Note::new(job, &look, *step)),
                },
                Fetched::Foreign => notes.push(Note::new(job, &look, ended(&look, Vec::new()))),
                Fetched::Failed(error) => self.end(job, End::Queued(error.to_string())),
            }
        }
        let ids: Vec<ItemId> = ready.iter().map(|(_, _, id, _)| id.clone()).collect();
        let answers = self.send(&ids, |remote, ids| remote.delete(ids))?;
        for ((job, look, _, conflicts), answer) in ready.into_iter().zip(answers) {
            let place = target(&look);
            match answer {
                Ok(()) => notes.push(Note::new(job, &look, ended(&look, conflicts))),
                Err(error) => {
                    notes.extend(self.refused(job, place, look, Contact::new(), error));
                }
            }
        }
        self.note(notes)
    }
}

fn ended(look: &Look, conflicts: Vec<Conflict>) -> Step {
    Step {
        link: LinkWrite::End,
        conflicts,
        done: look.notes.clone(),
        settles: Some(Side::Item),
        effect: Effect::ItemDeleted,
        ..Step::nothing()
    }
}
