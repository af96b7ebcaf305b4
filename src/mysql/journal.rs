//! The journals: held contacts and conflicts, each with its values.

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::links::{hash, micros, moment, row_key};
use super::literal::{bytes, text, text_or_null};
use crate::contact::{Contact, Property, Value, decode_value, encode_value};
use crate::sync::base::Base;
use crate::sync::ids::{ItemId, Moment, RowKey};
use crate::sync::ports::{Conflict, ConflictRecord, HeldRecord, Hold, HoldKind, Side};

/// The most minutes between two tries of a held contact.
const LONGEST_WAIT: u32 = 1_440;

/// The number that stands for a side.
#[must_use]
pub(crate) const fn side_number(side: Side) -> u8 {
    match side {
        Side::Row => 1,
        Side::Item => 2,
    }
}

fn side(number: Option<u8>) -> Option<Side> {
    match number {
        Some(1) => Some(Side::Row),
        Some(2) => Some(Side::Item),
        _ => None,
    }
}

const fn kind_number(kind: HoldKind) -> u8 {
    match kind {
        HoldKind::Unfit => 1,
        HoldKind::Constraint => 2,
        HoldKind::Refused => 3,
        HoldKind::Unreadable => 4,
    }
}

fn kind(number: Option<u8>) -> HoldKind {
    match number {
        Some(1) => HoldKind::Unfit,
        Some(2) => HoldKind::Constraint,
        Some(3) => HoldKind::Refused,
        _ => HoldKind::Unreadable,
    }
}

/// A contact in the form of a base in which only the items' legs are known.
fn encode_contact(contact: &Contact) -> String {
    let mut base = Base::unknown();
    for (property, value) in contact.iter() {
        base.set_item(property, Some(value));
    }
    base.encode()
}

fn decode_contact(stored: &str) -> Contact {
    let base = Base::decode(stored).unwrap_or_default();
    Property::all()
        .filter_map(|property| Some((property, base.legs(property).item.value()?.clone())))
        .collect()
}

/// The statement that notes held contacts; a contact that is held already is tried once more.
#[must_use]
pub(crate) fn hold_all(rows: &[String]) -> String {
    format!(
        "INSERT INTO ecs_held (pair, side, subject, row_key, item, item_hash, kind, reason, contact, tries, since, tried) VALUES {} \
         ON DUPLICATE KEY UPDATE tries=tries+1, tried=VALUES(tried), kind=VALUES(kind), reason=VALUES(reason), contact=VALUES(contact), \
         row_key=VALUES(row_key), item=VALUES(item), item_hash=VALUES(item_hash)",
        rows.join(",")
    )
}

/// The values of one held contact for [`hold_all`]. What could not be written to the row is known by its item, else by its row; what could
/// not be sent the other way round.
#[must_use]
pub(crate) fn hold_row(
    pair: u32,
    key: Option<&RowKey>,
    item: Option<&ItemId>,
    hold: &Hold,
) -> String {
    let by_row = key.map(|key| format!("row\0{key}"));
    let by_item = item.map(|item| format!("item\0{item}"));
    let subject = match hold.side {
        Side::Row => by_item.or(by_row),
        Side::Item => by_row.or(by_item),
    };
    format!(
        "({pair},{},{},{},{},{},{},{},{},1,UTC_TIMESTAMP(6),UTC_TIMESTAMP(6))",
        side_number(hold.side),
        hash(&subject.unwrap_or_default()),
        key.map_or_else(|| "NULL".to_owned(), row_key),
        text_or_null(item.map(ItemId::as_str)),
        item.map_or_else(|| "NULL".to_owned(), |item| hash(item.as_str())),
        kind_number(hold.kind),
        text(&hold.reason),
        text(&encode_contact(&hold.contact))
    )
}

/// The statement that notes conflicts.
#[must_use]
pub(crate) fn conflict_all(rows: &[String]) -> String {
    format!(
        "INSERT INTO ecs_conflicts (pair, row_key, property, row_value, item_value, base_value, kept, at) VALUES {}",
        rows.join(",")
    )
}

/// The values of one conflict for [`conflict_all`].
#[must_use]
pub(crate) fn conflict_row(pair: u32, key: Option<&RowKey>, conflict: &Conflict) -> String {
    let value = |value: Option<&Value>| {
        value.map_or_else(
            || "NULL".to_owned(),
            |value| {
                let mut stored = String::new();
                encode_value(value, &mut stored);
                bytes(stored.as_bytes())
            },
        )
    };
    format!(
        "({pair},{},{},{},{},{},{},UTC_TIMESTAMP(6))",
        key.map_or_else(|| "''".to_owned(), row_key),
        text_or_null(
            conflict
                .property
                .map(|property| property.to_string())
                .as_deref()
        ),
        value(conflict.row.as_ref()),
        value(conflict.item.as_ref()),
        value(conflict.base.as_ref()),
        conflict
            .kept
            .map_or_else(|| "NULL".to_owned(), |side| side_number(side).to_string())
    )
}

