//! Walks over a network of words: what each place answers is written down, what is asked is counted.

use std::collections::BTreeMap;

use super::*;
use crate::sync::error::RemoteClass;

const EWS: &str = "https://mail.example.test/EWS/Exchange.asmx";
const SOAP: &str = "https://example.test/autodiscover/autodiscover.svc";
const POX: &str = "https://example.test/autodiscover/autodiscover.xml";
const OWN_SOAP: &str = "https://autodiscover.example.test/autodiscover/autodiscover.svc";
const OWN_POX: &str = "https://autodiscover.example.test/autodiscover/autodiscover.xml";
const LOOK: &str = "http://autodiscover.example.test/autodiscover/autodiscover.xml";

#[derive(Default)]
struct Network {
    replies: BTreeMap<String, Reply>,
    hosts: Vec<String>,
    /// What was asked with credentials at hand, and for which mailbox.
    asked: Vec<(String, String)>,
    looked: Vec<String>,
    /// Questions until the time is up.
    time: Option<usize>,
}

impl Network {
    fn of(replies: &[(&str, Reply)]) -> Self {
        let own = |(url, reply): &(&str, Reply)| ((*url).to_owned(), reply.clone());
        Self {
            replies: replies.iter().map(own).collect(),
            ..Self::default()
        }
    }

    fn walk(&mut self, allow: &[&str]) -> Result<String, RemoteError> {
        let discovery = Discovery {
            allow: allow.iter().map(|host| (*host).to_owned()).collect(),
            ..Discovery::default()
        };
        walk(self, &discovery, "erika@example.test").map(String::from)
    }

    fn places(&self) -> Vec<&str> {
        self.asked.iter().map(|(place, _)| place.as_str()).collect()
    }

    fn reply(&self, url: &Url) -> Reply {
        let nothing = Reply::Other(Failure::Nothing, "HTTP 404".to_owned());
        self.replies.get(url.as_str()).cloned().unwrap_or(nothing)
    }
}

impl Asker for Network {
    fn ask(&mut self, _: Form, url: &Url, address: &str) -> Reply {
        self.asked.push((url.to_string(), address.to_owned()));
        self.reply(url)
    }

    fn look(&mut self, url: &Url) -> Reply {
        self.looked.push(url.to_string());
        self.reply(url)
    }

    fn service(&mut self, _: &str) -> Result<Vec<String>, String> {
        match self.hosts.as_slice() {
            [] => Err("no such entry".to_owned()),
            hosts => Ok(hosts.to_vec()),
        }
    }

    fn is_late(&self) -> bool {
        self.time.is_some_and(|time| self.asked.len() >= time)
    }
}

fn urls(external: &str, internal: &str) -> Reply {
    let own = |url: &str| (!url.is_empty()).then(|| url.to_owned());
    Reply::Found(Found::Urls(EwsUrls {
        external: own(external),
        internal: own(internal),
        either: None,
    }))
}

fn place(url: &str) -> Reply {
    Reply::Found(Found::Place(url.to_owned()))
}

fn address(address: &str) -> Reply {
    Reply::Found(Found::Address(address.to_owned()))
}

fn redirect(url: &str) -> Reply {
    Reply::Redirect(url.to_owned())
}

fn refused(code: &str) -> Reply {
    Reply::Found(Found::Refused(Refused {
        code: code.to_owned(),
        text: String::new(),
    }))
}

fn dead() -> Reply {
    Reply::Unreachable(Failure::Passing, "no answer in time".to_owned())
}

/// The order of EWS reference 9.1: each host by SOAP, then by POX; the first address ends the walk.
#[test]
fn places_are_asked_in_their_order_until_one_answers() {
    for (answering, before) in [
        (SOAP, vec![]),
        (POX, vec![SOAP]),
        (OWN_SOAP, vec![SOAP, POX]),
        (OWN_POX, vec![SOAP, POX, OWN_SOAP]),
    ] {
        let mut network = Network::of(&[(answering, urls(EWS, ""))]);
        assert_eq!(network.walk(&[]).unwrap(), EWS);
        let mut all = before;
        all.push(answering);
        assert_eq!(network.places(), all);
        assert!(network.looked.is_empty());
    }
}

