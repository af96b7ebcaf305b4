//! The three-way merge: base, row and item, property by property.

use super::base::{Base, Leg};
use super::email_overflow::is_same;
use super::ports::{Conflict, Side};
use crate::contact::{Changes, Contact, Kind, Property, Value};

/// A property that both sides changed, differently.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clash<'a> {
    /// The property.
    pub property: Property,
    /// The row's value.
    pub row: Option<&'a Value>,
    /// The item's value.
    pub item: Option<&'a Value>,
    /// What the row held when both sides last agreed.
    pub base: Option<&'a Value>,
}

/// How a clash ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The row's value is kept.
    Row,
    /// The item's value is kept.
    Item,
    /// A third value is kept on both sides.
    Value(Option<Value>),
    /// Nobody has decided yet: the merge is not to be applied.
    Open,
}

/// What a merge comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// What the row is to get.
    pub to_row: Changes,
    /// What the item is to get.
    pub to_item: Changes,
    /// The base once the row has got its changes: what the item is still to get has no row leg, so that it counts as changed.
    pub base: Base,
    /// For the journal.
    pub conflicts: Vec<Conflict>,
    /// Whether a clash is still open.
    pub open: bool,
}

/// Merges a row and an item over their base. `judge` decides what both changed differently.
///
/// A side that holds exactly what its leg says has not changed. Of a property that neither side is known to have held, a value
/// wins over nothing; two different values clash. Lists merge as sets and never clash. What the item holds and the row has no
/// form for leaves the row as it is.
pub fn merge(
    base: &Base,
    row: &Contact,
    item: &Contact,
    mapped: &[Property],
    judge: &mut dyn FnMut(&Clash<'_>) -> Verdict,
) -> Merge {
    let mut merge = Merge {
        base: base.clone(),
        ..Merge::default()
    };
    for property in mapped.iter().copied() {
        merge.one(property, row.get(property), item.get(property), judge);
    }
    merge
}

impl Merge {
    fn one(
        &mut self,
        property: Property,
        row: Option<&Value>,
        item: Option<&Value>,
        judge: &mut dyn FnMut(&Clash<'_>) -> Verdict,
    ) {
        self.base.settle_sent(property, item);
        let legs = self.base.legs(property).clone();
        let same = match (row, item) {
            (Some(row), Some(item)) => row.same(item),
            (row, item) => row.is_none() && item.is_none(),
        };
        match (legs.row.holds(row), legs.item.holds(item)) {
            (true, true) => {}
            _ if same => {
                self.base.set_row(property, row);
                self.base.set_item(property, item);
            }
            (true, false) => {
                if let (Some(Value::Opaque(_)), Some(_)) = (item, row) {
                    self.note(property, row, item, legs.row.value(), Some(Side::Item));
                }
                self.take_item(property, row, item);
            }
            (false, true) => self.to_item.insert(property, row.cloned()),
            (false, false) if property.kind() == Kind::Set && !is_opaque(item) => {
                let merged = merge_sets(property, &legs.row, &legs.item, row, item);
                self.take_both(property, row, item, merged);
            }
            (false, false) => match (&legs.row, &legs.item, row, item) {
                (Leg::Unknown, Leg::Unknown, None, _) => self.take_item(property, row, item),
                (Leg::Unknown, Leg::Unknown, _, Some(Value::Opaque(_))) => {
                    self.take_item(property, row, item);
                }
                (Leg::Unknown, Leg::Unknown, _, None) => self.take_row(property, row, item),
                _ => {
                    let clash = Clash {
                        property,
                        row,
                        item,
                        base: legs.row.value(),
                    };
                    let verdict = judge(&clash);
                    self.end_clash(&clash, verdict);
                }
            },
        }
    }

    fn end_clash(&mut self, clash: &Clash<'_>, verdict: Verdict) {
        let Clash {
            property,
            row,
            item,
            base,
        } = *clash;
        let kept = match verdict {
            Verdict::Open => {
                self.open = true;
                return;
            }
            Verdict::Row => {
                self.take_row(property, row, item);
                Some(Side::Row)
            }
            Verdict::Item => {
                self.take_item(property, row, item);
                Some(Side::Item)
            }
            Verdict::Value(value) => {
                self.take_both(property, row, item, value);
                None
            }
        };
        self.note(property, row, item, base, kept);
    }

    fn note(
        &mut self,
        property: Property,
        row: Option<&Value>,
        item: Option<&Value>,
        base: Option<&Value>,
        kept: Option<Side>,
    ) {
        self.conflicts.push(Conflict {
            property: Some(property),
            row: row.cloned(),
            item: item.cloned(),
            base: base.cloned(),
            kept,
        });
    }

    fn take_item(&mut self, property: Property, row: Option<&Value>, item: Option<&Value>) {
        if is_opaque(item) {
            self.base.set_row(property, row);
        } else {
            self.to_row.insert(property, item.cloned());
            self.base.set_row(property, item);
        }
        self.base.set_item(property, item);
    }

    fn take_row(&mut self, property: Property, row: Option<&Value>, item: Option<&Value>) {
        self.to_item.insert(property, row.cloned());
        self.base.forget_row(property);
        self.base.set_item(property, item);
    }

    fn take_both(
        &mut self,
        property: Property,
        row: Option<&Value>,
        item: Option<&Value>,
        merged: Option<Value>,
    ) {
        let differs = |side: Option<&Value>| match (side, &merged) {
            (Some(side), Some(merged)) => !side.same(merged),
            (side, merged) => side.is_some() || merged.is_some(),
        };
        let (row_differs, item_differs) = (differs(row), differs(item));
        self.base.set_item(property, item);
        if item_differs {
            self.base.forget_row(property);
            self.to_item.insert(property, merged.clone());
        } else {
            self.base.set_row(property, merged.as_ref());
        }
        if row_differs {
            self.to_row.insert(property, merged);
        }
    }
}

const fn is_opaque(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Opaque(_)))
}

/// The item's entries without those that the row lost, then those that the row gained.
fn merge_sets(
    property: Property,
    row_leg: &Leg,
    item_leg: &Leg,
    row: Option<&Value>,
    item: Option<&Value>,
) -> Option<Value> {
    let (row_base, item_base) = (entries(row_leg.value()), entries(item_leg.value()));
    let (row, item) = (entries(row), entries(item));
    let among = |entries: &[String], wanted: &str| {
        let mut entries = entries.iter();
        entries.any(|entry| is_same_entry(property, entry, wanted))
    };
    let lost_by_row = |entry: &&String| among(row_base, entry) && !among(row, entry);
    let lost_by_item = |entry: &&String| among(item_base, entry) && !among(item, entry);
    let mut merged: Vec<String> = item
        .iter()
        .filter(|entry| !lost_by_row(entry))
        .cloned()
        .collect();
    for entry in row.iter().filter(|entry| !lost_by_item(entry)) {
        if !among(&merged, entry) {
            merged.push(entry.clone());
        }
    }
    (!merged.is_empty()).then_some(Value::List(merged))
}

/// E-mail addresses that differ in capitals alone reach the same person.
fn is_same_entry(property: Property, left: &str, right: &str) -> bool {
    match property {
        Property::EmailAddresses => is_same(left, right),
        _ => left == right,
    }
}

fn entries(value: Option<&Value>) -> &[String] {
    match value {
        Some(Value::List(entries)) => entries,
        Some(_) | None => &[],
    }
}

#[cfg(test)]
#[path = "merge_tests/mod.rs"]
mod tests;
