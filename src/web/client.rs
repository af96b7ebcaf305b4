//! An HTTP client whose requests can be given up at any moment; their connection is then closed.
//!
//! The client of reqwest for blocking callers waits until an answer comes or its time is up, whatever the caller is asked meanwhile.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::tls::TlsInfo;
use reqwest::{ClientBuilder, Method, RequestBuilder, StatusCode, Url, redirect, retry};

use super::WebConfig;
use crate::runtime::{Interrupt, Interrupted, Runtime, at_hand};

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

impl From<Interrupted> for GivenUp {
    fn from(_: Interrupted) -> Self {
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

/// A client with its connections.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: reqwest::Client,
    runtime: Arc<Runtime>,
}

impl Client {
    /// Makes the client; opens no connection.
    ///
    /// # Errors
    /// When what the builder was told cannot be used, or the system refuses the descriptors that it needs.
    pub(crate) fn new(builder: ClientBuilder) -> Result<Self, ClientError> {
        Ok(Self {
            inner: builder.build()?,
            runtime: Arc::new(Runtime::new()?),
        })
    }

    /// A request that is yet to be sent.
    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.inner.post(url)
    }

    /// A request by any method, yet to be sent.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.inner.request(method, url)
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
        // A connection that the server has closed since is not used again.
        self.runtime.settle();
        let sent = async move {
            let inner = request.send().await?;
            let head = Head {
                status: inner.status(),
                headers: inner.headers().clone(),
                tls: inner.extensions().get::<TlsInfo>().cloned(),
            };
            // What came along with the head needs no wait of its own.
            Ok::<_, reqwest::Error>((head, piece(inner, false).await))
        };
        let answer = self.runtime.wait(sent, interrupt);
        let (head, first) = answer.map_err(GivenUp::from)??;
        let mut response = Response {
            head,
            rest: None,
            failure: None,
            client: self.clone(),
            interrupt: interrupt.clone(),
            read: Cursor::default(),
        };
        response.keep(first);
        Ok(response)
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("no runtime can be made: {0}")]
    Runtime(#[from] io::Error),
}

#[derive(Debug)]
struct Head {
    status: StatusCode,
    headers: HeaderMap,
    tls: Option<TlsInfo>,
}

/// An answer, whose body is read as it comes.
#[derive(Debug)]
pub(crate) struct Response {
    head: Head,
    /// Gone once reading has come to the end.
    rest: Option<reqwest::Response>,
    failure: Option<reqwest::Error>,
    client: Client,
    interrupt: Interrupt,
    read: Cursor<Vec<u8>>,
}

impl Response {
    pub(crate) const fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The connection's TLS; none without it.
    pub(crate) const fn tls(&self) -> Option<&TlsInfo> {
        self.head.tls.as_ref()
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
        let piece = self.client.runtime.wait(piece(rest, true), &self.interrupt);
        self.keep(piece.map_err(|reason| io::Error::other(GivenUp::from(reason)))?);
        match self.failure.take() {
            Some(failure) if self.read.get_ref().is_empty() => Err(io::Error::other(failure)),
            failure => {
                self.failure = failure;
                Ok(())
            }
        }
    }

    fn keep(&mut self, (bytes, rest): Piece) {
        self.read = Cursor::new(bytes);
        match rest {
            Ok(rest) => self.rest = rest,
            Err(failure) => self.failure = Some(failure),
        }
    }
}

/// Bytes of an answer, and what is left of it or why that does not come.
type Piece = (Vec<u8>, Result<Option<reqwest::Response>, reqwest::Error>);

/// The next bytes of an answer, as many as are there by now; if there is none yet and that is wanted, they are waited for.
async fn piece(mut response: reqwest::Response, waits: bool) -> Piece {
    let mut bytes = Vec::new();
    while bytes.len() < PIECE {
        let next = if waits && bytes.is_empty() {
            Some(response.chunk().await)
        } else {
            at_hand(response.chunk()).await
        };
        match next {
            None => break,
            Some(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Some(Ok(None)) => return (bytes, Ok(None)),
            Some(Err(failure)) => return (bytes, Err(failure)),
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

impl Drop for Response {
    fn drop(&mut self) {
        // A connection in the middle of an answer that nobody wants is closed.
        if self.rest.take().is_some() {
            self.client.runtime.settle();
        }
    }
}
