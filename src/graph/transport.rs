//! Requests with a token over one connection that is kept, each sent exactly once.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value as Json;

use super::config::GraphConfig;
use super::failure::{self, Reply};
use crate::runtime::Kept;
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;
use crate::web::circumstances::{Circumstances, is_given_up, is_timeout, is_too_large};
use crate::web::client::{self, Client, Response};
use crate::web::clock::ServerClock;
use crate::web::limited::Limited;
use crate::web::limits::Limits;
use crate::web::oauth::{Bearers, Challenge, Means};
use crate::web::request_id::fresh_id;
use crate::web::{ConfigError, Secret, tls};

/// How long a connection is kept that nobody uses.
const KEPT_IDLE: Duration = Duration::from_secs(60);

/// How many connections wait for the next call: one, and one more for a pull that reads ahead.
const IDLE: usize = 2;

/// What is sent along with a request.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) kind: &'static str,
    pub(super) bytes: Bytes,
}

impl Body {
    /// A value as JSON.
    pub(super) fn json(value: &Json) -> Self {
        Self {
            kind: "application/json",
            bytes: value.to_string().into(),
        }
    }
}

/// A request without its token.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
}

/// Sends requests and reads their answers.
pub(super) struct Transport {
    config: GraphConfig,
    server: Url,
    bearers: Bearers,
    /// Connections that no call uses right now. A forked child has none.
    idle: Mutex<Vec<Kept<Client>>>,
    requests: AtomicU64,
    clock: ServerClock,
    /// What the processes share.
    cache: Arc<dyn Cache>,
}

impl Transport {
    pub(super) fn new(config: GraphConfig, cache: Arc<dyn Cache>) -> Result<Self, ConfigError> {
        let server = config.check()?;
        Ok(Self {
            bearers: Bearers::new(&config.tokens, &server)?,
            server,
            config,
            idle: Mutex::new(Vec::new()),
            requests: AtomicU64::new(0),
            clock: ServerClock::default(),
            cache,
        })
    }

    pub(super) const fn config(&self) -> &GraphConfig {
        &self.config
    }

    pub(super) const fn server(&self) -> &Url {
        &self.server
    }

    pub(super) fn cache(&self) -> &dyn Cache {
        self.cache.as_ref()
    }

    /// How far the server's clock is ahead of this machine's.
    pub(super) fn clock(&self) -> Option<Skew> {
        self.clock.skew()
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The server, as messages name it.
    pub(super) fn host(&self) -> String {
        let name = self.server.host_str().unwrap_or_default();
        match self.config.web.proxy_host() {
            Some(proxy) => format!("{name} by way of the proxy {proxy}"),
            None => name.to_owned(),
        }
    }

    fn means<'a>(&'a self, until: Instant, limits: &'a Limits) -> Means<'a> {
        Means {
            config: &self.config.web,
            service: &self.server,
            cache: self.cache.as_ref(),
            deadline: Some(until),
            interrupt: &limits.interrupt,
        }
    }

    /// Gets a token, and sends nothing.
    pub(super) fn ask_for_token(&self, limits: &Limits) -> Result<(), RemoteError> {
        let until = limits.until(self.config.web.request_timeout)?;
        self.bearers
            .bearer(None, self.means(until, limits))
            .map(|_| ())
    }

    /// Sends a request once, and once more only with another token where the first one was refused, and reads its answer to the end.
    ///
    /// # Errors
    /// When there is no answer, or one that is none of Graph's. An answer that says no is none.
    pub(super) fn send(&self, request: &Request, limits: &Limits) -> Result<Reply, RemoteError> {
        let until = limits.until(self.config.web.request_timeout)?;
        let means = self.means(until, limits);
        let limits = &Limits {
            deadline: Some(until),
            interrupt: limits.interrupt.clone(),
        };
        let first = self.bearers.bearer(None, means)?;
        let reply = self.with_token(request, &first.token, limits)?;
        let refused = reply.status == StatusCode::UNAUTHORIZED.as_u16();
        if !refused || first.fresh || !reply.wants_another_token {
            return Ok(reply);
        }
        let second = self.bearers.bearer(Some(&first.token), means)?;
        if second.token == first.token {
            return Ok(reply);
        }
        self.with_token(request, &second.token, limits)
    }

    fn with_token(
        &self,
        request: &Request,
        token: &Secret,
        limits: &Limits,
    ) -> Result<Reply, RemoteError> {
        let own_id = fresh_id();
        let headers = headers(request, token, &own_id)?;
        let left = limits.until(self.config.web.request_timeout)?;
        let mut kept = self.take()?;
        let client = kept.get().ok_or_else(|| {
            RemoteError::new(
                RemoteClass::Transient,
                "the process was forked in the middle of a request",
            )
        })?;
        let left = left.saturating_duration_since(Instant::now());
        let mut outgoing = client
            .request(request.method.clone(), request.url.clone())
            .headers(headers)
            .timeout(left);
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.bytes.clone());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let asked = SystemTime::now();
        let answer = client.send(outgoing, &limits.interrupt);
        let reply = match answer {
            Ok(response) => {
                self.clock
                    .observe(response.headers(), asked, SystemTime::now());
                self.read(response, &own_id)
            }
            Err(why) => {
                let circumstances = Circumstances {
                    host: self.host(),
                    request_id: Some(own_id),
                    ..Circumstances::default()
                };
                Err(circumstances.no_answer(&why))
            }
        };
        self.give_back(kept);
        reply
    }

