//! How many requests for one mailbox are answered at the same time (Graph reference, section 11).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Places that are taken, by mailbox.
#[derive(Debug, Default)]
pub struct Places(Mutex<HashMap<String, u64>>);

/// Some places, until they are dropped.
#[derive(Debug)]
pub struct Taken<'a> {
    places: &'a Places,
    mailbox: String,
    /// How many there are.
    pub number: u64,
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes as many of the wanted places as are free; a limit of 0 means that all are.
    pub fn take(&self, mailbox: &str, wanted: u64, limit: u64) -> Taken<'_> {
        let mailbox = mailbox.to_lowercase();
        let mut taken = self.taken();
        let now = taken.entry(mailbox.clone()).or_default();
        let number = match limit {
            0 => wanted,
            limit => wanted.min(limit.saturating_sub(*now)),
        };
        *now += number;
        Taken {
            places: self,
            mailbox,
            number,
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(now) = self.places.taken().get_mut(&self.mailbox) {
            *now = now.saturating_sub(self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let places = Places::default();
        let first = places.take("A@x", 3, 4);
        let second = places.take("a@x", 3, 4);
        assert_eq!((first.number, second.number), (3, 1));
        assert_eq!(places.take("a@x", 1, 4).number, 0);
        assert_eq!(places.take("b@x", 4, 4).number, 4);
        drop(first);
        assert_eq!(places.take("a@x", 4, 4).number, 3);
    }
}
