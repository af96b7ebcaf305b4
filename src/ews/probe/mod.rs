//! Looking at the way to Exchange step by step, from the name to the log-in: what `check()` shows of this side.

mod certificate;
mod way;

use std::time::SystemTime;

use reqwest::StatusCode;

use super::Ews;
use super::login::{Attempt, Login, refused};
use super::transport::Knocked;
use super::wire::Rights;
use crate::sync::finding::Finding;
use crate::sync::ports::Folder;
use crate::web::clock;

const AUTODISCOVER: &str = "exchange.autodiscover";
const DNS: &str = "exchange.dns";
const TCP: &str = "exchange.tcp";
const TLS: &str = "exchange.tls";
const HTTP: &str = "exchange.http";
const SCHEMES: &str = "exchange.schemes";
const RIGHTS: &str = "exchange.rights";

impl Ews {
    /// Goes to the server's door, without logging in. A step that fails is the last one.
    #[must_use]
    pub fn probe(&self) -> Vec<Finding> {
        let transport = &self.shared.transport;
        let limit = transport.config().web.connect_timeout;
        let mut findings = Vec::new();
        let url = match transport.address(&self.limits) {
            Ok(url) => url,
            Err(error) => return vec![Finding::bad(AUTODISCOVER, error.message)],
        };
        if transport.is_sought() {
            let message = format!("the mailbox's server is at {url}");
            findings.push(Finding::good(AUTODISCOVER, message));
        }
        let hop = transport.next_hop(&url);
        let by = if hop.is_proxy { "the proxy " } else { "" };
        let addresses = match way::resolve(&hop.host, hop.port, limit) {
            Ok(addresses) => addresses,
            Err(why) => {
                let message = format!(
                    "the name of {by}{} cannot be found ({why}); check its spelling, and this machine's DNS",
                    hop.host
                );
                findings.push(Finding::bad(DNS, message));
                return findings;
            }
        };
        let shown: Vec<String> = addresses
            .iter()
            .map(|address| address.ip().to_string())
            .collect();
        let message = format!("{by}{} is {}", hop.host, shown.join(", "));
        findings.push(Finding::good(DNS, message));
        match way::connect(&addresses, limit) {
            Ok(address) => findings.push(Finding::good(
                TCP,
                format!("{by}{address} takes connections"),
            )),
            Err(error) => {
                let message = format!(
                    "{by}{} does not take connections on port {} ({error}); check the port, the firewalls between, and whether the server runs",
                    hop.host, hop.port
                );
                findings.push(Finding::bad(TCP, message));
                return findings;
            }
        }
        let knocked = match transport.knock(&url, &self.limits) {
            Ok(knocked) => knocked,
            Err(error) => {
                let unencrypted = error.outcome_unknown || !transport.is_encrypted(&url);
                let step = if unencrypted { HTTP } else { TLS };
                findings.push(Finding::bad(step, error.message));
                return findings;
            }
        };
        findings.extend(tls(
            &knocked,
            transport.is_encrypted(&url),
            SystemTime::now(),
        ));
        findings.push(http(&knocked));
        findings.extend(schemes(&knocked, &transport.config().login));
        findings
    }

    /// What the account may do in a folder.
    #[must_use]
    pub fn rights(&self, folder: &Folder) -> Finding {
        match super::folder::rights(&self.shared.transport, &self.limits, folder.id.as_str()) {
            Ok(rights) => judge_rights(rights, &folder.name),
            Err(error) => Finding::doubtful(RIGHTS, error.message),
        }
    }

    /// How the server's clock goes beside this machine's; nothing when no answer showed one.
    #[must_use]
    pub fn clock_finding(&self) -> Option<Finding> {
        self.shared.transport.clock().map(clock::finding)
    }
}

fn tls(knocked: &Knocked, encrypted: bool, now: SystemTime) -> Option<Finding> {
    let Some(der) = &knocked.certificate else {
        let plain = "the connection is not encrypted: that is for this machine only";
        return (!encrypted).then(|| Finding::doubtful(TLS, plain));
    };
    let Some(described) = certificate::describe(der, now) else {
        return Some(Finding::good(TLS, "the certificate verifies"));
    };
    let (subject, issuer) = (&described.subject, &described.issuer);
    let verified = format!("the certificate of {subject}, issued by {issuer}, verifies");
    Some(match described.days_left {
        Some(days) if days <= certificate::SOON => Finding::doubtful(
            TLS,
            format!("{verified}, but ends in {days} days; have it renewed"),
        ),
        Some(days) => Finding::good(TLS, format!("{verified} and is good for {days} days")),
        None => Finding::good(TLS, verified),
    })
}

