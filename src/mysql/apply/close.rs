//! The last statements of a batch: journals, outbox, parked items, links that were met, and the cursor.

use super::questions::PairSight;
use super::refuse::Refusal;
use super::sight::Case;
use super::{Task, computed, link, pass_of};
use crate::contact::Contact;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::journal::{conflict_all, conflict_row, hold, side_number};
use crate::mysql::links::{self, hash, hashes, row_key};
use crate::mysql::literal::{bytes, list, numbers, text};
use crate::mysql::outbox;
use crate::mysql::pair::cursor_hash;
use crate::mysql::parked::{park, unpark};
use crate::mysql::ready::Ready;
use crate::sync::ids::{ItemId, LinkId, RowKey};
use crate::sync::matching::MatchKey;
use crate::sync::ports::{
    Batch, CursorMove, Effect, Hold, LinkWrite, Row, RowSeen, RowWrite, Side, Target,
};

/// Everything that is left to be written before the commit.
///
/// # Errors
/// When the database fails.
pub(super) fn script(
    db: &mut Connection,
    ready: &Ready,
    batch: &Batch,
    tasks: &[Task],
    unplanned: &[Case],
    pair: &PairSight,
) -> Result<Vec<String>, Failure> {
    let mut script = Vec::new();
    journal(db, ready, tasks, pair.any_held, &mut script)?;
    notes(ready, tasks, &mut script);
    if pair.any_tries {
        script.extend(delivered_at_last(ready, tasks));
    }
    waiting(
        db,
        ready,
        batch,
        tasks,
        unplanned,
        pair.any_parked,
        &mut script,
    )?;
    if !batch.forget.is_empty() && pair.any_held {
        script.push(format!(
            "DELETE FROM ecs_held WHERE pair={} AND side=1 AND item_hash IN ({})",
            ready.pair,
            hashes(&batch.forget)
        ));
    }
    confirm(ready, tasks, &mut script);
    let met = numbers(
        batch
            .met
            .iter()
            .chain(held_but_met(batch, tasks))
            .map(|id| id.0),
    );
    if !met.is_empty() {
        let generation = pass_of(batch).unwrap_or(pair.generation);
        script.push(format!(
            "UPDATE ecs_links SET seen=1, generation={generation} WHERE id IN ({met}) AND (seen<>1 OR generation<>{generation})"
        ));
    }
    if let Some(cursor) = &batch.cursor {
        script.extend(move_cursor(ready, cursor, pair));
    }
    if ready.is_push_to_note() && any_delivered(tasks) {
        script.push(format!(
            "UPDATE ecs_activity SET last_push=UTC_TIMESTAMP(6) WHERE pair={}",
            ready.pair
        ));
    }
    Ok(script)
}

/// Whether Exchange was reached and changed before these steps were applied.
pub(super) fn any_delivered(tasks: &[Task]) -> bool {
    tasks.iter().any(|task| {
        matches!(
            task.step.effect,
            Effect::ItemCreated | Effect::ItemUpdated | Effect::ItemDeleted
        )
    })
}

/// Links whose items a list names although they could not be read, or their rows not be written.
fn held_but_met<'a>(batch: &Batch, tasks: &'a [Task]) -> impl Iterator<Item = &'a LinkId> {
    let listed = pass_of(batch).is_some();
    tasks
        .iter()
        .filter(move |task| listed && (task.held.is_some() || task.step.hold.is_some()))
        .filter_map(|task| task.case.link.as_ref())
        .map(|stored| &stored.link.id)
}

