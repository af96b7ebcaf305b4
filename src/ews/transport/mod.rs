//! One connection kept alive, one request at a time, each sent exactly once.

mod bearer;
mod discovery;
mod handshake;
mod kerberos;
mod knock;
mod limited;
mod line;
mod opened;
mod standing;

use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};

use super::autodiscover::{Discovery, online};
use super::clock::ServerClock;
use super::config::{Access, ConfigError, EwsConfig};
use super::endpoint::{Endpoint, has_moved, is_lost};
use super::failure::Circumstances;
use super::http::Response;
use super::limits::Limits;
use super::login::{Account, Attempt, Login};
use super::oauth::{Bearers, Means};
use super::wire::{
    self, CodeClass, Context, Message, Operation, ResponseError, SchemaVersion, WireError, class_of,
};
use crate::runtime::Kept;
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;
use handshake::{Failed, Let};
pub(super) use knock::Knocked;
use limited::{Limited, PAGE_BYTES, read_page};
use line::{Line, Outgoing};

/// How many lines wait for the next call: one, and one more for a pull that reads ahead.
const IDLE_LINES: usize = 2;

/// How long the end of an answer may take that has said everything.
const LAST: Duration = Duration::from_millis(200);

/// Sends operations and reads their answers as streams.
pub(super) struct Transport {
    config: EwsConfig,
    endpoint: Endpoint,
    /// What tokens are for: the configured address, or Exchange Online where it has to be found.
    service: Option<Url>,
    /// Lines that no call uses right now. A forked child has none: their threads do not exist in it.
    idle: Mutex<Vec<Kept<Line>>>,
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
            idle: Mutex::new(Vec::new()),
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
        match self.config.proxy_host() {
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
        self.give_back(kept);
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
            login: (self.config.login.scheme(), login),
            ..Circumstances::of_answer(&self.host(&outgoing.url), own_id, status, &headers)
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

    /// A request with all but its log-in.
    fn outgoing(
        &self,
        url: &Url,
        body: Vec<u8>,
        own_id: &str,
        limits: &Limits,
    ) -> Result<Outgoing, RemoteError> {
        let now = Instant::now();
        if limits.interrupt.is_asked() {
            return Err(RemoteError::interrupted(
                "the request was not sent: the call was asked to end",
            ));
        }
        let most = now.checked_add(self.config.request_timeout).unwrap_or(now);
        let until = limits.deadline.map_or(most, |deadline| deadline.min(most));
        if until <= now {
            return Err(RemoteError::new(
                RemoteClass::Transient,
                "the time budget was used up before the request was sent",
            ));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("Accept", "text/xml"),
            ("return-client-request-id", "true"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let username = self.config.login.username();
        let anchor = match &self.config.mailbox {
            Some(mailbox) => Some(mailbox.as_str()),
            None => Some(username).filter(|username| username.contains('@')),
        };
        let ids = [
            ("client-request-id", Some(own_id)),
            ("X-AnchorMailbox", anchor),
        ];
        for (name, value) in ids {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        Ok(Outgoing {
            url: url.clone(),
            headers,
            body,
            until,
            interrupt: limits.interrupt.clone(),
        })
    }

    /// Sends a request once, logged in.
    fn post(
        &self,
        line: &mut Line,
        outgoing: &Outgoing,
        own_id: &str,
    ) -> Result<(Response, Attempt), RemoteError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.let_in(line, outgoing).map_err(|failed| {
            let circumstances = Circumstances {
                host: self.host(&outgoing.url),
                request_id: Some(own_id.to_owned()),
                ..Circumstances::default()
            };
            match failed {
                Failed::Sending(error) => circumstances.no_answer(&error),
                Failed::Token(error) => *error,
                Failed::Speaking(why) => {
                    circumstances.login_error(self.config.login.scheme(), &why)
                }
            }
        })
    }

    /// The same with the bare reason of a failure.
    fn let_in(&self, line: &mut Line, outgoing: &Outgoing) -> Let {
        match &self.config.login {
            Login::Basic(account) => {
                let shown = basic(account).map_err(|error| Failed::Speaking(error.message))?;
                let come = line.send(outgoing, Some(shown), outgoing.body.clone());
                come.answer
                    .map(|response| (response, Attempt::Shown))
                    .map_err(Failed::Sending)
            }
            Login::Ntlm {
                account,
                channel_binding,
            } => handshake::ntlm(line, account, *channel_binding, outgoing),
            Login::Kerberos {
                principal,
                channel_binding,
            } => {
                let connect = self.config.connect_timeout;
                kerberos::send(line, principal, *channel_binding, connect, outgoing)
            }
            Login::OAuth(_) => {
                let service = self.service.as_ref().unwrap_or(&outgoing.url);
                let means = Means {
                    config: &self.config,
                    service,
                    cache: self.cache.as_ref(),
                    deadline: Some(outgoing.until),
                    interrupt: &outgoing.interrupt,
                };
                bearer::send(line, self.bearers.as_ref(), outgoing, means)
            }
        }
    }

    /// A line for one call: one that waits, or a new one.
    fn take_line(&self, url: &Url) -> Result<Kept<Line>, RemoteError> {
        let waiting = self.with_idle(|idle| {
            idle.retain(Kept::is_ours);
            idle.pop()
        });
        match waiting {
            Some(line) => Ok(line),
            None => self.new_line(url).map(Kept::new),
        }
    }

    fn new_line(&self, url: &Url) -> Result<Line, RemoteError> {
        Line::new(&self.config, &name_of(url), self.is_encrypted(url))
    }

    fn give_back(&self, line: Kept<Line>) {
        let surplus = self.with_idle(|idle| {
            idle.push(line);
            (idle.len() > IDLE_LINES).then(|| idle.remove(0))
        });
        drop(surplus);
    }

    fn with_idle<T>(&self, act: impl FnOnce(&mut Vec<Kept<Line>>) -> T) -> T {
        match self.idle.lock() {
            Ok(mut idle) => act(&mut idle),
            Err(poisoned) => act(&mut poisoned.into_inner()),
        }
    }

    /// Whether there is TLS on the way.
    pub(super) fn is_encrypted(&self, url: &Url) -> bool {
        let proxy = self.config.proxy.as_ref();
        let by_tls = |url: &str| url.to_ascii_lowercase().starts_with("https:");
        self.endpoint.is_sought()
            || url.scheme() == "https"
            || proxy.is_some_and(|proxy| by_tls(proxy.reveal()))
    }
}

/// Name and password, which are no secret to who sees them (RFC 7617).
fn basic(account: &Account) -> Result<HeaderValue, RemoteError> {
    let pair = format!("{}:{}", account.username, account.password.reveal());
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|error| RemoteError::new(RemoteClass::Config, error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
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

/// A GUID for one request. It needs to be unlike others, not hard to guess.
fn fresh_id() -> String {
    let half = || RandomState::new().hash_one(Instant::now());
    let (high, low) = (half(), half());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        0x8000 | ((low >> 48) & 0x3FFF),
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::ports::NoCache;

    #[test]
    fn ids_look_like_guids_and_differ() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| fresh_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        }
    }

    #[test]
    fn a_line_is_used_again() {
        let config = EwsConfig::basic("http://127.0.0.1/", "u", crate::ews::Secret::new("p"));
        let url = Url::parse(&config.url).unwrap();
        let transport = Transport::new(config, Arc::new(NoCache)).unwrap();
        let waiting = |transport: &Transport| transport.with_idle(|idle| idle.len());
        assert_eq!(waiting(&transport), 0);
        let (first, second) = (transport.take_line(&url), transport.take_line(&url));
        let third = transport.take_line(&url);
        for line in [first, second, third] {
            transport.give_back(line.unwrap());
        }
        assert_eq!(waiting(&transport), IDLE_LINES);
        assert!(transport.take_line(&url).unwrap().is_ours());
        assert_eq!(waiting(&transport), 1);
    }
}
