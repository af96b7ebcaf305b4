//! The connection: sessions, statements and transactions.

mod named_locks;
mod transaction;

pub(crate) use named_locks::LockQuestion;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error};

use super::answer::{Answer, Ran, Server};
use super::config::MySqlConfig;
use super::failure::Failure;
use super::url::Address;
use crate::runtime::{Kept, Runtime};
use crate::sync::clock::Skew;
use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ids::Moment;

struct Live {
    conn: Conn,
    runtime: Arc<Runtime>,
}

/// One connection, made when it is needed and again when it is lost.
pub(crate) struct Connection {
    address: Address,
    connect_timeout: Duration,
    timeout: Duration,
    live: Option<Kept<Live>>,
    server: Server,
    open: bool,
    /// A transaction was opened whose first statement is still to come: its beginning goes along with that one.
    unsent: bool,
    leases: BTreeSet<String>,
    sent: u64,
    clock: Option<Skew>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("place", &self.address.place)
            .field("connected", &self.live.is_some())
            .finish_non_exhaustive()
    }
}

const SESSION: &[&str] = &[
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', \
     innodb_lock_wait_timeout=1, lock_wait_timeout=10, autocommit=1, sql_safe_updates=0, sql_select_limit=DEFAULT, foreign_key_checks=1, \
     unique_checks=1",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SELECT VERSION(), @@max_allowed_packet, @@innodb_rollback_on_timeout, \
     TIMESTAMPDIFF(MICROSECOND,'1970-01-01 00:00:00',UTC_TIMESTAMP(6))",
];

impl Connection {
    /// A connection that is not yet made.
    ///
    /// # Errors
    /// When the URL is wrong.
    pub(crate) fn new(config: &MySqlConfig) -> Result<Self, StoreError> {
        Ok(Self {
            address: Address::parse(&config.url)?,
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
            live: None,
            server: Server::default(),
            open: false,
            unsent: false,
            leases: BTreeSet::new(),
            sent: 0,
            clock: None,
        })
    }

    /// Where it leads to.
    #[must_use]
    pub(crate) const fn address(&self) -> &Address {
        &self.address
    }

    /// What the server is; known once connected.
    #[must_use]
    pub(crate) const fn server(&self) -> &Server {
        &self.server
    }

    /// How far the server's clock is ahead of this machine's; known once connected.
    #[must_use]
    pub(crate) const fn clock(&self) -> Option<Skew> {
        self.clock
    }

    /// How many statements were sent.
    #[must_use]
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Connects unless a connection is there.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or is too old, or a lease is lost.
    pub(crate) fn connect(&mut self) -> Result<(), Failure> {
        if self.live.as_mut().and_then(Kept::get).is_some() {
            return Ok(());
        }
        if self.live.as_ref().is_some_and(|live| !live.is_ours()) {
            // Inherited by a fork: the leases are the parent's.
            self.leases.clear();
        }
        self.open = false;
        let runtime = Runtime::here().map_err(|error| {
            Failure::new(
                StoreClass::Unavailable,
                format!("no runtime can be made: {error}"),
            )
        })?;
        let options = self.address.options()?;
        let conn = match runtime.block_on(self.connect_timeout, Conn::new(options)) {
            Some(Ok(conn)) => conn,
            Some(Err(error)) => return Err(self.explain(error)),
            None => {
                return Err(Failure::Lost(format!(
                    "{} did not answer within {} s",
                    self.address.place,
                    self.connect_timeout.as_secs()
                )));
            }
        };
        self.live = Some(Kept::new(Live { conn, runtime }));
        let asked = wall_clock();
        let answers = self.once(SESSION).all()?;
        let answered = wall_clock();
        let about = answers.last().and_then(|answer| answer.rows.first());
        let version = about.map(|about| about.string(0)).unwrap_or_default();
        self.server = Server {
            mariadb: version.to_lowercase().contains("mariadb"),
            max_packet: about.and_then(|about| about.number(1)).unwrap_or(1_048_576),
            rollback_on_timeout: about.is_some_and(|about| about.flag(2)),
            version,
        };
        self.clock = about
            .and_then(|about| about.number::<i64>(3))
            .map(|theirs| Skew::between(Moment(theirs), Moment(theirs), asked, answered));
        self.check_version()?;
        self.retake()
    }

