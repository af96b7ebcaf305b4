//! Exchange over Exchange Web Services: the [`Remote`](crate::sync::ports::Remote) port.
//!
//! [`wire`] turns values into bytes and back, `transport` sends them over one kept connection, `map` turns
//! items into contacts, and [`Ews`] puts them together.

mod autodiscover;
mod beforehand;
mod catalogue;
mod changes;
mod config;
mod deletion;
mod email_list;
mod email_slots;
mod endpoint;
mod entries;
mod failure;
mod folder;
mod listing;
mod login;
mod map;
#[cfg(test)]
mod mapping_docs;
mod naming;
mod notes_line;
mod photo;
mod probe;
mod remote;
mod search;
mod selection;
mod special_folder;
mod transport;
pub mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use autodiscover::{Discovery, Prefer};
pub use config::{Access, EwsConfig, FolderSpec};
pub use login::{Account, Login, LongTermKey, Principal};
pub use selection::Selection;

use crate::runtime::Interrupt;
use crate::sync::ports::{Cache, NoCache};
use crate::web::ConfigError;
use crate::web::limits::Limits;
use crate::web::pace::Pacer;
use transport::Transport;

/// One contacts folder on an Exchange server.
///
/// The connection is opened by the first request and kept; a forked child opens its own.
#[derive(Clone)]
pub struct Ews {
    shared: Arc<Shared>,
    limits: Limits,
}

struct Shared {
    transport: Transport,
    /// Whether an item's parent folder, named by another id than ours, is our folder all the same.
    parents: Mutex<BTreeMap<String, bool>>,
    pacer: Pacer,
}

impl Ews {
    /// Checks the configuration; opens no connection.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub fn new(config: EwsConfig) -> Result<Self, ConfigError> {
        Self::with_cache(config, Arc::new(NoCache))
    }

    /// The same with a cache for what the processes can share.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_cache(config: EwsConfig, cache: Arc<dyn Cache>) -> Result<Self, ConfigError> {
        let pacer = Pacer::new(&config.url, config.mailbox.as_deref().unwrap_or_default());
        Ok(Self {
            shared: Arc::new(Shared {
                pacer,
                transport: Transport::new(config, cache)?,
                parents: Mutex::new(BTreeMap::new()),
            }),
            limits: Limits::default(),
        })
    }

    /// The server that Autodiscover has found; `None` before that, and where the address is configured.
    #[must_use]
    pub fn found_server(&self) -> Option<String> {
        self.shared.transport.found()
    }

    /// Looks for what other processes have found out of how much the server manages at a time.
    pub fn look_at_pace(&self) {
        self.shared.pacer.look(self.shared.transport.cache());
    }

    /// The same folder over the same connection with a time budget from now on: no request goes on after
    /// it, and none is sent.
    #[must_use]
    pub fn within(&self, budget: Duration) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits: self.limits.within(budget),
        }
    }

    /// The same folder over the same connection for a call that may be asked to end: a request in flight is then given up, and none is
    /// sent any more.
    #[must_use]
    pub fn until(&self, interrupt: Interrupt) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits: self.limits.heeding(interrupt),
        }
    }
}

impl fmt::Debug for Ews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ews")
            .field("config", self.shared.transport.config())
            .finish_non_exhaustive()
    }
}
