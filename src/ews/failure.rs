//! From everything that can go wrong with a request to the error that the port speaks of.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::http::{GivenUp, NoAnswer};
use super::login::{Attempt, refused};
use super::oauth::Challenge;
use super::tls::NotPinned;
use super::wire::{CodeClass, ResponseError, TooLong, WireError, class_of};
use crate::sync::error::{RemoteClass, RemoteError};

/// What is known of a request when its answer turns out to be an error.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    pub(super) host: String,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// The scheme of the log-in, and how far it came.
    pub(super) login: (&'static str, Attempt),
}

impl Circumstances {
    /// Takes what the head of an answer tells. The server's own id of the request is preferred to the
    /// one that we gave it.
    pub(super) fn of_answer(
        host: &str,
        own_id: &str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        let date = |name: &str| httpdate::parse_http_date(&text(name)?).ok();
        let told = text("retry-after").and_then(|value| match value.trim().parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            // A date is one of the server's clock, which the same answer shows.
            Err(_) => date("retry-after")?.duration_since(date("date")?).ok(),
        });
        Self {
            host: host.to_owned(),
            status: Some(status.as_u16()),
            request_id: text("request-id").or_else(|| Some(own_id.to_owned())),
            retry_after: told,
            login: Default::default(),
        }
    }

    fn error(&self, class: RemoteClass, message: String) -> RemoteError {
        RemoteError {
            status: self.status,
            request_id: self.request_id.clone(),
            ..RemoteError::new(class, message)
        }
    }

    /// An error that the server reports, for the request or for one entry of it.
    pub(super) fn response_error(&self, error: &ResponseError) -> RemoteError {
        let code = error.effective_code();
        let (class, advice) = match class_of(code) {
            CodeClass::Auth => (RemoteClass::Auth, advice(code)),
            CodeClass::Config | CodeClass::Version => (RemoteClass::Config, advice(code)),
            CodeClass::Throttled => (RemoteClass::Throttled, ""),
            CodeClass::Gone => (RemoteClass::Gone, ""),
            CodeClass::FolderGone => (RemoteClass::FolderGone, ""),
            CodeClass::Conflict => (RemoteClass::Conflict, ""),
            CodeClass::CursorInvalid => (RemoteClass::CursorInvalid, ""),
            CodeClass::NotExecuted => (RemoteClass::Untried, ""),
            CodeClass::Transient => (RemoteClass::Transient, ""),
            CodeClass::Permanent => (RemoteClass::Permanent, ""),
        };
        RemoteError {
            code: (!code.is_empty()).then(|| code.to_owned()),
            retry_after: error.back_off.or(self.retry_after),
            // A batch that was stopped did not reach the entry; other passing trouble may follow the deed.
            outcome_unknown: class_of(code) == CodeClass::Transient,
            ..self.error(
                class,
                format!("Exchange at {} said {error}{advice}", self.host),
            )
        }
    }

    /// A request that was given up in the middle, so that nobody knows what became of it.
    pub(super) fn given_up(&self) -> RemoteError {
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

    /// An answer that could not be read.
    pub(super) fn wire_error(&self, error: WireError) -> RemoteError {
        let host = &self.host;
        let (class, message) = match error {
            WireError::Fault(fault) => return self.response_error(&fault),
            WireError::Read(error) if is_timeout(&error) => (
                RemoteClass::Transient,
                format!("the answer of {host} did not arrive in time"),
            ),
            WireError::Read(error) if is_given_up(&error) => return self.given_up(),
            WireError::Read(error) if is_too_large(&error) => (
                RemoteClass::Permanent,
                format!(
                    "the answer of {host} is larger than the limit; fetch fewer items at a time"
                ),
            ),
            WireError::Read(error) if is_too_long(&error) => (
                RemoteClass::Permanent,
                format!("the answer of {host} holds more than is taken over at once"),
            ),
            WireError::Read(_) | WireError::Truncated => (
                RemoteClass::Transient,
                format!("the answer of {host} broke off in the middle"),
            ),
            WireError::Xml { .. } => (
                RemoteClass::Transient,
                format!("{host} answered garbled: {error}"),
            ),
            WireError::NotSoap { .. } | WireError::Empty => (
                RemoteClass::Config,
                format!(
                    "{host} answered, but not as Exchange Web Services do ({error}); check the URL, and whether a log-in page or a proxy stands before it"
                ),
            ),
            WireError::Incomplete(_) => (
                RemoteClass::Transient,
                format!("{host} answered incompletely: {error}"),
            ),
        };
        RemoteError {
            outcome_unknown: true,
            ..self.error(class, message)
        }
    }

    /// An answer whose status says that it is no success and whose body is no SOAP fault.
    pub(super) fn status_error(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        page: &str,
    ) -> RemoteError {
        let host = &self.host;
        let location = headers
            .get("location")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let locked = page.contains("currently locked out");
        let (class, message) = match status.as_u16() {
            301 | 302 if location.to_ascii_lowercase().contains("genericerrorpage") => (
                RemoteClass::Transient,
                format!("{host} is out of order for the moment"),
            ),
            300..=399 => (
                RemoteClass::Config,
                format!(
                    "{host} redirects elsewhere; credentials are never sent along, so put the final address into exchange.url"
                ),
            ),
            401 | 403 if locked => (
                RemoteClass::Auth,
                format!("{host} says that the account is locked; unlock it before the next try"),
            ),
            401 if self.login.0 == "Bearer" => (
                RemoteClass::Auth,
                format!("{host} refuses the token{}", Challenge::of(headers).words()),
            ),
            401 => (
                RemoteClass::Auth,
                format!(
                    "{host} {}",
                    refused(self.login.0, self.login.1, &offered(headers))
                ),
            ),
            403 => (
                RemoteClass::Auth,
                format!(
                    "{host} forbids the use of Exchange Web Services; ask whether they are enabled for this mailbox and for the user agent ExchangeContactSync"
                ),
            ),
            404 | 410 => (
                RemoteClass::Config,
                format!(
                    "{host} has nothing at this address; exchange.url usually ends in /EWS/Exchange.asmx"
                ),
            ),
            407 => (
                RemoteClass::Auth,
                format!("{host}: the proxy refuses us; check user and password in exchange.proxy"),
            ),
            440 => (
                RemoteClass::Auth,
                format!("{host} wants a log-in of another kind before Exchange is reached"),
            ),
            413 => (
                RemoteClass::Permanent,
                format!("the request is too large for {host}; send fewer contacts at a time"),
            ),
            429 => (
                RemoteClass::Throttled,
                format!("{host} asks for fewer requests"),
            ),
            456 => (
                RemoteClass::Auth,
                format!("{host} says that the account is locked or blocked; ask its administrator"),
            ),
            503 if self.retry_after.is_some() => (
                RemoteClass::Throttled,
                format!("{host} asks to come back later"),
            ),
            500.. => (
                RemoteClass::Transient,
                format!("{host} has a server error{}", title(page)),
            ),
            _ => (
                RemoteClass::Permanent,
                format!("{host} refuses the request{}", title(page)),
            ),
        };
        RemoteError {
            retry_after: self.retry_after,
            outcome_unknown: status.is_server_error(),
            ..self.error(class, format!("{message} (HTTP {})", status.as_u16()))
        }
    }

    /// A log-in that could not be spoken to its end.
    pub(super) fn login_error(&self, scheme: &str, why: &str) -> RemoteError {
        let host = &self.host;
        self.error(
            RemoteClass::Auth,
            format!("the {scheme} log-in at {host} fails: {why}"),
        )
    }

    /// A request that got no answer, or was given up.
    pub(super) fn no_answer(&self, why: &NoAnswer) -> RemoteError {
        match why {
            NoAnswer::Failed(error) => self.send_error(error),
            NoAnswer::GivenUp(_) => self.given_up(),
        }
    }

    /// A request that got no answer.
    pub(super) fn send_error(&self, error: &reqwest::Error) -> RemoteError {
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

/// What an administrator can do about a code that only one can do something about.
fn advice(code: &str) -> &'static str {
    match code {
        "ErrorImpersonateUserDenied" | "ErrorImpersonationDenied" => {
            "; give the account the role ApplicationImpersonation for this mailbox"
        }
        "ErrorAccessDenied" | "ErrorCreateItemAccessDenied" => {
            "; give the account rights on the folder"
        }
        "ErrorNonExistentMailbox" => "; check exchange.mailbox",
        "ErrorNonPrimarySmtpAddress" => "; exchange.mailbox must be the primary address",
        "ErrorQuotaExceeded" => "; the mailbox is full",
        "ErrorPasswordExpired" | "ErrorPasswordChangeRequired" => "; the password must be changed",
        "ErrorCannotCreateContactInNonContactFolder" => "; choose a contacts folder",
        _ => "",
    }
}

/// The kinds of log-in that a server offers.
pub(super) fn offered(headers: &HeaderMap) -> Vec<&str> {
    let all = headers.get_all("www-authenticate").iter();
    all.filter_map(|value| value.to_str().ok()?.split([' ', ',']).next())
        .collect()
}

/// The title of an HTML page, since it often says what is wrong.
fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let from = start + "<title>".len();
        let end = from + lower.get(from..)?.find("</title>")?;
        page.get(from..end)
    });
    match title.map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => format!(": {}", title.chars().take(120).collect::<String>()),
        None => String::new(),
    }
}

/// Marks a read that was ended because the answer is too large.
#[derive(Debug, thiserror::Error)]
#[error("the answer is too large")]
pub(super) struct TooLarge;

fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

fn is_too_long(error: &io::Error) -> bool {
    let mut wrapped = error.get_ref();
    while let Some(inner) = wrapped {
        if inner.is::<TooLong>() {
            return true;
        }
        wrapped = inner
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
    }
    false
}

fn is_given_up(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<GivenUp>())
}

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
