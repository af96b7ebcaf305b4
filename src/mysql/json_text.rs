//! Values at a path of object keys in the text of a JSON document. A change touches the bytes of the value alone: whatever else the
//! document holds stays as the app wrote it, to the blank.

use std::fmt;
use std::ops::Range;

use serde_json::Value;

/// Why a path leads to no place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The document is no JSON.
    NoJson,
    /// The document itself, or what stands at a key of the path, is no object.
    NoObject(Option<String>),
    /// A key of the path is there twice.
    Repeated(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJson => f.write_str("the document is no JSON"),
            Self::NoObject(None) => f.write_str("the document is no object"),
            Self::NoObject(Some(key)) => write!(f, "what it has at \"{key}\" is no object"),
            Self::Repeated(key) => write!(f, "it has the key \"{key}\" twice"),
        }
    }
}

/// A member of an object.
struct Member {
    key: String,
    /// From the key's quotation mark to the end of the value.
    whole: Range<usize>,
    value: Range<usize>,
}

/// Where a path ends.
enum Place {
    /// At a value: the members of its object, and which of them it is.
    Value(Vec<Member>, usize),
    /// In an object, by its members, that lacks the key of this number.
    Missing(usize, Vec<Member>, usize),
    /// At a null that stands for an object; the keys from this number on lead into it.
    Null(Range<usize>, usize),
}

/// The JSON text at a path, `None` when there is nothing.
///
/// # Errors
/// When the path leads to no place.
pub(crate) fn get<'a>(text: &'a str, path: &[String]) -> Result<Option<&'a str>, Obstacle> {
    let Some(document) = document(text)? else {
        return Ok(None);
    };
    Ok(match find(text, document, path)? {
        Place::Value(members, at) => members
            .get(at)
            .and_then(|member| text.get(member.value.clone())),
        Place::Missing(..) | Place::Null(..) => None,
    })
}

/// The document with another JSON text at a path, or with nothing there. Objects on the way are made.
///
/// # Errors
/// When the path leads to no place.
pub(crate) fn set(text: &str, path: &[String], value: Option<&str>) -> Result<String, Obstacle> {
    let Some(document) = document(text)? else {
        return Ok(match value {
            Some(value) => nested(path, value),
            None => text.to_owned(),
        });
    };
    Ok(match (find(text, document, path)?, value) {
        (Place::Value(members, at), Some(value)) => match members.get(at) {
            Some(member) => replaced(text, member.value.clone(), value),
            None => text.to_owned(),
        },
        (Place::Value(members, at), None) => replaced(text, with_comma(&members, at), ""),
        (Place::Missing(..) | Place::Null(..), None) => text.to_owned(),
        (Place::Missing(open, members, depth), Some(value)) => {
            let (at, comma) = match members.last() {
                Some(last) => (last.whole.end, ", "),
                None => (open + 1, ""),
            };
            let member = member(path.get(depth..).unwrap_or_default(), value);
            replaced(text, at..at, &format!("{comma}{member}"))
        }
        (Place::Null(null, depth), Some(value)) => {
            let object = nested(path.get(depth..).unwrap_or_default(), value);
            replaced(text, null, &object)
        }
    })
}

/// Where the document's value lies; `None` when there is none.
fn document(text: &str) -> Result<Option<Range<usize>>, Obstacle> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let parsed: Value = serde_json::from_str(text).map_err(|_| Obstacle::NoJson)?;
    if parsed.is_null() {
        return Ok(None);
    }
    let from = blanks(text, 0);
    Ok(Some(from..text.trim_end().len()))
}

fn find(text: &str, document: Range<usize>, path: &[String]) -> Result<Place, Obstacle> {
    let mut at = document;
    for (depth, key) in path.iter().enumerate() {
        let before = depth.checked_sub(1).and_then(|depth| path.get(depth));
        let here = text.get(at.clone()).unwrap_or_default();
        if here == "null" {
            return Ok(Place::Null(at, depth));
        }
        if !here.starts_with('{') {
            return Err(Obstacle::NoObject(before.cloned()));
        }
        let members = members(text, at.start);
        let mut found = members
            .iter()
            .enumerate()
            .filter(|(_, member)| member.key == *key);
        match (found.next(), found.next()) {
            (None, _) => return Ok(Place::Missing(at.start, members, depth)),
            (Some(_), Some(_)) => return Err(Obstacle::Repeated(key.clone())),
            (Some((place, _)), None) if depth + 1 == path.len() => {
                return Ok(Place::Value(members, place));
            }
            (Some((_, member)), None) => at = member.value.clone(),
        }
    }
    Err(Obstacle::NoObject(None))
}

/// The members of the object that opens at a place of a valid document.
fn members(text: &str, open: usize) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = blanks(text, open + 1);
    while byte(text, at) == Some(b'"') {
        let from = at;
        let key_end = end(text, from);
        let value_from = blanks(text, blanks(text, key_end) + 1);
        let value = value_from..end(text, value_from);
        let key = text.get(from..key_end).unwrap_or_default();
        members.push(Member {
            key: serde_json::from_str(key).unwrap_or_default(),
            whole: from..value.end,
            value: value.clone(),
        });
        at = blanks(text, value.end);
        if byte(text, at) == Some(b',') {
            at = blanks(text, at + 1);
        }
    }
    members
}

