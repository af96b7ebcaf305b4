//! The connections of this process, kept between calls: ten requests of one worker use one connection.
//!
//! Everything belongs to the process and thread that made it. What a fork inherits is forgotten, neither used nor closed:
//! it is still the parent's.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::adapters;
use super::config::Config;
use super::context;
use super::pair::Pair;
use super::state_text::Place;
use super::tokens::{CallableTokens, Exceptions};
use super::way::Way;
use crate::mysql::{Computed, MySqlStore};
use crate::runtime::{Interrupt, Kept};
use crate::sync::engine::{Engine, Settings};
use crate::sync::error::{RemoteError, StoreClass, StoreError, SyncError};
use crate::sync::ports::{Batch, CursorMove, Folder, Identity, Observer, Step, Store};
use crate::sync::report::MoveReport;

/// How many idle sessions a thread keeps.
const KEPT: usize = 8;

thread_local! {
    static IDLE: RefCell<Vec<Kept<Session>>> = const { RefCell::new(Vec::new()) };
}

/// The connections of one pair.
pub(super) struct Session {
    config: Config,
    settings: Settings,
    remote: Way,
    store: MySqlStore,
    computed: Option<Rc<dyn Computed>>,
    tokens: Option<Arc<CallableTokens>>,
    interrupt: Interrupt,
}

/// Whether two configurations mean the same connections; of the policies only what the adapters go by.
fn same_connections(left: &Config, right: &Config) -> bool {
    left.exchange == right.exchange
        && left.mysql == right.mysql
        && left.contacts == right.contacts
        && left.pair == right.pair
        && left.policy.email_overflow == right.policy.email_overflow
}

/// A session for a configuration: one that this process has kept, else a new one, which connects when it is used.
///
/// # Errors
/// When the configuration cannot work.
pub(super) fn take(config: &Config) -> Result<Kept<Session>, SyncError> {
    let kept = IDLE.with(|idle| {
        let mut idle = idle.borrow_mut();
        idle.retain(Kept::is_ours);
        let place = idle.iter_mut().position(|kept| {
            kept.get()
                .is_some_and(|session| same_connections(&session.config, config))
        })?;
        Some(idle.remove(place))
    });
    let mut kept = match kept {
        Some(kept) => kept,
        None => Kept::new(Session::new(config)?),
    };
    if let Some(session) = kept.get() {
        session.settings = settings(config);
    }
    Ok(kept)
}

/// Keeps a session for the next call.
pub(super) fn keep(session: Kept<Session>) {
    let oldest = IDLE.with(|idle| {
        let mut idle = idle.borrow_mut();
        idle.push(session);
        (idle.len() > KEPT).then(|| idle.remove(0))
    });
    drop(oldest);
}

/// Closes what is idle.
pub(super) fn close() {
    let idle = IDLE.try_with(RefCell::take).unwrap_or_default();
    drop(idle);
}

fn settings(config: &Config) -> Settings {
    Settings {
        policy: config.policy,
        server: config.exchange.server.clone(),
        mailbox: config.exchange.mailbox.clone(),
        push_seconds: u32::try_from(config.exchange.push_timeout.as_secs()).unwrap_or(u32::MAX),
    }
}

impl Session {
    fn new(config: &Config) -> Result<Self, SyncError> {
        let tokens = CallableTokens::wanted(&config.exchange.login);
        Ok(Self {
            config: config.clone(),
            settings: settings(config),
            remote: adapters::remote(config, tokens.as_ref())?,
            store: adapters::store(config)?,
            computed: None,
            tokens,
            interrupt: Interrupt::default(),
        })
    }

    /// Lends the callables of the pair for the time of a call, or takes them back.
    pub(super) fn lend(&mut self, computed: Option<Rc<dyn Computed>>) {
        self.store.lend(computed.clone());
        self.computed = computed;
    }

    /// Lends the callable that gives tokens for the time of a call, or takes it back.
    pub(super) fn lend_tokens(&self, pair: Option<&Rc<Pair>>) {
        match (&self.tokens, pair) {
            (Some(tokens), Some(pair)) => tokens.lend(pair),
            (Some(tokens), None) => tokens.take_back(),
            (None, _) => {}
        }
    }

    /// What happens to an exception of that callable from now on; without a place to be told it comes at once.
    fn prepare(&self, exceptions: Exceptions) -> Result<(), SyncError> {
        let tokens = self.tokens.as_ref();
        tokens.map_or(Ok(()), |tokens| tokens.prepare(exceptions))
    }

    /// Tells what asks the call that begins now to end.
    pub(super) fn until(&mut self, interrupt: Interrupt) {
        self.interrupt = interrupt;
    }

