//! Plans: from what is seen of a contact to the one thing that is to happen. Values in, values out.

mod absorb;
mod delivery;
mod removal;

pub use absorb::{Absorb, absorb, open_clashes};
pub use delivery::{Delivery, Sent, after_sending, plan_delivery};
pub use removal::{plan_item_removal, plan_row_removal};

use super::base::Base;
use super::ids::Moment;
use super::merge::{Clash, Verdict};
use super::policy::{ConflictPolicy, EditVersusDelete, RemoteDeletePolicy};
use super::ports::{Conflict, Row, Side, Step};
use crate::contact::{Contact, Property, Value};

/// What every plan knows beside the contact itself.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The mapped properties.
    pub mapped: &'a [Property],
    /// Properties that Exchange computes from others when it is not given them.
    pub computed: &'a [Property],
    /// Who wins a conflict.
    pub conflict: ConflictPolicy,
    /// What a remote deletion does.
    pub remote_delete: RemoteDeletePolicy,
    /// Who wins between an edit and a deletion.
    pub edit_versus_delete: EditVersusDelete,
    /// Whether a full pass has come to its end, so that rows without a link are new.
    pub paired: bool,
}

impl Rules<'_> {
    /// The mapped properties of a row whose values can be read.
    fn readable(&self, row: &Row) -> Vec<Property> {
        let unreadable = |property: &Property| {
            row.unreadable
                .iter()
                .any(|(unreadable, _)| unreadable == property)
        };
        self.mapped
            .iter()
            .copied()
            .filter(|property| !unreadable(property))
            .collect()
    }

    /// How a clash ends by policy. The later edit wins by [`ConflictPolicy::Newest`]; where that cannot be told, Exchange does.
    fn judge(&self, edited: Option<Moment>, modified: Option<Moment>) -> Verdict {
        match self.conflict {
            ConflictPolicy::Exchange => Verdict::Item,
            ConflictPolicy::Webapp => Verdict::Row,
            ConflictPolicy::Ask => Verdict::Open,
            ConflictPolicy::Newest => match (edited, modified) {
                (Some(edited), Some(modified)) if edited.seconds_since(modified) > GRANULARITY => {
                    Verdict::Row
                }
                (Some(_), Some(_) | None) | (None, Some(_) | None) => Verdict::Item,
            },
        }
    }
}

/// Edits within so many seconds of each other count as made at the same time: both sides tell times to the second.
const GRANULARITY: i64 = 1;

/// A ruling of the caller on a clash, by the values that it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The property.
    pub property: Property,
    /// The row's value as it was shown.
    pub row: Option<Value>,
    /// The item's value as it was shown.
    pub item: Option<Value>,
    /// What is to be kept.
    pub keep: Option<Value>,
}

impl Ruling {
    fn verdict(rulings: &[Self], clash: &Clash<'_>) -> Verdict {
        let ruling = rulings.iter().find(|ruling| {
            ruling.property == clash.property
                && ruling.row.as_ref() == clash.row
                && ruling.item.as_ref() == clash.item
        });
        match ruling {
            None => Verdict::Open,
            Some(ruling) if ruling.keep.as_ref() == clash.row => Verdict::Row,
            Some(ruling) if ruling.keep.as_ref() == clash.item => Verdict::Item,
            Some(ruling) => Verdict::Value(ruling.keep.clone()),
        }
    }
}

/// Journal entries for edits that a deletion overrules, one for each property that was edited.
fn overruled(side: Side, edited: &[Property], contact: &Contact, base: &Base) -> Vec<Conflict> {
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
fn deletion_overruled(edited: Side, contact: &Contact) -> Conflict {
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

fn waiting() -> Step {
    Step {
        park: Some(Vec::new()),
        effect: super::ports::Effect::Parked,
        ..Step::nothing()
    }
}

#[cfg(test)]
mod tests;
