//! The adapters of both ways to Exchange, each for the simulator.
#![allow(unreachable_pub, clippy::unwrap_used, reason = "tests")]

use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::graph::{Graph, GraphConfig};
use exchange_contact_sync::sync::ports::Remote;
use exchange_contact_sync::web::{Application, Proof, Secret, TokenSource};

/// Whose contacts they are.
pub const MAILBOX: &str = "sales@example.com";

/// A way to Exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Ews,
    Graph,
}

/// What a test may ask of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub page_size: Option<usize>,
    /// Contacts per request.
    pub fetch: Option<usize>,
    pub write: Option<usize>,
    pub folder: Vec<String>,
    pub create_folder: bool,
    pub mailbox: Option<String>,
    pub secret: Option<String>,
}

/// The application that is registered at each simulator. Its tokens are shared within a process, each server's by itself.
const CLIENT: &str = "app-remotes";

/// What a simulator has to be started with.
pub fn arguments() -> [&'static str; 6] {
    [
        "--mailbox",
        MAILBOX,
        "--user",
        "svc:secret:sales@example.com",
        "--oauth-client",
        "app-remotes:s3cret-value",
    ]
}

pub fn adapter(which: Which, url: &str, wishes: &Wishes) -> Box<dyn Remote> {
    let mailbox = wishes.mailbox.as_deref().unwrap_or(MAILBOX).to_owned();
    match which {
        Which::Ews => {
            let secret = wishes.secret.as_deref().unwrap_or("secret");
            let mut config = EwsConfig::basic(url, "svc", Secret::new(secret));
            config.mailbox = Some(mailbox);
            config.page_size = wishes.page_size.unwrap_or(config.page_size);
            config.get_item_batch = wishes.fetch.unwrap_or(config.get_item_batch);
            config.write_batch = wishes.write.unwrap_or(config.write_batch);
            config.create_folder = wishes.create_folder;
            if !wishes.folder.is_empty() {
                let root = std::iter::once("contacts".to_owned());
                config.folder = exchange_contact_sync::ews::FolderSpec::Path(
                    root.chain(wishes.folder.iter().cloned()).collect(),
                );
            }
            Box::new(Ews::new(config).unwrap())
        }
        Which::Graph => {
            let secret = wishes.secret.as_deref().unwrap_or("s3cret-value");
            let proof = Proof::Secret(Secret::new(secret));
            let mut application = Application::new("tenant", CLIENT, proof);
            let server = url.split("/EWS").next().unwrap();
            application.authority = server.to_owned();
            let tokens = TokenSource::Application(application);
            let mut config = GraphConfig::new(tokens, Some(mailbox));
            config.url = server.to_owned();
            config.page_size = wishes.page_size.unwrap_or(config.page_size);
            config.batch = wishes.fetch.unwrap_or(config.batch);
            config.create_folder = wishes.create_folder;
            config.folder = exchange_contact_sync::graph::FolderSpec::Path(wishes.folder.clone());
            Box::new(Graph::new(config).unwrap())
        }
    }
}
