//! The base: what both sides last agreed on, property by property, each as that side holds it.

mod leg;

use std::collections::BTreeMap;

use crate::contact::{
    CanonicalError, Changes, Contact, KnownSlot, Property, Value, in_known_places,
};
pub use leg::{LONGEST_TEXT, Leg, Legs};
use leg::{decode_leg, encode_leg};

/// The base of a link. A property without legs is unknown on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    legs: BTreeMap<Property, Legs>,
}

static UNKNOWN: Legs = Legs {
    row: Leg::Unknown,
    item: Leg::Unknown,
    sent: None,
};

impl Base {
    /// A base that knows nothing: first-run rules hold for every property.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The legs of a property.
    #[must_use]
    pub fn legs(&self, property: Property) -> &Legs {
        self.legs.get(&property).unwrap_or(&UNKNOWN)
    }

    /// Moves the row's leg to what the row was seen to hold.
    pub fn set_row(&mut self, property: Property, value: Option<&Value>) {
        self.legs.entry(property).or_default().row = Leg::of(value);
    }

    /// Moves the item's leg to what the item was seen, or told, to hold.
    pub fn set_item(&mut self, property: Property, value: Option<&Value>) {
        let legs = self.legs.entry(property).or_default();
        legs.item = Leg::of(value);
        legs.sent = None;
    }

    /// Notes what is about to be written to the item, before it is sent.
    pub fn send(&mut self, property: Property, leg: Leg) {
        self.legs.entry(property).or_default().sent = Some(leg);
    }

    /// The leg of what a row holds, if that differs from what the row was known to hold.
    #[must_use]
    pub fn row_change(&self, property: Property, value: Option<&Value>) -> Option<Leg> {
        let known = &self.legs(property).row;
        let leg = Leg::of(value);
        let same = match &leg {
            Leg::Long(_) => *known == leg,
            Leg::Unknown | Leg::Empty | Leg::Value(_) => known.holds(value),
        };
        (!same).then_some(leg)
    }

    /// Moves both legs to what was sent, now that it is known to have arrived.
    pub fn arrived(&mut self, property: Property, value: Option<&Value>) {
        let legs = self.legs.entry(property).or_default();
        let sent = legs.sent.take().filter(|sent| *sent != Leg::Unknown);
        legs.item = sent.unwrap_or_else(|| Leg::of(value));
        legs.row = legs.item.clone();
    }

    /// Settles what was sent, now that the item was seen: where it holds that, it arrived, and both sides agreed on it.
    pub fn settle_sent(&mut self, property: Property, item: Option<&Value>) {
        if let Some(legs) = self.legs.get_mut(&property)
            && let Some(sent) = legs.sent.take()
            && sent.holds(item)
        {
            legs.row = sent.clone();
            legs.item = sent;
        }
    }

    /// Whether it is unknown of any of these properties whether what was sent arrived.
    #[must_use]
    pub fn is_unsettled(&self, properties: &[Property]) -> bool {
        properties
            .iter()
            .any(|property| self.legs(*property).sent.is_some())
    }

    /// Forgets the item's leg: the server may compute another value than it was given.
    pub fn forget_item(&mut self, property: Property) {
        let legs = self.legs.entry(property).or_default();
        legs.item = Leg::Unknown;
        legs.sent = None;
    }

    /// Notes that the item holds something else than its leg says, which nobody has taken over: it is looked at before it is written.
    pub fn look_first(&mut self, property: Property) {
        self.legs.entry(property).or_default().sent = Some(Leg::Unknown);
    }

    /// Moves the row's legs of the given properties to what was read back after writing. An unknown leg stays unknown: what
    /// was written there is still to be delivered to the item.
    pub fn confirm_row(&mut self, row: &Contact, properties: impl IntoIterator<Item = Property>) {
        for property in properties {
            if self.legs(property).row != Leg::Unknown {
                self.set_row(property, row.get(property));
            }
        }
    }

    /// Forgets the row's leg: what the row holds is still to be delivered to the item.
    pub fn forget_row(&mut self, property: Property) {
        self.legs.entry(property).or_default().row = Leg::Unknown;
    }

    /// A contact of the item with what the server keeps in lists put where it is known to be, and where nothing is known, to where the
    /// row has the same; nothing where it is there already.
    #[must_use]
    pub fn placed(
        &self,
        item: &Contact,
        row: Option<&Contact>,
        lists: &[Vec<Property>],
        mapped: &[Property],
    ) -> Option<Contact> {
        in_known_places(item, lists, |slot| {
            let legs = self.legs(slot);
            let is_unknown = legs.item == Leg::Unknown;
            KnownSlot {
                held: legs.item.value(),
                sent: legs.sent.as_ref().and_then(Leg::value),
                other: row.filter(|_| is_unknown).and_then(|row| row.get(slot)),
                hidden: !mapped.contains(&slot),
            }
        })
    }

