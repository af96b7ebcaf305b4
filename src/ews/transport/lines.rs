//! The lines to the server: each is used by one call at a time, and some wait for the next one.

use std::sync::PoisonError;

use reqwest::Url;

use super::line::Line;
use super::{Transport, name_of};
use crate::runtime::Kept;
use crate::sync::error::RemoteError;

/// How many lines wait for the next call: one, and one more for a pull that reads ahead.
const IDLE_LINES: usize = 2;

impl Transport {
    /// A line for one call: one that waits, or a new one.
    pub(super) fn take_line(&self, url: &Url) -> Result<Kept<Line>, RemoteError> {
        let waiting = self.with_idle(|idle| {
            idle.retain(Kept::is_ours);
            idle.pop()
        });
        match waiting {
            Some(line) => Ok(line),
            None => self.new_line(url).map(Kept::new),
        }
    }

    pub(super) fn new_line(&self, url: &Url) -> Result<Line, RemoteError> {
        Line::new(&self.config, &name_of(url), self.is_encrypted(url))
    }

    pub(super) fn give_back(&self, line: Kept<Line>) {
        let surplus = self.with_idle(|idle| {
            idle.push(line);
            (idle.len() > IDLE_LINES).then(|| idle.remove(0))
        });
        drop(surplus);
    }

    pub(super) fn with_idle<T>(&self, act: impl FnOnce(&mut Vec<Kept<Line>>) -> T) -> T {
        act(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is TLS on the way.
    pub(in crate::ews) fn is_encrypted(&self, url: &Url) -> bool {
        let proxy = self.config.web.proxy.as_ref();
        let by_tls = |url: &str| url.to_ascii_lowercase().starts_with("https:");
        self.endpoint.is_sought()
            || url.scheme() == "https"
            || proxy.is_some_and(|proxy| by_tls(proxy.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ews::EwsConfig;
    use crate::sync::ports::NoCache;
    use crate::web::Secret;
    use std::sync::Arc;

    #[test]
    fn a_line_is_used_again() {
        let config = EwsConfig::basic("http://127.0.0.1/", "u", Secret::new("p"));
        let url = Url::parse(&config.url).unwrap();
        let transport = Transport::new(config, Arc::new(NoCache)).unwrap();
        let waiting = |transport: &Transport| transport.with_idle(|idle| idle.len());
        assert_eq!(waiting(&transport), 0);
        let (first, second) = (transport.take_line(&url), transport.take_line(&url));
        let third = transport.take_line(&url);
        for line in [first, second, third] {
            transport.give_back(line.unwrap());
        }
        assert_eq!(waiting(&transport), IDLE_LINES);
        assert!(transport.take_line(&url).unwrap().is_ours());
        assert_eq!(waiting(&transport), 1);
    }
}
