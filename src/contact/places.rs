//! Lists without keys: some servers keep several slots as one list that closes up, so that an entry's place says nothing of its slot.

use super::{Contact, Property, Value};

/// What is known of a slot.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownSlot<'a> {
    /// What it was last known to hold.
    pub held: Option<&'a Value>,
    /// What was sent there since, without a word that it arrived.
    pub sent: Option<&'a Value>,
    /// What the other side has there, where nothing is known of this one.
    pub other: Option<&'a Value>,
    /// Whether the other side has no such slot.
    pub hidden: bool,
}

impl KnownSlot<'_> {
    fn is(&self, entry: &Value) -> bool {
        let mut known = [self.held, self.sent, self.other].into_iter().flatten();
        known.any(|known| known.same(entry))
    }
}

/// Puts the entries of such lists into the slots in which they are known, so that no value moves by itself. What is new goes to where a known
/// value has gone, else into the slot at its place, else behind the entry before it; not to where only the other side has something, nor to where it has no
/// slot, as long as there is room. Gives nothing where all is in its place already.
///
/// A list is its slots in the order in which the server gives them.
#[must_use]
pub fn in_known_places<'a>(
    contact: &Contact,
    lists: &[Vec<Property>],
    known: impl Fn(Property) -> KnownSlot<'a>,
) -> Option<Contact> {
    let mut placed = contact.clone();
    for slots in lists {
        let entries: Vec<&Value> = slots.iter().filter_map(|slot| contact.get(*slot)).collect();
        let before: Vec<KnownSlot<'_>> = slots.iter().map(|slot| known(*slot)).collect();
        for (slot, value) in slots.iter().zip(arrange(&entries, &before)) {
            placed.set(*slot, value.cloned());
        }
    }
    (placed != *contact).then_some(placed)
}

