//! The way to Exchange through a proxy, and the cookies that keep it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::scripted::{Act, Scripted, contacts_folder, http, ok};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ports::Remote;
use exchange_contact_sync::web::Secret;

const PASSWORD: &str = "pr0xy-geheim";

/// The proxy sees plain HTTP, so that the test can read what it gets.
fn through(proxy: &Scripted) -> Ews {
    let mut config = EwsConfig::basic(
        "http://mail.example.test/EWS/Exchange.asmx",
        "svc",
        Secret::new("geheim"),
    );
    config.allow_plain_http = true;
    let address = proxy.address;
    config.web.proxy = Some(Secret::new(format!("http://crm:{PASSWORD}@{address}")));
    assert!(!format!("{config:?}").contains(PASSWORD));
    Ews::new(config).unwrap()
}

fn refused(ews: &Ews) -> RemoteError {
    ews.resolve_folder().unwrap_err()
}

/// P9: the proxy gets its own log-in and passes on the other one; neither is in a message.
#[test]
fn requests_go_to_the_proxy_with_its_log_in() {
    let proxy = Scripted::start(vec![
        Act::Answer(ok(&contacts_folder())),
        Act::Answer(http("407 Proxy Authentication Required", &[], "")),
        Act::CloseAfterRequest,
    ]);
    let ews = through(&proxy);
    ews.resolve_folder().unwrap();
    let request = proxy.requests()[0].clone();
    let line = request.text.lines().next().unwrap_or_default();
    assert_eq!(
        line,
        "POST http://mail.example.test/EWS/Exchange.asmx HTTP/1.1"
    );
    let own = request.header("Proxy-Authorization").unwrap();
    assert_eq!(own, "Basic Y3JtOnByMHh5LWdlaGVpbQ==");
    assert_ne!(request.header("Authorization"), Some(own));

    let error = refused(&ews);
    assert_eq!(error.class, RemoteClass::Auth);
    let broken = refused(&ews);
    for said in [error.to_string(), broken.to_string()] {
        assert!(said.contains("proxy 127.0.0.1:"), "{said}");
        assert!(!said.contains(PASSWORD) && !said.contains("crm:"), "{said}");
    }
    assert!(error.to_string().contains("exchange.proxy"), "{error}");
}

/// semantics 50: a load balancer finds the server that has the mailbox at hand by its cookie.
#[test]
fn cookies_are_sent_back() {
    let server = Scripted::start(vec![
        Act::Answer(http(
            "200 OK",
            &[
                "Content-Type: text/xml; charset=utf-8",
                "Set-Cookie: X-BackEndCookie=server-7; path=/EWS; HttpOnly",
                "Set-Cookie: exchangecookie=abc; path=/",
            ],
            contacts_folder(),
        )),
        Act::Answer(ok(&contacts_folder())),
    ]);
    let config = EwsConfig::basic(server.url(), "svc", Secret::new("geheim"));
    let ews = Ews::new(config.clone()).unwrap();
    ews.resolve_folder().unwrap();
    ews.resolve_folder().unwrap();
    Ews::new(config).unwrap().resolve_folder().unwrap();
    let cookies: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|request| request.header("Cookie").map(str::to_owned))
        .collect();
    assert_eq!(cookies[0], None);
    let sent = cookies[1].as_deref().unwrap_or_default();
    assert!(sent.contains("X-BackEndCookie=server-7") && sent.contains("exchangecookie=abc"));
    assert_eq!(cookies[2], None, "another mailbox has its own");
}

#[test]
fn a_proxy_that_cannot_be_one_is_refused() {
    for proxy in ["", "proxy", "http://"] {
        let mut config = EwsConfig::basic("http://127.0.0.1/", "svc", Secret::new("geheim"));
        config.web.proxy = Some(Secret::new(proxy));
        assert_eq!(config.check().unwrap_err().key, "proxy", "{proxy}");
    }
}
