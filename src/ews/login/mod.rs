//! How an account proves who it is.

mod account;
mod channel_binding;
mod kerberos;
mod ntlm;
mod refusal;

pub use account::Account;
pub(super) use channel_binding::end_point;
pub(super) use kerberos::{Expected, Patience};
pub use kerberos::{LongTermKey, Principal};
pub(super) use ntlm::Ntlm;
pub(super) use refusal::{Attempt, refused};

use crate::web::oauth::TokenSource;

/// The way of logging in. There is no fallback from one to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Name and password with every request.
    Basic(Account),
    /// NTLMv2, which proves the password without sending it, once for each connection (MS-NLMP).
    Ntlm {
        /// Who logs in.
        account: Account,
        /// Whether the proof is bound to the server's certificate, so that nobody between can use it (Extended Protection).
        channel_binding: bool,
    },
    /// Kerberos: a ticket of the domain, and a proof of it for each connection or request.
    Kerberos {
        /// Who logs in.
        principal: Principal,
        /// Whether the proof is bound to the server's certificate (Extended Protection).
        channel_binding: bool,
    },
    /// OAuth 2.0: a bearer token with every request.
    OAuth(TokenSource),
}

impl Login {
    /// The name of the scheme in HTTP.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::Basic(_) => "Basic",
            Self::Ntlm { .. } => "NTLM",
            Self::Kerberos { .. } => "Negotiate",
            Self::OAuth(_) => "Bearer",
        }
    }

    /// The account's name.
    #[must_use]
    pub fn username(&self) -> &str {
        match self {
            Self::Basic(account) | Self::Ntlm { account, .. } => &account.username,
            Self::Kerberos { principal, .. } => &principal.username,
            Self::OAuth(TokenSource::Application(application)) => &application.client_id,
            Self::OAuth(TokenSource::Ready(_) | TokenSource::Given(_)) => "exchange.oauth.token",
        }
    }

    /// Whether it is an application that logs in, and so nobody with a mailbox.
    #[must_use]
    pub const fn is_application(&self) -> bool {
        match self {
            Self::Basic(_) | Self::Ntlm { .. } | Self::Kerberos { .. } => false,
            Self::OAuth(source) => source.is_application(),
        }
    }

    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// The key at fault and what was expected.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if let Self::Kerberos { principal, .. } = self {
            return principal.check();
        }
        let (Self::Basic(account) | Self::Ntlm { account, .. }) = self else {
            // Its own parts are checked when the service is known that the tokens are for.
            return Ok(());
        };
        if account.username.is_empty() {
            return Err(("username", "the account's name"));
        }
        if matches!(self, Self::Basic(_)) && account.username.contains(':') {
            return Err(("username", "a name without a colon"));
        }
        if account.password.reveal().is_empty() {
            return Err(("password", "a password"));
        }
        Ok(())
    }
}
