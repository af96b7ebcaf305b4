//! The app's table and our tables beside it, as plain values: cloned to begin a transaction, put back to commit it.

use std::collections::{BTreeMap, BTreeSet};

use exchange_contact_sync::contact::{Contact, Picture, Property, Value};
use exchange_contact_sync::sync::back_off::BackOff;
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::ids::{
    ChangeKey, Cursor, ItemId, LinkId, LinkVersion, Moment, OutboxId, RowKey, Stamp,
};
use exchange_contact_sync::sync::link::{Attempt, Link, LinkRef, LinkState, Named};
use exchange_contact_sync::sync::matching::MatchKey;
use exchange_contact_sync::sync::ports::{
    Asked, Candidate, ConflictRecord, HeldRecord, Identity, Lease, Look, Row, RowSeen, Side,
    Staged, Unread,
};

/// What the table enforces, and how it changes what is written into it.
#[derive(Clone)]
pub(crate) struct Schema {
    pub(crate) mapped: Vec<Property>,
    pub(crate) unique: Vec<Property>,
    pub(crate) required: Vec<Property>,
    /// Longest text in characters.
    pub(crate) max_length: BTreeMap<Property, usize>,
    pub(crate) normalise: fn(Property, &Value) -> Option<Value>,
    /// Whether triggers note what the app writes.
    pub(crate) triggers: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AppRow {
    pub(crate) contact: Contact,
    /// Columns with a text that is no value of the property.
    pub(crate) unreadable: BTreeMap<Property, String>,
    pub(crate) in_scope: bool,
    pub(crate) marked: bool,
    pub(crate) modified: Option<Moment>,
}

#[derive(Debug, Clone)]
pub(crate) struct StoredLink {
    pub(crate) version: u64,
    pub(crate) key: RowKey,
    pub(crate) state: LinkState,
    pub(crate) item: Option<ItemId>,
    pub(crate) change_key: Option<ChangeKey>,
    /// The base in its stored form.
    pub(crate) base: String,
    pub(crate) attempts: Vec<(Stamp, Moment)>,
    /// Stamps of attempts that are taken for failed: their items are still recognised.
    pub(crate) failed: Vec<Stamp>,
    pub(crate) named: Named,
    pub(crate) generation: u64,
    /// When it got its item.
    pub(crate) joined: Moment,
}

#[derive(Debug, Clone)]
pub(crate) struct Tombstone {
    pub(crate) item: Option<ItemId>,
    pub(crate) ended: Moment,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Pair {
    pub(crate) identity: Option<Identity>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) generation: u64,
    pub(crate) pass_complete: bool,
    /// When the last full pass came to its end.
    pub(crate) passed: Option<Moment>,
    pub(crate) paired: bool,
    /// Until when Exchange is left alone, and why.
    pub(crate) back_off: Option<(Moment, BackOff)>,
    pub(crate) failures: u32,
    pub(crate) checks_versions: Option<bool>,
    pub(crate) had_triggers: bool,
    pub(crate) last_pull: Option<Moment>,
    pub(crate) last_push: Option<Moment>,
    /// When the lease of the running pull was taken.
    pub(crate) pull_began: Option<Moment>,
    /// The mapping of the last full pass.
    pub(crate) mapped: Vec<Property>,
}

#[derive(Clone)]
pub(crate) struct Tables {
    pub(crate) schema: Schema,
    pub(crate) rows: BTreeMap<RowKey, AppRow>,
    /// Rows that another transaction holds.
    pub(crate) locked: BTreeSet<RowKey>,
    /// Rows that another table refers to.
    pub(crate) referred: BTreeSet<RowKey>,
    pub(crate) outbox: BTreeMap<OutboxId, (RowKey, Moment)>,
    /// How often the delivery of a row has failed.
    pub(crate) tries: BTreeMap<RowKey, u32>,
    pub(crate) links: BTreeMap<LinkId, StoredLink>,
    pub(crate) tombstones: Vec<Tombstone>,
    pub(crate) parked: BTreeMap<ItemId, Vec<MatchKey>>,
    pub(crate) held: BTreeMap<u64, HeldRecord>,
    pub(crate) conflicts: Vec<ConflictRecord>,
    pub(crate) acknowledged: BTreeSet<u64>,
    pub(crate) index: Vec<Candidate>,
    /// What a person was asked about.
    pub(crate) asked: BTreeMap<Asked, BTreeSet<LinkId>>,
    pub(crate) deleted_for_remote: Vec<Moment>,
    /// What is known of items under their new ids while the pair is moved, by their old ones.
    pub(crate) moves: BTreeMap<ItemId, Staged>,
    pub(crate) leases: Vec<(u64, Lease)>,
    /// How many sessions may have a turn at the same time.
    pub(crate) turns: usize,
    pub(crate) pair: Pair,
    last: u64,
    /// Rows of the app's table written by us since the start.
    pub(crate) row_writes: u64,
    /// Rows of our own tables written since the start, the pair's bookkeeping apart.
    pub(crate) own_writes: u64,
}

impl Tables {
    pub(crate) fn new(schema: Schema) -> Self {
        Self {
            schema,
            rows: BTreeMap::new(),
            locked: BTreeSet::new(),
            referred: BTreeSet::new(),
            outbox: BTreeMap::new(),
            tries: BTreeMap::new(),
            links: BTreeMap::new(),
            tombstones: Vec::new(),
            parked: BTreeMap::new(),
            held: BTreeMap::new(),
            conflicts: Vec::new(),
            acknowledged: BTreeSet::new(),
            index: Vec::new(),
            asked: BTreeMap::new(),
            deleted_for_remote: Vec::new(),
            moves: BTreeMap::new(),
            leases: Vec::new(),
            turns: 10,
            pair: Pair::default(),
            last: 0,
            row_writes: 0,
            own_writes: 0,
        }
    }

