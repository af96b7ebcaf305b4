//! The port to small things that all processes share, such as a token or an address that was looked up.

use std::fmt;
use std::time::Duration;

/// What the cache holds under a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Cached {
    /// The value.
    pub value: Vec<u8>,
    /// How much is left of its lifetime, by the cache's own clock.
    pub left: Duration,
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("bytes", &self.value.len())
            .field("left", &self.left)
            .finish()
    }
}

/// A cache, and nothing that anything rests on: whatever goes wrong with it means that a value is not there.
///
/// Names have at most 64 bytes. A value may be read by everybody who may read the cache: what is secret has to be encrypted before
/// it is kept.
pub trait Cache: Send + Sync {
    /// The value under a name and how long it is still good; `None` when there is none.
    fn look(&self, name: &str) -> Option<Cached>;

    /// Keeps a value for a while, in place of one that is there.
    fn keep(&self, name: &str, value: &[u8], lifetime: Duration);

    /// Removes a value.
    fn forget(&self, name: &str);

    /// The value under a name alone.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.look(name).map(|cached| cached.value)
    }
}

/// A cache that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn look(&self, _: &str) -> Option<Cached> {
        None
    }

    fn keep(&self, _: &str, _: &[u8], _: Duration) {}

    fn forget(&self, _: &str) {}
}
