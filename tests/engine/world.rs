//! A test world: one table, one folder, one pair, and processes that come and go.

use std::sync::Arc;

use exchange_contact_sync::contact::{Changes, Contact, EmailKey, PhoneKey, Property, Value};
use exchange_contact_sync::sync::engine::{Engine, Settings};
use exchange_contact_sync::sync::error::SyncError;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::policy::Policy;
use exchange_contact_sync::sync::ports::{ConflictRecord, HeldRecord, Store};
use exchange_contact_sync::sync::report::{Outcome, Report};

use crate::clock::Clock;
use crate::memory_remote::{Habits, MemoryRemote};
use crate::memory_store::{Database, MemoryStore, Schema};
use crate::outlook::Outlook;
use crate::script::Script;

pub(crate) const EMAIL: Property = Property::Email(EmailKey::EmailAddress1);
pub(crate) const MOBILE: Property = Property::Phone(PhoneKey::MobilePhone);

pub(crate) struct World<R = MemoryRemote> {
    pub(crate) clock: Clock,
    pub(crate) script: Arc<Script>,
    pub(crate) remote: Arc<R>,
    pub(crate) database: Database,
    pub(crate) settings: Settings,
}

pub(crate) fn schema() -> Schema {
    Schema {
        mapped: vec![
            Property::GivenName,
            Property::Surname,
            Property::CompanyName,
            Property::Birthday,
            Property::Body,
            Property::Categories,
            EMAIL,
            MOBILE,
            Property::Photo,
        ],
        unique: Vec::new(),
        required: Vec::new(),
        max_length: Default::default(),
        normalise: |_, value| Some(value.clone()),
        triggers: true,
    }
}

impl<R> Clone for World<R> {
    fn clone(&self) -> Self {
        Self {
            clock: self.clock.clone(),
            script: Arc::clone(&self.script),
            remote: Arc::clone(&self.remote),
            database: self.database.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Habits::default(), schema())
    }

    pub(crate) fn with(habits: Habits, schema: Schema) -> Self {
        Self::around(schema, |script, clock| {
            MemoryRemote::new(script, clock, habits)
        })
    }

    /// The same world once more, in which nothing is planned: what happens in one of them does not happen in the other.
    pub(crate) fn fork(&self) -> Self {
        let (clock, script) = (self.clock.fork(), Arc::new(Script::default()));
        Self {
            remote: Arc::new(self.remote.fork(Arc::clone(&script), clock.clone())),
            database: self.database.fork(clock.clone()),
            clock,
            script,
            settings: self.settings.clone(),
        }
    }
}

impl<R: Outlook> World<R> {
    /// A world around a remote that is made for its script and its clock.
    pub(crate) fn around(schema: Schema, remote: impl FnOnce(Arc<Script>, Clock) -> R) -> Self {
        let clock = Clock::new();
        let script = Arc::new(Script::default());
        Self {
            remote: Arc::new(remote(Arc::clone(&script), clock.clone())),
            database: Database::new(schema, clock.clone()),
            clock,
            script,
            settings: Settings {
                policy: Policy::default(),
                server: "mail.example.test".to_owned(),
                mailbox: "sales@example.test".to_owned(),
                push_seconds: 5,
            },
        }
    }

    /// A new process that calls the engine and ends.
    pub(crate) fn process<T>(&self, work: impl FnOnce(&mut Engine<'_>) -> T) -> T {
        let mut store = MemoryStore::open(&self.database, &self.script);
        let mut engine = Engine::new(self.remote.clone(), &mut store, &self.settings);
        work(&mut engine)
    }

    pub(crate) fn push(&self, key: &RowKey) -> Outcome {
        let result = self.process(|engine| engine.push(key, &mut ()));
        result.expect("a push never fails for Exchange").outcome
    }

    pub(crate) fn try_push(&self, key: &RowKey) -> Result<Outcome, SyncError> {
        let result = self.process(|engine| engine.push(key, &mut ()));
        result.map(|result| result.outcome)
    }

    pub(crate) fn try_pull(&self) -> Result<Report, SyncError> {
        self.process(|engine| engine.pull(&mut ()))
    }

    pub(crate) fn pull(&self) -> Report {
        self.try_pull().expect("a pull without trouble")
    }

    pub(crate) fn push_pending(&self) -> Report {
        let result = self.process(|engine| engine.push_pending(&mut ()));
        result.expect("a delivery without trouble")
    }

    pub(crate) fn try_sync(&self) -> Result<Report, SyncError> {
        self.process(|engine| engine.sync(&mut ()))
    }

    pub(crate) fn sync(&self) -> Report {
        self.try_sync().expect("a round without trouble")
    }

    pub(crate) fn held(&self) -> Vec<HeldRecord> {
        let mut store = MemoryStore::open(&self.database, &self.script);
        store.held().expect("a store without trouble")
    }

    pub(crate) fn conflicts(&self) -> Vec<ConflictRecord> {
        let mut store = MemoryStore::open(&self.database, &self.script);
        store.conflicts().expect("a store without trouble")
    }

    /// A row that is in step with its item.
    pub(crate) fn pair_of(&self, contact: &Contact) -> (RowKey, ItemId) {
        let key = self.database.app_inserts(contact);
        self.sync();
        self.sync();
        let item = self.item_of(&key).expect("an item for the new row");
        (key, item)
    }

    pub(crate) fn item_of(&self, key: &RowKey) -> Option<ItemId> {
        self.database.link_of(key)?.item
    }

    pub(crate) fn state_of(&self, key: &RowKey) -> Option<LinkState> {
        Some(self.database.link_of(key)?.state)
    }

    /// The row's value and the item's, as text.
    pub(crate) fn both(&self, key: &RowKey, property: Property) -> (String, String) {
        let shown = |contact: Option<Contact>| match contact {
            None => "(gone)".to_owned(),
            Some(contact) => contact
                .get(property)
                .map_or_else(String::new, Value::display),
        };
        let item = self.item_of(key).and_then(|id| self.remote.contact(&id));
        (shown(self.database.contact(key)), shown(item))
    }
}

/// A contact from names and texts.
pub(crate) fn contact(values: &[(&str, &str)]) -> Contact {
    let mut contact = Contact::new();
    for (name, text) in values {
        contact.set_raw(name.parse().unwrap(), text).unwrap();
    }
    contact
}

/// Changes from names and texts; an empty text clears.
pub(crate) fn changes(values: &[(&str, &str)]) -> Changes {
    let of = |(name, text): &(&str, &str)| {
        let property: Property = name.parse().unwrap();
        (property, Value::parse(property.kind(), text).unwrap())
    };
    values.iter().map(of).collect()
}
