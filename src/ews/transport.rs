//! One HTTP client, one connection kept alive, one request at a time sent exactly once.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use reqwest::blocking::{Client, Response};
use reqwest::{StatusCode, Url, redirect, retry};

use super::clock::ServerClock;
use super::config::{Access, ConfigError, EwsConfig};
use super::failure::{Circumstances, TooLarge};
use super::tls;
use super::wire::{
    self, CodeClass, Context, Message, Operation, SchemaVersion, WireError, class_of,
};
use crate::sync::clock::Skew;
use crate::sync::error::{RemoteClass, RemoteError};

/// How much of a page that is no answer of EWS is looked at.
const PAGE_BYTES: u64 = 64 << 10;

/// Sends operations and reads their answers as streams.
pub(super) struct Transport {
    config: EwsConfig,
    url: Url,
    host: String,
    /// The client and the process that it belongs to. Its thread does not exist in a forked child.
    client: Mutex<Option<(u32, Client)>>,
    requests: AtomicU64,
    /// Whether the server did not understand the newest schema version.
    old_schema: AtomicBool,
    clock: ServerClock,
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
    pub(super) fn new(config: EwsConfig) -> Result<Self, ConfigError> {
        let url = config.check()?;
        let host = match config.proxy_host() {
            Some(proxy) => format!("{} by way of the proxy {proxy}", name_of(&url)),
            None => name_of(&url),
        };
        Ok(Self {
            config,
            url,
            host,
            client: Mutex::new(None),
            requests: AtomicU64::new(0),
            old_schema: AtomicBool::new(false),
            clock: ServerClock::default(),
        })
    }

    pub(super) const fn config(&self) -> &EwsConfig {
        &self.config
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
        deadline: Option<Instant>,
        on_message: &mut dyn FnMut(Message<O::Part>),
    ) -> Result<Answered, RemoteError> {
        let old = self.old_schema.load(Ordering::Relaxed);
        let first = self.attempt(operation, old, deadline, on_message);
        match first {
            Err(error) if !old && has_class(&error, CodeClass::Version) => {
                self.old_schema.store(true, Ordering::Relaxed);
                self.attempt(operation, true, deadline, on_message)
            }
            other => other,
        }
    }

    fn attempt<O: Operation>(
        &self,
        operation: &O,
        old_schema: bool,
        deadline: Option<Instant>,
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
        let asked = SystemTime::now();
        let response = self.post(body, &own_id, deadline)?;
        self.clock
            .observe(response.headers(), asked, SystemTime::now());
        let (status, headers) = (response.status(), response.headers().clone());
        let circumstances = Circumstances::of_answer(&self.host, &own_id, status, &headers);
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
        let mut answer = Limited {
            inner: response,
            left: self.config.max_answer_bytes,
        };
        let read = wire::read::<O>(BufReader::with_capacity(64 << 10, &mut answer), on_message);
        read.map_err(|error| circumstances.wire_error(error))?;
        // What follows the envelope is read away, so that the connection can be used again.
        let _ = io::copy(&mut answer.take(PAGE_BYTES), &mut io::sink());
        Ok(Answered(circumstances))
    }

    fn post(
        &self,
        body: Vec<u8>,
        own_id: &str,
        deadline: Option<Instant>,
    ) -> Result<Response, RemoteError> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(self.config.request_timeout, |left| {
            left.min(self.config.request_timeout)
        });
        if timeout.is_zero() {
            return Err(RemoteError::new(
                RemoteClass::Transient,
                "the time budget was used up before the request was sent",
            ));
        }
        let client = self.client(std::process::id())?;
        let mut request = client
            .post(self.url.clone())
            .basic_auth(&self.config.username, Some(self.config.password.reveal()))
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("Accept", "text/xml")
            .header("client-request-id", own_id)
            .header("return-client-request-id", "true")
            .timeout(timeout)
            .body(body);
        if let Some(mailbox) = &self.config.mailbox {
            request = request.header("X-AnchorMailbox", mailbox);
        } else if self.config.username.contains('@') && self.config.username.is_ascii() {
            request = request.header("X-AnchorMailbox", &self.config.username);
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        request.send().map_err(|error| {
            let circumstances = Circumstances {
                host: self.host.clone(),
                request_id: Some(own_id.to_owned()),
                ..Circumstances::default()
            };
            circumstances.send_error(&error)
        })
    }

