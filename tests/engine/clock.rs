//! The one clock of a test world: logical time that passes only when the test, or a call of a port, says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use exchange_contact_sync::sync::ids::Moment;

#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000_000)))
    }

    /// Another clock that shows the same time and goes on by itself.
    pub(crate) fn fork(&self) -> Self {
        Self(Arc::new(AtomicI64::new(self.now().0)))
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }

    /// A call of a port takes a millisecond.
    pub(crate) fn tick(&self) -> Moment {
        Moment(self.0.fetch_add(1_000, Ordering::Relaxed) + 1_000)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}
