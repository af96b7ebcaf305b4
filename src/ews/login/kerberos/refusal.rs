//! What a refusal of a key distribution centre means, for somebody who has to do something about it (RFC 4120, section 7.5.9).

use std::time::SystemTime;

use picky_krb::messages::KrbErrorInner;

use crate::sync::error::{RemoteClass, RemoteError};

/// The centre wants a proof of the account first, and says how.
pub(super) const PREAUTHENTICATION_REQUIRED: u32 = 25;

/// What was asked for.
pub(super) struct Asked<'a> {
    pub(super) account: &'a str,
    pub(super) realm: &'a str,
    pub(super) service: &'a str,
    pub(super) by_keytab: bool,
}

/// The error for a refusal.
pub(super) fn error(centre: &str, asked: &Asked<'_>, error: &KrbErrorInner) -> RemoteError {
    let code = error.error_code.0;
    let (class, name, words) = words(code, asked);
    let clocks = if code == 37 {
        clocks(error)
    } else {
        String::new()
    };
    let name = if name.is_empty() {
        "Kerberos error"
    } else {
        name
    };
    // The error's own code is for those of Exchange, which this is none of.
    RemoteError::new(
        class,
        format!(
            "the key distribution centre {centre} gives no ticket: {words}{clocks} ({name}, {code})"
        ),
    )
}

/// The class, the name of the code, and what is wrong.
fn words(code: u32, asked: &Asked<'_>) -> (RemoteClass, &'static str, String) {
    let Asked {
        account,
        realm,
        service,
        by_keytab,
    } = asked;
    let auth = RemoteClass::Auth;
    let config = RemoteClass::Config;
    match code {
        1 => (
            auth,
            "KDC_ERR_NAME_EXP",
            format!("the account {account} is expired"),
        ),
        6 => (
            auth,
            "KDC_ERR_C_PRINCIPAL_UNKNOWN",
            format!(
                "the realm {realm} has no account {account}; check exchange.username and exchange.kerberos.realm"
            ),
        ),
        7 => (
            config,
            "KDC_ERR_S_PRINCIPAL_UNKNOWN",
            format!(
                "the realm has no service {service}; exchange.url must have the name that Exchange is registered with, and the account that runs it this service principal name (setspn -Q {service} shows it, setspn -S {service} and the account sets it)"
            ),
        ),
        8 => (
            config,
            "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
            format!(
                "two accounts have the service principal name {service}; setspn -X finds them, and setspn -D takes it from the wrong one"
            ),
        ),
        12 => (
            auth,
            "KDC_ERR_POLICY",
            format!(
                "a policy forbids the log-in of {account} (log-on hours, workstations, an authentication policy)"
            ),
        ),
        14 => (
            config,
            "KDC_ERR_ETYPE_NOSUPP",
            format!(
                "{account} or the account behind {service} has no key with AES; allow AES for both (msDS-SupportedEncryptionTypes 24) and set their passwords anew, since old ones have keys with RC4 only"
            ),
        ),
        18 => (
            auth,
            "KDC_ERR_CLIENT_REVOKED",
            format!(
                "the account {account} is locked, disabled or expired, or may not log in at this hour"
            ),
        ),
        23 => (
            auth,
            "KDC_ERR_KEY_EXPIRED",
            format!("the password of {account} is expired and must be changed"),
        ),
        24 if *by_keytab => (
            auth,
            "KDC_ERR_PREAUTH_FAILED",
            format!(
                "the key in exchange.kerberos.keytab is not that of {account}; a password that was set later made it worthless: write the keytab anew"
            ),
        ),
        24 => (
            auth,
            "KDC_ERR_PREAUTH_FAILED",
            format!("the password of {account} is wrong"),
        ),
        29 => (
            RemoteClass::Transient,
            "KDC_ERR_SVC_UNAVAILABLE",
            "it is out of order for the moment".to_owned(),
        ),
        37 => (
            config,
            "KRB_AP_ERR_SKEW",
            "the clock of this machine differs from its own by more than five minutes; set both by NTP"
                .to_owned(),
        ),
        60 => (
            RemoteClass::Transient,
            "KRB_ERR_GENERIC",
            "it cannot say what is wrong".to_owned(),
        ),
        68 => (
            config,
            "KDC_ERR_WRONG_REALM",
            format!(
                "the account {account} does not belong to {realm}; put its realm into exchange.kerberos.realm"
            ),
        ),
        _ => (
            auth,
            "",
            format!("the log-in of {account} for {service} is refused"),
        ),
    }
}

