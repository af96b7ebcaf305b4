//! Sending an operation, and what became of each of its entries.

use std::time::Instant;

use super::Ews;
use super::transport::Answered;
use super::wire::{Message, Operation};
use crate::sync::error::RemoteError;
use crate::web::folder_error::as_folder_error;
use crate::web::pace::is_too_much;

/// What became of one entry of a request.
pub(super) type Entry<P> = Result<P, RemoteError>;

/// What became of all entries, with the circumstances of the answer.
type Entries<P> = (Vec<Entry<P>>, Answered);

impl Ews {
    /// Sends an operation and gives one result for each of its `count` entries.
    ///
    /// When no entry succeeded and the first failed for a reason that speaks of the server or the account,
    /// the whole request has failed.
    pub(super) fn entries<O: Operation>(
        &self,
        operation: &O,
        count: usize,
    ) -> Result<Entries<O::Part>, RemoteError> {
        let began = Instant::now();
        let answer = self.answer(operation, count);
        let failure = match &answer {
            Ok((entries, _)) => {
                let mut failures = entries.iter().filter_map(|entry| entry.as_ref().err());
                failures.find(|failure| is_too_much(failure, false))
            }
            Err(error) => Some(error),
        };
        // A push ends its requests earlier, which says nothing of the server.
        let limit = self.shared.transport.config().web.request_timeout;
        let timed_out = answer.is_err() && began.elapsed() >= limit;
        let pacer = &self.shared.pacer;
        pacer.heard(failure, timed_out, self.shared.transport.cache());
        answer
    }

    fn answer<O: Operation>(
        &self,
        operation: &O,
        count: usize,
    ) -> Result<Entries<O::Part>, RemoteError> {
        let mut messages: Vec<Message<O::Part>> = Vec::with_capacity(count);
        let transport = &self.shared.transport;
        let answered = transport.call(operation, &self.limits, &mut |message| {
            messages.push(message)
        })?;
        if messages.len() != count {
            return Err(answered.incomplete("a response message for each entry"));
        }
        let entries: Vec<Entry<O::Part>> = messages
            .into_iter()
            .map(|message| {
                message
                    .into_result()
                    .map_err(|error| answered.error(&error))
            })
            .collect();
        let failures: Vec<&RemoteError> = entries
            .iter()
            .filter_map(|entry| entry.as_ref().err())
            .collect();
        let whole = (failures.len() == entries.len()).then(|| RemoteError::of_all(&failures));
        match whole.flatten() {
            Some(failure) => Err(failure),
            None => Ok((entries, answered)),
        }
    }

    /// Sends an operation of one entry on a folder.
    pub(super) fn on_folder<O: Operation>(
        &self,
        operation: &O,
        name: &str,
    ) -> Result<(O::Part, Answered), RemoteError> {
        let as_error = |error| as_folder_error(error, name);
        let (mut entries, answered) = self.entries(operation, 1).map_err(as_error)?;
        match entries.pop() {
            Some(entry) => Ok((entry.map_err(as_error)?, answered)),
            None => Err(answered.incomplete("a response message")),
        }
    }
}
