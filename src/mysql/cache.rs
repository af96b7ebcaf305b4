//! The cache that all processes share: the table `ecs_cache`, on a connection of its own that is open only while it is asked.
//!
//! Nothing waits for it long and nothing fails by it: without the table, or with a database that is away or read-only, there is no
//! cache. No lock keeps two processes from making the same value: it would have to be held while Exchange or a token endpoint is
//! asked, and making a value twice costs one request.

use std::sync::Mutex;
use std::time::Duration;

use super::config::MySqlConfig;
use super::connection::Connection;
use super::literal::{bytes, text};
use crate::sync::error::StoreError;
use crate::sync::ports::{Cache, Cached};

/// How long a connection and a statement may take. A cache that is slower is not worth the wait.
const LIMIT: Duration = Duration::from_secs(2);

/// The longest name that the table takes, in bytes.
const LONGEST_NAME: usize = 64;

/// A cache in the pair's database.
#[derive(Debug)]
pub struct MySqlCache(Mutex<Connection>);

impl MySqlCache {
    /// A cache in the database of a URL. Opens no connection.
    ///
    /// # Errors
    /// When the URL is wrong; the password is never in the message.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let mut config = MySqlConfig::new(url);
        config.connect_timeout = LIMIT;
        config.timeout = LIMIT;
        Ok(Self(Mutex::new(Connection::new(&config)?)))
    }

    /// Runs a script and closes the connection again: a process asks once an hour, and the server's connections are scarce.
    fn run(&self, script: &[String]) -> Option<super::answer::Answer> {
        let mut db = match self.0.lock() {
            Ok(db) => db,
            Err(poisoned) => poisoned.into_inner(),
        };
        let answers = db.run(script).ok();
        db.close();
        answers.and_then(|mut answers| answers.pop())
    }
}

impl Cache for MySqlCache {
    fn look(&self, name: &str) -> Option<Cached> {
        let answer = self.run(&[format!(
            "SELECT value, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), valid_until) FROM ecs_cache \
             WHERE name={} AND valid_until>UTC_TIMESTAMP(6)",
            text(name)
        )])?;
        let row = answer.rows.first()?;
        Some(Cached {
            value: row.bytes(0)?.to_vec(),
            left: Duration::from_micros(row.number(1)?),
        })
    }

    fn keep(&self, name: &str, value: &[u8], lifetime: Duration) {
        if name.len() > LONGEST_NAME {
            return;
        }
        self.run(&[
            "DELETE FROM ecs_cache WHERE valid_until<=UTC_TIMESTAMP(6)".to_owned(),
            format!(
                "REPLACE INTO ecs_cache (name, value, valid_until) \
                 VALUES ({}, {}, UTC_TIMESTAMP(6) + INTERVAL {} SECOND)",
                text(name),
                bytes(value),
                lifetime.as_secs()
            ),
        ]);
    }

    fn forget(&self, name: &str) {
        self.run(&[format!("DELETE FROM ecs_cache WHERE name={}", text(name))]);
    }
}
