//! What can be wrong with an answer.

use std::io;
use std::time::Duration;

/// An error that the server reports: for a whole request as a SOAP fault, or for one entry of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseError {
    /// The response code, such as `ErrorItemNotFound`; empty when there was none.
    pub code: String,
    /// The server's text, possibly translated: for people, never to decide by.
    pub text: String,
    /// The code behind an `ErrorInternalServerError`.
    pub inner_code: Option<String>,
    /// How long the server wants to be left alone.
    pub back_off: Option<Duration>,
    /// The properties that are at fault, such as `contacts:GivenName`.
    pub properties: Vec<String>,
}

impl ResponseError {
    /// The code that says most: the inner one of an internal error, else the code.
    #[must_use]
    pub fn effective_code(&self) -> &str {
        match &self.inner_code {
            Some(inner) if self.code == "ErrorInternalServerError" => inner,
            _ => &self.code,
        }
    }
}

impl std::fmt::Display for ResponseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.effective_code())?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text.trim())?;
        }
        if !self.properties.is_empty() {
            write!(f, " ({})", self.properties.join(", "))?;
        }
        Ok(())
    }
}

/// Marks a read that was ended because one value, or all that is kept of an answer, is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value is too long")]
pub struct TooLong;

/// An answer that could not be read, or that refuses the whole request.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The stream failed while the answer was being read.
    #[error("the answer broke off: {0}")]
    Read(#[source] io::Error),
    /// The answer ends in the middle.
    #[error("the answer is cut off")]
    Truncated,
    /// The answer has no content.
    #[error("the answer is empty")]
    Empty,
    /// The answer is no well-formed XML.
    #[error("the answer is not well-formed XML: {reason}")]
    Xml {
        /// What the parser found.
        reason: String,
    },
    /// The answer is XML or HTML, but no SOAP envelope.
    #[error("the answer is not SOAP but begins with {root}")]
    NotSoap {
        /// The name of the outermost element, or what stands in its place.
        root: String,
    },
    /// A SOAP answer without what the operation must give.
    #[error("the answer lacks {0}")]
    Incomplete(&'static str),
    /// A SOAP fault: nothing of the request was carried out.
    #[error("the server refused the request: {0}")]
    Fault(Box<ResponseError>),
}
