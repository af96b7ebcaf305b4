//! The key `exchange.kerberos`.

use std::path::PathBuf;

use super::*;
use crate::ews::{Login, LongTermKey};

/// The key `exchange`, with keys changed; null removes one.
fn login<const N: usize>(changes: [(&str, Raw); N]) -> Result<Login, String> {
    let mut keys = vec![
        ("url", text("https://mail.example.com/EWS/Exchange.asmx")),
        ("mailbox", text("sales@example.com")),
        ("auth", text("kerberos")),
        ("username", text("svc@CORP.EXAMPLE.COM")),
        ("password", text("geheim")),
    ];
    for (key, value) in changes {
        keys.retain(|(known, _)| *known != key);
        if value != Raw::Null {
            keys.push((key, value));
        }
    }
    let exchange = keys
        .into_iter()
        .map(|(key, value)| (Key::Text(key.to_owned()), value))
        .collect();
    let raw = array([
        ("exchange", Raw::Array(exchange)),
        ("mysql", text("mysql://app:geheim@localhost/crm")),
    ]);
    Config::check(&raw, false)
        .map(|config| config.exchange.login)
        .map_err(|error| error.to_string())
}

/// Semantics 50.
#[test]
fn a_password_or_a_keytab_proves_who_it_is() {
    let Ok(Login::Kerberos {
        principal,
        channel_binding: true,
    }) = login([])
    else {
        panic!("no log-in by Kerberos");
    };
    assert_eq!(principal.username, "svc@CORP.EXAMPLE.COM");
    assert!(matches!(principal.key, LongTermKey::Password(_)));
    assert_eq!(
        (principal.realm, principal.kdc, principal.spn),
        (None, None, None)
    );
    let kerberos = array([
        ("keytab", text("/etc/crm/svc.keytab")),
        ("kdc", text("tcp://dc1.corp.example.com:88")),
        ("realm", text("CORP.EXAMPLE.COM")),
        ("spn", text("HTTP/exchange.corp.example.com")),
    ]);
    let Ok(Login::Kerberos {
        principal,
        channel_binding: false,
    }) = login([
        ("password", Raw::Null),
        ("username", text("CORP\\svc")),
        ("channel_binding", Raw::Bool(false)),
        ("kerberos", kerberos),
    ])
    else {
        panic!("no log-in by Kerberos");
    };
    let file = PathBuf::from("/etc/crm/svc.keytab");
    assert_eq!(principal.key, LongTermKey::Keytab(file));
    assert_eq!(principal.realm.as_deref(), Some("CORP.EXAMPLE.COM"));
    assert_eq!(
        principal.spn.as_deref(),
        Some("HTTP/exchange.corp.example.com")
    );
}

#[test]
fn what_cannot_work_is_named() {
    let own = |key: &str, value: &str| ("kerberos", array([(key, text(value))]));
    for (error, expected) in [
        (
            login([("username", text("svc"))]),
            "exchange.kerberos.realm: expected the realm of the account",
        ),
        (
            login([own("kdc", "https://proxy.example.com/KdcProxy")]),
            "exchange.kerberos.kdc: expected an address such as tcp://",
        ),
        (
            login([own("spn", "mail.example.com")]),
            "exchange.kerberos.spn: expected the name of a service",
        ),
        (
            login([("password", Raw::Null), own("keytab", "svc.keytab")]),
            "exchange.kerberos.keytab: expected the full path of a keytab",
        ),
        (
            login([own("keytab", "/etc/crm/svc.keytab")]),
            "exchange.password: has no meaning beside exchange.kerberos.keytab",
        ),
        (
            login([("password", Raw::Null)]),
            "exchange.password: is missing",
        ),
        (
            login([("auth", text("ntlm")), own("realm", "CORP.EXAMPLE.COM")]),
            "exchange.kerberos: belongs to exchange.auth 'kerberos'",
        ),
    ] {
        let error = error.unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}
