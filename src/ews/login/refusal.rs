//! What a refused log-in means, for somebody who has to do something about it.

/// How far a log-in came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ews) enum Attempt {
    /// Name and password were shown.
    #[default]
    Shown,
    /// The server does not speak of the scheme at all.
    NotOffered,
    /// The proof was given over the connection that had asked for it.
    Proved {
        /// Whether it was bound to the server's certificate.
        bound: bool,
    },
    /// The proof by a ticket of Kerberos was given.
    Ticket {
        /// Whether it was bound to the server's certificate.
        bound: bool,
    },
}

/// The words for a refusal, to follow the server's name. `offered` are the schemes that the server named.
pub(in crate::ews) fn refused(scheme: &str, attempt: Attempt, offered: &[&str]) -> String {
    let speaks = |scheme: &str| offered.iter().any(|one| one.eq_ignore_ascii_case(scheme));
    match attempt {
        Attempt::Proved { bound } => format!(
            "refuses the {scheme} log-in after the whole handshake: the user name or password is wrong, or the account is locked, expired or not allowed to log in from the network{}",
            if bound {
                "; with Extended Protection set to Require also when something between ends TLS (a load balancer with another certificate, or a server behind a TLS inspection)"
            } else {
                "; with Extended Protection set to Require also because the log-in was not bound to a TLS connection"
            }
        ),
        Attempt::Ticket { bound } => format!(
            "does not take the Kerberos ticket: it runs as another account than the one with the service principal name (setspn -Q HTTP/ and the host of exchange.url; on Exchange the alternate service account of each server), its clock is off by more than five minutes, or the account may not log in there{}",
            if bound {
                "; with Extended Protection also when something between ends TLS with another certificate"
            } else {
                "; with Extended Protection set to Require also because the log-in was not bound to a TLS connection"
            }
        ),
        Attempt::NotOffered if offered.is_empty() => format!(
            "asks for a log-in and offers no way to do it; {scheme} is perhaps switched off there"
        ),
        Attempt::NotOffered => format!(
            "offers {} for logging in, and not {scheme}; set exchange.auth to one of them, or have {scheme} switched on there",
            offered.join(", ")
        ),
        Attempt::Shown if offered.is_empty() || speaks(scheme) => {
            "refuses the log-in; check user name and password".to_owned()
        }
        Attempt::Shown => format!(
            "refuses the log-in; check user name and password; it offers {}, and not {scheme}, with which we logged in",
            offered.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said to somebody who is called at night (user-pains 2).
    #[test]
    fn each_refusal_says_what_to_do() {
        let bound = Attempt::Proved { bound: true };
        let unbound = Attempt::Proved { bound: false };
        for (scheme, attempt, offered, expected) in [
            (
                "Basic",
                Attempt::Shown,
                &[][..],
                "check user name and password",
            ),
            (
                "Basic",
                Attempt::Shown,
                &["Negotiate", "NTLM"],
                "it offers Negotiate, NTLM, and not Basic",
            ),
            (
                "NTLM",
                Attempt::NotOffered,
                &["Basic"],
                "offers Basic for logging in, and not NTLM; set exchange.auth",
            ),
            ("NTLM", Attempt::NotOffered, &[], "offers no way to do it"),
            (
                "NTLM",
                bound,
                &["NTLM"],
                "a load balancer with another certificate",
            ),
            (
                "NTLM",
                unbound,
                &["NTLM"],
                "was not bound to a TLS connection",
            ),
            (
                "Negotiate",
                Attempt::Ticket { bound: true },
                &["Negotiate"],
                "setspn -Q HTTP/",
            ),
            (
                "Negotiate",
                Attempt::Ticket { bound: false },
                &["Negotiate"],
                "was not bound to a TLS connection",
            ),
        ] {
            let said = refused(scheme, attempt, offered);
            assert!(said.contains(expected), "{said}");
        }
        let fitting = refused("Basic", Attempt::Shown, &["basic"]);
        assert_eq!(fitting, "refuses the log-in; check user name and password");
    }
}
