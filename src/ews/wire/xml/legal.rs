//! Keeps characters that XML 1.0 forbids out of the parser, and out of our requests.
//!
//! Exchange stores control characters that other clients wrote and returns them as references such as
//! `&#x2;`. A strict parser refuses the whole answer for one of them, so they are taken out of the byte
//! stream before it is parsed. Bytes that are no UTF-8 become U+FFFD for the same reason.

use std::io::{self, BufRead, Read};

use super::super::TooLong;
use crate::contact::is_legal;

/// The longest reference that is looked at, `&#x0010FFFF;` with room for leading zeros.
const LONGEST_REFERENCE: usize = 16;

/// A byte stream of valid UTF-8 without illegal characters, illegal character references and byte order mark.
pub(crate) struct LegalXml<R> {
    inner: R,
    /// What was read and not yet looked at, because a reference or a character may go on.
    held: Vec<u8>,
    clean: Vec<u8>,
    given: usize,
    started: bool,
    /// So much may be taken until more is allowed.
    allowed: usize,
}

impl<R: BufRead> LegalXml<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            held: Vec::new(),
            clean: Vec::new(),
            given: 0,
            started: false,
            allowed: usize::MAX,
        }
    }

    /// Lets so many bytes more be taken from here on; what goes on longer fails with [`TooLong`].
    pub(super) const fn allow(&mut self, bytes: usize) {
        self.allowed = bytes;
    }

    /// Reads and cleans until there is something to give or the input ends.
    fn refill(&mut self) -> io::Result<()> {
        self.clean.clear();
        self.given = 0;
        while self.clean.is_empty() {
            let chunk = self.inner.fill_buf()?;
            let (at_end, length) = (chunk.is_empty(), chunk.len());
            self.held.extend_from_slice(chunk);
            self.inner.consume(length);
            if !self.started && (self.held.len() >= 3 || at_end) {
                self.started = true;
                if self.held.starts_with(b"\xEF\xBB\xBF") {
                    self.held.drain(..3);
                }
            }
            if self.started {
                let done = clean(&self.held, at_end, &mut self.clean);
                self.held.drain(..done);
            }
            if at_end {
                break;
            }
        }
        Ok(())
    }
}

/// Appends the legal part of `input` to `out`; returns how many bytes need not be looked at again.
fn clean(input: &[u8], at_end: bool, out: &mut Vec<u8>) -> usize {
    let mut done = 0;
    while let Some(rest) = input.get(done..).filter(|rest| !rest.is_empty()) {
        let plain = rest
            .iter()
            .position(|byte| matches!(byte, b'&' | 0x80..=0xFF | 0..0x20))
            .unwrap_or(rest.len());
        if let Some(text) = rest.get(..plain).filter(|text| !text.is_empty()) {
            out.extend_from_slice(text);
            done += plain;
            continue;
        }
        let (kept, step) = match rest {
            [b'&', ..] => {
                let end = rest
                    .iter()
                    .take(LONGEST_REFERENCE)
                    .position(|byte| *byte == b';');
                match end {
                    None if rest.len() < LONGEST_REFERENCE && !at_end => return done,
                    Some(end) if names_illegal_character(rest, end) => (0, end + 1),
                    Some(_) | None => (1, 1),
                }
            }
            [0x80..=0xFF, ..] => match first_character(rest) {
                Ok(character) if is_legal(character) => {
                    (character.len_utf8(), character.len_utf8())
                }
                Ok(character) => (0, character.len_utf8()),
                Err(None) if !at_end => return done,
                Err(length) => {
                    out.extend_from_slice("\u{FFFD}".as_bytes());
                    (0, length.unwrap_or(rest.len()))
                }
            },
            [b'\t' | b'\n' | b'\r', ..] => (1, 1),
            _ => (0, 1),
        };
        out.extend_from_slice(rest.get(..kept).unwrap_or_default());
        done += step;
    }
    done
}

