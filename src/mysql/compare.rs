//! Finding rows that changed without a note: foreign-key cascades, restores, or no triggers at all (R12).

use std::collections::{HashMap, HashSet};

use super::computed::{Computer, Known};
use super::connection::Connection;
use super::failure::Failure;
use super::links::{remember, row_key, row_keys, state_number};
use super::literal::identifier;
use super::parts::Found;
use super::ready::Ready;
use crate::sync::base::Base;
use crate::sync::ids::{LinkId, RowKey};
use crate::sync::link::LinkState;
use crate::sync::ports::{Row, Unnoted};

/// How many rows one slice has.
const SLICE: usize = 1_000;

/// How a link stands to its row.
struct Link {
    id: LinkId,
    base: Base,
    state: u8,
    /// The fingerprint of the columns that mean what the base says of what is computed.
    computed: Option<Vec<u8>>,
}

/// Finds rows that differ from their base, rows without a link, and links without a row: in one slice after the last one, or in all.
///
/// # Errors
/// When the database fails.
pub(crate) fn compare(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    all: bool,
) -> Result<Unnoted, Failure> {
    let answer = db.ask(&format!(
        "SELECT slice_row, slice_link, paired, had_triggers FROM ecs_pairs WHERE id={}",
        ready.pair
    ))?;
    let place = answer.rows.first();
    let paired = place.is_some_and(|row| row.flag(2));
    let had_triggers = place.is_some_and(|row| row.flag(3));
    let (old_row, old_link) = (
        place.and_then(|row| row.text(0)).map(RowKey::new),
        place.and_then(|row| row.number(1)).unwrap_or(0_u64),
    );
    let (mut row, mut link) = if all {
        (None, 0)
    } else {
        (old_row.clone(), old_link)
    };
    let mut found = Unnoted {
        by_surprise: ready.triggers || had_triggers,
        ..Unnoted::default()
    };
    loop {
        let next = rows(db, ready, computer, row.as_ref(), paired, &mut found)?;
        row = next;
        if !all || row.is_none() {
            break;
        }
    }
    loop {
        let next = links(db, ready, link, &mut found)?;
        link = next;
        if !all || link == 0 {
            break;
        }
    }
    if !all && (row != old_row || link != old_link) {
        db.ask(&format!(
            "UPDATE ecs_pairs SET slice_row={}, slice_link={link} WHERE id={}",
            row.as_ref().map_or_else(|| "NULL".to_owned(), row_key),
            ready.pair
        ))?;
    }
    if ready.triggers && !had_triggers {
        db.ask(&format!(
            "UPDATE ecs_pairs SET had_triggers=1 WHERE id={}",
            ready.pair
        ))?;
    }
    Ok(found)
}

impl Link {
    fn told(&self) -> Known<'_> {
        Known {
            base: &self.base,
            print: self.computed.as_deref(),
        }
    }
}

/// One slice of rows after a key; gives the key to go on after, `None` at the end.
fn rows(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    after: Option<&RowKey>,
    paired: bool,
    found: &mut Unnoted,
) -> Result<Option<RowKey>, Failure> {
    let table = &ready.table;
    let name = identifier(&table.key.name);
    let from = after.map_or_else(
        || "TRUE".to_owned(),
        |key| format!("t.{name}>{}", table.key.literal(key)),
    );
    let condition = format!("WHERE {from} ORDER BY t.{name} LIMIT {SLICE}");
    let mut rows = super::rows::select(db, table, &condition)?;
    let next = (rows.len() == SLICE)
        .then(|| rows.last().map(|found| found.key.clone()))
        .flatten();
    if rows.is_empty() {
        return Ok(None);
    }
    let keys = row_keys(rows.iter().map(|found| &found.key));
    let answer = db.ask(&format!(
        "SELECT row_key, state, base, id, computed FROM ecs_links WHERE pair={} AND row_key IN ({keys})",
        ready.pair
    ))?;
    let known: HashMap<RowKey, Link> = answer
        .rows
        .iter()
        .map(|row| {
            let link = Link {
                id: LinkId(row.number(3).unwrap_or_default()),
                state: row.number(1).unwrap_or_default(),
                base: Base::decode(&row.string(2)).unwrap_or_default(),
                computed: row.bytes(4).map(<[u8]>::to_vec),
            };
            (RowKey::new(row.string(0)), link)
        })
        .collect();
    if !table.computed.is_empty() {
        compute(db, ready, computer, &mut rows, &known)?;
    }
    let mut differing = Vec::new();
    let mut others = Vec::new();
    for Found { key, row, .. } in rows {
        match known.get(&key) {
            Some(known) if alive(known) && !row.in_scope => others.push(key),
            Some(known) if alive(known) && differs(ready, known, &row) => {
                differing.push((key, known.id));
            }
            Some(_) => {}
            None if paired && row.in_scope => others.push(key),
            None => {}
        }
    }
    let keys = differing.iter().map(|(key, _)| key).chain(&others);
    let spoken_for = spoken_for(db, ready.pair, keys)?;
    differing.retain(|(key, _)| !spoken_for.contains(key));
    others.retain(|key| !spoken_for.contains(key));
    found.differing.append(&mut differing);
    found.others.append(&mut others);
    Ok(next)
}

