//! What a batch sees under its locks.

use std::collections::{HashMap, HashSet};

use super::Stop;
use super::questions::{Found, LinkSight, PairSight, Questions};
use crate::mysql::computed::{Computer, Known};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::links::Stored;
use crate::mysql::literal;
use crate::mysql::outbox;
use crate::mysql::parts::Parts;
use crate::mysql::ready::Ready;
use crate::mysql::rows::{self, Looked};
use crate::sync::ids::{ItemId, LinkId, RowKey};
use crate::sync::ports::{Batch, Missed, RowSeen, Target};

/// One target under its locks.
pub(super) struct Case {
    /// The target's place in the batch.
    pub index: usize,
    /// Why it cannot be planned.
    pub missed: Option<Missed>,
    /// The row's key as it is stored.
    pub key: Option<RowKey>,
    /// The row.
    pub row: RowSeen,
    /// What its mapped values are parts of.
    pub parts: Parts,
    /// The link.
    pub link: Option<Stored>,
    /// The item.
    pub item: Option<ItemId>,
}

impl Case {
    fn take(&mut self, looked: Looked) {
        self.key = Some(looked.key);
        self.row = looked.seen;
        self.parts = looked.parts;
    }

    /// Fills in what the app's code computes, if that is known.
    fn fill(&mut self, ready: &Ready, computer: &mut Computer) -> bool {
        let known = self.link.as_ref().map(|stored| Known {
            base: &stored.link.base,
            print: stored.computed.as_deref(),
        });
        match &mut self.row {
            RowSeen::Present(row) => computer.fill(&ready.table, row, &self.parts.computed, known),
            RowSeen::Absent | RowSeen::Locked => true,
        }
    }
}

/// Everything that a batch sees.
pub(super) struct Sight {
    pub cases: Vec<Case>,
    pub pair: PairSight,
}

/// Opens the transaction and locks rows, then links, then the pair.
pub(super) fn gather(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    batch: &Batch,
    excluded: &HashMap<usize, Missed>,
) -> Result<Sight, Stop> {
    let key_of_link = begin(db, batch)?;
    let mut keys: Vec<RowKey> = Vec::new();
    let mut known = HashSet::new();
    for target in &batch.targets {
        let key = match target {
            Target::Unlinked(_) => None,
            Target::Link(id, _) => key_of_link.get(&id.0),
            Target::Row(key, _) | Target::Pairing(_, key) => Some(key),
        };
        if let Some(key) = key
            && known.insert(key)
        {
            keys.push(key.clone());
        }
    }
    let (rows, (found, newest, pair)) = match at_once(db, ready, batch, &keys)? {
        Some(sight) => sight,
        None => {
            let rows = rows::lock(db, &ready.table, &keys)?;
            let links = lock_links(db, ready, batch, &rows)?;
            (rows, links)
        }
    };
    let mut cases = Vec::with_capacity(batch.targets.len());
    let mut doubtful = false;
    let mut open = Vec::new();
    for (index, target) in batch.targets.iter().enumerate() {
        let mut case = judge(index, target, &key_of_link, &rows, &found);
        if let RowSeen::Present(row) = &mut case.row {
            let noted = case.key.as_ref().and_then(|key| newest.get(key)).copied();
            row.edited = noted.or(row.edited);
        }
        doubtful |= match (&case.row, target) {
            (RowSeen::Absent, _) => case.link.is_some(),
            (RowSeen::Present(_), Target::Row(..) | Target::Pairing(..)) => case.link.is_none(),
            (RowSeen::Present(_) | RowSeen::Locked, _) => false,
        };
        case.missed = excluded.get(&index).copied().or(case.missed);
        if case.missed.is_none() && !case.fill(ready, computer) {
            open.push(index);
        }
        cases.push(case);
    }
    if doubtful && outbox::has_renames(db, ready.pair)? {
        return Err(Stop::Renamed);
    }
    if !open.is_empty() {
        return Err(Stop::Open(open));
    }
    Ok(Sight { cases, pair })
}

