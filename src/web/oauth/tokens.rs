//! Which token a request gets: the one of this process, one that another process left in the cache, or a new one.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::Url;

use super::application::Application;
use super::kept::{self, Kept};
use super::request::{self, Proven};
use super::sealed::Seal;
use crate::runtime::Interrupt;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Cache;
use crate::web::{ConfigError, Secret, WebConfig};

/// A token for one request.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) token: Secret,
    /// Whether it was issued just now, so that another one would be no better.
    pub(crate) fresh: bool,
}

/// An application's tokens.
pub(crate) struct Tokens {
    application: Application,
    endpoint: Url,
    scope: String,
    /// Made with the first token, since a certificate's file has to be read for it.
    seal: OnceLock<Seal>,
}

/// What a request for a token needs besides.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) config: &'a WebConfig,
    pub(crate) service: &'a Url,
    pub(crate) cache: &'a dyn Cache,
    pub(crate) deadline: Option<Instant>,
    pub(crate) interrupt: &'a Interrupt,
}

impl Tokens {
    /// The tokens of an application for a service.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub(crate) fn new(application: &Application, service: &Url) -> Result<Self, ConfigError> {
        Ok(Self {
            endpoint: application.endpoint()?,
            scope: application.scope(service),
            application: application.clone(),
            seal: OnceLock::new(),
        })
    }

    /// The token for a request, other than one that was refused.
    ///
    /// # Errors
    /// When the authority cannot be reached or refuses.
    pub(crate) fn bearer(
        &self,
        refused: Option<&Secret>,
        means: Means<'_>,
    ) -> Result<Bearer, RemoteError> {
        let known = |token| Bearer {
            token,
            fresh: false,
        };
        if let (Some(seal), Some(refused)) = (self.seal.get(), refused) {
            kept::forget(seal.identity(), refused);
        }
        if let Some(seal) = self.seal.get()
            && let Some(token) = kept::find(seal.identity(), refused)
        {
            return Ok(known(token));
        }
        let proven = Proven::of(&self.application.proof)?;
        if let Some(seal) = self.seal(&proven) {
            let found = kept::find(seal.identity(), refused);
            if let Some(token) = found.or_else(|| cached(seal, refused, means.cache)) {
                return Ok(known(token));
            }
        }
        let asked = Instant::now();
        let answer = request::ask(&self.application, &proven, &self.endpoint, means);
        let (token, lifetime) = match answer {
            Ok(answer) => answer,
            // The authority is away in the last minutes of a token that is still good.
            Err(error) => {
                let seal = self
                    .seal
                    .get()
                    .filter(|_| error.class == RemoteClass::Transient);
                let last = seal.and_then(|seal| kept::last(seal.identity(), refused));
                return last.map(known).ok_or(error);
            }
        };
        if let Some(seal) = self.seal.get() {
            keep(seal, &token, (asked, lifetime), means.cache);
        }
        Ok(Bearer { token, fresh: true })
    }

    fn seal(&self, proven: &Proven) -> Option<&Seal> {
        if self.seal.get().is_none() {
            let (endpoint, id) = (self.endpoint.as_str(), self.application.client_id.as_str());
            let made = Seal::new(&[endpoint, id, &self.scope], proven.secret())?;
            // Another thread may have been faster, with the same one.
            let _ = self.seal.set(made);
        }
        self.seal.get()
    }
}

/// What another process has left.
fn cached(seal: &Seal, refused: Option<&Secret>, cache: &dyn Cache) -> Option<Secret> {
    let asked = Instant::now();
    let cached = cache.look(seal.name())?;
    let (token, lifetime) = seal.open(&cached.value)?;
    if Some(&token) == refused {
        cache.forget(seal.name());
        return None;
    }
    let kept = Kept::new(seal.identity(), token, (asked, cached.left), lifetime)?;
    kept::keep(kept.clone());
    Some(kept.token)
}

/// Keeps a token here and for the others; one that is over at once is kept nowhere.
fn keep(seal: &Seal, token: &Secret, (asked, lifetime): (Instant, Duration), cache: &dyn Cache) {
    let since = (asked, lifetime);
    let Some(kept) = Kept::new(seal.identity(), token.clone(), since, lifetime) else {
        return;
    };
    kept::keep(kept);
    let left = lifetime.saturating_sub(asked.elapsed());
    if let Some(sealed) = seal.close(token, lifetime)
        && left >= Duration::from_secs(1)
    {
        cache.keep(seal.name(), &sealed, left);
    }
}
