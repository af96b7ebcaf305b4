//! What is said between sspi and the key distribution centre, carried and looked at.
//!
//! sspi makes one kind of error of many refusals, and retries with another clock by itself: what a centre refuses is read here.

use std::io::ErrorKind;

use picky_asn1_der::from_bytes;
use picky_krb::messages::{KdcRep, KrbError, TgsRep};
use sspi::NetworkRequest;

use super::refusal::{self, Asked, PREAUTHENTICATION_REQUIRED};
use super::{Patience, kdc};
use crate::sync::error::{RemoteClass, RemoteError};

/// How a message begins that is no error (RFC 4120, section 5.10).
const AS_REPLY: u8 = 0x6B;
const TGS_REPLY: u8 = 0x6D;
const ERROR: u8 = 0x7E;

/// One log-in's messages.
pub(super) struct Conversation<'a> {
    asked: Asked<'a>,
    patience: Patience<'a>,
    /// Whether the centre has told how it wants the account to prove itself.
    begun: bool,
    /// The last ticket that came, with its owner's name as the realm writes it.
    service: Option<KdcRep>,
}

impl<'a> Conversation<'a> {
    pub(super) const fn new(asked: Asked<'a>, patience: Patience<'a>) -> Self {
        Self {
            asked,
            patience,
            begun: false,
            service: None,
        }
    }

    /// Carries a message to a centre, and gives its answer when the log-in may go on with it.
    pub(super) fn carry(&mut self, request: &NetworkRequest) -> Result<Vec<u8>, RemoteError> {
        let centre = kdc::shown(&request.url);
        let answer = kdc::exchange(&request.url, &request.data, self.patience).map_err(|error| {
            if error.kind() == ErrorKind::Interrupted {
                return RemoteError::interrupted(
                    "the log-in was given up: the call was asked to end",
                );
            }
            let why = match error.kind() {
                ErrorKind::TimedOut => "no answer in time".to_owned(),
                ErrorKind::UnexpectedEof => "it hung up without an answer".to_owned(),
                _ => error.to_string(),
            };
            RemoteError::new(
                RemoteClass::Transient,
                format!(
                    "the key distribution centre {centre} cannot be reached: {why}; it answers on TCP port 88 of a domain controller (exchange.kerberos.kdc, or /etc/krb5.conf)"
                ),
            )
        })?;
        let message = answer.get(4..).unwrap_or_default();
        self.look_at(&centre, message)?;
        Ok(answer)
    }

    fn look_at(&mut self, centre: &str, message: &[u8]) -> Result<(), RemoteError> {
        let unreadable = || {
            RemoteError::new(
                RemoteClass::Transient,
                format!("the key distribution centre {centre} answers what cannot be read"),
            )
        };
        match message.first() {
            Some(&ERROR) => {
                let error: KrbError = from_bytes(message).map_err(|_| unreadable())?;
                if error.0.error_code.0 == PREAUTHENTICATION_REQUIRED && !self.begun {
                    self.begun = true;
                    return Ok(());
                }
                Err(refusal::error(centre, &self.asked, &error.0))
            }
            Some(&AS_REPLY) if !self.begun => Err(RemoteError::new(
                RemoteClass::Config,
                format!(
                    "the key distribution centre {centre} gives away tickets of {} without a proof, which is not made use of; switch off 'Do not require Kerberos preauthentication' for the account (in MIT's: modprinc +requires_preauth)",
                    self.asked.account
                ),
            )),
            Some(&AS_REPLY) => Ok(()),
            Some(&TGS_REPLY) => {
                let reply: TgsRep = from_bytes(message).map_err(|_| unreadable())?;
                self.service = Some(reply.0);
                Ok(())
            }
            _ => Err(unreadable()),
        }
    }

    /// The ticket that came last, which is the one for the service.
    pub(super) fn service(self) -> Option<KdcRep> {
        self.service
    }
}