/// Opens the transaction and gives the row keys of the links that are targets.
fn begin(db: &mut Connection, batch: &Batch) -> Result<HashMap<u64, RowKey>, Failure> {
    let ids = batch.targets.iter().filter_map(|target| match target {
        Target::Link(id, _) => Some(id.0),
        Target::Unlinked(_) | Target::Row(..) | Target::Pairing(..) => None,
    });
    let ids = literal::numbers(ids);
    let mut script = Vec::new();
    if !ids.is_empty() {
        script.push(format!(
            "SELECT id, row_key FROM ecs_links WHERE id IN ({ids})"
        ));
    }
    let answers = db.begin(&script)?;
    Ok(answers
        .iter()
        .flat_map(|answer| &answer.rows)
        .map(|row| {
            (
                row.number(0).unwrap_or_default(),
                RowKey::new(row.string(1)),
            )
        })
        .collect())
}

/// Locks rows and links by one script; nothing where a row is not there or needs more than that. A lock of rows never waits, so it does no
/// harm that links may be locked by then.
fn at_once(
    db: &mut Connection,
    ready: &Ready,
    batch: &Batch,
    keys: &[RowKey],
) -> Result<Option<(rows::Rows, LinkSight)>, Failure> {
    let table = &ready.table;
    if keys.is_empty() || !rows::is_plain(table) {
        return Ok(None);
    }
    let asked: Vec<&RowKey> = keys.iter().collect();
    let mut script = vec![rows::locking(table, &asked)];
    let links = Questions::new(ready, batch, asked);
    script.extend_from_slice(&links.script);
    let mut answers = db.run(&script)?.into_iter();
    match rows::all_of(table, keys, answers.next()) {
        Some(rows) => Ok(Some((rows, links.read(db, ready, batch, answers)?))),
        None => Ok(None),
    }
}

/// Locks links and the pair, and reads what else is to be known, in one script.
fn lock_links(
    db: &mut Connection,
    ready: &Ready,
    batch: &Batch,
    rows: &rows::Rows,
) -> Result<LinkSight, Failure> {
    let keys = rows.iter().flat_map(|(asked, row)| [asked, &row.key]);
    let links = Questions::new(ready, batch, keys.collect());
    let answers = db.run(&links.script)?;
    links.read(db, ready, batch, answers.into_iter())
}

fn judge(
    index: usize,
    target: &Target,
    key_of_link: &HashMap<u64, RowKey>,
    rows: &rows::Rows,
    found: &Found,
) -> Case {
    let row_of = |key: &RowKey| {
        rows.get(key)
            .cloned()
            .unwrap_or_else(|| Looked::without(key, RowSeen::Absent))
    };
    let mut case = Case {
        index,
        missed: None,
        key: None,
        row: RowSeen::Absent,
        parts: Parts::default(),
        link: None,
        item: None,
    };
    let stale = match target {
        Target::Unlinked(item) => {
            case.item = Some(item.clone());
            found.by_item.contains_key(item)
        }
        Target::Link(id, version) => {
            case.link = found.by_id.get(&id.0).cloned();
            if let Some(key) = key_of_link.get(&id.0) {
                case.take(row_of(key));
            }
            case.link
                .as_ref()
                .is_none_or(|stored| stored.link.version != *version)
        }
        Target::Row(key, link) => {
            let row = row_of(key);
            let known = found.of_key(&row.key).or_else(|| found.of_key(key));
            case.link = known.cloned();
            case.take(row);
            let now: Option<(LinkId, _)> = case
                .link
                .as_ref()
                .map(|stored| (stored.link.id, stored.link.version));
            now != *link
        }
        Target::Pairing(item, key) => {
            let row = row_of(key);
            case.item = Some(item.clone());
            let linked = found.of_key(&row.key).is_some() || found.of_key(key).is_some();
            case.take(row);
            linked || found.by_item.contains_key(item)
        }
    };
    if case.item.is_none() {
        case.item = case
            .link
            .as_ref()
            .and_then(|stored| stored.link.item.clone());
    }
    if stale {
        case.missed = Some(Missed::Stale);
    } else if case.row == RowSeen::Locked {
        case.missed = Some(Missed::Locked);
    }
    case
}
