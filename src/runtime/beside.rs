//! A thread beside the caller's that keeps connections alive, and on which a caller waits only as long as it likes.

use std::future::Future;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::interrupt::Interrupt;

/// How often a wait looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// How long the end of the thread waits for what cannot be cut short, such as a look-up of a name.
const LAST: Duration = Duration::from_millis(500);

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResult {
    /// The caller wants its call to end.
    Interrupted,
    /// The thread has ended.
    Ended,
}

/// A runtime on a thread of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Beside {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses the thread or the descriptors that it needs.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LAST);
            })?;
        Ok(Self {
            handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Runs a future on the thread and waits for its result. When the caller is asked to end meanwhile, the future is dropped, and with
    /// it what it holds, such as a connection in the middle of a request.
    ///
    /// # Errors
    /// When the caller is asked to end.
    pub fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
        interrupt: &Interrupt,
    ) -> Result<T, NoResult> {
        let (sender, receiver) = sync_channel(1);
        let task = self.handle.spawn(async move {
            let _ = sender.send(future.await);
        });
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Disconnected) => return Err(NoResult::Ended),
                Err(RecvTimeoutError::Timeout) if interrupt.is_asked() => {
                    task.abort();
                    return Err(NoResult::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // Code that may be unloaded must not be running any more.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_result_comes_back_and_a_wait_that_is_to_end_drops_what_it_waited_for() {
        struct Tell(std::sync::mpsc::Sender<()>);
        impl Drop for Tell {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let beside = Beside::start("test").unwrap();
        let never = Interrupt::default();
        assert_eq!(beside.wait(async { 7 }, &never), Ok(7));
        let (sender, dropped) = std::sync::mpsc::channel();
        let held = Tell(sender);
        let began = Instant::now();
        let interrupt = Interrupt::new(move || began.elapsed() > Duration::from_millis(100));
        let endless = async move {
            let _held = held;
            std::future::pending::<()>().await;
        };
        assert_eq!(beside.wait(endless, &interrupt), Err(NoResult::Interrupted));
        dropped.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(beside.wait(async { 8 }, &never), Ok(8));
    }
}
