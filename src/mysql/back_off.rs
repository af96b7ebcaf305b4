//! How long Exchange is left alone: one wait for all processes, and one of them that finds out when it is over (R25).

use std::time::Duration;

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::literal::text;
use crate::sync::back_off::{BackOff, Pause};
use crate::sync::error::RemoteClass;

/// How long one process may take to find out whether Exchange is back before another one may.
const PROBE_SECONDS: u32 = 15;

/// What is read of ecs_activity for [`pause`] and [`failures`].
pub(crate) const COLUMNS: &str = "TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), back_off_until), back_off_until, back_off_class, back_off_reason, failures";

/// How many failures in a row there were; `first` is the place of the first of the [`COLUMNS`].
#[must_use]
pub(crate) fn failures(activity: &Record, first: usize) -> u32 {
    activity.number(first + 4).unwrap_or_default()
}

/// What is left of the wait. When it is over, one process is told that there is none; the others go on waiting while that one finds out.
///
/// # Errors
/// When the database fails.
pub(crate) fn pause(
    db: &mut Connection,
    pair: u32,
    activity: &Record,
    first: usize,
) -> Result<Option<Pause>, Failure> {
    let Some(left) = activity.number::<i64>(first) else {
        return Ok(None);
    };
    let pause = |left| {
        Some(Pause {
            left,
            class: class(activity.number(first + 2)),
            reason: activity.string(first + 3),
        })
    };
    if let Ok(left) = u64::try_from(left)
        && left > 0
    {
        return Ok(pause(Duration::from_micros(left)));
    }
    let answer = db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) + INTERVAL {PROBE_SECONDS} SECOND WHERE pair={pair} AND back_off_until={}",
        text(&activity.string(first + 1))
    ))?;
    if answer.affected > 0 {
        return Ok(None);
    }
    Ok(pause(Duration::from_secs(PROBE_SECONDS.into())))
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
