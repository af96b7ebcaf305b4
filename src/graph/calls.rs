//! Several requests in one ("Combine multiple HTTP requests using JSON batching", Microsoft Graph documentation).

use std::collections::HashMap;
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Graph;
use super::address::Path;
use super::failure::Reply;
use super::transport::{Body, Request};
use crate::contact::{decode_base64, encode_base64};
use crate::sync::error::RemoteError;
use crate::web::circumstances::seconds;

/// What every request asks for: ids that stay when a contact is moved.
const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

/// A request, alone or as a part of a batch.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: Path,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
}

impl Call {
    pub(super) fn new(method: Method, path: Path) -> Self {
        let (name, value) = IMMUTABLE;
        Self {
            method,
            path,
            headers: vec![(name, value.to_owned())],
            body: None,
        }
    }

    pub(super) fn get(path: Path) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn json(mut self, body: Json) -> Self {
        self.body = Some(Body::Json(body));
        self
    }

    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn as_part(&self, id: usize, graph: &Graph) -> Json {
        let server = graph.shared.transport.server();
        let mut headers: serde_json::Map<String, Json> = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Json::from(value.as_str())))
            .collect();
        let mut part = json!({
            "id": id.to_string(),
            "method": self.method.as_str(),
            "url": self.path.in_batch(server),
        });
        if let (Some(body), Some(part)) = (&self.body, part.as_object_mut()) {
            headers.insert("content-type".to_owned(), Json::from(body.kind()));
            let content = match body {
                Body::Json(json) => json.clone(),
                Body::Bytes(_, bytes) => Json::from(encode_base64(bytes)),
            };
            part.insert("body".to_owned(), content);
        }
        if let Some(part) = part.as_object_mut() {
            part.insert("headers".to_owned(), Json::Object(headers));
        }
        part
    }
}

impl Graph {
    /// Sends one request.
    ///
    /// # Errors
    /// When there is no answer. An answer that says no is none.
    pub(super) fn call(&self, call: &Call) -> Result<Reply, RemoteError> {
        self.request(&Request {
            method: call.method.clone(),
            url: call.path.at(self.shared.transport.server()),
            headers: call.headers.clone(),
            body: call.body.clone(),
        })
    }

    /// Sends a request, and lets the pace learn from what becomes of it.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub(super) fn request(&self, request: &Request) -> Result<Reply, RemoteError> {
        let transport = &self.shared.transport;
        let began = Instant::now();
        let reply = transport.send(request, &self.limits);
        let refusal = match &reply {
            Ok(reply) if reply.is_success() => None,
            Ok(reply) => Some(reply.error()),
            Err(error) => Some(error.clone()),
        };
        // A push ends its requests earlier, which says nothing of the server.
        let limit = transport.config().web.request_timeout;
        let timed_out = reply.is_err() && began.elapsed() >= limit;
        let pacer = &self.shared.pacer;
        pacer.heard(refusal.as_ref(), timed_out, transport.cache());
        reply
    }

    /// Sends requests together and gives their answers in order; one goes alone.
    ///
    /// # Errors
    /// When the whole failed. When no part succeeded and the first failed for a reason that speaks of the server or the account, the
    /// whole has failed.
    pub(super) fn calls(&self, calls: &[Call]) -> Result<Vec<Reply>, RemoteError> {
        let replies = match calls {
            [] => return Ok(Vec::new()),
            [one] => vec![self.call(one)?],
            many => self.batch(many)?,
        };
        let failed = replies.iter().filter(|reply| !reply.is_success());
        let failures: Vec<RemoteError> = failed.map(Reply::error).collect();
        if failures.len() == replies.len()
            && let Some(whole) = RemoteError::of_all(&failures.iter().collect::<Vec<_>>())
        {
            return Err(whole);
        }
        Ok(replies)
    }

    fn batch(&self, calls: &[Call]) -> Result<Vec<Reply>, RemoteError> {
        let parts: Vec<Json> = calls
            .iter()
            .enumerate()
            .map(|(id, call)| call.as_part(id, self))
            .collect();
        let whole = Call {
            method: Method::POST,
            path: Path::batch(),
            headers: Vec::new(),
            body: Some(Body::Json(json!({ "requests": parts }))),
        };
        let mut reply = self.call(&whole)?.success()?;
        let answers = reply.body.get_mut("responses").and_then(Json::as_array_mut);
        let mut answers: HashMap<String, Json> = answers
            .map(std::mem::take)
            .into_iter()
            .flatten()
            .filter_map(|answer| Some((answer.get("id")?.as_str()?.to_owned(), answer)))
            .collect();
        (0..calls.len())
            .map(|id| {
                answers
                    .remove(&id.to_string())
                    .and_then(|answer| part_of(answer, &reply))
                    .ok_or_else(|| reply.garbled("the answer to a part of a batch is missing"))
            })
            .collect()
    }
}

/// The answer of a part, in the circumstances of the whole.
fn part_of(mut answer: Json, whole: &Reply) -> Option<Reply> {
    let status = u16::try_from(answer.get("status")?.as_u64()?).ok()?;
    let header = |wanted: &str| {
        let headers = answer.get("headers")?.as_object()?;
        let found = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.and_then(|(_, value)| value.as_str())
    };
    let mut circumstances = whole.circumstances.clone();
    circumstances.status = Some(status);
    circumstances.retry_after = header("retry-after")
        .and_then(seconds)
        .or(circumstances.retry_after);
    // Not copied: it is nearly all of the answer.
    let body = answer.get_mut("body").map(Json::take).unwrap_or_default();
    Some(Reply {
        status,
        is_of_graph: true,
        wants_another_token: false,
        circumstances,
        bytes: body.as_str().and_then(decode_base64).unwrap_or_default(),
        body,
    })
}
