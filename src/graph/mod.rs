//! Exchange Online over Microsoft Graph: the [`Remote`](crate::sync::ports::Remote) port.
//!
//! `transport` sends requests with a token over one kept connection, `calls` puts several of them into one, `catalogue` knows where Graph
//! keeps each property, `map` turns its contacts into ours and back, and [`Graph`] puts them together.

mod address;
mod calls;
mod catalogue;
mod changes;
mod config;
mod extended;
mod failure;
mod fetch;
mod folder;
mod map;
mod photo;
mod probe;
mod remote;
mod translate;
mod transport;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use config::{Cloud, FolderSpec, GraphConfig};

use crate::runtime::Interrupt;
use crate::sync::ports::{Cache, NoCache};
use crate::web::ConfigError;
use crate::web::limits::Limits;
use crate::web::pace::Pacer;
use transport::Transport;

/// One contacts folder of a mailbox in Exchange Online.
///
/// The connection is opened by the first request and kept; a forked child opens its own.
#[derive(Clone)]
pub struct Graph {
    shared: Arc<Shared>,
    limits: Limits,
}

struct Shared {
    transport: Transport,
    pacer: Pacer,
}

impl Graph {
    /// Checks the configuration; opens no connection.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub fn new(config: GraphConfig) -> Result<Self, ConfigError> {
        Self::with_cache(config, Arc::new(NoCache))
    }

    /// The same with a cache for what the processes can share.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_cache(config: GraphConfig, cache: Arc<dyn Cache>) -> Result<Self, ConfigError> {
        let mailbox = config.mailbox.as_deref().unwrap_or_default();
        Ok(Self {
            shared: Arc::new(Shared {
                pacer: Pacer::new(&config.url, mailbox),
                transport: Transport::new(config, cache)?,
            }),
            limits: Limits::default(),
        })
    }

    /// Looks for what other processes have found out of how much the server manages at a time.
    pub fn look_at_pace(&self) {
        self.shared.pacer.look(self.shared.transport.cache());
    }

    /// The same folder over the same connection with a time budget from now on: no request goes on after it, and none is sent.
    #[must_use]
    pub fn within(&self, budget: Duration) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits: self.limits.within(budget),
        }
    }

    /// The same folder over the same connection for a call that may be asked to end: a request in flight is then given up, and none is sent
    /// any more.
    #[must_use]
    pub fn until(&self, interrupt: Interrupt) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits: self.limits.heeding(interrupt),
        }
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("config", self.shared.transport.config())
            .finish_non_exhaustive()
    }
}
