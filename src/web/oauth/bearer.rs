//! What Exchange says to a token that it refuses: `WWW-Authenticate: Bearer` and `x-ms-diagnostics`.

use reqwest::header::HeaderMap;

/// The refusal of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// Whether Bearer is offered at all.
    offered: bool,
    error: Option<String>,
    category: Option<String>,
    reason: Option<String>,
}

/// The most characters of a reason.
const TOLD: usize = 200;

impl Challenge {
    /// Takes what the head of a 401 tells.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all("www-authenticate").iter();
        let bearer = lines.filter_map(|line| line.to_str().ok()).find(|line| {
            let scheme = line.split([' ', ',']).next().unwrap_or_default();
            scheme.eq_ignore_ascii_case("bearer")
        });
        let diagnostics = headers.get("x-ms-diagnostics");
        let diagnostics = diagnostics.and_then(|text| text.to_str().ok());
        Self {
            offered: bearer.is_some(),
            error: bearer.and_then(|line| parameter(line, "error")),
            category: diagnostics.and_then(|text| parameter(text, "error_category")),
            reason: diagnostics.and_then(|text| parameter(text, "reason")),
        }
    }

    /// Whether another token may be accepted: this one has ended, was revoked, or is not what the server believes in.
    pub(crate) fn wants_another(&self) -> bool {
        let passing = [
            "token_expired",
            "invalid_token",
            "invalid_signature",
            "invalid_grant",
        ];
        match self.category.as_deref() {
            Some(category) => passing.contains(&category),
            None => self.error.as_deref() == Some("invalid_token"),
        }
    }

    /// Why, in words, and what to do; begins with `; `.
    pub(crate) fn words(&self) -> String {
        let advice = match self.category.as_deref() {
            Some("token_expired") => {
                "the token has expired; a token that is given must be good for some minutes, and the clocks of all servers right"
            }
            Some("invalid_signature") => {
                "the server does not trust who issued the token; check exchange.oauth.authority, and the server's set-up for OAuth"
            }
            Some("invalid_resource") => {
                "the token is for something else; check exchange.oauth.scope: it must name this server as the server itself does"
            }
            Some("invalid_tenant") => {
                "the token is of another tenant than the mailbox; check exchange.oauth.tenant"
            }
            Some("invalid_user") => "the token's user has no mailbox here; check exchange.mailbox",
            Some("invalid_client") => {
                "the server does not accept the application; give it full_access_as_app or a role of RBAC for Applications, with consent"
            }
            _ if !self.offered => {
                "the server offers no log-in by OAuth; check exchange.auth and the server's set-up"
            }
            _ => {
                "check that the application has full_access_as_app, with an administrator's consent, and that the tenant allows it to use EWS"
            }
        };
        match &self.reason {
            Some(reason) => format!("; it says: {} \u{2013} {advice}", reason.trim()),
            None => format!("; {advice}"),
        }
    }
}

/// The value of a parameter `name="value"`, not of one that only ends so.
fn parameter(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once(name)?;
        let begins = before
            .chars()
            .next_back()
            .is_none_or(|letter| matches!(letter, ' ' | ',' | ';'));
        if let Some(value) = after.strip_prefix("=\"").filter(|_| begins) {
            let value = value.split('"').next().unwrap_or_default();
            let value = value.chars().filter(|letter| !letter.is_control());
            return Some(value.take(TOLD).collect());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(lines: &[(&'static str, &str)]) -> Challenge {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    const BEARER: &str = r#"Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", token_types="app_asserted_user_v1 service_asserted_app_v1", error="invalid_token""#;

    #[test]
    fn a_token_that_has_ended_is_worth_another_try_and_a_wrong_audience_is_not() {
        let said = |category: &str| {
            let diagnostics =
                format!("2000001;reason=\"Why it is.\";error_category=\"{category}\"");
            challenge(&[
                ("www-authenticate", BEARER),
                ("x-ms-diagnostics", &diagnostics),
            ])
        };
        for category in ["token_expired", "invalid_token", "invalid_signature"] {
            assert!(said(category).wants_another(), "{category}");
        }
        for category in [
            "invalid_resource",
            "invalid_tenant",
            "invalid_user",
            "invalid_client",
        ] {
            assert!(!said(category).wants_another(), "{category}");
        }
        let words = said("invalid_resource").words();
        assert!(
            words.contains("Why it is.") && words.contains("exchange.oauth.scope"),
            "{words}"
        );
        assert!(challenge(&[("www-authenticate", BEARER)]).wants_another());
    }

    #[test]
    fn a_server_without_oauth_is_told() {
        let basic = challenge(&[
            ("www-authenticate", "Negotiate"),
            ("www-authenticate", "NTLM"),
        ]);
        assert!(!basic.wants_another());
        assert!(basic.words().contains("offers no log-in by OAuth"));
        assert_eq!(
            parameter(r#"x_error="a", error="b""#, "error").as_deref(),
            Some("b")
        );
        assert_eq!(parameter("error", "error"), None);
    }
}
