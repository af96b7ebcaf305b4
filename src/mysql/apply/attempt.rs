//! Attempts to create items: each gets a stamp of its own, committed before anything is sent (R5).

use super::Task;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal::{hex, list, text};
use crate::mysql::ready::Ready;
use crate::sync::error::StoreClass;
use crate::sync::ids::Stamp;
use crate::sync::ports::LinkWrite;

/// Gives the links that begin an attempt their stamps.
///
/// # Errors
/// When the database or the random source fails.
pub(super) fn begin(db: &mut Connection, ready: &Ready, tasks: &mut [Task]) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for task in tasks {
        if task.held.is_some() || !matches!(task.step.link, LinkWrite::Attempt(_)) {
            continue;
        }
        if let Some((link, _)) = task.link {
            let stamp = fresh_stamp()?;
            rows.push(format!(
                "({},{},{},UTC_TIMESTAMP(6))",
                ready.pair,
                link.0,
                text(stamp.as_str())
            ));
            task.stamp = Some(stamp);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    db.once(&[format!(
        "INSERT INTO ecs_attempts (pair, link, stamp, at) VALUES {}",
        list(rows)
    )])
    .all()
    .map(|_| ())
}

/// A random id of 128 bits.
fn fresh_stamp() -> Result<Stamp, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::new(
            StoreClass::Failed,
            format!("the system gives no random numbers: {error}"),
        )
    })?;
    Ok(Stamp::new(hex(&bytes).to_lowercase()))
}
