//! Name and password with every request (EWS reference, section 7.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::named;
use crate::options::User;

/// What is offered.
pub const OFFER: &str = "Basic realm=\"exchange-simulator\"";

/// The account whose name and password these are.
pub fn user<'a>(users: &'a [User], token: &str) -> Option<&'a User> {
    let pair = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (name, password) = pair.split_once(':')?;
    named(users, name).find(|user| user.password == password)
}
