//! What every plan goes by: the mapping, the policies, and the caller's rulings on clashes.

use crate::contact::{Property, Value};
use crate::sync::clock::Skew;
use crate::sync::ids::Moment;
use crate::sync::merge::{Clash, Verdict};
use crate::sync::policy::{ConflictPolicy, EditVersusDelete, RemoteDeletePolicy};
use crate::sync::ports::Row;

/// What every plan knows beside the contact itself.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The mapped properties.
    pub mapped: &'a [Property],
    /// Properties that Exchange computes from others when it is not given them.
    pub computed: &'a [Property],
    /// Slots that Exchange keeps as lists without keys.
    pub lists: &'a [Vec<Property>],
    /// Who wins a conflict.
    pub conflict: ConflictPolicy,
    /// What a remote deletion does.
    pub remote_delete: RemoteDeletePolicy,
    /// Who wins between an edit and a deletion.
    pub edit_versus_delete: EditVersusDelete,
    /// Whether a full pass has come to its end, so that rows without a link are new.
    pub paired: bool,
    /// How far Exchange's clock is ahead of the one by which rows' edits are timed (R24).
    pub skew: Skew,
}

impl Rules<'_> {
    /// The mapped properties of a row whose values can be read.
    pub(super) fn readable(&self, row: &Row) -> Vec<Property> {
        self.mapped
            .iter()
            .copied()
            .filter(|property| row.can_read(*property))
            .collect()
    }

    /// How a clash ends by policy. The later edit wins by [`ConflictPolicy::Newest`]; where that cannot be told, since the clocks are
    /// not known well enough or tell no finer, Exchange does.
    pub(super) fn judge(&self, edited: Option<Moment>, modified: Option<Moment>) -> Verdict {
        match self.conflict {
            ConflictPolicy::Exchange => Verdict::Item,
            ConflictPolicy::Webapp => Verdict::Row,
            ConflictPolicy::Ask => Verdict::Open,
            ConflictPolicy::Newest => match (edited, modified) {
                (Some(edited), Some(modified))
                    if edited.seconds_since(self.skew.latest(modified)) > GRANULARITY =>
                {
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
    pub(super) fn verdict(rulings: &[Self], clash: &Clash<'_>) -> Verdict {
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
