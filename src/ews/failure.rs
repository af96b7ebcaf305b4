//! From everything that can go wrong with a request to the error that the port speaks of.

use std::io;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::login::{Attempt, refused};
use super::wire::{CodeClass, ResponseError, TooLong, WireError, class_of};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::circumstances::Circumstances as Known;
use crate::web::oauth::Challenge;

/// What is known of a request when its answer turns out to be an error.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    /// What is so with every server.
    pub(super) known: Known,
    /// The scheme of the log-in, and how far it came.
    pub(super) login: (&'static str, Attempt),
}

impl From<Known> for Circumstances {
    fn from(known: Known) -> Self {
        Self {
            known,
            login: Default::default(),
        }
    }
}

impl Circumstances {
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
            retry_after: error.back_off.or(self.known.retry_after),
            // A batch that was stopped did not reach the entry; other passing trouble may follow the deed.
            outcome_unknown: class_of(code) == CodeClass::Transient,
            ..self.known.error(
                class,
                format!("Exchange at {} said {error}{advice}", self.known.host),
            )
        }
    }

    /// An answer that could not be read.
    pub(super) fn wire_error(&self, error: WireError) -> RemoteError {
        let host = &self.known.host;
        let (class, message) = match error {
            WireError::Fault(fault) => return self.response_error(&fault),
            WireError::Read(error) if is_too_long(&error) => (
                RemoteClass::Permanent,
                format!("the answer of {host} holds more than is taken over at once"),
            ),
            WireError::Read(error) => return self.known.read_error(&error),
            WireError::Truncated => (
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
            ..self.known.error(class, message)
        }
    }

    /// An answer whose status says that it is no success and whose body is no SOAP fault.
    pub(super) fn status_error(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        page: &str,
    ) -> RemoteError {
        let host = &self.known.host;
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
            503 if self.known.retry_after.is_some() => (
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
            retry_after: self.known.retry_after,
            outcome_unknown: status.is_server_error(),
            ..self
                .known
                .error(class, format!("{message} (HTTP {})", status.as_u16()))
        }
    }

    /// A log-in that could not be spoken to its end.
    pub(super) fn login_error(&self, scheme: &str, why: &str) -> RemoteError {
        let host = &self.known.host;
        self.known.error(
            RemoteClass::Auth,
            format!("the {scheme} log-in at {host} fails: {why}"),
        )
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
