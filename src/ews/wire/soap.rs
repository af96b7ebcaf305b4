//! The SOAP envelope around every operation, and the skeleton of every response.

use std::io::{self, BufRead};

use super::fault::{read_fault, read_message_xml};
use super::xml::{EMPTY, MESSAGES, Ns, SOAP_11, Start, TYPES, XmlReader, XmlWriter};
use super::{ResponseError, WireError};

/// The schema version that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SchemaVersion {
    /// Understood from Exchange 2013 SP1 on, and by Exchange Online.
    #[default]
    Exchange2013Sp1,
    /// For older servers.
    Exchange2010Sp2,
}

impl SchemaVersion {
    const fn name(self) -> &'static str {
        match self {
            Self::Exchange2013Sp1 => "Exchange2013_SP1",
            Self::Exchange2010Sp2 => "Exchange2010_SP2",
        }
    }
}

/// What stands in the header of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The version asked for.
    pub version: SchemaVersion,
    /// The primary SMTP address of the user to act as, by impersonation.
    pub impersonate: Option<String>,
}

/// A request of EWS.
pub trait Operation {
    /// The name, such as `GetItem`.
    const NAME: &'static str;
    /// What each response message holds beside its code.
    type Part: ResponsePart;

    /// Writes the element of the body.
    ///
    /// # Errors
    /// Those of the writer; writing into memory has none.
    fn write(&self, xml: &mut Body<'_>) -> io::Result<()>;
}

/// The place in a request where an operation writes itself.
pub struct Body<'a>(pub(super) &'a mut XmlWriter);

/// The part of a response message that belongs to its operation.
pub trait ResponsePart: Default {
    /// Takes a child element, or leaves it to be skipped.
    ///
    /// # Errors
    /// When the answer cannot be read.
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError>;
}

/// A child element of a response message; what is not read of it is skipped.
pub struct Child<'a, R> {
    pub(super) start: Start,
    xml: &'a mut XmlReader<R>,
    taken: bool,
}

impl<R: BufRead> Child<'_, R> {
    /// The reader, standing after the start; the caller reads to the end of the element.
    pub(super) fn take(&mut self) -> &mut XmlReader<R> {
        self.taken = true;
        self.xml
    }
}

/// The response to one entry of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<P> {
    /// `None` for success.
    pub error: Option<ResponseError>,
    /// The operation's part; on an error it is usually empty.
    pub part: P,
}

impl<P> Message<P> {
    /// The part of a success, or the error.
    ///
    /// # Errors
    /// The error that the server reported for this entry.
    pub fn into_result(self) -> Result<P, ResponseError> {
        match self.error {
            None => Ok(self.part),
            Some(error) => Err(error),
        }
    }
}

/// The bytes of a whole request.
///
/// # Errors
/// Those of the writer; writing into memory has none.
pub fn write<O: Operation>(context: &Context, operation: &O) -> io::Result<Vec<u8>> {
    let mut xml = XmlWriter::new()?;
    let namespaces = [
        ("xmlns:s", SOAP_11),
        ("xmlns:m", MESSAGES),
        ("xmlns:t", TYPES),
    ];
    xml.element("s:Envelope", &namespaces, |xml| {
        xml.element("s:Header", EMPTY, |xml| {
            let version = [("Version", context.version.name())];
            xml.empty("t:RequestServerVersion", &version)?;
            let Some(address) = &context.impersonate else {
                return Ok(());
            };
            xml.element("t:ExchangeImpersonation", EMPTY, |xml| {
                xml.element("t:ConnectingSID", EMPTY, |xml| {
                    xml.text("t:PrimarySmtpAddress", EMPTY, address)
                })
            })
        })?;
        xml.element("s:Body", EMPTY, |xml| operation.write(&mut Body(xml)))
    })?;
    Ok(xml.into_bytes())
}

