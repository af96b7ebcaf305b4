//! What EWS says to the token of a request.

use std::time::Instant;

use hyper::Response;
use hyper::http::request::Parts;

use super::{Authority, State};
use crate::options::User;
use crate::server::answer::{Answer, Cut};

/// Why EWS refuses a token, as `x-ms-diagnostics` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No server of this name issued it.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was issued for something else.
    Audience,
}

impl Refused {
    fn diagnostics(self) -> &'static str {
        match self {
            Self::Unknown => {
                r#"2000003;reason="The token has an invalid signature.";error_category="invalid_signature""#
            }
            Self::Expired => {
                r#"2000001;reason="The token has expired.";error_category="token_expired""#
            }
            Self::Audience => {
                r#"2000006;reason="The audience claim value is invalid for the current resource.";error_category="invalid_resource""#
            }
        }
    }

    /// The answer.
    pub fn answer(self) -> Result<Response<Answer>, Cut> {
        Response::builder()
            .status(401)
            .header("WWW-Authenticate", r#"Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", token_types="app_asserted_user_v1 service_asserted_app_v1", error="invalid_token""#)
            .header("x-ms-diagnostics", self.diagnostics())
            .header("Server", "Microsoft-IIS/10.0")
            .body(Answer::whole(""))
            .map_err(|_| Cut)
    }
}

impl Authority {
    /// What EWS says to the token of a request; `None` when it has none. An application has no mailbox.
    pub fn bearer(&self, head: &Parts) -> Option<Result<User, Refused>> {
        let host = head.headers.get("host").and_then(|host| host.to_str().ok());
        let host = host.and_then(|host| host.split(':').next());
        let ours = host.map(|host| format!("https://{host}"));
        self.token(head, |audience| {
            audience == "https://outlook.office365.com" || Some(audience) == ours.as_deref()
        })
    }

    /// Looks at the token of a request, which has to be for one of the audiences that fit.
    pub fn token(
        &self,
        head: &Parts,
        fits: impl Fn(&str) -> bool,
    ) -> Option<Result<User, Refused>> {
        let sent = head.headers.get("Authorization")?.to_str().ok()?;
        let (scheme, token) = sent.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return None;
        }
        let book = self.book();
        let Some(token) = book.tokens.get(token.trim()) else {
            return Some(Err(Refused::Unknown));
        };
        if token.state == State::Revoked {
            return Some(Err(Refused::Unknown));
        }
        if token.state == State::Expired || token.until.is_some_and(|until| until < Instant::now())
        {
            return Some(Err(Refused::Expired));
        }
        if !token.audience.as_deref().is_none_or(fits) {
            return Some(Err(Refused::Audience));
        }
        let mailbox = token.mailbox.clone();
        Some(Ok(User {
            name: mailbox.clone().unwrap_or_else(|| "application".to_owned()),
            password: String::new(),
            mailbox: mailbox.unwrap_or_default(),
        }))
    }
}