    /// What the item is known to hold of some properties, as changes that would make it so.
    #[must_use]
    pub fn known(&self, properties: &[Property]) -> Changes {
        let legs = properties
            .iter()
            .map(|property| (*property, &self.legs(*property).item));
        legs.filter_map(|(property, leg)| match leg {
            Leg::Empty => Some((property, None)),
            Leg::Value(value) => Some((property, Some(value.clone()))),
            Leg::Unknown | Leg::Long(_) => None,
        })
        .collect()
    }

    /// The contact as the item was last known to hold it, without long texts.
    #[must_use]
    pub fn item(&self) -> Contact {
        self.legs
            .iter()
            .filter_map(|(property, legs)| Some((*property, legs.item.value()?.clone())))
            .collect()
    }

    /// Drops the legs of properties that are no longer mapped.
    pub fn retain(&mut self, mapped: &[Property]) {
        self.legs.retain(|property, _| mapped.contains(property));
    }

    /// Whether every mapped property has both legs.
    #[must_use]
    pub fn is_complete(&self, mapped: &[Property]) -> bool {
        mapped.iter().all(|property| {
            let legs = self.legs(*property);
            legs.row != Leg::Unknown && legs.item != Leg::Unknown
        })
    }

    /// The properties in which an item differs from what it was known to hold, and from what we were about to write.
    #[must_use]
    pub fn item_changes(&self, item: &Contact, mapped: &[Property]) -> Vec<Property> {
        mapped
            .iter()
            .copied()
            .filter(|property| !self.legs(*property).item_holds(item.get(*property)))
            .collect()
    }

    /// The properties in which a row differs from what it was known to hold.
    #[must_use]
    pub fn row_changes(&self, row: &Contact, mapped: &[Property]) -> Vec<Property> {
        mapped
            .iter()
            .copied()
            .filter(|property| !self.legs(*property).row.holds(row.get(*property)))
            .collect()
    }

