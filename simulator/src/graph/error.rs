//! Errors of Graph (Graph reference, section 12).

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Reply;
use crate::clock;
use crate::operations::item_error::ItemError;
use crate::store::IdError;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// HTTP status.
    pub status: u16,
    /// error.code
    pub code: String,
    /// error.message
    pub message: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl GraphError {
    /// An error with this text.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// An error of the store with the text that EWS has for it.
    pub fn of_store(status: u16, code: &str) -> Self {
        Self::new(status, code, ItemError::new(code).text)
    }

    /// The same with a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Nothing is there.
    pub fn not_found() -> Self {
        Self::of_store(404, "ErrorItemNotFound")
    }

    /// The body of a request is not what the type has (Graph reference, section 3, traps).
    pub fn body(message: impl Into<String>) -> Self {
        Self::new(400, "RequestBodyRead", message)
    }

    /// An option of a request cannot be used.
    pub fn option(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A wrong path or verb.
    pub fn verb() -> Self {
        Self::new(
            405,
            "ErrorInvalidRequest",
            "The OData request is not supported.",
        )
    }

    /// The answer to a call.
    pub fn reply(self, call: &Call, lower: bool) -> Reply {
        let inner = json!({
            "date": clock::format(clock::now()).trim_end_matches('Z'),
            "request-id": call.request_id,
            "client-request-id": call.client_request_id,
        });
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(error) = error.as_object_mut() {
            let name = if lower { "innererror" } else { "innerError" };
            error.insert(name.to_owned(), inner);
        }
        let mut reply = Reply::json(self.status, Value::Object(error_of(error)));
        reply.headers.extend(self.headers);
        reply
    }
}

fn error_of(error: Value) -> serde_json::Map<String, Value> {
    [("error".to_owned(), error)].into_iter().collect()
}

impl From<IdError> for GraphError {
    fn from(error: IdError) -> Self {
        match error {
            IdError::Empty | IdError::Malformed => Self::of_store(400, "ErrorInvalidIdMalformed"),
            IdError::FolderForItem | IdError::ItemForFolder | IdError::NotFound => {
                Self::not_found()
            }
        }
    }
}
