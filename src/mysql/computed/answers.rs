//! What the app's code has answered, for a while.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::Raw;
use crate::contact::{Value, encode_value};

/// What an answer is found by: the fingerprint of what was asked.
pub(super) type Print = [u8; 32];

/// What the columns of a group mean, in the order of its properties, or why that is not known.
pub(super) type Meaning = Result<Vec<Option<Value>>, String>;

/// What the columns of a group are to hold, in their order, `None` for one that stays as it is, or why that is not known.
pub(super) type Columns = Result<Vec<Option<Raw>>, String>;

/// The most answers that outlive the call that asked for them.
const KEPT: usize = 4_096;

/// The most bytes of them.
const BYTES: usize = 4 << 20;

/// What was answered. Within one call nothing is forgotten, so that a transaction that is begun anew finds what it needs.
#[derive(Debug, Default)]
pub(super) struct Answers {
    meanings: HashMap<Print, Meaning>,
    columns: HashMap<Print, Columns>,
    bytes: usize,
}

impl Answers {
    /// Forgets everything when it has become much.
    pub(super) fn trim(&mut self) {
        if self.meanings.len() + self.columns.len() > KEPT || self.bytes > BYTES {
            *self = Self::default();
        }
    }

    pub(super) fn meaning(&self, print: &Print) -> Option<&Meaning> {
        self.meanings.get(print)
    }

    pub(super) fn columns(&self, print: &Print) -> Option<&Columns> {
        self.columns.get(print)
    }

    pub(super) fn keep_meaning(&mut self, print: Print, meaning: Meaning) {
        self.bytes += match &meaning {
            Ok(values) => values.iter().flatten().map(size).sum(),
            Err(reason) => reason.len(),
        };
        self.meanings.insert(print, meaning);
    }

    pub(super) fn keep_columns(&mut self, print: Print, columns: Columns) {
        self.bytes += match &columns {
            Ok(values) => values
                .iter()
                .flatten()
                .map(|raw| match raw {
                    Raw::Text(text) => text.len(),
                    Raw::Null | Raw::Integer(_) | Raw::Float(_) => 0,
                })
                .sum(),
            Err(reason) => reason.len(),
        };
        self.columns.insert(print, columns);
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Opaque(text) => text.len(),
        Value::List(entries) => entries.iter().map(String::len).sum(),
        Value::Date(_)
        | Value::Moment(_)
        | Value::Integer(_)
        | Value::Boolean(_)
        | Value::Double(_)
        | Value::Picture(_) => 0,
    }
}

/// The fingerprint of the columns of a group.
pub(super) fn of_columns(group: usize, raws: &[Raw]) -> Print {
    let mut hash = Sha256::new();
    hash.update([b'r']);
    hash.update(group.to_le_bytes());
    add_columns(&mut hash, raws);
    hash.finalize().into()
}

/// The fingerprint of values that are to be written over the columns of a group.
pub(super) fn of_values(group: usize, values: &[Option<Value>], raws: &[Raw]) -> Print {
    let mut hash = Sha256::new();
    hash.update([b'v']);
    hash.update(group.to_le_bytes());
    for value in values {
        match value {
            None => hash.update([0]),
            Some(value) => {
                let mut text = String::new();
                encode_value(value, &mut text);
                hash.update([1]);
                hash.update(text.len().to_le_bytes());
                hash.update(text);
            }
        }
    }
    add_columns(&mut hash, raws);
    hash.finalize().into()
}

/// Adds what columns hold to a fingerprint.
pub(crate) fn add_columns(hash: &mut Sha256, raws: &[Raw]) {
    for raw in raws {
        match raw {
            Raw::Null => hash.update([0]),
            Raw::Integer(number) => {
                hash.update([1]);
                hash.update(number.to_le_bytes());
            }
            Raw::Float(number) => {
                hash.update([2]);
                hash.update(number.to_bits().to_le_bytes());
            }
            Raw::Text(text) => {
                hash.update([3]);
                hash.update(text.len().to_le_bytes());
                hash.update(text);
            }
        }
    }
}
