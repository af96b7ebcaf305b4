//! Who a request comes from (EWS reference, section 7).

mod basic;

use hyper::Response;
use hyper::http::request::Parts;

use super::Shared;
use super::answer::{Answer, Cut};
use crate::options::User;

/// What a client is told that is not let in: one `WWW-Authenticate` line for each scheme.
pub type Challenge = Vec<String>;

/// The account of a request, or what to tell its client.
pub fn authenticate<'a>(shared: &'a Shared, head: &Parts) -> Result<&'a User, Challenge> {
    let told = head
        .headers
        .get("Authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let user = match told {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Basic") => {
            basic::user(&shared.users, token)
        }
        Some(_) | None => None,
    };
    user.ok_or_else(|| vec![basic::OFFER.to_owned()])
}

/// An account by its name: `DOMAIN\name` and `name@domain` name the same one.
fn named<'a>(users: &'a [User], name: &str) -> impl Iterator<Item = &'a User> {
    let bare = name.rsplit('\\').next().unwrap_or(name);
    let local = bare.split('@').next().unwrap_or(bare);
    let forms = [name.to_owned(), bare.to_owned(), local.to_owned()];
    users.iter().filter(move |user| {
        forms
            .iter()
            .any(|form| user.name.eq_ignore_ascii_case(form))
    })
}

/// The refusal.
pub fn unauthorised(challenge: Challenge) -> Result<Response<Answer>, Cut> {
    let mut response = Response::builder()
        .status(401)
        .header("Server", "Microsoft-IIS/10.0");
    for offer in challenge {
        response = response.header("WWW-Authenticate", offer);
    }
    response.body(Answer::whole("")).map_err(|_| Cut)
}
