//! Plans: from what is seen of a contact to the one thing that is to happen. Values in, values out.
//!
//! The tables stand here, on one screen; what each of their words means stands in the files below.

mod absorb;
mod delivery;
mod overruled;
mod removal;
mod rules;

pub use absorb::{Absorb, leave_out, open_clashes};
pub use delivery::{Delivery, Sent, after_sending};
pub use removal::{plan_item_removal, plan_row_removal};
pub use rules::{Rules, Ruling};

use super::link::{Link, LinkState as State};
use super::ports::{Look, RowSeen as Is, Seen, Side, Step};

/// A row waits for its delivery: what is to be sent to Exchange.
#[must_use]
pub fn plan_delivery(look: &Look, rules: &Rules<'_>) -> Delivery {
    let Some(link) = &look.link else {
        return match &look.row {
            Is::Locked => delivery::locked(),
            Is::Present(row) if row.in_scope => delivery::create_once_paired(look, row, rules),
            Is::Present(_) | Is::Absent => delivery::done(look),
        };
    };
    match (link.state, &link.item, &look.row) {
        (_, _, Is::Locked) => delivery::locked(),
        (State::Creating, _, _) if !link.attempts.is_empty() => delivery::resume(link),

        (State::Creating, _, Is::Present(row)) if row.in_scope => {
            delivery::create(row, link, rules)
        }
        (State::Linked, None, Is::Present(row)) if row.in_scope => {
            delivery::create(row, link, rules)
        }
        (State::Linked, Some(item), Is::Present(row)) if row.in_scope => {
            delivery::change(look, row, link, item, rules)
        }
        (State::RemoteGone, _, Is::Present(row)) if row.in_scope => {
            delivery::outlives_its_item(look, row, link, rules)
        }
        (State::Detached, Some(item), Is::Present(row)) if row.in_scope => {
            Delivery::Refresh(item.clone())
        }

        (State::Linked, _, Is::Present(_)) => delivery::detach(look, link),
        (State::Linked, Some(item), Is::Absent) => Delivery::Delete(item.clone()),
        (State::Detached, Some(_), Is::Present(_) | Is::Absent) => delivery::done(look),
        (State::Detached, None, Is::Present(_)) => delivery::done(look),
        // An unknown item may be this one under another id: only the end of a pull knows, and ends the link.
        (State::RemoteGone, _, Is::Present(_) | Is::Absent) => delivery::done(look),
        (State::Creating, _, Is::Present(_) | Is::Absent) => delivery::end(look),
        (State::Linked | State::Detached, None, Is::Absent) => delivery::end(look),
    }
}

/// An item was seen: what becomes of its row and its link. Nothing is sent to Exchange: what the item is still to get stays a
/// change of the row, noted in the outbox.
#[must_use]
pub fn absorb(seen: &Seen<'_>, what: &Absorb<'_>, rules: &Rules<'_>) -> Step {
    let row = match seen.row {
        Is::Present(row) => Some(row.as_ref()),
        Is::Locked | Is::Absent => None,
    };
    let placed = absorb::placed(seen.link, row, what.item, rules);
    let what = &Absorb {
        item: placed.as_ref().unwrap_or(what.item),
        ..*what
    };
    let step = match (seen.link, seen.row) {
        (_, Is::Locked) => absorb::wait(),
        (None, Is::Absent) => absorb::insert(what, None, rules),
        (None, Is::Present(row)) => absorb::merged(row, None, what, rules),
        (Some(link), _) if link.state == State::Detached && !what.pairing => Step::nothing(),
        (Some(link), Is::Absent) if link.state == State::Detached => absorb::detach(link, what),
        (Some(link), Is::Absent) => absorb::row_was_deleted(link, what, rules),
        (Some(link), Is::Present(row)) if !row.in_scope => absorb::detach(link, what),
        (Some(link), Is::Present(row)) => absorb::merged(row, Some(link), what, rules),
    };
    if step.park.is_some() {
        return step;
    }
    let is_its_own = |link: &Link| link.item.as_ref() == Some(&what.item.id);
    Step {
        unpark: what.listed || !seen.link.is_some_and(is_its_own),
        settles: Some(Side::Row),
        ..step
    }
}

#[cfg(test)]
mod tests;
