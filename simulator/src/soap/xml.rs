//! A request as a tree: small, owned, with namespaces resolved.
//!
//! Names are matched by namespace and local name, never by prefix (EWS reference, namespaces).

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Namespace of the SOAP 1.1 envelope.
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of requests and answers.
pub const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
/// Namespace of items, folders and paths.
pub const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";

/// The namespaces that the simulator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// [`SOAP`]
    Soap,
    /// [`MESSAGES`]
    Messages,
    /// [`TYPES`]
    Types,
    /// Anything else, also none.
    Other,
}

impl Namespace {
    /// The namespace's URI, for messages about violations.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Soap => SOAP,
            Self::Messages => MESSAGES,
            Self::Types => TYPES,
            Self::Other => "",
        }
    }
}

/// One element with everything below it.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its local name.
    pub name: String,
    /// Attributes without namespace declarations, by local name.
    pub attributes: Vec<(String, String)>,
    /// Child elements in order.
    pub children: Vec<Element>,
    /// Its own text, pieces joined.
    pub text: String,
    /// Byte offset just behind its start tag, for LinePosition.
    pub offset: usize,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The first child of that local name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first child of that local name.
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.as_str())
    }

    /// All children of a child, or nothing where the child is missing.
    pub fn grandchildren(&self, name: &str) -> &[Element] {
        self.child(name).map_or(&[], |c| c.children.as_slice())
    }
}

/// Why a request could not be read as XML.
#[derive(Debug, thiserror::Error)]
#[error("the request is not well-formed XML: {message}")]
pub struct Malformed {
    /// What the parser says.
    pub message: String,
    /// Byte offset of the place.
    pub offset: usize,
}

/// Reads a document into its root element.
pub fn parse(text: &str) -> Result<Element, Malformed> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                return Err(Malformed {
                    message: error.to_string(),
                    offset: position(&reader),
                });
            }
        };
        match event {
            Event::Start(start) => {
                let element = element(&reader, &start)?;
                open.push(element);
            }
            Event::End(_) => {
                let Some(closed) = open.pop() else { continue };
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Ok(closed),
                }
            }
            Event::Text(piece) => {
                push_text(&mut open, &line_ends(&piece));
            }
            Event::CData(piece) => {
                push_text(&mut open, &line_ends(&piece));
            }
            Event::GeneralRef(reference) => {
                let character = referenced(&reader, &reference)?;
                push_text(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(malformed(
                    &reader,
                    &"a document type declaration is not allowed",
                ));
            }
            Event::Eof => return Err(malformed(&reader, &"unexpected end of the document")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn malformed(reader: &NsReader<&[u8]>, message: &dyn std::fmt::Display) -> Malformed {
    Malformed {
        message: message.to_string(),
        offset: position(reader),
    }
}

fn push_text(open: &mut [Element], piece: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(piece);
    }
}

/// XML's own line end rule; a carriage return written as a reference survives it.
fn line_ends(piece: &str) -> std::borrow::Cow<'_, str> {
    if piece.contains('\r') {
        piece.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        piece.into()
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, Malformed> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| malformed(reader, &e))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value =
            quick_xml::escape::unescape(&attribute.value).map_err(|e| malformed(reader, &e))?;
        if let Some(bad) = value.chars().find(|c| !is_xml_char(*c)) {
            return Err(illegal(reader, bad));
        }
        let name = attribute.key.local_name().as_ref().to_owned();
        attributes.push((name, value.into_owned()));
    }
    Ok(Element {
        namespace: known(&namespace),
        name: local.as_ref().to_owned(),
        attributes,
        children: Vec::new(),
        text: String::new(),
        offset: position(reader),
    })
}

fn known(namespace: &ResolveResult<'_>) -> Namespace {
    match namespace {
        ResolveResult::Bound(bound) => match bound.as_ref() {
            TYPES => Namespace::Types,
            MESSAGES => Namespace::Messages,
            SOAP => Namespace::Soap,
            _ => Namespace::Other,
        },
        _ => Namespace::Other,
    }
}

fn referenced(reader: &NsReader<&[u8]>, reference: &BytesRef<'_>) -> Result<char, Malformed> {
    let number = reference
        .resolve_char_ref()
        .map_err(|e| malformed(reader, &e))?;
    let character = match number {
        Some(character) => character,
        None => match reference.as_ref() {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            "quot" => '"',
            _ => return Err(malformed(reader, &"reference to an undeclared entity")),
        },
    };
    if is_xml_char(character) {
        Ok(character)
    } else {
        Err(illegal(reader, character))
    }
}

fn illegal(reader: &NsReader<&[u8]>, character: char) -> Malformed {
    let code = u32::from(character);
    malformed(reader, &format!("'U+{code:04X}' is an invalid character"))
}

/// The characters that XML 1.0 allows.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Line and column, both from 1, of a byte offset.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text
        .as_bytes()
        .get(..offset.min(text.len()))
        .unwrap_or_default();
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_namespaces_whatever_the_prefix() {
        let root = parse(&format!(
            "<q:A xmlns:q='{TYPES}' x='1&amp;2'><B xmlns='{MESSAGES}'/></q:A>"
        ))
        .unwrap();
        assert_eq!(
            (root.namespace, root.name.as_str()),
            (Namespace::Types, "A")
        );
        assert_eq!(root.attribute("x"), Some("1&2"));
        assert_eq!(root.children[0].namespace, Namespace::Messages);
    }

    #[test]
    fn joins_text_and_normalises_line_ends_but_not_references() {
        let root = parse("<a>x &amp; y\r\nz&#13;<![CDATA[<]]>&#x41;</a>").unwrap();
        assert_eq!(root.text, "x & y\nz\r<A");
    }

    #[test]
    fn refuses_what_xml_forbids() {
        for bad in [
            "<a>&#x2;</a>",
            "<a b='&#1;'/>",
            "<a>&nope;</a>",
            "<a><b></a>",
            "<a>",
            "<!DOCTYPE a><a/>",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_lines_and_columns_from_one() {
        assert_eq!(line_and_column("ab\ncd", 4), (2, 2));
    }
}
