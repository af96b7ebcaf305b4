//! Deleting items whose rows are gone, after a look at what they hold (R7).

use super::{Desk, End, Note, target};
use crate::contact::Contact;
use crate::sync::error::SyncError;
use crate::sync::ids::ItemId;
use crate::sync::link::{LinkDraft, LinkState, Named};
use crate::sync::plan::plan_item_removal;
use crate::sync::ports::{
    Applied, Batch, Conflict, Effect, Fetched, Item, LinkWrite, Look, Seen, Side, Step,
};

/// A deletion that wins over an edit of the item.
struct Overruled {
    job: usize,
    look: Look,
    item: Box<Item>,
    conflicts: Vec<Conflict>,
}

impl Desk<'_, '_> {
    pub(super) fn delete(&mut self, deletes: Vec<(usize, Look, ItemId)>) -> Result<(), SyncError> {
        let mut sure = Vec::new();
        for (job, look, id) in deletes {
            if !self.deletes.allow(look.link.as_ref()) {
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
        let mut overruled = Vec::new();
        for ((job, look, id), seen) in sure.into_iter().zip(self.fetch(&ids)?) {
            match seen {
                Fetched::Gone => notes.push(Note::new(job, &look, gone(&look))),
                Fetched::Item(item) => match plan_item_removal(&look, &item, &self.book.rules()) {
                    Ok(conflicts) if conflicts.is_empty() => ready.push((job, look, id)),
                    Ok(conflicts) => overruled.push(Overruled {
                        job,
                        look,
                        item,
                        conflicts,
                    }),
                    Err(step) => notes.push(Note::new(job, &look, *step)),
                },
                Fetched::Foreign(_) => notes.push(Note::new(job, &look, ended(&look))),
                Fetched::Failed(error) => {
                    let place = target(&look);
                    notes.extend(self.troubled(job, place, look, Contact::new(), error));
                }
            }
        }
        ready.extend(self.journal(overruled)?);
        let ids: Vec<ItemId> = ready.iter().map(|(.., id)| id.clone()).collect();
        let folder = self.folder;
        let answers = self.send(&ids, |remote, ids| remote.delete(folder, ids))?;
        for ((job, look, _), answer) in ready.into_iter().zip(answers) {
            let place = target(&look);
            match answer {
                Ok(()) => notes.push(Note::new(job, &look, ended(&look))),
                Err(error) => {
                    notes.extend(self.refused(job, place, look, Contact::new(), error));
                }
            }
        }
        self.note(notes)
    }

    /// Keeps the edits that a deletion overrules before they are deleted, and notes that they were seen.
    fn journal(
        &mut self,
        overruled: Vec<Overruled>,
    ) -> Result<Vec<(usize, Look, ItemId)>, SyncError> {
        if overruled.is_empty() {
            return Ok(Vec::new());
        }
        let mapped = self.book.rules().mapped;
        let steps: Vec<Step> = overruled
            .iter()
            .map(|overruled| Step {
                link: overruled
                    .look
                    .link
                    .as_ref()
                    .map_or(LinkWrite::Keep, |link| {
                        let mut draft = LinkDraft::of(link);
                        for property in mapped.iter().copied() {
                            draft
                                .base
                                .set_item(property, overruled.item.contact.get(property));
                        }
                        LinkWrite::Save(Box::new(draft))
                    }),
                conflicts: overruled.conflicts.clone(),
                ..Step::nothing()
            })
            .collect();
        let batch = Batch {
            targets: overruled
                .iter()
                .map(|overruled| target(&overruled.look))
                .collect(),
            ..Batch::default()
        };
        let applied = self.engine.store.apply(&batch, &mut |seen: &Seen<'_>| {
            steps.get(seen.index).cloned().unwrap_or_else(Step::nothing)
        })?;
        let mut ready = Vec::new();
        for (overruled, applied) in overruled.into_iter().zip(applied) {
            let Overruled {
                job,
                mut look,
                item,
                ..
            } = overruled;
            if let (
                Some(known),
                Applied::Done {
                    link: Some((_, version)),
                    conflicts,
                    ..
                },
            ) = (&mut look.link, applied)
            {
                known.version = version;
                if let Some(job) = self.jobs.get_mut(job) {
                    job.conflicts += conflicts as u64;
                }
                ready.push((job, look, item.id));
            }
        }
        Ok(ready)
    }
}

/// The item is gone already. Whether it came back under another id is known after the next pull, which ends the link.
fn gone(look: &Look) -> Step {
    let Some(link) = &look.link else {
        return ended(look);
    };
    Step {
        link: LinkWrite::Save(Box::new(LinkDraft {
            state: LinkState::RemoteGone,
            // What it has become under another id, only a list that is asked for from now on can name.
            named: Named::NotYet,
            ..LinkDraft::of(link)
        })),
        ..ended(look)
    }
}

fn ended(look: &Look) -> Step {
    Step {
        link: LinkWrite::End,
        done: look.notes.clone(),
        settles: Some(Side::Item),
        effect: Effect::ItemDeleted,
        ..Step::nothing()
    }
}
