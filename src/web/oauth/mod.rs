//! OAuth 2.0: where the bearer tokens come from that Exchange is shown.
//!
//! An application's own token is asked for with a secret or an assertion ([`assertion`]), kept in the process ([`kept`]), and shared
//! with other processes in encrypted form ([`sealed`]). A token may also be given by whoever uses this adapter ([`source`]).

mod answer;
mod application;
mod assertion;
mod bearer;
mod certificate;
mod kept;
mod lifetime;
mod refusal;
mod request;
mod sealed;
mod source;
mod tokens;

pub use application::{Application, Proof};
pub(crate) use bearer::Challenge;
pub(crate) use source::Bearers;
pub use source::{Giver, TokenGiver, TokenSource};
pub(crate) use tokens::Means;
