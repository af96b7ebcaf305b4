//! Links: saved, begun anew, ended, all of a batch in a few statements.

use std::collections::HashMap;

use super::{Stop, Task, attempt, computed};
use crate::contact::Property;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::links::{hash, named_number, row_key, row_keys, state_number};
use crate::mysql::literal::{bytes, list, numbers, text, text_or_null};
use crate::mysql::ready::Ready;
use crate::sync::base::Base;
use crate::sync::error::StoreClass;
use crate::sync::ids::{LinkId, LinkVersion, RowKey};
use crate::sync::link::{LinkDraft, LinkState, Named};
use crate::sync::ports::{Effect, LinkWrite, Missed, RowWrite};

/// What a link is to become, as it is stored.
struct Draft {
    task: usize,
    key: RowKey,
    base: String,
    confirmed: u64,
    generation: u64,
    computed: Option<Vec<u8>>,
}

const INSERT: &str = "INSERT INTO ecs_links (id, pair, row_key, state, item, item_hash, change_key, base, version, confirmed, seen, generation, \
                      item_since, computed) VALUES ";

const BECOMES: &str = " ON DUPLICATE KEY UPDATE item_since=IF(item_hash<=>VALUES(item_hash), item_since, VALUES(item_since)), \
                       row_key=VALUES(row_key), state=VALUES(state), item=VALUES(item), item_hash=VALUES(item_hash), \
                       change_key=VALUES(change_key), base=VALUES(base), version=VALUES(version), confirmed=VALUES(confirmed), \
                       seen=VALUES(seen), generation=VALUES(generation), computed=VALUES(computed)";

/// Since when a link has its item, if it has one from now on.
pub(super) const fn since(item: Option<&str>) -> &'static str {
    match item {
        Some(_) => "UTC_TIMESTAMP(6)",
        None => "NULL",
    }
}

/// Saves, begins and ends the links of a batch. Gives what may go along with the commit. `pass`: a list names the items, so a link that is seen was met by it.
pub(super) fn save(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    pass: Option<u64>,
    last_pass: u64,
) -> Result<Vec<String>, Stop> {
    let generation = pass.unwrap_or(last_pass);
    let (mut new, mut known) = (Vec::new(), Vec::new());
    for place in 0..tasks.len() {
        let Some(task) = tasks.get_mut(place) else {
            continue;
        };
        let existing = task.case.link.as_ref();
        task.link = existing.map(|stored| (stored.link.id, stored.link.version));
        if task.held.is_some() {
            continue;
        }
        match &task.step.link {
            LinkWrite::Save(draft) | LinkWrite::Attempt(draft) => {
                let met = pass.is_some()
                    || existing.is_none_or(|stored| {
                        stored.link.named != Named::Yes || stored.link.item != draft.item
                    });
                let mut draft = becomes(ready, task, draft, met.then_some(generation))?;
                draft.task = place;
                if existing.is_some() {
                    known.push(draft);
                } else {
                    new.push(draft);
                }
            }
            LinkWrite::End => task.link = None,
            LinkWrite::Keep => {}
        }
    }
    // An item may pass from a link that ends to another one.
    let ended = ends(ready, tasks);
    if !ended.is_empty() {
        db.run(&ended)?;
    }
    let written = insert(db, ready, tasks, &new).and_then(|()| change(db, ready, tasks, &known));
    let late = match written {
        Ok(late) => late,
        // A link that another one's item was given to: the other targets go on without it.
        Err(failure) if failure.is_duplicate() => {
            return Err(claimed(db, ready, tasks, &new, &known)?.unwrap_or(Stop::Failed(failure)));
        }
        Err(failure) => return Err(Stop::Failed(failure)),
    };
    attempt::begin(db, ready, tasks)?;
    Ok(late)
}

fn draft_of(task: &Task) -> Option<&LinkDraft> {
    match &task.step.link {
        LinkWrite::Save(draft) | LinkWrite::Attempt(draft) => Some(draft),
        LinkWrite::Keep | LinkWrite::End => None,
    }
}

