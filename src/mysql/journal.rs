//! The journals: held contacts and conflicts, each with its values.

use std::borrow::Cow;

use super::answer::Record;
use super::connection::Connection;
use super::failure::Failure;
use super::links::{bytes_of, hash, hashes, moment, row_key, row_keys};
use super::literal::{bytes, text, text_or_null};
use super::trouble;
use crate::contact::{Contact, Value, decode_value, encode_value};
use crate::sync::ids::{ItemId, Moment, RowKey};
use crate::sync::ports::{Conflict, ConflictRecord, HeldRecord, Hold, HoldKind, Side};

/// The statement that has a row in its answer when any contact of a pair is held.
pub(crate) fn any_held(pair: u32) -> String {
    format!("SELECT 1 FROM ecs_held WHERE pair={pair} LIMIT 1")
}

/// The condition that a held contact is due for another try: what the table refused once more in the round that held it, since others may
/// have made way; then after waits that double up to about an hour. `table` is a prefix with its dot, or empty.
pub(crate) fn due(table: &str) -> String {
    format!(
        "{table}side=1 AND {table}tries<2 OR {table}tried<=UTC_TIMESTAMP(6) - INTERVAL POW(2, LEAST({table}tries, 6)) MINUTE"
    )
}

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

/// A value as a journal keeps it: a picture as text with all of its bytes, since a base would hold its fingerprint alone (P1).
fn kept(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Picture(picture) if picture.bytes().is_some() => {
            Cow::Owned(Value::Text(picture.display()))
        }
        other => Cow::Borrowed(other),
    }
}

/// A contact as the journal keeps it: a line for each value, `name TAB ? TAB value`.
fn encode_contact(contact: &Contact) -> String {
    let mut out = String::new();
    for (property, value) in contact.iter() {
        out.push_str(property.name());
        out.push_str("\t?\t");
        encode_value(&kept(value), &mut out);
        out.push('\n');
    }
    out
}

fn decode_contact(stored: &str) -> Contact {
    let values = stored.lines().filter_map(|line| {
        let (name, value) = line.split_once("\t?\t")?;
        Some((name.parse().ok()?, decode_value(value).ok()?))
    });
    values.collect()
}

/// A contact that is to be held: its row and its item, as far as they are known, and the hold.
pub(crate) type Holding<'a> = (Option<&'a RowKey>, Option<&'a ItemId>, Hold);

