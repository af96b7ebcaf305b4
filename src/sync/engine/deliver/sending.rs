//! Sending questions in batches, and telling failures of one contact from those of the server.

use super::{Desk, End, Note};
use crate::contact::{Contact, Kind, Property};
use crate::sync::engine::settle::fetch;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::ports::{
    Effect, Fetched, Hold, HoldKind, Look, Remote, RowSeen, Side, Step, Target,
};

/// So many times a row may fail alone while the server is up, before it is held.
const MOST_TRIES: u32 = 5;

impl Desk<'_, '_> {
    /// Sends questions in batches. After a failure of the server nothing more is sent.
    pub(super) fn send<Q: Clone, A>(
        &mut self,
        questions: &[Q],
        request: impl Fn(&dyn Remote, &[Q]) -> Result<Vec<Result<A, RemoteError>>, RemoteError>,
    ) -> Result<Vec<Result<A, RemoteError>>, SyncError> {
        let mut answers = Vec::with_capacity(questions.len());
        for batch in questions.chunks(self.engine.capabilities.write.max(1)) {
            answers.extend(self.send_batch(batch, &request)?);
        }
        Ok(answers)
    }

    /// Sends one batch. One that is refused as a whole for what one of its contacts holds is sent one by one; what the server did
    /// not come to is sent again; what may have been carried out never is.
    fn send_batch<Q: Clone, A>(
        &mut self,
        batch: &[Q],
        request: &impl Fn(&dyn Remote, &[Q]) -> Result<Vec<Result<A, RemoteError>>, RemoteError>,
    ) -> Result<Vec<Result<A, RemoteError>>, SyncError> {
        if let Some(error) = &self.failure {
            let unsent = RemoteError {
                outcome_unknown: false,
                ..error.clone()
            };
            return Ok(batch.iter().map(|_| Err(unsent.clone())).collect());
        }
        let answer = request(self.engine.remote.as_ref(), batch);
        match self.heard(answer) {
            Ok(mut answers) => {
                if let Some(error) = outage(&answers) {
                    match self.engine.failed(error) {
                        SyncError::Remote(error) => self.failure = Some(error),
                        other => return Err(other),
                    }
                }
                let untried: Vec<usize> = (0..answers.len())
                    .filter(|place| matches!(answers.get(*place), Some(Err(error)) if error.class == RemoteClass::Untried))
                    .collect();
                if untried.len() < batch.len() {
                    let again: Vec<Q> = untried
                        .iter()
                        .filter_map(|place| batch.get(*place).cloned())
                        .collect();
                    if !again.is_empty() {
                        let later = self.send_batch(&again, request)?;
                        for (place, answer) in untried.into_iter().zip(later) {
                            if let Some(known) = answers.get_mut(place) {
                                *known = answer;
                            }
                        }
                    }
                }
                Ok(answers)
            }
            Err(SyncError::Remote(error))
                if error.is_outage() || error.outcome_unknown || batch.len() == 1 =>
            {
                if error.is_outage() && !self.is_its_own(&error) {
                    self.failure = Some(error.clone());
                }
                Ok(batch.iter().map(|_| Err(error.clone())).collect())
            }
            Err(SyncError::Remote(_)) => {
                let mut answers = Vec::with_capacity(batch.len());
                for one in batch.chunks(1) {
                    answers.extend(self.send_batch(one, request)?);
                }
                Ok(answers)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes for all processes what an answer tells of the server. A failure that is the contact's own tells nothing of it.
    fn heard<T>(&mut self, answer: Result<T, RemoteError>) -> Result<T, SyncError> {
        match answer {
            Err(error) if self.is_its_own(&error) => Err(error.into()),
            answer => self.engine.heard(answer),
        }
    }

    /// Whether a request failed for what the contact holds: it was sent alone, and the server had answered just before.
    fn is_its_own(&self, error: &RemoteError) -> bool {
        self.alone && is_suspect(error)
    }

    pub(super) fn fetch(&mut self, ids: &[ItemId]) -> Result<Vec<Fetched>, SyncError> {
        let mapped = self.engine.book.mapped.clone();
        self.fetch_values(ids, &mapped)
    }

    /// Fetches items for what they say of themselves, without their pictures.
    pub(super) fn fetch_without_pictures(
        &mut self,
        ids: &[ItemId],
    ) -> Result<Vec<Fetched>, SyncError> {
        let mapped = self.engine.book.mapped.iter().copied();
        let others: Vec<Property> = mapped
            .filter(|property| property.kind() != Kind::Picture)
            .collect();
        self.fetch_values(ids, &others)
    }

    fn fetch_values(
        &mut self,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, SyncError> {
        let folder = self.folder.clone();
        let mut fetched = Vec::with_capacity(ids.len());
        for batch in ids.chunks(self.engine.capabilities.fetch.max(1)) {
            if let Some(error) = &self.failure {
                fetched.extend(batch.iter().map(|_| Fetched::Failed(error.clone())));
                continue;
            }
            let answer = fetch(self.engine.remote.as_ref(), &folder, batch, mapped);
            match self.heard(answer) {
                Ok(items) => fetched.extend(items),
                Err(SyncError::Remote(error)) => {
                    fetched.extend(batch.iter().map(|_| Fetched::Failed(error.clone())));
                    if !self.is_its_own(&error) {
                        self.failure = Some(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(fetched)
    }

    /// What could not be delivered now waits. Exchange may fail on what this contact holds: a row whose delivery failed without
    /// an answer is from then on sent alone, after a look whether the server is up, and held when that does not help.
    pub(super) fn troubled(
        &mut self,
        job: usize,
        target: Target,
        look: Look,
        contact: Contact,
        error: RemoteError,
    ) -> Option<Note> {
        let suspect = is_suspect(&error);
        if suspect && self.alone && look.tries + 1 >= MOST_TRIES {
            let reason = format!(
                "Exchange failed {MOST_TRIES} times on contact {} while it answered otherwise: {error}; correct the row and save it, or call retry()",
                look.key
            );
            return Some(held(job, target, look, contact, reason));
        }
        if suspect && (self.alone || look.tries == 0) {
            self.suspects.push(look.key);
        }
        self.end(job, End::Queued(error.to_string()));
        None
    }

    /// A contact that Exchange will never take is held; anything else waits.
    pub(super) fn refused(
        &mut self,
        job: usize,
        target: Target,
        look: Look,
        contact: Contact,
        error: RemoteError,
    ) -> Option<Note> {
        if error.class != RemoteClass::Permanent || error.outcome_unknown {
            return self.troubled(job, target, look, contact, error);
        }
        let reason = format!(
            "Exchange refuses contact {}: {error}; correct the row and save it, or call retry()",
            look.key
        );
        Some(held(job, target, look, contact, reason))
    }
}

/// A row that Exchange does not take waits for a person, or for its next edit. It is shown whole, so that it is recognised.
fn held(job: usize, target: Target, look: Look, contact: Contact, reason: String) -> Note {
    let contact = match look.row {
        RowSeen::Present(row) => row.contact,
        RowSeen::Absent | RowSeen::Locked => contact,
    };
    let step = Step {
        hold: Some(Hold {
            side: Side::Item,
            kind: HoldKind::Refused,
            reason,
            contact,
        }),
        done: look.notes,
        effect: Effect::Held,
        ..Step::nothing()
    };
    Note {
        job,
        target,
        step,
        last: true,
        untroubled: false,
        in_place: false,
    }
}

/// Whether a failure may be the fault of what was sent: the request arrived, and no answer came.
fn is_suspect(error: &RemoteError) -> bool {
    error.class == RemoteClass::Transient && error.outcome_unknown
}

/// The failure of an entry that speaks of the server. Passing trouble with some contacts of many is theirs.
fn outage<A>(answers: &[Result<A, RemoteError>]) -> Option<RemoteError> {
    let failed = |answer: &Result<A, RemoteError>| {
        let error = answer.as_ref().err();
        error.is_some_and(|error| error.is_outage() || error.class == RemoteClass::Untried)
    };
    let all_failed = answers.iter().all(failed);
    let mut errors = answers.iter().filter_map(|answer| answer.as_ref().err());
    errors
        .find(|error| error.is_outage() && (all_failed || error.class != RemoteClass::Transient))
        .cloned()
}