fn becomes(
    ready: &Ready,
    task: &Task,
    draft: &LinkDraft,
    generation: Option<u64>,
) -> Result<Draft, Failure> {
    let key = task.key().cloned().ok_or_else(|| {
        Failure::new(
            StoreClass::Failed,
            "a link was planned for an item that has no row and gets none",
        )
    })?;
    let mut base = draft.base.clone();
    if let Some(back) = &task.back {
        let written: Vec<Property> = match &task.step.row {
            RowWrite::Insert(_) => ready.table.mapped.clone(),
            RowWrite::Update(changes) => changes.iter().map(|(property, _)| property).collect(),
            RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => Vec::new(),
        };
        let readable = written
            .into_iter()
            .filter(|property| back.row.can_read(*property));
        base.confirm_row(&back.row.contact, readable);
    }
    let before = task
        .case
        .link
        .as_ref()
        .map_or(0, |stored| stored.generation);
    Ok(Draft {
        task: 0,
        key,
        confirmed: confirmed(ready, &base),
        computed: computed::print(ready, task, &base),
        base: base.encode(),
        generation: match generation {
            Some(generation) if draft.named == Named::Yes => generation,
            _ => before,
        },
    })
}

/// What a link with this base is marked with: the mapping for which it is complete.
pub(super) fn confirmed(ready: &Ready, base: &Base) -> u64 {
    if base.is_complete(&ready.table.mapped) {
        ready.table.print()
    } else {
        0
    }
}

fn values(
    ready: &Ready,
    id: Option<LinkId>,
    version: u64,
    draft: &Draft,
    of: &LinkDraft,
) -> String {
    let item = of.item.as_ref().map(|item| item.as_str());
    format!(
        "({},{},{},{},{},{},{},{},{version},{},{},{},{},{})",
        id.map_or_else(|| "NULL".to_owned(), |id| id.0.to_string()),
        ready.pair,
        row_key(&draft.key),
        state_number(of.state),
        text_or_null(item),
        item.map_or_else(|| "NULL".to_owned(), hash),
        text_or_null(of.change_key.as_ref().map(|key| key.as_str())),
        text(&draft.base),
        draft.confirmed,
        named_number(of.named),
        draft.generation,
        since(item),
        draft
            .computed
            .as_deref()
            .map_or_else(|| "NULL".to_owned(), bytes)
    )
}

fn insert(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    drafts: &[Draft],
) -> Result<(), Failure> {
    if drafts.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = drafts
        .iter()
        .filter_map(|draft| {
            let of = draft_of(tasks.get(draft.task)?)?;
            Some(values(ready, None, 1, draft, of))
        })
        .collect();
    let mut ids: HashMap<RowKey, u64> = HashMap::with_capacity(drafts.len());
    for part in parts(&rows, db.server().max_packet / 2) {
        let mut sql = format!("{INSERT}{}", list(part));
        if db.server().mariadb {
            sql.push_str(" RETURNING row_key, id");
        }
        let answer = db.once(&[sql]).all()?;
        ids.extend(answer.iter().flat_map(|answer| &answer.rows).map(pair_of));
    }
    if !db.server().mariadb {
        let answer = db.ask(&format!(
            "SELECT row_key, id FROM ecs_links WHERE pair={} AND row_key IN ({})",
            ready.pair,
            row_keys(drafts.iter().map(|draft| &draft.key))
        ))?;
        ids.extend(answer.rows.iter().map(pair_of));
    }
    for draft in drafts {
        if let (Some(task), Some(id)) = (tasks.get_mut(draft.task), ids.get(&draft.key)) {
            task.link = Some((LinkId(*id), LinkVersion(1)));
        }
    }
    Ok(())
}

fn pair_of(row: &crate::mysql::answer::Record) -> (RowKey, u64) {
    (
        RowKey::new(row.string(0)),
        row.number(1).unwrap_or_default(),
    )
}

