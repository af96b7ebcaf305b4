//! The asynchronous runtime behind the synchronous ports, safe after a fork.
//!
//! There is one single-threaded runtime for each thread that needs one; it starts no thread of its own and runs only while a call
//! waits in [`block_on`](Runtime::block_on). What belongs to a process is [`Kept`]: a child that inherits it by a fork must neither use
//! nor drop it, since both would disturb the parent's sockets.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Something that only the process that made it may use or drop.
#[derive(Debug)]
pub struct Kept<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Kept<T> {
    /// Keeps a value for this process.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            process: std::process::id(),
            value: Some(value),
        }
    }

    /// The value, `None` in any other process than the one that made it.
    pub fn get(&mut self) -> Option<&mut T> {
        if self.is_ours() {
            self.value.as_mut()
        } else {
            std::mem::forget(self.value.take());
            None
        }
    }

    /// Takes the value out, `None` in any other process than the one that made it.
    pub fn take(&mut self) -> Option<T> {
        if self.is_ours() {
            return self.value.take();
        }
        std::mem::forget(self.value.take());
        None
    }

    /// Whether this process made the value.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.value.take());
        }
    }
}

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

    #[test]
    fn another_process_neither_uses_nor_drops_what_it_inherits() {
        struct Loud;
        impl Drop for Loud {
            fn drop(&mut self) {
                panic!("dropped in the wrong process");
            }
        }
        let mut inherited = Kept {
            process: std::process::id() + 1,
            value: Some(Loud),
        };
        assert!(inherited.get().is_none());
        drop(Kept {
            process: std::process::id() + 1,
            value: Some(Loud),
        });
        let mut own = Kept::new(1);
        assert_eq!(own.get(), Some(&mut 1));
    }
}
