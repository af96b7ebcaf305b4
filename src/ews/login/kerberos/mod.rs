//! Kerberos (RFC 4120, RFC 4121): a ticket for the service from the domain's key distribution centre, and a proof of it with the request.
//!
//! sspi speaks with the centre and knows the cryptography. The ticket is kept in the process, so that a new connection costs a new proof
//! only.

mod conversation;
mod kdc;
mod kept;
mod keytab;
mod name;
mod proof;
mod refusal;
mod ticket;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(in crate::ews) use proof::Expected;
use sha2::{Digest as _, Sha256};
pub(in crate::ews) use ticket::Ticket;

use crate::runtime::Interrupt;
use crate::sync::error::RemoteError;
use crate::web::Secret;

/// An account of a Kerberos realm, which is what an Active Directory domain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// `user@REALM`, `DOMAIN\user` or a user principal name such as `user@example.com`.
    pub username: String,
    /// What proves who it is.
    pub key: LongTermKey,
    /// The realm, where the name does not tell it.
    pub realm: Option<String>,
    /// The address of the key distribution centre, such as `tcp://dc1.example.com:88`; else `/etc/krb5.conf` tells it.
    pub kdc: Option<String>,
    /// The name of the service, where it is not `HTTP/` with the host of the address.
    pub spn: Option<String>,
}

/// What only the account and the realm know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LongTermKey {
    /// The password, which the key is computed from.
    Password(Secret),
    /// A file with the key itself.
    Keytab(PathBuf),
}

/// How long the centre may take.
#[derive(Debug, Clone, Copy)]
pub(in crate::ews) struct Patience<'a> {
    pub(in crate::ews) connect: Duration,
    pub(in crate::ews) until: Instant,
    /// What ends the wait before.
    pub(in crate::ews) interrupt: &'a Interrupt,
}

impl Principal {
    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// The key at fault and what was expected.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        name::Name::of(&self.username, self.realm.as_deref())?;
        if self
            .kdc
            .as_deref()
            .is_some_and(|kdc| kdc::address(kdc).is_none())
        {
            return Err((
                "kerberos.kdc",
                "an address such as tcp://dc1.example.com:88",
            ));
        }
        let named = self.spn.as_deref().is_none_or(|spn| {
            let halves = spn.split_once('/');
            halves.is_some_and(|(service, host)| !service.is_empty() && !host.is_empty())
        });
        if !named {
            return Err((
                "kerberos.spn",
                "the name of a service such as HTTP/mail.example.com",
            ));
        }
        Ok(())
    }

    /// The name of the service at a host.
    pub(in crate::ews) fn service(&self, host: &str) -> String {
        self.spn.clone().unwrap_or_else(|| format!("HTTP/{host}"))
    }

    /// The ticket for a service: the one that this process has, or a new one. Says also whether it is new.
    ///
    /// # Errors
    /// When the centre cannot be reached or refuses; nothing was then sent to Exchange.
    pub(in crate::ews) fn ticket(
        &self,
        service: &str,
        patience: Patience<'_>,
    ) -> Result<(Ticket, bool), RemoteError> {
        let identity = self.identity(service);
        if let Some(ticket) = kept::find(identity) {
            return Ok((ticket, false));
        }
        let ticket = ticket::obtain(self, service, patience)?;
        kept::keep(identity, ticket.clone());
        Ok((ticket, true))
    }

    /// A ticket that was refused is not used again.
    pub(in crate::ews) fn forget(&self, service: &str) {
        kept::forget(self.identity(service));
    }

    /// Whose ticket it is and what for.
    fn identity(&self, service: &str) -> [u8; 32] {
        let (kind, key) = match &self.key {
            LongTermKey::Password(password) => ("password", password.reveal().to_owned()),
            LongTermKey::Keytab(file) => ("keytab", file.to_string_lossy().into_owned()),
        };
        let mut hash = Sha256::new();
        for part in [
            &self.username,
            self.realm.as_deref().unwrap_or_default(),
            self.kdc.as_deref().unwrap_or_default(),
            service,
            kind,
            &key,
        ] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}
