//! A row waits for its delivery: what is to be sent to Exchange.

use super::Rules;
use crate::contact::{Changes, Contact, Property};
use crate::sync::base::{Base, Leg};
use crate::sync::ids::{ChangeKey, ItemId, Stamp};
use crate::sync::link::{Link, LinkDraft, LinkState};
use crate::sync::policy::EditVersusDelete;
use crate::sync::ports::{
    Effect, Hold, HoldKind, LinkWrite, Look, Row, RowSeen, Side, Step, Written,
};

/// The one thing that is to happen next for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing is to be sent; this is to be noted.
    Note(Step),
    /// The item is gone: the next pull finds out whether it came back under another id, or has it made anew (R10).
    Missing,
    /// It cannot be delivered now, for this reason.
    Wait(&'static str),
    /// An item is to be created; this begins the attempt.
    Create(Contact, Box<LinkDraft>),
    /// An earlier attempt may have succeeded: look for these stamps first.
    Resume(Vec<Stamp>),
    /// The item is to be changed.
    Update(ItemId, ChangeKey, Changes),
    /// The item is to be looked at and taken over, then look again.
    Refresh(ItemId),
    /// The row is gone: the item is to be looked at, then deleted.
    Delete(ItemId),
}

/// Plans the delivery of a row.
#[must_use]
pub fn plan_delivery(look: &Look, rules: &Rules<'_>) -> Delivery {
    match (&look.row, &look.link) {
        (RowSeen::Locked, _) => Delivery::Wait(
            "the row is locked by another transaction, maybe by the one that saves it; it is delivered after the commit",
        ),
        (RowSeen::Absent, None) => Delivery::Note(done(look)),
        (RowSeen::Absent, Some(link)) => absent(look, link),
        (RowSeen::Present(row), link) if !row.in_scope => out_of_scope(look, link.as_ref()),
        (RowSeen::Present(row), None) => {
            if rules.paired {
                create(row, None, rules)
            } else {
                Delivery::Wait(
                    "the first pull has not finished: only then is it known which contacts Exchange already has",
                )
            }
        }
        (RowSeen::Present(row), Some(link)) => present(look, row, link, rules),
    }
}

fn done(look: &Look) -> Step {
    Step {
        done: look.notes.clone(),
        settles: Some(Side::Item),
        ..Step::nothing()
    }
}

fn ended(look: &Look) -> Step {
    Step {
        link: LinkWrite::End,
        ..done(look)
    }
}

fn absent(look: &Look, link: &Link) -> Delivery {
    match (link.state, &link.item) {
        (LinkState::Creating, _) if !link.attempts.is_empty() => Delivery::Resume(stamps(link)),
        (LinkState::Creating | LinkState::RemoteGone, _)
        | (LinkState::Linked | LinkState::Detached, None) => Delivery::Note(ended(look)),
        (LinkState::Detached, Some(_)) => Delivery::Note(done(look)),
        (LinkState::Linked, Some(item)) => Delivery::Delete(item.clone()),
    }
}

fn out_of_scope(look: &Look, link: Option<&Link>) -> Delivery {
    let Some(link) = link else {
        return Delivery::Note(done(look));
    };
    match link.state {
        LinkState::Creating if !link.attempts.is_empty() => Delivery::Resume(stamps(link)),
        LinkState::Creating | LinkState::RemoteGone => Delivery::Note(ended(look)),
        LinkState::Detached => Delivery::Note(done(look)),
        LinkState::Linked => Delivery::Note(Step {
            link: LinkWrite::Save(Box::new(LinkDraft {
                state: LinkState::Detached,
                base: Base::unknown(),
                ..LinkDraft::of(link)
            })),
            effect: Effect::Detached,
            ..done(look)
        }),
    }
}

fn present(look: &Look, row: &Row, link: &Link, rules: &Rules<'_>) -> Delivery {
    let readable = rules.readable(row);
    match (link.state, &link.item, &link.change_key) {
        (LinkState::Creating, _, _) if !link.attempts.is_empty() => Delivery::Resume(stamps(link)),
        (LinkState::Creating, _, _) => create(row, Some(link), rules),
        (LinkState::RemoteGone, _, _) => {
            let edited = !link.base.row_changes(&row.contact, &readable).is_empty();
            match rules.edit_versus_delete {
                EditVersusDelete::Edit if edited => Delivery::Missing,
                EditVersusDelete::Edit | EditVersusDelete::Delete => Delivery::Note(done(look)),
            }
        }
        (LinkState::Detached, Some(item), _) => Delivery::Refresh(item.clone()),
        (LinkState::Detached, None, _) => Delivery::Note(done(look)),
        (LinkState::Linked, Some(item), Some(change_key)) => {
            let changes = changes(row, &link.base, &readable);
            if never_met(&link.base, &readable) || link.base.is_unsettled(&readable) {
                Delivery::Refresh(item.clone())
            } else if changes.is_empty() {
                Delivery::Note(hold_unreadable(row, done(look)))
            } else {
                Delivery::Update(item.clone(), change_key.clone(), changes)
            }
        }
        (LinkState::Linked, Some(item), None) => Delivery::Refresh(item.clone()),
        (LinkState::Linked, None, _) => create(row, Some(link), rules),
    }
}

