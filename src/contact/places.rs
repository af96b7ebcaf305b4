//! Lists without keys: some servers keep several slots as one list that closes up, so that an entry's place says nothing of its slot.

use super::{Contact, Property, Value};

/// What a slot was last known to hold, and what was sent there since without a word that it arrived.
pub(crate) type Known<'a> = [Option<&'a Value>; 2];

/// Puts the entries of such lists into the slots in which they are known, so that no value moves by itself. What is new goes to where a known
/// value has gone, else into the slot at its place, else behind the entry before it. Gives nothing where all is in its place already.
///
/// A list is its slots in the order in which the server gives them; `known` is what a slot was last known to hold, and what it may hold since.
#[must_use]
pub fn in_known_places<'a>(
    contact: &Contact,
    lists: &[Vec<Property>],
    known: impl Fn(Property) -> Known<'a>,
) -> Option<Contact> {
    let mut placed = contact.clone();
    for slots in lists {
        let entries: Vec<&Value> = slots.iter().filter_map(|slot| contact.get(*slot)).collect();
        let before: Vec<Known<'_>> = slots.iter().map(|slot| known(*slot)).collect();
        for (slot, value) in slots.iter().zip(arrange(&entries, &before)) {
            placed.set(*slot, value.cloned());
        }
    }
    (placed != *contact).then_some(placed)
}

/// The entries by slot; there are no more entries than slots.
fn arrange<'a>(entries: &[&'a Value], known: &[Known<'_>]) -> Vec<Option<&'a Value>> {
    let holds = |known: &Known<'_>, entry: &Value| {
        let mut known = known.iter().flatten();
        known.any(|known| known.same(entry))
    };
    let mut slots: Vec<Option<&Value>> = vec![None; known.len()];
    let mut chosen: Vec<Option<usize>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut free = slots.iter_mut().zip(known).enumerate();
        let own = free.find(|(_, (slot, known))| slot.is_none() && holds(known, entry));
        chosen.push(own.map(|(place, (slot, _))| {
            *slot = Some(entry);
            place
        }));
    }
    let mut before = None;
    for (place, (entry, own)) in entries.iter().zip(chosen).enumerate() {
        let is_free = |slot: &usize| slots.get(*slot).is_some_and(Option::is_none);
        let had_one = |slot: &usize| known.get(*slot).is_some_and(|[known, _]| known.is_some());
        let all = || (0..known.len()).filter(is_free);
        let slot = own
            .or_else(|| Some(place).filter(|slot| is_free(slot) && had_one(slot)))
            .or_else(|| all().find(had_one))
            .or_else(|| Some(place).filter(is_free))
            .or_else(|| all().find(|slot| before.is_none_or(|before| *slot > before)))
            .or_else(|| all().next());
        if let Some(slot) = slot.and_then(|slot| slots.get_mut(slot)) {
            *slot = Some(entry);
        }
        before = slot;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{ImKey, PhoneKey};

    const SLOTS: [Property; 3] = [
        Property::Im(ImKey::ImAddress1),
        Property::Im(ImKey::ImAddress2),
        Property::Im(ImKey::ImAddress3),
    ];

    fn filled(values: &[&str]) -> Contact {
        let mut contact = Contact::new();
        for (slot, value) in SLOTS.iter().zip(values) {
            contact.set_raw(*slot, value).unwrap();
        }
        contact
    }

    /// semantics 55: no number changes its place by itself.
    #[test]
    fn what_is_known_stays_where_it_is_known() {
        for (known, entries, expected) in [
            (["", "", ""], ["a", "b", ""], ["a", "b", ""]),
            (["a", "b", ""], ["a", "b", ""], ["a", "b", ""]),
            // The first one was deleted, and the list has closed up.
            (["a", "b", "c"], ["b", "c", ""], ["", "b", "c"]),
            (["a", "", "c"], ["a", "c", ""], ["a", "", "c"]),
            (["", "", "c"], ["c", "", ""], ["", "", "c"]),
            // One was replaced.
            (["a", "b", ""], ["x", "b", ""], ["x", "b", ""]),
            (["", "b", "c"], ["b", "x", ""], ["", "b", "x"]),
            (["", "b", "c"], ["x", "c", ""], ["", "x", "c"]),
            // One was added, at either end.
            (["a", "", ""], ["x", "a", ""], ["a", "x", ""]),
            (["", "b", ""], ["b", "x", ""], ["", "b", "x"]),
            // Another order alone is no change.
            (["a", "b", ""], ["b", "a", ""], ["a", "b", ""]),
            // The same value twice.
            (["a", "a", ""], ["a", "", ""], ["a", "", ""]),
            (["", "a", "a"], ["a", "a", ""], ["", "a", "a"]),
            // Nothing is left.
            (["a", "b", "c"], ["", "", ""], ["", "", ""]),
        ] {
            let (before, found) = (filled(&known), filled(&entries));
            let placed =
                in_known_places(&found, &[SLOTS.to_vec()], |slot| [before.get(slot), None]);
            assert_eq!(
                placed.unwrap_or(found),
                filled(&expected),
                "{known:?} {entries:?}"
            );
        }
    }

    #[test]
    fn what_is_in_no_list_is_left_alone() {
        let mut contact = filled(&["b", "", ""]);
        contact
            .set_raw(Property::Phone(PhoneKey::MobilePhone), "1")
            .unwrap();
        let known = filled(&["", "b", ""]);
        let places = |slot| [None, known.get(slot)];
        let placed = in_known_places(&contact, &[SLOTS.to_vec()], places).unwrap();
        assert_eq!(
            placed.text(Property::Phone(PhoneKey::MobilePhone)),
            Some("1")
        );
        assert_eq!(placed.text(SLOTS[1]), Some("b"));
        assert_eq!(in_known_places(&contact, &[], |_| [None, None]), None);
    }
}
