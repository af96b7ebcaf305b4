//! A name and its password.

use crate::web::Secret;

/// An account of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `DOMAIN\user` or `user@domain`.
    pub username: String,
    /// Its password.
    pub password: Secret,
}
