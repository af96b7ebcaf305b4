//! Processes that share an address, and searches that are counted.

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
    let mut config = EwsConfig::basic("", "svc", crate::web::Secret::new("geheim"));
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
