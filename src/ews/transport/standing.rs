//! Whether the next request of a line needs a log-in first.

use std::time::Instant;

use super::line::KEPT_IDLE;

/// What is known of a log-in that belongs to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Standing {
    /// Nobody is logged in.
    #[default]
    Out,
    /// The connection was let in, and was last used then.
    In(Instant),
    /// The server forgets who we are after each request.
    EachTime,
}

impl Standing {
    /// Whether a request may go without a log-in. A connection that was idle for long is gone, or about to go.
    pub(super) fn is_in(self, now: Instant) -> bool {
        match self {
            Self::In(used) => now.saturating_duration_since(used) < KEPT_IDLE / 2,
            Self::Out | Self::EachTime => false,
        }
    }

    /// A request was answered over the connection.
    pub(super) const fn used(&mut self, now: Instant) {
        if !matches!(self, Self::EachTime) {
            *self = Self::In(now);
        }
    }

    /// The connection that we were logged in on did not know us.
    pub(super) const fn forgotten(&mut self, anew: bool) {
        // A new connection knows nobody; an old one that does not know us any more never will.
        *self = if anew { Self::Out } else { Self::EachTime };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_connection_is_taken_for_open_only_for_a_while() {
        let now = Instant::now();
        let mut standing = Standing::default();
        assert!(!standing.is_in(now));
        standing.used(now);
        assert!(standing.is_in(now) && standing.is_in(now + Duration::from_secs(29)));
        assert!(!standing.is_in(now + Duration::from_secs(30)));
    }

    #[test]
    fn a_server_that_forgets_us_on_an_open_connection_gets_a_log_in_each_time() {
        let now = Instant::now();
        let mut standing = Standing::In(now);
        standing.forgotten(true);
        assert_eq!(standing, Standing::Out);
        standing.used(now);
        standing.forgotten(false);
        standing.used(now);
        assert!(!standing.is_in(now));
    }
}
