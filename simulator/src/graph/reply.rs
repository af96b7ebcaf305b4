//! Answers of Graph, of a request of its own or of a part of a batch.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Response;
use serde_json::{Map, Value, json};

use super::call::Call;
use crate::faults::{Page, Spoil};
use crate::server::Shared;
use crate::server::answer::{self, Answer, Cut};

/// Content-Type of JSON (Graph reference, section 1).
const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    None,
    Json(Value),
    Bytes(String, Bytes),
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::None,
        }
    }

    /// JSON.
    pub fn json(status: u16, value: Value) -> Self {
        Self {
            body: Body::Json(value),
            ..Self::empty(status)
        }
    }

    /// A file.
    pub fn bytes(content_type: &str, bytes: Vec<u8>) -> Self {
        Self {
            body: Body::Bytes(content_type.to_owned(), bytes.into()),
            ..Self::empty(200)
        }
    }

    /// A planted answer.
    pub fn page(page: Page) -> Self {
        let mut reply = Self::empty(page.status);
        reply.body = match serde_json::from_str(&page.body) {
            Ok(value) if page.content_type == "application/json" => Body::Json(value),
            _ => Body::Bytes(page.content_type.to_owned(), page.body.into()),
        };
        let (wait, location) = (page.retry_after, page.location);
        reply.headers.extend(wait.map(|wait| ("Retry-After", wait)));
        reply
            .headers
            .extend(location.map(|location| ("Location", location)));
        reply
    }

    /// The same with a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer on the wire, and in the record.
    pub fn send(
        self,
        shared: &Shared,
        call: &Call,
        spoil: Option<Spoil>,
        record: Option<(u64, &str)>,
    ) -> Result<Response<Answer>, Cut> {
        let (content_type, body) = match self.body {
            Body::None => (None, Bytes::new()),
            Body::Json(value) => {
                let text = match spoil {
                    Some(Spoil::IllegalCharacter) => with_control_character(value.to_string()),
                    _ => value.to_string(),
                };
                (Some(JSON.to_owned()), text.into())
            }
            Body::Bytes(content_type, bytes) => (Some(content_type), bytes),
        };
        if let (Some(recorder), Some((number, operation))) = (&shared.recorder, record) {
            recorder.graph_response(number, operation, self.status, &body);
        }
        let accepts = call.header("accept-encoding").filter(|_| shared.gzip);
        let packed = match body.is_empty() {
            true => None,
            false => answer::packed(accepts, &body),
        };
        let encoding = packed.as_ref().map(|_| "gzip");
        let body = packed.map_or(body, Bytes::from);
        let body = match spoil {
            Some(Spoil::Cut) => return Err(Cut),
            Some(Spoil::Half) => Answer::half(body),
            Some(Spoil::IllegalCharacter) | None => Answer::whole(body),
        };
        let mut response = Response::builder()
            .status(self.status)
            .header("Cache-Control", "private")
            .header("request-id", call.request_id.as_str())
            .header("client-request-id", call.client_request_id.as_str());
        if let Some(content_type) = content_type {
            response = response.header("Content-Type", content_type);
        }
        if let Some(encoding) = encoding {
            response = response.header("Content-Encoding", encoding);
        }
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).map_err(|_| Cut)
    }

    /// The answer inside of a batch's (Graph reference, section 10): bytes come in base64.
    pub fn part(self, id: &str) -> Value {
        let mut headers: Map<String, Value> = self
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let mut part = json!({ "id": id, "status": self.status });
        let (content_type, body) = match self.body {
            Body::None => (None, None),
            Body::Json(value) => (Some("application/json".to_owned()), Some(value)),
            Body::Bytes(content_type, bytes) => {
                (Some(content_type), Some(json!(STANDARD.encode(bytes))))
            }
        };
        if let Some(content_type) = content_type {
            headers.insert("Content-Type".to_owned(), json!(content_type));
        }
        if let Some(part) = part.as_object_mut() {
            part.insert("headers".to_owned(), Value::Object(headers));
            part.extend(body.map(|body| ("body".to_owned(), body)));
        }
        part
    }
}

/// Puts U+0002, which XML cannot carry and JSON can, before the first texts of an answer that look like a person's.
fn with_control_character(mut answer: String) -> String {
    for name in ["\"surname\":\"", "\"displayName\":\""] {
        if let Some(at) = answer.find(name) {
            answer.insert_str(at + name.len(), "\\u0002");
        }
    }
    answer
}
