//! A line of e-mail addresses in the notes of an item, where a person can read and change them. The rest of the notes is kept to the
//! byte: in plain text it is a line, in HTML a paragraph.

mod html;

use super::wire::FieldValue;
use crate::sync::email_overflow::is_address;

/// How the line begins. Never change it: items have it.
const MARK: &str = "Further e-mail addresses:";

/// Why notes cannot take or give up their line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The line has words that are no addresses.
    Words,
    /// The line is no paragraph of its own, or the HTML cannot be told apart.
    Form,
}

/// What a line holds that begins with the mark.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    addresses: Vec<String>,
    has_words: bool,
}

impl Line {
    /// Reads a line; `None` when it is none of ours.
    fn of(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix(MARK)?;
        let mut line = Self::default();
        let separates = |letter: char| letter.is_whitespace() || matches!(letter, ';' | ',');
        for token in rest.split(separates).flat_map(|token| token.split('<')) {
            let token = token.trim_end_matches(['.', '>']);
            // Servers show a link beside its text: a@x<mailto:a@x>.
            if token.is_empty() || token.starts_with("mailto:") {
                continue;
            }
            if is_address(token) {
                line.addresses.push(token.to_owned());
            } else {
                line.has_words = true;
            }
        }
        Some(line)
    }
}

/// The line of some addresses.
fn line(addresses: &[String]) -> String {
    format!("{MARK} {}", addresses.join("; "))
}

/// The addresses in notes.
pub(super) fn addresses(body: &FieldValue) -> Vec<String> {
    let lines: Vec<Line> = match body {
        FieldValue::Html(text) => html::stretches(text)
            .iter()
            .filter_map(|stretch| Line::of(&stretch.text))
            .collect(),
        _ => body.as_text().lines().filter_map(Line::of).collect(),
    };
    lines.into_iter().flat_map(|line| line.addresses).collect()
}

/// Notes without the line, as the app sees them.
pub(super) fn without(body: &FieldValue) -> FieldValue {
    match body {
        FieldValue::Html(text) => FieldValue::Html(html::without(text)),
        _ => FieldValue::Text(text_without(body.as_text()).0),
    }
}

/// Notes with these addresses in their line, which stays where it is or becomes the last one; without any, there is no line.
///
/// # Errors
/// When the line cannot be told from the rest.
pub(super) fn with(body: &FieldValue, addresses: &[String]) -> Result<FieldValue, Obstacle> {
    match body {
        FieldValue::Html(text) => html::with(text, addresses).map(FieldValue::Html),
        _ => text_with(body.as_text(), addresses).map(FieldValue::Text),
    }
}

fn text_with(text: &str, addresses: &[String]) -> Result<String, Obstacle> {
    if text.lines().filter_map(Line::of).any(|line| line.has_words) {
        return Err(Obstacle::Words);
    }
    let (rest, place) = text_without(text);
    if addresses.is_empty() {
        return Ok(rest);
    }
    let line = line(addresses);
    match place.filter(|place| *place < rest.len()) {
        Some(place) => {
            let (before, after) = rest.split_at(place);
            Ok(format!("{before}{line}\r\n{after}"))
        }
        None if rest.trim().is_empty() => Ok(line),
        None => Ok(format!(
            "{}\r\n\r\n{line}",
            rest.trim_end_matches(['\r', '\n'])
        )),
    }
}

/// The text without the lines of addresses, and where the last one of them was.
fn text_without(text: &str) -> (String, Option<usize>) {
    let mut rest = String::with_capacity(text.len());
    let mut place = None;
    for line in text.split_inclusive('\n') {
        if Line::of(line).is_some() {
            place = Some(rest.len());
        } else {
            rest.push_str(line);
        }
    }
    // What stood before the last line was set off from it.
    if place == Some(rest.len()) {
        let end = rest.trim_end_matches(['\r', '\n']).len();
        rest.truncate(end);
    }
    (rest, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    /// semantics 35, 40: text and line never get in each other's way.
    #[test]
    fn a_line_is_put_in_replaced_and_taken_out() {
        for (body, addresses, expected) in [
            ("", "a@x b@y", "Further e-mail addresses: a@x; b@y"),
            ("note", "a@x", "note\r\n\r\nFurther e-mail addresses: a@x"),
            (
                "note\r\n",
                "a@x",
                "note\r\n\r\nFurther e-mail addresses: a@x",
            ),
            ("note\r\n\r\nFurther e-mail addresses: a@x", "", "note"),
            (
                "note\r\n\r\nFurther e-mail addresses: a@x\r\n",
                "b@x",
                "note\r\n\r\nFurther e-mail addresses: b@x",
            ),
            (
                "one\r\nFurther e-mail addresses: a@x\r\n\r\ntwo",
                "b@x c@x",
                "one\r\nFurther e-mail addresses: b@x; c@x\r\n\r\ntwo",
            ),
            (
                "one\r\nFurther e-mail addresses: a@x\r\n\r\ntwo",
                "",
                "one\r\n\r\ntwo",
            ),
            ("Further e-mail addresses: a@x", "", ""),
            (
                "Further e-mail addresses:",
                "a@x",
                "Further e-mail addresses: a@x",
            ),
            (
                "My Further e-mail addresses: a@x",
                "",
                "My Further e-mail addresses: a@x",
            ),
        ] {
            let wanted = list(addresses);
            let written = with(&text(body), &wanted).unwrap();
            assert_eq!(written, text(expected), "{body:?} {addresses}");
            assert_eq!(super::addresses(&written), wanted);
        }
    }

    /// semantics 40: what a person or a server does to the line is understood, or refused with nothing lost.
    #[test]
    fn an_edited_line_is_read() {
        for (line, expected) in [
            ("Further e-mail addresses: a@x,b@y ; c@z.", "a@x b@y c@z"),
            (
                "  Further e-mail addresses: a@x <mailto:a@x>; b@y<mailto:b@y>",
                "a@x b@y",
            ),
            ("Further e-mail addresses: a@x; his wife b@y", "a@x b@y"),
            ("further e-mail addresses: a@x", ""),
        ] {
            assert_eq!(addresses(&text(line)), list(expected), "{line}");
        }
        let odd = text("x\r\nFurther e-mail addresses: a@x; his wife b@y");
        assert_eq!(with(&odd, &[]), Err(Obstacle::Words));
        assert_eq!(without(&odd), text("x"));
    }
}
