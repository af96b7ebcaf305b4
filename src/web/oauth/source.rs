//! Whose tokens are used: an application's own, or somebody else's.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::answer::is_sendable;
use super::application::Application;
use super::tokens::{Bearer, Means, Tokens};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::{ConfigError, Secret};

/// Gives tokens that somebody else looks after.
pub trait TokenGiver: Send + Sync {
    /// A token that is good now. One that Exchange has refused is named: another one may help.
    ///
    /// # Errors
    /// When there is none, or no other one.
    fn token(&self, refused: Option<&Secret>) -> Result<Secret, RemoteError>;
}

/// A giver of tokens; equal to itself alone.
#[derive(Clone)]
pub struct Giver(pub Arc<dyn TokenGiver>);

impl PartialEq for Giver {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Giver {}

impl fmt::Debug for Giver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Giver")
    }
}

/// Where bearer tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// An authority gives them to an application.
    Application(Application),
    /// One token, as it is, for as long as it is good.
    Ready(Secret),
    /// Whoever uses this adapter looks after them.
    Given(Giver),
}

impl TokenSource {
    /// Whether the tokens are an application's own, which has no mailbox.
    pub(crate) const fn is_application(&self) -> bool {
        match self {
            Self::Application(_) => true,
            Self::Ready(_) | Self::Given(_) => false,
        }
    }
}

/// Tokens for requests to one service.
pub(crate) enum Bearers {
    Application(Box<Tokens>),
    Ready(Secret),
    Given(Giver),
}

impl Bearers {
    /// The tokens of a source.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub(crate) fn new(source: &TokenSource, service: &Url) -> Result<Self, ConfigError> {
        Ok(match source {
            TokenSource::Application(application) => {
                Self::Application(Box::new(Tokens::new(application, service)?))
            }
            TokenSource::Ready(token) if is_sendable(token.reveal()) => Self::Ready(token.clone()),
            TokenSource::Ready(_) => {
                return Err(ConfigError {
                    key: "oauth.token",
                    expected: "an access token as the authority gave it".to_owned(),
                });
            }
            TokenSource::Given(giver) => Self::Given(giver.clone()),
        })
    }

    /// Sends a request with a token in its header, and once more with another one where the first was refused and another may help: a
    /// refusal means that nothing was executed. `done` is told of an answer that is not used.
    ///
    /// # Errors
    /// What sending it gives, or why there is no token.
    pub(crate) fn show<R, E>(
        &self,
        means: Means<'_>,
        send: impl Fn(HeaderValue) -> Result<R, E>,
        wants_another: impl FnOnce(&R) -> bool,
        done: impl FnOnce(R),
        failed: impl Fn(RemoteError) -> E,
    ) -> Result<R, E> {
        let bearer = |refused| self.bearer(refused, means).map_err(&failed);
        let sent = |token| header(token).map_err(&failed).and_then(&send);
        let first = bearer(None)?;
        let answer = sent(&first.token)?;
        if first.fresh || !wants_another(&answer) {
            return Ok(answer);
        }
        let second = bearer(Some(&first.token))?;
        if second.token == first.token {
            return Ok(answer);
        }
        done(answer);
        sent(&second.token)
    }

    /// The token for a request, other than one that was refused.
    ///
    /// # Errors
    /// When there is none; nothing was then sent to Exchange.
    pub(crate) fn bearer(
        &self,
        refused: Option<&Secret>,
        means: Means<'_>,
    ) -> Result<Bearer, RemoteError> {
        match self {
            Self::Application(tokens) => tokens.bearer(refused, means),
            // There is no other one: the refusal stands.
            Self::Ready(token) => Ok(Bearer {
                token: token.clone(),
                fresh: true,
            }),
            Self::Given(giver) => {
                let token = giver.0.token(refused)?;
                if !is_sendable(token.reveal()) {
                    return Err(RemoteError::new(
                        RemoteClass::Auth,
                        "exchange.oauth.token: the callable must give an access token as the authority gave it",
                    ));
                }
                Ok(Bearer {
                    token,
                    fresh: refused.is_some(),
                })
            }
        }
    }
}

/// A token as a request shows it.
fn header(token: &Secret) -> Result<HeaderValue, RemoteError> {
    let shown = HeaderValue::try_from(format!("Bearer {}", token.reveal()));
    let mut shown = shown
        .map_err(|_| RemoteError::new(RemoteClass::Auth, "the token cannot be sent in a header"))?;
    shown.set_sensitive(true);
    Ok(shown)
}
