//! Slots that the port shows and takes as lists.

use exchange_contact_sync::contact::{
    Changes, Contact, KnownSlot, Property, Value, in_known_places,
};
use exchange_contact_sync::sync::ports::Update;

/// A contact as it is shown: the values of each list one after another.
pub(super) fn closed_up(contact: &Contact, lists: &[Vec<Property>]) -> Contact {
    let mut shown = contact.clone();
    for slots in lists {
        let mut values = slots.iter().filter_map(|slot| contact.get(*slot)).cloned();
        for slot in slots {
            shown.set(*slot, values.next());
        }
    }
    shown
}

/// An update with the whole of each list that it touches. What is neither changed nor known is read: the list as it is shown, with its
/// values where they are known to be.
pub(super) fn rewritten(now: &Contact, lists: &[Vec<Property>], update: &Update) -> Changes {
    let told = |changes: &Changes, slot: Property| -> Option<Option<Value>> {
        let mut all = changes.iter();
        all.find(|(property, _)| *property == slot)
            .map(|(_, value)| value.cloned())
    };
    let mut known = Contact::new();
    known.apply(&update.known);
    let shown = closed_up(now, lists);
    let placed = in_known_places(&shown, lists, |slot| KnownSlot {
        held: known.get(slot),
        ..KnownSlot::default()
    });
    let read = placed.unwrap_or(shown);
    let mut changes = update.changes.clone();
    let touched = lists
        .iter()
        .filter(|slots| slots.iter().any(|slot| update.changes.contains(*slot)));
    for slots in touched {
        let is_told =
            |slot: &Property| update.changes.contains(*slot) || update.known.contains(*slot);
        let reads = !slots.iter().all(is_told);
        let values: Vec<Value> = slots
            .iter()
            .filter_map(|slot| {
                let known = || match reads {
                    true => read.get(*slot).cloned(),
                    false => told(&update.known, *slot).flatten(),
                };
                told(&update.changes, *slot).unwrap_or_else(known)
            })
            .collect();
        let mut values = values.into_iter();
        for slot in slots {
            changes.insert(*slot, values.next());
        }
    }
    changes
}