/// What the two clocks show.
fn clocks(error: &KrbErrorInner) -> String {
    let theirs = &error.stime.0.0;
    format!(
        ": it is {:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC there, and {} here",
        theirs.year(),
        theirs.month(),
        theirs.day(),
        theirs.hour(),
        theirs.minute(),
        theirs.second(),
        httpdate::fmt_http_date(SystemTime::now())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use picky_asn1::date::GeneralizedTime;
    use picky_asn1::restricted_string::IA5String;
    use picky_asn1::wrapper::{
        Asn1SequenceOf, ExplicitContextTag0, ExplicitContextTag1, ExplicitContextTag4,
        ExplicitContextTag5, ExplicitContextTag6, ExplicitContextTag9, ExplicitContextTag10,
        GeneralStringAsn1, IntegerAsn1, Optional,
    };
    use picky_krb::data_types::PrincipalName;

    fn refused(code: u32) -> RemoteError {
        let number = |number: u8| IntegerAsn1::from(vec![number]);
        let realm =
            GeneralStringAsn1::from(IA5String::from_string("CORP.TEST".to_owned()).unwrap());
        let time = GeneralizedTime::new(2026, 11, 26, 8, 5, 0).unwrap();
        let said = KrbErrorInner {
            pvno: ExplicitContextTag0(number(5)),
            msg_type: ExplicitContextTag1(number(30)),
            ctime: Optional(None),
            cusec: Optional(None),
            stime: ExplicitContextTag4(time.into()),
            susec: ExplicitContextTag5(number(0)),
            error_code: ExplicitContextTag6(code),
            crealm: Optional(None),
            cname: Optional(None),
            realm: ExplicitContextTag9(realm),
            sname: ExplicitContextTag10(PrincipalName {
                name_type: ExplicitContextTag0(number(2)),
                name_string: ExplicitContextTag1(Asn1SequenceOf::from(Vec::new())),
            }),
            e_text: Optional(None),
            e_data: Optional(None),
        };
        let asked = Asked {
            account: "svc@CORP.TEST",
            realm: "CORP.TEST",
            service: "HTTP/mail.corp.test",
            by_keytab: false,
        };
        error("dc1:88", &asked, &said)
    }

    /// User-pains 2.
    #[test]
    fn each_refusal_has_a_class_and_says_what_to_do() {
        let (auth, config) = (RemoteClass::Auth, RemoteClass::Config);
        for (code, class, name, words) in [
            (6, auth, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "has no account svc"),
            (
                7,
                config,
                "KDC_ERR_S_PRINCIPAL_UNKNOWN",
                "setspn -S HTTP/mail.corp.test",
            ),
            (14, config, "KDC_ERR_ETYPE_NOSUPP", "no key with AES"),
            (
                18,
                auth,
                "KDC_ERR_CLIENT_REVOKED",
                "locked, disabled or expired",
            ),
            (23, auth, "KDC_ERR_KEY_EXPIRED", "must be changed"),
            (
                24,
                auth,
                "KDC_ERR_PREAUTH_FAILED",
                "the password of svc@CORP.TEST is wrong",
            ),
            (
                29,
                RemoteClass::Transient,
                "KDC_ERR_SVC_UNAVAILABLE",
                "for the moment",
            ),
            (
                37,
                config,
                "KRB_AP_ERR_SKEW",
                "it is 2026-11-26 08:05:00 UTC there, and ",
            ),
            (68, config, "KDC_ERR_WRONG_REALM", "exchange.kerberos.realm"),
        ] {
            let error = refused(code);
            assert_eq!(error.class, class, "{code}");
            for words in [words, name, "dc1:88", &code.to_string()] {
                assert!(error.message.contains(words), "{}", error.message);
            }
        }
        let unknown = refused(99);
        assert_eq!(unknown.class, auth);
        assert!(unknown.message.ends_with("(Kerberos error, 99)"));
    }
}
