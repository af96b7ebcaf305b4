//! Telling a row that the database refuses from a failure of the whole.

use super::{Stop, Task};
use crate::mysql::failure::Failure;
use crate::sync::ports::{HoldKind, Missed};

/// Why a row was refused.
pub(super) struct Refusal {
    pub kind: HoldKind,
    pub reason: String,
    /// Whether it was a UNIQUE key, which another row of the batch may yet make way for.
    pub duplicate: bool,
}

/// What a failure at one row's statement means: the row is held, or everything stops.
pub(super) fn judge(task: &mut Task, failure: Failure) -> Result<(), Stop> {
    if let Some(kind) = failure.refusal() {
        task.held = Some(Refusal {
            kind,
            reason: failure.reason(),
            duplicate: failure.is_duplicate(),
        });
        return Ok(());
    }
    if failure.is_lock_wait() {
        return Err(Stop::Row(task.case.index, Missed::Locked));
    }
    Err(Stop::Failed(failure))
}

/// Holds a row whose values do not fit, before anything is sent.
pub(super) fn unfit(task: &mut Task, reason: String) {
    task.held = Some(Refusal {
        kind: HoldKind::Unfit,
        reason,
        duplicate: false,
    });
}