/// The statements that hold contacts. One that is held already on that side, by its row or by its item, is tried once more.
///
/// # Errors
/// When the database fails.
pub(crate) fn hold(
    db: &mut Connection,
    pair: u32,
    holds: &[Holding<'_>],
    any_held: bool,
) -> Result<Vec<String>, Failure> {
    if holds.is_empty() {
        return Ok(Vec::new());
    }
    let known = if any_held {
        known(db, pair, holds)?
    } else {
        Vec::new()
    };
    let (mut script, mut rows) = (Vec::new(), Vec::new());
    for (key, item, hold) in holds {
        let side = side_number(hold.side);
        let by_row = key.map(|key| key.as_str().as_bytes().to_vec());
        let by_item = item.map(|item| bytes_of(item.as_str()));
        let same = known.iter().find(|record| {
            let is = |index, wanted: &Option<Vec<u8>>| {
                wanted.is_some() && record.bytes(index) == wanted.as_deref()
            };
            // Several items may want to become one row.
            let rows_count =
                hold.side == Side::Item || by_item.is_none() || record.bytes(3).is_none();
            record.number(1) == Some(side) && ((rows_count && is(2, &by_row)) || is(3, &by_item))
        });
        match same.and_then(|record| record.number::<u64>(0)) {
            Some(id) => script.push(again(id, *key, *item, hold)),
            None => rows.push(hold_row(pair, *key, *item, hold)),
        }
    }
    if !rows.is_empty() {
        script.push(trouble::begins(pair));
    }
    for rows in in_parts(&rows) {
        script.push(format!(
            "INSERT INTO ecs_held (pair, side, subject, row_key, item, item_hash, kind, reason, contact, tries, since, tried) VALUES {} \
             ON DUPLICATE KEY UPDATE tries=tries+1, tried=VALUES(tried), kind=VALUES(kind), reason=VALUES(reason), contact=VALUES(contact)",
            rows.join(",")
        ));
    }
    Ok(script)
}

fn known(db: &mut Connection, pair: u32, holds: &[Holding<'_>]) -> Result<Vec<Record>, Failure> {
    let keys = row_keys(holds.iter().filter_map(|(key, _, _)| *key));
    let items = hashes(holds.iter().filter_map(|(_, item, _)| *item));
    let mut script = Vec::new();
    for (column, values) in [("row_key", keys), ("item_hash", items)] {
        if !values.is_empty() {
            script.push(format!(
                "SELECT id, side, row_key, item_hash FROM ecs_held WHERE pair={pair} AND {column} IN ({values})"
            ));
        }
    }
    let answers = db.run(&script)?;
    Ok(answers.into_iter().flat_map(|answer| answer.rows).collect())
}

/// One more try of a contact that is held already; with other values it is the first one of these.
fn again(id: u64, key: Option<&RowKey>, item: Option<&ItemId>, hold: &Hold) -> String {
    let contact = encode_contact(&hold.contact);
    let mut sets = format!(
        "tries=IF(UNHEX(SHA2(contact,256))={},tries+1,1), tried=UTC_TIMESTAMP(6), kind={}, reason={}, contact={}",
        hash(&contact),
        kind_number(hold.kind),
        text(&hold.reason),
        text(&contact)
    );
    if let Some(key) = key {
        sets.push_str(&format!(", row_key={}", row_key(key)));
    }
    if let Some(item) = item {
        let (id, hash) = (text(item.as_str()), hash(item.as_str()));
        sets.push_str(&format!(", item={id}, item_hash={hash}"));
    }
    format!("UPDATE ecs_held SET {sets} WHERE id={id}")
}

/// The values of one held contact. What could not be written to the row is known by its item, else by its row; what could not be sent the
/// other way round.
fn hold_row(pair: u32, key: Option<&RowKey>, item: Option<&ItemId>, hold: &Hold) -> String {
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

/// The statements that note conflicts: several where pictures make one too long.
#[must_use]
pub(crate) fn conflict_all(rows: &[String]) -> Vec<String> {
    let statement = |rows: &[String]| {
        format!(
            "INSERT INTO ecs_conflicts (pair, row_key, property, row_value, item_value, base_value, kept, at) VALUES {}",
            rows.join(",")
        )
    };
    in_parts(rows).map(statement).collect()
}

/// Rows of values in parts that are not too long for a statement each.
fn in_parts(rows: &[String]) -> impl Iterator<Item = &[String]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut size = 0;
        let fitting = rest.iter().take_while(|row| {
            size += row.len();
            size <= STATEMENT
        });
        let count = fitting.count().max(1).min(rest.len());
        let (now, later) = rest.split_at(count);
        rest = later;
        (!now.is_empty()).then_some(now)
    })
}

/// So many bytes of values are written by one statement, unless one row alone has more.
const STATEMENT: usize = 256 << 10;

