//! How long Exchange is left alone after a failure that speaks of the server rather than of one contact.
//!
//! The wait is the server's own word where it gave one. Else it begins at a floor, doubles with every failure in a row and
//! ends at a ceiling. All processes share it, and come back at slightly different times.

use std::time::Duration;

use super::error::{RemoteClass, RemoteError};

/// A wait that is to begin now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOff {
    /// What kind of failure it follows.
    pub class: RemoteClass,
    /// How long nothing is sent, at least.
    pub wait: Duration,
    /// At most so much is added at random, so that not all come back at once.
    pub spread: Duration,
    /// How many failures in a row there were, this one included.
    pub failures: u32,
    /// What failed, for a person; no secret in it.
    pub reason: String,
}

/// A wait that nobody has ended yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// How much of it is left; zero when it is time to find out.
    pub left: Duration,
    /// What kind of failure it follows.
    pub class: RemoteClass,
    /// What failed, for a person.
    pub reason: String,
}

/// The longest wait, whatever a server asks for: a mistaken answer must not silence us for days.
pub const LONGEST: Duration = Duration::from_secs(3_600);

/// A server that asks for no time at all is not believed.
const SHORTEST_TOLD: Duration = Duration::from_secs(1);

impl BackOff {
    /// The wait after a failure that follows `before` others in a row; `None` when it does not speak of the server, or when
    /// waiting would not help.
    #[must_use]
    pub fn after(error: &RemoteError, before: u32) -> Option<Self> {
        let (floor, ceiling) = match error.class {
            RemoteClass::Transient => (Duration::from_secs(5), Duration::from_secs(600)),
            RemoteClass::Throttled => (Duration::from_secs(10), LONGEST),
            RemoteClass::Auth => (Duration::from_secs(60), LONGEST),
            RemoteClass::Config
            | RemoteClass::FolderGone
            | RemoteClass::Gone
            | RemoteClass::Conflict
            | RemoteClass::CursorInvalid
            | RemoteClass::Untried
            | RemoteClass::Interrupted
            | RemoteClass::Permanent => return None,
        };
        let told = error.retry_after.filter(|told| !told.is_zero());
        let grown = || floor.saturating_mul(1 << before.min(16)).min(ceiling);
        let wait = told.map_or_else(grown, |told| told.clamp(SHORTEST_TOLD, LONGEST));
        Some(Self {
            class: error.class,
            wait,
            spread: wait / 4,
            failures: before.saturating_add(1),
            reason: error.to_string(),
        })
    }
}

impl Pause {
    /// The failure of a call that came too early: nothing was sent.
    #[must_use]
    pub fn refusal(&self) -> RemoteError {
        RemoteError {
            retry_after: Some(self.left),
            ..RemoteError::new(
                self.class,
                format!(
                    "nothing was sent: Exchange is left alone for another {} s, or until check() finds it well, since it failed: {}",
                    self.left.as_secs().max(1),
                    self.reason
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(class: RemoteClass, told: Option<u64>) -> RemoteError {
        RemoteError {
            retry_after: told.map(Duration::from_millis),
            ..RemoteError::new(class, "it failed")
        }
    }

    /// R25, semantics 47: a floor, doubling, a ceiling; what the server says goes before, within limits.
    #[test]
    fn the_wait_grows_from_a_floor_to_a_ceiling_unless_the_server_says() {
        for (class, told, before, seconds) in [
            (RemoteClass::Transient, None, 0, 5),
            (RemoteClass::Transient, None, 1, 10),
            (RemoteClass::Transient, None, 6, 320),
            (RemoteClass::Transient, None, 7, 600),
            (RemoteClass::Transient, None, u32::MAX, 600),
            (RemoteClass::Transient, Some(30_000), 3, 30),
            (RemoteClass::Throttled, None, 0, 10),
            (RemoteClass::Throttled, Some(0), 0, 10),
            (RemoteClass::Throttled, Some(0), 2, 40),
            (RemoteClass::Throttled, Some(1), 2, 1),
            (RemoteClass::Throttled, Some(178_000), 0, 178),
            (RemoteClass::Throttled, Some(86_400_000), 0, 3_600),
            (RemoteClass::Throttled, None, 30, 3_600),
            (RemoteClass::Auth, None, 0, 60),
            (RemoteClass::Auth, None, 9, 3_600),
        ] {
            let wait = BackOff::after(&failure(class, told), before).map(|wait| wait.wait);
            assert_eq!(
                wait,
                Some(Duration::from_secs(seconds)),
                "{class:?} {told:?} {before}"
            );
        }
    }

    #[test]
    fn what_speaks_of_one_contact_or_is_never_mended_by_waiting_begins_no_wait() {
        for class in [
            RemoteClass::Config,
            RemoteClass::FolderGone,
            RemoteClass::Gone,
            RemoteClass::Conflict,
            RemoteClass::CursorInvalid,
            RemoteClass::Untried,
            RemoteClass::Interrupted,
            RemoteClass::Permanent,
        ] {
            assert_eq!(BackOff::after(&failure(class, Some(1_000)), 0), None);
        }
    }

    #[test]
    fn processes_come_back_at_different_times_and_never_too_early() {
        let wait = BackOff::after(&failure(RemoteClass::Transient, None), 2);
        let wait = wait.map(|wait| (wait.wait, wait.spread, wait.failures));
        assert_eq!(
            wait,
            Some((Duration::from_secs(20), Duration::from_secs(5), 3))
        );
    }
}
