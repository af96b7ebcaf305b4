//! Whether the next request of a line needs a log-in first.

use std::time::Instant;

use super::line::KEPT_IDLE;

/// How often in a row a server may forget us on an open connection before it gets a log-in with each request.
const STRIKES: u8 = 2;

/// What is known of a log-in that belongs to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// When the connection that was let in was last used; nothing when nobody is logged in.
    used: Option<Instant>,
    /// How often in a row an open connection did not know us any more. A server that is recycled forgets once.
    strikes: u8,
}

impl Standing {
    /// Whether a request may go without a log-in. A connection that was idle for long is gone, or about to go.
    pub(super) fn is_in(self, now: Instant) -> bool {
        let is_warm = |used| now.saturating_duration_since(used) < KEPT_IDLE / 2;
        self.strikes < STRIKES && self.used.is_some_and(is_warm)
    }

    /// A request was answered after a log-in.
    pub(super) const fn let_in(&mut self, now: Instant) {
        self.used = Some(now);
    }

    /// A request was answered without a log-in.
    pub(super) const fn known(&mut self, now: Instant) {
        self.used = Some(now);
        self.strikes = 0;
    }

    /// A request that went without a log-in was refused: over a new connection, which knows nobody, or over the one that was let in.
    pub(super) const fn forgotten(&mut self, anew: bool) {
        self.used = None;
        if !anew {
            self.strikes = self.strikes.saturating_add(1);
        }
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
        standing.let_in(now);
        assert!(standing.is_in(now) && standing.is_in(now + Duration::from_secs(29)));
        assert!(!standing.is_in(now + Duration::from_secs(30)));
    }

    /// Semantics 50.
    #[test]
    fn a_server_that_forgets_us_again_and_again_gets_a_log_in_each_time() {
        let now = Instant::now();
        let mut standing = Standing::default();
        let forget = |standing: &mut Standing, anew| {
            standing.let_in(now);
            standing.forgotten(anew);
            standing.let_in(now);
            standing.is_in(now)
        };
        assert!(forget(&mut standing, true));
        assert!(forget(&mut standing, false));
        standing.known(now);
        assert!(forget(&mut standing, false));
        assert!(!forget(&mut standing, false));
    }
}
