//! Links as our tables keep them.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::answer::{Answer, Record};
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{self, bytes, text};
use super::timezone::Zone;
use crate::sync::base::Base;
use crate::sync::ids::{ChangeKey, ItemId, LinkId, LinkVersion, Moment, RowKey, Stamp};
use crate::sync::link::{Attempt, Link, LinkRef, LinkState, Named};

/// What is read of a link, in the order that `stored` and `reference` expect.
pub(crate) const COLUMNS: &str = "l.id, l.version, l.row_key, l.state, l.item, l.change_key, l.seen, l.generation, l.confirmed, l.base, l.computed";

/// The same without the base.
pub(crate) const REFERENCE: &str =
    "l.id, l.version, l.row_key, l.state, l.item, l.change_key, l.seen, l.generation, l.confirmed";

/// A link with what only the store knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// The link.
    pub(crate) link: Link,
    /// The full pass that last met it.
    pub(crate) generation: u64,
    /// The mapping for which its base is complete, 0 for none.
    pub(crate) confirmed: u64,
    /// The fingerprint of the columns that mean what its base says of what is computed.
    pub(crate) computed: Option<Vec<u8>>,
}

/// The SHA-256 of an id, as a literal.
#[must_use]
pub(crate) fn hash(id: &str) -> String {
    bytes(&bytes_of(id))
}

/// The SHA-256 of an id.
#[must_use]
pub(crate) fn bytes_of(id: &str) -> Vec<u8> {
    Sha256::digest(id.as_bytes()).to_vec()
}

/// The hashes of items, joined by commas.
pub(crate) fn hashes<'a>(items: impl IntoIterator<Item = &'a ItemId>) -> String {
    literal::list(items.into_iter().map(|item| hash(item.as_str())))
}

/// The literals of row keys as our tables keep them, joined by commas.
pub(crate) fn row_keys<'a>(keys: impl IntoIterator<Item = &'a RowKey>) -> String {
    literal::list(keys.into_iter().map(row_key))
}

/// The condition that a column of our tables has one of these row keys.
pub(crate) fn of_rows<'a>(column: &str, keys: impl IntoIterator<Item = &'a RowKey>) -> String {
    literal::among(column, keys.into_iter().map(row_key))
}

/// A row key as our tables keep it.
#[must_use]
pub(crate) fn row_key(key: &RowKey) -> String {
    bytes(key.as_str().as_bytes())
}

/// The number that stands for whether a list has named an item.
#[must_use]
pub(crate) const fn named_number(named: Named) -> u8 {
    match named {
        Named::NotYet => 0,
        Named::Yes => 1,
        Named::Perhaps => 2,
    }
}

const fn named(number: Option<u64>) -> Named {
    match number {
        Some(1) => Named::Yes,
        Some(2) => Named::Perhaps,
        _ => Named::NotYet,
    }
}

/// The number that stands for a state.
#[must_use]
pub(crate) const fn state_number(state: LinkState) -> u8 {
    match state {
        LinkState::Creating => 1,
        LinkState::Linked => 2,
        LinkState::RemoteGone => 3,
        LinkState::Detached => 4,
    }
}

fn state(number: Option<u8>) -> LinkState {
    match number {
        Some(1) => LinkState::Creating,
        Some(3) => LinkState::RemoteGone,
        Some(4) => LinkState::Detached,
        _ => LinkState::Linked,
    }
}

/// Reads a link; its attempts are read apart.
#[must_use]
pub(crate) fn stored(record: &Record) -> Stored {
    Stored {
        link: Link {
            id: LinkId(record.number(0).unwrap_or_default()),
            version: LinkVersion(record.number(1).unwrap_or_default()),
            key: RowKey::new(record.string(2)),
            state: state(record.number(3)),
            item: record.text(4).map(ItemId::new),
            change_key: record.text(5).map(ChangeKey::new),
            base: Base::decode(&record.string(9)).unwrap_or_default(),
            attempts: Vec::new(),
            named: named(record.number(6)),
        },
        generation: record.number(7).unwrap_or_default(),
        confirmed: record.number(8).unwrap_or_default(),
        computed: record.bytes(10).map(<[u8]>::to_vec),
    }
}

