//! Delivering a few rows together: look, plan, send, note; again where something came in between.

use super::push::queued;
use super::{Book, Engine};
use crate::contact::Contact;
use crate::sync::base::Base;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::{FolderId, ItemId, RowKey, Stamp};
use crate::sync::link::{LinkDraft, LinkState};
use crate::sync::plan::{
    Absorb, Delivery, Sent, absorb, after_sending, plan_delivery, plan_item_removal,
};
use crate::sync::ports::{
    Applied, Batch, Conflict, Effect, Fetched, Hold, HoldKind, LinkWrite, Look, NewItem, Observer,
    RowSeen, Seen, Side, Step, Target, Update, Written,
};
use crate::sync::report::{Outcome, PushResult};

/// How often a row is looked at again because something came in between, before it waits for the next round.
const ROUNDS: usize = 5;

/// How long a server may still be at work on a request whose answer was lost, in seconds (R5).
const STILL_EXECUTING: i64 = 120;

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
    with_deletes: bool,
    jobs: Vec<Job>,
    ends: Vec<Option<End>>,
    effects: Vec<Effect>,
    failure: Option<RemoteError>,
}

impl Engine<'_> {
    pub(super) fn deliver(
        &mut self,
        folder: &FolderId,
        keys: &[RowKey],
        with_deletes: bool,
        observer: &mut dyn Observer,
    ) -> Result<Delivered, SyncError> {
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
            with_deletes,
            ends: jobs.iter().map(|_| None).collect(),
            jobs,
            effects: Vec::new(),
            failure: None,
        };
        for _ in 0..ROUNDS {
            if desk.failure.is_some() || !desk.round(observer)? {
                break;
            }
        }
        Ok(desk.close())
    }
}

impl Desk<'_, '_> {
    /// One look at all open rows. Gives whether any is still open.
    fn round(&mut self, observer: &mut dyn Observer) -> Result<bool, SyncError> {
        let open: Vec<usize> = (0..self.jobs.len())
            .filter(|index| matches!(self.ends.get(*index), Some(None)))
            .collect();
        if open.is_empty() {
            return Ok(false);
        }
        let keys: Vec<RowKey> = open
            .iter()
            .filter_map(|index| self.jobs.get(*index))
            .map(|job| job.key.clone())
            .collect();
        let looks = self.engine.store.look(&keys)?;
        let (mut notes, mut creates, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        let (mut deletes, mut refreshes) = (Vec::new(), Vec::new());
        for (job, look) in open.into_iter().zip(looks) {
            match plan_delivery(&look, &self.book.rules()) {
                Delivery::Note(step) => notes.push((job, look, step, true)),
                Delivery::Again(step) => notes.push((job, look, step, false)),
                Delivery::Wait(reason) => self.end(job, End::Queued(reason.to_owned())),
                Delivery::Create(contact, draft) => creates.push((job, look, contact, draft)),
                Delivery::Resume(stamps) => self.resume(job, &look, &stamps)?,
                Delivery::Update(id, change_key, changes) => updates.push((
                    job,
                    look,
                    Update {
                        id,
                        change_key,
                        changes,
                    },
                )),
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

    /// Notes what needs no request. A step that is final ends its job once it is carried out.
    fn note(&mut self, notes: Vec<(usize, Look, Step, bool)>) -> Result<(), SyncError> {
        if notes.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            targets: notes.iter().map(|(_, look, _, _)| target(look)).collect(),
            ..Batch::default()
        };
        let applied = self.engine.store.apply(&batch, &mut |seen: &Seen<'_>| {
            notes
                .get(seen.index)
                .map_or_else(Step::nothing, |(_, _, step, _)| step.clone())
        })?;
        for ((job, _, step, last), applied) in notes.into_iter().zip(applied) {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    if effect != Effect::Unchanged {
                        self.effects.push(effect);
                    }
                    if let Some(job) = self.jobs.get_mut(job) {
                        job.conflicts += conflicts as u64;
                        if effect != Effect::Unchanged {
                            job.effect = effect;
                        }
                    }
                    if let Some(hold) = step.hold {
                        self.end(job, End::Held(hold.reason));
                    } else if last {
                        self.end(job, End::Done);
                    }
                }
                Applied::Held(_, reason) => self.end(job, End::Held(reason)),
                Applied::Missed(_) => {}
            }
        }
        Ok(())
    }

