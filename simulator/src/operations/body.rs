//! Notes as text and as HTML (EWS reference, section 3.6; semantics 40).

use super::shape::BodyType;

/// A stored body in the wanted form: the value of BodyType and the text.
pub fn convert(stored: &str, is_html: bool, wanted: BodyType) -> (&'static str, String) {
    match (wanted, is_html) {
        (BodyType::Best | BodyType::Html, true) => ("HTML", stored.to_owned()),
        (BodyType::Text, true) => ("Text", text_of_html(stored)),
        (BodyType::Html, false) if !stored.is_empty() => ("HTML", html_of_text(stored)),
        (BodyType::Html, false) => ("HTML", String::new()),
        (BodyType::Best | BodyType::Text, false) => ("Text", stored.to_owned()),
    }
}

/// Stored notes have CRLF line ends (EWS reference, section 3.6).
pub fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

fn html_of_text(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace("\r\n", "<br>\r\n");
    format!("<html><body>{escaped}</body></html>")
}

/// Drops the mark-up; breaks and ends of blocks become CRLF, other white space one blank.
pub fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        push_words(&mut text, before);
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let end = tag.find('>').map_or(tag.len(), |at| at + 1);
        let (tag, after) = tag.split_at(end);
        rest = after;
        match name_of(tag).as_str() {
            "br" | "/p" | "/div" | "/li" | "/tr" | "/h1" | "/h2" | "/h3" => text.push_str("\r\n"),
            hidden @ ("style" | "script" | "title") => {
                let close = format!("</{hidden}");
                let at = rest.to_ascii_lowercase().find(&close);
                rest = at.and_then(|at| rest.get(at..)).unwrap_or_default();
            }
            _ => {}
        }
    }
    push_words(&mut text, rest);
    text
}

/// The lower-case name of a tag, with its slash where it closes.
fn name_of(tag: &str) -> String {
    let inner = tag.trim_start_matches('<');
    let end = inner
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_alphanumeric() || (*at == 0 && *c == '/')))
        .map_or(inner.len(), |(at, _)| at);
    inner.get(..end).unwrap_or_default().to_ascii_lowercase()
}

/// Appends text between tags. White space at the start of a line is none.
fn push_words(text: &mut String, piece: &str) {
    let mut blank = piece.starts_with(|c: char| c.is_ascii_whitespace());
    for word in piece.split_ascii_whitespace() {
        if blank && !at_line_start(text) {
            text.push(' ');
        }
        push_decoded(text, word);
        blank = true;
    }
    let ends_blank = piece.ends_with(|c: char| c.is_ascii_whitespace());
    if ends_blank && !at_line_start(text) && !text.ends_with(' ') {
        text.push(' ');
    }
}

fn at_line_start(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n') || text.ends_with(' ')
}

/// Appends a word with its character references resolved.
fn push_decoded(text: &mut String, word: &str) {
    let mut rest = word;
    while let Some(start) = rest.find('&') {
        let (before, reference) = rest.split_at(start);
        text.push_str(before);
        match reference
            .split_once(';')
            .and_then(|(name, after)| Some((character(name.trim_start_matches('&'))?, after)))
        {
            Some((found, after)) => {
                text.push(found);
                rest = after;
            }
            None => {
                text.push('&');
                rest = reference.strip_prefix('&').unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "nbsp" => ' ',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c >= ' ')?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_both_ways() {
        assert_eq!(
            convert("a\r\nb", false, BodyType::Best),
            ("Text", "a\r\nb".to_owned())
        );
        let html = convert("a < b\r\nc", false, BodyType::Html).1;
        assert_eq!(html, "<html><body>a &lt; b<br>\r\nc</body></html>");
        assert_eq!(
            convert(&html, true, BodyType::Text),
            ("Text", "a < b\r\nc".to_owned())
        );
        assert_eq!(
            convert("<p>x</p><p>y</p>", true, BodyType::Text).1,
            "x\r\ny\r\n"
        );
    }

    #[test]
    fn reads_what_outlook_writes() {
        let html = "<html><head><meta name=\"x\">\r\n<style><!-- p {margin:0} --></style></head>\r\n\
                    <body lang=DE><!-- a > b --><p class=MsoNormal>Gr&uuml;&#223;e &amp; <b>mehr</b>\r\nText&nbsp;&lt;1&gt;<o:p></o:p></p>\r\n\
                    <P>x<BR/>y &unknown; z&x</P></body></html>";
        assert_eq!(
            text_of_html(html),
            "Grüße & mehr Text <1>\r\nx\r\ny &unknown; z&x\r\n"
        );
        assert_eq!(text_of_html("a<b>b</b> c"), "ab c");
    }
}