fn held_record(record: &Record) -> Option<HeldRecord> {
    Some(HeldRecord {
        id: record.number(0)?,
        key: record.text(1).map(RowKey::new),
        item: record.text(2).map(ItemId::new),
        hold: Hold {
            side: side(record.number(3))?,
            kind: kind(record.number(4)),
            reason: record.string(5),
            contact: decode_contact(&record.string(6)),
        },
        tries: record.number(7).unwrap_or_default(),
        since: moment(record, 8).unwrap_or(Moment(0)),
        tried: moment(record, 9).unwrap_or(Moment(0)),
    })
}

fn read_held(db: &mut Connection, condition: &str) -> Result<Vec<HeldRecord>, Failure> {
    let answer = db.ask(&format!(
        "SELECT id, row_key, item, side, kind, reason, contact, tries, {}, {} FROM ecs_held WHERE {condition}",
        micros("since"),
        micros("tried")
    ))?;
    Ok(answer.rows.iter().filter_map(held_record).collect())
}

/// All held contacts, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) fn held(db: &mut Connection, pair: u32) -> Result<Vec<HeldRecord>, Failure> {
    read_held(db, &format!("pair={pair} ORDER BY since, id"))
}

/// Held contacts that are due for another try: once in the round that held them, then after ever longer waits.
///
/// # Errors
/// When the database fails.
pub(crate) fn held_due(
    db: &mut Connection,
    pair: u32,
    side: Side,
    after: u64,
    limit: usize,
) -> Result<Vec<HeldRecord>, Failure> {
    read_held(
        db,
        &format!(
            "pair={pair} AND side={} AND id>{after} AND (tries<2 OR \
             tried<=UTC_TIMESTAMP(6) - INTERVAL LEAST(POW(2, LEAST(tries, 20)), {LONGEST_WAIT}) MINUTE) ORDER BY id LIMIT {limit}",
            side_number(side)
        ),
    )
}

/// Conflicts that nobody has acknowledged, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) fn conflicts(db: &mut Connection, pair: u32) -> Result<Vec<ConflictRecord>, Failure> {
    let answer = db.ask(&format!(
        "SELECT id, row_key, property, row_value, item_value, base_value, kept, {} FROM ecs_conflicts \
         WHERE pair={pair} AND acknowledged IS NULL ORDER BY id",
        micros("at")
    ))?;
    let value = |record: &Record, index| {
        record
            .text(index)
            .and_then(|stored| decode_value(&stored).ok())
    };
    Ok(answer
        .rows
        .iter()
        .map(|record| ConflictRecord {
            id: record.number(0).unwrap_or_default(),
            key: RowKey::new(record.string(1)),
            conflict: Conflict {
                property: record.text(2).and_then(|name| name.parse().ok()),
                row: value(record, 3),
                item: value(record, 4),
                base: value(record, 5),
                kept: side(record.number(6)),
            },
            at: moment(record, 7).unwrap_or(Moment(0)),
        })
        .collect())
}

/// Notes that a person has seen a conflict.
///
/// # Errors
/// When the database fails.
pub(crate) fn acknowledge(db: &mut Connection, pair: u32, id: u64) -> Result<bool, Failure> {
    let answer = db.ask(&format!(
        "UPDATE ecs_conflicts SET acknowledged=UTC_TIMESTAMP(6) WHERE pair={pair} AND id={id} AND acknowledged IS NULL"
    ))?;
    Ok(answer.affected > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_contact_keeps_its_values() {
        let mut contact = Contact::new();
        contact.set_raw(Property::GivenName, "Anna\t=?").unwrap();
        contact.set_raw(Property::Birthday, "1980-05-17").unwrap();
        contact.set_raw(Property::Categories, "a\nb").unwrap();
        assert_eq!(decode_contact(&encode_contact(&contact)), contact);
        assert_eq!(decode_contact("damaged"), Contact::new());
    }

    #[test]
    fn a_hold_is_known_by_the_side_that_its_values_come_from() {
        let hold = |side| Hold {
            side,
            kind: HoldKind::Unfit,
            reason: "O'Hara".to_owned(),
            contact: Contact::new(),
        };
        let (key, item) = (RowKey::new("1"), ItemId::new("A="));
        let row = |side| hold_row(7, Some(&key), Some(&item), &hold(side));
        assert!(row(Side::Row).contains(&hash("item\0A=")));
        assert!(row(Side::Item).contains(&hash("row\01")));
        assert!(row(Side::Row).contains(r"'O\'Hara'"));
    }
}
