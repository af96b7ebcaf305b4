//! One connection kept alive, one request at a time, each sent exactly once.

mod bearer;
mod discovery;
mod handshake;
mod kerberos;
mod knock;
mod line;
mod lines;
mod sending;
mod standing;

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::{StatusCode, Url};

use super::autodiscover::{Discovery, online};
use super::config::{Access, EwsConfig};
use super::endpoint::{Endpoint, has_moved, is_lost};
use super::failure::Circumstances;
use super::login::Login;
use super::wire::{
    self, CodeClass, Context, Message, Operation, ResponseError, SchemaVersion, WireError, class_of,
};
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;
use crate::web::ConfigError;
use crate::web::circumstances::Circumstances as Known;
use crate::web::clock::ServerClock;
use crate::web::idle::Idle;
use crate::web::limited::{Limited, PAGE_BYTES, read_page};
use crate::web::limits::Limits;
use crate::web::oauth::Bearers;
use crate::web::request_id::fresh_id;
pub(super) use knock::Knocked;
use line::{Line, Outgoing};

/// How long the end of an answer may take that has said everything.
const LAST: Duration = Duration::from_millis(200);

/// Sends operations and reads their answers as streams.
pub(super) struct Transport {
    config: EwsConfig,
    endpoint: Endpoint,
    /// What tokens are for: the configured address, or Exchange Online where it has to be found.
    service: Option<Url>,
    /// Lines that no call uses right now.
    idle: Idle<Line>,
    requests: AtomicU64,
    /// Whether the server did not understand the newest schema version.
    old_schema: AtomicBool,
    clock: ServerClock,
    /// The tokens, for a log-in by OAuth.
    bearers: Option<Bearers>,
    /// What the processes share.
    cache: Arc<dyn Cache>,
}

/// What the messages of an answer came with.
pub(super) struct Answered(Circumstances);

impl Answered {
    /// The error of one entry, with what is known of the request.
    pub(super) fn error(&self, error: &wire::ResponseError) -> RemoteError {
        self.0.response_error(error)
    }

    /// The error for an answer that lacks something.
    pub(super) fn incomplete(&self, what: &'static str) -> RemoteError {
        self.0.wire_error(WireError::Incomplete(what))
    }
}

impl Transport {
    pub(super) fn new(config: EwsConfig, cache: Arc<dyn Cache>) -> Result<Self, ConfigError> {
        let (endpoint, service) = match config.check()? {
            Some(url) => (Endpoint::Fixed(url.clone()), Some(url)),
            None => (Endpoint::sought(&config, Arc::clone(&cache)), online()),
        };
        let bearers = match (&config.login, &service) {
            (Login::OAuth(source), Some(service)) => Some(Bearers::new(source, service)?),
            (
                Login::OAuth(_) | Login::Basic(_) | Login::Ntlm { .. } | Login::Kerberos { .. },
                _,
            ) => None,
        };
        Ok(Self {
            config,
            endpoint,
            service,
            idle: Idle::default(),
            requests: AtomicU64::new(0),
            old_schema: AtomicBool::new(false),
            clock: ServerClock::default(),
            bearers,
            cache,
        })
    }

    pub(super) const fn config(&self) -> &EwsConfig {
        &self.config
    }

    /// Whether the address is looked for by Autodiscover.
    pub(super) fn is_sought(&self) -> bool {
        self.endpoint.is_sought()
    }

    pub(super) fn cache(&self) -> &dyn Cache {
        self.cache.as_ref()
    }

    /// The server that Autodiscover has found, as messages name it.
    pub(super) fn found(&self) -> Option<String> {
        self.endpoint.found().map(|url| self.host(&url))
    }

