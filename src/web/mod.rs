//! What every way to Exchange has in common: requests over HTTPS, proxies, certificates, tokens of an application, and how much is asked
//! for at a time.

pub(crate) mod circumstances;
pub(crate) mod client;
pub(crate) mod clock;
mod config;
pub(crate) mod folder_error;
pub(crate) mod idle;
pub(crate) mod limited;
pub(crate) mod limits;
pub(crate) mod oauth;
pub(crate) mod opened;
pub(crate) mod pace;
pub(crate) mod request_id;
pub(crate) mod tls;

pub(crate) use config::is_loopback;
pub use config::{ConfigError, Secret, WebConfig};
pub use oauth::{Application, Giver, Proof, TokenGiver, TokenSource};
pub use tls::CertificatePrint;
