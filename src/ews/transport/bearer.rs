//! A request with a bearer token. A token that is refused because its time is over is replaced once: a 401 means that the request was
//! not executed, so it may be sent again.

use reqwest::StatusCode;
use reqwest::header::HeaderValue;

use super::handshake::Failed;
use super::line::{Line, Outgoing};
use crate::ews::login::Attempt;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::Secret;
use crate::web::client::Response;
use crate::web::limited::read_page;
use crate::web::oauth::{Bearers, Challenge, Means};

/// Sends a request, and sends it again with another token where that may help.
pub(super) fn send(
    line: &Line,
    bearers: Option<&Bearers>,
    outgoing: &Outgoing,
    means: Means<'_>,
) -> Result<(Response, Attempt), Failed> {
    let Some(bearers) = bearers else {
        return Err(Failed::Speaking("there is no token".to_owned()));
    };
    let first = bearers.bearer(None, means).map_err(failed)?;
    let response = sent(line, &first.token, outgoing)?;
    let refused = response.status() == StatusCode::UNAUTHORIZED;
    if !refused || first.fresh || !Challenge::of(response.headers()).wants_another() {
        return Ok((response, Attempt::Shown));
    }
    let second = bearers.bearer(Some(&first.token), means).map_err(failed)?;
    if second.token == first.token {
        return Ok((response, Attempt::Shown));
    }
    // A connection can be used again only when its answer was read to the end.
    let _ = read_page(response);
    Ok((sent(line, &second.token, outgoing)?, Attempt::Shown))
}

fn sent(line: &Line, token: &Secret, outgoing: &Outgoing) -> Result<Response, Failed> {
    let header = HeaderValue::try_from(format!("Bearer {}", token.reveal()));
    let mut header = header.map_err(|_| {
        failed(RemoteError::new(
            RemoteClass::Auth,
            "the token cannot be sent in a header",
        ))
    })?;
    header.set_sensitive(true);
    let come = line.send(outgoing, Some(header), outgoing.body.clone());
    come.answer.map_err(Failed::Sending)
}

fn failed(error: RemoteError) -> Failed {
    Failed::Token(Box::new(error))
}
