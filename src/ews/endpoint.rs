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
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::sync::ports::Cached;

    #[derive(Default)]
    struct Shelf(Mutex<BTreeMap<String, Vec<u8>>>);

    impl Cache for Shelf {
        fn look(&self, name: &str) -> Option<Cached> {
            let value = self.0.lock().unwrap().get(name)?.clone();
            let left = Duration::from_secs(60);
            Some(Cached { value, left })
        }

        fn keep(&self, name: &str, value: &[u8], _: Duration) {
            assert!(name.len() <= 64, "{name}");
            self.0
                .lock()
                .unwrap()
                .insert(name.to_owned(), value.to_vec());
        }

        fn forget(&self, name: &str) {
            self.0.lock().unwrap().remove(name);
        }
    }

    const OLD: &str = "https://old.example.test/EWS/Exchange.asmx";
    const NEW: &str = "https://new.example.test/EWS/Exchange.asmx";

    fn process(shelf: &Arc<Shelf>) -> Endpoint {
        let cache: Arc<dyn Cache> = Arc::<Shelf>::clone(shelf);
        let mut config = EwsConfig::basic("", "svc", crate::ews::Secret::new("geheim"));
        config.mailbox = Some("sales@example.test".to_owned());
        Endpoint::sought(&config, cache)
    }

    /// A world in which searches are counted.
    struct Searches {
        count: Cell<u32>,
        finds: Cell<Result<&'static str, RemoteClass>>,
    }

    impl Searches {
        fn that_find(url: &'static str) -> Self {
            Self {
                count: Cell::new(0),
                finds: Cell::new(Ok(url)),
            }
        }

        fn search(&self) -> Result<Url, RemoteError> {
            self.count.set(self.count.get() + 1);
            match self.finds.get() {
                Ok(url) => Ok(Url::parse(url).unwrap()),
                Err(class) => Err(RemoteError::new(class, "why")),
            }
        }

        fn url(&self, endpoint: &Endpoint) -> Result<String, RemoteClass> {
            let found = endpoint.url(|_| self.search());
            found.map(String::from).map_err(|error| error.class)
        }
    }

    fn status(status: u16) -> RemoteError {
        RemoteError {
            status: Some(status),
            ..RemoteError::new(RemoteClass::Auth, "no")
        }
    }

    fn code(code: &str) -> RemoteError {
        RemoteError {
            code: Some(code.to_owned()),
            ..status(500)
        }
    }

    #[test]
    fn one_search_serves_all_processes() {
        let (shelf, searches) = (Arc::new(Shelf::default()), Searches::that_find(OLD));
        for _ in 0..3 {
            let endpoint = process(&shelf);
            assert_eq!(searches.url(&endpoint).unwrap(), OLD);
            assert_eq!(searches.url(&endpoint).unwrap(), OLD);
        }
        assert_eq!(searches.count.get(), 1);
    }

    /// P9: a table that somebody has written to does not say where the password goes.
    #[test]
    fn the_cache_is_not_trusted() {
        let (shelf, searches) = (Arc::new(Shelf::default()), Searches::that_find(OLD));
        searches.url(&process(&shelf)).unwrap();
        for planted in [
            "0 https://evil.test/EWS/Exchange.asmx",
            "0 http://old.example.test/",
            "0",
            "x",
        ] {
            for value in shelf.0.lock().unwrap().values_mut() {
                *value = planted.as_bytes().to_vec();
            }
            let before = searches.count.get();
            assert_eq!(searches.url(&process(&shelf)).unwrap(), OLD, "{planted}");
            assert_eq!(searches.count.get(), before + 1, "{planted}");
        }
    }

    #[test]
    fn an_address_with_nothing_at_it_is_replaced() {
        let (shelf, searches) = (Arc::new(Shelf::default()), Searches::that_find(OLD));
        let (first, second) = (process(&shelf), process(&shelf));
        let old = Url::parse(&searches.url(&first).unwrap()).unwrap();
        searches.url(&second).unwrap();
        assert!(is_lost(&status(404)) && is_lost(&status(410)));
        assert!(!is_lost(&status(401)) && !is_lost(&code("ErrorItemNotFound")));
        // The search leads to the same address: there is none instead.
        assert_eq!(first.instead(&old, |_| searches.search()), None);
        searches.finds.set(Ok(NEW));
        let found = first.instead(&old, |_| searches.search());
        assert_eq!(found.unwrap().as_str(), NEW);
        let before = searches.count.get();
        let told = second.instead(&old, |_| searches.search());
        assert_eq!(told.unwrap().as_str(), NEW, "what the first process found");
        assert_eq!(searches.count.get(), before);
        assert_eq!(searches.url(&second).unwrap(), NEW);
        let fixed = Endpoint::Fixed(old.clone());
        assert_eq!(fixed.instead(&old, |_| searches.search()), None);
    }

    /// One refused log-in may be a wrong password, a second one in a row makes for a new search, also by another process.
    #[test]
    fn doubts_add_up_until_an_answer_comes() {
        let (shelf, searches) = (Arc::new(Shelf::default()), Searches::that_find(OLD));
        let old = Url::parse(OLD).unwrap();
        let away = RemoteError {
            request_id: Some("1".to_owned()),
            ..RemoteError::new(RemoteClass::Transient, "cannot connect")
        };
        let unsent = RemoteError::new(RemoteClass::Transient, "no time was left");
        for refusal in [&status(401), &away] {
            let endpoint = process(&shelf);
            searches.url(&endpoint).unwrap();
            endpoint.learn(&old, false, Some(refusal));
            assert_eq!(searches.count.get(), 1);
            endpoint.learn(&old, false, Some(&unsent));
            endpoint.learn(&old, false, None);
            endpoint.learn(&old, false, Some(refusal));
            searches.url(&endpoint).unwrap();
            assert_eq!(searches.count.get(), 1, "an answer came between");
            endpoint.learn(&old, false, Some(&code("ErrorItemNotFound")));
        }
        let endpoint = process(&shelf);
        searches.url(&endpoint).unwrap();
        endpoint.learn(&old, false, Some(&status(401)));
        let next = process(&shelf);
        searches.url(&next).unwrap();
        next.learn(&old, false, Some(&status(401)));
        searches.finds.set(Ok(NEW));
        assert_eq!(searches.url(&process(&shelf)).unwrap(), NEW);
        assert_eq!(searches.count.get(), 2);
    }

    #[test]
    fn a_search_in_vain_keeps_the_address() {
        let (shelf, searches) = (Arc::new(Shelf::default()), Searches::that_find(OLD));
        let old = Url::parse(OLD).unwrap();
        for (class, expected) in [
            (RemoteClass::Transient, Ok(OLD.to_owned())),
            (RemoteClass::Auth, Err(RemoteClass::Auth)),
        ] {
            let endpoint = process(&shelf);
            searches.finds.set(Ok(OLD));
            searches.url(&endpoint).unwrap();
            endpoint.learn(&old, false, Some(&status(401)));
            endpoint.learn(&old, false, Some(&status(401)));
            searches.finds.set(Err(class));
            assert_eq!(searches.url(&endpoint), expected);
            let before = searches.count.get();
            assert_eq!(searches.url(&endpoint).unwrap(), OLD);
            assert_eq!(searches.count.get(), before);
        }
    }

    /// A mailbox that is being moved is soon elsewhere: the next request looks.
    #[test]
    fn a_mailbox_that_moves_is_looked_for_anew() {
        let shelf = Arc::new(Shelf::default());
        let old = Url::parse(OLD).unwrap();
        for (code, expected) in [
            (code("ErrorMailboxMoveInProgress"), NEW),
            (code("ErrorNoDestinationCASDueToSSLRequirements"), NEW),
            (code("ErrorServerBusy"), OLD),
        ] {
            let searches = Searches::that_find(OLD);
            let endpoint = process(&shelf);
            searches.url(&endpoint).unwrap();
            endpoint.learn(&old, false, Some(&code));
            searches.finds.set(Ok(NEW));
            assert_eq!(searches.url(&endpoint).unwrap(), expected);
            shelf.0.lock().unwrap().clear();
        }
    }
}
