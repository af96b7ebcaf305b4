//! Values of extended properties: what each type allows, the form in which it is shown again, and
//! the same storage seen from its element (EWS reference, section 3.7).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{self, BODY, BODY_TYPE, Kind};
use super::slot;
use super::value::{Properties, PropertyId, Value};
use crate::clock;
use crate::operations::body::{self, crlf};

/// 1601-01-01T00:00:00Z, where the storage of instants begins (EWS reference, section 3.6).
const FIRST_INSTANT: i64 = -11_644_473_600;

/// Reads the values of a property of that type; None when one is not of the type, or when there
/// is not one value, or a list for an Array.
pub fn read(property_type: &str, texts: &[&str], listed: bool) -> Option<Value> {
    let (base, is_array) = match property_type.strip_suffix("Array") {
        Some(base) => (base, true),
        None => (property_type, false),
    };
    if is_array != listed {
        return None;
    }
    let texts: Vec<String> = texts
        .iter()
        .map(|text| canonical(base, text))
        .collect::<Option<_>>()?;
    match (is_array, texts.as_slice()) {
        (true, texts) => Some(Value::List(
            texts.iter().map(|text| text.as_str().into()).collect(),
        )),
        (false, [text]) if base == "SystemTime" => clock::parse(text).map(Value::Time),
        (false, [text]) => Some(Value::text(text)),
        (false, _) => None,
    }
}

/// A value as the server shows it again, None when it is not of the type.
fn canonical(base: &str, text: &str) -> Option<String> {
    let trimmed = text.trim();
    match base {
        "Boolean" => match trimmed {
            "true" | "1" => Some("true".to_owned()),
            "false" | "0" => Some("false".to_owned()),
            _ => None,
        },
        "Short" => trimmed.parse::<i16>().ok().map(|n| n.to_string()),
        "Integer" => trimmed.parse::<i32>().ok().map(|n| n.to_string()),
        "Long" | "Currency" => trimmed.parse::<i64>().ok().map(|n| n.to_string()),
        "Double" | "ApplicationTime" => {
            let number: f64 = lexical(trimmed)?.parse().ok()?;
            Some(shown(number, &number, &format!("{number:E}")))
        }
        "Float" => {
            let number: f32 = lexical(trimmed)?.parse().ok()?;
            Some(shown(number.into(), &number, &format!("{number:E}")))
        }
        "SystemTime" => clock::parse(trimmed)
            .filter(|instant| *instant >= FIRST_INSTANT)
            .map(clock::format),
        "CLSID" => guid(trimmed),
        "Binary" => {
            let packed: String = text.split_ascii_whitespace().collect();
            STANDARD
                .decode(packed)
                .ok()
                .map(|bytes| STANDARD.encode(bytes))
        }
        _ => Some(text.to_owned()),
    }
}

/// A number as xs:double writes it; Rust reads more words for the infinite than the schema has.
fn lexical(text: &str) -> Option<&str> {
    let digits = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    (digits || matches!(text, "INF" | "-INF" | "NaN")).then_some(text)
}

/// The shortest text that gives the number again; very large and very small ones with an exponent.
fn shown(size: f64, plain: &dyn std::fmt::Display, exponent: &str) -> String {
    if size.is_nan() {
        return "NaN".to_owned();
    }
    if size.is_infinite() {
        return if size > 0.0 { "INF" } else { "-INF" }.to_owned();
    }
    if size == 0.0 || (1e-5..1e15).contains(&size.abs()) {
        return plain.to_string();
    }
    match exponent.split_once('E') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}E+{power}"),
        _ => exponent.to_owned(),
    }
}

/// A GUID, with braces or without; shown in lower case and without.
fn guid(text: &str) -> Option<String> {
    let bare = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or(text);
    crate::schema::simple::is_guid(bare).then(|| bare.to_ascii_lowercase())
}

/// The value that a first-class property gets when it is written as an extended one; None when
/// there is no such value.
pub fn to_field(property: PropertyId, value: Value) -> Option<Value> {
    match (fields::of(property)?.kind, &value) {
        (Kind::Word, Value::Text(number)) => {
            let at: usize = number.parse().ok()?;
            fields::words(property)
                .get(at)
                .map(|word| Value::text(word))
        }
        (Kind::Lines, Value::Text(text)) => Some(Value::text(&crlf(text))),
        _ => Some(value),
    }
}

