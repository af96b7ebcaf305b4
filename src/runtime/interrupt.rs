//! The wish of a caller that its call ends soon.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the caller wants its call to end. Once it does, that stays so for the rest of the call, whoever looks.
#[derive(Clone, Default)]
pub struct Interrupt(Option<Arc<Asked>>);

struct Asked {
    yet: AtomicBool,
    look: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Interrupt {
    /// One that looks by this function, on any thread.
    pub fn new(look: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Asked {
            yet: AtomicBool::new(false),
            look: Box::new(look),
        })))
    }

    /// Whether the call is to end.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        let Some(asked) = &self.0 else {
            return false;
        };
        if !asked.yet.load(Ordering::Relaxed) && (asked.look)() {
            asked.yet.store(true, Ordering::Relaxed);
        }
        asked.yet.load(Ordering::Relaxed)
    }

    /// Asks by itself: the call has ended, and whoever still works for it is to end too. Nobody looks any more.
    pub fn ask(&self) {
        if let Some(asked) = &self.0 {
            asked.yet.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_asked()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_once_stays_asked() {
        let pending = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&pending);
        let interrupt = Interrupt::new(move || seen.load(Ordering::Relaxed));
        assert!(!interrupt.is_asked());
        pending.store(true, Ordering::Relaxed);
        assert!(interrupt.is_asked());
        pending.store(false, Ordering::Relaxed);
        assert!(interrupt.clone().is_asked());
        assert!(!Interrupt::default().is_asked());
    }
}
