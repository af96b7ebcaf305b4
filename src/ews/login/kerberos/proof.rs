//! The proof that goes with a request: the ticket and a fresh authenticator, in the wrapping of GSS-API and SPNEGO (RFC 4121, RFC 4178).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use picky_asn1::wrapper::{
    Asn1SequenceOf, ExplicitContextTag0, ExplicitContextTag1, ExplicitContextTag2,
    ExplicitContextTag8, IntegerAsn1, ObjectIdentifierAsn1, OctetStringAsn1, Optional,
};
use picky_asn1_der::{Asn1DerError, from_bytes, to_vec};
use picky_asn1_x509::oids;
use picky_krb::constants::gss_api::{
    AP_REP_TOKEN_ID, AP_REQ_TOKEN_ID, AUTHENTICATOR_CHECKSUM_TYPE,
};
use picky_krb::constants::key_usages::AP_REP_ENC;
use picky_krb::data_types::{
    AuthorizationData, AuthorizationDataInner, EncApRepPart, KerberosTime, Microseconds,
};
use picky_krb::gss_api::{
    ApplicationTag0, GssApiNegInit, KrbMessage, MechType, MechTypeList, NegTokenInit, NegTokenTarg1,
};
use picky_krb::messages::ApRep;
use ring::rand::{SecureRandom as _, SystemRandom};
use sspi::channel_bindings::ChannelBindings;
use sspi::kerberos::EncryptionParams;
use sspi::kerberos::client::generators::{
    ChecksumOptions, ChecksumValues, EncKey, GenerateAuthenticatorOptions, generate_ap_req,
    generate_authenticator,
};
use sspi::kerberos::flags::ApOptions;

use super::Ticket;

/// The checksum's value without a binding: the length of one, room for it, and the flags for a server that proves itself too and for
/// integrity (RFC 4121, section 4.1.1).
const CHECKSUM: [u8; 24] = [
    16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 0, 0,
];
const AD_IF_RELEVANT: u8 = 1;
const AD_AUTH_DATA_AP_OPTIONS: [u8; 2] = [0, 143];
/// We know of bindings, so that a server need not put up with their absence (MS-KILE, section 3.2.5.8).
const KERB_AP_OPTIONS_CBT: [u8; 4] = [0, 0x40, 0, 0];

/// What the server has to know to prove itself.
pub(in crate::ews) struct Expected {
    ticket: Ticket,
    time: (KerberosTime, Microseconds),
}

impl Ticket {
    /// A proof in base64, bound to a TLS connection where there is one. Each one is used once.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(in crate::ews) fn proof(
        &self,
        binding: Option<&[u8]>,
    ) -> Result<(String, Expected), String> {
        let cipher = self.cipher();
        let random = SystemRandom::new();
        let mut key = vec![0; self.key.as_ref().len()];
        let mut sequence = [0; 4];
        let filled = random.fill(&mut key).and(random.fill(&mut sequence));
        filled.map_err(|_| "there is no randomness".to_owned())?;
        let bindings = binding.map(|token| ChannelBindings {
            initiator_addr_type: 0,
            initiator: Vec::new(),
            acceptor_addr_type: 0,
            acceptor: Vec::new(),
            application_data: token.to_vec(),
        });
        let mut authenticator = generate_authenticator(GenerateAuthenticatorOptions {
            kdc_rep: &self.reply,
            // Servers of old take a number above 2^30 for a negative one.
            seq_num: Some(u32::from_be_bytes(sequence) & 0x3FFF_FFFF),
            sub_key: Some(EncKey {
                key_type: cipher.clone(),
                key_value: key,
            }),
            checksum: Some(ChecksumOptions {
                checksum_type: AUTHENTICATOR_CHECKSUM_TYPE.to_vec(),
                checksum_value: ChecksumValues::from(CHECKSUM),
            }),
            channel_bindings: bindings.as_ref(),
            extensions: Vec::new(),
        })
        .map_err(|error| error.to_string())?;
        authenticator.0.authorization_data = Optional(if bindings.is_some() {
            Some(ExplicitContextTag8(aware_of_bindings().map_err(said)?))
        } else {
            None
        });
        let time = (
            authenticator.0.ctime.0.clone(),
            authenticator.0.cusec.0.clone(),
        );
        let parameters = EncryptionParams {
            encryption_type: Some(cipher),
            ..EncryptionParams::default_for_client()
        };
        let request = generate_ap_req(
            self.reply.ticket.0.clone(),
            &self.key,
            &authenticator,
            &parameters,
            ApOptions::MUTUAL_REQUIRED,
        )
        .map_err(|error| error.to_string())?;
        let token = to_vec(&ApplicationTag0(KrbMessage {
            krb5_oid: ObjectIdentifierAsn1::from(oids::krb5()),
            krb5_token_id: AP_REQ_TOKEN_ID,
            krb_msg: request,
        }))
        .map_err(said)?;
        let expected = Expected {
            ticket: self.clone(),
            time,
        };
        Ok((STANDARD.encode(negotiated(token).map_err(said)?), expected))
    }
}