    /// Whether a session may have a turn beside those that have one.
    pub(crate) fn has_turn(&self, session: u64) -> bool {
        let turns = self.leases.iter().filter_map(|(owner, lease)| {
            (matches!(lease, Lease::Turn(_)) && *owner != session).then_some(owner)
        });
        turns.collect::<BTreeSet<_>>().len() < self.turns
    }

    /// A number that was never given before.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn note(&mut self, key: &RowKey, now: Moment) {
        self.own_writes += 1;
        let id = OutboxId(self.next());
        self.outbox.insert(id, (key.clone(), now));
    }

    pub(crate) fn is_noted(&self, key: &RowKey) -> bool {
        self.outbox.values().any(|(noted, _)| noted == key)
    }

    pub(crate) fn link_by_key(&self, key: &RowKey) -> Option<LinkId> {
        let mut found = self.links.iter().filter(|(_, link)| link.key == *key);
        found.next().map(|(id, _)| *id)
    }

    pub(crate) fn link_by_item(&self, item: &ItemId) -> Option<LinkId> {
        let known = |link: &StoredLink| link.item.as_ref() == Some(item);
        let mut found = self.links.iter().filter(|(_, link)| known(link));
        found.next().map(|(id, _)| *id)
    }

    pub(crate) fn link(&self, id: LinkId, now: Moment) -> Option<Link> {
        let stored = self.links.get(&id)?;
        Some(Link {
            id,
            version: LinkVersion(stored.version),
            key: stored.key.clone(),
            state: stored.state,
            item: stored.item.clone(),
            change_key: stored.change_key.clone(),
            base: Base::decode(&stored.base).expect("a base that was encoded"),
            attempts: stored
                .attempts
                .iter()
                .map(|(stamp, at)| Attempt {
                    stamp: stamp.clone(),
                    at: *at,
                    age: now.seconds_since(*at),
                })
                .collect(),
            named: stored.named,
        })
    }

    pub(crate) fn link_ref(&self, id: LinkId) -> LinkRef {
        let stored = &self.links[&id];
        let base = Base::decode(&stored.base).expect("a base that was encoded");
        LinkRef {
            id,
            version: LinkVersion(stored.version),
            key: stored.key.clone(),
            state: stored.state,
            item: stored.item.clone(),
            change_key: stored.change_key.clone(),
            confirmed: base.is_complete(&self.schema.mapped),
            named: stored.named,
            generation: stored.generation,
        }
    }

    /// A row as a locking read that does not wait finds it.
    pub(crate) fn row_seen(&self, key: &RowKey) -> RowSeen {
        if self.locked.contains(key) {
            return RowSeen::Locked;
        }
        let Some(row) = self.rows.get(key) else {
            return RowSeen::Absent;
        };
        let noted = self.outbox.values().filter(|(noted, _)| noted == key);
        let readable = |property: &Property| !row.unreadable.contains_key(property);
        let mapped = self.schema.mapped.iter().copied();
        let mut contact = row
            .contact
            .only(&mapped.clone().filter(readable).collect::<Vec<_>>());
        if let Some(Value::Picture(picture)) = contact.get(Property::Photo) {
            let known = Picture::known(picture.print());
            contact.set(Property::Photo, Some(Value::Picture(known)));
        }
        RowSeen::Present(Box::new(Row {
            contact,
            in_scope: row.in_scope,
            edited: noted.map(|(_, at)| *at).max().or(row.modified),
            unreadable: mapped
                .filter_map(|property| Some(Unread::new(property, row.unreadable.get(&property)?)))
                .collect(),
        }))
    }

    pub(crate) fn look(&self, key: &RowKey, now: Moment) -> Look {
        let notes = self.outbox.iter().filter(|(_, (noted, _))| noted == key);
        Look {
            key: key.clone(),
            row: self.row_seen(key),
            link: self.link_by_key(key).and_then(|id| self.link(id, now)),
            notes: notes.map(|(id, _)| *id).collect(),
            tries: self.tries.get(key).copied().unwrap_or_default(),
            untroubled: self.held.is_empty() && !self.tries.contains_key(key),
        }
    }

    pub(crate) fn is_held(&self, key: &RowKey, side: Side) -> bool {
        self.held
            .values()
            .any(|record| record.hold.side == side && record.key.as_ref() == Some(key))
    }
}
