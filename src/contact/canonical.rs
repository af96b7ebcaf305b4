//! The canonical form of a value: one line of text, the same bytes for the same value on every machine.
//!
//! The base of a link is kept in this form. A one-letter tag is followed by the text, in which a
//! backslash, a line feed, a carriage return, a tab and a NUL are escaped.

use super::{Fingerprint, Kind, Picture, Value, push_replaced};

/// A stored value that cannot be read back; the base it stands in is treated as unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored value is damaged")]
pub struct CanonicalError;

/// Writes a value in its canonical form.
pub fn encode_value(value: &Value, out: &mut String) {
    out.push(tag_of(value));
    match value {
        Value::Text(text) | Value::Opaque(text) => escape(text, out),
        Value::List(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str("\\,");
                }
                escape(entry, out);
            }
        }
        // The fingerprint alone: no base holds a picture.
        Value::Picture(picture) => out.push_str(&picture.print().to_string()),
        // What a person reads of these is read back as it was.
        Value::Date(_)
        | Value::Integer(_)
        | Value::Boolean(_)
        | Value::Double(_)
        | Value::Moment(_) => out.push_str(&value.display()),
    }
}

/// Reads a value from its canonical form.
///
/// # Errors
/// When the text was not written by [`encode_value`].
pub fn decode_value(text: &str) -> Result<Value, CanonicalError> {
    let mut characters = text.chars();
    let tag = characters.next().ok_or(CanonicalError)?;
    let rest = characters.as_str();
    match tag {
        't' => unescape_one(rest).map(Value::Text),
        'o' => unescape_one(rest).map(Value::Opaque),
        'd' => rest.parse().map(Value::Date).map_err(|_| CanonicalError),
        'p' => Fingerprint::parse(rest)
            .map(|print| Value::Picture(Picture::known(print)))
            .ok_or(CanonicalError),
        'l' => unescape(rest).map(Value::List),
        _ => {
            let kind = kind_of(tag).ok_or(CanonicalError)?;
            let value = Value::parse(kind, rest).ok().flatten();
            value.ok_or(CanonicalError)
        }
    }
}

const fn tag_of(value: &Value) -> char {
    match value {
        Value::Text(_) => 't',
        Value::Date(_) => 'd',
        Value::List(_) => 'l',
        Value::Integer(_) => 'i',
        Value::Boolean(_) => 'b',
        Value::Double(_) => 'f',
        Value::Moment(_) => 'm',
        Value::Opaque(_) => 'o',
        Value::Picture(_) => 'p',
    }
}

const fn kind_of(tag: char) -> Option<Kind> {
    match tag {
        'i' => Some(Kind::Integer),
        'b' => Some(Kind::Boolean),
        'f' => Some(Kind::Double),
        'm' => Some(Kind::Moment),
        _ => None,
    }
}

fn escape(text: &str, out: &mut String) {
    push_replaced(out, text, |byte| match byte {
        b'\\' => Some("\\\\"),
        b'\n' => Some("\\n"),
        b'\r' => Some("\\r"),
        b'\t' => Some("\\t"),
        0 => Some("\\0"),
        _ => None,
    });
}

fn unescape_one(text: &str) -> Result<String, CanonicalError> {
    let mut parts = unescape(text)?;
    match (parts.pop(), parts.is_empty()) {
        (Some(text), true) => Ok(text),
        _ => Err(CanonicalError),
    }
}

fn unescape(text: &str) -> Result<Vec<String>, CanonicalError> {
    let mut parts = Vec::new();
    let mut part = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        part.push_str(plain);
        let mut characters = escaped.chars();
        match characters.next() {
            Some('\\') => part.push('\\'),
            Some('n') => part.push('\n'),
            Some('r') => part.push('\r'),
            Some('t') => part.push('\t'),
            Some('0') => part.push('\0'),
            Some(',') => parts.push(std::mem::take(&mut part)),
            _ => return Err(CanonicalError),
        }
        rest = characters.as_str();
    }
    part.push_str(rest);
    parts.push(part);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Double;

    #[test]
    fn every_value_comes_back_as_it_was() {
        let values = [
            Value::Text("plain".to_owned()),
            Value::Text("a\\b\nc\td\0e\r, 😀 𠀀".to_owned()),
            Value::Date("2000-02-29".parse().unwrap()),
            Value::List(vec!["one".to_owned()]),
            Value::List(vec![
                "a,b".to_owned(),
                "c\\,d".to_owned(),
                "e\nf".to_owned(),
            ]),
            Value::Integer(i64::MIN),
            Value::Boolean(false),
            Value::Double(Double::new(0.1).unwrap()),
            Value::Double(Double::new(-1.5e300).unwrap()),
            Value::Moment(-1),
            Value::Moment(1_719_835_200),
            Value::Opaque("/o=Org\t\\".to_owned()),
            Value::Picture(Picture::with(Fingerprint([7; 32]), b"GIF89a"[..].into())),
        ];
        for value in values {
            let mut text = String::new();
            encode_value(&value, &mut text);
            assert!(!text.contains(['\n', '\t']), "{text:?} is one line");
            assert_eq!(decode_value(&text), Ok(value));
        }
    }

    #[test]
    fn damage_is_noticed() {
        for text in [
            "",
            "x1",
            "d2000-02-30",
            "ta\\",
            "ta\\q",
            "ta\\,b",
            "i1.5",
            "m1970",
            "p00",
        ] {
            assert_eq!(decode_value(text), Err(CanonicalError), "{text:?}");
        }
    }
}
