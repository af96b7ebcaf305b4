//! What is known of a request, and what went wrong with one that got no answer.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::client::{GivenUp, NoAnswer};
use super::limited::TooLarge;
use super::tls::NotPinned;
use crate::sync::error::{RemoteClass, RemoteError};

/// What is known of a request when its answer turns out to be an error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    pub(crate) host: String,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Circumstances {
    /// Takes what the head of an answer tells. The server's own id of the request is preferred to the
    /// one that we gave it.
    pub(crate) fn of_answer(
        host: &str,
        own_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        let date = |name: &str| httpdate::parse_http_date(&text(name)?).ok();
        let told = text("retry-after").and_then(|value| {
            // A date is one of the server's clock, which the same answer shows.
            seconds(&value).or_else(|| date("retry-after")?.duration_since(date("date")?).ok())
        });
        Self {
            host: host.to_owned(),
            status: Some(status.as_u16()),
            request_id: text("request-id").or_else(|| Some(own_id.to_owned())),
            retry_after: told,
        }
    }

    /// An error in these circumstances.
    pub(crate) fn error(&self, class: RemoteClass, message: String) -> RemoteError {
        RemoteError {
            status: self.status,
            request_id: self.request_id.clone(),
            ..RemoteError::new(class, message)
        }
    }

    /// A request that was given up in the middle, so that nobody knows what became of it.
    pub(crate) fn given_up(&self) -> RemoteError {
        RemoteError {
            status: self.status,
            request_id: self.request_id.clone(),
            outcome_unknown: true,
            ..RemoteError::interrupted(&format!(
                "the request to {} was given up: the call was asked to end",
                self.host
            ))
        }
    }

    /// An answer that could not be read to its end.
    pub(crate) fn read_error(&self, error: &io::Error) -> RemoteError {
        if is_given_up(error) {
            return self.given_up();
        }
        let host = &self.host;
        let (class, message) = if is_timeout(error) {
            (
                RemoteClass::Transient,
                format!("the answer of {host} did not arrive in time"),
            )
        } else if is_too_large(error) {
            (
                RemoteClass::Permanent,
                format!(
                    "the answer of {host} is larger than the limit; fetch fewer items at a time"
                ),
            )
        } else {
            (
                RemoteClass::Transient,
                format!("the answer of {host} broke off in the middle"),
            )
        };
        RemoteError {
            outcome_unknown: true,
            ..self.error(class, message)
        }
    }

    /// A request that got no answer, or was given up.
    pub(crate) fn no_answer(&self, why: &NoAnswer) -> RemoteError {
        match why {
            NoAnswer::Failed(error) => self.send_error(error),
            NoAnswer::GivenUp(_) => self.given_up(),
        }
    }

    /// A request that got no answer.
    pub(crate) fn send_error(&self, error: &reqwest::Error) -> RemoteError {
        let host = &self.host;
        if speaks_no_tls(error) {
            return self.error(
                RemoteClass::Config,
                format!("{host} does not speak TLS on this port; check the port, and https, in exchange.url"),
            );
        }
        if let Some(difference) = not_pinned(error) {
            return self.error(
                RemoteClass::Config,
                format!(
                    "the certificate of {host} verifies, but is none that exchange.pinned_certificate names: {difference}; if the server's was renewed, name the new one there (a list may name both), else somebody stands between"
                ),
            );
        }
        if let Some(reason) = certificate_problem(error) {
            return self.error(
                RemoteClass::Config,
                format!(
                    "the certificate of {host} does not verify ({reason}); use the name that it was issued for, and make its issuer known to this machine (package ca-certificates, or SSL_CERT_FILE)"
                ),
            );
        }
        if error.is_connect() {
            let why = if is_timeout(error) {
                "no answer in time".to_owned()
            } else {
                innermost(error)
            };
            if why.contains("proxy authorization") {
                let message = format!(
                    "cannot connect to {host}: the proxy refuses us; check user and password in exchange.proxy"
                );
                return self.error(RemoteClass::Auth, message);
            }
            return self.error(
                RemoteClass::Transient,
                format!("cannot connect to {host}: {why}"),
            );
        }
        let message = if is_timeout(error) {
            format!("{host} did not answer in time")
        } else if chain(error)
            .into_iter()
            .any(|error| is_no_http(&error.to_string()))
        {
            format!(
                "{host} did not answer in HTTP as it should; check the port, and http or https, in exchange.url, and what stands before the server"
            )
        } else {
            format!("the connection to {host} broke before the answer")
        };
        RemoteError {
            outcome_unknown: true,
            ..self.error(RemoteClass::Transient, message)
        }
    }
}

/// Seconds as some servers say them, with a fraction, rounded up.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    let part = u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(wait.as_secs().saturating_add(part)))
}

/// Whether a read failed because the answer is too large.
fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

/// Whether a read failed because the request was given up.
fn is_given_up(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<GivenUp>())
}

/// Whether it took too long.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    chain(error).into_iter().any(|error| {
        let io = error.downcast_ref::<io::Error>();
        let http = error.downcast_ref::<reqwest::Error>();
        io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
            || http.is_some_and(reqwest::Error::is_timeout)
    })
}

/// What the parser of HTTP says of a head that is none, or one without end.
fn is_no_http(message: &str) -> bool {
    message.starts_with("invalid HTTP")
        || message.starts_with("message head is too large")
        || message.starts_with("received unexpected message")
}

/// Whether the other side answered the first words of TLS in another language.
fn speaks_no_tls(error: &reqwest::Error) -> bool {
    chain(error).into_iter().any(|error| {
        matches!(
            error.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::InvalidMessage(_))
        )
    })
}

/// How the certificate that a server shows differs from the pinned ones.
fn not_pinned(error: &reqwest::Error) -> Option<String> {
    chain(error)
        .into_iter()
        .find_map(|error| match error.downcast_ref::<rustls::Error>()? {
            rustls::Error::InvalidCertificate(rustls::CertificateError::Other(why)) => {
                Some(why.0.downcast_ref::<NotPinned>()?.to_string())
            }
            _ => None,
        })
}

fn certificate_problem(error: &reqwest::Error) -> Option<String> {
    chain(error)
        .into_iter()
        .find_map(|error| match error.downcast_ref::<rustls::Error>()? {
            rustls::Error::InvalidCertificate(reason) => Some(format!("{reason}")),
            other => Some(other.to_string()),
        })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let last = chain(error).pop();
    last.map_or_else(String::new, ToString::to_string)
}

/// An error and everything behind it, including what an `io::Error` wraps, which is not its source.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut all: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        all.push(error);
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref())
            .map(|inner| inner as &(dyn Error + 'static));
        next = wrapped.or_else(|| error.source());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_in_every_form() {
        let told = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().unwrap());
            headers.insert("date", "Thu, 01 Jan 1970 00:00:10 GMT".parse().unwrap());
            let known = Circumstances::of_answer("host", "id", StatusCode::OK, &headers);
            known.retry_after.map(|wait| wait.as_secs())
        };
        assert_eq!(told("7"), Some(7));
        assert_eq!(told("2.128"), Some(3));
        assert_eq!(told("Thu, 01 Jan 1970 00:00:40 GMT"), Some(30));
        for nothing in ["soon", "-1", "inf", "NaN"] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
    }
}
