//! A row waits for its delivery: what is to be sent to Exchange.

use super::Rules;
use crate::contact::{Changes, Contact, Kind, Property, Value};
use crate::sync::base::{Base, Leg};
use crate::sync::ids::{ChangeKey, ItemId, Stamp};
use crate::sync::link::{Link, LinkDraft, LinkState, Named};
use crate::sync::policy::EditVersusDelete;
use crate::sync::ports::{
    Effect, Hold, HoldKind, LinkWrite, Look, Row, RowSeen, Side, Step, Unread, Written,
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
    /// The item is to be changed; this notes before what is sent.
    Update(ItemId, ChangeKey, Changes, Box<LinkDraft>),
    /// Nothing but the item's picture is to be changed: it travels alone (semantics 39).
    Picture(ItemId, ChangeKey, Changes, Box<LinkDraft>),
    /// The item is to be looked at and taken over, then look again.
    Refresh(ItemId),
    /// The row is gone: the item is to be looked at, then deleted.
    Delete(ItemId),
}

/// Another transaction holds the row.
pub(super) const fn locked() -> Delivery {
    Delivery::Wait(
        "the row is locked by another transaction, maybe by the one that saves it; it is delivered after the commit",
    )
}

pub(super) fn done(look: &Look) -> Delivery {
    Delivery::Note(is_done(look))
}

/// Nothing is left that the link would tell of.
pub(super) fn end(look: &Look) -> Delivery {
    Delivery::Note(Step {
        link: LinkWrite::End,
        ..is_done(look)
    })
}

fn is_done(look: &Look) -> Step {
    Step {
        done: look.notes.clone(),
        settles: Some(Side::Item),
        ..Step::nothing()
    }
}

/// The row left the scope: both sides keep what they have, and from now on neither follows the other.
pub(super) fn detach(look: &Look, link: &Link) -> Delivery {
    Delivery::Note(Step {
        link: LinkWrite::Save(Box::new(LinkDraft {
            state: LinkState::Detached,
            base: Base::unknown(),
            ..LinkDraft::of(link)
        })),
        effect: Effect::Detached,
        ..is_done(look)
    })
}

/// A row without a link is new once all of Exchange's contacts are known. One of which nothing can be read becomes no empty item.
pub(super) fn create_once_paired(look: &Look, row: &Row, rules: &Rules<'_>) -> Delivery {
    if row.contact.is_empty() && !row.unreadable.is_empty() {
        Delivery::Note(hold_unreadable(row, is_done(look)))
    } else if rules.paired {
        begin(row, None, rules)
    } else {
        Delivery::Wait(
            "the first pull has not finished: only then is it known which contacts Exchange already has",
        )
    }
}

pub(super) fn create(row: &Row, link: &Link, rules: &Rules<'_>) -> Delivery {
    begin(row, Some(link), rules)
}

/// The outcome of earlier attempts is not known.
pub(super) fn resume(link: &Link) -> Delivery {
    let attempts = link.attempts.iter();
    Delivery::Resume(attempts.map(|attempt| attempt.stamp.clone()).collect())
}

/// The item is gone, and the end of a round decides about the row. An edit that is to outlive it waits for that.
pub(super) fn outlives_its_item(
    look: &Look,
    row: &Row,
    link: &Link,
    rules: &Rules<'_>,
) -> Delivery {
    let edited = link.base.row_changes(&row.contact, &rules.readable(row));
    match rules.edit_versus_delete {
        EditVersusDelete::Edit if !edited.is_empty() => Delivery::Missing,
        EditVersusDelete::Edit | EditVersusDelete::Delete => done(look),
    }
}

/// What differs from the base is sent, once it is known what the item holds.
pub(super) fn change(
    look: &Look,
    row: &Row,
    link: &Link,
    item: &ItemId,
    rules: &Rules<'_>,
) -> Delivery {
    let readable = rules.readable(row);
    let (pictures, others): (Vec<Property>, Vec<Property>) = readable
        .iter()
        .partition(|property| property.kind() == Kind::Picture);
    let (changes, intent) = changes(row, link, others);
    match &link.change_key {
        Some(_) if never_met(&link.base, &readable) || link.base.is_unsettled(&readable) => {
            Delivery::Refresh(item.clone())
        }
        Some(change_key) if !changes.is_empty() => {
            Delivery::Update(item.clone(), change_key.clone(), changes, intent)
        }
        Some(change_key) => match self::changes(row, link, pictures) {
            (changes, _) if changes.is_empty() => {
                Delivery::Note(hold_unreadable(row, is_done(look)))
            }
            (changes, intent) => {
                Delivery::Picture(item.clone(), change_key.clone(), changes, intent)
            }
        },
        None => Delivery::Refresh(item.clone()),
    }
}

