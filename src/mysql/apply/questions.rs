//! What a batch asks about links, the pair and notes behind the locks of its rows, and what the answers say.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::mysql::answer::Answer;
use crate::mysql::connection::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::links::{self, COLUMNS, Stored, hashes, moment, row_keys};
use crate::mysql::literal;
use crate::mysql::pair::cursor_hash;
use crate::mysql::ready::Ready;
use crate::sync::error::StoreClass;
use crate::sync::ids::{ItemId, Moment, RowKey};
use crate::sync::ports::{Batch, Target};

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

/// Links by their ids, keys and items; the last note of each row; the pair.
pub(super) type LinkSight = (Found, HashMap<RowKey, Moment>, PairSight);

/// The script that locks links.
pub(super) struct Questions {
    pub(super) script: Vec<String>,
    /// How many of its statements ask for links.
    conditions: usize,
    /// The links whose attempts it asks for.
    ids: Vec<u64>,
}

impl Questions {
    pub(super) fn new(ready: &Ready, batch: &Batch, mut keys: Vec<&RowKey>) -> Self {
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
                "SELECT row_key, at FROM ecs_outbox WHERE pair={pair} AND {} ORDER BY at",
                links::of_rows("row_key", keys)
            ));
        }
        Self {
            script,
            conditions: conditions.len(),
            ids,
        }
    }

    pub(super) fn read(
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

/// Links, found in three ways.
pub(super) struct Found {
    pub(super) by_id: HashMap<u64, Stored>,
    pub(super) by_key: HashMap<RowKey, u64>,
    pub(super) by_item: HashMap<ItemId, u64>,
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

    pub(super) fn of_key(&self, key: &RowKey) -> Option<&Stored> {
        self.by_id.get(self.by_key.get(key)?)
    }
}
