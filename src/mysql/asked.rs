//! What a person was asked about and has not answered yet (R8).

use super::connection::Connection;
use super::failure::Failure;
use super::links::references;
use super::literal::list;
use super::ready::Ready;
use crate::sync::ids::LinkId;
use crate::sync::link::LinkRef;

/// The most links of one statement.
const MANY: usize = 1_000;

/// Remembers links that a person is asked about.
///
/// # Errors
/// When the database fails.
pub(crate) fn ask(db: &mut Connection, pair: u32, links: &[LinkId]) -> Result<(), Failure> {
    for some in links.chunks(MANY) {
        let rows = list(some.iter().map(|link| format!("({pair},{})", link.0)));
        db.ask(&format!(
            "INSERT IGNORE INTO ecs_asked (pair, link) VALUES {rows}"
        ))?;
    }
    Ok(())
}

/// The links that a person was asked about and that are still there.
///
/// # Errors
/// When the database fails.
pub(crate) fn asked(
    db: &mut Connection,
    ready: &Ready,
    after: LinkId,
    limit: usize,
) -> Result<Vec<LinkRef>, Failure> {
    let pair = ready.pair;
    references(
        db,
        ready.table.print(),
        &format!(
            "l.pair={pair} AND l.id>{} AND l.id IN (SELECT link FROM ecs_asked WHERE pair={pair}) ORDER BY l.id LIMIT {limit}",
            after.0
        ),
    )
}

/// The question is answered.
///
/// # Errors
/// When the database fails.
pub(crate) fn forget(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.ask(&format!("DELETE FROM ecs_asked WHERE pair={pair}"))
        .map(|_| ())
}
