//! Lists in a text column: JSON, or entries separated by `;`, `,` or a new line.

use crate::contact::{Value, normalise_list};

/// How a column writes lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ListFormat {
    /// A JSON array of strings.
    Json,
    /// Separated by `; `.
    Semicolon,
    /// Separated by `, `.
    #[default]
    Comma,
    /// One entry a line.
    Line,
}

impl ListFormat {
    /// The format of a value that a column holds; `None` when it says nothing.
    #[must_use]
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if json(text).is_some() {
            Some(Self::Json)
        } else if text.contains('\n') {
            Some(Self::Line)
        } else if text.contains(';') {
            Some(Self::Semicolon)
        } else if text.contains(',') {
            Some(Self::Comma)
        } else {
            None
        }
    }

    /// The format that most of some values have; with a tie the first one met.
    pub(crate) fn of_most<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut counts: Vec<(Self, usize)> = Vec::new();
        for format in texts.filter_map(Self::of) {
            match counts.iter_mut().find(|(known, _)| *known == format) {
                Some((_, count)) => *count += 1,
                None => counts.push((format, 1)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max()?;
        counts
            .into_iter()
            .find(|(_, count)| *count == most)
            .map(|(format, _)| format)
    }

    /// Writes a list so that [`read`] gives its entries back: where an entry has the separator in it, another one is taken.
    #[must_use]
    pub(crate) fn write(self, entries: &[String]) -> String {
        let has = |separator: char| entries.iter().any(|entry| entry.contains(separator));
        match self {
            Self::Json => serde_json::Value::from(entries).to_string(),
            Self::Line => joined(entries, "\n"),
            Self::Comma if has(',') => Self::Semicolon.write(entries),
            Self::Comma if !has(';') => entries.join(", "),
            Self::Semicolon if !has(';') => joined(entries, "; "),
            Self::Comma | Self::Semicolon => joined(entries, "\n"),
        }
    }
}

/// A single entry that would be taken for several gets a separator at its end that it does not have in it.
fn joined(entries: &[String], separator: &str) -> String {
    let mut text = entries.join(separator);
    if entries.len() == 1 && text.contains(';') {
        text.push('\n');
    } else if entries.len() == 1 && text.contains(',') {
        text.push(';');
    }
    text
}

fn json(text: &str) -> Option<Vec<String>> {
    if !text.starts_with('[') {
        return None;
    }
    let entries: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    entries
        .into_iter()
        .map(|entry| match entry {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        })
        .collect()
}

/// Reads a list in whatever format it is; `None` when it is empty.
#[must_use]
pub(crate) fn read(text: &str) -> Option<Value> {
    if let Some(entries) = json(text.trim()) {
        return normalise_list(entries.iter().map(String::as_str));
    }
    let separator = match ListFormat::of(text) {
        Some(ListFormat::Line) => '\n',
        Some(ListFormat::Semicolon) if text.ends_with('\n') => '\n',
        Some(ListFormat::Semicolon) => ';',
        Some(ListFormat::Comma | ListFormat::Json) | None => ',',
    };
    normalise_list(text.split(separator))
}

/// Reads a list that stands in a column of JSON: nothing else is taken for entries. The outer `None` is for what is no list.
pub(crate) fn read_json(text: &str) -> Option<Option<Value>> {
    use serde_json::Value as Json;
    if text.trim().is_empty() {
        return Some(None);
    }
    match serde_json::from_str(text).ok()? {
        Json::Null => Some(None),
        Json::String(entry) => Some(normalise_list([entry.as_str()].into_iter())),
        Json::Array(_) => {
            let entries = json(text.trim())?;
            Some(normalise_list(entries.iter().map(String::as_str)))
        }
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_back_what_it_was_given() {
        let lists: [&[&str]; 7] = [
            &["Customer"],
            &["a;b"],
            &["a;b, c"],
            &["A", "B c"],
            &["Smith, John"],
            &["Smith, John", "x"],
            &["a;b", "c,d"],
        ];
        for list in lists {
            let list: Vec<String> = list.iter().map(|entry| (*entry).to_owned()).collect();
            for format in [
                ListFormat::Json,
                ListFormat::Semicolon,
                ListFormat::Comma,
                ListFormat::Line,
            ] {
                let text = format.write(&list);
                assert_eq!(
                    read(&text),
                    Some(Value::List(list.clone())),
                    "{format:?} {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_column_keeps_the_format_that_it_has() {
        assert_eq!(
            ListFormat::of_most(["x", "a; b", "a, b", "c; d"].into_iter()),
            Some(ListFormat::Semicolon)
        );
        assert_eq!(ListFormat::of("[\"a\"]"), Some(ListFormat::Json));
        assert_eq!(ListFormat::of("alone"), None);
        assert_eq!(ListFormat::Comma.write(&["a".into(), "b".into()]), "a, b");
        assert_eq!(read(" , "), None);
        assert_eq!(read("[]"), None);
    }
    #[test]
    fn a_column_of_json_holds_lists_and_nothing_else() {
        let list = |entries: &[&str]| normalise_list(entries.iter().copied());
        for (text, read) in [
            (r#" ["A, b", 1] "#, Some(list(&["A, b", "1"]))),
            (r#""A, b""#, Some(list(&["A, b"]))),
            ("[]", Some(None)),
            ("null", Some(None)),
            ("", Some(None)),
            (r#"{"A": "b, c"}"#, None),
            ("[[1]]", None),
            ("true", None),
            ("A, b", None),
        ] {
            assert_eq!(read_json(text), read, "{text}");
        }
    }
}
