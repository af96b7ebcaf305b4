//! Steps that were planned beforehand: those that change links and leave rows alone need no look at what is there.

use super::questions::PairSight;
use super::sight::Case;
use super::{Task, answers, apply, close, link};
use crate::mysql::computed::Computer;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::journal;
use crate::mysql::links::{hash, named_number, state_number};
use crate::mysql::literal::{text, text_or_null};
use crate::mysql::outbox;
use crate::mysql::parts::Parts;
use crate::mysql::ready::Ready;
use crate::sync::ids::{LinkId, LinkVersion, RowKey};
use crate::sync::link::{LinkDraft, Named};
use crate::sync::ports::{
    Applied, Batch, Effect, LinkWrite, Planned, RowSeen, RowWrite, Step, Target,
};

/// Applies steps that were planned beforehand; `locks` are those that are no longer needed then.
///
/// # Errors
/// When the database fails: nothing of the steps has happened.
pub(crate) fn apply_planned(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    planned: &Planned<'_>,
    locks: &[String],
) -> Result<Vec<Applied>, Failure> {
    match unseen(db, ready, planned, locks) {
        Ok(Some(applied)) => return Ok(applied),
        Ok(None) => db.rollback(),
        // What is in the way is found and waited for by those who look.
        Err(failure) if failure.is_contention() || failure.is_duplicate() => db.rollback(),
        Err(failure) => return Err(failure),
    }
    apply(db, ready, computer, &planned.batch(), &mut |seen| {
        planned.step(seen)
    })
}

/// What is to become of a link.
struct Save<'a> {
    key: &'a RowKey,
    id: LinkId,
    version: LinkVersion,
    draft: &'a LinkDraft,
}

/// A step that saves a link and leaves everything else alone but notes that are done and holds that end.
fn save_of<'a>(target: &'a Target, step: &'a Step) -> Option<Save<'a>> {
    let Target::Row(key, Some((id, version))) = target else {
        return None;
    };
    let Step {
        row: RowWrite::Keep,
        link: LinkWrite::Save(draft),
        hold: None,
        enqueue: false,
        park: None,
        unpark: false,
        effect: Effect::Unchanged | Effect::ItemCreated | Effect::ItemUpdated,
        conflicts,
        settles: _,
        done: _,
    } = step
    else {
        return None;
    };
    conflicts.is_empty().then_some(Save {
        key,
        id: *id,
        version: *version,
        draft,
    })
}

/// The statement by which a link becomes what was planned, if it still is as it was then. Of one that stays in place, state and item are left
/// out: values that are as they were cost half of the statement. What a list said of it may have changed without a new version.
fn becomes_as_planned(ready: &Ready, save: &Save<'_>, in_place: bool) -> String {
    let Save {
        id, version, draft, ..
    } = *save;
    let written = format!(
        "change_key={}, base={}, version={}, confirmed={}, seen={}",
        text_or_null(draft.change_key.as_ref().map(|key| key.as_str())),
        text(&draft.base.encode()),
        version.0 + 1,
        link::confirmed(ready, &draft.base),
        named_number(draft.named),
    );
    // Of a link that a list names for the first time, the pass by which it was met is to be noted as well.
    let is_named = match draft.named {
        Named::Yes => format!(" AND seen={}", named_number(Named::Yes)),
        Named::NotYet | Named::Perhaps => String::new(),
    };
    let as_it_was = format!("WHERE id={} AND version={}{is_named}", id.0, version.0);
    if in_place {
        return format!("UPDATE ecs_links SET {written} {as_it_was}");
    }
    let item = draft.item.as_ref().map(|item| item.as_str());
    let hash = item.map_or_else(|| "NULL".to_owned(), hash);
    let is_same = match draft.named {
        Named::Yes => format!(" AND item_hash<=>{hash}"),
        Named::NotYet | Named::Perhaps => String::new(),
    };
    format!(
        "UPDATE ecs_links SET item_since=IF(item_hash<=>{hash}, item_since, {}), state={}, item={}, item_hash={hash}, {written} \
         {as_it_was}{is_same}",
        link::since(item),
        state_number(draft.state),
        text_or_null(item),
    )
}

