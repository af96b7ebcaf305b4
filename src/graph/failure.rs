//! What Graph says when it says no ("Microsoft Graph error responses and resource types", Microsoft Graph documentation).

use serde_json::Value as Json;

use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::circumstances::Circumstances;

/// The most characters of a server's words that are passed on.
const TOLD: usize = 200;

/// An answer, of a request or of one part of a batch.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Whether a refusal is Graph's own word, and not that of something that stands before it.
    pub(super) is_of_graph: bool,
    /// Whether another token may be accepted.
    pub(super) wants_another_token: bool,
    pub(super) circumstances: Circumstances,
    /// Null when it is no JSON.
    pub(super) body: Json,
    /// What it is else.
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The code of an error; upper and lower case differ from service to service.
    pub(super) fn code(&self) -> &str {
        text(&self.body, "code")
    }

    /// Whether the code is this one, however it is capitalised.
    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code().eq_ignore_ascii_case(code)
    }

    /// The answer, or what its refusal means.
    ///
    /// # Errors
    /// When it is no success.
    pub(super) fn success(self) -> Result<Self, RemoteError> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(self.error())
        }
    }

    /// What a refusal means.
    pub(super) fn error(&self) -> RemoteError {
        let (class, advice) = class_of(self);
        let host = &self.circumstances.host;
        let code = self.code();
        let mut said = text(&self.body, "message").trim().to_owned();
        if said.chars().count() > TOLD {
            said = said.chars().take(TOLD).collect::<String>() + "\u{2026}";
        }
        let said = match (code, said.as_str()) {
            ("", "") => format!("HTTP {}", self.status),
            (code, "") => format!("{code} (HTTP {})", self.status),
            (code, said) => format!("{code}: {said} (HTTP {})", self.status),
        };
        RemoteError {
            code: (!code.is_empty()).then(|| code.to_owned()),
            retry_after: self.circumstances.retry_after,
            outcome_unknown: matches!(self.status, 408 | 500..=599),
            ..self
                .circumstances
                .error(class, format!("Graph at {host} said {said}{advice}"))
        }
    }

    /// An answer that says yes, but not as it should.
    pub(super) fn garbled(&self, what: &str) -> RemoteError {
        let host = &self.circumstances.host;
        RemoteError {
            outcome_unknown: true,
            ..self.circumstances.error(
                RemoteClass::Transient,
                format!("{host} answered incompletely: {what}"),
            )
        }
    }
}

fn text<'a>(body: &'a Json, name: &str) -> &'a str {
    let error = body.get("error");
    let value = error.and_then(|error| error.get(name));
    value.and_then(Json::as_str).unwrap_or_default()
}

/// What to do about a refusal: the status decides, and the code where it says more.
fn class_of(reply: &Reply) -> (RemoteClass, &'static str) {
    let is = |codes: &[&str]| codes.iter().any(|code| reply.has_code(code));
    match reply.status {
        400 if is(&["ErrorIrresolvableConflict", "ErrorInvalidChangeKey"]) => {
            (RemoteClass::Conflict, "")
        }
        401 => (
            RemoteClass::Auth,
            "; check that the application has Contacts.ReadWrite with an administrator's consent, and that the tenant, the cloud and the clock are right",
        ),
        403 if is(&["quotaLimitReached", "ErrorQuotaExceeded"]) => {
            (RemoteClass::Config, "; the mailbox is full")
        }
        403 => (
            RemoteClass::Auth,
            "; the application needs Contacts.ReadWrite for this mailbox: by consent, or by a role of RBAC for Applications, which may take half an hour to work",
        ),
        404 if is(&[
            "Request_ResourceNotFound",
            "ErrorInvalidUser",
            "ErrorNonExistentMailbox",
            "ResourceNotFound",
        ]) =>
        {
            (
                RemoteClass::Config,
                "; check exchange.mailbox: the address by which its owner signs in, or his id",
            )
        }
        404 if is(&["MailboxNotEnabledForRESTAPI"]) => (
            RemoteClass::Config,
            "; the mailbox is not in Exchange Online",
        ),
        404 if is(&["ErrorFolderNotFound", "ErrorParentFolderNotFound"]) => {
            (RemoteClass::FolderGone, "")
        }
        // Whatever stands before Graph must never be taken for its word that a contact is gone.
        404 if !reply.is_of_graph => (
            RemoteClass::Config,
            "; that is not Graph: check exchange.url and what stands before the server",
        ),
        404 => (RemoteClass::Gone, ""),
        410 => (RemoteClass::CursorInvalid, ""),
        409 | 412 => (RemoteClass::Conflict, ""),
        423 => (RemoteClass::Transient, ""),
        424 => (RemoteClass::Untried, ""),
        429 => (RemoteClass::Throttled, ""),
        507 => (RemoteClass::Config, "; the mailbox is full"),
        501 => (RemoteClass::Permanent, ""),
        503 if reply.circumstances.retry_after.is_some() => (RemoteClass::Throttled, ""),
        408 | 500..=599 => (RemoteClass::Transient, ""),
        300..=399 => (
            RemoteClass::Config,
            "; it redirects elsewhere, where no token is sent: check exchange.cloud and what stands before the server",
        ),
        _ => (RemoteClass::Permanent, ""),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reply(status: u16, code: &str) -> Reply {
        Reply {
            status,
            is_of_graph: true,
            wants_another_token: false,
            circumstances: Circumstances::default(),
            body: serde_json::json!({ "error": { "code": code, "message": "Why.", "innerError": {} } }),
            bytes: Vec::new(),
        }
    }

    #[test]
    fn a_refusal_gets_the_class_that_says_what_to_do() {
        for (status, code, class) in [
            (
                400,
                "ErrorPropertyValidationFailure",
                RemoteClass::Permanent,
            ),
            (400, "ErrorIrresolvableConflict", RemoteClass::Conflict),
            (401, "InvalidAuthenticationToken", RemoteClass::Auth),
            (403, "ErrorAccessDenied", RemoteClass::Auth),
            (403, "quotalimitreached", RemoteClass::Config),
            (404, "ErrorItemNotFound", RemoteClass::Gone),
            (404, "Request_ResourceNotFound", RemoteClass::Config),
            (404, "errorfoldernotfound", RemoteClass::FolderGone),
            (409, "ErrorFolderExists", RemoteClass::Conflict),
            (410, "syncStateNotFound", RemoteClass::CursorInvalid),
            (412, "ErrorIrresolvableConflict", RemoteClass::Conflict),
            (413, "", RemoteClass::Permanent),
            (424, "", RemoteClass::Untried),
            (429, "ApplicationThrottled", RemoteClass::Throttled),
            (500, "ErrorInternalServerError", RemoteClass::Transient),
            (503, "ErrorServerBusy", RemoteClass::Transient),
            (507, "", RemoteClass::Config),
        ] {
            let error = reply(status, code).error();
            assert_eq!(error.class, class, "{status} {code}");
            assert_eq!(error.outcome_unknown, status >= 500, "{status}");
            assert!(error.message.contains("Why."), "{}", error.message);
        }
        let mut busy = reply(503, "");
        busy.circumstances.retry_after = Some(Duration::from_secs(1));
        assert_eq!(busy.error().class, RemoteClass::Throttled);
    }
}
