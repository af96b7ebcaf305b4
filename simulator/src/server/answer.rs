//! HTTP answers, whole and broken ones.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};

/// The connection is to be closed here.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Cut;

/// The body of an answer.
#[derive(Debug)]
pub struct Answer {
    data: Option<Bytes>,
    announced: u64,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All data was announced and sent.
    Whole,
    /// Let the connection send what it has first.
    Flush,
    /// Then break.
    Cut,
}

impl Answer {
    /// A whole body.
    pub fn whole(data: impl Into<Bytes>) -> Self {
        let data = data.into();
        Self {
            announced: data.len() as u64,
            data: Some(data).filter(|data| !data.is_empty()),
            end: End::Whole,
        }
    }

    /// Announces all of the body, sends its first half and breaks.
    pub fn half(data: impl Into<Bytes>) -> Self {
        let data = data.into();
        Self {
            announced: data.len() as u64,
            data: Some(data.slice(..data.len() / 2)),
            end: End::Flush,
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Flush => {
                self.end = End::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.end == End::Whole
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}

/// A body compressed for a client that accepts it.
pub fn packed(accepts: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
    if !accepts?.contains("gzip") {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// An answer of any kind of text.
pub fn plain(
    status: u16,
    content_type: &str,
    body: impl Into<Bytes>,
) -> Result<Response<Answer>, Cut> {
    Response::builder()
        .status(status)
        .header("Content-Type", content_type)
        .body(Answer::whole(body))
        .map_err(|_| Cut)
}

/// A JSON answer.
pub fn json(status: u16, value: &serde_json::Value) -> Result<Response<Answer>, Cut> {
    plain(status, "application/json", value.to_string())
}
