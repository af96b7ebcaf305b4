//! Creating items: an attempt is committed before it is sent, and looked for before it is repeated (R5).

use super::{Desk, End, Note, target};
use crate::contact::Contact;
use crate::sync::base::Base;
use crate::sync::error::SyncError;
use crate::sync::ids::{ItemId, Stamp};
use crate::sync::link::{LinkDraft, LinkState, Named};
use crate::sync::plan::{Sent, after_sending};
use crate::sync::ports::{
    Applied, Batch, Effect, Fetched, LinkWrite, Look, NewItem, RowSeen, Seen, Step, Target, Written,
};

/// How long a server may still be at work on a request whose answer was lost, in seconds (R5).
const STILL_EXECUTING: i64 = 120;

impl Desk<'_, '_> {
    pub(super) fn create(
        &mut self,
        creates: Vec<(usize, Look, Contact, Box<LinkDraft>)>,
    ) -> Result<(), SyncError> {
        if creates.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            targets: creates.iter().map(|(_, look, _, _)| target(look)).collect(),
            ..Batch::default()
        };
        let begun = self.engine.store.apply(&batch, &mut |seen: &Seen<'_>| {
            let Some((_, _, _, draft)) = creates.get(seen.index) else {
                return Step::nothing();
            };
            Step {
                link: LinkWrite::Attempt(draft.clone()),
                ..Step::nothing()
            }
        })?;
        let mut ready = Vec::new();
        for ((job, look, contact, draft), begun) in creates.into_iter().zip(begun) {
            if let Applied::Done {
                link: Some(link),
                stamp: Some(stamp),
                ..
            } = begun
            {
                ready.push((job, look, draft, link, NewItem { contact, stamp }));
            }
        }
        let items: Vec<NewItem> = ready.iter().map(|(.., item)| item.clone()).collect();
        let folder = self.folder.clone();
        let answers = self.send(&items, |remote, items| remote.create(&folder, items))?;
        let mut notes = Vec::new();
        for ((job, look, draft, link, item), answer) in ready.into_iter().zip(answers) {
            let target = Target::Row(look.key.clone(), Some(link));
            match answer {
                Ok(written) => {
                    let sent = Sent::Created(draft);
                    let (step, more) = after_sending(&look, &sent, &written, &self.book.rules());
                    notes.push(Note {
                        job,
                        target,
                        step,
                        last: !more,
                        untroubled: look.untroubled,
                        in_place: false,
                    });
                }
                Err(error) => {
                    if !error.outcome_unknown {
                        self.engine
                            .store
                            .attempts_failed(link.0, std::slice::from_ref(&item.stamp))?;
                    }
                    notes.extend(self.refused(job, target, look, item.contact, error));
                }
            }
        }
        self.note(notes)
    }

    /// An earlier attempt to create the item may have succeeded: what bears its stamp is adopted, never made again.
    pub(super) fn resume(
        &mut self,
        job: usize,
        look: &Look,
        stamps: &[Stamp],
    ) -> Result<(), SyncError> {
        let Some(link) = &look.link else {
            return Ok(());
        };
        let folder = self.folder.clone();
        let found = self
            .engine
            .ask(|remote| remote.find_stamped(&folder, stamps));
        let found = match found {
            Ok(found) => found,
            Err(SyncError::Remote(error)) => {
                self.end(job, End::Queued(error.to_string()));
                self.failure = Some(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        // A copy that a person made bears the stamp too, and may be a contact of its own by now.
        let ids: Vec<ItemId> = found.iter().map(|written| written.id.clone()).collect();
        let linked = self.engine.store.links_of(&ids)?;
        let is_free = |written: &Written| {
            let mut owners = linked.iter();
            owners.all(|owner| owner.id == link.id || owner.item.as_ref() != Some(&written.id))
        };
        let mut found = found.into_iter().filter(is_free);
        let Some(first) = found.next() else {
            let youngest = link.attempts.iter().map(|attempt| attempt.age).min();
            if youngest.is_some_and(|age| age < STILL_EXECUTING) {
                let reason = "the answer to creating the item was lost; it is looked for again before another one is made";
                self.end(job, End::Queued(reason.to_owned()));
                return Ok(());
            }
            return Ok(self.engine.store.attempts_failed(link.id, stamps)?);
        };
        if look.row == RowSeen::Absent {
            self.remove_twins_of(&first, found.collect())?;
        }
        self.adopt(job, look, first)
    }

    /// Of a row that is gone, no attempt may leave an item; one with the same stamp is a copy that a person made. Of a row that is
    /// there, the next pull tells twins from copies.
    fn remove_twins_of(&mut self, first: &Written, others: Vec<Written>) -> Result<(), SyncError> {
        let ids: Vec<ItemId> = std::iter::once(first)
            .chain(&others)
            .map(|written| written.id.clone())
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let mut stamps = Vec::new();
        for (id, fetched) in ids.iter().zip(self.fetch_without_pictures(&ids)?) {
            if let Fetched::Item(item) = fetched {
                stamps.push((id.clone(), item.stamp));
            }
        }
        let Some((_, kept)) = stamps.first().cloned() else {
            return Ok(());
        };
        let twins: Vec<ItemId> = stamps
            .into_iter()
            .filter(|(_, stamp)| *stamp != kept)
            .map(|(id, _)| id)
            .collect();
        if !twins.is_empty() {
            let folder = self.folder;
            self.send(&twins, |remote, ids| remote.delete(folder, ids))?;
        }
        Ok(())
    }

    /// The values that the item was made with are known only when there was but one attempt.
    pub(super) fn adopt(
        &mut self,
        job: usize,
        look: &Look,
        found: Written,
    ) -> Result<(), SyncError> {
        let Some(link) = &look.link else {
            return Ok(());
        };
        let step = Step {
            link: LinkWrite::Save(Box::new(LinkDraft {
                state: LinkState::Linked,
                item: Some(found.id),
                change_key: None,
                base: if link.attempts.len() == 1 {
                    link.base.clone()
                } else {
                    Base::unknown()
                },
                named: Named::NotYet,
            })),
            effect: Effect::ItemCreated,
            ..Step::nothing()
        };
        self.note(vec![Note::new(job, look, step).then_look_again()])
    }
}