fn http(knocked: &Knocked) -> Finding {
    match (&knocked.error, knocked.status) {
        (_, StatusCode::UNAUTHORIZED) => Finding::good(
            HTTP,
            "the service answers, and asks who is there (HTTP 401)",
        ),
        (Some(error), _) => Finding::bad(HTTP, error.message.clone()),
        (None, status) => Finding::doubtful(
            HTTP,
            format!(
                "the service answers without asking who is there (HTTP {}), as Exchange does not: check the URL, and whether a log-in page stands before it",
                status.as_u16()
            ),
        ),
    }
}

fn schemes(knocked: &Knocked, login: &Login) -> Option<Finding> {
    if knocked.status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let offered: Vec<&str> = knocked.schemes.iter().map(String::as_str).collect();
    let fits = offered.iter().any(|scheme| {
        let same = |name: &str| scheme.eq_ignore_ascii_case(name);
        // NTLM's messages go by the name of Negotiate as well.
        same(login.scheme()) || (login.scheme() == "NTLM" && same("Negotiate"))
    });
    Some(if fits {
        let message = format!("offers {}; we use {}", offered.join(", "), login.scheme());
        Finding::good(SCHEMES, message)
    } else {
        let message = refused(login.scheme(), Attempt::NotOffered, &offered);
        Finding::doubtful(SCHEMES, format!("the server {message}"))
    })
}

fn judge_rights(rights: Option<Rights>, folder: &str) -> Finding {
    let Some(rights) = rights else {
        return Finding::doubtful(RIGHTS, "the server does not say what the account may do");
    };
    let all = [
        (rights.create, "create"),
        (rights.modify, "change"),
        (rights.delete, "delete"),
    ];
    let missing: Vec<&str> = all
        .iter()
        .filter(|(has, _)| !has)
        .map(|(_, what)| *what)
        .collect();
    if missing.is_empty() {
        let message = "the account may create, change and delete contacts";
        return Finding::good(RIGHTS, message);
    }
    Finding::bad(
        RIGHTS,
        format!(
            "the account may not {} contacts in \"{folder}\"; what the webapp changes so is held until it may: give it the role Editor on the folder, or Owner",
            missing.join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ews::Account;
    use crate::sync::finding::Grade;
    use crate::web::Secret;
    use std::time::Duration;

    fn knocked(status: u16, schemes: &[&str]) -> Knocked {
        Knocked {
            status: StatusCode::from_u16(status).unwrap(),
            schemes: schemes.iter().map(|&scheme| scheme.to_owned()).collect(),
            certificate: None,
            error: None,
        }
    }

    fn ntlm() -> Login {
        Login::Ntlm {
            account: Account {
                username: "svc".to_owned(),
                password: Secret::new("p"),
            },
            channel_binding: true,
        }
    }

    #[test]
    fn the_schemes_tell_whether_ours_is_there() {
        let grade = |offered: &[&str]| {
            let finding = schemes(&knocked(401, offered), &ntlm()).unwrap();
            (finding.grade, finding.message)
        };
        assert_eq!(grade(&["Negotiate", "NTLM"]).0, Grade::Good);
        assert_eq!(grade(&["negotiate"]).0, Grade::Good);
        let (grade, message) = grade(&["Basic"]);
        assert_eq!(grade, Grade::Doubtful);
        assert!(
            message.contains("offers Basic for logging in, and not NTLM"),
            "{message}"
        );
        assert!(schemes(&knocked(200, &[]), &ntlm()).is_none());
    }

    #[test]
    fn a_certificate_that_ends_soon_is_a_warning() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/certificates/rsa-sha256.der"
        );
        let mut knocked = knocked(401, &[]);
        knocked.certificate = Some(std::fs::read(path).unwrap());
        // It ends on 2046-11-21.
        let at = |days: u64| {
            let end = SystemTime::UNIX_EPOCH + Duration::from_secs(28_083 * 86_400);
            tls(&knocked, true, end - Duration::from_secs(days * 86_400)).unwrap()
        };
        assert_eq!(at(22).grade, Grade::Good);
        assert!(
            at(22).message.contains("good for 22 days"),
            "{}",
            at(22).message
        );
        assert!(
            at(22).message.contains("CN=rsa-sha256"),
            "{}",
            at(22).message
        );
        assert_eq!(at(21).grade, Grade::Doubtful);
    }

    #[test]
    fn rights_that_are_missing_are_named() {
        let rights = |create, modify, delete| {
            judge_rights(
                Some(Rights {
                    create,
                    modify,
                    delete,
                }),
                "Contacts",
            )
        };
        assert_eq!(rights(true, true, true).grade, Grade::Good);
        let finding = rights(true, false, false);
        assert_eq!(finding.grade, Grade::Bad);
        assert!(
            finding
                .message
                .contains("may not change, delete contacts in \"Contacts\"")
        );
        assert_eq!(judge_rights(None, "Contacts").grade, Grade::Doubtful);
    }
}