/// A property that neither side is known to have held, such as a newly mapped one: the item is read before it is written.
fn never_met(base: &Base, mapped: &[Property]) -> bool {
    mapped.iter().any(|property| {
        let legs = base.legs(*property);
        legs.row == Leg::Unknown && legs.item == Leg::Unknown
    })
}

/// What differs from the base, and the link that knows that it is being sent.
fn changes(row: &Row, link: &Link, properties: Vec<Property>) -> (Changes, Box<LinkDraft>) {
    let mut intent = Box::new(LinkDraft::of(link));
    let mut changes = Changes::default();
    for property in properties {
        let value = row.contact.get(property);
        if let Some(leg) = link.base.row_change(property, value) {
            intent.base.send(property, leg);
            changes.insert(property, value.cloned());
        }
    }
    (changes, intent)
}

/// Whether a picture is still to be sent once the rest has been.
fn picture_waits(look: &Look, base: &Base, rules: &Rules<'_>) -> bool {
    let RowSeen::Present(row) = &look.row else {
        return false;
    };
    let mut pictures = rules.readable(row);
    pictures.retain(|property| property.kind() == Kind::Picture);
    !base.row_changes(&row.contact, &pictures).is_empty()
}

/// The attempt's base holds what is being sent, so that the item is recognised when only the answer is lost. A picture follows
/// once the item is there: until then the item is known to have none.
fn begin(row: &Row, link: Option<&Link>, rules: &Rules<'_>) -> Delivery {
    let mut contact = row.contact.only(&rules.readable(row));
    let mut draft = link.map_or(
        LinkDraft {
            state: LinkState::Creating,
            item: None,
            change_key: None,
            base: Base::unknown(),
            named: Named::NotYet,
        },
        LinkDraft::of,
    );
    draft.state = LinkState::Creating;
    draft.base = Base::unknown();
    for property in rules.readable(row) {
        if property.kind() == Kind::Picture && contact.get(property).is_some() {
            contact.set(property, None);
            draft.base.set_item(property, None);
            draft.base.forget_row(property);
            continue;
        }
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

/// Plans the note of what was sent: the legs of exactly what was sent move to what was sent. Gives with it whether the picture is
/// still to be sent: the row then goes on waiting for that.
#[must_use]
pub fn after_sending(
    look: &Look,
    sent: &Sent,
    written: &Written,
    rules: &Rules<'_>,
) -> (Step, bool) {
    let (mut draft, effect) = match (sent, &look.link) {
        (Sent::Created(draft), _) => (LinkDraft::clone(draft), Effect::ItemCreated),
        (Sent::Updated(changes), Some(link)) => {
            let mut draft = LinkDraft::of(link);
            draft.named = Named::NotYet;
            for (property, value) in changes.iter() {
                draft.base.arrived(property, value);
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
        (Sent::Updated(_), None) => return (is_done(look), false),
    };
    draft.state = LinkState::Linked;
    draft.item = Some(written.id.clone());
    draft.change_key = Some(written.change_key.clone());
    let waits = picture_waits(look, &draft.base, rules);
    let step = Step {
        link: LinkWrite::Save(Box::new(draft)),
        effect,
        ..Step::nothing()
    };
    if waits {
        return (step, true);
    }
    let step = Step {
        done: look.notes.clone(),
        settles: Some(Side::Item),
        ..step
    };
    let step = match &look.row {
        RowSeen::Present(row) => hold_unreadable(row, step),
        RowSeen::Absent | RowSeen::Locked => step,
    };
    (step, false)
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
            | Property::FileAsMapping
    )
}

fn hold_unreadable(row: &Row, step: Step) -> Step {
    let Some(first) = row.unreadable.first() else {
        return step;
    };
    let why = first.reason.clone().unwrap_or_else(|| {
        format!(
            "cannot be read as one ({} characters)",
            first.text.chars().count()
        )
    });
    let reason = format!(
        "the row's value for {} {why}; correct it in the table, the other fields are in step",
        first.property
    );
    let unread = |unread: &Unread| (unread.property, Value::Text(unread.text.clone()));
    let readable = row.contact.iter();
    let contact = readable
        .map(|(property, value)| (property, value.clone()))
        .chain(row.unreadable.iter().map(unread))
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
