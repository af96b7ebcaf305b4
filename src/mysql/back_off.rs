//! How long Exchange is left alone: one wait for all processes, and one of them that finds out when it is over (R25).

use std::time::Duration;

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::links::moment;
use super::literal::text;
use crate::sync::back_off::{BackOff, Pause};
use crate::sync::error::RemoteClass;
use crate::sync::ids::Moment;

/// How long one process may take to find out whether Exchange is back before another one may.
const PROBE_SECONDS: u32 = 15;

/// What is read of ecs_activity for [`pause`] and [`failures`].
pub(crate) const COLUMNS: &str = "back_off_until, back_off_class, back_off_reason, failures";

/// How many failures in a row there were; `first` is the place of the first of the [`COLUMNS`].
#[must_use]
pub(crate) fn failures(activity: &Record, first: usize) -> u32 {
    activity.number(first + 3).unwrap_or_default()
}

/// The wait that nobody has ended yet; nothing is left of one whose time is over. `now` is the server's time.
#[must_use]
pub(crate) fn pause(activity: &Record, first: usize, now: Moment) -> Option<Pause> {
    let left = moment(activity, first)?.0.saturating_sub(now.0);
    Some(Pause {
        left: Duration::from_micros(u64::try_from(left).unwrap_or_default()),
        class: class(activity.number(first + 1)),
        reason: activity.string(first + 2),
    })
}

/// Whether this process is the one that finds out if Exchange is back, now that the wait is over. The others wait while it does.
///
/// # Errors
/// When the database fails.
pub(crate) fn probe(db: &mut Connection, pair: u32) -> Result<bool, Failure> {
    let answer = db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) + INTERVAL {PROBE_SECONDS} SECOND WHERE pair={pair} AND back_off_until<=UTC_TIMESTAMP(6)"
    ))?;
    Ok(answer.affected > 0)
}

/// Leaves it to another process to find out: this one had nothing to send. A longer wait, which somebody else has begun meanwhile, stands.
///
/// # Errors
/// When the database fails.
pub(crate) fn leave_probe(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) WHERE pair={pair} AND back_off_until<=UTC_TIMESTAMP(6) + INTERVAL {PROBE_SECONDS} SECOND"
    ))
    .map(|_| ())
}

/// Begins a wait. One that the server asked for is not cut short by another failure.
///
/// # Errors
/// When the database fails.
pub(crate) fn begin(db: &mut Connection, pair: u32, back_off: &BackOff) -> Result<(), Failure> {
    let until = format!(
        "UTC_TIMESTAMP(6) + INTERVAL {} + FLOOR(RAND()*{}) MICROSECOND",
        back_off.wait.as_micros(),
        back_off.spread.as_micros()
    );
    let throttled = number(RemoteClass::Throttled);
    db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=IF(back_off_class<=>{throttled} AND back_off_until>UTC_TIMESTAMP(6), \
         GREATEST(back_off_until, {until}), {until}), back_off_reason={}, back_off_class={}, failures=GREATEST(failures, {}) WHERE pair={pair}",
        text(&back_off.reason),
        number(back_off.class),
        back_off.failures
    ))
    .map(|_| ())
}

/// Ends the wait and forgets the failures.
///
/// # Errors
/// When the database fails.
pub(crate) fn end(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=NULL, back_off_reason=NULL, back_off_class=NULL, failures=0 \
         WHERE pair={pair} AND (back_off_until IS NOT NULL OR failures>0)"
    ))
    .map(|_| ())
}

const fn number(class: RemoteClass) -> u8 {
    match class {
        RemoteClass::Throttled => 1,
        RemoteClass::Auth => 2,
        RemoteClass::Transient
        | RemoteClass::Config
        | RemoteClass::Gone
        | RemoteClass::Conflict
        | RemoteClass::CursorInvalid
        | RemoteClass::FolderGone
        | RemoteClass::Untried
        | RemoteClass::Interrupted
        | RemoteClass::Permanent => 3,
    }
}

const fn class(number: Option<u8>) -> RemoteClass {
    match number {
        Some(1) => RemoteClass::Throttled,
        Some(2) => RemoteClass::Auth,
        Some(_) | None => RemoteClass::Transient,
    }
}