fn change(
    db: &mut Connection,
    ready: &Ready,
    tasks: &mut [Task],
    drafts: &[Draft],
) -> Result<Vec<String>, Failure> {
    let mut rows = Vec::with_capacity(drafts.len());
    let mut is_taken = false;
    for draft in drafts {
        let Some(task) = tasks.get_mut(draft.task) else {
            continue;
        };
        let (Some(of), Some(stored)) = (draft_of(task), task.case.link.as_ref()) else {
            continue;
        };
        let link = &stored.link;
        let same = matches!(task.step.link, LinkWrite::Save(_))
            && link.key == draft.key
            && link.state == of.state
            && link.item == of.item
            && link.change_key == of.change_key
            && link.named == of.named
            && stored.confirmed == draft.confirmed
            && stored.generation == draft.generation
            && stored.computed == draft.computed
            && link.base.encode() == draft.base;
        if same {
            continue;
        }
        is_taken |= link.item != of.item || link.key != draft.key;
        let version = link.version.0 + 1;
        rows.push(values(ready, Some(link.id), version, draft, of));
        task.link = Some((link.id, LinkVersion(version)));
    }
    let mut script = parts(&rows, db.server().max_packet / 2)
        .into_iter()
        .map(|part| format!("{INSERT}{}{BECOMES}", list(part)));
    // A link that keeps its item and its row cannot meet another one.
    if rows.len() == 1 && !is_taken {
        return Ok(script.collect());
    }
    script.try_for_each(|sql| db.once(&[sql]).all().map(|_| ()))?;
    Ok(Vec::new())
}

/// Splits value lists so that a statement stays below so many bytes.
fn parts(rows: &[String], limit: usize) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take_while(|row| {
            size += row.len() + 1;
            size < limit
        });
        let count = fitting.count().clamp(1, rest.len());
        let (part, others) = rest.split_at(count);
        parts.push(part);
        rest = others;
    }
    parts
}

/// Finds a target whose item or row another link has.
fn claimed(
    db: &mut Connection,
    ready: &Ready,
    tasks: &[Task],
    new: &[Draft],
    known: &[Draft],
) -> Result<Option<Stop>, Failure> {
    let mut items = HashMap::new();
    for draft in new.iter().chain(known) {
        let Some(task) = tasks.get(draft.task) else {
            continue;
        };
        let own = task.case.link.as_ref().map_or(0, |stored| stored.link.id.0);
        let Some(item) = draft_of(task).and_then(|of| of.item.as_ref()) else {
            continue;
        };
        // Two targets of one batch with one item: the second one has to wait.
        if items
            .insert(hash(item.as_str()), (own, task.case.index))
            .is_some()
        {
            return Ok(Some(Stop::Row(task.case.index, Missed::Stale)));
        }
    }
    if items.is_empty() {
        return Ok(None);
    }
    let answer = db.ask(&format!(
        "SELECT id, CONCAT('x\\'',HEX(item_hash),'\\'') FROM ecs_links WHERE pair={} AND item_hash IN ({})",
        ready.pair,
        list(items.keys())
    ))?;
    Ok(answer.rows.iter().find_map(|row| {
        let (own, index) = items.get(&row.string(1))?;
        (row.number(0) != Some(*own)).then_some(Stop::Row(*index, Missed::Stale))
    }))
}

/// The statements that end links and leave tombstones (R6).
fn ends(ready: &Ready, tasks: &[Task]) -> Vec<String> {
    let (mut stones, mut ended) = (Vec::new(), Vec::new());
    for task in tasks.iter().filter(|task| task.held.is_none()) {
        let Some(stored) = &task.case.link else {
            continue;
        };
        let link = &stored.link;
        let for_deletion = task.step.effect == Effect::RowDeleted
            || (task.step.effect == Effect::Detached && link.state == LinkState::RemoteGone);
        let ends = task.step.link == LinkWrite::End;
        if !ends && !for_deletion {
            continue;
        }
        let item = link
            .item
            .as_ref()
            .filter(|_| ends)
            .map(|item| item.as_str());
        stones.push(format!(
            "({},{},{},{},{},{},UTC_TIMESTAMP(6))",
            ready.pair,
            link.id.0,
            row_key(&link.key),
            text_or_null(item),
            item.map_or_else(|| "NULL".to_owned(), hash),
            u8::from(for_deletion)
        ));
        if ends {
            ended.push(link.id.0);
        }
    }
    let mut script = Vec::new();
    if !stones.is_empty() {
        script.push(format!(
            "INSERT INTO ecs_tombstones (pair, link, row_key, item, item_hash, for_deletion, at) VALUES {}",
            list(stones)
        ));
    }
    if !ended.is_empty() {
        script.push(format!(
            "DELETE FROM ecs_links WHERE id IN ({})",
            numbers(ended)
        ));
    }
    script
}
