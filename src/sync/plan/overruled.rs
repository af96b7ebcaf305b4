//! Journal entries for edits and deletions that the other side overrules.

use crate::contact::{Contact, Property, Value};
use crate::sync::base::Base;
use crate::sync::ports::{Conflict, Side};

/// Journal entries for edits that a deletion overrules, one for each property that was edited.
pub(super) fn overruled(
    side: Side,
    edited: &[Property],
    contact: &Contact,
    base: &Base,
) -> Vec<Conflict> {
    edited
        .iter()
        .map(|property| {
            let value = contact.get(*property).cloned();
            let (row, item, kept) = match side {
                Side::Row => (value, None, Side::Item),
                Side::Item => (None, value, Side::Row),
            };
            Conflict {
                property: Some(*property),
                row,
                item,
                base: base.legs(*property).row.value().cloned(),
                kept: Some(kept),
            }
        })
        .collect()
}

/// The journal entry for a deletion that an edit overrules: nothing is lost, but a person may wonder.
pub(super) fn deletion_overruled(edited: Side, contact: &Contact) -> Conflict {
    let label = Some(Value::Text(contact.label()));
    let (row, item) = match edited {
        Side::Row => (label, None),
        Side::Item => (None, label),
    };
    Conflict {
        property: None,
        row,
        item,
        base: None,
        kept: Some(edited),
    }
}
