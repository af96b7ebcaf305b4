//! Typed values and the one place where raw text is normalised.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Date, Kind, Picture, any_byte, legal_text, parse_micros, text_of};

/// A value of a property; never empty, since an empty property is absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Normalised text.
    Text(String),
    /// A calendar date.
    Date(Date),
    /// Distinct, non-empty entries in the order of their owner.
    List(Vec<String>),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A floating-point number.
    Double(Double),
    /// A point in time: the seconds since 1970 in UTC.
    Moment(i64),
    /// What one side holds and the other has no form for, such as an entry of an address list without an address. It is compared
    /// and shown to people, and never written.
    Opaque(String),
    /// A picture.
    Picture(Picture),
}

/// A floating-point number that is one: neither infinite nor undefined, and with one zero.
#[derive(Debug, Clone, Copy)]
pub struct Double(f64);

impl Double {
    /// The number, `None` when it is infinite or none.
    #[must_use]
    pub fn new(number: f64) -> Option<Self> {
        // Adding nothing makes the negative zero the other one.
        number.is_finite().then_some(Self(number + 0.0))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Double {}

impl PartialOrd for Double {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Double {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Value {
    /// The value of raw text, `None` when nothing is left after normalisation. A list is one entry a line, a moment is as
    /// `2024-07-01T12:00:00Z`.
    ///
    /// # Errors
    /// Returns the text when it is nothing that such a property can hold.
    pub fn parse(kind: Kind, raw: &str) -> Result<Option<Self>, String> {
        let text = raw.trim();
        let value = match kind {
            Kind::Line | Kind::Note => return Ok(normalise_text(kind, raw).map(Self::Text)),
            Kind::Set => return Ok(normalise_list(raw.lines())),
            _ if text.is_empty() => return Ok(None),
            Kind::Choice(words) => return choice(words, text),
            Kind::Date => text.parse().ok().map(Self::Date),
            Kind::Integer => text.parse().ok().map(Self::Integer),
            Kind::Boolean => boolean(text).map(Self::Boolean),
            Kind::Double => text.parse().ok().and_then(Double::new).map(Self::Double),
            Kind::Picture => Picture::parse(text).map(Self::Picture),
            Kind::Moment => {
                parse_micros(text).map(|micros| Self::Moment(micros.div_euclid(1_000_000)))
            }
        };
        value.map(Some).ok_or_else(|| text.to_owned())
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

    /// The value as a person reads it: a date as `YYYY-MM-DD`, a moment as `YYYY-MM-DDTHH:MM:SSZ`, a list joined by `, `, a
    /// picture as [`Picture::display`] shows it.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::Text(text) | Self::Opaque(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::List(entries) => entries.join(", "),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(yes) => yes.to_string(),
            Self::Double(number) => number.get().to_string(),
            Self::Moment(seconds) => text_of(*seconds).unwrap_or_default(),
            Self::Picture(picture) => picture.display(),
        }
    }
}

/// One of some words, however it is capitalised; the first one is the same as nothing.
fn choice(words: &[&str], text: &str) -> Result<Option<Value>, String> {
    let known = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case(text));
    match (known, known.and_then(|place| words.get(place))) {
        (Some(0), _) => Ok(None),
        (_, Some(word)) => Ok(Some(Value::Text((*word).to_owned()))),
        (_, None) => Err(text.to_owned()),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        number => number.parse::<i64>().ok().map(|number| number != 0),
    }
}

/// Normalises text: line ends become `\n`, blanks at the ends go, a single line has no line ends, and control characters,
/// which no XML can carry, go. `None` when nothing is left.
#[must_use]
pub fn normalise_text(kind: Kind, raw: &str) -> Option<String> {
    let legal = legal_text(raw);
    let unified = if any_byte(&legal, |byte| byte == b'\r') {
        Cow::Owned(legal.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        legal
    };
    if unified.trim().is_empty() {
        return None;
    }
    Some(match kind {
        Kind::Note => unified.trim_end().trim_start_matches('\n').to_owned(),
        _ => unified.trim().replace('\n', " "),
    })
}

/// Normalises a list: entries are trimmed, empty and repeated ones go. `None` when nothing is left.
#[must_use]
pub fn normalise_list<'a>(raw: impl Iterator<Item = &'a str>) -> Option<Value> {
    let mut entries: Vec<String> = Vec::new();
    for entry in raw.map(legal_text) {
        let entry = entry.trim();
        if !entry.is_empty() && !entries.iter().any(|known| known == entry) {
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
        assert_eq!(line("\0 An\u{2}na\u{FFFF}"), Some("Anna".to_owned()));
        assert_eq!(note("\u{1}\u{1F}"), None);
    }

    #[test]
    fn numbers_moments_and_choices_are_read_or_refused() {
        let read = |kind, raw| Value::parse(kind, raw);
        let double = |number| Value::Double(Double::new(number).unwrap());
        for (kind, raw, value) in [
            (Kind::Integer, " -12 ", Value::Integer(-12)),
            (Kind::Boolean, "1", Value::Boolean(true)),
            (Kind::Boolean, "False", Value::Boolean(false)),
            (Kind::Double, "1.50", double(1.5)),
            (Kind::Double, "-0", double(0.0)),
            (Kind::Moment, "1970-01-01T01:00:00+01:00", Value::Moment(0)),
            (Kind::Moment, "1969-12-31T23:59:58.7Z", Value::Moment(-2)),
            (
                Kind::Choice(&["No", "Yes"]),
                "yes",
                Value::Text("Yes".to_owned()),
            ),
        ] {
            assert_eq!(read(kind, raw), Ok(Some(value)), "{kind:?} {raw}");
            assert_eq!(read(kind, " "), Ok(None));
        }
        assert_eq!(read(Kind::Choice(&["No", "Yes"]), "NO"), Ok(None));
        for (kind, raw) in [
            (Kind::Integer, "1.5"),
            (Kind::Boolean, "perhaps"),
            (Kind::Double, "inf"),
            (Kind::Moment, "1970-01-01 00:00:00"),
            (Kind::Choice(&["No", "Yes"]), "maybe"),
        ] {
            assert_eq!(read(kind, raw), Err(raw.to_owned()), "{kind:?}");
        }
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
        assert_eq!(list(&["A\u{2}", "A"]), list(&["A"]));
        assert_eq!(normalise_list([" ", "\u{1}"].into_iter()), None);
    }
}
