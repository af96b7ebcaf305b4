//! What a batch sees under its locks.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Stop;
use crate::mysql::answer::Answer;
use crate::mysql::computed::{Computer, Known};
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::links::{self, COLUMNS, Stored, hashes, micros, moment, row_keys};
use crate::mysql::literal;
use crate::mysql::outbox;
use crate::mysql::pair::cursor_hash;
use crate::mysql::parts::Parts;
use crate::mysql::ready::Ready;
use crate::mysql::rows::{self, Looked};
use crate::sync::error::StoreClass;
use crate::sync::ids::{ItemId, LinkId, Moment, RowKey};
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

/// What the batch needs to know of the pair.
#[derive(Default)]
pub(super) struct PairSight {
    /// The running or last full pass.
    pub generation: u64,
    /// Whether it is complete.
    pub pass_complete: bool,
    /// Whether the stored fingerprint is that of the mapping.
    pub mapping_same: bool,
    /// Whether any contact is held.
    pub any_held: bool,
    /// Whether any item waits for the end of a list.
    pub any_parked: bool,
    /// Whether the delivery of any row has failed.
    pub any_tries: bool,
}

/// Everything that a batch sees.
pub(super) struct Sight {
    pub cases: Vec<Case>,
    pub pair: PairSight,
}

struct Found {
    by_id: HashMap<u64, Stored>,
    by_key: HashMap<RowKey, u64>,
    by_item: HashMap<ItemId, u64>,
}

impl Found {
    fn of(links: Vec<Stored>) -> Self {
        let mut found = Self {
            by_id: HashMap::with_capacity(links.len()),
            by_key: HashMap::new(),
            by_item: HashMap::new(),
        };
        for stored in links {
            let id = stored.link.id.0;
            found.by_key.insert(stored.link.key.clone(), id);
            if let Some(item) = &stored.link.item {
                found.by_item.insert(item.clone(), id);
            }
            found.by_id.insert(id, stored);
        }
        found
    }

    fn of_key(&self, key: &RowKey) -> Option<&Stored> {
        self.by_id.get(self.by_key.get(key)?)
    }
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

type LinkSight = (Found, HashMap<RowKey, Moment>, PairSight);

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
    let links = Questions::new(ready, batch, keys.iter().collect());
    let mut script = vec![rows::locking(table, keys)];
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

/// The script that locks links.
struct Questions {
    script: Vec<String>,
    /// How many of its statements ask for links.
    conditions: usize,
    /// The links whose attempts it asks for.
    ids: Vec<u64>,
}

impl Questions {
    fn new(ready: &Ready, batch: &Batch, mut keys: Vec<&RowKey>) -> Self {
        let pair = ready.pair;
        let mut ids: Vec<u64> = Vec::new();
        let mut items: Vec<&ItemId> = Vec::new();
        // The row of a link that is named leads to no other one, or it is stale.
        let mut named: HashSet<&RowKey> = HashSet::new();
        for target in &batch.targets {
            match target {
                Target::Link(id, _) => ids.push(id.0),
                Target::Row(key, Some((id, _))) => {
                    ids.push(id.0);
                    named.insert(key);
                }
                Target::Unlinked(item) | Target::Pairing(item, _) => items.push(item),
                Target::Row(_, None) => {}
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut conditions = Vec::new();
        if !ids.is_empty() {
            ids.sort_unstable();
            let ids = literal::numbers(ids.iter().copied());
            conditions.push(format!("l.id IN ({ids})"));
        }
        let unnamed: Vec<&RowKey> = keys
            .iter()
            .copied()
            .filter(|key| !named.contains(key))
            .collect();
        if !unnamed.is_empty() {
            conditions.push(format!(
                "l.pair={pair} AND l.row_key IN ({})",
                row_keys(unnamed)
            ));
        }
        if !items.is_empty() {
            conditions.push(format!(
                "l.pair={pair} AND l.item_hash IN ({})",
                hashes(items)
            ));
        }
        let mut script: Vec<String> = conditions
            .iter()
            .map(|condition| {
                format!(
                    "SELECT {COLUMNS} FROM ecs_links l WHERE {condition} ORDER BY l.id FOR UPDATE"
                )
            })
            .collect();
        let lock = if batch.cursor.is_some() {
            " FOR UPDATE"
        } else {
            ""
        };
        // Behind the locks: what somebody else was writing while we waited for them is seen.
        script.push(match ids.is_empty() {
            true => "DO 0".to_owned(),
            false => links::attempts_of(&literal::numbers(ids.iter().copied())),
        });
        script.push(format!(
            "SELECT cursor_hash, generation, pass_complete, mapping, EXISTS (SELECT 1 FROM ecs_held WHERE pair={pair}), \
             EXISTS (SELECT 1 FROM ecs_parked WHERE pair={pair}), EXISTS (SELECT 1 FROM ecs_tries WHERE pair={pair}) \
             FROM ecs_pairs WHERE id={pair}{lock}"
        ));
        if !keys.is_empty() {
            script.push(format!(
                "SELECT row_key, {} FROM ecs_outbox WHERE pair={pair} AND row_key IN ({}) ORDER BY at",
                micros("at"),
                row_keys(keys)
            ));
        }
        Self {
            script,
            conditions: conditions.len(),
            ids,
        }
    }

    fn read(
        &self,
        db: &mut Connection,
        ready: &Ready,
        batch: &Batch,
        mut answers: impl Iterator<Item = Answer>,
    ) -> Result<LinkSight, Failure> {
        let mut links: BTreeMap<u64, Stored> = BTreeMap::new();
        for answer in answers.by_ref().take(self.conditions) {
            for record in &answer.rows {
                let stored = links::stored(record);
                links.insert(stored.link.id.0, stored);
            }
        }
        let attempts = answers.next().unwrap_or_default();
        let seen = pair_sight(ready, batch, answers.next())?;
        let newest = answers
            .next()
            .map(|answer| {
                let rows = answer.rows.iter();
                rows.filter_map(|row| Some((RowKey::new(row.string(0)), moment(row, 1)?)))
                    .collect()
            })
            .unwrap_or_default();
        let mut links: Vec<Stored> = links.into_values().collect();
        links::add_attempts(&mut links, &attempts.rows);
        let others = links.iter().map(|stored| stored.link.id.0);
        let others = others.filter(|id| self.ids.binary_search(id).is_err());
        let others = literal::numbers(others);
        if !others.is_empty() {
            let answer = db.ask(&links::attempts_of(&others))?;
            links::add_attempts(&mut links, &answer.rows);
        }
        Ok((Found::of(links), newest, seen))
    }
}

fn pair_sight(ready: &Ready, batch: &Batch, pair: Option<Answer>) -> Result<PairSight, Failure> {
    let Some(row) = pair.and_then(|answer| answer.rows.into_iter().next()) else {
        return Err(Failure::new(
            StoreClass::NotInstalled,
            "this pair is no longer installed in the database: call install()",
        ));
    };
    if let Some(cursor) = &batch.cursor {
        let asked_with = cursor.from.as_ref().map(cursor_hash);
        if asked_with.as_deref() != row.bytes(0) {
            return Err(Failure::new(
                StoreClass::Contended,
                "another process has moved the cursor of this pair; leave the pull to that one",
            ));
        }
    }
    Ok(PairSight {
        generation: row.number(1).unwrap_or_default(),
        pass_complete: row.flag(2),
        mapping_same: row.bytes(3) == Some(ready.table.fingerprint.as_slice()),
        any_held: row.flag(4),
        any_parked: row.flag(5),
        any_tries: row.flag(6),
    })
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
