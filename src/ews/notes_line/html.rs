//! The line of addresses as a paragraph of HTML, found by its mark and changed without a touch of the rest.

use std::ops::Range;

use super::{Line, Obstacle, line};

/// A stretch of text and what dresses it, between two tags that break the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Where it is.
    inner: Range<usize>,
    /// The paragraph of which it is all, with its tags.
    paragraph: Option<Range<usize>>,
    /// Where the empty lines before it begin.
    lead: usize,
    /// Its text.
    pub(super) text: String,
}

/// Tags that dress text and do not break a line.
const DRESS: &[&str] = &[
    "a", "b", "strong", "i", "em", "u", "span", "font", "o:p", "small", "big", "sub", "sup", "tt",
    "code", "ins",
];

/// Tags whose content is no text.
const HIDDEN: &[&str] = &["style", "script", "title", "xml"];

/// What a scan of HTML comes upon.
enum Piece<'a> {
    Tag {
        at: Range<usize>,
        name: String,
        closes: bool,
    },
    Text(&'a str),
    /// An end within a tag, a comment or hidden content.
    Broken,
}

/// Takes HTML apart.
struct Scan<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Iterator for Scan<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.html.get(self.at..).filter(|rest| !rest.is_empty())?;
        if !rest.starts_with('<') {
            let length = rest.find('<').unwrap_or(rest.len());
            self.at += length;
            return rest.get(..length).map(Piece::Text);
        }
        let start = self.at;
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|end| end + 3)
        } else {
            end_of_tag(rest)
        };
        let Some(end) = end else {
            self.at = self.html.len();
            return Some(Piece::Broken);
        };
        self.at += end;
        let name: String = rest
            .chars()
            .skip(1)
            .take_while(|letter| !letter.is_whitespace() && *letter != '>')
            .collect();
        let closes = name.starts_with('/');
        let name = name.trim_matches('/').to_ascii_lowercase();
        if !closes && HIDDEN.contains(&name.as_str()) {
            let close = format!("</{name}");
            let hidden = self.html.get(self.at..).unwrap_or_default();
            match hidden.to_ascii_lowercase().find(&close) {
                Some(length) => self.at += length,
                None => {
                    self.at = self.html.len();
                    return Some(Piece::Broken);
                }
            }
        }
        Some(Piece::Tag {
            at: start..start + end,
            name,
            closes,
        })
    }
}

/// Where a tag ends, quotes in its attributes apart.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None | Some(_), _) => {}
        }
    }
    None
}

fn scan(html: &str) -> Scan<'_> {
    Scan { html, at: 0 }
}

/// The stretches of text.
pub(super) fn stretches(html: &str) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut text = String::new();
    let (mut start, mut breaks) = (0, None);
    let mut open: Option<(usize, String)> = None;
    for piece in scan(html) {
        let (at, name, closes) = match piece {
            Piece::Text(more) => {
                text.push_str(&decoded(more));
                continue;
            }
            Piece::Tag { name, .. } if is_dress(&name) => continue,
            Piece::Tag { at, name, closes } => (at, name, closes),
            Piece::Broken => break,
        };
        let is_whole = |(_, known): &(usize, String)| closes && *known == name;
        let paragraph = open.take().filter(is_whole).map(|(from, _)| from..at.end);
        let stretch = Stretch {
            inner: start..at.start,
            paragraph,
            lead: breaks.unwrap_or(start),
            text: words(&text),
        };
        text.clear();
        breaks = (name == "br").then(|| {
            breaks
                .filter(|_| stretch.text.is_empty())
                .unwrap_or(at.start)
        });
        if !closes && (name == "p" || name == "div") {
            open = Some((at.start, name));
        }
        start = at.end;
        found.push(stretch);
    }
    found.push(Stretch {
        inner: start..html.len(),
        paragraph: None,
        lead: breaks.unwrap_or(start),
        text: words(&text),
    });
    found
}

