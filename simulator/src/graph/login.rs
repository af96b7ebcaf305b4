//! Who a request to Graph comes from: only by a token (Graph reference, sections 1 and 12).

use hyper::http::request::Parts;

use super::error::GraphError;
use crate::options::User;
use crate::server::oauth::Authority;
use crate::server::oauth::bearer::Refused;

/// The owner of the token of a request.
pub fn check(authority: &Authority, head: &Parts) -> Result<User, GraphError> {
    let host = head.headers.get("host").and_then(|host| host.to_str().ok());
    let bare = |text: &str| {
        let name = text.split_once("://").map_or(text, |(_, name)| name);
        name.split(['/', ':']).next().unwrap_or(name).to_owned()
    };
    let ours = bare(host.unwrap_or_default());
    let told = authority.token(head, |audience| {
        audience == "https://graph.microsoft.com" || bare(audience) == ours
    });
    match told {
        Some(Ok(user)) => Ok(user),
        None => Err(refused("Access token is empty.")),
        Some(Err(Refused::Unknown)) => Err(refused(
            "Access token validation failure. Invalid signature.",
        )),
        Some(Err(Refused::Expired)) => {
            Err(refused("Lifetime validation failed, the token is expired."))
        }
        Some(Err(Refused::Audience)) => Err(refused(
            "Access token validation failure. Invalid audience.",
        )),
    }
}

fn refused(message: &str) -> GraphError {
    GraphError::new(401, "InvalidAuthenticationToken", message).with(
        "WWW-Authenticate",
        r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000""#,
    )
}
