//! XML as EWS speaks it: a streaming reader, a writer, and the rule which characters may appear.

mod legal;
mod read;
mod write;

pub(super) use legal::LegalXml;
pub(super) use read::{Start, XmlReader};
pub(super) use write::{EMPTY, XmlWriter};

/// The namespace of an element. Servers choose their prefixes freely, so names are compared by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// The envelope of SOAP 1.1 or of SOAP 1.2.
    Soap,
    /// `http://schemas.microsoft.com/exchange/services/2006/messages`
    Messages,
    /// `http://schemas.microsoft.com/exchange/services/2006/types`
    Types,
    /// `http://schemas.microsoft.com/exchange/services/2006/errors`
    Errors,
    /// Any other, or none.
    Other,
}

pub(super) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(super) const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
pub(super) const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";
const ERRORS: &str = "http://schemas.microsoft.com/exchange/services/2006/errors";

impl Ns {
    fn from_uri(uri: &str) -> Self {
        match uri {
            SOAP_11 | SOAP_12 => Self::Soap,
            MESSAGES => Self::Messages,
            TYPES => Self::Types,
            ERRORS => Self::Errors,
            _ => Self::Other,
        }
    }
}
