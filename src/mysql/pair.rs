//! The state of the pair: its binding and its cursor.

use super::answer::{Answer, Record};
use super::back_off;
use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hash, moment};
use super::literal::text;
use super::ready::Ready;
use crate::sync::error::StoreClass;
use crate::sync::ids::{Cursor, FolderId, Moment};
use crate::sync::ports::{Identity, PairState, Standing};

/// What deliveries have to know of a pair, before the columns of the back-off.
const STANDING: &str = "bound_kind, bound_server, bound_mailbox, bound_folder, paired, checks_versions, trouble, UTC_TIMESTAMP(6)";

/// Where the server's time stands in it.
const NOW: usize = 7;

/// Where the columns of the back-off stand behind it.
const BACK_OFF: usize = 8;

/// So many columns are read for a delivery.
pub(crate) const COLUMNS: usize = 12;

/// After so many microseconds a full pass is due again.
const PASS_LASTS: i64 = 24 * 60 * 60 * 1_000_000;

/// The pair's state.
///
/// # Errors
/// When the database fails.
pub(crate) fn state(db: &mut Connection, ready: &Ready) -> Result<PairState, Failure> {
    let rest = "cursor_kind, cursor_text, generation, pass_complete, mapping, passed, last_pull, last_push";
    let answer = db.ask(&standing_and(ready, &[rest.to_owned()]))?;
    let pair = row(&answer)?;
    Ok(PairState {
        standing: standing(&answer)?,
        cursor: pair.text(COLUMNS).map(|kind| Cursor {
            kind,
            text: pair.string(COLUMNS + 1),
        }),
        generation: pair.number(COLUMNS + 2).unwrap_or_default(),
        pass_complete: pair.flag(COLUMNS + 3),
        pass_due: moment(pair, COLUMNS + 5)
            .is_none_or(|passed| passed.0 < now(pair).0 - PASS_LASTS),
        last_pull: moment(pair, COLUMNS + 6),
        last_push: moment(pair, COLUMNS + 7),
        mapping_changed: pair
            .bytes(COLUMNS + 4)
            .is_some_and(|print| print != ready.table.fingerprint),
        triggers: ready.triggers,
    })
}

/// The statement that reads what deliveries have to know, and more columns behind that.
#[must_use]
pub(crate) fn standing_and(ready: &Ready, more: &[String]) -> String {
    let more: String = more.iter().map(|column| format!(", {column}")).collect();
    format!(
        "SELECT {STANDING}, {}{more} FROM ecs_pairs JOIN ecs_activity ON pair=ecs_pairs.id WHERE ecs_pairs.id={}",
        back_off::COLUMNS,
        ready.pair
    )
}

/// What deliveries have to know, from the answer to [`standing_and`].
///
/// # Errors
/// When the pair is gone.
pub(crate) fn standing(answer: &Answer) -> Result<Standing, Failure> {
    let pair = row(answer)?;
    Ok(Standing {
        identity: identity(pair),
        paired: pair.flag(4),
        checks_versions: pair.number::<u8>(5).map(|checks| checks != 0),
        pause: back_off::pause(pair, BACK_OFF, now(pair)),
        failures: back_off::failures(pair, BACK_OFF),
    })
}

/// Whether anything of the pair may be held, or have failed to be delivered.
pub(crate) fn is_troubled(answer: &Answer) -> bool {
    answer.rows.first().is_none_or(|pair| pair.flag(6))
}

fn row(answer: &Answer) -> Result<&Record, Failure> {
    answer.rows.first().ok_or_else(|| {
        Failure::new(
            StoreClass::NotInstalled,
            "this pair is no longer installed in the database: call install()",
        )
    })
}

fn now(pair: &Record) -> Moment {
    moment(pair, NOW).unwrap_or(Moment(0))
}

/// The statement that reads what a pair is bound to, for [`identity`].
#[must_use]
pub(crate) fn bound(pair: u32) -> String {
    format!(
        "SELECT bound_kind, bound_server, bound_mailbox, bound_folder FROM ecs_pairs WHERE id={pair}"
    )
}

/// What binds a pair, as assignments to its row.
#[must_use]
pub(crate) fn binding(to: &Identity) -> String {
    format!(
        "bound={}, bound_kind={}, bound_server={}, bound_mailbox={}, bound_folder={}",
        hash(&format!("{}\0{}\0{}", to.kind, to.mailbox, to.folder)),
        text(&to.kind),
        text(&to.server),
        text(&to.mailbox),
        text(to.folder.as_str())
    )
}

/// What a pair is bound to, from the first columns of [`standing_and`] or [`bound`].
#[must_use]
pub(crate) fn identity(pair: &Record) -> Option<Identity> {
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
    let sql = bound(ready.pair);
    for _ in 0..2 {
        let answer = db.ask(&sql)?;
        if let Some(bound) = answer.rows.first().and_then(identity) {
            return compare(&bound, wanted);
        }
        let written = db.ask(&format!(
            "UPDATE ecs_pairs SET {} WHERE id={} AND bound IS NULL",
            binding(wanted),
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

/// Notes whether the server refuses a write whose version is stale.
///
/// # Errors
/// When the database fails.
pub(crate) fn note_version_check(
    db: &mut Connection,
    pair: u32,
    checks: bool,
) -> Result<(), Failure> {
    db.ask(&format!(
        "UPDATE ecs_pairs SET checks_versions={} WHERE id={pair}",
        u8::from(checks)
    ))
    .map(|_| ())
}

/// Forgets the cursor, and what was parked while it stood.
///
/// # Errors
/// When the database fails.
pub(crate) fn reset_cursor(db: &mut Connection, pair: u32) -> Result<(), Failure> {
    db.begin(&[
        format!(
            "UPDATE ecs_pairs SET cursor_kind=NULL, cursor_text=NULL, cursor_hash=NULL, generation=generation+1 WHERE id={pair}"
        ),
        format!("DELETE FROM ecs_parked WHERE pair={pair}"),
        format!("DELETE FROM ecs_parked_keys WHERE pair={pair}"),
    ])?;
    db.commit::<&str>(&[])
}

/// The hash by which a cursor is compared, as bytes.
#[must_use]
pub(crate) fn cursor_hash(cursor: &Cursor) -> Vec<u8> {
    bytes_of(&format!("{}\0{}", cursor.kind, cursor.text))
}
