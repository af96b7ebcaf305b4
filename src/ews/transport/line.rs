//! One line to the server: a client with one connection that is kept, and who is logged in on it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Body, Url};

use super::standing::Standing;
use crate::ews::config::EwsConfig;
use crate::runtime::Interrupt;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::client::{self, Client, NoAnswer, Response};
use crate::web::opened::Opened;
use crate::web::tls;

/// How long a connection is kept that nobody uses. Servers close theirs after two minutes.
pub(super) const KEPT_IDLE: Duration = Duration::from_secs(60);

/// Used by one call at a time.
pub(super) struct Line {
    client: Client,
    opened: Opened,
    /// Who is logged in on the connection, for log-ins that belong to a connection.
    pub(super) standing: Standing,
    /// Whether the server was asked for its ways of logging in, for those that need not ask each time.
    pub(super) asked: bool,
    /// What a log-in is bound to at the server that answered last.
    pub(super) end_point: Option<Vec<u8>>,
}

/// A request without its log-in.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// When the answer has to be there.
    pub(super) until: Instant,
    /// What ends the wait for it.
    pub(super) interrupt: Interrupt,
}

/// An answer, and over what it came.
pub(super) struct Come {
    /// The answer, or why there is none.
    pub(super) answer: Result<Response, NoAnswer>,
    /// Whether a connection had to be opened for it.
    pub(super) anew: bool,
}

impl Line {
    pub(super) fn new(
        config: &EwsConfig,
        host: &str,
        encrypted: bool,
    ) -> Result<Self, RemoteError> {
        let opened = Opened::default();
        let builder = client::builder(&config.web)
            // Which of several servers behind one name keeps the mailbox at hand.
            .cookie_store(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(KEPT_IDLE)
            .tls_info(true)
            .connector_layer(opened.clone())
            .timeout(config.web.request_timeout);
        let client =
            Client::new(tls::equip(builder, &config.web, encrypted)?).map_err(|error| {
                RemoteError::new(
                    RemoteClass::Config,
                    format!("the connection to {host} cannot be prepared: {error}"),
                )
            })?;
        Ok(Self {
            client,
            opened,
            standing: Standing::default(),
            asked: false,
            end_point: None,
        })
    }

    /// One request, one answer.
    pub(super) fn send(
        &self,
        outgoing: &Outgoing,
        authorization: Option<HeaderValue>,
        body: impl Into<Body>,
    ) -> Come {
        let before = self.opened.count();
        let mut request = self
            .client
            .post(outgoing.url.clone())
            .headers(outgoing.headers.clone())
            .timeout(outgoing.until.saturating_duration_since(Instant::now()))
            .body(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let answer = self.client.send(request, &outgoing.interrupt);
        Come {
            answer,
            anew: self.opened.count() > before,
        }
    }

    /// A look at a place, without a log-in.
    pub(super) fn look(
        &self,
        url: &Url,
        until: Instant,
        interrupt: &Interrupt,
    ) -> Result<Response, NoAnswer> {
        let timeout = until.saturating_duration_since(Instant::now());
        let request = self.client.get(url.clone()).timeout(timeout);
        self.client.send(request, interrupt)
    }
}
