//! Where the requests go: to the configured address, or to the one that Autodiscover has found, which all processes share for a day.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::autodiscover::{Discovery, Trust};
use super::config::EwsConfig;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;

/// How long an address is taken for right without a look.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Failures in a row, of log-in or connection, after which the address is looked for anew. One may be a wrong password or a restart.
const DOUBTS: u8 = 2;

/// The address of EWS.
pub(super) enum Endpoint {
    /// As configured.
    Fixed(Url),
    /// As found.
    Sought(Box<Sought>),
}

/// An address that is looked for.
pub(super) struct Sought {
    discovery: Discovery,
    trust: Trust,
    cache: Arc<dyn Cache>,
    /// Its name in the cache.
    name: String,
    known: Mutex<Option<Known>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    url: Url,
    until: Instant,
    doubts: u8,
}

impl Endpoint {
    /// Looks for the address at the first request.
    pub(super) fn sought(config: &EwsConfig, cache: Arc<dyn Cache>) -> Self {
        let discovery = config.autodiscover.clone().unwrap_or_default();
        let mailbox = config.mailbox.as_deref().unwrap_or_default();
        let key = format!("{:?}\0{}", discovery, mailbox.to_lowercase());
        let print = Sha256::digest(key.as_bytes());
        let print: String = print
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self::Sought(Box::new(Sought {
            trust: Trust::new(mailbox, &discovery.allow),
            discovery,
            cache,
            name: format!("ews-url:{print}"),
            known: Mutex::new(None),
        }))
    }

    /// The address for the next request; `search` finds it where nobody knows it.
    ///
    /// # Errors
    /// Those of the search.
    pub(super) fn url(
        &self,
        search: impl FnOnce(&Discovery) -> Result<Url, RemoteError>,
    ) -> Result<Url, RemoteError> {
        let sought = match self {
            Self::Fixed(url) => return Ok(url.clone()),
            Self::Sought(sought) => sought,
        };
        let Some(known) = sought.known() else {
            let url = search(&sought.discovery)?;
            sought.keep(&url, 0);
            return Ok(url);
        };
        if known.doubts < DOUBTS {
            return Ok(known.url);
        }
        match search(&sought.discovery) {
            Ok(url) => {
                sought.keep(&url, 0);
                Ok(url)
            }
            // The same password would be refused once more.
            Err(error) if error.class == RemoteClass::Auth => {
                sought.keep(&known.url, 0);
                Err(error)
            }
            Err(_) => {
                sought.keep(&known.url, 0);
                Ok(known.url)
            }
        }
    }

    /// Another address in place of one at which there is nothing (any more): what another process has found meanwhile, or what a new
    /// search finds. Nothing where that is the same.
    pub(super) fn instead(
        &self,
        lost: &Url,
        search: impl FnOnce(&Discovery) -> Result<Url, RemoteError>,
    ) -> Option<Url> {
        let Self::Sought(sought) = self else {
            return None;
        };
        let other = sought.kept().map(|known| known.url);
        let url = match other.filter(|other| other != lost) {
            Some(other) => other,
            None => search(&sought.discovery).ok()?,
        };
        sought.keep(&url, 0);
        (url != *lost).then_some(url)
    }

    /// Whether the address is one that was looked for.
    pub(super) const fn is_sought(&self) -> bool {
        matches!(self, Self::Sought(_))
    }

    /// The address that was found, as far as this process knows it.
    pub(super) fn found(&self) -> Option<Url> {
        match self {
            Self::Fixed(_) => None,
            Self::Sought(sought) => sought.memory().as_ref().map(|known| known.url.clone()),
        }
    }

    /// Learns from the answer to a request; `moved` when a part of it said that the mailbox is elsewhere.
    pub(super) fn learn(&self, url: &Url, moved: bool, error: Option<&RemoteError>) {
        let Self::Sought(sought) = self else { return };
        let known = sought.memory().clone().filter(|known| known.url == *url);
        let Some(known) = known else { return };
        let code = error.and_then(|error| error.code.as_deref());
        if moved || code.is_some_and(has_moved) {
            sought.forget();
            return;
        }
        match error {
            Some(error) if is_doubtful(error) => sought.keep(url, known.doubts.saturating_add(1)),
            Some(error) if error.status.is_none() => {}
            Some(_) | None if known.doubts == 0 => {}
            Some(_) | None => sought.keep(url, 0),
        }
    }
}

/// Whether there is nothing at an address, so that nothing was executed either.
pub(super) fn is_lost(error: &RemoteError) -> bool {
    error.code.is_none() && matches!(error.status, Some(404 | 410))
}

/// Whether the mailbox is, or soon will be, on another server.
pub(super) fn has_moved(code: &str) -> bool {
    code.starts_with("ErrorNoDestinationCAS")
        || matches!(
            code,
            "ErrorMailboxMoveInProgress"
                | "ErrorCrossSiteRequest"
                | "ErrorWrongServerVersion"
                | "ErrorNoApplicableProxyCASServersAvailable"
                | "ErrorProxyRequestNotAllowed"
                | "ErrorNonExistentMailbox"
        )
}

/// Whether it may be another server's turn: the log-in was refused, or nobody is there.
fn is_doubtful(error: &RemoteError) -> bool {
    let refused = error.code.is_none() && error.status == Some(401);
    // What has no id was never sent.
    let nobody = error.status.is_none()
        && error.request_id.is_some()
        && !error.outcome_unknown
        && matches!(error.class, RemoteClass::Transient | RemoteClass::Config);
    refused || nobody
}

impl Sought {
    fn memory(&self) -> MutexGuard<'_, Option<Known>> {
        match self.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// What this process knows, else what all share.
    fn known(&self) -> Option<Known> {
        let now = Instant::now();
        let mut memory = self.memory();
        if memory.as_ref().is_none_or(|known| known.until <= now) {
            *memory = self.kept();
        }
        memory.clone()
    }

    /// What the cache holds. Whoever may write there may not say where the password goes: the rule holds for this address too.
    fn kept(&self) -> Option<Known> {
        let kept = self.cache.look(&self.name)?;
        let text = String::from_utf8(kept.value).ok()?;
        let (doubts, url) = text.split_once(' ')?;
        let url = Url::parse(url).ok()?;
        self.trust.check(&url).ok()?;
        Some(Known {
            url,
            until: Instant::now() + kept.left.min(LIFETIME),
            doubts: doubts.parse().ok()?,
        })
    }

    fn keep(&self, url: &Url, doubts: u8) {
        *self.memory() = Some(Known {
            url: url.clone(),
            until: Instant::now() + LIFETIME,
            doubts,
        });
        let value = format!("{doubts} {url}");
        self.cache.keep(&self.name, value.as_bytes(), LIFETIME);
    }

    fn forget(&self) {
        *self.memory() = None;
        self.cache.forget(&self.name);
    }
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
