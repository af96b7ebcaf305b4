//! Delivering a few rows together: look, plan, send, note; again where something came in between.

mod change;
mod creation;
mod deletion;
mod partly;
mod picture;
mod sending;
mod versions;

use super::guard::Deletes;
use super::push::queued;
use super::{Book, Engine};
use crate::contact::Changes;
use crate::sync::error::{RemoteError, SyncError};
use crate::sync::ids::{FolderId, RowKey};
use crate::sync::link::LinkDraft;
use crate::sync::plan::{Delivery, plan_delivery};
use crate::sync::ports::{
    Applied, Effect, Lease, LinkWrite, Look, Observer, Planned, RowWrite, Step, Target, Update,
};
use crate::sync::report::{Outcome, PushResult};

/// How often a row is looked at again because something came in between, before it waits for the next round.
const ROUNDS: usize = 5;

/// Why a row waits whose item is gone.
const MISSING: &str = "its item is gone in Exchange; the next pull finds out whether it came back under another id, or has it made anew";

/// Rows that are to be delivered together.
pub(super) struct Rows<'a> {
    pub(super) folder: &'a FolderId,
    pub(super) keys: &'a [RowKey],
    /// Theirs, and the turn.
    pub(super) leases: &'a [Lease],
    /// What was seen of all of them since the leases are ours, if they were looked at.
    pub(super) looks: Option<Vec<Look>>,
}

/// What became of some rows.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) results: Vec<PushResult>,
    pub(super) effects: Vec<Effect>,
    pub(super) queued: u64,
    pub(super) failure: Option<RemoteError>,
}

/// A row under delivery.
struct Job {
    key: RowKey,
    effect: Effect,
    merged: bool,
    conflicts: u64,
}

/// A step that is to be noted for a job.
struct Note {
    job: usize,
    target: Target,
    step: Step,
    /// Whether the job is done with it.
    last: bool,
    /// What the look at the row said of trouble.
    untroubled: bool,
    /// Whether the link stays in place.
    in_place: bool,
}

impl Note {
    fn new(job: usize, look: &Look, step: Step) -> Self {
        Self {
            job,
            target: target(look),
            last: true,
            untroubled: look.untroubled,
            in_place: stays(look, &step),
            step,
        }
    }

    fn then_look_again(self) -> Self {
        Self {
            last: false,
            ..self
        }
    }
}

/// A change that is to be sent for a job.
struct Writing {
    job: usize,
    look: Look,
    update: Update,
    /// The link that knows of it.
    intent: Box<LinkDraft>,
}

enum End {
    Done,
    Queued(String),
    Held(String),
}

/// The rows under delivery in one call.
struct Desk<'e, 'a> {
    engine: &'e mut Engine<'a>,
    folder: &'e FolderId,
    book: Book,
    deletes: &'e mut Deletes,
    /// What the delivery needs until its end.
    leases: &'e [Lease],
    /// Whether Exchange answered just before, and this is the only row: a failure is then its own.
    alone: bool,
    /// Rows whose delivery failed in a way that may be their own fault.
    suspects: Vec<RowKey>,
    jobs: Vec<Job>,
    ends: Vec<Option<End>>,
    effects: Vec<Effect>,
    failure: Option<RemoteError>,
}

impl Engine<'_> {
    /// Delivers rows under their leases.
    pub(super) fn deliver(
        &mut self,
        rows: Rows<'_>,
        deletes: &mut Deletes,
        alone: bool,
        observer: &mut dyn Observer,
    ) -> Result<Delivered, SyncError> {
        let Rows {
            folder,
            keys,
            leases,
            mut looks,
        } = rows;
        let jobs: Vec<Job> = keys
            .iter()
            .map(|key| Job {
                key: key.clone(),
                effect: Effect::Unchanged,
                merged: false,
                conflicts: 0,
            })
            .collect();
        let mut desk = Desk {
            book: self.book.clone(),
            engine: self,
            folder,
            deletes,
            leases,
            alone,
            suspects: Vec::new(),
            ends: jobs.iter().map(|_| None).collect(),
            jobs,
            effects: Vec::new(),
            failure: None,
        };
        for _ in 0..ROUNDS {
            if desk.failure.is_some() || !desk.round(looks.take(), observer)? {
                break;
            }
        }
        if !desk.suspects.is_empty() {
            desk.engine.store.delivery_failed(&desk.suspects)?;
        }
        Ok(desk.close())
    }
}

