//! A pull reader: one element at a time, in the shape that recursive readers need.

use std::io::BufRead;

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::{Error, NsReader};

use super::super::WireError;
use super::{LegalXml, Ns};

/// The start of an element. Whoever receives it reads the element to its end.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) ns: Ns,
    pub(crate) local: String,
    attributes: Vec<(String, String)>,
}

impl Start {
    /// Whether the element has this namespace and name.
    pub(crate) fn is(&self, ns: Ns, local: &str) -> bool {
        self.ns == ns && self.local == local
    }

    /// The value of an attribute by its name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads XML from a stream and keeps only what is asked for.
pub(crate) struct XmlReader<R> {
    reader: NsReader<LegalXml<R>>,
    buffer: Vec<u8>,
}

enum Piece {
    Start(Start),
    End,
    Text,
    Eof,
}

impl<R: BufRead> XmlReader<R> {
    pub(crate) fn new(input: R) -> Self {
        let mut reader = NsReader::from_reader(LegalXml::new(input));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
        }
    }

    /// The start of the document's only element.
    pub(crate) fn root(&mut self) -> Result<Start, WireError> {
        let mut text = String::new();
        loop {
            match self.piece(Some(&mut text))? {
                _ if !text.trim().is_empty() => {
                    let root = "plain text".to_owned();
                    return Err(WireError::NotSoap { root });
                }
                Piece::Start(start) => return Ok(start),
                Piece::End | Piece::Text => {}
                Piece::Eof => return Err(WireError::Empty),
            }
        }
    }

    /// The next child of the element being read, or `None` at its end.
    pub(crate) fn child(&mut self) -> Result<Option<Start>, WireError> {
        loop {
            match self.piece(None)? {
                Piece::Start(start) => return Ok(Some(start)),
                Piece::End => return Ok(None),
                Piece::Text => {}
                Piece::Eof => return Err(WireError::Truncated),
            }
        }
    }

    /// The text of the element being read, to its end; children are left out.
    pub(crate) fn text(&mut self) -> Result<String, WireError> {
        let mut text = String::new();
        loop {
            match self.piece(Some(&mut text))? {
                Piece::Start(_) => self.skip()?,
                Piece::End => return Ok(text),
                Piece::Text => {}
                Piece::Eof => return Err(WireError::Truncated),
            }
        }
    }

    /// Reads the element to its end and forgets it.
    pub(crate) fn skip(&mut self) -> Result<(), WireError> {
        let mut depth = 0_usize;
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer);
            match event.map_err(WireError::from_parser)? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(WireError::Truncated),
                _ => {}
            }
        }
    }

    fn piece(&mut self, text: Option<&mut String>) -> Result<Piece, WireError> {
        self.buffer.clear();
        let (namespace, event) = self
            .reader
            .read_resolved_event_into(&mut self.buffer)
            .map_err(WireError::from_parser)?;
        let piece = match event {
            Event::Start(start) => {
                let ns = match namespace {
                    ResolveResult::Bound(namespace) => Ns::from_uri(namespace.as_ref()),
                    ResolveResult::Unbound | ResolveResult::Unknown(_) => Ns::Other,
                };
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute =
                        attribute.map_err(|error| WireError::from_parser(error.into()))?;
                    if attribute.key.as_namespace_binding().is_some() {
                        continue;
                    }
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .map_err(WireError::from_parser)?;
                    let key = attribute.key.local_name();
                    attributes.push((key.as_ref().to_owned(), value.into_owned()));
                }
                Piece::Start(Start {
                    ns,
                    local: start.local_name().as_ref().to_owned(),
                    attributes,
                })
            }
            Event::End(_) => Piece::End,
            Event::Eof => Piece::Eof,
            other => {
                if let Some(text) = text {
                    append(&other, text)?;
                }
                Piece::Text
            }
        };
        Ok(piece)
    }
}

fn append(event: &Event<'_>, text: &mut String) -> Result<(), WireError> {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(reference) => {
            if let Some(character) = reference
                .resolve_char_ref()
                .map_err(WireError::from_parser)?
            {
                text.push(character);
            } else {
                let name = reference.xml10_content();
                match quick_xml::escape::resolve_predefined_entity(&name) {
                    Some(resolved) => text.push_str(resolved),
                    None => {
                        return Err(WireError::Xml {
                            reason: format!("unknown entity \"{name}\""),
                        });
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

impl WireError {
    pub(super) fn from_parser(error: Error) -> Self {
        match error {
            Error::Io(shared) => Self::Read(
                std::sync::Arc::try_unwrap(shared)
                    .unwrap_or_else(|shared| std::io::Error::new(shared.kind(), shared)),
            ),
            Error::Syntax(_) => Self::Truncated,
            other => Self::Xml {
                reason: other.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(xml: &str) -> XmlReader<&[u8]> {
        XmlReader::new(xml.as_bytes())
    }

    #[test]
    fn names_are_told_by_namespace_whatever_the_prefix() {
        for xml in [
            "<q:A xmlns:q='http://schemas.microsoft.com/exchange/services/2006/types' Id='1&amp;'/>",
            "<A xmlns='http://schemas.microsoft.com/exchange/services/2006/types' Id='1&amp;'></A>",
        ] {
            let mut reader = reader(xml);
            let root = reader.root().unwrap();
            assert!(root.is(Ns::Types, "A"));
            assert_eq!(root.attribute("Id"), Some("1&"));
            assert!(reader.child().unwrap().is_none());
        }
        assert_eq!(reader("<t:A xmlns:t='x'/>").root().unwrap().ns, Ns::Other);
    }

    #[test]
    fn text_is_put_together_from_all_its_pieces() {
        let mut reader = reader("<a>x &amp; &#13;\r\n<b>no</b><![CDATA[<c>]]>&#x1F600;&#2;!</a>");
        reader.root().unwrap();
        assert_eq!(reader.text().unwrap(), "x & \r\n<c>😀!");
    }

    #[test]
    fn a_cut_document_is_noticed_wherever_it_is_cut() {
        let whole = "<a x='1'><b>text</b><c/></a>";
        for end in 1..whole.len() {
            let mut reader = reader(&whole[..end]);
            let read = (|| {
                reader.root()?;
                while reader.child()?.is_some() {
                    reader.skip()?;
                }
                Ok(())
            })();
            assert!(
                matches!(read, Err(WireError::Truncated | WireError::Empty)),
                "cut at {end}: {read:?}"
            );
        }
    }
}
