//! OAuth 2.0: an authority that issues app-only tokens, and what EWS says to a token (EWS reference, section 7.5).

mod assertion;
pub mod bearer;
mod form;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hyper::Response;
use hyper::http::request::Parts;
use ring::digest;
use serde_json::{Value, json};

use super::answer::{self, Answer, Cut};
use form::Form;

/// An application that may ask for tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// How it proves that it is the one.
    pub proof: Proof,
}

/// How an application proves who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// By its secret.
    Secret(String),
    /// By an assertion that the key of the certificate in this file has signed.
    Certificate(PathBuf),
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let proof = match self.proof {
            Proof::Secret(_) => "secret",
            Proof::Certificate(_) => "certificate",
        };
        write!(f, "Client({}, {proof})", self.id)
    }
}

/// A token that was given out.
#[derive(Clone)]
struct Token {
    audience: Option<String>,
    /// Whose it is; `None` for an application's own.
    mailbox: Option<String>,
    until: Option<Instant>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Expired,
    Revoked,
}

#[derive(Default)]
struct Book {
    tokens: HashMap<String, Token>,
    issued: u64,
    asked: u64,
    used_ids: BTreeSet<String>,
    lifetime: u64,
    lifetime_as_text: bool,
    refusal: Option<Value>,
}

/// The authority.
pub struct Authority {
    tenant: String,
    clients: Vec<Client>,
    book: Mutex<Book>,
}