/// The values of one conflict for [`conflict_all`].
#[must_use]
pub(crate) fn conflict_row(pair: u32, key: Option<&RowKey>, conflict: &Conflict) -> String {
    let value = |value: Option<&Value>| {
        value.map_or_else(
            || "NULL".to_owned(),
            |value| {
                let mut stored = String::new();
                encode_value(&kept(value), &mut stored);
                match value {
                    // Half as long as digits.
                    Value::Picture(_) => text(&stored),
                    _ => bytes(stored.as_bytes()),
                }
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

/// Reads held contacts; `contact` is the column with their values, or an expression in its place: pictures make them long.
fn read_held(
    db: &mut Connection,
    contact: &str,
    condition: &str,
) -> Result<Vec<HeldRecord>, Failure> {
    let answer = db.ask(&format!(
        "SELECT id, row_key, item, side, kind, reason, {contact}, tries, since, tried FROM ecs_held WHERE {condition}"
    ))?;
    Ok(answer.rows.iter().filter_map(held_record).collect())
}

/// All held contacts, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) fn held(db: &mut Connection, pair: u32) -> Result<Vec<HeldRecord>, Failure> {
    read_held(db, "contact", &format!("pair={pair} ORDER BY since, id"))
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
        "''",
        &format!(
            "pair={pair} AND side={} AND id>{after} AND ({}) ORDER BY id LIMIT {limit}",
            side_number(side),
            due("")
        ),
    )
}

/// Linked contacts whose items Exchange refused to give, so far not more than `tries` times.
///
/// # Errors
/// When the database fails.
pub(crate) fn refused(
    db: &mut Connection,
    pair: u32,
    tries: u32,
    after: u64,
    limit: usize,
) -> Result<Vec<HeldRecord>, Failure> {
    read_held(
        db,
        "''",
        &format!(
            "pair={pair} AND side={} AND id>{after} AND kind={} AND row_key IS NOT NULL AND tries<={tries} ORDER BY id LIMIT {limit}",
            side_number(Side::Row),
            kind_number(HoldKind::Refused)
        ),
    )
}

/// Conflicts that nobody has acknowledged, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) fn conflicts(db: &mut Connection, pair: u32) -> Result<Vec<ConflictRecord>, Failure> {
    let answer = db.ask(&format!(
        "SELECT id, row_key, property, row_value, item_value, base_value, kept, at FROM ecs_conflicts \
         WHERE pair={pair} AND acknowledged IS NULL ORDER BY id"
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
    use crate::contact::{Fingerprint, Picture, Property};

    #[test]
    fn a_held_contact_keeps_its_values() {
        let mut contact = Contact::new();
        contact.set_raw(Property::GivenName, "Anna\t=?").unwrap();
        contact.set_raw(Property::Birthday, "1980-05-17").unwrap();
        contact.set_raw(Property::Categories, "a\nb").unwrap();
        let longer_than_a_base_keeps = "Note.\n".repeat(20_000);
        contact
            .set_raw(Property::Body, &longer_than_a_base_keeps)
            .unwrap();
        assert_eq!(decode_contact(&encode_contact(&contact)), contact);
        assert_eq!(decode_contact("damaged"), Contact::new());
    }

    /// P1, semantics 39: a journal keeps all of a picture; where only its fingerprint is known, that.
    #[test]
    fn a_held_picture_is_kept_with_its_bytes() {
        let mut contact = Contact::new();
        let print = Fingerprint([7; 32]);
        let whole = Picture::with(print, b"GIF89a"[..].into());
        contact.set(Property::Photo, Some(Value::Picture(whole)));
        let kept = decode_contact(&encode_contact(&contact));
        assert_eq!(
            kept.text(Property::Photo),
            Some("data:image/gif;base64,R0lGODlh")
        );
        let known = Value::Picture(Picture::known(print));
        contact.set(Property::Photo, Some(known.clone()));
        let kept = decode_contact(&encode_contact(&contact));
        assert_eq!(kept.get(Property::Photo), Some(&known));
    }

    /// A statement with many pictures would be longer than the server takes.
    #[test]
    fn long_rows_are_written_by_several_statements() {
        let rows: Vec<String> = [10, STATEMENT - 10, 1, STATEMENT * 2, 5, 5]
            .into_iter()
            .map(|length| "x".repeat(length))
            .collect();
        let counts: Vec<usize> = in_parts(&rows).map(<[String]>::len).collect();
        assert_eq!(counts, [2, 1, 1, 2]);
        assert_eq!(in_parts(&[]).count(), 0);
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
        assert!(row(Side::Item).contains(&hash("row\x001")));
        assert!(row(Side::Row).contains(r"'O\'Hara'"));
    }
}
