//! Whether anything of a pair is held or has failed to be delivered: pushes, for which that is one question more, ask only then.

use super::connection::Connection;
use super::failure::Failure;

/// The statement that goes before what is held, or has failed, in the same transaction. Until that has ended, nobody says that there is no
/// trouble.
#[must_use]
pub(crate) fn begins(pair: u32) -> String {
    format!("UPDATE ecs_activity SET trouble=1 WHERE pair={pair}")
}

/// Has the pair say that there is no trouble, if that is so.
///
/// # Errors
/// When the database fails.
pub(crate) fn may_be_over(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    let is_over = format!(
        "pair={pair} AND trouble=1 AND NOT EXISTS (SELECT 1 FROM ecs_held WHERE pair={pair}) \
         AND NOT EXISTS (SELECT 1 FROM ecs_tries WHERE pair={pair})"
    );
    let seen = db.ask(&format!("SELECT 1 FROM ecs_activity WHERE {is_over}"))?;
    if seen.rows.is_empty() {
        return Ok(());
    }
    // Behind the lock: what another process has held until then is seen.
    let say_so = [
        format!("SELECT 1 FROM ecs_activity WHERE pair={pair} FOR UPDATE NOWAIT"),
        format!("UPDATE ecs_activity SET trouble=0 WHERE {is_over}"),
    ];
    match db.whole(&[], &say_so, &[]) {
        Ok(_) => Ok(()),
        // Another process may have some just now.
        Err(failure) if failure.is_lock_wait() => Ok(()),
        Err(failure) => Err(failure),
    }
}