/// The first character of some bytes; the error is the length of what is no UTF-8, `None` when it may go on.
fn first_character(bytes: &[u8]) -> Result<char, Option<usize>> {
    let window = bytes.get(..4).unwrap_or(bytes);
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() == 0 => return Err(error.error_len()),
        Err(error) => {
            let valid = window.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(valid).unwrap_or_default()
        }
    };
    valid.chars().next().ok_or(None)
}

/// Whether `rest`, which begins with `&` and has its `;` at `end`, is a reference to an illegal character.
fn names_illegal_character(rest: &[u8], end: usize) -> bool {
    let digits = rest
        .get(..end)
        .and_then(|reference| reference.strip_prefix(b"&#"))
        .and_then(|digits| std::str::from_utf8(digits).ok());
    let number = match digits {
        None => return false,
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => digits.parse(),
        },
    };
    number.is_ok_and(|number| !char::from_u32(number).is_some_and(is_legal))
}

impl<R: BufRead> Read for LegalXml<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        for (to, from) in out.iter_mut().zip(available) {
            *to = *from;
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for LegalXml<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowed == 0 {
            return Err(io::Error::other(TooLong));
        }
        if self.given >= self.clean.len() {
            self.refill()?;
        }
        Ok(self.clean.get(self.given..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.allowed = self.allowed.saturating_sub(count);
        self.given = self.given.saturating_add(count).min(self.clean.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn cleaned(input: &[u8], buffer: usize) -> String {
        let mut out = String::new();
        LegalXml::new(BufReader::with_capacity(buffer, input))
            .read_to_string(&mut out)
            .unwrap();
        out
    }

    #[test]
    fn illegal_characters_go_and_legal_ones_stay_at_every_buffer_border() {
        let cases: &[(&[u8], &str)] = &[
            (b"a&#x2;b", "ab"),
            (b"a&#0;&#x0;&#x1A;&#26;b", "ab"),
            (b"&#xFFFE;&#xFFFF;&#xD800;&#xDFFF;&#x110000;", ""),
            (
                b"&#9;&#xA;&#13;&#x41;&#128512;",
                "&#9;&#xA;&#13;&#x41;&#128512;",
            ),
            (
                b"&amp;&lt;&#;&#x;&#xZZ;&foo &",
                "&amp;&lt;&#;&#x;&#xZZ;&foo &",
            ),
            (b"a\x00\x01\x0B\x1Fb\t\r\nc", "ab\t\r\nc"),
            ("\u{FEFF}<a>\u{FFFE}x\u{FFFF}</a>".as_bytes(), "<a>x</a>"),
            (
                "日本\u{FFFD}ｱ😀\u{FEFF}".as_bytes(),
                "日本\u{FFFD}ｱ😀\u{FEFF}",
            ),
            (
                b"&#x0000000000000000000000041;",
                "&#x0000000000000000000000041;",
            ),
        ];
        for (input, expected) in cases {
            for buffer in 1..=input.len() + 1 {
                assert_eq!(cleaned(input, buffer), *expected, "buffer of {buffer}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_become_a_mark_at_every_buffer_border() {
        let cases: &[(&[u8], &str)] = &[
            (b"a\xFFb", "a\u{FFFD}b"),
            (b"a\xE4b\xF0\x9F\x98", "a\u{FFFD}b\u{FFFD}"),
            (b"<\xED\xA0\xBD>\xC3\xBC", "<\u{FFFD}\u{FFFD}\u{FFFD}>ü"),
        ];
        for (input, expected) in cases {
            for buffer in 1..=input.len() + 1 {
                assert_eq!(cleaned(input, buffer), *expected, "buffer of {buffer}");
            }
        }
    }

    #[test]
    fn an_unfinished_reference_at_the_end_is_passed_on() {
        assert_eq!(cleaned(b"a&#x", 1), "a&#x");
    }
}
