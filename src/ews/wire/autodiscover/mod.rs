//! Autodiscover: where a mailbox's EWS is, asked in SOAP and in the older form (POX).
//!
//! Elements are told by their local names: servers use several namespaces for the same answers.

mod pox;
mod soap;

pub use pox::{read_pox, write_pox};
pub use soap::{read_soap, write_soap};

/// What a server said about a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The addresses of EWS.
    Urls(EwsUrls),
    /// Another address of the mailbox, with which to begin anew.
    Address(String),
    /// Another place to ask.
    Place(String),
    /// No.
    Refused(Refused),
}

/// The addresses of EWS that a server named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EwsUrls {
    /// From outside.
    pub external: Option<String>,
    /// From the company's own network.
    pub internal: Option<String>,
    /// From either.
    pub either: Option<String>,
}

/// A refusal in the server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its code: a word in SOAP, a number in POX.
    pub code: String,
    /// Its text; often in the server's language.
    pub text: String,
}
