//! The adapters of both ways to Exchange, before a simulator: the engine meets the wire, a person works at the side door.
//!
//! Time is the world's: the simulator's clock is set by it before each request.

mod door;
mod faults;
mod person;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use exchange_contact_sync::contact::{Contact, Picture, Property};
use exchange_contact_sync::sync::clock::Skew;
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Moment, Stamp};
use exchange_contact_sync::sync::ports::{
    Capabilities, Change, ChangePage, Fetched, Folder, NewItem, Remote, Update, Written,
};
use serde_json::json;

use crate::adapter::{Which, Wishes, adapter, arguments};
use crate::clock::Clock;
use crate::memory_remote::Habits;
use crate::memory_store::Schema;
use crate::script::{Fault, Port, Script};
use crate::simulator::Simulator;
use crate::world::World;
use door::Door;

/// A way to Exchange, and the simulator that all its worlds share, one after the other.
pub(crate) struct Simulated {
    which: Which,
    simulator: Arc<Simulator>,
}

impl Simulated {
    /// `None` where the simulator is not built.
    pub(crate) fn start(which: Which) -> Option<Self> {
        let simulator = Arc::new(Simulator::start(&arguments())?);
        Some(Self { which, simulator })
    }

    /// A world with an empty table and an empty folder, in which nothing goes wrong yet.
    pub(crate) fn world(&self, habits: Habits, schema: Schema) -> World<Exchange> {
        let mapped = schema.mapped.clone();
        let door = Door::new(Arc::clone(&self.simulator), self.which, mapped);
        door.begin(&habits);
        World::around(schema, |script, clock| Exchange {
            script,
            clock,
            which: self.which,
            habits,
            door,
            state: Mutex::default(),
        })
    }
}

/// What a cursor stands for: the versions of items of which its owner was told.
type Told = BTreeMap<ItemId, ChangeKey>;

pub(crate) struct Exchange {
    script: Arc<Script>,
    clock: Clock,
    which: Which,
    habits: Habits,
    door: Door,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The adapter of the running process; a killed one takes it along.
    adapter: Option<Arc<dyn Remote>>,
    requests_before: u64,
    /// How far the simulator's clock was set ahead of the machine's.
    ahead: Option<i64>,
    /// Creates whose effect is still to come.
    late: Vec<(Moment, FolderId, Vec<NewItem>)>,
    told: BTreeMap<String, Told>,
    shown: BTreeMap<ItemId, ChangeKey>,
    deleted_unseen: Vec<Contact>,
    unnoticed: Option<Vec<Contact>>,
    written: u64,
    fetched: u64,
}

impl Exchange {
    /// The state, with the server's clock set and all done whose time has come. While it is held, nobody else does anything.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap();
        let machine = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64;
        let ahead = (self.clock.now().0 - machine).div_euclid(1_000_000) + self.habits.clock_ahead;
        if state.ahead.replace(ahead) != Some(ahead) {
            self.door.modes(&json!({ "clockAhead": ahead }));
        }
        let now = self.clock.now();
        let (due, late) = std::mem::take(&mut state.late)
            .into_iter()
            .partition::<Vec<_>, _>(|(at, ..)| *at <= now);
        state.late = late;
        for (_, folder, items) in due {
            let adapter = self.adapter(&mut state);
            adapter.create(&folder, &items).unwrap();
        }
        state
    }

    fn adapter(&self, state: &mut State) -> Arc<dyn Remote> {
        let made = state.adapter.get_or_insert_with(|| {
            let wishes = Wishes {
                page_size: Some(self.habits.page),
                fetch: Some(self.habits.fetch),
                write: Some(self.habits.write),
                ..Wishes::default()
            };
            adapter(self.which, &self.door.simulator().url, &wishes).into()
        });
        Arc::clone(made)
    }

    /// A call of the port: what is to go wrong is planted at the server, the adapter sends what it sends.
    ///
    /// `count` is how many items it is about, of which one may fail alone.
    fn call<T>(
        &self,
        op: &'static str,
        count: usize,
        send: impl FnOnce(&dyn Remote, &mut State, Option<Fault>) -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        let Ok(fault) = self.script.enter(Port::Remote, op) else {
            let mut state = self.state();
            if let Some(dead) = state.adapter.take() {
                state.requests_before += dead.requests();
            }
            return Err(RemoteError::new(
                RemoteClass::Transient,
                "the process is dead",
            ));
        };
        self.clock.tick();
        let mut state = self.state();
        let adapter = self.adapter(&mut state);
        if let Some(fault) = fault {
            self.plant(op, count, fault);
        }
        let answer = send(adapter.as_ref(), &mut state, fault);
        if fault.is_some() {
            self.door.heal();
        }
        answer
    }

    /// Notes what the owner of a cursor was told, and whether a list that began anew could be told from one that did not.
    fn note_page(&self, state: &mut State, cursor: Option<&Cursor>, page: &ChangePage) {
        let mut told = cursor
            .and_then(|cursor| state.told.get(&cursor.text).cloned())
            .unwrap_or_default();
        for change in &page.changes {
            match change {
                Change::Present(id, key) => told.insert(id.clone(), key.clone()),
                Change::Foreign(id) | Change::Gone(id) => told.remove(id),
            };
        }
        state.told.insert(page.cursor.text.clone(), told);
    }

    fn note_restart(&self, state: &mut State, cursor: &Cursor) {
        let told = state.told.remove(&cursor.text).unwrap_or_default();
        let items = self.door.items("contacts").into_iter();
        let items: Vec<_> = items.filter(|item| !item.foreign).collect();
        let shows = items
            .iter()
            .any(|item| told.get(&item.id) == Some(&item.change_key));
        if !shows {
            let new = items
                .into_iter()
                .filter(|item| item.stamp.is_none() && !told.contains_key(&item.id));
            let unknowable = state.unnoticed.get_or_insert_default();
            unknowable.extend(new.map(|item| item.contact));
        }
    }
}

