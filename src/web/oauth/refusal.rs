//! What a person can do about a token that an authority refuses.

use super::answer::Problem;
use crate::sync::error::{RemoteClass, RemoteError};

/// The error for a refused token.
pub(super) fn error(host: &str, status: u16, problem: &Problem) -> RemoteError {
    let (class, advice) = match advice(problem) {
        Some(advice) => (RemoteClass::Auth, advice),
        None if status == 429 => (RemoteClass::Throttled, ""),
        None if status >= 500 || problem.error == "temporarily_unavailable" => {
            (RemoteClass::Transient, "")
        }
        None => (RemoteClass::Auth, "; check exchange.oauth"),
    };
    let number = problem.number;
    let number = number.map_or_else(String::new, |number| format!(", AADSTS{number}"));
    let said = match problem.said.as_str() {
        "" => String::new(),
        said => format!(": {said}"),
    };
    RemoteError {
        status: Some(status),
        request_id: problem.trace.clone(),
        ..RemoteError::new(
            class,
            format!(
                "{host} gives no token ({}{number}){said}{advice}",
                problem.error
            ),
        )
    }
}

/// What to do, by Entra ID's numbers, else by the protocol's words.
fn advice(problem: &Problem) -> Option<&'static str> {
    Some(match problem.number.unwrap_or(0) {
        7_000_215 => {
            "; exchange.oauth.client_secret is wrong: the secret's value is meant, not its id"
        }
        7_000_222 => {
            "; the client secret has expired: make a new one in the app registration, under Certificates & secrets"
        }
        7_000_218 => "; the application is registered for another kind of proof",
        7_000_112 => "; the application is disabled: enable it under Enterprise applications",
        90_002 | 900_023 | 90_013 => {
            "; there is no such tenant: check exchange.oauth.tenant, and that exchange.oauth.authority is its cloud"
        }
        700_016 => {
            "; check exchange.oauth.client_id, and whether the application is registered in this tenant"
        }
        700_027 => {
            "; the certificate is not registered for the application, or belongs to another key: upload it in the app registration, under Certificates & secrets"
        }
        700_030 => "; the certificate is expired or unfit: make a new one and register it",
        700_024 => {
            "; the clock of this machine is wrong, so that the assertion is not valid now: set it by NTP"
        }
        70_011 | 1_002_012 | 28_003 => {
            "; exchange.oauth.scope must be the resource followed by /.default"
        }
        500_011 | 650_057 | 50_001 => {
            "; the tenant does not know this resource: check exchange.oauth.scope; for a server of one's own, hybrid modern authentication must be set up and exchange.url's host be among the service principal names"
        }
        65_001 | 50_105 | 501_051 | 650_056 => {
            "; a permission is missing: give the application full_access_as_app of Office 365 Exchange Online, with an administrator's consent"
        }
        53_003 | 530_034 | 530_035 => {
            "; a conditional access policy blocks the application: ask the tenant's administrator"
        }
        _ => match problem.error.as_str() {
            "invalid_client" => "; check exchange.oauth.client_id and its secret or certificate",
            "unauthorized_client" => {
                "; the application may not ask for tokens of its own: check its registration"
            }
            "invalid_scope" | "invalid_resource" | "invalid_target" => {
                "; check exchange.oauth.scope"
            }
            "unsupported_grant_type" => {
                "; the authority gives no tokens to applications: check exchange.oauth.authority"
            }
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: &str, number: Option<u64>, status: u16) -> (RemoteClass, String) {
        let problem = Problem {
            error: error.to_owned(),
            number,
            said: "Some words".to_owned(),
            trace: Some("trace".to_owned()),
        };
        let error = super::error("login.test", status, &problem);
        assert_eq!(error.request_id.as_deref(), Some("trace"));
        assert!(!error.outcome_unknown);
        (error.class, error.message)
    }

    /// user-pains 2: the step that fails is named with what to do.
    #[test]
    fn every_common_refusal_says_what_to_do() {
        for (error, number, expected) in [
            ("invalid_client", 7_000_215, "client_secret is wrong"),
            ("invalid_client", 7_000_222, "has expired"),
            ("invalid_request", 90_002, "exchange.oauth.tenant"),
            ("unauthorized_client", 700_016, "exchange.oauth.client_id"),
            ("invalid_client", 700_027, "certificate is not registered"),
            ("invalid_client", 700_024, "clock"),
            ("invalid_scope", 1_002_012, "exchange.oauth.scope"),
            ("invalid_resource", 500_011, "hybrid modern authentication"),
            ("invalid_grant", 65_001, "full_access_as_app"),
            ("access_denied", 53_003, "conditional access"),
        ] {
            let (class, message) = said(error, Some(number), 400);
            assert_eq!(class, RemoteClass::Auth, "{message}");
            assert!(message.contains(expected), "{message}");
            assert!(
                message.starts_with("login.test gives no token (") && message.contains(error),
                "{message}"
            );
            assert!(message.contains(&format!("AADSTS{number}")), "{message}");
        }
        let (class, message) = said("invalid_client", None, 401);
        assert_eq!(class, RemoteClass::Auth);
        assert!(message.contains("exchange.oauth.client_id"), "{message}");
    }

    #[test]
    fn what_passes_is_not_the_applications_fault() {
        assert_eq!(said("server_error", None, 503).0, RemoteClass::Transient);
        assert_eq!(
            said("temporarily_unavailable", Some(90_024), 400).0,
            RemoteClass::Transient
        );
        assert_eq!(said("slow_down", None, 429).0, RemoteClass::Throttled);
        assert_eq!(said("something_new", None, 400).0, RemoteClass::Auth);
    }
}
