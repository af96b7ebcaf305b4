//! Asks the callable of `exchange.oauth.token`, on PHP's own thread and while nothing is locked in the database but a lease.
//!
//! It is asked before the work of a call begins, and again between two pages when what it gave has become old: the thread that reads
//! ahead cannot ask. A push asks only when it sends something. The token lives as long as the call.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ext_php_rs::types::ZendCallable;
use ext_php_rs::zend::ExecutorGlobals;

use super::computed::{thrown, type_name};
use super::exceptions;
use super::pair::Pair;
use crate::ews::Login;
use crate::mysql::Unanswered;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::web::{Secret, TokenGiver, TokenSource};

const NAME: &str = "exchange.oauth.token";

/// After this time a token is asked for anew: libraries give tokens that are good for some minutes at least.
const OLD: Duration = Duration::from_secs(60);

/// What happens to an exception of the callable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceptions {
    /// It reaches the caller of the method unchanged.
    Pass,
    /// It is the reason why a contact waits.
    Tell,
}

/// The tokens of one session, for the time of a call.
pub(super) struct CallableTokens {
    id: u64,
    slot: Mutex<Option<(Secret, Instant)>>,
}

/// A pair whose callable may be asked on this thread.
struct Lent {
    id: u64,
    pair: Weak<Pair>,
    process: u32,
    exceptions: Exceptions,
    tokens: Arc<CallableTokens>,
}

thread_local! {
    static LENT: RefCell<Vec<Lent>> = const { RefCell::new(Vec::new()) };
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl CallableTokens {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            slot: Mutex::new(None),
        })
    }

    /// The tokens of a session whose configuration names a callable.
    pub(super) fn wanted(login: &Login) -> Option<Arc<Self>> {
        matches!(login, Login::OAuth(TokenSource::Given(_))).then(Self::new)
    }

    fn slot(&self) -> MutexGuard<'_, Option<(Secret, Instant)>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends the callable of a pair for the time of a call.
    pub(super) fn lend(self: &Arc<Self>, pair: &Rc<Pair>) {
        self.take_back();
        let lent = Lent {
            id: self.id,
            pair: Rc::downgrade(pair),
            process: std::process::id(),
            exceptions: Exceptions::Pass,
            tokens: Arc::clone(self),
        };
        LENT.with(|all| {
            let mut all = all.borrow_mut();
            // A fatal error leaves what it skipped.
            all.retain(|lent| lent.pair.strong_count() > 0);
            all.push(lent);
        });
    }

    /// Ends the call: what it was given belongs to the request.
    pub(super) fn take_back(&self) {
        *self.slot() = None;
        let gone = LENT.try_with(|all| {
            let mut all = all.borrow_mut();
            let place = all.iter().position(|lent| lent.id == self.id)?;
            Some(all.remove(place))
        });
        drop(gone);
    }

    /// Asks for the first token before the work begins, unless exceptions are only told; then the first request asks.
    ///
    /// # Errors
    /// [`SyncError::Interrupted`] when the callable threw; its exception is pending.
    pub(super) fn prepare(&self, exceptions: Exceptions) -> Result<(), SyncError> {
        LENT.with(|all| {
            let mut all = all.borrow_mut();
            let lent = all.iter_mut().find(|lent| lent.id == self.id);
            if let Some(lent) = lent {
                lent.exceptions = exceptions;
            }
        });
        if exceptions == Exceptions::Tell || self.slot().is_some() {
            return Ok(());
        }
        self.ask().map(|_| ()).map_err(|_| SyncError::Interrupted)
    }

    /// Asks the callable.
    fn ask(&self) -> Result<Secret, RemoteError> {
        let found = LENT.with(|all| {
            let all = all.borrow();
            let lent = all.iter().find(|lent| lent.id == self.id)?;
            let ours = lent.process == std::process::id();
            Some((lent.pair.upgrade().filter(|_| ours)?, lent.exceptions))
        });
        let Some((pair, exceptions)) = found else {
            return Err(failed(
                "the token has run out while the next page was being read; the next call asks for another one",
            ));
        };
        if ExecutorGlobals::has_exception() {
            return Err(failed("an exception is pending"));
        }
        let answer = pair
            .token_callable()
            .ok_or("is not at hand".to_owned())
            .and_then(|callable| {
                ZendCallable::new(callable)
                    .and_then(|callable| callable.try_call(Vec::new()))
                    .map_err(|error| format!("could not be called: {error}"))
            });
        if ExecutorGlobals::has_exception() {
            return Err(match exceptions {
                Exceptions::Pass => failed("the callable threw"),
                Exceptions::Tell => match thrown(NAME) {
                    Ok(Some(reason)) => RemoteError::new(RemoteClass::Transient, reason),
                    // exit() stays pending, and ends the call.
                    Ok(None) | Err(Unanswered::Interrupted | Unanswered::Refused(_)) => {
                        failed("the callable ended the script")
                    }
                },
            });
        }
        let told = answer.and_then(|answer| match answer.dereference().zend_str() {
            Some(text) => Ok(Secret::new(String::from_utf8_lossy(text.as_bytes()))),
            None => Err(format!(
                "the callable must return a token as a string, {} given",
                type_name(&answer)
            )),
        });
        match told {
            Ok(token) => {
                *self.slot() = Some((token.clone(), Instant::now()));
                Ok(token)
            }
            Err(problem) => {
                if exceptions == Exceptions::Pass {
                    exceptions::config(format!("{NAME}: {problem}")).throw();
                }
                Err(failed(&problem))
            }
        }
    }
}

/// Asks anew for tokens that have become old; called between two pages.
///
/// # Errors
/// [`SyncError::Interrupted`] when a callable threw; its exception is pending.
pub(super) fn refresh() -> Result<(), SyncError> {
    let old: Vec<Arc<CallableTokens>> = LENT.with(|all| {
        let all = all.borrow();
        let old = all.iter().filter(|lent| {
            let slot = lent.tokens.slot();
            let old = slot
                .as_ref()
                .is_some_and(|(_, since)| since.elapsed() > OLD);
            old && lent.pair.strong_count() > 0
        });
        old.map(|lent| Arc::clone(&lent.tokens)).collect()
    });
    for tokens in old {
        tokens.ask().map_err(|_| SyncError::Interrupted)?;
    }
    Ok(())
}

impl TokenGiver for CallableTokens {
    fn token(&self, refused: Option<&Secret>) -> Result<Secret, RemoteError> {
        let known = self.slot().as_ref().map(|(token, _)| token.clone());
        match known {
            Some(token) if Some(&token) != refused => Ok(token),
            Some(_) | None => self.ask(),
        }
    }
}

/// Nothing was sent: it may be tried again when the callable gives a token.
fn failed(problem: &str) -> RemoteError {
    RemoteError::new(RemoteClass::Transient, format!("{NAME}: {problem}"))
}
