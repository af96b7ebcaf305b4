//! Typed values and the one place where raw text is normalised.

use super::{Date, Kind};

/// A value of a property; never empty, since an empty property is absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Normalised text.
    Text(String),
    /// A calendar date.
    Date(Date),
    /// Distinct, non-empty entries in the order of their owner.
    List(Vec<String>),
}

impl Value {
    /// The value of raw text, `None` when nothing is left after normalisation. A list is one entry a line.
    ///
    /// # Errors
    /// Returns the text when a date is wanted and the text is not one.
    pub fn parse(kind: Kind, raw: &str) -> Result<Option<Self>, String> {
        match kind {
            Kind::Line | Kind::Note => Ok(normalise_text(kind, raw).map(Self::Text)),
            Kind::Date if raw.trim().is_empty() => Ok(None),
            Kind::Date => raw.trim().parse().map(Self::Date).map(Some),
            Kind::Set => Ok(normalise_list(raw.lines())),
        }
    }

    /// Whether two values mean the same: lists as sets, all else to the byte.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(left), Self::List(right)) => {
                left.len() == right.len() && left.iter().all(|entry| right.contains(entry))
            }
            (left, right) => left == right,
        }
    }

    /// The value as a person reads it: a date as `YYYY-MM-DD`, a list joined by `, `.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::List(entries) => entries.join(", "),
        }
    }
}

/// Normalises text: line ends become `\n`, blanks at the ends go, a single line has no line ends.
/// `None` when nothing is left.
#[must_use]
pub fn normalise_text(kind: Kind, raw: &str) -> Option<String> {
    let unified = if raw.contains('\r') {
        raw.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        raw.to_owned()
    };
    let text = match kind {
        Kind::Note => unified.trim_end().trim_start_matches('\n').to_owned(),
        Kind::Line | Kind::Date | Kind::Set => unified.trim().replace('\n', " "),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// Normalises a list: entries are trimmed, empty and repeated ones go. `None` when nothing is left.
#[must_use]
pub fn normalise_list<'a>(raw: impl Iterator<Item = &'a str>) -> Option<Value> {
    let mut entries: Vec<String> = Vec::new();
    for entry in raw.map(str::trim).filter(|entry| !entry.is_empty()) {
        if !entries.iter().any(|known| known == entry) {
            entries.push(entry.to_owned());
        }
    }
    (!entries.is_empty()).then_some(Value::List(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_normalised_by_kind() {
        let line = |raw| normalise_text(Kind::Line, raw);
        let note = |raw| normalise_text(Kind::Note, raw);
        assert_eq!(line("  Anna\r\nMaria "), Some("Anna Maria".to_owned()));
        assert_eq!(line("\r\n \t"), None);
        assert_eq!(note("a\r\n  b\rc\r\n\r\n"), Some("a\n  b\nc".to_owned()));
        assert_eq!(note(" \n "), None);
        assert_eq!(note("\n  a"), Some("  a".to_owned()));
    }

    #[test]
    fn lists_are_sets_with_an_order() {
        let list = |entries: &[&str]| normalise_list(entries.iter().copied()).unwrap();
        assert_eq!(
            list(&[" A ", "", "B", "A"]),
            Value::List(vec!["A".to_owned(), "B".to_owned()])
        );
        assert!(list(&["A", "B"]).same(&list(&["B", "A"])));
        assert!(!list(&["A", "b"]).same(&list(&["A", "B"])));
        assert_eq!(normalise_list([" "].into_iter()), None);
    }
}