    /// The text in which a store keeps the base: a line for each property, `name TAB row TAB item`, and `TAB sent` where the
    /// outcome of a write is unknown. `?` is unknown, nothing is empty, `#` comes before a fingerprint, and `=` in the item's place is the same as the
    /// row's.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        for (property, legs) in &self.legs {
            out.push_str(property.name());
            out.push('\t');
            encode_leg(&legs.row, &mut out);
            out.push('\t');
            if legs.item == legs.row {
                out.push('=');
            } else {
                encode_leg(&legs.item, &mut out);
            }
            if let Some(sent) = &legs.sent {
                out.push('\t');
                encode_leg(sent, &mut out);
            }
            out.push('\n');
        }
        out
    }

    /// Reads what [`encode`](Self::encode) wrote. A property that this version does not know is left out.
    ///
    /// # Errors
    /// When the text is damaged; the link is then treated as one with an unknown base.
    pub fn decode(text: &str) -> Result<Self, CanonicalError> {
        let mut legs = BTreeMap::new();
        for line in text.lines() {
            let mut parts = line.split('\t');
            let (Some(name), Some(row), Some(item)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(CanonicalError);
            };
            let sent = parts.next();
            if parts.next().is_some() {
                return Err(CanonicalError);
            }
            let Ok(property) = name.parse::<Property>() else {
                continue;
            };
            let row = decode_leg(row)?;
            let item = if item == "=" {
                row.clone()
            } else {
                decode_leg(item)?
            };
            let sent = sent.map(decode_leg).transpose()?;
            legs.insert(property, Legs { row, item, sent });
        }
        Ok(Self { legs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::encode_value;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// R13, R16, R23.
    #[test]
    fn the_stored_form_keeps_all_three_values_of_both_legs() {
        let mut base = Base::unknown();
        base.set_row(Property::GivenName, Some(&text("Anna\tB\n=")));
        base.set_item(Property::GivenName, Some(&text("Anna\tB\n=")));
        base.set_row(Property::Surname, Some(&text("?")));
        base.set_item(Property::Surname, None);
        base.set_row(Property::FileAs, None);
        base.forget_item(Property::FileAs);
        base.send(Property::Surname, Leg::of(Some(&text("=\t"))));
        base.send(Property::FileAs, Leg::of(None));
        let stored = base.encode();
        assert_eq!(stored.lines().count(), 3);
        assert_eq!(Base::decode(&stored), Ok(base.clone()));
        assert_eq!(
            Base::decode(&format!("{stored}FutureThing\ttx\t=\n")),
            Ok(base)
        );
        assert_eq!(Base::decode("GivenName\ttx"), Err(CanonicalError));
        for damaged in ["GivenName\tx\t=", "Body\t#00\t="] {
            assert_eq!(Base::decode(damaged), Err(CanonicalError), "{damaged:?}");
        }
    }

    /// R13, R16: the text of a base from before is known again, and takes no more room from then on.
    #[test]
    fn a_long_text_is_known_by_its_fingerprint() {
        let longest = text(&"x".repeat(LONGEST_TEXT));
        let long = text(&"x".repeat(LONGEST_TEXT + 1));
        let other = text(&format!("{}y", "x".repeat(LONGEST_TEXT)));
        let mut base = Base::unknown();
        base.set_row(Property::Body, Some(&long));
        base.set_item(Property::Body, Some(&long));
        base.send(Property::Body, Leg::of(Some(&other)));
        let stored = base.encode();
        assert!(stored.len() < 200, "{stored}");
        assert_eq!(Base::decode(&stored), Ok(base.clone()));
        let mut before = "Body\t".to_owned();
        encode_value(&long, &mut before);
        before.push_str("\t=\t");
        encode_value(&other, &mut before);
        assert_eq!(Base::decode(&before), Ok(base.clone()));

        let legs = base.legs(Property::Body);
        assert!(legs.row.holds(Some(&long)) && legs.item.holds(Some(&long)));
        for value in [None, Some(&longest), Some(&other)] {
            assert!(!legs.row.holds(value));
        }
        assert!(legs.item_holds(Some(&other)));
        assert_eq!(base.row_change(Property::Body, Some(&long)), None);
        for value in [None, Some(&longest), Some(&other)] {
            let change = base.row_change(Property::Body, value);
            assert_eq!(change, Some(Leg::of(value)));
        }
        assert_eq!(legs.row.value(), None);
        base.arrived(Property::Body, Some(&other));
        assert_eq!(
            base.legs(Property::Body),
            &Legs {
                row: Leg::of(Some(&other)),
                item: Leg::of(Some(&other)),
                sent: None,
            }
        );
        base.set_row(Property::Body, Some(&longest));
        assert_eq!(base.legs(Property::Body).row.value(), Some(&longest));
    }

    /// What was only to be looked at is not what arrived.
    #[test]
    fn what_arrived_is_what_was_sent() {
        let (old, new) = (text("old"), text("new"));
        for sent in [None, Some(&new)] {
            let mut base = Base::unknown();
            base.set_row(Property::Surname, Some(&old));
            base.look_first(Property::Surname);
            if sent.is_some() {
                base.send(Property::Surname, Leg::of(sent));
            }
            base.arrived(Property::Surname, Some(&new));
            let legs = base.legs(Property::Surname);
            assert!(legs.row.holds(Some(&new)) && legs.item.holds(Some(&new)));
            assert!(legs.sent.is_none());
        }
    }

    /// R16.
    #[test]
    fn what_was_sent_is_recognised_where_it_arrived_and_forgotten_where_not() {
        let (old, sent, other) = (text("old"), text("sent"), text("other"));
        for (seen, arrived) in [(&sent, true), (&old, false), (&other, false)] {
            let mut base = Base::unknown();
            base.set_row(Property::Surname, Some(&old));
            base.set_item(Property::Surname, Some(&old));
            base.send(Property::Surname, Leg::of(Some(&sent)));
            assert!(base.is_unsettled(&[Property::Surname]));
            let changed = !base.legs(Property::Surname).item_holds(Some(seen));
            assert_eq!(changed, *seen == other);
            base.settle_sent(Property::Surname, Some(seen));
            assert!(!base.is_unsettled(&[Property::Surname]));
            let agreed = if arrived { &sent } else { &old };
            assert!(base.legs(Property::Surname).row.holds(Some(agreed)));
            assert!(base.legs(Property::Surname).item.holds(Some(agreed)));
        }
    }

    /// R23.
    #[test]
    fn unknown_is_neither_empty_nor_a_value() {
        let mut base = Base::unknown();
        let mapped = [Property::GivenName];
        let mut anna = Contact::new();
        anna.set(Property::GivenName, Some(text("Anna")));
        assert_eq!(base.row_changes(&Contact::new(), &mapped), mapped);
        assert!(!base.is_complete(&mapped));
        base.set_row(Property::GivenName, None);
        assert!(base.row_changes(&Contact::new(), &mapped).is_empty());
        assert_eq!(base.row_changes(&anna, &mapped), mapped);
        assert_eq!(base.item_changes(&Contact::new(), &mapped), mapped);
        base.set_item(Property::GivenName, Some(&text("Anna")));
        assert!(base.item_changes(&anna, &mapped).is_empty());
        assert!(base.is_complete(&mapped));
    }
}