/// Holds, ends of holds and conflicts.
fn journal(
    db: &mut Connection,
    ready: &Ready,
    tasks: &[Task],
    any_held: bool,
    script: &mut Vec<String>,
) -> Result<(), Failure> {
    let (mut holds, mut conflicts) = (Vec::new(), Vec::new());
    let mut settled: [(Vec<String>, Vec<String>); 2] = Default::default();
    for task in tasks {
        let (key, [before, after]) = (task.key(), items(task));
        let item = after.or(before);
        if let Some(refusal) = &task.held {
            holds.push((key, item, refused(task, refusal)));
            continue;
        }
        for conflict in &task.step.conflicts {
            conflicts.push(conflict_row(ready.pair, key, conflict));
        }
        if let Some(hold) = &task.step.hold {
            holds.push((key, before.or(after), hold.clone()));
        } else if let Some(side) = task.step.settles.filter(|_| any_held) {
            let [of_row, of_item] = &mut settled;
            let (keys, items) = match side {
                Side::Row => of_row,
                Side::Item => of_item,
            };
            keys.extend(key.map(row_key));
            items.extend(
                [before, after]
                    .into_iter()
                    .flatten()
                    .map(|item| hash(item.as_str())),
            );
        }
    }
    if any_held {
        for (side, (keys, items)) in [Side::Row, Side::Item].into_iter().zip(settled) {
            // What could not be written to a row is known by its item: another one of the same row still waits.
            let by_row = match side {
                Side::Row => "item_hash IS NULL AND row_key",
                Side::Item => "row_key",
            };
            for (column, values) in [(by_row, keys), ("item_hash", items)] {
                if !values.is_empty() {
                    script.push(format!(
                        "DELETE FROM ecs_held WHERE pair={} AND side={} AND {column} IN ({})",
                        ready.pair,
                        side_number(side),
                        list(values)
                    ));
                }
            }
        }
    }
    script.extend(hold(db, ready.pair, &holds, any_held)?);
    if !conflicts.is_empty() {
        script.extend(conflict_all(&conflicts));
    }
    Ok(())
}

/// The items that a task speaks of: before the step and after it.
fn items(task: &Task) -> [Option<&ItemId>; 2] {
    let after = match &task.step.link {
        LinkWrite::Save(draft) | LinkWrite::Attempt(draft) => draft.item.as_ref(),
        LinkWrite::Keep | LinkWrite::End => None,
    };
    [task.case.item.as_ref(), after]
}

/// A hold of the row as it would be; of a row that could not be deleted, as it is.
fn refused(task: &Task, refusal: &Refusal) -> Hold {
    let mut contact = match &task.case.row {
        RowSeen::Present(row) => row.contact.clone(),
        RowSeen::Absent | RowSeen::Locked => Contact::new(),
    };
    match &task.step.row {
        RowWrite::Insert(values) => contact = values.clone(),
        RowWrite::Update(changes) => contact.apply(changes),
        RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => {}
    }
    Hold {
        side: Side::Row,
        kind: refusal.kind,
        reason: refusal.reason.clone(),
        contact,
    }
}

/// Notes that are done, and rows that are noted: by the plan, or because the table's own triggers changed what we did not write.
fn notes(ready: &Ready, tasks: &[Task], script: &mut Vec<String>) {
    let planned = tasks.iter().filter(|task| task.held.is_none());
    let done = planned.clone().flat_map(|task| &task.step.done);
    script.extend(outbox::delete("ecs_outbox", done.map(|note| note.0)));
    let added: Vec<&RowKey> = planned
        .filter(|task| task.step.enqueue || touched(ready, task))
        .filter_map(Task::key)
        .collect();
    script.extend(outbox::add(ready.pair, added));
}

/// Rows whose notes are done have got over their failures; those that are held are still under suspicion.
fn delivered_at_last(ready: &Ready, tasks: &[Task]) -> Option<String> {
    let done = tasks.iter().filter(|task| {
        task.held.is_none() && task.step.hold.is_none() && !task.step.done.is_empty()
    });
    let keys = list(done.filter_map(Task::key).map(row_key));
    (!keys.is_empty()).then(|| {
        format!(
            "DELETE FROM ecs_tries WHERE pair={} AND row_key IN ({keys})",
            ready.pair
        )
    })
}

/// Whether the database changed mapped columns of the row that the step did not name.
fn touched(ready: &Ready, task: &Task) -> bool {
    let (RowWrite::Update(changes), RowSeen::Present(before), Some(back)) =
        (&task.step.row, &task.case.row, &task.back)
    else {
        return false;
    };
    let back = &back.row;
    let same = |before: &Row, back: &Row, property| match (
        before.contact.get(property),
        back.contact.get(property),
    ) {
        (Some(before), Some(back)) => before.same(back),
        (before, back) => before.is_none() && back.is_none(),
    };
    let mut others = ready
        .table
        .mapped
        .iter()
        .filter(|property| !changes.contains(**property) && before.can_read(**property));
    others.any(|property| !same(before, back, *property))
}

