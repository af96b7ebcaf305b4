//! The store: one connection, one pair.

mod moving;
mod port;

use std::rc::Rc;

use super::check::check;
use super::computed::{Computed, Computer};
use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::install;
use super::outbox;
use super::pair;
use super::ready::Ready;
use super::table::Table;
use super::turn::Turns;
use crate::contact::Property;
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::finding::Finding;
use crate::sync::ids::RowKey;

/// The app's table and our tables beside it, on one connection that is made when it is first needed and kept warm.
#[derive(Debug)]
pub struct MySqlStore {
    config: MySqlConfig,
    turns: Rc<Turns>,
    db: Connection,
    computer: Computer,
    ready: Option<Rc<Ready>>,
    /// Whether the pair may be with another kind of server.
    moves: bool,
    mapped: Vec<Property>,
    pull_began: Option<String>,
}

impl MySqlStore {
    /// A store for a pair. Opens no connection.
    ///
    /// # Errors
    /// When the URL or the time zone is wrong; the password is never in the message.
    pub fn new(config: MySqlConfig) -> Result<Self, StoreError> {
        super::timezone::Zone::parse(&config.timezone)?;
        Ok(Self {
            db: Connection::new(&config)?,
            computer: Computer::default(),
            mapped: config.mapped(),
            turns: Rc::new(Turns::of(&config)),
            config,
            ready: None,
            moves: false,
            pull_began: None,
        })
    }

    /// The same for a pair that is to be moved from another kind of server.
    #[must_use]
    pub fn moving(mut self) -> Self {
        self.moves = true;
        self
    }

    /// Makes our tables and triggers where they are missing, and upgrades them. Gives warnings for a person.
    ///
    /// # Errors
    /// When the configuration does not fit the table, the pair belongs to something else, or the database refuses.
    pub fn install(&mut self) -> Result<Vec<String>, StoreError> {
        self.ready = None;
        Ok(install::install(&mut self.db, &self.config)?)
    }

    /// Removes this pair's triggers and data, and our tables when no other pair is left.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn uninstall(&mut self) -> Result<(), StoreError> {
        self.ready = None;
        Ok(install::uninstall(&mut self.db, &self.config)?)
    }

    /// The statements that [`install`](Self::install) would run.
    ///
    /// # Errors
    /// When the configuration does not fit the table or the database cannot be read.
    pub fn install_sql(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(install::install_sql(&mut self.db, &self.config)?)
    }

    /// Says step by step what works and what to do where it does not.
    pub fn check(&mut self) -> Vec<Finding> {
        check(&mut self.db, &self.config)
    }

    /// The columns, and places in documents, with their properties, guessed ones too. Needs the table, but no installation.
    ///
    /// # Errors
    /// When the configuration does not fit the table or the database cannot be read.
    pub fn column_plan(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        self.db.connect()?;
        let table = Table::read(&mut self.db, &self.config)?;
        self.mapped.clone_from(&table.mapped);
        Ok(table.shown())
    }

    /// Lends the app's code for what is computed, or gives it back. It is asked on the thread of the call, and never while anything is
    /// locked.
    pub fn lend(&mut self, app: Option<Rc<dyn Computed>>) {
        self.computer.lend(app);
    }

    /// How many SQL statements were sent.
    #[must_use]
    pub const fn statements(&self) -> u64 {
        self.db.sent()
    }

    fn ready(&mut self) -> Result<Rc<Ready>, Failure> {
        if let Some(ready) = &self.ready {
            return Ok(Rc::clone(ready));
        }
        let ready = Rc::new(Ready::read(&mut self.db, &self.config)?);
        self.mapped.clone_from(&ready.table.mapped);
        if let Some(kind) = ready.other_kind.as_ref().filter(|_| !self.moves) {
            return Err(StoreError::of_other_kind(kind, &self.config.kind).into());
        }
        self.ready = Some(Rc::clone(&ready));
        Ok(ready)
    }

    /// Notes a row of a pair that is with another kind of server: it is delivered once the configuration fits.
    fn note_only(&mut self, key: &RowKey) -> Result<(), StoreError> {
        let ready = Ready::read(&mut self.db, &self.config)?;
        let along = pair::standing_and(&ready, &[]);
        outbox::enqueue(&mut self.db, &ready.table, ready.pair, key, along)?;
        Ok(())
    }

    /// Has the table looked at again now and then.
    fn forget_what_is_stale(&mut self) {
        if self.ready.as_ref().is_some_and(|ready| ready.is_stale()) {
            self.ready = None;
        }
    }

    /// Runs a call that reads what is computed.
    fn compute<T>(
        &mut self,
        run: impl FnOnce(&mut Connection, &Ready, &mut Computer) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let mut computer = std::mem::take(&mut self.computer);
        let result = self.call(|db, ready| run(db, ready, &mut computer));
        self.computer = computer;
        result
    }

    /// Runs a call with what has to be known for it; after a failure that may come of a changed table, that is read anew next time.
    fn call<T>(
        &mut self,
        run: impl FnOnce(&mut Connection, &Ready) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let ready = self.ready()?;
        match run(&mut self.db, &ready) {
            Ok(value) => Ok(value),
            Err(failure) => {
                self.db.rollback();
                let error = StoreError::from(failure);
                match error.class {
                    StoreClass::Config
                    | StoreClass::NotInstalled
                    | StoreClass::Identity
                    | StoreClass::OtherKind
                    | StoreClass::Denied
                    | StoreClass::Failed => self.ready = None,
                    StoreClass::Unavailable | StoreClass::Contended | StoreClass::Interrupted => {}
                }
                Err(error)
            }
        }
    }
}
