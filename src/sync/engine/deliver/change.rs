//! Changing items, and taking over what somebody else changed meanwhile.

use super::partly::is_for_one;
use super::{Desk, End, Note, Writing, target};
use crate::contact::{Changes, Contact, Property};
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::link::{LinkDraft, LinkState, Named};
use crate::sync::plan::{Absorb, Sent, absorb, after_sending, leave_out};
use crate::sync::ports::{
    Applied, Batch, Effect, Fetched, LinkWrite, Look, Observer, Planned, Seen, Side, Step, Update,
};

impl Desk<'_, '_> {
    pub(super) fn update(
        &mut self,
        updates: Vec<Writing>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<(), SyncError> {
        let updates = self.compare_versions(updates, refreshes)?;
        let updates = self.intend(updates)?;
        let (rows, updates): (Vec<(usize, Look)>, Vec<Update>) = updates
            .into_iter()
            .map(|(job, look, update)| ((job, look), update))
            .unzip();
        let folder = self.folder;
        let answers = self.send(&updates, |remote, updates| remote.update(folder, updates))?;
        let mut to_find_out = self.engine.book.checks_versions.is_none();
        let mut notes = Vec::new();
        let mut carried_out = None;
        let mut partly = Vec::new();
        for (((job, look), update), answer) in rows.into_iter().zip(updates).zip(answers) {
            match answer {
                Ok(written) => {
                    if to_find_out && written.change_key != update.change_key {
                        carried_out = Some(update.clone());
                        to_find_out = false;
                    }
                    let sent = Sent::Updated(update.changes);
                    let (step, more) = after_sending(&look, &sent, &written, &self.book.rules());
                    let note = Note::new(job, &look, step);
                    notes.push(if more { note.then_look_again() } else { note });
                }
                Err(error) if error.class == RemoteClass::Conflict => {
                    refreshes.push((job, look, update.id));
                }
                Err(error) if error.class == RemoteClass::Gone => {
                    self.item_is_gone(job, look)?;
                }
                Err(error) if is_for_one(&error, &update) => {
                    partly.push((job, look, update, error));
                }
                Err(error) => {
                    let mut contact = Contact::new();
                    contact.apply(&update.changes);
                    let place = target(&look);
                    notes.extend(self.refused(job, place, look, contact, error));
                }
            }
        }
        notes.extend(self.update_partly(partly, refreshes)?);
        match carried_out {
            Some(update) if self.failure.is_none() => {
                self.note(notes)?;
                self.try_stale_version(&update)
            }
            Some(_) | None => self.note_and_leave(notes),
        }
    }

    /// What is known of what can only be written together with some changes, and of what they replace.
    pub(super) fn known(&self, look: &Look, changes: &Changes) -> Changes {
        let Some(link) = &look.link else {
            return Changes::new();
        };
        let groups = self.engine.capabilities.together.iter();
        let touched = groups.filter(|group| group.iter().any(|member| changes.contains(*member)));
        let members: Vec<Property> = touched.flatten().copied().collect();
        link.base.known(&members)
    }

    /// Notes what is about to be written, so that it is recognised when only its answer is lost (R16). A row whose link has
    /// changed meanwhile is left for the next look.
    pub(super) fn intend(
        &mut self,
        updates: Vec<Writing>,
    ) -> Result<Vec<(usize, Look, Update)>, SyncError> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let in_place = updates.iter().all(|writing| {
            let link = writing.look.link.as_ref();
            link.is_some_and(|link| writing.intent.stays(link))
        });
        let (writings, steps): (Vec<_>, Vec<_>) = updates
            .into_iter()
            .map(|writing| {
                let step = Step {
                    link: LinkWrite::Save(writing.intent),
                    ..Step::nothing()
                };
                let target = target(&writing.look);
                ((writing.job, writing.look, writing.update), (target, step))
            })
            .unzip();
        let applied = self.engine.store.apply_planned(&Planned {
            steps: &steps,
            untroubled: true,
            in_place,
            leases: &[],
        })?;
        let mut ready = Vec::new();
        for (((job, mut look, update), (_, step)), applied) in
            writings.into_iter().zip(steps).zip(applied)
        {
            if let (
                Some(known),
                LinkWrite::Save(intent),
                Applied::Done {
                    link: Some((_, version)),
                    ..
                },
            ) = (&mut look.link, step.link, applied)
            {
                known.become_at(version, *intent);
                ready.push((job, look, update));
            }
        }
        Ok(ready)
    }

