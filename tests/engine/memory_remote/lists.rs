//! Slots that the port shows and takes as lists.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
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

/// An update with the whole of each list that it touches: what is not changed is as whoever sends it knows it, else as it is.
pub(super) fn rewritten(now: &Contact, lists: &[Vec<Property>], update: &Update) -> Changes {
    let told = |changes: &Changes, slot: Property| -> Option<Option<Value>> {
        let mut all = changes.iter();
        all.find(|(property, _)| *property == slot)
            .map(|(_, value)| value.cloned())
    };
    let mut changes = update.changes.clone();
    let touched = lists
        .iter()
        .filter(|slots| slots.iter().any(|slot| update.changes.contains(*slot)));
    for slots in touched {
        let values: Vec<Value> = slots
            .iter()
            .filter_map(|slot| {
                told(&update.changes, *slot)
                    .or_else(|| told(&update.known, *slot))
                    .unwrap_or_else(|| now.get(*slot).cloned())
            })
            .collect();
        let mut values = values.into_iter();
        for slot in slots {
            changes.insert(*slot, values.next());
        }
    }
    changes
}
