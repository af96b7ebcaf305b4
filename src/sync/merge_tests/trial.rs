//! One contact of one link, merged in the way of a pull, and what is left to do afterwards.

use super::super::Base;
use crate::contact::{Changes, Contact, Property, Value};
use crate::sync::clock::Skew;
use crate::sync::ids::{ChangeKey, ItemId, LinkId, LinkVersion, Moment, RowKey};
use crate::sync::link::{Link, LinkState, Named};
use crate::sync::plan::{Absorb, Rules, absorb};
use crate::sync::policy::{ConflictPolicy, EditVersusDelete, RemoteDeletePolicy};
use crate::sync::ports::{Conflict, Item, LinkWrite, Row, RowSeen, RowWrite, Seen, Side, Step};

/// What a field holds in a table: nothing, or one of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    N,
    A,
    B,
}

/// A property with two different values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) property: Property,
    pub(super) a: &'static str,
    pub(super) b: &'static str,
}

impl Field {
    pub(super) fn value(&self, held: Held) -> Option<Value> {
        let parse = |text| Value::parse(self.property.kind(), text).unwrap();
        match held {
            Held::N => None,
            Held::A => parse(self.a),
            Held::B => parse(self.b),
        }
    }
}

/// A policy with what the clocks of both sides say of the edits, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge {
    pub(super) policy: ConflictPolicy,
    pub(super) edited: Option<i64>,
    pub(super) modified: Option<i64>,
    /// How far Exchange's clock is ahead, at least and at most.
    pub(super) skew: (i64, i64),
}

impl Judge {
    pub(super) const fn new(
        policy: ConflictPolicy,
        edited: Option<i64>,
        modified: Option<i64>,
    ) -> Self {
        Self {
            policy,
            edited,
            modified,
            skew: (0, 0),
        }
    }
}

/// A linked contact whose item a pull has just read.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) base: Base,
    pub(super) row: Contact,
    pub(super) item: Contact,
    pub(super) mapped: Vec<Property>,
    pub(super) judge: Judge,
}

const SECOND: i64 = 1_000_000;

impl Trial {
    pub(super) fn new(mapped: &[Property], judge: Judge) -> Self {
        Self {
            base: Base::unknown(),
            row: Contact::new(),
            item: Contact::new(),
            mapped: mapped.to_vec(),
            judge,
        }
    }

    /// Both legs, the row and the item of one field.
    pub(super) fn field(mut self, field: &Field, base: Held, row: Held, item: Held) -> Self {
        self.base
            .set_row(field.property, field.value(base).as_ref());
        self.base
            .set_item(field.property, field.value(base).as_ref());
        self.row.set(field.property, field.value(row));
        self.item.set(field.property, field.value(item));
        self
    }

    /// The step that a pull plans.
    fn step(&self) -> Step {
        let (row, link, item) = self.sides();
        let rules = Rules {
            mapped: &self.mapped,
            computed: &[],
            lists: &[],
            conflict: self.judge.policy,
            remote_delete: RemoteDeletePolicy::Delete,
            edit_versus_delete: EditVersusDelete::Edit,
            paired: true,
            skew: Skew {
                least: self.judge.skew.0 * SECOND,
                most: self.judge.skew.1 * SECOND,
            },
        };
        let seen = Seen {
            index: 0,
            row: &row,
            link: Some(&link),
        };
        let what = Absorb {
            item: &item,
            rulings: &[],
            pairing: false,
            listed: true,
        };
        absorb(&seen, &what, &rules)
    }

    fn sides(&self) -> (RowSeen, Link, Item) {
        let moment = |seconds: Option<i64>| seconds.map(|seconds| Moment(seconds * SECOND));
        let row = RowSeen::Present(Box::new(Row {
            contact: self.row.clone(),
            in_scope: true,
            edited: moment(self.judge.edited),
            unreadable: Vec::new(),
        }));
        let link = Link {
            id: LinkId(1),
            version: LinkVersion(1),
            key: RowKey::new("7"),
            state: LinkState::Linked,
            item: Some(ItemId::new("item")),
            change_key: Some(ChangeKey::new("k1")),
            base: self.base.clone(),
            attempts: Vec::new(),
            named: Named::Yes,
        };
        let item = Item {
            id: ItemId::new("item"),
            change_key: ChangeKey::new("k2"),
            contact: self.item.clone(),
            stamp: None,
            modified: moment(self.judge.modified),
        };
        (row, link, item)
    }

