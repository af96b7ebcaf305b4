//! Notes as text and as HTML.

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

fn html_of_text(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace("\r\n", "<br>\r\n");
    format!("<html><body>{escaped}</body></html>")
}

/// Drops the mark-up; ends of paragraphs and breaks become line ends.
fn text_of_html(html: &str) -> String {
    let inner = match (html.find("<body"), html.rfind("</body>")) {
        (Some(start), Some(end)) if start < end => html.get(start..end).unwrap_or(html),
        _ => html,
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(&before.replace(['\r', '\n'], ""));
        let end = tag.find('>').map_or(tag.len(), |at| at + 1);
        let (tag, after) = tag.split_at(end);
        let name = tag.trim_start_matches('<').to_ascii_lowercase();
        if name.starts_with("br") || name.starts_with("/p>") || name.starts_with("/div") {
            text.push_str("\r\n");
        }
        rest = after;
    }
    text.push_str(&rest.replace(['\r', '\n'], ""));
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
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
}
