//! The port to the caller: progress, log and questions. Called between port calls only, never inside a transaction.

use crate::contact::{Contact, Property, Value};
use crate::sync::error::SyncError;

/// What a sync is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading changes from Exchange and applying them to the table.
    Pull,
    /// Deciding what had to wait for the end of the list.
    Settle,
    /// Delivering rows to Exchange.
    Push,
    /// Looking for the items of a pair that is moved to another kind of server.
    Move,
}

impl Stage {
    /// The name that a progress callback gets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Settle => "settle",
            Self::Push => "push",
            Self::Move => "move",
        }
    }
}

/// How serious a log entry is, in the words of PSR-3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Details of a decision.
    Debug,
    /// A normal event.
    Info,
    /// Something a person should look at some day.
    Warning,
    /// Something failed.
    Error,
}

/// A conflict that the caller decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    /// The property that both sides changed.
    pub property: Property,
    /// The row's value.
    pub row: Option<&'a Value>,
    /// The item's value.
    pub item: Option<&'a Value>,
    /// What both sides last agreed on, as the row held it.
    pub base: Option<&'a Value>,
    /// The whole contact as the row holds it.
    pub contact: &'a Contact,
}

/// Who asked for the sync.
pub trait Observer {
    /// Tells how far a stage is; `false` asks to stop cleanly after the current page.
    ///
    /// # Errors
    /// [`SyncError::Interrupted`] when the caller's callback failed.
    fn progress(&mut self, stage: Stage, done: u64, total: Option<u64>) -> Result<bool, SyncError>;

    /// Writes to the caller's log. Messages hold no secret and no personal data beyond a row's key.
    fn log(&mut self, level: Level, message: &str);

    /// Asks which value to keep.
    ///
    /// # Errors
    /// [`SyncError::Interrupted`] when the caller's callback failed.
    fn resolve(&mut self, question: &Question<'_>) -> Result<Option<Value>, SyncError>;

    /// Whether the caller wants the work to end soon; polled between pages.
    fn interrupted(&self) -> bool {
        false
    }
}

/// An observer that hears nothing and, asked, keeps Exchange's value.
impl Observer for () {
    fn progress(&mut self, _: Stage, _: u64, _: Option<u64>) -> Result<bool, SyncError> {
        Ok(true)
    }

    fn log(&mut self, _: Level, _: &str) {}

    fn resolve(&mut self, question: &Question<'_>) -> Result<Option<Value>, SyncError> {
        Ok(question.item.cloned())
    }
}