/// The entries by slot; there are no more entries than slots.
fn arrange<'a>(entries: &[&'a Value], known: &[KnownSlot<'_>]) -> Vec<Option<&'a Value>> {
    let mut slots: Vec<Option<&Value>> = vec![None; known.len()];
    let mut chosen: Vec<Option<usize>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut free = slots.iter_mut().zip(known).enumerate();
        let own = free.find(|(_, (slot, known))| slot.is_none() && known.is(entry));
        chosen.push(own.map(|(place, (slot, _))| {
            *slot = Some(entry);
            place
        }));
    }
    if known.iter().any(|known| known.other.is_some()) {
        // What the other side never shows is not moved to make room for what it has.
        for (place, (entry, own)) in entries.iter().zip(&mut chosen).enumerate() {
            let Some(slot @ None) = slots.get_mut(place) else {
                continue;
            };
            if own.is_none() && matches!(entry, Value::Opaque(_)) {
                *slot = Some(entry);
                *own = Some(place);
            }
        }
    }
    let mut before = None;
    for (place, (entry, own)) in entries.iter().zip(chosen).enumerate() {
        let is_free = |slot: &usize| slots.get(*slot).is_some_and(Option::is_none);
        let had_one = |slot: &usize| known.get(*slot).is_some_and(|known| known.held.is_some());
        let all = || (0..known.len()).filter(is_free);
        // What is new is for the other side too, as long as that has room.
        let seen = |slot: &usize| known.get(*slot).is_some_and(|known| !known.hidden);
        let is_open = |slot: &usize| known.get(*slot).is_some_and(|known| known.other.is_none());
        let open = || all().filter(seen).filter(is_open);
        let slot = own
            .or_else(|| Some(place).filter(|slot| is_free(slot) && had_one(slot)))
            .or_else(|| all().find(had_one))
            .or_else(|| open().find(|slot| *slot == place))
            .or_else(|| open().find(|slot| before.is_none_or(|before| *slot > before)))
            .or_else(|| open().next())
            .or_else(|| all().find(seen))
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

    fn held(value: Option<&Value>) -> KnownSlot<'_> {
        KnownSlot {
            held: value,
            ..KnownSlot::default()
        }
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
            let placed = in_known_places(&found, &[SLOTS.to_vec()], |slot| held(before.get(slot)));
            assert_eq!(
                placed.unwrap_or(found),
                filled(&expected),
                "{known:?} {entries:?}"
            );
        }
    }

    /// semantics 55: where only the other side is known, what both have meets there, and what is new takes nothing's place.
    #[test]
    fn what_is_not_known_goes_by_what_the_other_side_has() {
        for (other, entries, expected) in [
            (["", "b", ""], ["b", "", ""], ["", "b", ""]),
            (["a", "b", ""], ["b", "c", ""], ["", "b", "c"]),
            (["", "b", "c"], ["x", "c", "b"], ["x", "b", "c"]),
            (["a", "b", "c"], ["x", "c", ""], ["x", "", "c"]),
        ] {
            let (row, found) = (filled(&other), filled(&entries));
            let places = |slot| KnownSlot {
                other: row.get(slot),
                ..KnownSlot::default()
            };
            let placed = in_known_places(&found, &[SLOTS.to_vec()], places);
            assert_eq!(
                placed.unwrap_or(found),
                filled(&expected),
                "{other:?} {entries:?}"
            );
        }
    }

    /// semantics 36: the first run leaves an entry of the company's directory where it is, beside an address of the row.
    #[test]
    fn what_the_other_side_never_shows_is_not_moved() {
        let row = filled(&["a", "", ""]);
        for (entries, expected) in [
            (["/o=x", "", ""], ["/o=x", "", ""]),
            (["/o=x", "b", ""], ["/o=x", "b", ""]),
            (["/o=x", "a", ""], ["a", "/o=x", ""]),
        ] {
            let directory = |values: &[&str; 3]| {
                let mut contact = filled(values);
                for slot in SLOTS {
                    if contact.text(slot) == Some("/o=x") {
                        contact.set(slot, Some(Value::Opaque("/o=x".to_owned())));
                    }
                }
                contact
            };
            let found = directory(&entries);
            let places = |slot| KnownSlot {
                other: row.get(slot),
                ..KnownSlot::default()
            };
            let placed = in_known_places(&found, &[SLOTS.to_vec()], places);
            assert_eq!(placed.unwrap_or(found), directory(&expected), "{entries:?}");
        }
    }

    /// P1: what is new is not put where the other side cannot see it, as long as there is room.
    #[test]
    fn what_is_new_stays_in_the_sight_of_the_other_side() {
        let none = ["", "", ""];
        for (known, other, entries, expected) in [
            (none, ["a", "b", ""], ["x", "b", ""], ["x", "b", ""]),
            (none, ["a", "", ""], ["x", "", ""], ["", "x", ""]),
            (none, ["a", "", ""], ["x", "y", "z"], ["y", "x", "z"]),
            (none, none, ["x", "y", "z"], ["x", "y", "z"]),
            (["", "b", ""], none, ["b", "x", ""], ["x", "b", ""]),
            (["a", "b", ""], none, ["a", "b", "x"], ["a", "b", "x"]),
        ] {
            let (before, row, found) = (filled(&known), filled(&other), filled(&entries));
            let places = |slot| KnownSlot {
                held: before.get(slot),
                other: row.get(slot),
                hidden: slot == SLOTS[2],
                ..KnownSlot::default()
            };
            let placed = in_known_places(&found, &[SLOTS.to_vec()], places);
            assert_eq!(
                placed.unwrap_or(found),
                filled(&expected),
                "{known:?} {other:?} {entries:?}"
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
        let places = |slot| KnownSlot {
            sent: known.get(slot),
            ..KnownSlot::default()
        };
        let placed = in_known_places(&contact, &[SLOTS.to_vec()], places).unwrap();
        assert_eq!(
            placed.text(Property::Phone(PhoneKey::MobilePhone)),
            Some("1")
        );
        assert_eq!(placed.text(SLOTS[1]), Some("b"));
        assert_eq!(
            in_known_places(&contact, &[], |_| KnownSlot::default()),
            None
        );
    }
}