/// The value that a first-class property shows as an extended one.
pub fn of_field(property: PropertyId, properties: &Properties) -> Option<Cow<'_, Value>> {
    let field = fields::of(property)?;
    let words = fields::words(property);
    if field.kind == Kind::Word && !words.is_empty() {
        // What nobody set has its default, number 0 or that of Normal.
        let word = match properties.text(property) {
            "" if words.contains(&"Normal") => "Normal",
            "" => "None",
            word => word,
        };
        let number = words.iter().position(|known| *known == word)?;
        return Some(Cow::Owned(Value::text(&number.to_string())));
    }
    let stored = properties.get(property);
    if property == BODY && properties.text(BODY_TYPE) == "HTML" {
        let text = body::text_of_html(properties.text(BODY));
        return stored.map(|_| Cow::Owned(Value::text(&text)));
    }
    stored.map(Cow::Borrowed).or_else(|| {
        slot::of(property)?
            .derived(properties, property)
            .map(Cow::Owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: &str, text: &str) -> Option<String> {
        read(kind, &[text], false).map(|value| value.to_text())
    }

    #[test]
    fn values_are_checked_and_made_canonical() {
        for (kind, given, shown) in [
            ("Boolean", " 1 ", "true"),
            ("Short", "-0032768", "-32768"),
            ("Integer", "+7", "7"),
            ("Long", "9223372036854775807", "9223372036854775807"),
            ("Currency", "0012", "12"),
            ("Double", "1.50", "1.5"),
            ("Double", "1e300", "1E+300"),
            ("Double", "-INF", "-INF"),
            ("Float", "0.1", "0.1"),
            ("Float", "1e-20", "1E-20"),
            ("ApplicationTime", "36526.25", "36526.25"),
            (
                "SystemTime",
                "1980-05-17T00:00:00+02:00",
                "1980-05-16T22:00:00Z",
            ),
            (
                "CLSID",
                "{7C1D9C0E-52A1-4C8E-9F52-0D4A3B6F1A77}",
                "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77",
            ),
            ("Binary", "AA EC", "AAEC"),
            ("String", " as it is ", " as it is "),
        ] {
            assert_eq!(one(kind, given).as_deref(), Some(shown), "{kind} {given}");
        }
    }

    #[test]
    fn what_is_not_of_the_type_is_refused() {
        for (kind, given) in [
            ("Boolean", "yes"),
            ("Boolean", "TRUE"),
            ("Short", "32768"),
            ("Integer", "1.0"),
            ("Integer", "2147483648"),
            ("Integer", ""),
            ("Long", "x"),
            ("Double", "infinity"),
            ("Double", "1,5"),
            ("Float", ""),
            ("SystemTime", "1980-05-17"),
            ("SystemTime", "1600-12-31T23:59:59Z"),
            ("CLSID", "7c1d9c0e"),
            ("Binary", "AAE"),
        ] {
            assert_eq!(one(kind, given), None, "{kind} {given}");
        }
        assert_eq!(read("IntegerArray", &["1", "x"], true), None);
        assert_eq!(read("IntegerArray", &["1"], false), None);
        assert_eq!(read("Integer", &["1"], true), None);
        assert_eq!(
            read("IntegerArray", &["01", "2"], true),
            Some(Value::List(["1".into(), "2".into()].into()))
        );
    }

    #[test]
    fn words_are_numbers_there() {
        let mut properties = Properties::default();
        let number = |properties: &Properties, id| of_field(id, properties).unwrap().to_text();
        assert_eq!(number(&properties, fields::SENSITIVITY), "0");
        assert_eq!(number(&properties, fields::IMPORTANCE), "1");
        let private = to_field(fields::SENSITIVITY, Value::text("2")).unwrap();
        assert_eq!(private, Value::text("Private"));
        properties.set(fields::SENSITIVITY, private);
        assert_eq!(number(&properties, fields::SENSITIVITY), "2");
        assert_eq!(to_field(fields::SENSITIVITY, Value::text("4")), None);
    }
}
