//! A request to Graph: one of its own, or a part of a batch.

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use super::error::GraphError;
use crate::side_door::decode;

/// A request.
#[derive(Debug)]
pub struct Call {
    /// HTTP method in upper case.
    pub method: String,
    /// Segments of the path below /v1.0, decoded.
    pub path: Vec<String>,
    /// Options, decoded.
    pub query: Vec<(String, String)>,
    /// Headers; names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Scheme and host by which the client reaches us.
    pub origin: String,
    /// request-id of the answer.
    pub request_id: String,
    /// client-request-id of the request, or the one that it gets.
    pub client_request_id: String,
}

impl Call {
    /// Reads an HTTP request.
    pub fn of_request(head: &Parts, body: &Bytes, secure: bool, request_id: String) -> Self {
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), value.into_owned())
            })
            .collect();
        let scheme = if secure { "https" } else { "http" };
        let host = head.headers.get("host").and_then(|host| host.to_str().ok());
        let origin = format!("{scheme}://{}", host.unwrap_or_default());
        let path = head.uri.path().strip_prefix("/v1.0").unwrap_or_default();
        let query = head.uri.query().unwrap_or_default();
        let url = format!("{path}?{query}");
        let method = head.method.as_str();
        Self::new(method, &url, headers, body.clone(), origin, request_id)
    }

    /// A request to a URL that is relative to the version.
    pub fn new(
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
        origin: String,
        request_id: String,
    ) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut call = Self {
            method: method.to_ascii_uppercase(),
            path: segments(path),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name, true), decode(value, true)))
                .collect(),
            headers,
            body,
            origin,
            client_request_id: request_id.clone(),
            request_id,
        };
        if let Some(id) = call.header("client-request-id").map(str::to_owned) {
            call.client_request_id = id;
        }
        call
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A preference: of several headers, or of several in one (Graph reference, section 1).
    pub fn preference(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known == "prefer")
            .map(|(_, value)| value.as_str())
            .flat_map(|value| value.split([',', ';']))
            .filter_map(|one| one.split_once('='))
            .find(|(known, _)| known.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// Whether ids are to be those that stay (Graph reference, section 7).
    pub fn is_immutable(&self) -> bool {
        self.preference("IdType")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("ImmutableId"))
    }

    /// The value of an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Result<Map<String, Value>, GraphError> {
        let is_json = self
            .header("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
        if !is_json {
            return Err(GraphError::option(
                "The request has no Content-Type application/json.",
            ));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(GraphError::option("Unable to read JSON request payload.")),
        }
    }

    /// What a planted fault may look for: method, decoded address and body.
    pub fn text(&self) -> String {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{} /v1.0/{}?{}\n{}",
            self.method,
            self.path.join("/"),
            query.join("&"),
            String::from_utf8_lossy(&self.body)
        )
    }

    /// The path as links and contexts show it, encoded.
    pub fn path_text(&self) -> String {
        let segments: Vec<String> = self.path.iter().map(|one| encode(one)).collect();
        segments.join("/")
    }
}

/// Segments of a path. A key in parentheses is a segment of its own: `contacts('x')` is `contacts/x`.
fn segments(path: &str) -> Vec<String> {
    let mut all = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = decode(segment, false);
        match segment.split_once("('") {
            Some((name, key)) if key.ends_with("')") => {
                all.push(name.to_owned());
                all.push(key.trim_end_matches("')").to_owned());
            }
            _ => all.push(segment),
        }
    }
    all
}

/// Percent-encodes what may not stand in a segment or in the value of an option.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(url: &str, headers: &[(&str, &str)]) -> Call {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let origin = "http://sim".to_owned();
        Call::new("get", url, headers, Bytes::new(), origin, "r".to_owned())
    }

    /// Graph reference, section 1: several preferences as several headers or with commas.
    #[test]
    fn finds_preferences() {
        let several = call(
            "/me",
            &[
                ("prefer", "odata.maxpagesize=7"),
                ("prefer", "IdType=\"ImmutableId\", return=minimal"),
            ],
        );
        assert!(several.is_immutable());
        assert_eq!(several.preference("odata.maxpagesize"), Some("7"));
        assert!(!call("/me", &[]).is_immutable());
    }

    #[test]
    fn reads_paths_and_options() {
        let call = call("/users('a%40b')/contacts/x%3D?%24top=3&$filter=a+b", &[]);
        assert_eq!(call.path, ["users", "a@b", "contacts", "x="]);
        assert_eq!(call.option("$top"), Some("3"));
        assert_eq!(call.option("$filter"), Some("a b"));
        assert_eq!(call.path_text(), "users/a%40b/contacts/x%3D");
        assert_eq!(call.method, "GET");
    }
}
