//! The request for a token. The secret or the assertion goes to the endpoint and nowhere else: redirects are not followed.

use std::io::Read as _;
use std::time::{Duration, Instant};

use reqwest::Url;

use super::answer::{self, Answer};
use super::application::{Application, Proof};
use super::certificate::Certificate;
use super::tokens::Means;
use super::{assertion, refusal};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::circumstances::Circumstances;
use crate::web::client::{self, Client, Response};
use crate::web::tls;
use crate::web::{Secret, WebConfig};

/// The largest answer that is read.
const MOST: u64 = 256 << 10;

/// What proves that the application is the one, read when a token is needed.
pub(super) enum Proven {
    /// The secret.
    Secret(Secret),
    /// The certificate and its key.
    Certificate(Box<Certificate>),
}

impl Proven {
    /// Reads what a proof consists of.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub(super) fn of(proof: &Proof) -> Result<Self, RemoteError> {
        Ok(match proof {
            Proof::Secret(secret) => Self::Secret(secret.clone()),
            Proof::Certificate(file) => Self::Certificate(Box::new(Certificate::read(file)?)),
        })
    }

    /// What nobody else has.
    pub(super) fn secret(&self) -> &[u8] {
        match self {
            Self::Secret(secret) => secret.reveal().as_bytes(),
            Self::Certificate(certificate) => &certificate.key_bytes,
        }
    }
}

/// Asks for a token once. Gives it with its lifetime, which begins when it was asked for.
///
/// # Errors
/// When the authority cannot be reached or refuses; nothing was then sent to Exchange.
pub(super) fn ask(
    application: &Application,
    proven: &Proven,
    endpoint: &Url,
    means: Means<'_>,
) -> Result<(Secret, Duration), RemoteError> {
    let Means {
        config,
        service,
        deadline,
        interrupt,
        ..
    } = means;
    let host = match config.proxy_host() {
        Some(proxy) => format!("{} by way of the proxy {proxy}", host_of(endpoint)),
        None => host_of(endpoint),
    };
    let (name, value) = application.parameter(service);
    let mut form = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", application.client_id.clone()),
        (name, value),
    ];
    let secret = match proven {
        Proven::Secret(secret) => {
            form.push(("client_secret", secret.reveal().to_owned()));
            secret.reveal().to_owned()
        }
        Proven::Certificate(certificate) => {
            let made = assertion::make(certificate, &application.client_id, endpoint.as_str())?;
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form.push(("client_assertion_type", kind.to_owned()));
            form.push(("client_assertion", made.clone()));
            made
        }
    };
    let timeout = deadline.map_or(config.request_timeout, |deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        left.min(config.request_timeout)
    });
    if timeout.is_zero() {
        return Err(RemoteError::new(
            RemoteClass::Transient,
            "the time budget was used up before a token was asked for",
        ));
    }
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    let client = client(config, endpoint, &host)?;
    let request = client
        .post(endpoint.clone())
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .timeout(timeout)
        .body(body);
    let response = client.send(request, interrupt).map_err(|error| {
        let circumstances = Circumstances {
            host: host.clone(),
            ..Circumstances::default()
        };
        not_executed(circumstances.no_answer(&error), &secret)
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read(response).map_err(|message| {
        RemoteError::new(
            RemoteClass::Transient,
            format!("the answer of {host} to the request for a token {message}"),
        )
    })?;
    let error = match answer::read(&body) {
        Answer::Granted(token, lifetime) if status.is_success() => return Ok((token, lifetime)),
        Answer::Refused(problem) => refusal::error(&host, status.as_u16(), &problem),
        Answer::Granted(..) | Answer::Strange if status.is_success() => RemoteError::new(
            RemoteClass::Config,
            format!(
                "{host} does not answer as a token endpoint does; check exchange.oauth.authority, and whether a proxy stands before it"
            ),
        ),
        Answer::Granted(..) | Answer::Strange => strange(&host, status.as_u16()),
    };
    let circumstances = Circumstances::of_answer(&host, "", status, &headers);
    let error = RemoteError {
        retry_after: circumstances.retry_after,
        ..error
    };
    Err(not_executed(error, &secret))
}

fn client(config: &WebConfig, endpoint: &Url, host: &str) -> Result<Client, RemoteError> {
    // A token is asked for once an hour: no connection is kept for that.
    let builder = client::builder(config).pool_max_idle_per_host(0);
    let builder = tls::equip_for_authority(builder, config, endpoint)?;
    Client::new(builder).map_err(|error| {
        let message = format!("the connection to {host} cannot be prepared: {error}");
        RemoteError::new(RemoteClass::Config, message)
    })
}

fn read(response: Response) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    let read = response.take(MOST + 1).read_to_end(&mut body);
    match read {
        Ok(_) if body.len() as u64 > MOST => Err("is larger than any that is one"),
        Ok(_) => Ok(body),
        Err(_) => Err("broke off, or did not arrive in time"),
    }
}

fn strange(host: &str, status: u16) -> RemoteError {
    let (class, message) = match status {
        300..=399 => (
            RemoteClass::Config,
            "redirects elsewhere; the application's secret is never sent along, so put the final address into exchange.oauth.authority",
        ),
        404 | 405 => (
            RemoteClass::Config,
            "has no token endpoint at this address; check exchange.oauth.authority and exchange.oauth.tenant",
        ),
        407 => (
            RemoteClass::Auth,
            "is out of reach: the proxy refuses us; check user and password in exchange.proxy",
        ),
        429 => (RemoteClass::Throttled, "asks for fewer requests"),
        500.. => (RemoteClass::Transient, "has a server error"),
        _ => (
            RemoteClass::Auth,
            "refuses the request for a token; check exchange.oauth",
        ),
    };
    RemoteError {
        status: Some(status),
        ..RemoteError::new(class, format!("{host} {message} (HTTP {status})"))
    }
}

/// What went wrong before Exchange was asked for anything. No echo of a secret stays in it.
fn not_executed(error: RemoteError, secret: &str) -> RemoteError {
    RemoteError {
        outcome_unknown: false,
        message: error.message.replace(secret, "***"),
        ..error
    }
}

/// A host as people write it.
fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}
