//! The state of the pair: its binding, its cursor, its back-off.

use std::time::Duration;

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hash, micros, moment};
use super::literal::text;
use super::ready::Ready;
use crate::sync::error::StoreClass;
use crate::sync::ids::{Cursor, FolderId};
use crate::sync::ports::{Identity, PairState};

/// How long one process may probe after a back-off before another one may.
const PROBE_SECONDS: u32 = 15;

/// The pair's state, and whether this process is to probe whether Exchange is back.
///
/// # Errors
/// When the database fails.
pub(crate) fn state(db: &mut Connection, ready: &Ready) -> Result<(PairState, bool), Failure> {
    let answers = db.run(&[
        format!(
            "SELECT bound_kind, bound_server, bound_mailbox, bound_folder, cursor_kind, cursor_text, generation, pass_complete, paired, mapping, {} \
             FROM ecs_pairs WHERE id={}",
            micros("last_pull"),
            ready.pair
        ),
        format!(
            "SELECT {}, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), back_off_until), back_off_reason, back_off_until FROM ecs_activity \
             WHERE pair={}",
            micros("last_push"),
            ready.pair
        ),
    ])?;
    let mut rows = answers
        .into_iter()
        .map(|answer| answer.rows.into_iter().next());
    let (Some(pair), Some(activity)) = (rows.next().flatten(), rows.next().flatten()) else {
        return Err(Failure::new(
            StoreClass::NotInstalled,
            "this pair is no longer installed in the database: call install()",
        ));
    };
    let (back_off, probing) = back_off_left(db, ready.pair, &activity)?;
    let state = PairState {
        identity: identity(&pair),
        cursor: pair.text(4).map(|kind| Cursor {
            kind,
            text: pair.string(5),
        }),
        generation: pair.number(6).unwrap_or_default(),
        pass_complete: pair.flag(7),
        paired: pair.flag(8),
        back_off,
        back_off_reason: activity.text(2),
        last_pull: moment(&pair, 10),
        last_push: moment(&activity, 0),
        mapping_changed: pair
            .bytes(9)
            .is_some_and(|print| print != ready.table.fingerprint),
        triggers: ready.triggers,
    };
    Ok((state, probing))
}

/// After a back-off one process probes; the others go on waiting for a while (R25).
fn back_off_left(
    db: &mut Connection,
    pair: u32,
    activity: &Record,
) -> Result<(Option<Duration>, bool), Failure> {
    let Some(left) = activity.number::<i64>(1) else {
        return Ok((None, false));
    };
    if let Ok(left) = u64::try_from(left)
        && left > 0
    {
        return Ok((Some(Duration::from_micros(left)), false));
    }
    let answer = db.ask(&format!(
        "UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) + INTERVAL {PROBE_SECONDS} SECOND WHERE pair={pair} AND back_off_until={}",
        text(&activity.string(3))
    ))?;
    if answer.affected > 0 {
        return Ok((None, true));
    }
    Ok((Some(Duration::from_secs(PROBE_SECONDS.into())), false))
}

fn identity(pair: &Record) -> Option<Identity> {
    Some(Identity {
        kind: pair.text(0)?,
        server: pair.string(1),
        mailbox: pair.string(2),
        folder: FolderId::new(pair.string(3)),
    })
}

/// Binds the pair to its folder, or compares.
///
/// # Errors
/// When it is bound to another one, or another pair is bound to this one.
pub(crate) fn bind(db: &mut Connection, ready: &Ready, wanted: &Identity) -> Result<(), Failure> {
    let sql = format!(
        "SELECT bound_kind, bound_server, bound_mailbox, bound_folder FROM ecs_pairs WHERE id={}",
        ready.pair
    );
    for _ in 0..2 {
        let answer = db.ask(&sql)?;
        if let Some(bound) = answer.rows.first().and_then(identity) {
            return compare(&bound, wanted);
        }
        let written = db.ask(&format!(
            "UPDATE ecs_pairs SET bound={}, bound_kind={}, bound_server={}, bound_mailbox={}, bound_folder={} WHERE id={} AND bound IS NULL",
            hash(&format!(
                "{}\0{}\0{}",
                wanted.kind, wanted.mailbox, wanted.folder
            )),
            text(&wanted.kind),
            text(&wanted.server),
            text(&wanted.mailbox),
            text(wanted.folder.as_str()),
            ready.pair
        ));
        match written {
            Err(failure) if failure.is_duplicate() => {
                return Err(Failure::new(
                    StoreClass::Identity,
                    format!(
                        "another pair of this database is bound to the same folder of {}; two pairs must not share one. Nothing was written",
                        wanted.mailbox
                    ),
                ));
            }
            Err(failure) => return Err(failure),
            Ok(answer) if answer.affected > 0 => return Ok(()),
            // Another process was faster: compare with what it wrote.
            Ok(_) => {}
        }
    }
    Err(Failure::new(
        StoreClass::NotInstalled,
        "this pair is no longer installed in the database: call install()",
    ))
}

fn compare(bound: &Identity, wanted: &Identity) -> Result<(), Failure> {
    if bound == wanted {
        return Ok(());
    }
    Err(Failure::new(
        StoreClass::Identity,
        format!(
            "this pair is bound to the folder {} of {} on {} ({}), but the configuration leads to the folder {} of {} on {} ({}); nothing was \
             written. Call uninstall() and install() if that is wanted",
            bound.folder,
            bound.mailbox,
            bound.server,
            bound.kind,
            wanted.folder,
            wanted.mailbox,
            wanted.server,
            wanted.kind
        ),
    ))
}

/// Leaves Exchange alone for so long; `None` ends it.
///
/// # Errors
/// When the database fails.
pub(crate) fn back_off(
    db: &mut Connection,
    pair: u32,
    wait: Option<Duration>,
    reason: &str,
) -> Result<(), Failure> {
    let sql = match wait {
        // A mistaken answer of the server must not silence us for days.
        Some(wait) => format!(
            "UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) + INTERVAL {} MICROSECOND, back_off_reason={} WHERE pair={pair}",
            wait.min(Duration::from_secs(3_600)).as_micros(),
            text(reason)
        ),
        None => format!(
            "UPDATE ecs_activity SET back_off_until=NULL, back_off_reason=NULL WHERE pair={pair} AND back_off_until IS NOT NULL"
        ),
    };
    db.ask(&sql).map(|_| ())
}

/// Forgets the cursor.
///
/// # Errors
/// When the database fails.
pub(crate) fn reset_cursor(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.ask(&format!(
        "UPDATE ecs_pairs SET cursor_kind=NULL, cursor_text=NULL, cursor_hash=NULL, generation=generation+1 WHERE id={pair}"
    ))
    .map(|_| ())
}

/// The hash by which a cursor is compared, as bytes.
#[must_use]
pub(crate) fn cursor_hash(cursor: &Cursor) -> Vec<u8> {
    bytes_of(&format!("{}\0{}", cursor.kind, cursor.text))
}
