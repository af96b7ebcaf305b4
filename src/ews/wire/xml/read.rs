//! A pull reader: one element at a time, in the shape that recursive readers need.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{Error, NsReader};

use super::super::{TooLong, WireError};
use super::{LegalXml, Ns};

/// What an answer of Exchange never comes near, so that one that does is refused before it costs memory or time.
const DEEPEST: usize = 100;
const LONGEST_NAME: usize = 256;
const MOST_ATTRIBUTES: usize = 64;

/// The longest tag or text that is read: longer notes are the fault of their contact alone.
const LONGEST: usize = 8 << 20;

/// The longest text that is read where a file is expected.
const LONGEST_FILE: usize = 12 << 20;

/// The most that is kept of one answer.
const MOST_KEPT: usize = 24 << 20;

/// About so much does keeping an element cost beside its values.
const ELEMENT: usize = 48;

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
    depth: usize,
    /// Whether a document type stands before the root: log-in pages have one, Exchange's answers never.
    has_type: bool,
    kept: usize,
    longest: usize,
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
            depth: 0,
            has_type: false,
            kept: 0,
            longest: LONGEST,
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
                Piece::End => {
                    self.keep(text.len())?;
                    return Ok(text);
                }
                Piece::Text if text.len() > self.longest => return Err(too_long()),
                Piece::Text => {}
                Piece::Eof => return Err(WireError::Truncated),
            }
        }
    }

    /// The text of an element that holds a file, which may be longer than others.
    pub(crate) fn file(&mut self) -> Result<String, WireError> {
        self.longest = LONGEST_FILE;
        let text = self.text();
        self.longest = LONGEST;
        text
    }

    /// Reads the element to its end and forgets it.
    pub(crate) fn skip(&mut self) -> Result<(), WireError> {
        let mut depth = 0_usize;
        loop {
            self.buffer.clear();
            self.reader.get_mut().allow(self.longest);
            let event = self.reader.read_event_into(&mut self.buffer);
            match event.map_err(WireError::from_parser)? {
                Event::Start(start) => {
                    depth += 1;
                    check_start(&start, self.depth + depth)?;
                }
                Event::End(_) if depth == 0 => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(());
                }
                Event::End(_) => depth -= 1,
                Event::DocType(_) => return Err(document_type()),
                Event::Eof => return Err(WireError::Truncated),
                _ => {}
            }
        }
    }

    /// Notes that so much of the answer is kept by whoever reads it.
    fn keep(&mut self, bytes: usize) -> Result<(), WireError> {
        self.kept = self.kept.saturating_add(bytes);
        if self.kept > MOST_KEPT {
            return Err(too_long());
        }
        Ok(())
    }

    fn piece(&mut self, text: Option<&mut String>) -> Result<Piece, WireError> {
        if self.has_type && self.depth > 0 {
            return Err(document_type());
        }
        self.buffer.clear();
        self.reader.get_mut().allow(self.longest);
        let (namespace, event) = self
            .reader
            .read_resolved_event_into(&mut self.buffer)
            .map_err(WireError::from_parser)?;
        let mut kept = 0;
        let piece = match event {
            Event::Start(start) => {
                self.depth += 1;
                check_start(&start, self.depth)?;
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
                    kept += ELEMENT + value.len();
                    attributes.push((key.as_ref().to_owned(), value.into_owned()));
                }
                Piece::Start(Start {
                    ns,
                    local: start.local_name().as_ref().to_owned(),
                    attributes,
                })
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Piece::End
            }
            Event::Eof => Piece::Eof,
            Event::DocType(_) if self.depth == 0 => {
                self.has_type = true;
                Piece::Text
            }
            Event::DocType(_) => return Err(document_type()),
            other => {
                if let Some(text) = text {
                    append(&other, text)?;
                }
                Piece::Text
            }
        };
        self.keep(kept)?;
        Ok(piece)
    }
}

/// Refuses an element that no server sends.
fn check_start(start: &BytesStart<'_>, depth: usize) -> Result<(), WireError> {
    let what = if depth > DEEPEST {
        format!("its elements are nested more than {DEEPEST} deep")
    } else if start.name().as_ref().len() > LONGEST_NAME {
        format!("an element's name is longer than {LONGEST_NAME} bytes")
    } else if start
        .attributes()
        .with_checks(false)
        .nth(MOST_ATTRIBUTES)
        .is_some()
    {
        format!("an element has more than {MOST_ATTRIBUTES} attributes")
    } else {
        return Ok(());
    };
    Err(WireError::Xml { reason: what })
}

fn document_type() -> WireError {
    WireError::Xml {
        reason: "it has a document type, which Exchange never sends".to_owned(),
    }
}

fn too_long() -> WireError {
    WireError::Read(std::io::Error::other(TooLong))
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

    fn read_through(xml: &str) -> Result<(), WireError> {
        let mut reader = reader(xml);
        reader.root()?;
        while reader.child()?.is_some() {
            reader.skip()?;
        }
        Ok(())
    }

    #[test]
    fn what_no_server_sends_is_refused_before_it_costs_anything() {
        let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        let attributes = |count: usize| {
            let all: String = (0..count).map(|n| format!(" a{n}='1'")).collect();
            format!("<a><b{all}/></a>")
        };
        assert!(read_through(&deep(100)).is_ok());
        assert!(read_through(&attributes(64)).is_ok());
        for (xml, said) in [
            (deep(101), "nested more than 100 deep"),
            ("<a>".repeat(100_000), "nested more than 100 deep"),
            (attributes(65), "more than 64 attributes"),
            (format!("<a><{}/></a>", "b".repeat(257)), "name is longer"),
            (
                "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".to_owned(),
                "document type",
            ),
            (
                "<a><!DOCTYPE a SYSTEM 'file:///etc/passwd'></a>".to_owned(),
                "document type",
            ),
        ] {
            let error = read_through(&xml).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
        let mut lolling = reader("<a>&lol9;</a>");
        lolling.root().unwrap();
        let error = lolling.text().unwrap_err().to_string();
        assert!(error.contains("unknown entity \"lol9\""), "{error}");
    }

    #[test]
    fn a_text_may_be_long_but_not_endless_and_a_file_longer() {
        let is_too_long = |result: Result<String, WireError>| match result {
            Ok(_) => false,
            Err(WireError::Read(error)) => {
                error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
            }
            Err(other) => panic!("{other}"),
        };
        for (length, as_text, as_file) in [
            (LONGEST - 64, false, false),
            (LONGEST + 64, true, false),
            (LONGEST_FILE + 64, true, true),
        ] {
            for filler in ["x", "<![CDATA[xxxx]]>", "<!-- x -->"] {
                let xml = format!("<a>{}</a>", filler.repeat(length / filler.len()));
                if filler == "x" {
                    let mut one = reader(&xml);
                    one.root().unwrap();
                    assert_eq!(is_too_long(one.file()), as_file, "{length}");
                }
                let mut one = reader(&xml);
                one.root().unwrap();
                let long = as_text && filler == "x";
                assert_eq!(is_too_long(one.text()), long, "{filler} {length}");
            }
        }
        let pieces = format!(
            "<a>{}</a>",
            "<![CDATA[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]]>".repeat(LONGEST / 30)
        );
        let mut one = reader(&pieces);
        one.root().unwrap();
        assert!(is_too_long(one.text()));
    }

    #[test]
    fn what_is_kept_of_one_answer_is_bounded() {
        let xml = format!("<a>{}</a>", "<b c='12345678'/>".repeat(MOST_KEPT / 40));
        assert!(matches!(read_through(&xml), Err(WireError::Read(_))));
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
