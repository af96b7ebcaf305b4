//! Texts of which a few characters are replaced or left out. Notes may be long, so what stays is copied in one piece.

use std::borrow::Cow;

/// Adds a text, some ASCII characters of it replaced.
pub fn push_replaced(
    out: &mut String,
    text: &str,
    replacement: impl Fn(u8) -> Option<&'static str>,
) {
    let mut rest = text;
    loop {
        let found = rest
            .bytes()
            .enumerate()
            .find_map(|(at, byte)| Some((at, replacement(byte).filter(|_| byte.is_ascii())?)));
        let Some((at, instead)) = found else {
            out.push_str(rest);
            return;
        };
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(instead);
        rest = rest.get(at + 1..).unwrap_or_default();
    }
}

/// Whether a text has such a byte. Looks at all of it, which is faster than to stop at the first one.
pub fn any_byte(text: &str, is_such: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |any, byte| any | is_such(byte))
}

/// Whether XML 1.0 allows the character.
#[must_use]
pub const fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// The text without what XML 1.0 allows in no form. Were it kept, a row would seem to differ for ever from the item that is made of it.
#[must_use]
pub fn legal_text(text: &str) -> Cow<'_, str> {
    // The two characters at the end of the first plane begin with 0xEF.
    let suspicious =
        |byte: u8| byte == 0xEF || (byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r');
    if !any_byte(text, suspicious) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|character| is_legal(*character))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_replaced_and_all_else_stays() {
        let replacement = |byte| match byte {
            b'a' => Some("<a>"),
            b'\n' => Some(""),
            // No byte of a longer character is taken for one of its own.
            0x80.. => Some("?"),
            _ => None,
        };
        for (text, expected) in [
            ("", ""),
            ("xyz", "xyz"),
            ("a", "<a>"),
            ("aa\n", "<a><a>"),
            ("äaö\n😀", "ä<a>ö😀"),
        ] {
            let mut out = "+".to_owned();
            push_replaced(&mut out, text, replacement);
            assert_eq!(out, format!("+{expected}"), "{text:?}");
        }
    }

    #[test]
    fn legal_is_what_xml_can_carry() {
        for (text, legal) in [
            ("", ""),
            ("a\tb\r\nc", "a\tb\r\nc"),
            ("\0a\u{1}\u{1F}\u{B}b", "ab"),
            ("\u{FFFD}\u{FFFE}\u{FFFF}\u{10000}", "\u{FFFD}\u{10000}"),
            ("\u{7F}\u{85}😀\u{FEFF}", "\u{7F}\u{85}😀\u{FEFF}"),
        ] {
            assert_eq!(legal_text(text), legal, "{text:?}");
        }
        assert!(matches!(legal_text("plain"), Cow::Borrowed(_)));
    }
}
