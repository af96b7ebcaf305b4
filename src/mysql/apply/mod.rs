//! Planning and applying a batch in one transaction (R1, R2, R3, R21, R22).
//!
//! The order is always the same: rows of the app's table are locked first and without waiting, then links, then the pair. Whatever
//! goes wrong rolls everything back, and a new try plans anew.

mod attempt;
mod children;
mod close;
mod computed;
mod insert;
mod link;
mod pictures;
mod planned;
mod questions;
mod refuse;
mod sight;
mod swap;
mod update;

use std::collections::HashMap;
use std::time::Duration;

use super::computed::Computer;
use super::connection::Connection;
use super::failure::Failure;
use super::outbox;
use super::parts::Found;
use super::ready::Ready;
use super::triggers::end_silence;
use crate::sync::error::StoreClass;
use crate::sync::ids::{LinkId, LinkVersion, RowKey, Stamp};
use crate::sync::ports::{Applied, Batch, Missed, Seen, Step};
use pictures::Files;
pub(super) use planned::apply_planned;
use refuse::Refusal;
use sight::{Case, Sight};

/// How often a transaction is tried before others are said to hold rows for too long.
const TRIES: u32 = 8;

/// How often a single row may be found locked while it is being written, before the others go on without it.
const LOCKED_TRIES: u32 = 2;

/// How often the app's code is asked for what a batch needs, before rows that change all the time go without it.
const ASKS: u32 = 6;

/// What a try goes without, after those before it.
struct Leave<'a> {
    /// Targets that are not planned.
    missed: &'a HashMap<usize, Missed>,
    /// Whether the app's code is no longer asked.
    last: bool,
}