/// Reads an answer as a stream and gives each response message to `on_message` as soon as it is read.
///
/// # Errors
/// A SOAP fault, or an answer that is cut off, not XML, not SOAP or not to this operation. Messages read
/// before the error have been given.
pub fn read<O: Operation>(
    input: impl BufRead,
    on_message: &mut dyn FnMut(Message<O::Part>),
) -> Result<(), WireError> {
    let mut xml = XmlReader::new(input);
    let root = xml.root()?;
    if !root.is(Ns::Soap, "Envelope") {
        return Err(WireError::NotSoap { root: root.local });
    }
    let mut answered = false;
    while let Some(section) = xml.child()? {
        if !section.is(Ns::Soap, "Body") {
            xml.skip()?;
            continue;
        }
        while let Some(body) = xml.child()? {
            if body.is(Ns::Soap, "Fault") {
                return Err(WireError::Fault(Box::new(read_fault(&mut xml)?)));
            }
            let operation = body.local.strip_suffix("Response");
            if body.ns == Ns::Messages && operation == Some(O::NAME) {
                answered = true;
                read_messages::<O, _>(&mut xml, on_message)?;
            } else {
                xml.skip()?;
            }
        }
    }
    if answered {
        Ok(())
    } else {
        Err(WireError::Incomplete("a response to the request"))
    }
}

fn read_messages<O: Operation, R: BufRead>(
    xml: &mut XmlReader<R>,
    on_message: &mut dyn FnMut(Message<O::Part>),
) -> Result<(), WireError> {
    while let Some(list) = xml.child()? {
        if list.local != "ResponseMessages" {
            xml.skip()?;
            continue;
        }
        while let Some(message) = xml.child()? {
            if message.local.ends_with("ResponseMessage") {
                on_message(read_message(&message, xml)?);
            } else {
                xml.skip()?;
            }
        }
    }
    Ok(())
}

fn read_message<P: ResponsePart, R: BufRead>(
    message: &Start,
    xml: &mut XmlReader<R>,
) -> Result<Message<P>, WireError> {
    let mut error = ResponseError::default();
    let mut part = P::default();
    while let Some(start) = xml.child()? {
        match start.local.as_str() {
            "MessageText" => error.text = xml.text()?,
            "ResponseCode" => xml.text()?.trim().clone_into(&mut error.code),
            "MessageXml" => read_message_xml(xml, &mut error)?,
            "DescriptiveLinkKey" => xml.skip()?,
            _ => {
                let mut child = Child {
                    start,
                    xml,
                    taken: false,
                };
                part.read_child(&mut child)?;
                if !child.taken {
                    xml.skip()?;
                }
            }
        }
    }
    let succeeded = match message.attribute("ResponseClass") {
        Some(class) => class == "Success",
        None => error.code == "NoError",
    };
    Ok(Message {
        error: (!succeeded).then_some(error),
        part,
    })
}

#[cfg(test)]
mod tests {
    use super::super::DeleteItem;
    use super::*;

    fn read_delete(xml: &str) -> Result<Vec<Option<String>>, WireError> {
        let mut codes = Vec::new();
        read::<DeleteItem>(xml.as_bytes(), &mut |message| {
            codes.push(message.error.map(|error| error.code));
        })?;
        Ok(codes)
    }

    const DEFAULT_NAMESPACES: &str = "<?xml version='1.0'?><Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header><ServerVersionInfo xmlns='q'/></Header><Body>\
        <DeleteItemResponse xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><ResponseMessages>\
        <DeleteItemResponseMessage ResponseClass='Success'><ResponseCode>NoError</ResponseCode><Later><New/></Later></DeleteItemResponseMessage>\
        <DeleteItemResponseMessage ResponseClass='Warning'><MessageText>x</MessageText><ResponseCode>ErrorBatchProcessingStopped</ResponseCode></DeleteItemResponseMessage>\
        </ResponseMessages></DeleteItemResponse></Body></Envelope>";

    #[test]
    fn prefixes_and_unknown_elements_do_not_matter() {
        let stopped = Some("ErrorBatchProcessingStopped".to_owned());
        assert_eq!(read_delete(DEFAULT_NAMESPACES).unwrap(), [None, stopped]);
    }

    #[test]
    fn an_answer_cut_anywhere_is_an_error() {
        for end in 0..DEFAULT_NAMESPACES.len() {
            let read = read_delete(&DEFAULT_NAMESPACES[..end]);
            assert!(
                matches!(read, Err(WireError::Truncated | WireError::Empty)),
                "cut at {end}: {read:?}"
            );
        }
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        assert!(matches!(read_delete(""), Err(WireError::Empty)));
        assert!(matches!(
            read_delete("<html><body>Sign in<br></body></html>"),
            Err(WireError::NotSoap { root }) if root == "html"
        ));
        assert!(read_delete("Service Unavailable").is_err());
        let other = DEFAULT_NAMESPACES.replace("DeleteItemResponse", "GetItemResponse");
        assert!(matches!(read_delete(&other), Err(WireError::Incomplete(_))));
    }
}