#[test]
fn a_host_that_cannot_be_reached_is_asked_once() {
    let mut network = Network::of(&[(SOAP, dead()), (OWN_POX, urls(EWS, ""))]);
    assert_eq!(network.walk(&[]).unwrap(), EWS);
    assert_eq!(network.places(), [SOAP, OWN_SOAP, OWN_POX]);
}

#[test]
fn the_address_from_outside_is_taken_unless_the_other_is_preferred() {
    let inside = "https://ex1.corp.example.test/EWS/Exchange.asmx";
    let mut network = Network::of(&[(SOAP, urls(EWS, inside))]);
    assert_eq!(network.walk(&[]).unwrap(), EWS);
    let discovery = Discovery {
        prefer: Prefer::Internal,
        allow: Vec::new(),
    };
    let found = walk(&mut network, &discovery, "other@example.test").unwrap();
    assert_eq!(found.as_str(), inside);
    let mut only_inside = Network::of(&[(SOAP, urls("", inside))]);
    assert_eq!(only_inside.walk(&[]).unwrap(), inside);
}

/// Redirects of all kinds lead on: another place, another address, HTTP's own, the one over plain http, the DNS.
#[test]
fn redirects_lead_on() {
    let other = "https://x.example.test/autodiscover/autodiscover.svc";
    let sub = "https://sub.example.test/autodiscover/autodiscover.svc";
    for (replies, last, mailbox) in [
        (vec![(SOAP, place(other))], other, "erika@example.test"),
        (vec![(POX, redirect(other))], other, "erika@example.test"),
        (
            vec![(SOAP, address("e.muster@sub.example.test"))],
            sub,
            "e.muster@sub.example.test",
        ),
        (
            vec![(
                LOOK,
                redirect("https://x.example.test/autodiscover/autodiscover.xml"),
            )],
            other,
            "erika@example.test",
        ),
    ] {
        let mut network = Network::of(&replies);
        network.replies.insert(last.to_owned(), urls(EWS, ""));
        assert_eq!(network.walk(&[]).unwrap(), EWS, "{replies:?}");
        assert_eq!(
            network.asked.last(),
            Some(&(last.to_owned(), mailbox.to_owned()))
        );
    }
    let mut network = Network::of(&[(other, urls(EWS, ""))]);
    network.hosts = vec!["x.example.test".to_owned()];
    assert_eq!(network.walk(&[]).unwrap(), EWS);
    assert_eq!(network.looked, [LOOK]);
}

/// P9: whoever names a strange host, it is never asked; the message names it and the key.
#[test]
fn a_strange_host_gets_no_question() {
    let evil = "https://evil.test/autodiscover/autodiscover.svc";
    let mut by_dns = Network::of(&[]);
    by_dns.hosts = vec!["evil.test".to_owned()];
    for mut network in [
        Network::of(&[(SOAP, place(evil))]),
        Network::of(&[(SOAP, redirect(evil))]),
        Network::of(&[(SOAP, urls("https://evil.test/EWS/Exchange.asmx", ""))]),
        Network::of(&[(SOAP, address("erika@evil.test"))]),
        Network::of(&[(LOOK, redirect(evil))]),
        by_dns,
    ] {
        network.replies.insert(evil.to_owned(), urls(EWS, ""));
        let error = network.walk(&[]).unwrap_err();
        assert_eq!(error.class, RemoteClass::Config, "{error}");
        assert!(error.message.contains("evil.test"), "{error}");
        assert!(
            error.message.contains("exchange.autodiscover.allow"),
            "{error}"
        );
        assert!(
            network
                .places()
                .iter()
                .all(|place| !place.contains("evil.test"))
        );
    }
    let mut allowed = Network::of(&[(LOOK, redirect(evil)), (evil, urls(EWS, ""))]);
    assert_eq!(allowed.walk(&["evil.test"]).unwrap(), EWS);
    let mut plain = Network::of(&[(LOOK, redirect("http://x.example.test/"))]);
    assert!(plain.walk(&[]).unwrap_err().message.contains("not https"));
    let mut plain = Network::of(&[(SOAP, urls("http://mail.example.test/EWS/Exchange.asmx", ""))]);
    assert!(plain.walk(&[]).unwrap_err().message.contains("not https"));
}

