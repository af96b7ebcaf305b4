//! One configured pair, shared by the object that PHP made and the states that were read from it; every call goes
//! through here.

use std::cell::Cell;
use std::rc::Rc;

use ext_php_rs::exception::{PhpException, PhpResult};
use ext_php_rs::types::{ZendCallable, Zval};
use ext_php_rs::zend::{BailoutGuard, ExecutorGlobals};

use super::computed::{Callables, PhpComputed};
use super::config::{Callbacks, Config};
use super::observer::PhpObserver;
use super::session::{self, Session};
use super::{context, engine, exceptions};
use crate::mysql::ComputedConfig;
use crate::runtime::{Interrupt, Kept};
use crate::sync::error::SyncError;

/// A pair as it is configured.
pub(super) struct Pair {
    pub(super) config: Config,
    callbacks: Callbacks,
    running: Cell<bool>,
}

impl Pair {
    pub(super) const fn new(config: Config, callbacks: Callbacks) -> Self {
        Self {
            config,
            callbacks,
            running: Cell::new(false),
        }
    }

    /// A group of what is computed, with its callables.
    pub(super) fn computed(&self, group: usize) -> Option<(&ComputedConfig, &Callables)> {
        let config = self.config.contacts.computed.get(group)?;
        Some((config, self.callbacks.computed.get(group)?))
    }

    /// The callable that gives tokens.
    pub(super) const fn token_callable(&self) -> Option<&Zval> {
        self.callbacks.token.as_ref()
    }

    /// Does some work with the pair's connections.
    ///
    /// # Errors
    /// The exception of what failed; one that a callback threw goes first, unchanged.
    pub(super) fn run<T>(
        self: &Rc<Self>,
        progress: Option<ZendCallable<'_>>,
        work: impl FnOnce(&mut Session, &mut PhpObserver<'_>) -> Result<T, SyncError>,
    ) -> PhpResult<T> {
        let mut call = self.begin()?;
        let mut observer = PhpObserver::new(
            progress,
            self.callbacks.resolver.as_ref(),
            self.callbacks.logger.as_ref(),
        );
        let result = call
            .session(&self.config)
            .and_then(|session| work(session, &mut observer));
        call.into_inner().end();
        if result.is_err() && !ExecutorGlobals::has_exception() {
            engine::handle_signals();
        }
        if ExecutorGlobals::has_exception() {
            return Err(pending());
        }
        result.map_err(|error| exceptions::sync(context::of_call(error, &self.config.exchange)))
    }

    /// A fatal error in a callback skips all of our frames; the guard then still ends the call and closes its
    /// connections, and with them the leases.
    fn begin(self: &Rc<Self>) -> PhpResult<BailoutGuard<Call>> {
        if self.running.replace(true) {
            return Err(exceptions::already_running());
        }
        Ok(BailoutGuard::new(Call {
            pair: Rc::clone(self),
            session: None,
            interrupt: engine::interrupt(),
        }))
    }
}

/// A call that is being carried out.
struct Call {
    pair: Rc<Pair>,
    session: Option<Kept<Session>>,
    interrupt: Interrupt,
}

impl Call {
    fn session(&mut self, config: &Config) -> Result<&mut Session, SyncError> {
        let session = session::take(config)?;
        let session = self
            .session
            .insert(session)
            .get()
            .ok_or(SyncError::Interrupted)?;
        session.lend(PhpComputed::of(&self.pair));
        session.lend_tokens(Some(&self.pair));
        session.until(self.interrupt.clone());
        Ok(session)
    }

    /// Keeps the connections for the next call of this process.
    fn end(mut self) {
        if let Some(mut session) = self.session.take() {
            // What is kept outlives the request that the callables belong to.
            if let Some(session) = session.get() {
                session.lend(None);
                session.lend_tokens(None);
            }
            session::keep(session);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.interrupt.ask();
        self.pair.running.set(false);
    }
}

/// Stands for the exception that is pending already: throwing it changes nothing.
fn pending() -> PhpException {
    exceptions::sync(SyncError::Interrupted)
}
