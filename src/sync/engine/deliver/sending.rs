//! Sending questions in batches, and telling failures of one contact from those of the server.

use super::{Desk, End, Note};
use crate::contact::Contact;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::ItemId;
use crate::sync::ports::{Effect, Fetched, Hold, HoldKind, Look, Remote, Side, Step, Target};

impl Desk<'_, '_> {
    /// Sends questions in batches. A batch that is refused as a whole for what one of its contacts holds is sent one by one;
    /// one that may have been carried out is never sent again.
    pub(super) fn send<Q, A>(
        &mut self,
        questions: &[Q],
        request: impl Fn(&dyn Remote, &[Q]) -> Result<Vec<Result<A, RemoteError>>, RemoteError>,
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
                        match self.engine.failed(error) {
                            SyncError::Remote(error) => self.failure = Some(error),
                            other => return Err(other),
                        }
                    }
                    answers.extend(answer);
                }
                Err(SyncError::Remote(error))
                    if error.is_outage() || error.outcome_unknown || batch.len() == 1 =>
                {
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

    pub(super) fn fetch(&mut self, ids: &[ItemId]) -> Result<Vec<Fetched>, SyncError> {
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
            self.end(job, End::Queued(error.to_string()));
            return None;
        }
        let reason = format!(
            "Exchange refuses contact {}: {error}; correct the row and save it, or call retry()",
            look.key
        );
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
        Some(Note {
            job,
            target,
            step,
            last: true,
        })
    }
}
