//! Writes requests; the order of elements is the caller's, the characters are made legal here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::contact::{any_byte, legal_text, push_replaced};

/// No attributes.
pub(crate) const EMPTY: &[(&str, &str)] = &[];

/// The room for a document, in bytes. What is not used of it costs nothing; and an allocator that has once given so large a piece back
/// keeps enough at hand for those that follow, instead of asking the system for the same pages with every long note.
const ROOM: usize = 512 * 1024;

/// Writes XML into memory.
pub(crate) struct XmlWriter {
    writer: Writer<Vec<u8>>,
}

impl XmlWriter {
    /// A document with its declaration.
    pub(crate) fn new() -> io::Result<Self> {
        let mut writer = Writer::new(Vec::with_capacity(ROOM));
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        Ok(Self { writer })
    }

    /// The finished document.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner()
    }

    /// An element with attributes and whatever `content` writes.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.writer
            .write_event(Event::Start(start(name, attributes)))?;
        content(self)?;
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.writer
            .write_event(Event::Empty(start(name, attributes)))
    }

    /// An element that holds text.
    pub(crate) fn text(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        self.element(name, attributes, |xml| {
            let escaped = BytesText::from_escaped(escape(text));
            xml.writer.write_event(Event::Text(escaped))
        })
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut content = name.to_owned();
    for (key, value) in attributes {
        // Writing into a string cannot fail.
        let _ = write!(content, " {key}=\"{}\"", escape(value));
    }
    BytesStart::from_content(content, name.len())
}

/// Escapes text for an element or an attribute. What XML cannot carry is left out, and a carriage
/// return is written as a reference, since a parser turns a bare one into a line feed.
fn escape(text: &str) -> Cow<'_, str> {
    let legal = legal_text(text);
    if !any_byte(&legal, |byte| {
        matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\r')
    }) {
        return legal;
    }
    let mut out = String::with_capacity(legal.len() + legal.len() / 8);
    push_replaced(&mut out, &legal, |byte| match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'"' => Some("&quot;"),
        b'\r' => Some("&#13;"),
        _ => None,
    });
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_made_legal() {
        let mut xml = XmlWriter::new().unwrap();
        let attributes = [("Id", "\"&<\u{0}")];
        xml.element("a", &attributes, |xml| {
            xml.text("b", EMPTY, "<&>\u{0}\u{1}\u{B}\u{FFFE}😀\r\n")?;
            xml.empty("c", EMPTY)
        })
        .unwrap();
        assert_eq!(
            String::from_utf8(xml.into_bytes()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <a Id=\"&quot;&amp;&lt;\"><b>&lt;&amp;&gt;😀&#13;\n</b><c/></a>"
        );
    }
}
