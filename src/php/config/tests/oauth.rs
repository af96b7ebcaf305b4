//! The key `exchange.oauth`.

use super::*;
use crate::ews::Login;
use crate::web::{Proof, TokenSource};

fn with_oauth(oauth: Raw) -> Raw {
    array([
        (
            "exchange",
            array([
                (
                    "url",
                    text("https://outlook.office365.com/EWS/Exchange.asmx"),
                ),
                ("auth", text("oauth")),
                ("mailbox", text("sales@example.com")),
                ("access", text("impersonation")),
                ("oauth", oauth),
            ]),
        ),
        ("mysql", text("mysql://app:geheim@localhost/crm")),
    ])
}

/// An application, with keys changed; null removes one.
fn application<const N: usize>(changes: [(&str, Raw); N]) -> Raw {
    let mut keys = vec![
        ("tenant", text("example.onmicrosoft.com")),
        ("client_id", text("app")),
        ("client_secret", text("geheim")),
    ];
    for (key, value) in changes {
        keys.retain(|(known, _)| *known != key);
        if value != Raw::Null {
            keys.push((key, value));
        }
    }
    let entries = keys.into_iter();
    Raw::Array(
        entries
            .map(|(key, value)| (Key::Text(key.to_owned()), value))
            .collect(),
    )
}

fn login(oauth: Raw) -> Result<Login, String> {
    let config = Config::check(&with_oauth(oauth), false);
    config
        .map(|config| config.exchange.login)
        .map_err(|error| error.to_string())
}

#[test]
fn an_application_a_certificate_a_token_and_a_callable_are_taken() {
    let Ok(Login::OAuth(TokenSource::Application(app))) = login(application([])) else {
        panic!("no application");
    };
    assert_eq!(app.authority, "https://login.microsoftonline.com");
    assert_eq!(
        (app.tenant.as_deref(), app.client_id.as_str(), app.scope),
        (Some("example.onmicrosoft.com"), "app", None)
    );
    let certified = application([
        ("client_secret", Raw::Null),
        ("certificate", text("/etc/app.pem")),
        ("tenant", Raw::Null),
        ("authority", text("https://sts.example.com/adfs")),
    ]);
    let Ok(Login::OAuth(TokenSource::Application(app))) = login(certified) else {
        panic!("no application");
    };
    assert_eq!(app.proof, Proof::Certificate("/etc/app.pem".into()));
    let token = array([("token", text("eyJ0"))]);
    assert!(matches!(
        login(token),
        Ok(Login::OAuth(TokenSource::Ready(_)))
    ));
    let callable = || login(array([("token", Raw::Object("Closure".to_owned()))])).unwrap();
    assert!(matches!(callable(), Login::OAuth(TokenSource::Given(_))));
    assert_eq!(callable(), callable(), "they share what is kept warm");
}

#[test]
fn every_complaint_about_oauth_names_its_key() {
    for (oauth, expected) in [
        (text("x"), "exchange.oauth: expected an array, string given"),
        (
            application([("tenent", text("x"))]),
            "exchange.oauth.tenent: there is no such key; did you mean exchange.oauth.tenant?",
        ),
        (
            application([("tenant", Raw::Null)]),
            "exchange.oauth.tenant: expected the tenant's id",
        ),
        (
            application([("client_id", Raw::Null)]),
            "exchange.oauth.client_id: is missing",
        ),
        (
            application([("client_secret", Raw::Null)]),
            "exchange.oauth.client_secret: is missing; expected the application's secret, or exchange.oauth.certificate",
        ),
        (
            application([("client_secret", Raw::Bool(false))]),
            "exchange.oauth.client_secret: expected the application's secret as a string, bool given (getenv()",
        ),
        (
            application([("certificate", text("/etc/app.pem"))]),
            "exchange.oauth.certificate: has no meaning beside exchange.oauth.client_secret",
        ),
        (
            application([
                ("client_secret", Raw::Null),
                ("certificate", text("app.pem")),
            ]),
            "exchange.oauth.certificate: expected the full path",
        ),
        (
            application([("authority", text("http://login.microsoftonline.com"))]),
            "exchange.oauth.authority: expected an address that begins with https://",
        ),
        (
            application([("token", text("eyJ0"))]),
            "exchange.oauth.tenant: has no meaning beside exchange.oauth.token",
        ),
        (
            array([("token", Raw::Int(1))]),
            "exchange.oauth.token: expected an access token, or a callable that returns one, int given",
        ),
    ] {
        let said = login(oauth).unwrap_err();
        assert!(said.starts_with(expected), "{said}");
        assert!(!said.contains("geheim"), "{said}");
    }
}