    fn read(&self, response: Response, own_id: &str) -> Result<Reply, RemoteError> {
        let status = response.status();
        let headers = response.headers().clone();
        let known = Circumstances::of_answer(&self.host(), own_id, status, &headers);
        let mut bytes = Vec::new();
        let read = Limited::new(response, self.config.max_answer_bytes).read_to_end(&mut bytes);
        if let Err(error) = read {
            if is_given_up(&error) {
                return Err(known.given_up());
            }
            let host = &known.host;
            let (class, message) = if is_timeout(&error) {
                (
                    RemoteClass::Transient,
                    format!("the answer of {host} did not arrive in time"),
                )
            } else if is_too_large(&error) {
                (
                    RemoteClass::Permanent,
                    format!(
                        "the answer of {host} is larger than the limit; fetch fewer contacts at a time"
                    ),
                )
            } else {
                (
                    RemoteClass::Transient,
                    format!("the answer of {host} broke off in the middle"),
                )
            };
            return Err(RemoteError {
                outcome_unknown: true,
                ..known.error(class, message)
            });
        }
        let kind = headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if status.is_success() && kind.starts_with("text/") {
            let message = format!(
                "{} answers, but not as Graph does: check exchange.url, and whether a log-in page or a proxy stands before it",
                known.host
            );
            return Err(RemoteError {
                outcome_unknown: true,
                ..known.error(RemoteClass::Config, message)
            });
        }
        let challenge = Challenge::of(&headers);
        let mut reply = Reply {
            status: status.as_u16(),
            is_of_graph: false,
            wants_another_token: challenge.wants_another(),
            retry_after: failure::retry_after(&headers),
            circumstances: known,
            body: Json::Null,
            bytes,
        };
        if kind.starts_with("application/json") {
            match serde_json::from_slice(&reply.bytes) {
                Ok(body) => {
                    reply.body = body;
                    reply.bytes = Vec::new();
                    reply.is_of_graph = !reply.code().is_empty();
                }
                Err(_) if reply.is_success() => return Err(reply.garbled("no JSON")),
                Err(_) => {}
            }
        }
        reply.wants_another_token |= reply.code() == "InvalidAuthenticationToken";
        Ok(reply)
    }

    fn take(&self) -> Result<Kept<Client>, RemoteError> {
        let waiting = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(Kept::is_ours);
            idle.pop()
        };
        if let Some(client) = waiting {
            return Ok(client);
        }
        let builder = client::builder(&self.config.web)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(KEPT_IDLE)
            .timeout(self.config.web.request_timeout);
        let encrypted = self.server.scheme() == "https" || self.config.web.proxy.is_some();
        let client = Client::new(tls::equip(builder, &self.config.web, encrypted)?);
        client.map(Kept::new).map_err(|error| {
            RemoteError::new(
                RemoteClass::Config,
                format!(
                    "the connection to {} cannot be prepared: {error}",
                    self.host()
                ),
            )
        })
    }

    fn give_back(&self, client: Kept<Client>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(client);
        let surplus = (idle.len() > IDLE).then(|| idle.remove(0));
        drop(idle);
        drop(surplus);
    }
}

fn headers(request: &Request, token: &Secret, own_id: &str) -> Result<HeaderMap, RemoteError> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| {
        let value = HeaderValue::try_from(value).map_err(|_| {
            RemoteError::new(
                RemoteClass::Permanent,
                format!("what belongs into {name} cannot be sent in a header"),
            )
        })?;
        headers.append(HeaderName::from_static(name), value);
        Ok::<_, RemoteError>(())
    };
    put("accept", "application/json")?;
    put("client-request-id", own_id)?;
    put("return-client-request-id", "true")?;
    for (name, value) in &request.headers {
        put(name, value)?;
    }
    if let Some(body) = &request.body {
        put("content-type", body.kind)?;
    }
    let shown = HeaderValue::try_from(format!("Bearer {}", token.reveal()));
    let mut shown = shown
        .map_err(|_| RemoteError::new(RemoteClass::Auth, "the token cannot be sent in a header"))?;
    shown.set_sensitive(true);
    headers.insert("authorization", shown);
    Ok(headers)
}
