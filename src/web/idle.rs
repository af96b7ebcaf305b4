//! Connections that no call uses right now.

use std::sync::{Mutex, PoisonError};

use crate::runtime::Kept;

/// How many wait for the next call: one, and one more for a pull that reads ahead.
const MOST: usize = 2;

/// Those that wait. A forked child has none: they are its parent's.
#[derive(Debug)]
pub(crate) struct Idle<T>(Mutex<Vec<Kept<T>>>);

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Idle<T> {
    /// One that waits.
    pub(crate) fn take(&self) -> Option<Kept<T>> {
        self.with(|idle| {
            idle.retain(Kept::is_ours);
            idle.pop()
        })
    }

    /// Lets it wait for the next call; the oldest one goes where there are too many.
    pub(crate) fn give_back(&self, kept: Kept<T>) {
        let surplus = self.with(|idle| {
            idle.push(kept);
            (idle.len() > MOST).then(|| idle.remove(0))
        });
        drop(surplus);
    }

    fn with<R>(&self, act: impl FnOnce(&mut Vec<Kept<T>>) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_wait_and_are_used_again() {
        let idle = Idle::default();
        assert!(idle.take().is_none());
        for number in 1..=3 {
            idle.give_back(Kept::new(number));
        }
        let taken = || idle.take().map(|mut kept| kept.take());
        assert_eq!(
            [taken(), taken(), taken()],
            [Some(Some(3)), Some(Some(2)), None]
        );
    }
}
