//! The contact: the neutral record that a row and an item both map to.
//!
//! A [`Contact`] holds typed values by [`Property`]; what is empty is absent. There is no XML, SQL or
//! PHP here, and no input or output.

mod base64;
mod canonical;
mod changes;
mod characters;
mod date;
mod extended;
mod fingerprint;
mod instant;
mod moment;
mod nearest;
mod picture;
mod places;
mod property;
mod value;

pub use base64::{decode_base64, encode_base64};
pub use canonical::{CanonicalError, decode_value, encode_value};
pub use changes::{Changes, diff};
pub use characters::{any_byte, is_legal, legal_text, push_replaced};
pub use date::Date;
pub use extended::{Extended, KNOWN_SETS, MapiId, MapiType, OWN_SET, STAMP_NAME, UnknownExtended};
pub use fingerprint::Fingerprint;
pub use instant::{date_of, moment_of, twin_of};
pub use moment::{date_at, days_since_1970, parse_micros, text_of};
pub use nearest::{did_you_mean, nearest};
pub use picture::{Picture, PictureFormat};
pub use places::{KnownSlot, in_known_places};
pub use property::{
    AddressKey, AddressPart, EmailKey, ImKey, Kind, PhoneKey, Property, UnknownProperty,
};
pub use value::{Double, Value, normalise_list, normalise_text};

use std::collections::BTreeMap;

/// A contact: typed, normalised values by property. An empty property is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    fields: BTreeMap<Property, Value>,
}

impl Contact {
    /// A contact with no value at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a property, `None` when it is empty.
    #[must_use]
    pub fn get(&self, property: Property) -> Option<&Value> {
        self.fields.get(&property)
    }

    /// The text of a text property, `None` when it is empty or no text.
    #[must_use]
    pub fn text(&self, property: Property) -> Option<&str> {
        match self.fields.get(&property) {
            Some(Value::Text(text)) => Some(text),
            Some(_) | None => None,
        }
    }

    /// Sets or, with `None`, empties a property.
    pub fn set(&mut self, property: Property, value: Option<Value>) {
        match value {
            Some(value) => {
                self.fields.insert(property, value);
            }
            None => {
                self.fields.remove(&property);
            }
        }
    }

    /// Sets a property from raw text, normalised for its kind: what is only white space empties it.
    ///
    /// # Errors
    /// Returns the text when it is nothing that the property can hold.
    pub fn set_raw(&mut self, property: Property, raw: &str) -> Result<(), String> {
        let value = Value::parse(property.kind(), raw)?;
        self.set(property, value);
        Ok(())
    }

    /// All values in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = (Property, &Value)> {
        self.fields
            .iter()
            .map(|(property, value)| (*property, value))
    }

    /// Whether no property has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Applies changes: what is set is set, what is cleared is cleared.
    pub fn apply(&mut self, changes: &Changes) {
        for (property, value) in changes.iter() {
            self.set(property, value.cloned());
        }
    }

    /// The same contact reduced to some properties.
    #[must_use]
    pub fn only(&self, properties: &[Property]) -> Self {
        let fields = self
            .fields
            .iter()
            .filter(|(property, _)| properties.contains(property))
            .map(|(property, value)| (*property, value.clone()))
            .collect();
        Self { fields }
    }

    /// The same contact without values that the other side has no form for.
    #[must_use]
    pub fn without_opaque(mut self) -> Self {
        self.fields
            .retain(|_, value| !matches!(value, Value::Opaque(_)));
        self
    }

    /// The display name that the parts of the name make.
    #[must_use]
    pub fn full_name(&self) -> String {
        let parts = [
            Property::GivenName,
            Property::MiddleName,
            Property::Surname,
            Property::Generation,
        ];
        let there: Vec<&str> = parts.iter().filter_map(|part| self.text(*part)).collect();
        there.join(" ")
    }

    /// A name by which a person recognises the contact in a message, never empty.
    #[must_use]
    pub fn label(&self) -> String {
        if let Some(name) = self.text(Property::DisplayName) {
            return name.to_owned();
        }
        let names: Vec<&str> = [Property::GivenName, Property::MiddleName, Property::Surname]
            .into_iter()
            .filter_map(|property| self.text(property))
            .collect();
        if !names.is_empty() {
            return names.join(" ");
        }
        [
            Property::FileAs,
            Property::CompanyName,
            Property::Email(EmailKey::EmailAddress1),
        ]
        .into_iter()
        .find_map(|property| self.text(property))
        .unwrap_or("(no name)")
        .to_owned()
    }
}

impl FromIterator<(Property, Value)> for Contact {
    fn from_iter<I: IntoIterator<Item = (Property, Value)>>(values: I) -> Self {
        Self {
            fields: values.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_text_empties_the_property() {
        let mut contact = Contact::new();
        contact.set_raw(Property::GivenName, " Anna ").unwrap();
        assert_eq!(contact.text(Property::GivenName), Some("Anna"));
        contact.set_raw(Property::GivenName, "  ").unwrap();
        assert!(contact.is_empty());
    }

    #[test]
    fn a_label_falls_back_until_something_is_there() {
        let mut contact = Contact::new();
        assert_eq!(contact.label(), "(no name)");
        contact.set_raw(Property::CompanyName, "Muster AG").unwrap();
        assert_eq!(contact.label(), "Muster AG");
        contact.set_raw(Property::Surname, "Beispiel").unwrap();
        assert_eq!(contact.label(), "Beispiel");
    }

    #[test]
    fn a_wrong_date_is_refused_with_its_text() {
        let mut contact = Contact::new();
        assert_eq!(
            contact.set_raw(Property::Birthday, "17th of May"),
            Err("17th of May".to_owned())
        );
    }
}
