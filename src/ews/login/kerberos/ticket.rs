//! Getting a ticket: sspi says what to ask, and makes sense of the answers.

use std::fs;

use picky_krb::crypto::CipherSuite;
use picky_krb::messages::KdcRep;
use sspi::generator::GeneratorState;
use sspi::{
    AuthIdentityBuffers, BufferType, ClientRequestFlags, CredentialsBuffers, DataRepresentation,
    KdcResolution, Kerberos, KerberosConfig, KeytabIdentity, SecurityBuffer, Sspi as _,
    SspiImpl as _, Username,
};

use super::conversation::Conversation;
use super::name::Name;
use super::refusal::Asked;
use super::{LongTermKey, Patience, Principal, kdc, keytab};
use crate::sync::error::{RemoteClass, RemoteError};

/// A ticket for a service, with the key that its owner shares with the service.
#[derive(Clone)]
pub(in crate::ews) struct Ticket {
    /// The ticket and its owner's name as the realm writes it.
    pub(super) reply: KdcRep,
    pub(super) key: sspi::Secret<Vec<u8>>,
}

impl Ticket {
    /// What the key encrypts with.
    pub(super) fn cipher(&self) -> CipherSuite {
        match self.key.as_ref().len() {
            16 => CipherSuite::Aes128CtsHmacSha196,
            _ => CipherSuite::Aes256CtsHmacSha196,
        }
    }
}

/// Asks for a ticket: twice for the one that lets ask further, once for the one of the service.
pub(super) fn obtain(
    principal: &Principal,
    service: &str,
    patience: Patience<'_>,
) -> Result<Ticket, RemoteError> {
    let config = |message: String| RemoteError::new(RemoteClass::Config, message);
    let name = Name::of(&principal.username, principal.realm.as_deref())
        .map_err(|(key, expected)| config(format!("exchange.{key}: expected {expected}")))?;
    let centre = match &principal.kdc {
        Some(text) => kdc::address(text),
        None => sspi::detect_kdc_url(&name.realm),
    };
    let Some(centre) = centre else {
        return Err(config(format!(
            "no key distribution centre of {} is known; put its address into exchange.kerberos.kdc (tcp://dc1.example.com:88), or into /etc/krb5.conf",
            name.realm
        )));
    };
    let mut conversation = Conversation::new(
        Asked {
            account: &principal.username,
            realm: &name.realm,
            service,
            by_keytab: matches!(principal.key, LongTermKey::Keytab(_)),
        },
        patience,
    );
    let said = |error: sspi::Error| {
        RemoteError::new(
            RemoteClass::Auth,
            format!(
                "the Kerberos log-in of {} fails: {:?}: {}",
                principal.username, error.error_type, error.description
            ),
        )
    };
    let mut speaker = Kerberos::new_client_from_config(KerberosConfig {
        kdc_resolution: KdcResolution::KdcUrl(Some(centre)),
        client_computer_name: "exchange-contact-sync".to_owned(),
    })
    .map_err(said)?;
    let mut credentials = Some(credentials(principal, &name)?);
    let mut input = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
    let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
    let mut builder = speaker
        .initialize_security_context()
        .with_credentials_handle(&mut credentials)
        .with_context_requirements(ClientRequestFlags::MUTUAL_AUTH)
        .with_target_data_representation(DataRepresentation::Native)
        .with_target_name(service)
        .with_input(&mut input)
        .with_output(&mut output);
    {
        let mut talk = speaker
            .initialize_security_context_impl(&mut builder)
            .map_err(said)?;
        let mut state = talk.start();
        loop {
            match state {
                GeneratorState::Suspended(request) => {
                    state = talk.resume(Ok(conversation.carry(&request)?));
                }
                GeneratorState::Completed(done) => {
                    done.map_err(said)?;
                    break;
                }
            }
        }
    }
    let key = speaker.query_context_session_key().map_err(said)?;
    let reply = conversation.service().ok_or_else(|| {
        let message = "the key distribution centre gave no ticket for the service";
        RemoteError::new(RemoteClass::Auth, message)
    })?;
    Ok(Ticket {
        reply,
        key: key.session_key,
    })
}

fn credentials(principal: &Principal, name: &Name) -> Result<CredentialsBuffers, RemoteError> {
    let file = match &principal.key {
        LongTermKey::Password(password) => {
            let utf16 = sspi::ZeroizedUtf16String(password.reveal().into());
            return Ok(CredentialsBuffers::AuthIdentity(AuthIdentityBuffers {
                user: name.user.as_str().into(),
                domain: name.realm.as_str().into(),
                password: utf16.into(),
            }));
        }
        LongTermKey::Keytab(file) => file,
    };
    let wrong = |why: &str| {
        let message = format!("exchange.kerberos.keytab: {} {why}", file.display());
        RemoteError::new(RemoteClass::Config, message)
    };
    let bytes = fs::read(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let entry = keytab::find(&bytes, name.short(), &name.realm)
        .map_err(|why| wrong(&format!("{why} ({}@{})", name.short(), name.realm)))?;
    let named = Username::new_down_level_logon_name(&entry.components.join("/"), &entry.realm)
        .map_err(|_| wrong("has an account whose name cannot be used"))?;
    Ok(CredentialsBuffers::Keytab(KeytabIdentity {
        principal: named,
        key: entry.key.into(),
        key_enctype: entry.cipher,
    }))
}