impl Expected {
    /// Whether the server's proof of itself is a wrong one: somebody made it who could not read ours. What is no such proof says nothing.
    pub(in crate::ews) fn is_contradicted_by(&self, token: &str) -> bool {
        let Some(reply) = reply(token) else {
            return false;
        };
        let number = |bytes: &[u8]| {
            let bytes = bytes.iter();
            bytes.fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
        };
        !self.read(&reply).is_some_and(|(time, micros)| {
            time == self.time.0 && number(&micros.0) == number(&self.time.1.0)
        })
    }

    fn read(&self, reply: &ApRep) -> Option<(KerberosTime, Microseconds)> {
        let sealed = &reply.0.enc_part.0.cipher.0.0;
        let cipher = self.ticket.cipher().cipher();
        let plain = cipher.decrypt(self.ticket.key.as_ref(), AP_REP_ENC, sealed);
        let part: EncApRepPart = from_bytes(&plain.ok()?).ok()?;
        Some((part.0.ctime.0.clone(), part.0.cusec.0.clone()))
    }
}

/// The proof in what a server says when it took ours.
fn reply(token: &str) -> Option<ApRep> {
    let answer: NegTokenTarg1 = from_bytes(&STANDARD.decode(token).ok()?).ok()?;
    let inner = answer.0.response_token.0?.0.0;
    let message = KrbMessage::<ApRep>::decode_application_krb_message(&inner);
    let message = message.ok()?.0;
    (message.krb5_token_id == AP_REP_TOKEN_ID).then_some(message.krb_msg)
}

/// The first token of a negotiation that has Kerberos to offer and nothing else.
fn negotiated(token: Vec<u8>) -> Result<Vec<u8>, Asn1DerError> {
    let mechanisms = MechTypeList::from(vec![MechType::from(oids::krb5())]);
    to_vec(&ApplicationTag0(GssApiNegInit {
        oid: ObjectIdentifierAsn1::from(oids::spnego()),
        neg_token_init: ExplicitContextTag0(NegTokenInit {
            mech_types: Optional(Some(ExplicitContextTag0(mechanisms))),
            req_flags: Optional(None),
            mech_token: Optional(Some(ExplicitContextTag2(OctetStringAsn1::from(token)))),
            mech_list_mic: Optional(None),
        }),
    }))
}

fn aware_of_bindings() -> Result<AuthorizationData, Asn1DerError> {
    let element = |kind: &[u8], data: Vec<u8>| {
        Asn1SequenceOf::from(vec![AuthorizationDataInner {
            ad_type: ExplicitContextTag0(IntegerAsn1::from(kind.to_vec())),
            ad_data: ExplicitContextTag1(OctetStringAsn1::from(data)),
        }])
    };
    let options = element(&AD_AUTH_DATA_AP_OPTIONS, KERB_AP_OPTIONS_CBT.to_vec());
    Ok(element(&[AD_IF_RELEVANT], to_vec(&options)?))
}

fn said(error: Asn1DerError) -> String {
    error.to_string()
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
