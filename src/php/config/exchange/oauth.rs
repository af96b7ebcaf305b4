//! The configuration's key `exchange.oauth`: where the tokens come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::Lazy;

use super::super::raw::Raw;
use super::super::section::{Checked, ConfigError, Section};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::{Application, Giver, Proof, Secret, TokenGiver, TokenSource};

const KEYS: &[&str] = &[
    "tenant",
    "client_id",
    "client_secret",
    "certificate",
    "authority",
    "scope",
    "token",
];

/// What stands for a callable, whichever it is, so that what is kept warm is shared: a session asks the one that it is lent.
static STANDS_FOR_ONE: Lazy<Giver> = Lazy::new(|| Giver(Arc::new(NobodyYet)));

struct NobodyYet;

impl TokenGiver for NobodyYet {
    fn token(&self, _: Option<&Secret>) -> Result<Secret, RemoteError> {
        let message = "exchange.oauth.token: the callable is not at hand";
        Err(RemoteError::new(RemoteClass::Config, message))
    }
}

/// Reads it; the authority is this one unless another is named.
pub(super) fn read(raw: &Raw, authority: &str) -> Checked<TokenSource> {
    let section = Section::open("exchange.oauth", raw, KEYS)?;
    if let Some(token) = section.get("token") {
        return ready(&section, token);
    }
    application(&section, authority)
}

/// An application whose keys stand in a section, and its authority unless it names one.
pub(super) fn application(section: &Section<'_>, authority: &str) -> Checked<TokenSource> {
    let named = section.text(
        "authority",
        "an address such as https://login.microsoftonline.com",
    )?;
    let tenant = section.text(
        "tenant",
        "the tenant's id, or a domain of it such as example.onmicrosoft.com",
    )?;
    let client_id = section.required_text("client_id", "the application's id")?;
    let mut application = Application::new(
        tenant.unwrap_or_default().trim(),
        client_id.trim(),
        proof(section)?,
    );
    application.tenant = tenant.map(|tenant| tenant.trim().to_owned());
    named
        .unwrap_or(authority)
        .trim()
        .clone_into(&mut application.authority);
    application.scope = section
        .text("scope", "a resource followed by /.default")?
        .map(str::to_owned);
    application.endpoint().map_err(|error| {
        ConfigError::new(
            section.path_of(error.key.trim_start_matches("oauth.")),
            format!("expected {}", error.expected),
        )
    })?;
    Ok(TokenSource::Application(application))
}

fn ready(section: &Section<'_>, token: &Raw) -> Checked<TokenSource> {
    const WHAT: &str = "an access token, or a callable that returns one";
    let other = KEYS
        .iter()
        .find(|key| **key != "token" && section.get(key).is_some());
    if let Some(other) = other {
        return Err(section.wrong(
            other,
            "has no meaning beside exchange.oauth.token: a token that is given needs nothing else",
        ));
    }
    match token {
        Raw::Text(_) => Ok(TokenSource::Ready(Secret::new(
            section.required_text("token", WHAT)?.trim(),
        ))),
        // Whether they can be called is for PHP to tell.
        Raw::Object(_) | Raw::Array(_) => Ok(TokenSource::Given(STANDS_FOR_ONE.clone())),
        other => Err(ConfigError::expected(section.path_of("token"), WHAT, other)),
    }
}

fn proof(section: &Section<'_>) -> Checked<Proof> {
    const SECRET: &str = "the application's secret as a string";
    const FILE: &str =
        "the full path of a PEM file with the certificate and its private RSA key, unencrypted";
    match (section.get("client_secret"), section.get("certificate")) {
        (Some(_), Some(_)) => Err(section.wrong(
            "certificate",
            format!(
                "has no meaning beside {}: give one of them",
                section.path_of("client_secret")
            ),
        )),
        (None, None) => Err(section.wrong(
            "client_secret",
            format!(
                "is missing; expected the application's secret, or {}",
                section.path_of("certificate")
            ),
        )),
        (Some(_), None) => {
            let secret = section.required_text("client_secret", SECRET)?;
            Ok(Proof::Secret(Secret::new(secret)))
        }
        (None, Some(_)) => {
            let file = section.required_text("certificate", FILE)?;
            if Path::new(file).is_absolute() {
                Ok(Proof::Certificate(PathBuf::from(file)))
            } else {
                Err(section.wrong("certificate", format!("expected {FILE}")))
            }
        }
    }
}
