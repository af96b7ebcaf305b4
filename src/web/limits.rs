//! How long a call may go on.

use std::time::{Duration, Instant};

use crate::runtime::Interrupt;
use crate::sync::error::{RemoteClass, RemoteError};

/// What ends a call early: its time budget, and the wish of whoever waits for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    /// No request goes on after this, and none is sent.
    pub(crate) deadline: Option<Instant>,
    pub(crate) interrupt: Interrupt,
}

impl Limits {
    /// The same with a time budget from now on.
    pub(crate) fn within(&self, budget: Duration) -> Self {
        Self {
            deadline: Instant::now().checked_add(budget),
            interrupt: self.interrupt.clone(),
        }
    }

    /// The same for a call that may be asked to end.
    pub(crate) const fn heeding(&self, interrupt: Interrupt) -> Self {
        Self {
            deadline: self.deadline,
            interrupt,
        }
    }

    /// When the answer to a request has to be there that is sent now and may take so long.
    ///
    /// # Errors
    /// When it must not be sent any more.
    pub(crate) fn until(&self, most: Duration) -> Result<Instant, RemoteError> {
        if self.interrupt.is_asked() {
            return Err(RemoteError::interrupted(
                "the request was not sent: the call was asked to end",
            ));
        }
        let now = Instant::now();
        let most = now.checked_add(most).unwrap_or(now);
        let until = self.deadline.map_or(most, |deadline| deadline.min(most));
        if until <= now {
            return Err(RemoteError::new(
                RemoteClass::Transient,
                "the time budget was used up before the request was sent",
            ));
        }
        Ok(until)
    }
}
