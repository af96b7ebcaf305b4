use super::*;
use crate::contact::{Changes, Contact, Property, Value};
use crate::sync::base::Base;
use crate::sync::clock::Skew;
use crate::sync::ids::{ChangeKey, ItemId, LinkId, LinkVersion, Moment, OutboxId, RowKey, Stamp};
use crate::sync::link::{Attempt, Link, LinkState, Named};
use crate::sync::merge::Verdict as MergeVerdict;
use crate::sync::policy::{ConflictPolicy, EditVersusDelete, RemoteDeletePolicy};
use crate::sync::ports::{
    Effect, Item, LinkWrite, Look, Row, RowSeen, RowWrite, Seen, Step, Unread, Written,
};

mod absorb;
mod delivery;
mod removal;
mod unreadable;

const MAPPED: [Property; 2] = [Property::GivenName, Property::FileAs];

fn rules(mapped: &[Property]) -> Rules<'_> {
    Rules {
        mapped,
        computed: &[Property::FileAs],
        lists: &[],
        conflict: ConflictPolicy::Newest,
        remote_delete: RemoteDeletePolicy::Delete,
        edit_versus_delete: EditVersusDelete::Edit,
        paired: true,
        skew: Skew::default(),
    }
}

fn text(value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| Value::Text(value.to_owned()))
}

fn contact(name: &str) -> Contact {
    let mut contact = Contact::new();
    contact.set(Property::GivenName, text(name));
    contact
}

fn row(name: &str) -> RowSeen {
    RowSeen::Present(Box::new(Row {
        contact: contact(name),
        in_scope: true,
        edited: Some(Moment(50_000_000)),
        unreadable: Vec::new(),
    }))
}

fn outside(name: &str) -> RowSeen {
    match row(name) {
        RowSeen::Present(row) => RowSeen::Present(Box::new(Row {
            in_scope: false,
            ..*row
        })),
        other => other,
    }
}

fn item(name: &str) -> Item {
    Item {
        id: ItemId::new("item"),
        change_key: ChangeKey::new("k2"),
        contact: contact(name),
        stamp: None,
        modified: Some(Moment(40_000_000)),
    }
}

/// A link whose sides agreed on a name.
fn link(state: LinkState, name: &str) -> Link {
    let mut base = Base::unknown();
    for property in MAPPED {
        base.set_row(property, contact(name).get(property));
        base.set_item(property, contact(name).get(property));
    }
    Link {
        id: LinkId(1),
        version: LinkVersion(1),
        key: RowKey::new("7"),
        state,
        item: (state != LinkState::Creating).then(|| ItemId::new("item")),
        change_key: (state != LinkState::Creating).then(|| ChangeKey::new("k1")),
        base,
        attempts: Vec::new(),
        named: Named::Yes,
    }
}

fn look(row: RowSeen, link: Option<Link>) -> Look {
    Look {
        key: RowKey::new("7"),
        row,
        link,
        notes: vec![OutboxId(3), OutboxId(5)],
        tries: 0,
        untroubled: true,
    }
}

fn absorbed(seen: &RowSeen, known: Option<&Link>, item: &Item, rules: &Rules<'_>) -> Step {
    let seen = Seen {
        index: 0,
        row: seen,
        link: known,
    };
    let what = Absorb {
        item,
        rulings: &[],
        pairing: false,
        listed: true,
    };
    absorb(&seen, &what, rules)
}

fn row_words(step: &Step) -> String {
    let row = match &step.row {
        RowWrite::Keep => "keep",
        RowWrite::Insert(_) => "insert",
        RowWrite::Update(_) => "update",
        RowWrite::Delete => "delete",
        RowWrite::Mark => "mark",
    };
    let enqueue = if step.enqueue { ", deliver" } else { "" };
    let conflicts = if step.conflicts.is_empty() {
        ""
    } else {
        ", journal"
    };
    let park = if step.park.is_some() { ", park" } else { "" };
    format!("{row}{enqueue}{conflicts}{park}")
}
