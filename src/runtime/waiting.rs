//! Waiting for the network without threads.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use super::interrupt::Interrupt;
use super::kept::Kept;

/// How often a wait looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// How long the end of a runtime waits for what cannot be cut short, such as a look-up of a name.
const LAST: Duration = Duration::from_millis(500);

/// How often connections may go on before what they have not done by then has to be waited for.
const TURNS: usize = 4;

/// The caller wants its call to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// A runtime for the connections that are made in it: they go on while somebody waits in it, on whichever thread, and stand still meanwhile.
#[derive(Debug)]
pub struct Runtime {
    /// There until the end.
    inner: Option<tokio::runtime::Runtime>,
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

    /// A runtime of its own.
    ///
    /// # Errors
    /// When the system refuses the descriptors that it needs.
    pub fn new() -> io::Result<Self> {
        let inner = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self { inner: Some(inner) })
    }

    /// Waits for a future, at most for so long; `None` when that was not enough.
    pub fn block_on<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let inner = self.inner.as_ref()?;
        inner.block_on(async { timeout(limit, future).await.ok() })
    }

    /// Waits for a future as long as the caller likes. When the caller is asked to end meanwhile, the future is dropped, and with it what it
    /// holds, such as a connection in the middle of a request.
    ///
    /// # Errors
    /// When the caller is asked to end.
    pub fn wait<F: Future>(
        &self,
        future: F,
        interrupt: &Interrupt,
    ) -> Result<F::Output, Interrupted> {
        let inner = self.inner.as_ref().ok_or(Interrupted)?;
        inner.block_on(async {
            let waited = unless_asked(future, interrupt).await;
            if waited.is_err() {
                turns().await;
            }
            waited
        })
    }

    /// Lets connections notice what has come meanwhile, and that somebody has no more use for them.
    pub fn settle(&self) {
        if let Some(inner) = &self.inner {
            inner.block_on(turns());
        }
    }
}

async fn unless_asked<F: Future>(
    future: F,
    interrupt: &Interrupt,
) -> Result<F::Output, Interrupted> {
    let mut future = pin!(future);
    loop {
        match timeout(LOOK, future.as_mut()).await {
            Ok(output) => return Ok(output),
            Err(_) if interrupt.is_asked() => return Err(Interrupted),
            Err(_) => {}
        }
    }
}

async fn turns() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

/// What a future gives as soon as the connections, which take turns with it, have gone on with what has come by now.
pub async fn at_hand<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..TURNS {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Code that may be unloaded must not be running any more.
        if let Some(inner) = self.inner.take() {
            inner.shutdown_timeout(LAST);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::time::Instant;

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
    fn a_wait_that_is_to_end_drops_what_it_waited_for_and_lets_others_know() {
        struct Tell(Sender<&'static str>);
        impl Drop for Tell {
            fn drop(&mut self) {
                let _ = self.0.send("dropped");
            }
        }
        let runtime = Runtime::new().unwrap();
        let never = Interrupt::default();
        assert_eq!(runtime.wait(async { 7 }, &never), Ok(7));
        let (sender, told) = channel();
        let began = Instant::now();
        let interrupt = Interrupt::new(move || began.elapsed() > Duration::from_millis(100));
        let endless = async move {
            let (held, noticed) = (Tell(sender.clone()), sender);
            let (owner, mut owned) = tokio::sync::oneshot::channel::<()>();
            tokio::spawn(async move {
                let _ = (&mut owned).await;
                let _ = noticed.send("noticed");
            });
            std::future::pending::<()>().await;
            drop((held, owner));
        };
        assert_eq!(runtime.wait(endless, &interrupt), Err(Interrupted));
        let told: Vec<_> = told.try_iter().collect();
        assert_eq!(told, ["dropped", "noticed"]);
        assert_eq!(runtime.wait(async { 8 }, &never), Ok(8));
    }

    #[test]
    fn what_is_at_hand_is_not_waited_for() {
        let runtime = Runtime::new().unwrap();
        let soon = async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                sender.send(7)
            });
            at_hand(receiver).await
        };
        let never = Interrupt::default();
        assert_eq!(runtime.wait(soon, &never), Ok(Some(Ok(7))));
        let later = at_hand(std::future::pending::<()>());
        assert_eq!(runtime.wait(later, &never), Ok(None));
    }
}
