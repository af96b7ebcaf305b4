//! Both kinds of remotes, each with a simulator of its own, and what the tests do with them.

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::graph::Graph;
use exchange_contact_sync::sync::error::RemoteError;
use exchange_contact_sync::sync::ids::{Cursor, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Change, Fetched, Item, NewItem, Remote, Update, Written};

pub(crate) use crate::adapter::{Which, Wishes};
use crate::adapter::{adapter, arguments};
use crate::simulator::Simulator;
use crate::whole;

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

impl World {
    pub(crate) fn new(which: Which, wish: impl Fn(&mut Wishes)) -> Option<Self> {
        let simulator = Simulator::start(&arguments())?;
        let mut wishes = Wishes::default();
        wish(&mut wishes);
        let remote = adapter(which, &simulator.url, &wishes);
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
        let remote = adapter(which, &self.simulator.url, &Wishes::default());
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