/// Why a try ended.
enum Stop {
    /// The database failed.
    Failed(Failure),
    /// A row of the app's table could not be written now.
    Row(usize, Missed),
    /// Keys were renamed, and the links do not know yet.
    Renamed,
    /// The app's code has to be asked for these targets first, which it is not while anything is locked.
    Open(Vec<usize>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A target with what was decided and what became of it.
struct Task {
    case: Case,
    step: Step,
    /// Why the row was refused.
    held: Option<Refusal>,
    /// The key of the row that was inserted.
    made: Option<RowKey>,
    /// The file of the row's new picture.
    photo: Option<String>,
    /// The row as it was read back after writing.
    back: Option<Found>,
    /// The SQL of what is written to computed columns, by group and column.
    columns: Vec<Vec<Option<String>>>,
    /// The link after the step.
    link: Option<(LinkId, LinkVersion)>,
    /// The stamp of an attempt that the step began.
    stamp: Option<Stamp>,
}

impl Task {
    /// The row's key, also of a row that was just made.
    fn key(&self) -> Option<&RowKey> {
        self.made.as_ref().or(self.case.key.as_ref())
    }
}

/// Plans and applies a batch.
///
/// # Errors
/// When the database fails: nothing of the batch has happened.
pub(super) fn apply(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    batch: &Batch,
    plan: &mut dyn FnMut(&Seen<'_>) -> Step,
) -> Result<Vec<Applied>, Failure> {
    computer.begin();
    if *batch == Batch::default() {
        return Ok(Vec::new());
    }
    let mut files = Files::default();
    let applied = try_until_done(db, ready, computer, batch, plan, &mut files);
    let committed = match &applied {
        Ok(_) => Some(true),
        // A commit whose answer was lost may have happened.
        Err(failure) if failure.leaves_open() => None,
        Err(_) => Some(false),
    };
    if let Some(committed) = committed {
        pictures::tidy(db, ready, files, committed);
    }
    applied
}

fn try_until_done(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    batch: &Batch,
    plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    files: &mut Files,
) -> Result<Vec<Applied>, Failure> {
    let mut missed: HashMap<usize, Missed> = HashMap::new();
    let mut locked: HashMap<usize, u32> = HashMap::new();
    let mut tries = 0;
    let mut rows = 0;
    let mut asks = 0;
    loop {
        let last = asks >= ASKS;
        let leave = Leave {
            missed: &missed,
            last,
        };
        let stop = match attempt(db, ready, computer, batch, plan, &leave, files) {
            Ok(applied) => return Ok(applied),
            Err(stop) => stop,
        };
        db.rollback();
        match stop {
            Stop::Renamed => {
                tries += 1;
                outbox::follow_renames(db, ready.pair)?;
            }
            Stop::Row(index, Missed::Locked) => {
                let count = locked.entry(index).or_default();
                *count += 1;
                if *count >= LOCKED_TRIES {
                    missed.insert(index, Missed::Locked);
                } else {
                    pause(*count, db.sent());
                }
                rows += 1;
            }
            Stop::Row(index, Missed::Stale) => {
                missed.insert(index, Missed::Stale);
                rows += 1;
            }
            Stop::Open(targets) if last => {
                rows += targets.len();
                missed.extend(targets.into_iter().map(|index| (index, Missed::Locked)));
            }
            Stop::Open(_) => {
                asks += 1;
                computer.ask(&ready.table)?;
            }
            Stop::Failed(failure) => {
                tidy(db, ready.pair);
                if !failure.is_contention() && !failure.is_duplicate() {
                    return Err(failure);
                }
                tries += 1;
                if tries >= TRIES {
                    return Err(failure);
                }
                pause(tries, db.sent());
                continue;
            }
        }
        tidy(db, ready.pair);
        if tries >= TRIES || rows > batch.targets.len() * 3 + 8 {
            return Err(Failure::new(
                StoreClass::Contended,
                "rows change all the time while they are being written; try again later",
            ));
        }
    }
}

/// Ends what a failed try may have left in the session.
fn tidy(db: &mut Connection, pair: u32) {
    // A connection that is gone has no session.
    let _ = db.once(&[
        end_silence(pair),
        "SET SESSION innodb_lock_wait_timeout=1".to_owned(),
    ]);
}

/// A short wait that grows and differs between processes.
pub(crate) fn pause(tries: u32, salt: u64) {
    let mix = (u64::from(std::process::id()) ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
    let base = 2_u64 << tries.min(6);
    std::thread::sleep(Duration::from_millis(base + mix));
}

fn attempt(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    batch: &Batch,
    plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    leave: &Leave<'_>,
    files: &mut Files,
) -> Result<Vec<Applied>, Stop> {
    let Sight { cases, pair } = sight::gather(db, ready, computer, batch, leave.missed)?;
    let mut tasks = Vec::with_capacity(cases.len());
    let mut unplanned = Vec::new();
    for case in cases {
        if case.missed.is_some() {
            unplanned.push(case);
            continue;
        }
        let step = plan(&Seen {
            index: case.index,
            row: &case.row,
            link: case.link.as_ref().map(|stored| &stored.link),
        });
        tasks.push(Task {
            case,
            step,
            held: None,
            made: None,
            photo: None,
            back: None,
            columns: Vec::new(),
            link: None,
            stamp: None,
        });
    }
    let open = computed::decide(computer, &ready.table, &mut tasks);
    if !open.is_empty() {
        return Err(Stop::Open(open));
    }
    pictures::prepare(db, ready, &mut tasks, files)?;
    update::write(db, ready, &mut tasks)?;
    update::again(db, ready, &mut tasks)?;
    insert::write(db, ready, &mut tasks)?;
    update::read_back(db, ready, &mut tasks)?;
    let open = computed::fill_back(computer, &ready.table, &mut tasks, leave.last);
    if !open.is_empty() {
        return Err(Stop::Open(open));
    }
    let mut last = link::save(db, ready, &mut tasks, pass_of(batch), pair.generation)?;
    let close = close::script(db, ready, batch, &tasks, &unplanned, &pair)?;
    last.extend(close);
    pictures::note(&tasks, files);
    db.commit(&last)?;
    if close::any_delivered(&tasks) {
        ready.push_noted();
    }
    Ok(answers(batch.targets.len(), tasks, &unplanned))
}

/// The full pass by which a batch's items are met, if a list names them.
fn pass_of(batch: &Batch) -> Option<u64> {
    let cursor = batch.cursor.as_ref();
    cursor.map(|cursor| cursor.generation).or(batch.pass)
}

fn answers(count: usize, tasks: Vec<Task>, unplanned: &[Case]) -> Vec<Applied> {
    // Every target is either planned or missed; the filler is never seen.
    let mut applied = vec![Applied::Missed(Missed::Stale); count];
    for case in unplanned {
        if let (Some(place), Some(missed)) = (applied.get_mut(case.index), case.missed) {
            *place = Applied::Missed(missed);
        }
    }
    for task in tasks {
        let Some(place) = applied.get_mut(task.case.index) else {
            continue;
        };
        let key = task.key().cloned();
        *place = match task.held {
            Some(refusal) => Applied::Held(refusal.kind, refusal.reason),
            None => Applied::Done {
                effect: task.step.effect,
                key,
                link: task.link,
                stamp: task.stamp,
                conflicts: task.step.conflicts.len(),
            },
        };
    }
    applied
}
