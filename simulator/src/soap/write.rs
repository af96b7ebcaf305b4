//! Writing XML text.

/// Appends text with the characters escaped that element content needs.
///
/// A carriage return is written as a reference, else the reader's line end rule would eat it.
pub fn text(out: &mut String, value: &str) {
    escape(out, value, false);
}

/// Appends the value of an attribute, escaped, without the quotes.
pub fn attribute(out: &mut String, value: &str) {
    escape(out, value, true);
}

fn escape(out: &mut String, value: &str, quotes: bool) {
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| needs_escape(c, quotes)) {
        let (clean, tail) = rest.split_at(at);
        out.push_str(clean);
        let mut chars = tail.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some('\r') => out.push_str("&#13;"),
            Some('\n') => out.push_str("&#10;"),
            Some('\t') => out.push_str("&#9;"),
            // Not allowed in XML 1.0 at all; stored text cannot hold it, the side door refuses it.
            Some(_) | None => out.push('\u{FFFD}'),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn needs_escape(c: char, quotes: bool) -> bool {
    match c {
        '&' | '<' | '>' | '\r' => true,
        '"' => quotes,
        '\n' | '\t' => quotes,
        c => (c < ' ') || matches!(c, '\u{FFFE}' | '\u{FFFF}'),
    }
}

/// Appends `<t:name>value</t:name>`, or `<t:name/>` where the value is empty, as servers write it.
pub fn element(out: &mut String, name: &str, value: &str) {
    out.push_str("<t:");
    out.push_str(name);
    if value.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    text(out, value);
    close(out, name);
}

/// Appends `<t:name>`.
pub fn open(out: &mut String, name: &str) {
    out.push_str("<t:");
    out.push_str(name);
    out.push('>');
}

/// Appends `</t:name>`.
pub fn close(out: &mut String, name: &str) {
    out.push_str("</t:");
    out.push_str(name);
    out.push('>');
}

/// Appends `<t:name Id="…" ChangeKey="…"/>`.
pub fn id(out: &mut String, name: &str, id: &str, change_key: &str) {
    out.push_str("<t:");
    out.push_str(name);
    out.push_str(" Id=\"");
    out.push_str(id);
    out.push_str("\" ChangeKey=\"");
    out.push_str(change_key);
    out.push_str("\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_reader_would_change() {
        let mut out = String::new();
        text(&mut out, "a<b>&\"c\"\r\nd\te");
        assert_eq!(out, "a&lt;b&gt;&amp;\"c\"&#13;\nd\te");
        out.clear();
        attribute(&mut out, "\"\n\t");
        assert_eq!(out, "&quot;&#10;&#9;");
    }

    #[test]
    fn writes_empty_elements_short() {
        let mut out = String::new();
        element(&mut out, "FileAs", "");
        element(&mut out, "Surname", "Ü");
        assert_eq!(out, "<t:FileAs/><t:Surname>Ü</t:Surname>");
    }
}
