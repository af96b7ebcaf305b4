//! Changes to a contact: what is set and what is cleared, property by property.

use std::collections::BTreeMap;

use super::{Contact, Property, Value};

/// A set of changes; `None` clears the property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    fields: BTreeMap<Property, Option<Value>>,
}

impl Changes {
    /// No change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a property is set or, with `None`, cleared.
    pub fn insert(&mut self, property: Property, value: Option<Value>) {
        self.fields.insert(property, value);
    }

    /// Whether the property is changed.
    #[must_use]
    pub fn contains(&self, property: Property) -> bool {
        self.fields.contains_key(&property)
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// How many properties are changed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// All changes in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = (Property, Option<&Value>)> {
        self.fields
            .iter()
            .map(|(property, value)| (*property, value.as_ref()))
    }
}

impl FromIterator<(Property, Option<Value>)> for Changes {
    fn from_iter<I: IntoIterator<Item = (Property, Option<Value>)>>(changes: I) -> Self {
        Self {
            fields: changes.into_iter().collect(),
        }
    }
}

/// What turns `from` into `to`, looking at the given properties only.
#[must_use]
pub fn diff(from: &Contact, to: &Contact, properties: &[Property]) -> Changes {
    properties
        .iter()
        .filter_map(|property| {
            let (old, new) = (from.get(*property), to.get(*property));
            let same = match (old, new) {
                (Some(old), Some(new)) => old.same(new),
                (old, new) => old.is_none() && new.is_none(),
            };
            (!same).then(|| (*property, new.cloned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applying_a_diff_gives_the_target_and_leaves_the_rest() {
        let contact = |pairs: &[(Property, &str)]| {
            let mut contact = Contact::new();
            for (property, text) in pairs {
                contact.set_raw(*property, text).unwrap();
            }
            contact
        };
        let mapped = [Property::GivenName, Property::Surname, Property::Body];
        let mut from = contact(&[
            (Property::GivenName, "Anna"),
            (Property::Body, "old"),
            (Property::JobTitle, "unmapped"),
        ]);
        let to = contact(&[(Property::GivenName, "Anna"), (Property::Surname, "B")]);
        let changes = diff(&from, &to, &mapped);
        assert_eq!(changes.len(), 2);
        assert!(!changes.contains(Property::GivenName));
        from.apply(&changes);
        assert_eq!(from.only(&mapped), to);
        assert_eq!(from.text(Property::JobTitle), Some("unmapped"));
        assert!(diff(&from, &to, &mapped).is_empty());
    }
}