    fn create(
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
                    let step = after_sending(&look, &sent, &written, &self.book.rules());
                    notes.push((job, target, step));
                }
                Err(error) => {
                    if !error.outcome_unknown {
                        self.engine
                            .store
                            .attempts_failed(link.0, std::slice::from_ref(&item.stamp))?;
                    }
                    self.refused(job, target, look, item.contact, error, &mut notes);
                }
            }
        }
        self.note_targets(notes)
    }

    fn update(
        &mut self,
        updates: Vec<(usize, Look, Update)>,
        refreshes: &mut Vec<(usize, Look, ItemId)>,
    ) -> Result<(), SyncError> {
        let questions: Vec<Update> = updates.iter().map(|(.., update)| update.clone()).collect();
        let answers = self.send(&questions, |remote, updates| remote.update(updates))?;
        let mut notes = Vec::new();
        for ((job, look, update), answer) in updates.into_iter().zip(answers) {
            match answer {
                Ok(written) => {
                    let sent = Sent::Updated(update.changes);
                    let step = after_sending(&look, &sent, &written, &self.book.rules());
                    notes.push((job, target(&look), step));
                }
                Err(error) if error.class == RemoteClass::Conflict => {
                    refreshes.push((job, look, update.id));
                }
                Err(error) if error.class == RemoteClass::Gone => {
                    self.item_is_gone(job, look)?;
                }
                Err(error) => {
                    let mut contact = Contact::new();
                    contact.apply(&update.changes);
                    let place = target(&look);
                    self.refused(job, place, look, contact, error, &mut notes);
                }
            }
        }
        self.note_targets(notes)
    }

    /// The item of a row that is to be delivered is gone: what that means is planned by the next look.
    fn item_is_gone(&mut self, job: usize, look: Look) -> Result<(), SyncError> {
        let Some(link) = &look.link else {
            return Ok(());
        };
        if link.state == LinkState::Detached {
            let step = Step {
                done: look.notes.clone(),
                ..Step::nothing()
            };
            return self.note(vec![(job, look, step, true)]);
        }
        let step = Step {
            link: LinkWrite::Save(Box::new(LinkDraft {
                state: LinkState::RemoteGone,
                ..LinkDraft::of(link)
            })),
            ..Step::nothing()
        };
        self.note(vec![(job, look, step, false)])
    }

    fn delete(&mut self, deletes: Vec<(usize, Look, ItemId)>) -> Result<(), SyncError> {
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
                Fetched::Gone => notes.push((job, target(&look), ended(&look, Vec::new()))),
                Fetched::Item(item) => match plan_item_removal(&look, &item, &self.book.rules()) {
                    Ok(conflicts) => ready.push((job, look, id, conflicts)),
                    Err(step) => notes.push((job, target(&look), *step)),
                },
                Fetched::Foreign => notes.push((job, target(&look), ended(&look, Vec::new()))),
                Fetched::Failed(error) => self.end(job, End::Queued(error.to_string())),
            }
        }
        let ids: Vec<ItemId> = ready.iter().map(|(_, _, id, _)| id.clone()).collect();
        let answers = self.send(&ids, |remote, ids| remote.delete(ids))?;
        for ((job, look, _, conflicts), answer) in ready.into_iter().zip(answers) {
            let place = target(&look);
            match answer {
                Ok(()) => notes.push((job, place, ended(&look, conflicts))),
                Err(error) => {
                    self.refused(job, place, look, Contact::new(), error, &mut notes);
                }
            }
        }
        self.note_targets(notes)
    }

    /// Takes over what an item holds, so that the next look plans with it.
    fn refresh(
        &mut self,
        refreshes: Vec<(usize, Look, ItemId)>,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let ids: Vec<ItemId> = refreshes.iter().map(|(.., id)| id.clone()).collect();
        let mut ready = Vec::new();
        for ((job, look, _), seen) in refreshes.into_iter().zip(self.fetch(&ids)?) {
            match seen {
                Fetched::Item(item) => ready.push((job, look, item)),
                Fetched::Gone | Fetched::Foreign => self.item_is_gone(job, look)?,
                Fetched::Failed(error) => self.end(job, End::Queued(error.to_string())),
            }
        }
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

    /// An earlier attempt to create the item may have succeeded: what bears its stamp is adopted, never made again.
    fn resume(&mut self, job: usize, look: &Look, stamps: &[Stamp]) -> Result<(), SyncError> {
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
        let mut found = found.into_iter();
        let Some(first) = found.next() else {
            let youngest = link.attempts.iter().map(|attempt| attempt.age).min();
            if youngest.is_some_and(|age| age < STILL_EXECUTING) {
                let reason = "the answer to creating the item was lost; it is looked for again before another one is made";
                self.end(job, End::Queued(reason.to_owned()));
                return Ok(());
            }
            return Ok(self.engine.store.attempts_failed(link.id, stamps)?);
        };
        let twins: Vec<ItemId> = found.map(|twin| twin.id).collect();
        if !twins.is_empty() {
            self.engine.ask(|remote| remote.delete(&twins))?;
        }
        self.adopt(job, look, first)
    }

    /// The values that the item was made with are known only when there was but one attempt.
    fn adopt(&mut self, job: usize, look: &Look, found: Written) -> Result<(), SyncError> {
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
                seen: false,
            })),
            effect: Effect::ItemCreated,
            ..Step::nothing()
        };
        self.note(vec![(job, look.clone(), step, false)])
    }

    fn fetch(&mut self, ids: &[ItemId]) -> Result<Vec<Fetched>, SyncError> {
        let folder = self.folder.clone();
        let mut fetched = Vec::with_capacity(ids.len());
        for batch in ids.chunks(self.engine.capabilities.fetch.max(1)) {
            match self.engine.ask(|remote| remote.fetch(&folder, batch)) {
                Ok(items) => fetched.extend(items),
                Err(SyncError::Remote(error)) => {
                    fetched.extend(batch.iter().map(|_| Fetched::Failed(error.clone())));
                    self.failure = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(fetched)
    }

    /// Sends questions in batches. A batch that is refused as a whole for what one of its contacts holds is sent one by one.
    fn send<Q, A>(
        &mut self,
        questions: &[Q],
        request: impl Fn(
            &dyn crate::sync::ports::Remote,
            &[Q],
        ) -> Result<Vec<Result<A, RemoteError>>, RemoteError>,
    ) -> Result<Vec<Result<A, RemoteError>>, SyncError> {
        let mut answers = Vec::with_capacity(questions.len());
        for batch in questions.chunks(self.engine.capabilities.write.max(1)) {
            if let Some(error) = &self.failure {
                let unsent = RemoteError {
                    outcome_unknown: false,
                    ..error.clone()
                };
                answers.extend(batch.iter().map(|_| Err(unsent.clone())));
                continue;
            }
            match self.engine.ask(|remote| request(remote, batch)) {
                Ok(answer) => {
                    let outage = answer
                        .iter()
                        .find_map(|answer| answer.as_ref().err().filter(|error| error.is_outage()));
                    if let Some(error) = outage.cloned() {
                        self.engine.failed(error.clone());
                        self.failure = Some(error);
                    }
                    answers.extend(answer);
                }
                Err(SyncError::Remote(error)) if error.is_outage() || batch.len() == 1 => {
                    answers.extend(batch.iter().map(|_| Err(error.clone())));
                    if error.is_outage() {
                        self.failure = Some(error);
                    }
                }
                Err(SyncError::Remote(_)) => {
                    for one in batch.chunks(1) {
                        match self.engine.ask(|remote| request(remote, one)) {
                            Ok(answer) => answers.extend(answer),
                            Err(SyncError::Remote(error)) => answers.push(Err(error)),
                            Err(error) => return Err(error),
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(answers)
    }

    /// A contact that Exchange will never take is held; anything else waits.
    fn refused(
        &mut self,
        job: usize,
        target: Target,
        look: Look,
        contact: Contact,
        error: RemoteError,
        notes: &mut Vec<(usize, Target, Step)>,
    ) {
        if error.class != RemoteClass::Permanent || error.outcome_unknown {
            self.end(job, End::Queued(error.to_string()));
            return;
        }
        notes.push((
            job,
            target,
            Step {
                hold: Some(Hold {
                    side: Side::Item,
                    kind: HoldKind::Refused,
                    reason: format!(
                        "Exchange refuses contact {}: {error}; correct the row and save it, or call retry()",
                        look.key
                    ),
                    contact,
                }),
                done: look.notes,
                effect: Effect::Held,
                ..Step::nothing()
            },
        ));
    }

    fn note_targets(&mut self, notes: Vec<(usize, Target, Step)>) -> Result<(), SyncError> {
        if notes.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            targets: notes.iter().map(|(_, target, _)| target.clone()).collect(),
            ..Batch::default()
        };
        let applied = self.engine.store.apply(&batch, &mut |seen: &Seen<'_>| {
            notes
                .get(seen.index)
                .map_or_else(Step::nothing, |(_, _, step)| step.clone())
        })?;
        for ((job, _, step), applied) in notes.into_iter().zip(applied) {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    self.effects.push(effect);
                    if let Some(job) = self.jobs.get_mut(job) {
                        job.effect = effect;
                        job.conflicts += conflicts as u64;
                    }
                    match step.hold {
                        Some(hold) => self.end(job, End::Held(hold.reason)),
                        None => self.end(job, End::Done),
                    }
                }
                Applied::Held(_, reason) => self.end(job, End::Held(reason)),
                Applied::Missed(_) => {}
            }
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

fn target(look: &Look) -> Target {
    let link = look.link.as_ref().map(|link| (link.id, link.version));
    Target::Row(look.key.clone(), link)
}

fn ended(look: &Look, conflicts: Vec<Conflict>) -> Step {
    debug_assert!(look.row != RowSeen::Locked);
    Step {
        link: LinkWrite::End,
        conflicts,
        done: look.notes.clone(),
        settles: Some(Side::Item),
        effect: Effect::ItemDeleted,
        ..Step::nothing()
    }
}