fn stamps(link: &Link) -> Vec<Stamp> {
    link.attempts
        .iter()
        .map(|attempt| attempt.stamp.clone())
        .collect()
}

/// A property that neither side is known to have held, such as a newly mapped one: the item is read before it is written.
fn never_met(base: &Base, mapped: &[Property]) -> bool {
    mapped.iter().any(|property| {
        let legs = base.legs(*property);
        legs.row == Leg::Unknown && legs.item == Leg::Unknown
    })
}

fn changes(row: &Row, base: &Base, readable: &[Property]) -> Changes {
    base.row_changes(&row.contact, readable)
        .into_iter()
        .map(|property| (property, row.contact.get(property).cloned()))
        .collect()
}

/// The attempt's base holds what is being sent, so that the item is recognised when only the answer is lost.
fn create(row: &Row, link: Option<&Link>, rules: &Rules<'_>) -> Delivery {
    let contact = row.contact.only(&rules.readable(row));
    let mut draft = link.map_or(
        LinkDraft {
            state: LinkState::Creating,
            item: None,
            change_key: None,
            base: Base::unknown(),
            seen: false,
        },
        LinkDraft::of,
    );
    draft.state = LinkState::Creating;
    draft.base = Base::unknown();
    for property in rules.readable(row) {
        let value = contact.get(property);
        draft.base.set_row(property, value);
        draft.base.set_item(property, value);
        if value.is_none() && rules.computed.contains(&property) {
            draft.base.forget_item(property);
        }
    }
    Delivery::Create(contact, Box::new(draft))
}

/// What was sent to Exchange and confirmed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// A new item.
    Created(Box<LinkDraft>),
    /// Changes of an item.
    Updated(Changes),
}

/// Plans the note of what was sent: the legs of exactly what was sent move to what was sent.
#[must_use]
pub fn after_sending(look: &Look, sent: &Sent, written: &Written, rules: &Rules<'_>) -> Step {
    let (mut draft, effect) = match (sent, &look.link) {
        (Sent::Created(draft), _) => (LinkDraft::clone(draft), Effect::ItemCreated),
        (Sent::Updated(changes), Some(link)) => {
            let mut draft = LinkDraft::of(link);
            draft.seen = false;
            for (property, value) in changes.iter() {
                draft.base.set_row(property, value);
                draft.base.set_item(property, value);
            }
            if changes.iter().any(|(property, _)| feeds_names(property)) {
                for property in rules.computed.iter().copied() {
                    if rules.mapped.contains(&property) && !changes.contains(property) {
                        draft.base.forget_item(property);
                    }
                }
            }
            (draft, Effect::ItemUpdated)
        }
        (Sent::Updated(_), None) => return done(look),
    };
    draft.state = LinkState::Linked;
    draft.item = Some(written.id.clone());
    draft.change_key = Some(written.change_key.clone());
    let step = Step {
        link: LinkWrite::Save(Box::new(draft)),
        effect,
        ..done(look)
    };
    match &look.row {
        RowSeen::Present(row) => hold_unreadable(row, step),
        RowSeen::Absent | RowSeen::Locked => step,
    }
}

fn feeds_names(property: Property) -> bool {
    matches!(
        property,
        Property::GivenName
            | Property::MiddleName
            | Property::Surname
            | Property::Generation
            | Property::CompanyName
            | Property::DisplayName
            | Property::FileAs
    )
}

fn hold_unreadable(row: &Row, step: Step) -> Step {
    let Some((property, text)) = row.unreadable.first() else {
        return step;
    };
    let reason = format!(
        "the row's value for {property} cannot be read as one ({} characters); correct it in the table, the other fields are in step",
        text.chars().count()
    );
    let contact = row
        .unreadable
        .iter()
        .map(|(property, text)| (*property, crate::contact::Value::Text(text.clone())))
        .collect();
    Step {
        hold: Some(Hold {
            side: Side::Item,
            kind: HoldKind::Unreadable,
            reason,
            contact,
        }),
        settles: None,
        ..step
    }
}