/// Items that begin or end to wait.
fn waiting(
    db: &mut Connection,
    ready: &Ready,
    batch: &Batch,
    tasks: &[Task],
    unplanned: &[Case],
    any_parked: bool,
    script: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut parked: Vec<(&ItemId, Option<&[MatchKey]>)> = Vec::new();
    let mut free: Vec<&ItemId> = batch.forget.iter().collect();
    for task in tasks {
        // A contact that is held is tried again by its hold.
        if task.step.unpark {
            free.extend(items(task).into_iter().flatten());
        } else if let (Some(keys), Some(item), None) =
            (&task.step.park, &task.case.item, &task.held)
        {
            parked.push((item, Some(keys)));
        }
    }
    if batch.park_missed {
        for case in unplanned {
            let of_item = match batch.targets.get(case.index) {
                Some(Target::Unlinked(_) | Target::Link(..) | Target::Pairing(..)) => {
                    case.item.as_ref()
                }
                Some(Target::Row(..)) | None => None,
            };
            if let Some(item) = of_item {
                parked.push((item, None));
            }
        }
    }
    if any_parked {
        free.sort_unstable();
        free.dedup();
        let free: Vec<String> = free.iter().map(|item| hash(item.as_str())).collect();
        script.extend(unpark(ready.pair, &free));
    }
    script.extend(park(db, ready.pair, &parked)?);
    Ok(())
}

/// Links that stay as they are, but whose base is complete for a mapping that has changed.
fn confirm(ready: &Ready, tasks: &[Task], script: &mut Vec<String>) {
    let ids = tasks
        .iter()
        .filter(|task| task.held.is_none() && task.step.link == LinkWrite::Keep)
        .filter_map(|task| task.case.link.as_ref())
        .filter(|stored| {
            let now = link::confirmed(ready, &stored.link.base);
            now != 0 && now != stored.confirmed
        })
        .map(|stored| stored.link.id.0);
    let ids = numbers(ids);
    if !ids.is_empty() {
        script.push(format!(
            "UPDATE ecs_links SET confirmed={} WHERE id IN ({ids})",
            ready.table.print()
        ));
    }
    let kept = tasks
        .iter()
        .filter(|task| task.held.is_none() && task.step.link == LinkWrite::Keep);
    script.extend(kept.filter_map(|task| {
        let stored = task.case.link.as_ref()?;
        let print = computed::print(ready, task, &stored.link.base)?;
        (stored.computed.as_ref() != Some(&print)).then(|| links::remember(stored.link.id, &print))
    }));
}

fn move_cursor(ready: &Ready, cursor: &CursorMove, pair: &PairSight) -> Option<String> {
    let moved = cursor.from.as_ref() != Some(&cursor.to);
    let mut sets = Vec::new();
    if moved {
        sets.push(format!(
            "cursor_kind={}, cursor_text={}, cursor_hash={}",
            text(&cursor.to.kind),
            text(&cursor.to.text),
            bytes(&cursor_hash(&cursor.to))
        ));
    }
    if cursor.generation != pair.generation || cursor.pass_complete != pair.pass_complete {
        sets.push(format!(
            "generation={}, pass_complete={}",
            cursor.generation,
            u8::from(cursor.pass_complete)
        ));
    }
    // Only the pass that comes to its end with this page has seen everything with the mapping of now.
    let ends =
        cursor.pass_complete && (!pair.pass_complete || pair.generation != cursor.generation);
    if ends {
        sets.push("paired=1, passed=UTC_TIMESTAMP(6)".to_owned());
        if !pair.mapping_same {
            sets.push(format!("mapping={}", bytes(&ready.table.fingerprint)));
        }
    }
    (!sets.is_empty()).then(|| {
        format!(
            "UPDATE ecs_pairs SET {} WHERE id={}",
            sets.join(", "),
            ready.pair
        )
    })
}
