//! A request with a bearer token. A token that is refused because its time is over is replaced once: a 401 means that the request was
//! not executed, so it may be sent again.

use reqwest::StatusCode;

use super::handshake::Failed;
use super::line::{Line, Outgoing};
use crate::ews::login::Attempt;
use crate::sync::error::RemoteError;
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
    let send = |shown| {
        let come = line.send(outgoing, Some(shown), outgoing.body.clone());
        come.answer.map_err(Failed::Sending)
    };
    let wants_another = |response: &Response| {
        let refused = response.status() == StatusCode::UNAUTHORIZED;
        refused && Challenge::of(response.headers()).wants_another()
    };
    // A connection can be used again only when its answer was read to the end.
    let read = |response| drop(read_page(response));
    let response = bearers.show(means, send, wants_another, read, failed)?;
    Ok((response, Attempt::Shown))
}

fn failed(error: RemoteError) -> Failed {
    Failed::Token(Box::new(error))
}