/// Reads a reference to a link; `print` stands for the mapping as it is now.
#[must_use]
pub(crate) fn reference(record: &Record, print: u64) -> LinkRef {
    LinkRef {
        id: LinkId(record.number(0).unwrap_or_default()),
        version: LinkVersion(record.number(1).unwrap_or_default()),
        key: RowKey::new(record.string(2)),
        state: state(record.number(3)),
        item: record.text(4).map(ItemId::new),
        change_key: record.text(5).map(ChangeKey::new),
        confirmed: record.number(8) == Some(print),
        named: named(record.number(6)),
        generation: record.number(7).unwrap_or_default(),
    }
}

/// The statement that reads the attempts of links that are not known to have failed.
#[must_use]
pub(crate) fn attempts_of(links: &str) -> String {
    format!(
        "SELECT link, stamp, at, TIMESTAMPDIFF(SECOND, at, UTC_TIMESTAMP(6)) FROM ecs_attempts WHERE link IN ({links}) AND failed=0 ORDER BY id"
    )
}

/// Gives links their attempts.
pub(crate) fn add_attempts(links: &mut [Stored], records: &[Record]) {
    if records.is_empty() {
        return;
    }
    let mut attempts: HashMap<u64, Vec<Attempt>> = HashMap::new();
    for record in records {
        let link = record.number(0).unwrap_or_default();
        attempts.entry(link).or_default().push(Attempt {
            stamp: Stamp::new(record.string(1)),
            at: moment(record, 2).unwrap_or(Moment(0)),
            age: record.number(3).unwrap_or_default(),
        });
    }
    for stored in links {
        if let Some(attempts) = attempts.remove(&stored.link.id.0) {
            stored.link.attempts = attempts;
        }
    }
}

/// Reads links, those of items that are being created with their attempts; `condition` speaks of `l`.
///
/// # Errors
/// When the database fails.
pub(crate) fn read(db: &mut Connection, condition: &str) -> Result<Vec<Stored>, Failure> {
    let answer = db.ask(&statement(condition))?;
    of_answer(db, &answer)
}

/// The statement of [`read`].
#[must_use]
pub(crate) fn statement(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM ecs_links l WHERE {condition}")
}

/// The links of the answer to [`statement`], those of items that are being created with their attempts.
///
/// # Errors
/// When the database fails.
pub(crate) fn of_answer(db: &mut Connection, answer: &Answer) -> Result<Vec<Stored>, Failure> {
    let mut links: Vec<Stored> = answer.rows.iter().map(stored).collect();
    let creating = links
        .iter()
        .filter(|stored| stored.link.state == LinkState::Creating);
    let ids = literal::numbers(creating.map(|stored| stored.link.id.0));
    if !ids.is_empty() {
        let answer = db.ask(&attempts_of(&ids))?;
        add_attempts(&mut links, &answer.rows);
    }
    Ok(links)
}

/// Reads references to links; `rest` speaks of `l` from WHERE on.
///
/// # Errors
/// When the database fails.
pub(crate) fn references(
    db: &mut Connection,
    print: u64,
    condition: &str,
) -> Result<Vec<LinkRef>, Failure> {
    let answer = db.ask(&format!(
        "SELECT {REFERENCE} FROM ecs_links l WHERE {condition}"
    ))?;
    Ok(answer
        .rows
        .iter()
        .map(|record| reference(record, print))
        .collect())
}

/// The links that began an attempt with one of some stamps, with the stamp.
///
/// # Errors
/// When the database fails.
pub(crate) fn stamped(
    db: &mut Connection,
    pair: u32,
    print: u64,
    stamps: &[Stamp],
) -> Result<Vec<(Stamp, LinkRef)>, Failure> {
    if stamps.is_empty() {
        return Ok(Vec::new());
    }
    let list = literal::list(stamps.iter().map(|stamp| text(stamp.as_str())));
    let answer = db.ask(&format!(
        "SELECT {REFERENCE}, a.stamp FROM ecs_attempts a JOIN ecs_links l ON l.id=a.link WHERE a.pair={pair} AND a.stamp IN ({list})"
    ))?;
    Ok(answer
        .rows
        .iter()
        .map(|record| (Stamp::new(record.string(9)), reference(record, print)))
        .collect())
}

/// The statement by which a link remembers which columns mean what its base says of what is computed.
#[must_use]
pub(crate) fn remember(link: LinkId, print: &[u8]) -> String {
    format!(
        "UPDATE ecs_links SET computed={} WHERE id={}",
        bytes(print),
        link.0
    )
}

/// A time of ours, which are all in UTC.
#[must_use]
pub(crate) fn moment(record: &Record, index: usize) -> Option<Moment> {
    Zone::utc().moment(std::str::from_utf8(record.bytes(index)?).ok()?)
}