    fn check_version(&self) -> Result<(), Failure> {
        let mut parts = self
            .server
            .version
            .split(|character: char| !character.is_ascii_digit())
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let oldest = if self.server.mariadb { (10, 6) } else { (8, 0) };
        if version < oldest {
            return Err(Failure::new(
                StoreClass::Config,
                format!(
                    "the server is {}; MariaDB 10.6 or MySQL 8.0 or later is needed (SKIP LOCKED)",
                    self.server.version
                ),
            ));
        }
        Ok(())
    }

    /// Runs statements as one script on a connection that is there or made anew; after a loss once more. Only for what may happen
    /// twice.
    ///
    /// # Errors
    /// The first failure.
    pub(crate) fn run<S: AsRef<str>>(&mut self, script: &[S]) -> Result<Vec<Answer>, Failure> {
        if self.unsent {
            return self.begin(script);
        }
        if self.open {
            return self.once(script).all();
        }
        self.connect()?;
        let ran = self.once(script);
        if let Some(Failure::Lost(_)) = &ran.failure {
            self.connect()?;
            return self.once(script).all();
        }
        ran.all()
    }

    /// Runs one statement as [`run`](Self::run) does.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<Answer, Failure> {
        self.run(&[sql])
            .map(|mut answers| answers.pop().unwrap_or_default())
    }

    /// Runs statements as one script on the connection that is there, in several packets if they are too large for one.
    pub(crate) fn once<S: AsRef<str>>(&mut self, script: &[S]) -> Ran {
        if std::mem::take(&mut self.unsent) {
            let mut whole = vec!["START TRANSACTION"];
            whole.extend(script.iter().map(AsRef::as_ref));
            let mut ran = self.once(&whole);
            if !ran.answers.is_empty() {
                ran.answers.remove(0);
            }
            return ran;
        }
        let limit = self.server.max_packet.max(1_048_576) / 2;
        let mut all = Ran::default();
        let mut packet = String::new();
        let mut waiting = 0;
        for statement in script {
            let statement = statement.as_ref();
            if (1..=statement.len()).contains(&self.server.max_packet) {
                // The server would cut the connection, and nobody would know why.
                all.failure = Some(Failure::too_large(statement.len()));
                return all;
            }
            if !packet.is_empty() && packet.len() + statement.len() >= limit {
                self.packet(&packet, waiting, &mut all);
                if all.failure.is_some() {
                    return all;
                }
                packet.clear();
                waiting = 0;
            }
            if !packet.is_empty() {
                packet.push(';');
            }
            packet.push_str(statement);
            waiting += 1;
        }
        if !packet.is_empty() {
            self.packet(&packet, waiting, &mut all);
        }
        all
    }

    fn packet(&mut self, sql: &str, statements: u64, all: &mut Ran) {
        self.sent += statements;
        let timeout = self.timeout;
        let Some(live) = self.live.as_mut().and_then(Kept::get) else {
            all.failure = Some(Failure::Lost("there is no connection".to_owned()));
            return;
        };
        let conn = &mut live.conn;
        let answers = &mut all.answers;
        let ended = live.runtime.block_on(timeout, async {
            let mut result = conn.query_iter(sql).await?;
            while result.columns().is_some() {
                let affected = result.affected_rows();
                let mut rows = Vec::new();
                result.map(|row| rows.push(row.into())).await?;
                answers.push(Answer { rows, affected });
            }
            // The failure of a statement behind the first one is given when its answer is asked for.
            result.drop_result().await
        });
        all.failure = match ended {
            Some(Ok(())) => None,
            Some(Err(Error::Server(error))) => Some(Failure::Server {
                number: error.code,
                state: error.state,
                message: error.message,
            }),
            Some(Err(error)) => {
                self.live = None;
                self.open = false;
                Some(Failure::Lost(error.to_string()))
            }
            None => {
                self.live = None;
                self.open = false;
                Some(Failure::Lost(format!(
                    "no answer within {} s",
                    timeout.as_secs()
                )))
            }
        };
    }

    /// Says good-bye and closes the connection, if one is there.
    pub(crate) fn close(&mut self) {
        if let Some(mut live) = self.live.take()
            && let Some(Live { conn, runtime }) = live.take()
        {
            let _ = runtime.block_on(Duration::from_secs(1), conn.disconnect());
        }
        (self.open, self.unsent) = (false, false);
        self.leases.clear();
    }

    fn explain(&self, error: Error) -> Failure {
        match error {
            Error::Server(error) => Failure::Server {
                number: error.code,
                state: error.state,
                message: error.message,
            },
            other => Failure::Lost(format!("{}: {other}", self.address.place)),
        }
    }
}

/// This machine's time.
fn wall_clock() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Moment(since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }))
}