    /// The store.
    pub(super) fn store(&mut self) -> &mut MySqlStore {
        &mut self.store
    }

    /// Begins anew with the database, so that nothing is taken for known of the table, which somebody may just have
    /// changed.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub(super) fn read_table_anew(&mut self) -> Result<(), SyncError> {
        self.store = adapters::store(&self.config)?;
        self.store.lend(self.computed.clone());
        Ok(())
    }

    /// The engine for a round that may take its time.
    ///
    /// # Errors
    /// When the mapping has to be guessed and the table cannot be read.
    pub(super) fn engine(&mut self) -> Result<Engine<'_>, SyncError> {
        self.prepare(Exceptions::Pass)?;
        let remote = self.remote.until(self.interrupt.clone());
        remote.look_at_pace();
        self.engine_over(remote)
    }

    /// The engine for one push: all its requests together get `exchange.push_timeout`.
    ///
    /// # Errors
    /// As [`engine`](Self::engine).
    pub(super) fn engine_for_push(&mut self) -> Result<Engine<'_>, SyncError> {
        self.prepare(Exceptions::Tell)?;
        let remote = self.remote.within(self.config.exchange.push_timeout);
        self.engine_over(remote.until(self.interrupt.clone()))
    }

    /// An engine asks for the mapped properties as soon as it is made; a guessed mapping is known once the store has read
    /// the table.
    fn engine_over(&mut self, remote: Way) -> Result<Engine<'_>, SyncError> {
        if self.store.mapped().is_empty() {
            self.store.pair()?;
        }
        Ok(Engine::new(
            remote.remote(),
            &mut self.store,
            &self.settings,
        ))
    }

    /// Column and property of everything that is mapped, given or guessed.
    ///
    /// # Errors
    /// When the table cannot be read, or does not fit.
    pub(super) fn mapping(&mut self) -> Result<Vec<(String, String)>, SyncError> {
        Ok(self.store.column_plan()?)
    }

    /// The folder's side.
    pub(super) fn remote(&self) -> Way {
        self.remote.until(self.interrupt.clone())
    }

    /// Moves the pair here from another kind of server, or looks whether that would succeed.
    ///
    /// # Errors
    /// As [`Engine::migrate`].
    pub(super) fn migrate(
        &self,
        dry_run: bool,
        observer: &mut dyn Observer,
    ) -> Result<MoveReport, SyncError> {
        self.prepare(Exceptions::Pass)?;
        let mut store = adapters::store(&self.config)?.moving();
        store.lend(self.computed.clone());
        store.pair()?;
        Engine::new(self.remote().remote(), &mut store, &self.settings).migrate(dry_run, observer)
    }

    /// Asks Exchange for the folder.
    ///
    /// # Errors
    /// When a callable of the app threw.
    pub(super) fn resolve_folder(&self) -> Result<Result<Folder, RemoteError>, SyncError> {
        self.prepare(Exceptions::Pass)?;
        let folder = self.remote().remote().resolve_folder();
        Ok(folder.map_err(|error| context::named(error, &self.config.exchange)))
    }
}

impl Session {
    /// Puts the cursor back to where a state says that it was.
    ///
    /// A pair that was never compared in full with its folder stays so: its next pull compares, from the first item on.
    ///
    /// # Errors
    /// When the state belongs to another folder or kind of server, or says nothing.
    pub(super) fn restore(&mut self, place: &Place) -> Result<(), SyncError> {
        let kind = self.remote.remote().capabilities().kind;
        let (Some(folder), Some(cursor)) = (&place.folder, &place.cursor) else {
            return Err(refused(
                "the state holds no cursor: it was taken before the first pull",
            ));
        };
        if cursor.kind != kind {
            return Err(refused("the state belongs to another kind of server"));
        }
        let pair = self.store.pair()?;
        match &pair.standing.identity {
            Some(identity) if identity.folder != *folder => {
                return Err(refused("the state belongs to another folder"));
            }
            Some(_) => {}
            None => self.store.bind(&Identity {
                kind: kind.to_owned(),
                server: self.settings.server.clone(),
                mailbox: self.settings.mailbox.to_lowercase(),
                folder: folder.clone(),
            })?,
        }
        if !pair.standing.paired {
            return Ok(());
        }
        let batch = Batch {
            cursor: Some(CursorMove {
                from: pair.cursor,
                to: cursor.clone(),
                generation: pair.generation,
                pass_complete: true,
            }),
            ..Batch::default()
        };
        self.store.apply(&batch, &mut |_| Step::nothing())?;
        Ok(())
    }
}

fn refused(message: &str) -> SyncError {
    StoreError::new(StoreClass::Config, message).into()
}
