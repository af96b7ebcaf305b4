//! How much is asked for at a time: less after a request that a server did not manage in its time, and by and by more again.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync::error::RemoteError;
use crate::sync::ports::Cache;

/// How long other processes, and this one, go at a pace that was found out.
const LASTS: Duration = Duration::from_secs(3_600);

/// How long what another process has found out may go unnoticed.
const LOOK: Duration = Duration::from_secs(60);

/// The slowest pace: an eighth of what is configured.
const SLOWEST: u8 = 3;

/// So many requests in a row have to succeed before more is asked for.
const STEADY: u32 = 20;

/// A pace: how often what is asked for is halved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pace {
    halved: u8,
    successes: u32,
}

impl Pace {
    /// The pace after a request.
    const fn after(self, overburdened: bool, succeeded: bool) -> Self {
        match (overburdened, succeeded) {
            (true, _) => Self {
                halved: if self.halved < SLOWEST {
                    self.halved + 1
                } else {
                    SLOWEST
                },
                successes: 0,
            },
            (false, false) => self,
            (false, true) if self.halved > 0 && self.successes + 1 >= STEADY => Self {
                halved: self.halved - 1,
                successes: 0,
            },
            (false, true) => Self {
                halved: self.halved,
                successes: self.successes.saturating_add(1),
            },
        }
    }

    fn of(self, most: usize) -> usize {
        (most >> self.halved).max(1)
    }
}

/// Whether a failure says that a request was too much: the server stopped in the middle for want of time, or used up all of ours.
pub(crate) fn is_too_much(error: &RemoteError, timed_out: bool) -> bool {
    let code = error.code.as_deref();
    timed_out
        || matches!(
            code,
            Some(
                "ErrorTimeoutExpired"
                    | "ErrorTooManyObjectsOpened"
                    | "ErrorExceededConnectionCount"
            )
        )
}

/// The pace of a mailbox, as all processes found it out.
pub(crate) struct Pacer {
    name: String,
    state: Mutex<(Pace, Option<Instant>)>,
}

impl Pacer {
    /// For a mailbox of a server, both as they are configured.
    pub(crate) fn new(server: &str, mailbox: &str) -> Self {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(format!("{server}\0{mailbox}").to_lowercase());
        let short: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name: format!("pace:{short}"),
            state: Mutex::new((Pace::default(), None)),
        }
    }

    /// Looks for what other processes have found out, unless that was done a moment ago.
    pub(crate) fn look(&self, cache: &dyn Cache) {
        self.with(|(pace, looked)| {
            let fresh = looked.is_some_and(|looked| looked.elapsed() < LOOK);
            if !fresh {
                *looked = Some(Instant::now());
                let told = cache
                    .read(&self.name)
                    .and_then(|value| value.first().copied());
                pace.halved = told.unwrap_or(0).min(SLOWEST);
            }
        });
    }

    /// How many of at most so many are asked for now.
    pub(crate) fn now(&self, most: usize) -> usize {
        self.with(|(pace, _)| pace.of(most))
    }

    /// Learns from the answer to a request; `timed_out` tells whether it used up all the time that a request may take.
    pub(crate) fn heard(&self, failure: Option<&RemoteError>, timed_out: bool, cache: &dyn Cache) {
        let overburdened = failure.is_some_and(|error| is_too_much(error, timed_out));
        let changed = self.with(|(pace, looked)| {
            let before = *pace;
            *pace = before.after(overburdened, failure.is_none());
            *looked = looked.or_else(|| Some(Instant::now()));
            (before.halved != pace.halved).then_some(pace.halved)
        });
        match changed {
            Some(0) => cache.forget(&self.name),
            Some(halved) => cache.keep(&self.name, &[halved], LASTS),
            None => {}
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut (Pace, Option<Instant>)) -> T) -> T {
        match self.state.lock() {
            Ok(mut state) => act(&mut state),
            Err(poisoned) => act(&mut poisoned.into_inner()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sync::error::RemoteClass;
    use crate::sync::ports::Cached;

    #[derive(Default)]
    struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

    impl Cache for Memory {
        fn look(&self, name: &str) -> Option<Cached> {
            let value = self.0.lock().unwrap().get(name).cloned()?;
            let left = LASTS;
            Some(Cached { value, left })
        }

        fn keep(&self, name: &str, value: &[u8], _: Duration) {
            self.0
                .lock()
                .unwrap()
                .insert(name.to_owned(), value.to_vec());
        }

        fn forget(&self, name: &str) {
            self.0.lock().unwrap().remove(name);
        }
    }

    /// semantics 47, 48: halved to an eighth, never to nothing, and doubled again after a row of successes.
    #[test]
    fn the_pace_slows_with_each_request_that_was_too_much_and_recovers_slowly() {
        let mut pace = Pace::default();
        let mut sizes = Vec::new();
        for _ in 0..5 {
            pace = pace.after(true, false);
            sizes.push((pace.of(512), pace.of(10), pace.of(1)));
        }
        assert_eq!(
            sizes,
            [(256, 5, 1), (128, 2, 1), (64, 1, 1), (64, 1, 1), (64, 1, 1)]
        );
        for (successes, halved) in [(19, 3), (1, 2), (20, 1), (19, 1), (1, 0), (100, 0)] {
            for _ in 0..successes {
                pace = pace.after(false, true);
            }
            assert_eq!(pace.halved, halved);
        }
        // Another failure is no reason to ask for less, nor a success.
        let slow = Pace::default().after(true, false).after(false, true);
        assert_eq!(slow.after(false, false), slow);
    }

    #[test]
    fn only_what_was_too_much_counts() {
        for (code, timed_out, too_much) in [
            (Some("ErrorTimeoutExpired"), false, true),
            (Some("ErrorTooManyObjectsOpened"), false, true),
            (Some("ErrorExceededConnectionCount"), false, true),
            (Some("ErrorServerBusy"), false, false),
            (Some("ErrorItemNotFound"), false, false),
            (None, false, false),
            (None, true, true),
        ] {
            let error = RemoteError {
                code: code.map(str::to_owned),
                ..RemoteError::new(RemoteClass::Transient, "it failed")
            };
            assert_eq!(is_too_much(&error, timed_out), too_much, "{code:?}");
        }
    }

    #[test]
    fn what_one_process_finds_out_the_next_one_goes_by() {
        let cache = Memory::default();
        let error = RemoteError::new(RemoteClass::Transient, "no answer");
        let another = |mailbox: &str| {
            let pacer = Pacer::new("mail.example.com", mailbox);
            pacer.look(&cache);
            pacer
        };
        let first = another("sales@example.com");
        assert_eq!(first.now(512), 512);
        first.heard(Some(&error), true, &cache);
        assert_eq!(first.now(512), 256);
        let second = another("Sales@example.com");
        assert_eq!(second.now(512), 256);
        assert_eq!(another("x@example.com").now(512), 512);
        for _ in 0..STEADY {
            second.heard(None, false, &cache);
        }
        assert_eq!(second.now(512), 512);
        assert_eq!(another("sales@example.com").now(512), 512);
    }
}
