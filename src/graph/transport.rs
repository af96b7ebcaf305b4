//! Requests with a token over one connection that is kept, each sent exactly once.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value as Json;

use super::config::GraphConfig;
use super::failure::Reply;
use crate::runtime::Kept;
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;
use crate::web::circumstances::Circumstances;
use crate::web::client::{self, Client, Response};
use crate::web::clock::ServerClock;
use crate::web::idle::Idle;
use crate::web::limited::Limited;
use crate::web::limits::Limits;
use crate::web::oauth::{Bearers, Challenge, Means};
use crate::web::request_id::fresh_id;
use crate::web::{ConfigError, tls};

/// How long a connection is kept that nobody uses.
const KEPT_IDLE: Duration = Duration::from_secs(60);

/// What is sent along with a request.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Json(Json),
    /// Bytes of a media type.
    Bytes(&'static str, Bytes),
}

impl Body {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Bytes(kind, _) => kind,
        }
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Json(json) => json.to_string().into(),
            Self::Bytes(_, bytes) => bytes.clone(),
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
    /// Connections that no call uses right now.
    idle: Idle<Client>,
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
            idle: Idle::default(),
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
        self.bearers.show(
            means,
            |shown| self.with_token(request, shown, limits),
            |reply| reply.wants_another_token,
            drop,
            |error| error,
        )
    }

    fn with_token(
        &self,
        request: &Request,
        shown: HeaderValue,
        limits: &Limits,
    ) -> Result<Reply, RemoteError> {
        let own_id = fresh_id();
        let headers = headers(request, shown, &own_id)?;
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
            outgoing = outgoing.body(body.bytes());
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
        self.idle.give_back(kept);
        reply
    }

    fn read(&self, response: Response, own_id: &str) -> Result<Reply, RemoteError> {
        let status = response.status();
        let headers = response.headers().clone();
        let known = Circumstances::of_answer(&self.host(), own_id, status, &headers);
        let mut bytes = Vec::new();
        let read = Limited::new(response, self.config.max_answer_bytes).read_to_end(&mut bytes);
        read.map_err(|error| known.read_error(&error))?;
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
        let mut reply = Reply {
            status: status.as_u16(),
            is_of_graph: false,
            wants_another_token: false,
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
        reply.wants_another_token = status == StatusCode::UNAUTHORIZED
            && (reply.has_code("InvalidAuthenticationToken")
                || Challenge::of(&headers).wants_another());
        Ok(reply)
    }

    fn take(&self) -> Result<Kept<Client>, RemoteError> {
        if let Some(client) = self.idle.take() {
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
}

fn headers(request: &Request, shown: HeaderValue, own_id: &str) -> Result<HeaderMap, RemoteError> {
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
        put("content-type", body.kind())?;
    }
    headers.insert("authorization", shown);
    Ok(headers)
}
