//! One request, from its headers to the head of its answer, by whichever log-in.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};

use super::Transport;
use super::handshake::{self, Failed, Let};
use super::line::{Line, Outgoing};
use super::{bearer, kerberos};
use crate::ews::failure::Circumstances;
use crate::ews::login::{Account, Attempt, Login};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::circumstances::Circumstances as Known;
use crate::web::client::Response;
use crate::web::limits::Limits;
use crate::web::oauth::Means;

impl Transport {
    /// A request with all but its log-in.
    pub(super) fn outgoing(
        &self,
        url: &Url,
        body: Vec<u8>,
        own_id: &str,
        limits: &Limits,
    ) -> Result<Outgoing, RemoteError> {
        let until = limits.until(self.config.web.request_timeout)?;
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("Accept", "text/xml"),
            ("return-client-request-id", "true"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let username = self.config.login.username();
        let anchor = match &self.config.mailbox {
            Some(mailbox) => Some(mailbox.as_str()),
            None => Some(username).filter(|username| username.contains('@')),
        };
        let ids = [
            ("client-request-id", Some(own_id)),
            ("X-AnchorMailbox", anchor),
        ];
        for (name, value) in ids {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        Ok(Outgoing {
            url: url.clone(),
            headers,
            body: body.into(),
            until,
            interrupt: limits.interrupt.clone(),
        })
    }

    /// Sends a request once, logged in.
    pub(super) fn post(
        &self,
        line: &mut Line,
        outgoing: &Outgoing,
        own_id: &str,
    ) -> Result<(Response, Attempt), RemoteError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.let_in(line, outgoing).map_err(|failed| {
            let known = Known {
                host: self.host(&outgoing.url),
                request_id: Some(own_id.to_owned()),
                ..Known::default()
            };
            match failed {
                Failed::Sending(error) => known.no_answer(&error),
                Failed::Token(error) => *error,
                Failed::Speaking(why) => {
                    Circumstances::from(known).login_error(self.config.login.scheme(), &why)
                }
            }
        })
    }

    /// The same with the bare reason of a failure.
    pub(super) fn let_in(&self, line: &mut Line, outgoing: &Outgoing) -> Let {
        match &self.config.login {
            Login::Basic(account) => {
                let shown = basic(account).map_err(|error| Failed::Speaking(error.message))?;
                let come = line.send(outgoing, Some(shown), outgoing.body.clone());
                come.answer
                    .map(|response| (response, Attempt::Shown))
                    .map_err(Failed::Sending)
            }
            Login::Ntlm {
                account,
                channel_binding,
            } => handshake::ntlm(line, account, *channel_binding, outgoing),
            Login::Kerberos {
                principal,
                channel_binding,
            } => {
                let connect = self.config.web.connect_timeout;
                kerberos::send(line, principal, *channel_binding, connect, outgoing)
            }
            Login::OAuth(_) => {
                let service = self.service.as_ref().unwrap_or(&outgoing.url);
                let means = Means {
                    config: &self.config.web,
                    service,
                    cache: self.cache.as_ref(),
                    deadline: Some(outgoing.until),
                    interrupt: &outgoing.interrupt,
                };
                bearer::send(line, self.bearers.as_ref(), outgoing, means)
            }
        }
    }
}

/// Name and password, which are no secret to who sees them (RFC 7617).
fn basic(account: &Account) -> Result<HeaderValue, RemoteError> {
    let pair = format!("{}:{}", account.username, account.password.reveal());
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|error| RemoteError::new(RemoteClass::Config, error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}