/// Changes links that still are as they were when the steps were planned; nothing where one is not, or where more is to be done.
fn unseen(
    db: &mut Connection,
    ready: &Ready,
    planned: &Planned<'_>,
    locks: &[String],
) -> Result<Option<Vec<Applied>>, Failure> {
    let Planned {
        steps,
        untroubled,
        in_place,
        ..
    } = *planned;
    let saves = steps.iter().map(|(target, step)| save_of(target, step));
    let Some(mut saves) = saves.collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    // Which columns a base of computed values speaks of, only the row tells.
    if saves.is_empty() || !ready.table.computed.is_empty() {
        return Ok(None);
    }
    let tasks = steps.iter().zip(&saves).enumerate();
    let tasks: Vec<Task> = tasks
        .map(|(index, ((_, step), save))| task(index, step, save))
        .collect();
    saves.sort_unstable_by_key(|save| save.id);
    let mut script: Vec<String> = saves
        .iter()
        .map(|save| becomes_as_planned(ready, save, in_place))
        .collect();
    if untroubled && let [only] = script.as_slice() {
        let rest = close(db, ready, &tasks, &PairSight::default())?;
        if !if_changed(db, only, &rest, locks)? {
            return Ok(None);
        }
        return Ok(Some(done(ready, tasks)));
    }
    if !untroubled {
        script.push(journal::any_held(ready.pair));
        script.push(outbox::any_tries(ready.pair));
    }
    let seen = db.begin(&script)?;
    let (changed, any) = seen.split_at_checked(saves.len()).unwrap_or_default();
    if changed.iter().any(|answer| answer.affected != 1) {
        return Ok(None);
    }
    let is_any = |place: usize| any.get(place).is_some_and(|answer| !answer.rows.is_empty());
    let pair = PairSight {
        any_held: is_any(0),
        any_tries: is_any(1),
        ..PairSight::default()
    };
    let last = close(db, ready, &tasks, &pair)?;
    db.commit(&last)?;
    Ok(Some(done(ready, tasks)))
}

fn done(ready: &Ready, tasks: Vec<Task>) -> Vec<Applied> {
    if close::any_delivered(&tasks) {
        ready.push_noted();
    }
    answers(tasks.len(), tasks, &[])
}

/// What is left to be written once the links are changed.
fn close(
    db: &mut Connection,
    ready: &Ready,
    tasks: &[Task],
    pair: &PairSight,
) -> Result<Vec<String>, Failure> {
    close::script(db, ready, &Batch::default(), tasks, &[], pair)
}

/// Holds for the statements behind the change of a link that was carried out.
const CHANGED: &str = "@ecs_changed=1";

/// Changes a link, and where it still is as it was does the rest, all in one transaction and with one question: nobody waits for
/// its first part to be answered. Each statement of the rest ends with its condition. The locks are given back after the commit.
fn if_changed(
    db: &mut Connection,
    change: &str,
    rest: &[String],
    locks: &[String],
) -> Result<bool, Failure> {
    let unlocking = db.unlocking(locks, CHANGED);
    if rest.is_empty() && unlocking.is_none() {
        let answer = db.ask(change)?;
        return Ok(answer.affected == 1);
    }
    let mut script = vec![change.to_owned(), "SET @ecs_changed=ROW_COUNT()".to_owned()];
    let rest = rest.iter();
    script.extend(rest.map(|statement| format!("{statement} AND {CHANGED}")));
    let answers = db.whole(&[], &script, &Vec::from_iter(unlocking))?;
    let changed = answers.first().is_some_and(|answer| answer.affected == 1);
    if changed {
        db.unlocked(locks);
    }
    Ok(changed)
}

fn task(index: usize, step: &Step, save: &Save<'_>) -> Task {
    Task {
        case: Case {
            index,
            missed: None,
            key: Some(save.key.clone()),
            row: RowSeen::Absent,
            parts: Parts::default(),
            link: None,
            item: save.draft.item.clone(),
        },
        step: step.clone(),
        held: None,
        made: None,
        photo: None,
        back: None,
        columns: Vec::new(),
        link: Some((save.id, LinkVersion(save.version.0 + 1))),
        stamp: None,
    }
}