/// Whatever leads to Exchange Online ends there, without a question to its Autodiscover.
#[test]
fn exchange_online_is_known() {
    let online = "https://outlook.office365.com/EWS/Exchange.asmx";
    let moved = "http://autodiscover.tenant.mail.onmicrosoft.com/autodiscover/autodiscover.xml";
    let front = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml";
    for replies in [
        vec![(LOOK, redirect(front))],
        vec![(
            SOAP,
            place("https://outlook.office365.com/autodiscover/autodiscover.svc"),
        )],
        vec![(
            OWN_POX,
            urls("https://outlook.office365.com/ews/exchange.asmx", ""),
        )],
        vec![
            (SOAP, address("erika@tenant.mail.onmicrosoft.com")),
            (moved, redirect(front)),
        ],
    ] {
        let mut network = Network::of(&replies);
        assert_eq!(network.walk(&[]).unwrap(), online, "{replies:?}");
        let strange = |place: &&str| !place.contains("example.test");
        assert!(!network.places().iter().any(strange), "{:?}", network.asked);
    }
}

/// Circles end: no place and no address is asked twice, and ten redirects are enough for anybody.
#[test]
fn circles_end() {
    let mut places = Network::of(&[(SOAP, place(OWN_SOAP)), (OWN_SOAP, redirect(SOAP))]);
    places.walk(&[]).unwrap_err();
    assert_eq!(
        places
            .places()
            .iter()
            .filter(|place| **place == SOAP)
            .count(),
        1
    );
    let mut addresses = Network::of(&[
        (SOAP, address("Erika@sub.example.test")),
        (
            "https://sub.example.test/autodiscover/autodiscover.svc",
            address("ERIKA@example.test"),
        ),
    ]);
    let error = addresses.walk(&[]).unwrap_err();
    assert!(error.message.contains("circle"), "{error}");
    assert_eq!(addresses.asked.len(), 2);
    let mut chain = Network::default();
    let step = |number: usize| format!("https://n{number}.example.test/");
    chain.replies.insert(SOAP.to_owned(), place(&step(0)));
    for number in 0..30 {
        chain
            .replies
            .insert(step(number), redirect(&step(number + 1)));
    }
    let error = chain.walk(&[]).unwrap_err();
    assert!(error.message.contains("too many redirects"), "{error}");
    assert!(
        chain
            .places()
            .iter()
            .filter(|place| place.contains("//n"))
            .count()
            <= 10
    );
}

/// Accounts are locked after a few wrong passwords: one refusal for a host, two in all.
#[test]
fn the_account_is_not_locked_by_the_search() {
    let no = || Reply::LogInRefused("refuses the log-in".to_owned());
    let mut network = Network::of(&[(SOAP, no()), (POX, no()), (OWN_SOAP, no()), (OWN_POX, no())]);
    network.hosts = vec!["third.example.test".to_owned()];
    let error = network.walk(&[]).unwrap_err();
    assert_eq!(error.class, RemoteClass::Auth);
    assert_eq!(network.places(), [SOAP, OWN_SOAP]);
    assert!(network.looked.is_empty());
    let mut network = Network::of(&[(SOAP, no()), (OWN_SOAP, urls(EWS, ""))]);
    assert_eq!(
        network.walk(&[]).unwrap(),
        EWS,
        "the shop on the bare domain has other accounts"
    );
}

#[test]
fn what_a_server_refuses_is_reported_with_its_place() {
    for (code, class) in [
        ("InvalidUser", RemoteClass::Config),
        ("500", RemoteClass::Config),
        ("ServerBusy", RemoteClass::Throttled),
        ("InternalServerError", RemoteClass::Transient),
    ] {
        let mut network = Network::of(&[(OWN_SOAP, refused(code))]);
        let error = network.walk(&[]).unwrap_err();
        assert_eq!(error.class, class, "{error}");
        assert!(
            error.message.contains(&format!("{OWN_SOAP}: {code}")),
            "{error}"
        );
        assert!(
            error.message.contains("_autodiscover._tcp.example.test"),
            "{error}"
        );
    }
}

#[test]
fn when_the_time_is_up_nothing_more_is_asked() {
    let mut network = Network::of(&[(OWN_POX, urls(EWS, ""))]);
    network.time = Some(2);
    let error = network.walk(&[]).unwrap_err();
    assert_eq!(error.class, RemoteClass::Transient);
    assert_eq!(network.places(), [SOAP, POX]);
    assert!(network.looked.is_empty());
    assert_eq!(
        error.message.matches("no time was left").count(),
        1,
        "{error}"
    );
}
