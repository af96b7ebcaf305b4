//! What was tried in vain and what each place said, for whoever reads it at night.

use std::fmt::Write as _;

use super::trust::Distrust;
use crate::sync::error::{RemoteClass, RemoteError};

/// Why a try led nowhere; the more telling one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ews) enum Failure {
    /// There is nothing of ours.
    Nothing,
    /// It may be different in a while.
    Passing,
    /// The server asks for patience.
    Busy,
    /// Its certificate does not verify.
    Certificate,
    /// It is a host to which no credentials go.
    Distrusted,
    /// A server of ours knows the mailbox or the question not.
    Refused,
    /// The log-in was refused.
    LogIn,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) place: String,
    pub(super) said: String,
    pub(super) failure: Failure,
}

/// The reason for a host that gets no credentials.
pub(super) fn distrusted(distrust: &Distrust) -> String {
    match distrust {
        Distrust::NotEncrypted => "not asked, since it is not https".to_owned(),
        Distrust::Odd => "not asked, since it is no usual address".to_owned(),
        Distrust::Host(host) => format!(
            "not asked, since the password goes to no host outside of the mailbox's domain that nobody has allowed; if {host} is right, put it into \
             exchange.autodiscover.allow"
        ),
    }
}

/// The error for a search without a result.
pub(super) fn in_vain(mailbox: &str, tried: &[Tried]) -> RemoteError {
    let worst = tried.iter().map(|tried| tried.failure).max();
    let (class, advice) = match worst.unwrap_or(Failure::Nothing) {
        Failure::LogIn => (
            RemoteClass::Auth,
            "check user name and password; to keep the account from being locked, no more hosts were asked than needed",
        ),
        Failure::Refused => (
            RemoteClass::Config,
            "check exchange.mailbox, or put the address of EWS into exchange.url",
        ),
        Failure::Distrusted => (
            RemoteClass::Config,
            "allow the host that is right, or put the address of EWS into exchange.url",
        ),
        Failure::Certificate => (
            RemoteClass::Config,
            "the certificate must be valid for that name and its issuer known (exchange.ca_file), or put the address of EWS into exchange.url",
        ),
        Failure::Busy => (RemoteClass::Throttled, "it is tried again later"),
        Failure::Passing => (
            RemoteClass::Transient,
            "it is tried again later; if it stays so, put the address of EWS into exchange.url",
        ),
        Failure::Nothing => (
            RemoteClass::Config,
            "put the address of EWS into exchange.url, as https://mail.example.com/EWS/Exchange.asmx",
        ),
    };
    let mut message = format!("Autodiscover found no server for {mailbox}; {advice}. Tried:");
    for (number, tried) in tried.iter().enumerate() {
        let mark = if number == 0 { "" } else { ";" };
        let _ = write!(message, "{mark} {}: {}", tried.place, tried.said);
    }
    RemoteError::new(class, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(failure: Failure) -> Tried {
        Tried {
            place: format!("https://{failure:?}.test/").to_lowercase(),
            said: "why".to_owned(),
            failure,
        }
    }

    /// The most telling try decides what kind of failure it is, and all of them are named.
    #[test]
    fn the_most_telling_try_decides() {
        use Failure::{Busy, Certificate, Distrusted, LogIn, Nothing, Passing, Refused};
        for (failures, class) in [
            (vec![], RemoteClass::Config),
            (vec![Nothing, Nothing], RemoteClass::Config),
            (vec![Passing, Nothing], RemoteClass::Transient),
            (vec![Passing, Busy], RemoteClass::Throttled),
            (vec![Passing, Certificate], RemoteClass::Config),
            (vec![Distrusted, Passing], RemoteClass::Config),
            (vec![Passing, Refused, Distrusted], RemoteClass::Config),
            (vec![Passing, LogIn, Refused], RemoteClass::Auth),
        ] {
            let all: Vec<Tried> = failures.iter().copied().map(tried).collect();
            let error = in_vain("sales@example.test", &all);
            assert_eq!(error.class, class, "{failures:?}");
            for one in &all {
                assert!(error.message.contains(&one.place), "{error}");
            }
        }
    }
}
