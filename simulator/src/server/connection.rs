//! What belongs to one connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::login::ntlm::Standing;

/// A connection.
#[derive(Debug, Default)]
pub struct Connection {
    used: AtomicBool,
    ntlm: Mutex<Standing>,
}

impl Connection {
    /// Whether this is its first request to Exchange.
    pub fn is_fresh(&self) -> bool {
        !self.used.swap(true, Ordering::Relaxed)
    }

    /// Who is logged in on it.
    pub fn with_ntlm<T>(&self, act: impl FnOnce(&mut Standing) -> T) -> T {
        act(&mut self.ntlm.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
