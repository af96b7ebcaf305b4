//! Logging in on a connection and sending a request over it (EWS reference, section 7.3).
//!
//! The three legs of a log-in have to go over one connection; after them the connection is known, and requests go without a word of
//! log-in. A server that closed it is met by a refusal of the first request over the new one, which was not executed then.

use std::time::Instant;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::line::{Come, Line, Outgoing};
use crate::ews::login::{Account, Attempt, Ntlm, end_point};
use crate::sync::error::RemoteError;
use crate::web::client::{NoAnswer, Response};
use crate::web::limited::read_page;

/// How often a log-in is begun that another connection got between.
const TRIES: u32 = 3;

/// Why there is no answer.
pub(super) enum Failed {
    /// The request got none.
    Sending(NoAnswer),
    /// The log-in could not be spoken.
    Speaking(String),
    /// There is no token to be shown.
    Token(Box<RemoteError>),
}

/// An answer with how far the log-in came.
pub(super) type Let = Result<(Response, Attempt), Failed>;

/// Sends a request over a connection that NTLM has let in.
pub(super) fn ntlm(line: &mut Line, account: &Account, bind: bool, outgoing: &Outgoing) -> Let {
    if let Some(answer) = known(line, outgoing)? {
        return Ok(answer);
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match handshake(line, account, bind, outgoing)? {
            Some(answer) => return Ok(answer),
            None if tries < TRIES => {}
            None => {
                return Err(Failed::Speaking(
                    "the connection is closed between the steps of the log-in, again and again; something between opens another one for each request".to_owned(),
                ));
            }
        }
    }
}

/// Sends a request over a connection that was let in before; nothing when there is none, or it is not known any more.
pub(super) fn known(
    line: &mut Line,
    outgoing: &Outgoing,
) -> Result<Option<(Response, Attempt)>, Failed> {
    if !line.standing.is_in(Instant::now()) {
        return Ok(None);
    }
    let Come { answer, anew } = line.send(outgoing, None, outgoing.body.clone());
    match answer {
        Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
            line.standing.forgotten(anew);
            finish(response);
            Ok(None)
        }
        Ok(response) => {
            line.standing.known(Instant::now());
            Ok(Some((response, Attempt::default())))
        }
        // Nobody executes what comes over a connection that was not let in yet.
        Err(error) if anew && error.is_broken() => {
            line.standing.forgotten(true);
            Ok(None)
        }
        Err(error) => Err(Failed::Sending(error)),
    }
}

/// All three legs; nothing when they did not go over one connection.
fn handshake(
    line: &mut Line,
    account: &Account,
    bind: bool,
    outgoing: &Outgoing,
) -> Result<Option<(Response, Attempt)>, Failed> {
    let host = outgoing.url.host_str().unwrap_or_default();
    let mut speaker = Ntlm::new(account, host).map_err(Failed::Speaking)?;
    let first = speaker.negotiate().map_err(Failed::Speaking)?;
    let mut scheme = "NTLM";
    let mut asked = ask(line, outgoing, scheme, &first)?;
    if asked.status() == StatusCode::UNAUTHORIZED
        && challenge(asked.headers(), scheme).is_none()
        && speaks(asked.headers(), "Negotiate")
    {
        // The same messages, by the name of the scheme that may hold others too.
        scheme = "Negotiate";
        finish(asked);
        asked = ask(line, outgoing, scheme, &first)?;
    }
    if asked.status().is_success() {
        // Nobody wants to know who we are any more: the empty request was answered, ours not yet.
        finish(asked);
        let answer = line.send(outgoing, None, outgoing.body.clone()).answer;
        let response = answer.map_err(Failed::Sending)?;
        line.standing.let_in(Instant::now());
        return Ok(Some((response, Attempt::default())));
    }
    if asked.status() != StatusCode::UNAUTHORIZED {
        return Ok(Some((asked, Attempt::default())));
    }
    let Some(challenge) = challenge(asked.headers(), scheme) else {
        return Ok(Some((asked, Attempt::NotOffered)));
    };
    let binding = if bind { binding(&asked) } else { None };
    finish(asked);
    let proof = speaker
        .authenticate(&challenge, binding.as_deref())
        .map_err(Failed::Speaking)?;
    let authorization = header(scheme, &proof)?;
    let Come { answer, anew } = line.send(outgoing, Some(authorization), outgoing.body.clone());
    let attempt = Attempt::Proved {
        bound: binding.is_some(),
    };
    match answer {
        Ok(response) if response.status() == StatusCode::UNAUTHORIZED && anew => {
            finish(response);
            Ok(None)
        }
        Ok(response) => {
            if response.status() != StatusCode::UNAUTHORIZED {
                line.standing.let_in(Instant::now());
            }
            Ok(Some((response, attempt)))
        }
        Err(error) if anew && error.is_broken() => Ok(None),
        Err(error) => Err(Failed::Sending(error)),
    }
}

/// The first leg. It carries no body: what goes before the proof is thrown away, and long bodies make some servers hang up.
fn ask(line: &Line, outgoing: &Outgoing, scheme: &str, first: &str) -> Result<Response, Failed> {
    let authorization = header(scheme, first)?;
    let come = line.send(outgoing, Some(authorization), Vec::new());
    come.answer.map_err(Failed::Sending)
}

pub(super) fn header(scheme: &str, token: &str) -> Result<HeaderValue, Failed> {
    let mut value = HeaderValue::try_from(format!("{scheme} {token}"))
        .map_err(|error| Failed::Speaking(error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A connection can be used again only when its answer was read to the end.
pub(super) fn finish(response: Response) {
    let _ = read_page(response);
}

/// The server's certificate as the log-in is bound to it; none without TLS.
pub(super) fn binding(response: &Response) -> Option<Vec<u8>> {
    let info = response.tls()?;
    info.peer_certificate().map(end_point)
}

pub(super) fn offers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all("www-authenticate").iter();
    all.filter_map(|value| value.to_str().ok())
}

pub(super) fn speaks(headers: &HeaderMap, scheme: &str) -> bool {
    offers(headers).any(|offer| offer.trim().eq_ignore_ascii_case(scheme))
}

pub(super) fn challenge(headers: &HeaderMap, scheme: &str) -> Option<String> {
    offers(headers).find_map(|offer| {
        let (name, token) = offer.trim().split_once(' ')?;
        name.eq_ignore_ascii_case(scheme)
            .then(|| token.trim().to_owned())
    })
}
