//! How long a call may go on.

use std::time::Instant;

use crate::runtime::Interrupt;

/// What ends a call early: its time budget, and the wish of whoever waits for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    /// No request goes on after this, and none is sent.
    pub(crate) deadline: Option<Instant>,
    pub(crate) interrupt: Interrupt,
}
