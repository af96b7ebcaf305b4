//! Waiting for the network without threads.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::kept::Kept;

/// A runtime on which one thread waits for its network.
#[derive(Debug)]
pub struct Runtime {
    inner: tokio::runtime::Runtime,
}

thread_local! {
    static HERE: RefCell<Option<Kept<Arc<Runtime>>>> = const { RefCell::new(None) };
}

impl Runtime {
    /// This thread's runtime, made when it is first asked for and again after a fork.
    ///
    /// # Errors
    /// When the system refuses the descriptors that it needs.
    pub fn here() -> io::Result<Arc<Self>> {
        let made = HERE.try_with(|here| {
            let mut here = here.borrow_mut();
            if let Some(runtime) = here.as_mut().and_then(Kept::get) {
                return Ok(Arc::clone(runtime));
            }
            let runtime = Arc::new(Self::new()?);
            *here = Some(Kept::new(Arc::clone(&runtime)));
            Ok(runtime)
        });
        // A thread that is ending has no place for it any more.
        made.unwrap_or_else(|_| Self::new().map(Arc::new))
    }

    fn new() -> io::Result<Self> {
        let inner = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self { inner })
    }

    /// Waits for a future, at most for so long; `None` when that was not enough.
    pub fn block_on<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        self.inner
            .block_on(async { tokio::time::timeout(limit, future).await.ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_has_one_runtime_and_every_wait_has_a_limit() {
        let first = Runtime::here().unwrap();
        assert!(Arc::ptr_eq(&first, &Runtime::here().unwrap()));
        assert_eq!(first.block_on(Duration::from_secs(5), async { 7 }), Some(7));
        let never = std::future::pending::<()>();
        assert_eq!(first.block_on(Duration::from_millis(1), never), None);
    }
}
