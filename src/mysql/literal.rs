//! Identifiers and values as SQL text.
//!
//! Statements go as text, since a page of 512 contacts would exceed the 65 535 placeholders of a prepared one. Every identifier and
//! every value passes through here; the session never runs with `NO_BACKSLASH_ESCAPES` or `ANSI_QUOTES`.

use crate::contact::push_replaced;

/// An identifier in backticks; a backtick in it is doubled.
#[must_use]
pub(crate) fn identifier(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('`');
    for character in name.chars() {
        if character == '`' {
            quoted.push('`');
        }
        quoted.push(character);
    }
    quoted.push('`');
    quoted
}

/// Text as a string literal.
#[must_use]
pub(crate) fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    push_text(&mut quoted, value);
    quoted
}

/// Adds text as a string literal.
pub(crate) fn push_text(sql: &mut String, value: &str) {
    sql.push('\'');
    push_replaced(sql, value, |byte| match byte {
        0 => Some("\\0"),
        b'\n' => Some("\\n"),
        b'\r' => Some("\\r"),
        0x1A => Some("\\Z"),
        b'\\' => Some("\\\\"),
        b'\'' => Some("\\'"),
        _ => None,
    });
    sql.push('\'');
}

/// Text as a string literal, or `NULL`.
#[must_use]
pub(crate) fn text_or_null(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

/// Bytes as a hexadecimal literal.
#[must_use]
pub(crate) fn bytes(value: &[u8]) -> String {
    format!("x'{}'", hex(value))
}

/// Bytes as upper-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(value: &[u8]) -> String {
    let digit = |half: u8| {
        char::from(if half < 10 {
            b'0' + half
        } else {
            b'A' - 10 + half
        })
    };
    let mut digits = String::with_capacity(value.len() * 2);
    for byte in value {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

/// Joins SQL fragments by commas.
#[must_use]
pub(crate) fn list<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> String {
    let mut joined = String::new();
    for part in parts {
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(part.as_ref());
    }
    joined
}

/// The condition that a column has one of these values. For a single one the server need not find out that it is one.
#[must_use]
pub(crate) fn among(column: &str, values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<String> = values.into_iter().collect();
    match values.as_slice() {
        [one] => format!("{column}={one}"),
        many => format!("{column} IN ({})", list(many)),
    }
}

/// Numbers joined by commas.
#[must_use]
pub(crate) fn numbers(values: impl IntoIterator<Item = u64>) -> String {
    list(values.into_iter().map(|value| value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_quotes() {
        assert_eq!(identifier("a`b"), "`a``b`");
        assert_eq!(text("O'Hara\\"), r"'O\'Hara\\'");
        assert_eq!(text("a\0b\nc\rd\u{1a}\"😀"), "'a\\0b\\nc\\rd\\Z\"😀'");
        assert_eq!(text_or_null(None), "NULL");
        assert_eq!(bytes(&[0, 0xAB]), "x'00AB'");
        assert_eq!(list(["1", "2"]), "1,2");
        let among = |values: &[&str]| among("a", values.iter().map(|value| (*value).to_owned()));
        assert_eq!(among(&["1"]), "a=1");
        assert_eq!(among(&["1", "2"]), "a IN (1,2)");
    }
}
