//! An HTTP client whose requests can be given up at any moment; their connection is then closed.
//!
//! The client of reqwest for blocking callers waits until an answer comes or its time is up, whatever the caller is asked meanwhile.

use std::future::{Future as _, poll_fn};
use std::io::{self, Cursor, Read};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::tls::TlsInfo;
use reqwest::{ClientBuilder, RequestBuilder, StatusCode, Url, redirect, retry};

use super::WebConfig;
use crate::runtime::{Beside, Interrupt, NoResult};

/// So much of an answer is read at a time.
const PIECE: usize = 64 << 10;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// It failed.
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
    /// It was given up.
    #[error(transparent)]
    GivenUp(#[from] GivenUp),
}

impl NoAnswer {
    /// Whether the connection was there and broke.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Failed(error) => !error.is_connect() && !error.is_timeout(),
            Self::GivenUp(_) => false,
        }
    }
}

/// A request that was given up in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request was given up")]
pub(crate) struct GivenUp;

impl From<NoResult> for GivenUp {
    fn from(_: NoResult) -> Self {
        Self
    }
}

/// What every client of ours is: it speaks HTTP/1.1, follows nothing, and sends nothing twice.
pub(crate) fn builder(config: &WebConfig) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("ExchangeContactSync/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .redirect(redirect::Policy::none())
        .referer(false)
        // Not even a refusal on the level of the protocol may send a CreateItem twice.
        .retry(retry::never())
        .tcp_nodelay(true)
        .connect_timeout(config.connect_timeout)
}

/// A client with its connections and the thread that keeps them.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: reqwest::Client,
    beside: Arc<Beside>,
}

impl Client {
    /// Makes the client; opens no connection.
    ///
    /// # Errors
    /// When what the builder was told cannot be used, or the system refuses a thread.
    pub(crate) fn new(builder: ClientBuilder) -> Result<Self, ClientError> {
        Ok(Self {
            inner: builder.build()?,
            beside: Arc::new(Beside::start("exchange-http")?),
        })
    }

    /// A request that is yet to be sent.
    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.inner.post(url)
    }

    /// A question for a page, yet to be sent.
    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.inner.get(url)
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// When it fails, or is given up.
    pub(crate) fn send(
        &self,
        request: RequestBuilder,
        interrupt: &Interrupt,
    ) -> Result<Response, NoAnswer> {
        if interrupt.is_asked() {
            return Err(GivenUp.into());
        }
        let sent = async move { request.send().await };
        let answer = self.beside.wait(sent, interrupt);
        let inner = answer.map_err(GivenUp::from)??;
        Ok(Response {
            status: inner.status(),
            headers: inner.headers().clone(),
            tls: inner.extensions().get::<TlsInfo>().cloned(),
            rest: Some(inner),
            failure: None,
            client: self.clone(),
            interrupt: interrupt.clone(),
            read: Cursor::default(),
        })
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("no thread can be started: {0}")]
    Thread(#[from] io::Error),
}

/// An answer, whose body is read as it comes.
#[derive(Debug)]
pub(crate) struct Response {
    status: StatusCode,
    headers: HeaderMap,
    tls: Option<TlsInfo>,
    /// Gone once reading has come to the end.
    rest: Option<reqwest::Response>,
    failure: Option<reqwest::Error>,
    client: Client,
    interrupt: Interrupt,
    read: Cursor<Vec<u8>>,
}

impl Response {
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The connection's TLS; none without it.
    pub(crate) const fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// Gives the rest up after so long.
    pub(crate) fn end_within(&mut self, time: Duration) {
        let began = Instant::now();
        self.interrupt = Interrupt::new(move || began.elapsed() > time);
    }

    /// Reads on; leaves nothing where the end has come.
    fn refill(&mut self) -> io::Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(io::Error::other(failure));
        }
        let Some(rest) = self.rest.take() else {
            self.read = Cursor::default();
            return Ok(());
        };
        let piece = self.client.beside.wait(piece(rest), &self.interrupt);
        let (bytes, rest) = piece.map_err(|reason| io::Error::other(GivenUp::from(reason)))?;
        self.read = Cursor::new(bytes);
        match rest {
            Ok(rest) => self.rest = rest,
            Err(failure) if self.read.get_ref().is_empty() => {
                return Err(io::Error::other(failure));
            }
            Err(failure) => self.failure = Some(failure),
        }
        Ok(())
    }
}

/// The next bytes of an answer, as many as are there by now, and what is left of it.
async fn piece(
    mut response: reqwest::Response,
) -> (Vec<u8>, Result<Option<reqwest::Response>, reqwest::Error>) {
    let mut bytes = Vec::new();
    while bytes.len() < PIECE {
        let next = {
            let mut next = pin!(response.chunk());
            if bytes.is_empty() {
                Poll::Ready(next.await)
            } else {
                poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await
            }
        };
        match next {
            Poll::Pending => break,
            Poll::Ready(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Poll::Ready(Ok(None)) => return (bytes, Ok(None)),
            Poll::Ready(Err(failure)) => return (bytes, Err(failure)),
        }
    }
    (bytes, Ok(Some(response)))
}

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        self.refill()?;
        self.read.read(buffer)
    }
}
