//! Values of properties and an item's property list.

/// A property, first-class or extended: an index into [`super::fields::FIELDS`], then into the
/// registry of extended names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyId(pub u16);

/// A stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, also that of words, numbers and booleans.
    Text(Box<str>),
    /// An instant, in seconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Several texts.
    List(Box<[Box<str>]>),
}

impl Value {
    /// A text value.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The value as one text, as an extended property shows it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Time(instant) => crate::clock::format(*instant),
            Self::List(list) => list.join(";"),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len() * 2,
            Self::Time(_) => 8,
            Self::List(list) => list.iter().map(|text| text.len() * 2).sum(),
        }
    }
}

/// Values sorted by property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties(Vec<(PropertyId, Value)>);

impl Properties {
    /// The value of a property.
    pub fn get(&self, property: PropertyId) -> Option<&Value> {
        let at = self.0.binary_search_by_key(&property, |(id, _)| *id).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The text of a property; empty where it is absent or not text.
    pub fn text(&self, property: PropertyId) -> &str {
        match self.get(property) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Sets a property.
    pub fn set(&mut self, property: PropertyId, value: Value) {
        match self.0.binary_search_by_key(&property, |(id, _)| *id) {
            Ok(at) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (property, value)),
        }
    }

    /// Sets a property, or removes it where there is no value.
    pub fn put(&mut self, property: PropertyId, value: Option<Value>) {
        match value {
            Some(value) => self.set(property, value),
            None => self.remove(property),
        }
    }

    /// Removes a property.
    pub fn remove(&mut self, property: PropertyId) {
        if let Ok(at) = self.0.binary_search_by_key(&property, |(id, _)| *id) {
            self.0.remove(at);
        }
    }

    /// All properties in order.
    pub fn iter(&self) -> impl Iterator<Item = (PropertyId, &Value)> {
        self.0.iter().map(|(id, value)| (*id, value))
    }

    /// A number of bytes such as item:Size shows.
    pub fn size(&self) -> usize {
        1000 + self
            .0
            .iter()
            .map(|(_, value)| 16 + value.size())
            .sum::<usize>()
    }

    /// Gives back memory that is not needed.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_value_for_each_property() {
        let mut properties = Properties::default();
        for (id, text) in [(3, "c"), (1, "a"), (2, "b"), (3, "d")] {
            properties.set(PropertyId(id), Value::text(text));
        }
        properties.remove(PropertyId(2));
        let all: Vec<_> = properties
            .iter()
            .map(|(id, value)| (id.0, value.to_text()))
            .collect();
        assert_eq!(all, [(1, "a".to_owned()), (3, "d".to_owned())]);
        assert_eq!(properties.text(PropertyId(9)), "");
    }
}
