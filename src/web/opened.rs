//! How many connections a client has begun to open: what tells whether a request went over the connection that was meant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

/// The count, shared with the client that it is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opened(Arc<AtomicU64>);

impl Opened {
    /// How many there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl<S> Layer<S> for Opened {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted {
            inner,
            opened: self.clone(),
        }
    }
}

/// What opens connections, counted.
#[derive(Debug, Clone)]
pub(crate) struct Counted<S> {
    inner: S,
    opened: Opened,
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.opened.0.fetch_add(1, Ordering::SeqCst);
        self.inner.call(request)
    }
}