    /// How far the server's clock is ahead of this machine's.
    pub(super) fn clock(&self) -> Option<Skew> {
        self.clock.skew()
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends an operation once and gives the messages of its answer as they are read. Only when the server
    /// refuses the schema version, and so has done nothing, it is sent again with an older one.
    pub(super) fn call<O: Operation>(
        &self,
        operation: &O,
        limits: &Limits,
        on_message: &mut dyn FnMut(Message<O::Part>),
    ) -> Result<Answered, RemoteError> {
        let search = |discovery: &Discovery| self.search(discovery, limits);
        let url = self.endpoint.url(search)?;
        match self.at(&url, operation, limits, on_message) {
            // Nothing was executed where there is nothing.
            Err(error) if is_lost(&error) => match self.endpoint.instead(&url, search) {
                Some(other) => self.at(&other, operation, limits, on_message),
                None => Err(error),
            },
            other => other,
        }
    }

    /// The same at an address.
    fn at<O: Operation>(
        &self,
        url: &Url,
        operation: &O,
        limits: &Limits,
        on_message: &mut dyn FnMut(Message<O::Part>),
    ) -> Result<Answered, RemoteError> {
        let mut moved = false;
        let mut listen = |message: Message<O::Part>| {
            let code = message.error.as_ref().map(ResponseError::effective_code);
            moved |= code.is_some_and(has_moved);
            on_message(message);
        };
        let old = self.old_schema.load(Ordering::Relaxed);
        let first = self.attempt(url, operation, old, limits, &mut listen);
        let answered = match first {
            Err(error) if !old && has_class(&error, CodeClass::Version) => {
                self.old_schema.store(true, Ordering::Relaxed);
                self.attempt(url, operation, true, limits, &mut listen)
            }
            other => other,
        };
        self.endpoint.learn(url, moved, answered.as_ref().err());
        answered
    }

    /// The server, as messages name it.
    fn host(&self, url: &Url) -> String {
        let mut name = name_of(url);
        if self.endpoint.is_sought() {
            name.push_str(" (found by Autodiscover)");
        }
        match self.config.web.proxy_host() {
            Some(proxy) => format!("{name} by way of the proxy {proxy}"),
            None => name,
        }
    }

    fn attempt<O: Operation>(
        &self,
        url: &Url,
        operation: &O,
        old_schema: bool,
        limits: &Limits,
        on_message: &mut dyn FnMut(Message<O::Part>),
    ) -> Result<Answered, RemoteError> {
        let context = Context {
            version: if old_schema {
                SchemaVersion::Exchange2010Sp2
            } else {
                SchemaVersion::Exchange2013Sp1
            },
            impersonate: match self.config.access {
                Access::Impersonation => self.config.mailbox.clone(),
                Access::Own | Access::Delegate => None,
            },
        };
        let body = wire::write(&context, operation).map_err(|error| {
            RemoteError::new(
                RemoteClass::Permanent,
                format!("the request could not be written: {error}"),
            )
        })?;
        let own_id = fresh_id();
        let outgoing = self.outgoing(url, body, &own_id, limits)?;
        let mut kept = self.take_line(url)?;
        let line = kept.get().ok_or_else(forked)?;
        let answered = self.over::<O>(line, &outgoing, &own_id, on_message);
        self.idle.give_back(kept);
        answered
    }

    /// Sends a request over a line and reads its answer to the end.
    fn over<O: Operation>(
        &self,
        line: &mut Line,
        outgoing: &Outgoing,
        own_id: &str,
        on_message: &mut dyn FnMut(Message<O::Part>),
    ) -> Result<Answered, RemoteError> {
        let asked = SystemTime::now();
        let (response, login) = self.post(line, outgoing, own_id)?;
        self.clock
            .observe(response.headers(), asked, SystemTime::now());
        let (status, headers) = (response.status(), response.headers().clone());
        let circumstances = Circumstances {
            known: Known::of_answer(&self.host(&outgoing.url), own_id, status, &headers),
            login: (self.config.login.scheme(), login),
        };
        if status != StatusCode::OK {
            let page = read_page(response);
            return Err(match wire::read::<O>(page.as_slice(), &mut |_| {}) {
                Err(WireError::Fault(fault)) => circumstances.response_error(&fault),
                Ok(()) | Err(_) => {
                    let page = String::from_utf8_lossy(&page);
                    circumstances.status_error(status, &headers, &page)
                }
            });
        }
        let mut answer = Limited::new(response, self.config.max_answer_bytes);
        let read = wire::read::<O>(BufReader::with_capacity(64 << 10, &mut answer), on_message);
        read.map_err(|error| circumstances.wire_error(error))?;
        // What follows the envelope is read away, so that the connection can be used again; one that drips is not waited for.
        answer.inner().end_within(LAST);
        let _ = io::copy(&mut answer.take(PAGE_BYTES), &mut io::sink());
        Ok(Answered(circumstances))
    }
}

fn forked() -> RemoteError {
    RemoteError::new(
        RemoteClass::Transient,
        "the process was forked in the middle of a request",
    )
}

/// A server as people write it.
fn name_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

/// Whether the code behind an error is of this class.
fn has_class(error: &RemoteError, class: CodeClass) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| class_of(code) == class)
}
