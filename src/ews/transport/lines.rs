//! The lines to the server: each is used by one call at a time, and some wait for the next one.

use reqwest::Url;

use super::line::Line;
use super::{Transport, name_of};
use crate::runtime::Kept;
use crate::sync::error::RemoteError;

impl Transport {
    /// A line for one call: one that waits, or a new one.
    pub(super) fn take_line(&self, url: &Url) -> Result<Kept<Line>, RemoteError> {
        match self.idle.take() {
            Some(line) => Ok(line),
            None => self.new_line(url).map(Kept::new),
        }
    }

    pub(super) fn new_line(&self, url: &Url) -> Result<Line, RemoteError> {
        Line::new(&self.config, &name_of(url), self.is_encrypted(url))
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