/// Fills in what the app's code computes. Where the columns are no longer what they were, it is asked, unless the row waits for its
/// delivery anyway: that row is left out. What comes to the same as before is remembered.
fn compute(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    rows: &mut Vec<Found>,
    links: &HashMap<RowKey, Link>,
) -> Result<(), Failure> {
    let table = &ready.table;
    let mut open = HashSet::new();
    for Found { key, row, parts } in rows.iter_mut() {
        let link = links.get(key).filter(|link| alive(link) && row.in_scope);
        if let Some(link) = link
            && !computer.fill(table, row, &parts.computed, Some(link.told()))
        {
            open.insert(key.clone());
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    computer.begin();
    let spoken_for = spoken_for(db, ready.pair, &open)?;
    rows.retain(|found| !spoken_for.contains(&found.key));
    let asked = rows.iter_mut().filter(|found| open.contains(&found.key));
    let asked = asked.map(|found| (&mut found.row, found.parts.computed.as_slice(), None));
    computer.complete(table, asked)?;
    let same = rows.iter().filter_map(|Found { key, row, parts }| {
        let link = links.get(key).filter(|_| open.contains(key))?;
        let mut properties = table.computed.iter().flat_map(|group| &group.properties);
        let same = properties.all(|property| {
            let held = row.contact.get(*property);
            row.can_read(*property) && link.base.legs(*property).row.holds(held)
        });
        same.then(|| remember(link.id, &table.computed_print(&parts.computed)))
    });
    let same: Vec<String> = same.collect();
    if !same.is_empty() {
        db.run(&same)?;
    }
    Ok(())
}

/// Linked and RemoteGone; one that is being created is noted as long as that takes.
const fn alive(link: &Link) -> bool {
    matches!(link.state, 2 | 3)
}

/// Whether the row of a link is no longer what it was known to be; what cannot be read says nothing.
fn differs(ready: &Ready, link: &Link, row: &Row) -> bool {
    let changed = link.base.row_changes(&row.contact, &ready.table.mapped);
    changed.iter().any(|property| row.can_read(*property))
}

/// One slice of links after a number; gives the number to go on after, 0 at the end. A detached link remembers its item when its
/// row is gone.
fn links(
    db: &mut Connection,
    ready: &Ready,
    after: u64,
    found: &mut Unnoted,
) -> Result<u64, Failure> {
    let answer = db.ask(&format!(
        "SELECT id, row_key FROM ecs_links WHERE pair={} AND id>{after} AND NOT (state={} AND item IS NOT NULL) ORDER BY id LIMIT {SLICE}",
        ready.pair,
        state_number(LinkState::Detached)
    ))?;
    let next = if answer.rows.len() == SLICE {
        answer
            .rows
            .last()
            .and_then(|row| row.number(0))
            .unwrap_or(0)
    } else {
        0
    };
    let keys: Vec<RowKey> = answer
        .rows
        .iter()
        .map(|row| RowKey::new(row.string(1)))
        .collect();
    if keys.is_empty() {
        return Ok(next);
    }
    let name = identifier(&ready.table.key.name);
    let answer = db.ask(&format!(
        "SELECT {name} FROM {} WHERE {name} IN ({})",
        ready.table.name,
        ready.table.key.literals(&keys)
    ))?;
    let there: HashSet<RowKey> = answer
        .rows
        .iter()
        .filter_map(|row| row.bytes(0))
        .map(|value| ready.table.key.read(value))
        .collect();
    let missing: Vec<RowKey> = keys
        .into_iter()
        .filter(|key| !there.contains(key))
        .collect();
    let spoken_for = spoken_for(db, ready.pair, &missing)?;
    let missing = missing.into_iter();
    found
        .others
        .extend(missing.filter(|key| !spoken_for.contains(key)));
    Ok(next)
}

/// Which of these rows have a note, or a hold that waits for its next try.
fn spoken_for<'a>(
    db: &mut Connection,
    pair: u32,
    keys: impl IntoIterator<Item = &'a RowKey>,
) -> Result<HashSet<RowKey>, Failure> {
    let wanted = row_keys(keys);
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let answers = db.run(&[
        format!(
            "SELECT DISTINCT row_key FROM ecs_outbox WHERE pair={pair} AND row_key IN ({wanted})"
        ),
        format!(
            "SELECT row_key FROM ecs_held WHERE pair={pair} AND side=2 AND row_key IN ({wanted})"
        ),
    ])?;
    Ok(answers
        .iter()
        .flat_map(|answer| &answer.rows)
        .map(|row| RowKey::new(row.string(0)))
        .collect())
}
