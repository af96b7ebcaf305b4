//! Sending a request with a proof by Kerberos: one leg, since a ticket needs no challenge.
//!
//! Many servers know the connection afterwards, as with NTLM, and requests go without a proof; the others get one with each request. Only
//! the very first request of a line asks before, without a body: to see that the server takes proofs, and the certificate that they are
//! bound to.

use std::time::{Duration, Instant};

use reqwest::StatusCode;

use super::handshake::{Failed, Let, binding, challenge, finish, header, known, speaks};
use super::line::{Line, Outgoing};
use crate::ews::login::{Attempt, Expected, Patience, Principal};
use crate::web::client::Response;

const SCHEME: &str = "Negotiate";

/// Sends a request over a connection that is let in, or with a proof.
pub(super) fn send(
    line: &mut Line,
    principal: &Principal,
    bind: bool,
    connect: Duration,
    outgoing: &Outgoing,
) -> Let {
    if let Some(answer) = known(line, outgoing)? {
        return Ok(answer);
    }
    if !line.asked {
        let asked = line.send(outgoing, None, Vec::new()).answer;
        let asked = asked.map_err(Failed::Sending)?;
        if asked.status() != StatusCode::UNAUTHORIZED {
            return unasked(line, asked, outgoing);
        }
        if !speaks(asked.headers(), SCHEME) {
            return Ok((asked, Attempt::NotOffered));
        }
        line.end_point = if bind { binding(&asked) } else { None };
        line.asked = true;
        finish(asked);
    }
    let host = outgoing.url.host_str().unwrap_or_default();
    let service = principal.service(host);
    let patience = Patience {
        connect,
        until: outgoing.until,
        interrupt: &outgoing.interrupt,
    };
    let mut once_more = true;
    loop {
        let (ticket, fresh) = principal
            .ticket(&service, patience)
            .map_err(|error| Failed::Token(Box::new(error)))?;
        let (proof, expected) = ticket
            .proof(line.end_point.as_deref())
            .map_err(Failed::Speaking)?;
        let authorization = header(SCHEME, &proof)?;
        let come = line.send(outgoing, Some(authorization), outgoing.body.clone());
        let response = come.answer.map_err(Failed::Sending)?;
        let attempt = Attempt::Ticket {
            bound: line.end_point.is_some(),
        };
        if response.status() != StatusCode::UNAUTHORIZED {
            verify(&response, &expected)?;
            line.standing.let_in(Instant::now());
            return Ok((response, attempt));
        }
        // The ticket may be over, and the server behind the name another one than before, with a certificate of its own.
        let end_point = if bind { binding(&response) } else { None };
        let other_server = end_point != line.end_point;
        line.end_point = end_point;
        principal.forget(&service);
        if !(once_more && (!fresh || other_server)) {
            let offers = speaks(response.headers(), SCHEME)
                || challenge(response.headers(), SCHEME).is_some();
            let attempt = if offers { attempt } else { Attempt::NotOffered };
            return Ok((response, attempt));
        }
        once_more = false;
        finish(response);
    }
}

/// Nobody wants to know who we are, or something else stands before it: what was answered is for the empty request.
fn unasked(line: &mut Line, asked: Response, outgoing: &Outgoing) -> Let {
    if !asked.status().is_success() {
        return Ok((asked, Attempt::default()));
    }
    finish(asked);
    let answer = line.send(outgoing, None, outgoing.body.clone()).answer;
    let response = answer.map_err(Failed::Sending)?;
    line.standing.let_in(Instant::now());
    Ok((response, Attempt::default()))
}

/// A server that shows who it is has to be the one; its certificate has told so already.
fn verify(response: &Response, expected: &Expected) -> Result<(), Failed> {
    match challenge(response.headers(), SCHEME) {
        Some(token) if expected.is_contradicted_by(&token) => Err(Failed::Speaking(
            "what answers could not read the ticket, and so is not the server that it is for"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}