    /// The client of this process, made when there is none yet.
    fn client(&self, process: u32) -> Result<Client, RemoteError> {
        let mut kept = match self.client.lock() {
            Ok(kept) => kept,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some((owner, client)) = kept.as_ref()
            && *owner == process
        {
            return Ok(client.clone());
        }
        let client = self.build()?;
        leave(kept.replace((process, client.clone())), process);
        Ok(client)
    }

    /// Whether there is TLS on the way.
    fn is_encrypted(&self) -> bool {
        let proxy = self.config.proxy.as_ref();
        let by_tls = |url: &str| url.to_ascii_lowercase().starts_with("https:");
        self.url.scheme() == "https" || proxy.is_some_and(|proxy| by_tls(proxy.reveal()))
    }

    fn build(&self) -> Result<Client, RemoteError> {
        let builder = Client::builder()
            .user_agent(concat!("ExchangeContactSync/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(redirect::Policy::none())
            .referer(false)
            // Not even a refusal on the level of the protocol may send a CreateItem twice.
            .retry(retry::never())
            // Which of several servers behind one name keeps the mailbox at hand.
            .cookie_store(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .connect_timeout(self.config.connect_timeout)
            .timeout(self.config.request_timeout);
        let builder = tls::equip(builder, &self.config, self.is_encrypted())?;
        builder.build().map_err(|error| {
            RemoteError::new(
                RemoteClass::Config,
                format!(
                    "the connection to {} cannot be prepared: {error}",
                    self.host
                ),
            )
        })
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Ok(kept) = self.client.get_mut() {
            leave(kept.take(), std::process::id());
        }
    }
}

/// A server as people write it.
fn name_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

/// Lets a client go. One of another process is forgotten: dropping it would wait for a thread that was not forked.
fn leave(client: Option<(u32, Client)>, process: u32) {
    if let Some((owner, client)) = client
        && owner != process
    {
        std::mem::forget(client);
    }
}

/// Whether the code behind an error is of this class.
fn has_class(error: &RemoteError, class: CodeClass) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| class_of(code) == class)
}

fn read_page(response: Response) -> Vec<u8> {
    let mut page = Vec::new();
    // A page that breaks off says as much as it says.
    let _ = response.take(PAGE_BYTES).read_to_end(&mut page);
    page
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

/// A reader that fails when the answer is larger than it may be.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn another_process_gets_another_client() {
        let config = EwsConfig::new("http://127.0.0.1/", "u", crate::ews::Secret::new("p"));
        let transport = Transport::new(config).unwrap();
        let owner = |transport: &Transport| {
            let kept = transport.client.lock().unwrap();
            kept.as_ref().map(|(owner, _)| *owner)
        };
        assert_eq!(owner(&transport), None);
        transport.client(1).unwrap();
        transport.client(1).unwrap();
        assert_eq!(owner(&transport), Some(1));
        transport.client(2).unwrap();
        assert_eq!(owner(&transport), Some(2));
    }

    #[test]
    fn an_answer_larger_than_the_limit_is_an_error() {
        let read = |left| {
            let mut out = Vec::new();
            let mut limited = Limited {
                inner: &b"12345"[..],
                left,
            };
            limited.read_to_end(&mut out).map_err(|error| {
                assert!(error.get_ref().unwrap().is::<TooLarge>());
            })
        };
        assert_eq!(read(5), Ok(5));
        assert_eq!(read(4), Err(()));
    }
}
