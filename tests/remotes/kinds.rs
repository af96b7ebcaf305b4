//! Both kinds of remotes, each with a simulator of its own, and what the tests do with them.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::graph::{Graph, GraphConfig};
use exchange_contact_sync::sync::error::RemoteError;
use exchange_contact_sync::sync::ids::{Cursor, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Change, Fetched, Item, NewItem, Remote, Update, Written};
use exchange_contact_sync::web::{Application, Proof, Secret, TokenSource};

use crate::simulator::Simulator;
use crate::whole;

pub(crate) const MAILBOX: &str = "sales@example.com";

/// A way to Exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Ews,
    Graph,
}

/// A remote, and the simulator behind it.
pub(crate) struct World {
    pub(crate) which: Which,
    pub(crate) simulator: Simulator,
    pub(crate) remote: Box<dyn Remote>,
    pub(crate) folder: FolderId,
}

/// Runs a test over each kind.
pub(crate) fn over_each(test: impl Fn(&World)) {
    for which in [Which::Ews, Which::Graph] {
        if let Some(world) = World::new(which, |_| {}) {
            test(&world);
        }
    }
}

/// What a test may ask of a configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) page_size: Option<usize>,
    pub(crate) folder: Vec<String>,
    pub(crate) create_folder: bool,
    pub(crate) mailbox: Option<String>,
    pub(crate) secret: Option<String>,
}

impl World {
    pub(crate) fn new(which: Which, wish: impl Fn(&mut Wishes)) -> Option<Self> {
        let simulator = Simulator::start(&[
            "--mailbox",
            MAILBOX,
            "--user",
            &format!("svc:secret:{MAILBOX}"),
            "--oauth-client",
            &format!("{CLIENT}:s3cret-value"),
        ])?;
        let mut wishes = Wishes::default();
        wish(&mut wishes);
        let remote = remote(which, &simulator.url, &wishes);
        let folder = remote
            .resolve_folder()
            .map_or_else(|_| FolderId::new("none"), |folder| folder.id);
        Some(Self {
            which,
            simulator,
            remote,
            folder,
        })
    }

    /// The other way to the same mailbox.
    pub(crate) fn other(&self) -> (Box<dyn Remote>, FolderId) {
        let which = match self.which {
            Which::Ews => Which::Graph,
            Which::Graph => Which::Ews,
        };
        let remote = remote(which, &self.simulator.url, &Wishes::default());
        let folder = remote.resolve_folder().unwrap().id;
        (remote, folder)
    }

    pub(crate) fn create(&self, contact: &Contact, stamp: &str) -> Written {
        create(self.remote.as_ref(), &self.folder, contact, stamp)
    }

    pub(crate) fn item(&self, id: &ItemId) -> Item {
        match self.fetch(id) {
            Fetched::Item(item) => *item,
            other => panic!("{:?}: no item: {other:?}", self.which),
        }
    }

    pub(crate) fn fetch(&self, id: &ItemId) -> Fetched {
        let ids = std::slice::from_ref(id);
        let mut all = self.remote.fetch(&self.folder, ids, &everything()).unwrap();
        assert_eq!(all.len(), 1);
        all.pop().unwrap()
    }

    pub(crate) fn update(
        &self,
        written: &Written,
        changes: Changes,
        known: Changes,
    ) -> Result<Written, RemoteError> {
        let update = Update {
            id: written.id.clone(),
            change_key: written.change_key.clone(),
            changes,
            known,
        };
        let mut all = self.remote.update(&self.folder, &[update])?;
        assert_eq!(all.len(), 1);
        all.pop().unwrap()
    }

    /// All pages from a cursor on: the entries, and where they end.
    pub(crate) fn changes(&self, from: Option<&Cursor>) -> (Vec<Change>, Cursor) {
        let (mut all, mut cursor) = (Vec::new(), from.cloned());
        for _ in 0..1_000 {
            let page = self.remote.changes(&self.folder, cursor.as_ref()).unwrap();
            all.extend(page.changes);
            if page.last {
                return (all, page.cursor);
            }
            cursor = Some(page.cursor);
        }
        panic!("{:?}: a list without end", self.which);
    }

    /// What the person in Outlook does.
    pub(crate) fn person(&self, path: &str, json: &str) -> String {
        self.simulator.post(path, json)
    }
}

/// The application that is registered at each simulator. Its tokens are shared within a process, each server's by itself.
const CLIENT: &str = "app-remotes";

fn remote(which: Which, url: &str, wishes: &Wishes) -> Box<dyn Remote> {
    let mailbox = wishes.mailbox.as_deref().unwrap_or(MAILBOX).to_owned();
    match which {
        Which::Ews => {
            let secret = wishes.secret.as_deref().unwrap_or("secret");
            let mut config = EwsConfig::basic(url, "svc", Secret::new(secret));
            config.mailbox = Some(mailbox);
            config.page_size = wishes.page_size.unwrap_or(config.page_size);
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
            config.create_folder = wishes.create_folder;
            config.folder = exchange_contact_sync::graph::FolderSpec::Path(wishes.folder.clone());
            Box::new(Graph::new(config).unwrap())
        }
    }
}

pub(crate) fn create(
    remote: &dyn Remote,
    folder: &FolderId,
    contact: &Contact,
    stamp: &str,
) -> Written {
    let item = NewItem {
        contact: contact.clone(),
        stamp: Stamp::new(stamp),
    };
    let mut all = remote.create(folder, &[item]).unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap().unwrap()
}

/// All that both kinds can keep.
pub(crate) fn everything() -> Vec<Property> {
    let mut all = whole::everything();
    all.retain(|property| !Graph::is_out_of_reach(*property));
    all
}

/// A contact with a value for each of them.
pub(crate) fn full(seed: usize) -> Contact {
    whole::full(&everything(), seed)
}

pub(crate) fn named(given: &str) -> Contact {
    let mut contact = Contact::new();
    contact.set_raw(Property::GivenName, given).unwrap();
    contact
}

pub(crate) fn changes(pairs: &[(&str, &str)]) -> Changes {
    let change = |(name, text): &(&str, &str)| {
        let property: Property = name.parse().unwrap();
        (property, Value::parse(property.kind(), text).unwrap())
    };
    pairs.iter().map(change).collect()
}
