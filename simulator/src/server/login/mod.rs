//! Who a request comes from (EWS reference, section 7).

mod basic;
pub mod ntlm;

use hyper::Response;
use hyper::http::request::Parts;

use super::Shared;
use super::answer::{Answer, Cut};
use super::connection::Connection;
use crate::options::User;
use ntlm::{Standing, Turn};

/// What a client is told that is not let in: one `WWW-Authenticate` line for each scheme.
pub type Challenge = Vec<String>;

/// The account of a request, or what to tell its client. Only what comes after a log-in is executed.
pub fn authenticate<'a>(
    shared: &'a Shared,
    connection: &Connection,
    head: &Parts,
    has_body: bool,
) -> Result<&'a User, Challenge> {
    let told = head
        .headers
        .get("Authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let schemes = shared.schemes;
    let user = match told {
        Some((scheme, token)) if schemes.basic && scheme.eq_ignore_ascii_case("Basic") => {
            basic::user(&shared.users, token)
        }
        Some((scheme, token))
            if (schemes.ntlm && scheme.eq_ignore_ascii_case("NTLM"))
                || (schemes.negotiate && scheme.eq_ignore_ascii_case("Negotiate")) =>
        {
            let turn = connection.with_ntlm(|standing| {
                ntlm::turn(standing, &shared.users, &shared.protection, scheme, token)
            });
            match turn {
                Turn::Challenge(challenge) => {
                    shared.stats.count_challenge(has_body);
                    return Err(vec![challenge]);
                }
                Turn::In(place) => {
                    shared.stats.count_login();
                    shared.users.get(place)
                }
                Turn::Refused => None,
            }
        }
        Some(_) => None,
        None if schemes.negotiate => connection.with_ntlm(|standing| match standing {
            Standing::In(place) => shared.users.get(*place),
            Standing::Silent | Standing::Challenged { .. } => None,
        }),
        None => None,
    };
    if shared.modes.forgets_logins() {
        // As with authPersistSingleRequest of IIS: the next request has to log in again.
        connection.with_ntlm(|standing| {
            if matches!(standing, Standing::In(_)) {
                *standing = Standing::Silent;
            }
        });
    }
    user.ok_or_else(|| offers(shared))
}

fn offers(shared: &Shared) -> Challenge {
    let schemes = shared.schemes;
    let all = [
        (schemes.negotiate, "Negotiate"),
        (schemes.ntlm, "NTLM"),
        (schemes.basic, basic::OFFER),
    ];
    all.into_iter()
        .filter(|(is_offered, _)| *is_offered)
        .map(|(_, offer)| offer.to_owned())
        .collect()
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
