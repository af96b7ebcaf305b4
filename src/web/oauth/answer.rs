//! What a token endpoint answers.

use std::time::Duration;

use serde_json::Value;

use super::lifetime::believed;
use crate::web::Secret;

/// A token was granted, or was not.
#[derive(Debug)]
pub(super) enum Answer {
    /// The token and its lifetime from the moment of the request on.
    Granted(Secret, Duration),
    /// The authority says why not.
    Refused(Problem),
    /// The answer is not that of a token endpoint.
    Strange,
}

/// Why a token was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// The word of the protocol, such as `invalid_client`.
    pub(super) error: String,
    /// The number of Entra ID, as in AADSTS7000215.
    pub(super) number: Option<u64>,
    /// The first sentence of what the authority says.
    pub(super) said: String,
    /// The authority's id of the request.
    pub(super) trace: Option<String>,
}

/// The most characters of what an authority says.
const TOLD: usize = 300;

/// Reads an answer; its status tells nothing that its body does not.
pub(super) fn read(body: &[u8]) -> Answer {
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(body) else {
        return Answer::Strange;
    };
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    if let Some(token) = text("access_token") {
        let kind = text("token_type").unwrap_or("Bearer");
        if !is_sendable(token) || !kind.eq_ignore_ascii_case("Bearer") {
            return Answer::Strange;
        }
        // Entra ID sends a number, others a text.
        let seconds = match answer.get("expires_in") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            None => None,
        };
        // A token whose end is not told is used once.
        return Answer::Granted(Secret::new(token), believed(seconds.unwrap_or(0)));
    }
    let Some(error) = text("error") else {
        return Answer::Strange;
    };
    let description = text("error_description").unwrap_or_default();
    Answer::Refused(Problem {
        error: plain(error, 60),
        number: number_in(description).or_else(|| {
            let codes = answer.get("error_codes")?.as_array()?;
            codes.first()?.as_u64()
        }),
        said: first_sentence(description),
        trace: text("trace_id").map(|trace| plain(trace, 60)),
    })
}

/// Whether a token can be sent in a header.
pub(crate) fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn whole(number: f64) -> Option<u64> {
    let sound = (0.0..1e9).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the limits are checked"
    )]
    sound.then_some(number as u64)
}

/// The number behind `AADSTS`.
fn number_in(description: &str) -> Option<u64> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// What is said, without the number before it and the ids and times behind it.
fn first_sentence(description: &str) -> String {
    let said = match description.split_once("AADSTS") {
        Some((_, rest)) => rest.split_once(": ").map_or(rest, |(_, said)| said),
        None => description,
    };
    let said = said.split(" Trace ID:").next().unwrap_or_default();
    let said = said.lines().next().unwrap_or_default();
    plain(said, TOLD).trim().trim_end_matches('.').to_owned()
}

/// The beginning of a text without control characters.
fn plain(text: &str, most: usize) -> String {
    let text = text.chars().filter(|letter| !letter.is_control());
    text.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_may_be_a_number_or_a_text() {
        for (expires, seconds) in [
            ("3599", 3599),
            ("\"3599\"", 3599),
            ("3599.5", 3599),
            ("-1", 0),
            ("null", 0),
            ("\"soon\"", 0),
            ("99999999999", 86_400),
        ] {
            let body = format!(
                "{{\"token_type\":\"Bearer\",\"expires_in\":{expires},\"access_token\":\"abc.def\"}}"
            );
            let Answer::Granted(token, lifetime) = read(body.as_bytes()) else {
                panic!("{expires}");
            };
            assert_eq!(token.reveal(), "abc.def");
            assert_eq!(lifetime, Duration::from_secs(seconds), "{expires}");
        }
    }

    #[test]
    fn a_refusal_is_taken_apart() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure so. Trace ID: a-b Correlation ID: c Timestamp: 2026-01-01 00:00:00Z","error_codes":[7000215],"trace_id":"a-b"}"#;
        let Answer::Refused(problem) = read(body.as_bytes()) else {
            panic!("{body}");
        };
        assert_eq!(
            problem,
            Problem {
                error: "invalid_client".to_owned(),
                number: Some(7_000_215),
                said: "Invalid client secret provided. Ensure so".to_owned(),
                trace: Some("a-b".to_owned()),
            }
        );
        let body = br#"{"error":"invalid_resource","error_description":"MSIS9602: The relying party is not found.\r\nmore"}"#;
        let Answer::Refused(problem) = read(body) else {
            panic!();
        };
        assert_eq!(problem.said, "MSIS9602: The relying party is not found");
        assert_eq!(problem.number, None);
    }

    #[test]
    fn what_is_no_answer_is_strange() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nX: y"}"#,
            r#"{"access_token":""}"#,
            r#"{"access_token":"abc","token_type":"pop"}"#,
        ] {
            assert!(matches!(read(body.as_bytes()), Answer::Strange), "{body}");
        }
    }
}