impl Desk<'_, '_> {
    /// One look at all open rows, unless that is done already. Gives whether any is still open.
    fn round(
        &mut self,
        looks: Option<Vec<Look>>,
        observer: &mut dyn Observer,
    ) -> Result<bool, SyncError> {
        let open: Vec<usize> = (0..self.jobs.len())
            .filter(|index| matches!(self.ends.get(*index), Some(None)))
            .collect();
        if open.is_empty() {
            return Ok(false);
        }
        let looks = match looks {
            Some(looks) => looks,
            None => {
                let keys: Vec<RowKey> = open
                    .iter()
                    .filter_map(|index| self.jobs.get(*index))
                    .map(|job| job.key.clone())
                    .collect();
                self.engine.still_there()?;
                self.engine.store.look(&keys)?
            }
        };
        let (mut notes, mut creates, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        let (mut deletes, mut refreshes) = (Vec::new(), Vec::new());
        let mut pictures = Vec::new();
        for (job, look) in open.into_iter().zip(looks) {
            match plan_delivery(&look, &self.book.rules()) {
                Delivery::Note(step) => notes.push(Note::new(job, &look, step)),
                Delivery::Missing => self.end(job, End::Queued(MISSING.to_owned())),
                Delivery::Wait(reason) => self.end(job, End::Queued(reason.to_owned())),
                Delivery::Create(contact, draft) => creates.push((job, look, contact, draft)),
                Delivery::Resume(stamps) => self.resume(job, &look, &stamps)?,
                Delivery::Update(id, change_key, changes, intent) => updates.push(Writing {
                    job,
                    update: Update {
                        id,
                        change_key,
                        known: self.known(&look, &changes),
                        changes,
                    },
                    look,
                    intent,
                }),
                Delivery::Picture(id, change_key, changes, intent) => pictures.push(Writing {
                    job,
                    look,
                    update: Update {
                        id,
                        change_key,
                        known: Changes::new(),
                        changes,
                    },
                    intent,
                }),
                Delivery::Refresh(id) => refreshes.push((job, look, id)),
                Delivery::Delete(id) => deletes.push((job, look, id)),
            }
        }
        self.note(notes)?;
        self.create(creates)?;
        if self.failure.is_none() {
            self.update(updates, &mut refreshes)?;
        }
        if self.failure.is_none() {
            self.send_pictures(pictures, &mut refreshes)?;
        }
        if self.failure.is_none() {
            self.delete(deletes)?;
        }
        if self.failure.is_none() {
            self.refresh(refreshes, observer)?;
        }
        Ok(true)
    }

    fn end(&mut self, job: usize, end: End) {
        if let Some(place) = self.ends.get_mut(job) {
            *place = Some(end);
        }
    }

    /// Notes the last steps of jobs that need nothing more from Exchange: where no other job is open, the leases go with them.
    fn note_and_leave(&mut self, notes: Vec<Note>) -> Result<(), SyncError> {
        let open = self.ends.iter().filter(|end| end.is_none()).count();
        let is_last = notes.len() == open && notes.iter().all(|note| note.last);
        let leases = if is_last { self.leases } else { &[] };
        self.note_before(notes, leases)
    }

    fn note(&mut self, notes: Vec<Note>) -> Result<(), SyncError> {
        self.note_before(notes, &[])
    }

    /// Notes steps in one transaction. One that is final ends its job once it is carried out.
    fn note_before(&mut self, notes: Vec<Note>, leases: &[Lease]) -> Result<(), SyncError> {
        if notes.is_empty() {
            return Ok(());
        }
        let untroubled = notes.iter().all(|note| note.untroubled);
        let in_place = notes.iter().all(|note| note.in_place);
        let (jobs, steps): (Vec<_>, Vec<_>) = notes
            .into_iter()
            .map(|note| ((note.job, note.last), (note.target, note.step)))
            .unzip();
        let applied = self.engine.store.apply_planned(&Planned {
            steps: &steps,
            untroubled,
            in_place,
            leases,
        })?;
        let mut settled = Vec::new();
        for (((job, last), (target, step)), applied) in jobs.into_iter().zip(steps).zip(applied) {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    self.effects.push(effect);
                    if let Some(place) = self.jobs.get_mut(job) {
                        place.conflicts += conflicts as u64;
                        if effect != Effect::Unchanged {
                            place.effect = effect;
                        }
                    }
                    match step.hold {
                        Some(hold) => self.end(job, End::Held(hold.reason)),
                        None if last => self.end(job, End::Done),
                        None => {}
                    }
                }
                Applied::Held(_, reason) => {
                    self.end(job, End::Held(reason));
                    if matches!(step.row, RowWrite::Insert(_)) {
                        let done = Step {
                            done: step.done,
                            ..Step::nothing()
                        };
                        settled.push((target, done));
                    }
                }
                Applied::Missed(_) => {}
            }
        }
        if !settled.is_empty() {
            // The row is gone and its item cannot become one: from now on the item waits, not the row.
            self.engine.store.apply_planned(&Planned {
                steps: &settled,
                untroubled: false,
                in_place: false,
                leases: &[],
            })?;
        }
        Ok(())
    }

    fn close(self) -> Delivered {
        let failure = self.failure;
        let waits = failure.as_ref().map_or_else(
            || "the contact kept changing while it was delivered".to_owned(),
            ToString::to_string,
        );
        let results = self
            .jobs
            .into_iter()
            .zip(self.ends)
            .map(|(job, end)| match end {
                None => queued(&job.key, waits.clone()),
                Some(End::Queued(reason)) => queued(&job.key, reason),
                Some(End::Held(reason)) => PushResult {
                    key: job.key.to_string(),
                    outcome: Outcome::Held,
                    reason: Some(reason),
                    conflicts: job.conflicts,
                },
                Some(End::Done) => PushResult {
                    key: job.key.to_string(),
                    outcome: outcome(&job),
                    reason: None,
                    conflicts: job.conflicts,
                },
            })
            .collect();
        Delivered {
            results,
            effects: self.effects,
            queued: 0,
            failure,
        }
    }
}

fn outcome(job: &Job) -> Outcome {
    match job.effect {
        _ if job.merged => Outcome::Merged,
        Effect::ItemCreated => Outcome::Created,
        Effect::ItemUpdated => Outcome::Updated,
        Effect::ItemDeleted => Outcome::Deleted,
        Effect::RowInserted | Effect::RowUpdated | Effect::Merged | Effect::Matched => {
            Outcome::Merged
        }
        Effect::Held => Outcome::Held,
        Effect::Unchanged
        | Effect::RowDeleted
        | Effect::MarkedGone
        | Effect::Detached
        | Effect::Parked => Outcome::Unchanged,
    }
}

/// Whether a step leaves the link that was looked at in place.
fn stays(look: &Look, step: &Step) -> bool {
    match (&look.link, &step.link) {
        (Some(link), LinkWrite::Save(draft)) => draft.stays(link),
        _ => false,
    }
}

fn target(look: &Look) -> Target {
    let link = look.link.as_ref().map(|link| (link.id, link.version));
    Target::Row(look.key.clone(), link)
}