    /// What the row gets, what the item is to get, and what goes to the journal. Afterwards row and item must be the same and a second look
    /// must find nothing to do.
    pub(super) fn run(&self) -> Ran {
        let step = self.step();
        let to_row = match &step.row {
            RowWrite::Keep => Changes::new(),
            RowWrite::Update(changes) => changes.clone(),
            other => panic!("{other:?} for a merge: {self:?}"),
        };
        let LinkWrite::Save(draft) = &step.link else {
            panic!("the link gets the new change key: {self:?}");
        };
        let mut after = self.clone();
        after.row.apply(&to_row);
        after.base = draft.base.clone();
        // As the store does after it has read the row back, and the delivery after the item was written.
        let written = to_row.iter().map(|(property, _)| property);
        after.base.confirm_row(&after.row, written);
        let mut to_item = Changes::new();
        for property in after.base.row_changes(&after.row, &self.mapped) {
            let value = after.row.get(property).cloned();
            after.base.set_row(property, value.as_ref());
            after.base.set_item(property, value.as_ref());
            after.item.set(property, value.clone());
            to_item.insert(property, value);
        }
        assert_eq!(
            step.enqueue,
            !to_item.is_empty(),
            "what is to be delivered is noted: {self:?}"
        );
        for property in self.mapped.iter().copied() {
            let (row, item) = (after.row.get(property), after.item.get(property));
            let same = match (row, item) {
                (Some(row), Some(item)) => row.same(item),
                (row, item) => row.is_none() && item.is_none(),
            };
            assert!(same, "{property} is {row:?} and {item:?}: {self:?}");
        }
        let again = after.step();
        assert!(
            again.row == RowWrite::Keep && !again.enqueue && again.conflicts.is_empty(),
            "a second look finds something to do: {self:?} {again:?}"
        );
        Ran {
            to_row,
            to_item,
            conflicts: step.conflicts,
        }
    }
}

/// What a merge came to.
pub(super) struct Ran {
    pub(super) to_row: Changes,
    pub(super) to_item: Changes,
    pub(super) conflicts: Vec<Conflict>,
}

impl Ran {
    /// What a field's merge came to in the words of the tables: to the row, to the item (`.` is nothing, `0` empties it), and `!` where
    /// both values and the winner are in the journal.
    pub(super) fn words(&self, trial: &Trial, field: &Field) -> String {
        let word = |changes: &Changes| match changes
            .iter()
            .find(|(property, _)| *property == field.property)
        {
            None => ".".to_owned(),
            Some((_, value)) if value == field.value(Held::A).as_ref() => "A".to_owned(),
            Some((_, value)) if value == field.value(Held::B).as_ref() => "B".to_owned(),
            Some((_, None)) => "0".to_owned(),
            Some((_, Some(value))) => value.display(),
        };
        let (to_row, to_item) = (word(&self.to_row), word(&self.to_item));
        let of = |conflict: &&Conflict| conflict.property == Some(field.property);
        let found: Vec<&Conflict> = self.conflicts.iter().filter(of).collect();
        let journal = match found.as_slice() {
            [] => "",
            [conflict] => {
                let base = trial.base.legs(field.property).row.value();
                assert_eq!(conflict.row.as_ref(), trial.row.get(field.property));
                assert_eq!(conflict.item.as_ref(), trial.item.get(field.property));
                assert_eq!(conflict.base.as_ref(), base);
                let kept = if to_row == "." { Side::Row } else { Side::Item };
                assert_eq!(conflict.kept, Some(kept), "{trial:?}");
                " !"
            }
            more => panic!("one clash, {} entries: {trial:?}", more.len()),
        };
        format!("{to_row} {to_item}{journal}")
    }
}