impl Remote for Exchange {
    fn capabilities(&self) -> Capabilities {
        let mut state = self.state();
        self.adapter(&mut state).capabilities()
    }

    fn resolve_folder(&self) -> Result<Folder, RemoteError> {
        self.call("resolve_folder", 0, |adapter, _, _| {
            adapter.resolve_folder()
        })
    }

    fn changes(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        self.call("changes", 0, |adapter, state, fault| {
            if let Some(cursor) = cursor.filter(|_| fault == Some(Fault::CursorRestarted)) {
                self.note_restart(state, cursor);
            }
            let page = adapter.changes(folder, cursor)?;
            self.note_page(state, cursor, &page);
            Ok(page)
        })
    }

    fn fetch(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        mapped: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError> {
        self.call("fetch", ids.len(), |adapter, state, _| {
            state.fetched += ids.len() as u64;
            let fetched = adapter.fetch(folder, ids, mapped)?;
            for answer in &fetched {
                if let Fetched::Item(item) = answer {
                    state.shown.insert(item.id.clone(), item.change_key.clone());
                }
            }
            Ok(fetched)
        })
    }

    fn find_stamped(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError> {
        self.call("find_stamped", 0, |adapter, _, _| {
            adapter.find_stamped(folder, stamps)
        })
    }

    fn create(
        &self,
        folder: &FolderId,
        items: &[NewItem],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        self.call("create", items.len(), |adapter, state, fault| {
            state.written += items.len() as u64;
            let answer = adapter.create(folder, items);
            if let Some(Fault::Late(seconds)) = fault {
                let at = Moment(self.clock.now().0 + seconds * 1_000_000);
                state.late.push((at, folder.clone(), items.to_vec()));
            }
            answer
        })
    }

    fn update(
        &self,
        folder: &FolderId,
        updates: &[Update],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        self.call("update", updates.len(), |adapter, state, _| {
            state.written += updates.len() as u64;
            adapter.update(folder, updates)
        })
    }

    fn set_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        mapped: &[Property],
    ) -> Result<Written, RemoteError> {
        self.call("set_photo", 1, |adapter, state, _| {
            state.written += 1;
            adapter.set_photo(folder, id, change_key, picture, mapped)
        })
    }

    fn delete(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
    ) -> Result<Vec<Result<(), RemoteError>>, RemoteError> {
        self.call("delete", ids.len(), |adapter, state, _| {
            state.written += ids.len() as u64;
            let unseen = self.door.items("contacts").into_iter().filter(|item| {
                ids.contains(&item.id) && state.shown.get(&item.id) != Some(&item.change_key)
            });
            let unseen: Vec<Contact> = unseen.map(|item| item.contact).collect();
            state.deleted_unseen.extend(unseen);
            adapter.delete(folder, ids)
        })
    }

    /// The clock was set by the second.
    fn clock(&self) -> Option<Skew> {
        let ahead = self.habits.clock_ahead * 1_000_000;
        (self.requests() > 0).then_some(Skew {
            least: ahead - 2_500_000,
            most: ahead + 1_000_000,
        })
    }

    fn requests(&self) -> u64 {
        let state = self.state.lock().unwrap();
        let now = state
            .adapter
            .as_ref()
            .map_or(0, |adapter| adapter.requests());
        state.requests_before + now
    }
}