    /// The item of a row that is to be delivered is gone: what that means is planned by the next look.
    pub(super) fn item_is_gone(&mut self, job: usize, look: Look) -> Result<(), SyncError> {
        let Some(link) = &look.link else {
            return Ok(());
        };
        if link.state == LinkState::Detached {
            let step = Step {
                done: look.notes.clone(),
                ..Step::nothing()
            };
            return self.note(vec![Note::new(job, &look, step)]);
        }
        let step = Step {
            link: LinkWrite::Save(Box::new(LinkDraft {
                state: LinkState::RemoteGone,
                // What it has become under another id, only a list that is asked for from now on can name.
                named: Named::NotYet,
                ..LinkDraft::of(link)
            })),
            ..Step::nothing()
        };
        self.note(vec![Note::new(job, &look, step).then_look_again()])
    }

    /// Takes over what an item holds, so that the next look plans with it.
    pub(super) fn refresh(
        &mut self,
        refreshes: Vec<(usize, Look, ItemId)>,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let ids: Vec<ItemId> = refreshes.iter().map(|(.., id)| id.clone()).collect();
        let (mut ready, mut notes) = (Vec::new(), Vec::new());
        for ((job, look, _), seen) in refreshes.into_iter().zip(self.fetch(&ids)?) {
            match seen {
                Fetched::Item(item) => ready.push((job, look, item)),
                Fetched::Gone => self.item_is_gone(job, look)?,
                Fetched::Foreign(version) => {
                    let step = Step {
                        done: look.notes.clone(),
                        settles: Some(Side::Item),
                        ..leave_out(look.link.as_ref(), version)
                    };
                    notes.push(Note::new(job, &look, step));
                }
                Fetched::Failed(error) => {
                    let place = target(&look);
                    notes.extend(self.troubled(job, place, look, Contact::new(), error));
                }
            }
        }
        self.note(notes)?;
        if ready.is_empty() {
            return Ok(());
        }
        let pairs: Vec<_> = ready
            .iter()
            .map(|(_, look, item)| (look, item.as_ref()))
            .collect();
        let rulings = self.engine.rulings(&pairs, observer)?;
        let batch = Batch {
            targets: ready.iter().map(|(_, look, _)| target(look)).collect(),
            ..Batch::default()
        };
        let book = self.book.clone();
        let applied = self.engine.store.apply(&batch, &mut |seen: &Seen<'_>| {
            let Some((_, look, item)) = ready.get(seen.index) else {
                return Step::nothing();
            };
            let detached = look
                .link
                .as_ref()
                .is_some_and(|link| link.state == LinkState::Detached);
            let what = Absorb {
                item,
                rulings: rulings.get(seen.index).map_or(&[], Vec::as_slice),
                pairing: detached,
                listed: false,
            };
            Step {
                park: None,
                ..absorb(seen, &what, &book.rules())
            }
        })?;
        for ((job, ..), applied) in ready.into_iter().zip(applied) {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    if !matches!(effect, Effect::Unchanged | Effect::Parked) {
                        self.effects.push(effect);
                    }
                    if let Some(job) = self.jobs.get_mut(job) {
                        job.conflicts += conflicts as u64;
                        job.merged |= effect != Effect::Unchanged || conflicts > 0;
                    }
                }
                Applied::Held(_, reason) => self.end(job, End::Held(reason)),
                Applied::Missed(_) => {}
            }
        }
        Ok(())
    }
}
