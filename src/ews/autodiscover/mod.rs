//! Finds the EWS of a mailbox by Autodiscover.
//!
//! `candidates` says where it may be and in which order, `trust` to which hosts credentials may go, `walk` puts the answers
//! together, `service` asks the DNS, `report` tells a person what was tried in vain.

mod candidates;
mod report;
mod service;
mod trust;
mod walk;

pub(super) use candidates::Form;
pub(super) use report::Failure;
pub(super) use service::hosts;
pub(super) use trust::{Trust, online};
pub(super) use walk::{Asker, Reply, walk};

/// How a mailbox's server is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// Which of a server's two addresses is taken.
    pub prefer: Prefer,
    /// Hosts outside of the mailbox's domain that may get the credentials, or `*.example.com` for those below a domain.
    pub allow: Vec<String>,
}

/// From where the server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// From outside of the company's network.
    #[default]
    External,
    /// From inside.
    Internal,
}
