//! The proofs as a server reads them.

use picky_asn1::bit_string::BitString;
use picky_asn1::restricted_string::IA5String;
use picky_asn1::wrapper::{
    ExplicitContextTag3, ExplicitContextTag4, ExplicitContextTag5, ExplicitContextTag6,
    GeneralStringAsn1,
};
use picky_asn1_der::Asn1RawDer;
use picky_krb::constants::gss_api::ACCEPT_COMPLETE;
use picky_krb::constants::key_usages::AP_REQ_AUTHENTICATOR;
use picky_krb::crypto::CipherSuite;
use picky_krb::data_types::{
    Authenticator, EncApRepPartInner, EncryptedData, PrincipalName, Ticket as Sealed, TicketInner,
};
use picky_krb::gss_api::NegTokenTarg;
use picky_krb::messages::{ApRepInner, ApReq, KdcRep};

use super::*;

const KEY: [u8; 32] = [7; 32];

fn text(text: &str) -> GeneralStringAsn1 {
    IA5String::from_string(text.to_owned()).unwrap().into()
}

fn number(number: u8) -> IntegerAsn1 {
    IntegerAsn1::from(vec![number])
}

fn name(parts: &[&str]) -> PrincipalName {
    PrincipalName {
        name_type: ExplicitContextTag0(number(2)),
        name_string: ExplicitContextTag1(Asn1SequenceOf::from(
            parts.iter().map(|part| text(part)).collect::<Vec<_>>(),
        )),
    }
}

fn sealed(bytes: Vec<u8>) -> EncryptedData {
    EncryptedData {
        etype: ExplicitContextTag0(number(18)),
        kvno: Optional(None),
        cipher: ExplicitContextTag2(OctetStringAsn1::from(bytes)),
    }
}

fn ticket() -> Ticket {
    let inner = TicketInner {
        tkt_vno: ExplicitContextTag0(number(5)),
        realm: ExplicitContextTag1(text("CORP.TEST")),
        sname: ExplicitContextTag2(name(&["HTTP", "mail.corp.test"])),
        enc_part: ExplicitContextTag3(sealed(vec![1; 40])),
    };
    Ticket {
        reply: KdcRep {
            pvno: ExplicitContextTag0(number(5)),
            msg_type: ExplicitContextTag1(number(13)),
            padata: Optional(None),
            crealm: ExplicitContextTag3(text("CORP.TEST")),
            cname: ExplicitContextTag4(name(&["svc"])),
            ticket: ExplicitContextTag5(Sealed::from(inner)),
            enc_part: ExplicitContextTag6(sealed(vec![2; 40])),
        },
        key: KEY.to_vec().into(),
    }
}

/// What a server reads out of a proof.
fn read(proof: &str) -> (BitString, Authenticator) {
    let token = STANDARD.decode(proof).unwrap();
    let offered: ApplicationTag0<GssApiNegInit> = from_bytes(&token).unwrap();
    let offered = offered.0.neg_token_init.0;
    let mechanisms = offered.mech_types.0.unwrap().0.0;
    assert_eq!(mechanisms.len(), 1, "nothing but Kerberos");
    let inner = offered.mech_token.0.unwrap().0.0;
    let request = KrbMessage::<ApReq>::decode_application_krb_message(&inner)
        .unwrap()
        .0
        .krb_msg;
    let cipher = CipherSuite::Aes256CtsHmacSha196.cipher();
    let sealed = &request.0.authenticator.0.cipher.0.0;
    let plain = cipher.decrypt(&KEY, AP_REQ_AUTHENTICATOR, sealed).unwrap();
    let options = request.0.ap_options.0.0.clone();
    (options, from_bytes(&plain).unwrap())
}

/// Semantics 50: what binds the log-in is hashed as RFC 4121, section 4.1.1.2 has it; the sum was made by another program.
#[test]
fn a_proof_is_bound_to_the_certificate() {
    let (proof, _) = ticket().proof(Some(b"tls-server-end-point:abc")).unwrap();
    let (options, bound) = read(&proof);
    assert_eq!(
        options.payload_view(),
        [0x20, 0, 0, 0],
        "both prove themselves"
    );
    let sum = |authenticator: &Authenticator| {
        let checksum = authenticator.0.cksum.0.as_ref().unwrap();
        checksum.0.checksum.0.0.clone()
    };
    let hex: String = sum(&bound)[4..20]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, "feb0fffbc725957540b287e8c838dfd9");
    assert!(bound.0.authorization_data.0.is_some());
    let (proof, _) = ticket().proof(None).unwrap();
    let (_, unbound) = read(&proof);
    assert_eq!(sum(&unbound), CHECKSUM);
    assert!(unbound.0.authorization_data.0.is_none());
    assert_ne!(
        bound.0.seq_number, unbound.0.seq_number,
        "each proof is another"
    );
}

/// What a server answers that could read the time in a proof, or read another one.
fn answer(time: KerberosTime, micros: Microseconds, key: &[u8]) -> String {
    let part = EncApRepPart::from(EncApRepPartInner {
        ctime: ExplicitContextTag0(time),
        cusec: ExplicitContextTag1(micros),
        subkey: Optional(None),
        seq_number: Optional(None),
    });
    let cipher = CipherSuite::Aes256CtsHmacSha196.cipher();
    let bytes = cipher
        .encrypt(key, AP_REP_ENC, &to_vec(&part).unwrap())
        .unwrap();
    let reply = ApRep::from(ApRepInner {
        pvno: ExplicitContextTag0(number(5)),
        msg_type: ExplicitContextTag1(number(15)),
        enc_part: ExplicitContextTag2(sealed(bytes)),
    });
    let token = to_vec(&ApplicationTag0(KrbMessage {
        krb5_oid: ObjectIdentifierAsn1::from(oids::krb5()),
        krb5_token_id: AP_REP_TOKEN_ID,
        krb_msg: reply,
    }));
    let taken = NegTokenTarg {
        neg_result: Optional(Some(ExplicitContextTag0(Asn1RawDer(
            ACCEPT_COMPLETE.to_vec(),
        )))),
        supported_mech: Optional(None),
        response_token: Optional(Some(ExplicitContextTag2(OctetStringAsn1::from(
            token.unwrap(),
        )))),
        mech_list_mic: Optional(None),
    };
    STANDARD.encode(to_vec(&NegTokenTarg1::from(taken)).unwrap())
}

/// Semantics 50.
#[test]
fn only_a_server_that_read_the_ticket_proves_itself() {
    let (proof, expected) = ticket().proof(None).unwrap();
    let (_, authenticator) = read(&proof);
    let (time, micros) = (
        authenticator.0.ctime.0.clone(),
        authenticator.0.cusec.0.clone(),
    );
    let wrong = |token: &str| expected.is_contradicted_by(token);
    assert!(!wrong(&answer(time.clone(), micros.clone(), &KEY)));
    assert!(wrong(&answer(time.clone(), micros, &[8; 32])));
    // More than there are in a second.
    let other = IntegerAsn1::from(vec![9; 4]);
    assert!(wrong(&answer(time, other, &KEY)));
    for nothing in ["", "oQcwBaADCgEA", "TlRMTVNTUAAB", "*"] {
        assert!(!wrong(nothing));
    }
}
