//! NTLM over HTTP: three legs on one connection, which is known after them (EWS reference, section 7.3; semantics 50, 51).

mod challenge;
mod message;
mod proof;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::named;
use crate::options::{ExtendedProtection, User};
use message::Authenticate;
use proof::{Conversation, Judged};

/// How far a connection came.
#[derive(Debug, Default)]
pub enum Standing {
    /// Nobody spoke NTLM yet.
    #[default]
    Silent,
    /// A challenge went out.
    Challenged {
        /// The type-1 message.
        negotiate: Vec<u8>,
        /// The type-2 message.
        challenge: Vec<u8>,
        /// The number in it.
        nonce: [u8; 8],
    },
    /// The account of this place in the list is logged in.
    In(usize),
}

/// What to do with a request that speaks NTLM.
pub enum Turn {
    /// Say this in `WWW-Authenticate`.
    Challenge(String),
    /// The account is let in.
    In(usize),
    /// The proof is wrong.
    Refused,
}

/// Takes the token of a request.
pub fn turn(
    standing: &mut Standing,
    users: &[User],
    protection: &ExtendedProtection,
    scheme: &str,
    token: &str,
) -> Turn {
    let Ok(token) = STANDARD.decode(token.trim()) else {
        return Turn::Refused;
    };
    match message::kind(&token) {
        Some(message::NEGOTIATE) => {
            let nonce = number().to_le_bytes();
            let challenge = challenge::write(&nonce);
            let said = format!("{scheme} {}", STANDARD.encode(&challenge));
            *standing = Standing::Challenged {
                negotiate: token,
                challenge,
                nonce,
            };
            Turn::Challenge(said)
        }
        Some(message::AUTHENTICATE) => {
            let Standing::Challenged {
                negotiate,
                challenge,
                nonce,
            } = std::mem::take(standing)
            else {
                return Turn::Refused;
            };
            let conversation = Conversation {
                negotiate: &negotiate,
                challenge: &challenge,
                nonce,
                authenticate: &token,
            };
            let user = Authenticate::read(&token)
                .and_then(|proof| find(users, &conversation, &proof, protection));
            match user {
                Some(place) => {
                    *standing = Standing::In(place);
                    Turn::In(place)
                }
                None => Turn::Refused,
            }
        }
        Some(_) | None => Turn::Refused,
    }
}

fn find(
    users: &[User],
    conversation: &Conversation<'_>,
    proof: &Authenticate,
    protection: &ExtendedProtection,
) -> Option<usize> {
    let name = match proof.domain.is_empty() {
        true => proof.user.clone(),
        false => format!("{}\\{}", proof.domain, proof.user),
    };
    let user = named(users, &name).find(|user| {
        matches!(
            proof::judge(conversation, proof, &user.password, protection),
            Judged::Right
        )
    })?;
    users.iter().position(|one| std::ptr::eq(one, user))
}

fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}