fn is_dress(name: &str) -> bool {
    DRESS.contains(&name) || name.starts_with('!')
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// HTML without the lines of addresses.
pub(super) fn without(html: &str) -> String {
    let mut rest = html.to_owned();
    for stretch in stretches(html).into_iter().rev() {
        if Line::of(&stretch.text).is_some() {
            let line = stretch.paragraph.unwrap_or(stretch.lead..stretch.inner.end);
            rest.replace_range(line, "");
        }
    }
    rest
}

/// HTML with these addresses in a paragraph, which stays where it is or becomes the last one.
pub(super) fn with(html: &str, addresses: &[String]) -> Result<String, Obstacle> {
    if scan(html).any(|piece| matches!(piece, Piece::Broken)) {
        return Err(Obstacle::Form);
    }
    let mut ours = Vec::new();
    for stretch in stretches(html) {
        if let Some(line) = Line::of(&stretch.text) {
            if line.has_words {
                return Err(Obstacle::Words);
            }
            let paragraph = stretch.paragraph.ok_or(Obstacle::Form)?;
            ours.push((paragraph, stretch.inner));
        }
    }
    let made = escaped(&line(addresses));
    let mut changed = html.to_owned();
    for (place, (whole, inner)) in ours.iter().enumerate().rev() {
        if place + 1 == ours.len() && !addresses.is_empty() {
            changed.replace_range(inner.clone(), &made);
        } else {
            changed.replace_range(whole.clone(), "");
        }
    }
    if ours.is_empty() && !addresses.is_empty() {
        changed.insert_str(end_of_body(html), &format!("<p>{made}</p>"));
    }
    Ok(changed)
}

/// Where the last paragraph can be put.
fn end_of_body(html: &str) -> usize {
    let end_of = |wanted: &str| {
        let tags = scan(html).filter_map(|piece| match piece {
            Piece::Tag {
                at,
                name,
                closes: true,
            } if name == wanted => Some(at.start),
            _ => None,
        });
        tags.last()
    };
    end_of("body")
        .or_else(|| end_of("html"))
        .unwrap_or(html.len())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, letter) in [
        ("&nbsp;", " "),
        ("&#160;", " "),
        ("&#64;", "@"),
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        text = text.replace(reference, letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn read(html: &str) -> Vec<String> {
        let stretches = stretches(html);
        let lines = stretches.iter().filter_map(|one| Line::of(&one.text));
        lines.flat_map(|line| line.addresses).collect()
    }

    /// semantics 40: formatting around the line stays to the byte.
    #[test]
    fn a_paragraph_is_put_in_replaced_and_taken_out() {
        let outlook = "<p class=\"MsoNormal\"><span lang=EN>Further e-mail\r\n addresses: \
                       <a href=\"mailto:a@x\">a@x</a>; b&#64;y<o:p></o:p></span></p>";
        assert_eq!(read(outlook), list("a@x b@y"));
        for (html, addresses, expected) in [
            (
                "<html><body><p>Hi <b>you</b></p></body></html>",
                "a@x b@y",
                "<html><body><p>Hi <b>you</b></p><p>Further e-mail addresses: a@x; b@y</p></body></html>",
            ),
            (
                "<b>Hi</b>",
                "a@x",
                "<b>Hi</b><p>Further e-mail addresses: a@x</p>",
            ),
            (
                "<BODY><style>p{}</style><!-- <p> --><div>x</div></BODY>",
                "a&b@x",
                "<BODY><style>p{}</style><!-- <p> --><div>x</div><p>Further e-mail addresses: a&amp;b@x</p></BODY>",
            ),
            (
                "<div>one</div><div>Further e-mail addresses: a@x</div><p>two</p>",
                "c@x",
                "<div>one</div><div>Further e-mail addresses: c@x</div><p>two</p>",
            ),
            (
                "<p>1</p><p>Further e-mail addresses: a@x</p><p>2</p>",
                "",
                "<p>1</p><p>2</p>",
            ),
            (
                outlook,
                "c@x",
                "<p class=\"MsoNormal\">Further e-mail addresses: c@x</p>",
            ),
        ] {
            let written = with(html, &list(addresses)).unwrap();
            assert_eq!(written, expected);
            assert_eq!(read(&written), list(addresses));
        }
        let html = "<html><body><p>x</p>\r\n</body></html>";
        assert_eq!(without(&with(html, &list("a@x")).unwrap()), html);
    }

    /// semantics 40: where it is not clear what belongs to the line, nothing is written.
    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for (html, obstacle) in [
            (
                "<p>x<br>Further e-mail addresses: a@x<br>y</p>",
                Obstacle::Form,
            ),
            ("Further e-mail addresses: a@x", Obstacle::Form),
            (
                "<table><tr><td>Further e-mail addresses: a@x</td></tr></table>",
                Obstacle::Form,
            ),
            ("<p>x</p><!-- ", Obstacle::Form),
            ("<p>x</p><a href=\"", Obstacle::Form),
            (
                "<p>Further e-mail addresses: a@x, his wife</p>",
                Obstacle::Words,
            ),
        ] {
            assert_eq!(with(html, &list("b@x")), Err(obstacle), "{html}");
        }
    }
}