fn byte(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at).copied()
}

/// The first place from this one on that is no blank.
fn blanks(text: &str, mut at: usize) -> usize {
    while matches!(byte(text, at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the value ends that begins at a place of a valid document.
fn end(text: &str, from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(here) = byte(text, at) {
        match here {
            b'"' => at = end_of_string(text, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                while !matches!(
                    byte(text, at),
                    None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
                ) {
                    at += 1;
                }
            }
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_string(text: &str, from: usize) -> usize {
    let mut at = from + 1;
    loop {
        match byte(text, at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return at,
        }
    }
}

/// A member with the comma that goes with it.
fn with_comma(members: &[Member], at: usize) -> Range<usize> {
    let Some(member) = members.get(at) else {
        return 0..0;
    };
    let before = at.checked_sub(1).and_then(|at| members.get(at));
    match (members.get(at + 1), before) {
        (Some(next), _) => member.whole.start..next.whole.start,
        (None, Some(before)) => before.whole.end..member.whole.end,
        (None, None) => member.whole.clone(),
    }
}

fn replaced(text: &str, range: Range<usize>, by: &str) -> String {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    format!("{before}{by}{after}")
}

/// An object that has a value at a path.
fn nested(path: &[String], value: &str) -> String {
    match path {
        [] => value.to_owned(),
        path => format!("{{{}}}", member(path, value)),
    }
}

fn member(path: &[String], value: &str) -> String {
    let Some((key, rest)) = path.split_first() else {
        return String::new();
    };
    format!("{}: {}", Value::from(key.as_str()), nested(rest, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    /// P8: what is not at the path stays as it is, to the blank.
    #[test]
    fn a_change_touches_the_value_alone() {
        let text =
            " {\"n\" :1.10, \"a\": {\"x\":[1, {\"k\":\"}\\\"\"}],\t\"k\": \"ü\"} ,\"z\":null}\n";
        assert_eq!(get(text, &path("a.k")), Ok(Some("\"ü\"")));
        assert_eq!(get(text, &path("n")), Ok(Some("1.10")));
        assert_eq!(get(text, &path("a.none")), Ok(None));
        for (at, value, from, to) in [
            ("a.k", Some("\"v\""), "\"ü\"", "\"v\""),
            ("a.k", None, ",\t\"k\": \"ü\"", ""),
            ("a.x", None, "\"x\":[1, {\"k\":\"}\\\"\"}],\t", ""),
            ("n", None, "\"n\" :1.10, ", ""),
            ("z.k.l", Some("1"), "null", "{\"k\": {\"l\": 1}}"),
            ("a.b.c", Some("2"), "\"ü\"", "\"ü\", \"b\": {\"c\": 2}"),
            ("none", None, "", ""),
        ] {
            let expected = if from.is_empty() {
                text.to_owned()
            } else {
                text.replacen(from, to, 1)
            };
            assert_eq!(set(text, &path(at), value), Ok(expected), "{at}");
        }
    }

    #[test]
    fn what_is_missing_is_made_and_can_be_taken_away_again() {
        for empty in ["", " ", "null"] {
            assert_eq!(get(empty, &path("a.b")), Ok(None));
            assert_eq!(set(empty, &path("a.b"), None), Ok(empty.to_owned()));
            let made = set(empty, &path("a.b"), Some("\"v\"")).unwrap();
            assert_eq!(made, "{\"a\": {\"b\": \"v\"}}");
            assert_eq!(set(&made, &path("a.b"), None), Ok("{\"a\": {}}".to_owned()));
        }
        assert_eq!(
            set("{ }", &path("a"), Some("1")),
            Ok("{\"a\": 1 }".to_owned())
        );
        let odd = set("{}", &["a\"b".to_owned()], Some("1")).unwrap();
        assert_eq!(get(&odd, &["a\"b".to_owned()]), Ok(Some("1")));
    }

    #[test]
    fn what_cannot_be_understood_is_no_place() {
        for (text, obstacle) in [
            ("{a: 1}", Obstacle::NoJson),
            ("plain", Obstacle::NoJson),
            ("[1]", Obstacle::NoObject(None)),
            (
                "{\"a\": \"text\"}",
                Obstacle::NoObject(Some("a".to_owned())),
            ),
            ("{\"a\": [{}]}", Obstacle::NoObject(Some("a".to_owned()))),
            ("{\"a\": {}, \"a\": {}}", Obstacle::Repeated("a".to_owned())),
        ] {
            assert_eq!(get(text, &path("a.b")), Err(obstacle.clone()), "{text}");
            assert_eq!(set(text, &path("a.b"), Some("1")), Err(obstacle.clone()));
            assert_eq!(set(text, &path("a.b"), None), Err(obstacle));
        }
    }
}