impl Authority {
    /// An authority of one tenant that knows these applications.
    pub fn new(tenant: String, clients: Vec<Client>) -> Self {
        let book = Book {
            lifetime: 3599,
            ..Book::default()
        };
        Self {
            tenant,
            clients,
            book: Mutex::new(book),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request for a token; `None` when the path is not one of a token endpoint.
    pub fn serve(&self, head: &Parts, body: &Bytes) -> Option<Result<Response<Answer>, Cut>> {
        let path = head.uri.path();
        let tenant = match path.strip_suffix("/oauth2/v2.0/token") {
            Some(tenant) => tenant.trim_matches('/'),
            // AD FS has no tenants.
            None if path == "/adfs/oauth2/token" => self.tenant.as_str(),
            None => return None,
        };
        self.book().asked += 1;
        Some(match self.issue(tenant, head, body) {
            Ok(granted) => answer::json(200, &granted),
            Err(refusal) => answer::json(refusal.status, &refusal.body()),
        })
    }

    fn issue(&self, tenant: &str, head: &Parts, body: &Bytes) -> Result<Value, Refusal> {
        if let Some(refusal) = self.book().refusal.clone() {
            return Err(Refusal::planted(&refusal));
        }
        if !tenant.eq_ignore_ascii_case(&self.tenant) {
            return Err(Refusal::new(
                400,
                "invalid_request",
                90002,
                format!(
                    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
                ),
            ));
        }
        let form = Form::read(body);
        if form.get("grant_type") != "client_credentials" {
            return Err(Refusal::new(
                400,
                "unsupported_grant_type",
                70003,
                "The app requested an unsupported grant type.".to_owned(),
            ));
        }
        let id = form.get("client_id");
        let Some(client) = self.clients.iter().find(|client| client.id == id) else {
            return Err(Refusal::new(
                400,
                "unauthorized_client",
                700_016,
                format!(
                    "Application with identifier '{id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant."
                ),
            ));
        };
        self.prove(client, head, &form)?;
        let audience = audience(&form)?;
        let mut book = self.book();
        book.issued += 1;
        let text = fresh(&self.tenant, book.issued);
        let lifetime = book.lifetime;
        book.tokens.insert(
            text.clone(),
            Token {
                audience: Some(audience),
                mailbox: None,
                until: Instant::now().checked_add(Duration::from_secs(lifetime.max(5))),
                state: State::Good,
            },
        );
        let expires = match book.lifetime_as_text {
            true => json!(lifetime.to_string()),
            false => json!(lifetime),
        };
        Ok(
            json!({ "token_type": "Bearer", "expires_in": expires, "ext_expires_in": expires, "access_token": text }),
        )
    }

    fn prove(&self, client: &Client, head: &Parts, form: &Form) -> Result<(), Refusal> {
        match &client.proof {
            Proof::Secret(secret) => match form.get("client_secret") {
                "" => Err(Refusal::new(401, "invalid_client", 7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned())),
                sent if sent == secret => Ok(()),
                _ => Err(Refusal::new(401, "invalid_client", 7_000_215, format!("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.", client.id))),
            },
            Proof::Certificate(file) => {
                let host = head.headers.get("host").and_then(|host| host.to_str().ok());
                let path = head.uri.path();
                let ends = ["http", "https"].map(|scheme| format!("{scheme}://{}{path}", host.unwrap_or_default()));
                if form.get("client_assertion_type")
                    != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                {
                    return Err(Refusal::new(401, "invalid_client", 7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned()));
                }
                let id = assertion::check(form.get("client_assertion"), file, &client.id, &ends)
                    .map_err(|(code, why)| Refusal::new(401, "invalid_client", code, why))?;
                if !self.book().used_ids.insert(id) {
                    return Err(Refusal::new(401, "invalid_client", 50_013, "The assertion was used before.".to_owned()));
                }
                Ok(())
            }
        }
    }

    /// What the side door shows.
    pub fn show(&self) -> Value {
        let book = self.book();
        json!({ "issued": book.issued, "asked": book.asked, "tokens": book.tokens.keys().collect::<Vec<_>>() })
    }

    /// What the side door changes: how long tokens live, what is answered instead, a token that was got elsewhere, and that all
    /// tokens have expired or were revoked.
    pub fn change(&self, sent: &Value) -> Value {
        let mut book = self.book();
        if let Some(lifetime) = sent.get("lifetime").and_then(Value::as_u64) {
            book.lifetime = lifetime;
        }
        if let Some(text) = sent.get("lifetimeAsText").and_then(Value::as_bool) {
            book.lifetime_as_text = text;
        }
        if let Some(refusal) = sent.get("refusal") {
            book.refusal = Some(refusal.clone()).filter(Value::is_object);
        }
        for (key, state) in [("expire", State::Expired), ("revoke", State::Revoked)] {
            if sent.get(key).and_then(Value::as_bool) == Some(true) {
                for token in book.tokens.values_mut() {
                    token.state = state;
                }
            }
        }
        if let Some(text) = sent.get("grant").and_then(Value::as_str) {
            let mailbox = sent.get("mailbox").and_then(Value::as_str);
            book.tokens.insert(
                text.to_owned(),
                Token {
                    audience: None,
                    mailbox: mailbox.map(str::to_owned),
                    until: None,
                    state: State::Good,
                },
            );
        }
        json!({})
    }
}

/// Why a request for a token is refused, in the form of Entra ID.
struct Refusal {
    status: u16,
    error: String,
    code: u64,
    description: String,
}

impl Refusal {
    fn new(status: u16, error: &str, code: u64, description: String) -> Self {
        Self {
            status,
            error: error.to_owned(),
            code,
            description,
        }
    }

    fn planted(sent: &Value) -> Self {
        let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| sent.get(name).and_then(Value::as_u64).unwrap_or_default();
        Self {
            status: u16::try_from(number("status")).unwrap_or(400),
            error: text("error").to_owned(),
            code: number("code"),
            description: text("description").to_owned(),
        }
    }

    fn body(&self) -> Value {
        let trace = "0d1b5a5c-0000-4000-8000-00000000c0de";
        json!({
            "error": self.error,
            "error_description": format!("AADSTS{}: {} Trace ID: {trace} Correlation ID: {trace} Timestamp: 2026-01-01 00:00:00Z", self.code, self.description),
            "error_codes": [self.code],
            "trace_id": trace,
            "correlation_id": trace,
        })
    }
}

/// The resource of a scope `<resource>/.default`, or of AD FS's parameter `resource`.
fn audience(form: &Form) -> Result<String, Refusal> {
    let (scope, resource) = (form.get("scope"), form.get("resource"));
    let named = match scope.strip_suffix("/.default") {
        Some(audience) => audience,
        None if scope.is_empty() && !resource.is_empty() => resource,
        None => {
            return Err(Refusal::new(
                400,
                "invalid_scope",
                1_002_012,
                format!(
                    "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
                ),
            ));
        }
    };
    Ok(named.trim_end_matches('/').to_ascii_lowercase())
}

/// A token that nobody had before, of the length that real ones have.
fn fresh(tenant: &str, number: u64) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let time = time.map_or(0, |time| time.as_nanos());
    let seed = format!("{tenant} {number} {time} {}", std::process::id());
    let mut text = "sim.".to_owned();
    for part in 0..16 {
        let hash = digest::digest(&digest::SHA512, format!("{seed} {part}").as_bytes());
        text.push_str(&URL_SAFE_NO_PAD.encode(hash.as_ref()));
    }
    text
}
