//! What may happen in a history, and how it is played.

use std::sync::{Arc, Mutex};

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::error::{StoreClass, SyncError};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;

use crate::memory_store::StoredLink;
use crate::oracle::Ledger;
use crate::script::{Fault, Port};
use crate::world::World;

use super::edits::{Edit, FIELDS, changes, new_contact};

/// Which contact of a side: the nth in the order of their values, counted round.
pub(crate) type Which = u16;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// With a number, the contact bears an e-mail address that others may bear too.
    AppInserts(Option<u8>),
    AppEdits(Which, Edit),
    AppEditsUnnoticed(Which, Edit),
    AppDeletes(Which),
    AppLocks(Which),
    AppUnlocks,
    /// Another table begins to refer to a row.
    AppRefers(Which),
    /// Moves a row out of the scope, or back.
    AppScopes(Which, bool),
    PersonCreates(Option<u8>),
    PersonEdits(Which, Edit),
    PersonDeletes(Which),
    PersonMovesBack(Which),
    PersonCopies(Which, bool),
    PersonTouches(Which),
    PersonMakesList,
    Push(Which),
    PushPending,
    Pull,
    Sync,
    Waits(u32),
}

/// What goes wrong, or happens elsewhere, during a call of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Fault(Fault),
    Act(Action),
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// From which the values of its edits are made.
    pub(crate) id: u32,
    pub(crate) action: Action,
    pub(crate) disturbed: Vec<(Port, u64, What)>,
}

/// A world with the ledger of what was written into it.
#[derive(Clone)]
pub(crate) struct Play {
    pub(crate) world: World,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    /// Whether the engine may fail: something was made to go wrong.
    pub(crate) rough: bool,
    /// Whether contacts have the slots that some servers keep as lists.
    pub(crate) slots: bool,
    /// Who does something during a call does it to its end: a pull calls the remote from a thread of its own.
    pub(crate) turn: Arc<Mutex<()>>,
}

impl Play {
    pub(crate) fn step(&self, step: &Step) -> Result<(), String> {
        for (index, (port, number, what)) in step.disturbed.iter().enumerate() {
            let script = &self.world.script;
            match *what {
                What::Fault(fault) => script.at(*port, *number, Some(fault), None),
                What::Act(action) => {
                    let (play, id) = (self.clone(), step.id * 10 + 1 + index as u32);
                    let act = Box::new(move || {
                        let _turn = play.turn.lock().unwrap();
                        play.act(id, action).unwrap();
                    });
                    script.at(*port, *number, None, Some(act));
                }
            }
        }
        let result = self.act(step.id * 10, step.action);
        self.world.script.revive();
        result
    }

    fn act(&self, id: u32, action: Action) -> Result<(), String> {
        match action {
            Action::AppInserts(shared) => {
                let contact = new_contact("a", id, shared, self.slots);
                if !self.world.database.refuses(None, &contact) {
                    self.wrote(None, Some(&contact));
                    self.world.database.app_inserts(&contact);
                }
            }
            Action::AppEdits(which, edit) => self.app_edits(which, edit, id, true),
            Action::AppEditsUnnoticed(which, edit) => self.app_edits(which, edit, id, false),
            Action::AppDeletes(which) => {
                if let Some((key, contact)) = self.row(which)
                    && !self.world.database.is_referred(&key)
                {
                    let is_detached = self.world.state_of(&key) == Some(LinkState::Detached);
                    let database = &self.world.database;
                    if database.app_as_seen(&key, &contact, |tables, now| {
                        tables.app_deletes(&key, now);
                    }) {
                        self.wrote(Some(&contact), None);
                        if is_detached {
                            self.ledger.lock().unwrap().doubtful(&contact);
                        }
                    }
                }
            }
            Action::AppLocks(which) => {
                if let Some((key, _)) = self.row(which) {
                    self.world.database.app_locks(&key, true);
                }
            }
            Action::AppRefers(which) => {
                if let Some((key, _)) = self.row(which) {
                    self.world.database.app_refers(&key, true);
                }
            }
            Action::AppScopes(which, in_scope) => {
                if let Some((key, contact)) = self.row(which) {
                    self.ledger.lock().unwrap().detached(&contact);
                    let database = &self.world.database;
                    database.app_as_seen(&key, &contact, |tables, now| {
                        tables.app_scopes(&key, in_scope, now);
                    });
                }
            }
            Action::AppUnlocks => self.world.database.with(|tables| tables.locked.clear()),
            Action::PersonCreates(shared) => {
                let contact = new_contact("p", id, shared, self.slots);
                self.wrote(None, Some(&contact));
                self.world.remote.person_creates(&contact);
            }
            Action::PersonEdits(which, edit) => {
                if let Some((item, contact)) = self.item(which) {
                    let changes = changes(&contact, edit, "p", id);
                    let mut edited = contact.clone();
                    edited.apply(&changes);
                    let mut links = self.world.database.links().into_values();
                    let is_known = links.any(|link| link.item.as_ref() == Some(&item));
                    let mut unknowable = false;
                    let remote = &self.world.remote;
                    if !remote.person_as_seen(&item, &contact, |server, now| {
                        let renews = server.habits.edits_renew_ids || !is_known;
                        unknowable = renews && server.items[&item].stamp.is_none();
                        server.person_edits(&item, &changes, now);
                    }) {
                        return Ok(());
                    }
                    self.wrote(Some(&contact), Some(&edited));
                    if unknowable && edit.field < 2 {
                        // Under another id, another name and maybe another address, nothing tells that it is the same: also when it
                        // got the other id before, by a move.
                        let mut ledger = self.ledger.lock().unwrap();
                        ledger.copied(&contact);
                        ledger.copied(&edited);
                    }
                }
            }
            Action::PersonDeletes(which) => {
                if let Some((item, contact)) = self.item(which) {
                    if self.is_unconfirmed(&item) || self.row_is_ahead(&item) {
                        self.ledger.lock().unwrap().doubtful(&contact);
                    }
                    let remote = &self.world.remote;
                    if remote.person_as_seen(&item, &contact, |server, _| {
                        server.remove(&item);
                    }) {
                        self.wrote(Some(&contact), None);
                    }
                }
            }
            Action::PersonMovesBack(which) => self.moves_back(which),
            Action::PersonCopies(which, edits) => {
                if let Some((item, contact)) = self.item(which) {
                    self.ledger.lock().unwrap().copied(&contact);
                    let edit = Edit {
                        field: 0,
                        clears: false,
                    };
                    let changes = changes(&contact, edit, "c", id);
                    // All else of it is a copy.
                    let mut own = Contact::new();
                    own.apply(&changes);
                    let remote = &self.world.remote;
                    if remote.person_as_seen(&item, &contact, |server, now| {
                        let copy = server.person_copies(&item, now);
                        if edits {
                            server.person_edits(&copy, &changes, now);
                        }
                    }) && edits
                    {
                        self.wrote(None, Some(&own));
                    }
                }
            }
            Action::PersonTouches(which) => {
                if let Some((item, contact)) = self.item(which) {
                    let remote = &self.world.remote;
                    remote.person_as_seen(&item, &contact, |server, _| server.renew_key(&item));
                }
            }
            Action::PersonMakesList => {
                self.world.remote.person_makes_list();
            }
            Action::Push(which) => {
                if let Some((key, _)) = self.row(which) {
                    self.judge(self.world.try_push(&key).map(|_| ()))?;
                }
            }
            Action::PushPending => {
                let result = self.world.process(|engine| engine.push_pending(&mut ()));
                self.judge(result.map(|_| ()))?;
            }
            Action::Pull => self.judge(self.world.try_pull().map(|_| ()))?,
            Action::Sync => self.judge(self.world.try_sync().map(|_| ()))?,
            Action::Waits(seconds) => self.world.clock.pass(i64::from(seconds)),
        }
        Ok(())
    }

    /// Without trouble, no call fails; with it, no call fails for a reason that nobody caused.
    fn judge(&self, result: Result<(), SyncError>) -> Result<(), String> {
        match result {
            Ok(()) => Ok(()),
            Err(SyncError::Store(error))
                if matches!(error.class, StoreClass::Config | StoreClass::Identity) =>
            {
                Err(format!("the store says: {error}"))
            }
            Err(_) if self.rough => Ok(()),
            Err(error) => Err(format!("failed without a cause: {error}")),
        }
    }

    fn app_edits(&self, which: Which, edit: Edit, id: u32, noticed: bool) {
        if let Some((key, contact)) = self.row(which) {
            let changes = changes(&contact, edit, "a", id);
            let mut edited = contact.clone();
            edited.apply(&changes);
            if self.world.database.refuses(Some(&key), &edited) {
                return;
            }
            let database = &self.world.database;
            if database.app_as_seen(&key, &contact, |tables, now| match noticed {
                true => tables.app_updates(&key, &changes, now),
                false => tables.app_updates_unnoticed(&key, &changes, now),
            }) {
                self.wrote(Some(&contact), Some(&edited));
            }
        }
    }

    fn moves_back(&self, which: Which) {
        let mut away = self.world.remote.with(|server| {
            let away = server.elsewhere.iter().enumerate();
            away.map(|(place, stored)| (format!("{:?}", stored.contact), place))
                .collect::<Vec<_>>()
        });
        away.sort();
        if !away.is_empty() {
            let place = away[usize::from(which) % away.len()].1;
            self.expect_twins(place);
            let item = self.world.remote.person_moves_back(place);
            let contact = self.world.remote.contact(&item).unwrap();
            let pending = self.is_deletion_pending(&contact);
            let mut ledger = self.ledger.lock().unwrap();
            // The app may have changed every word of it before it went: that somebody brings it back is still no error.
            ledger.doubtful(&contact);
            if !pending {
                ledger.restored(&contact);
            }
        }
    }

    /// Whether the app has deleted a contact without its link having ended: a mere move back is then no edit that outlives it.
    fn is_deletion_pending(&self, contact: &Contact) -> bool {
        let rows = self.world.database.rows();
        // A copy, or one under another name, is still known by what it shares.
        let words: Vec<&str> = contact
            .iter()
            .filter_map(|(property, _)| contact.text(property))
            .collect();
        let mut links = self.world.database.links().into_values();
        links.any(|link| {
            let shared = words.iter().any(|word| link.base.contains(word));
            shared && !rows.contains_key(&link.key)
        })
    }

    /// The link of an item; of one that no link knows, those whose items are not there: one of them may be it under another id.
    fn links_of(&self, item: &ItemId) -> Vec<StoredLink> {
        let links = self.world.database.links();
        let known = |link: &StoredLink| link.item.as_ref() == Some(item);
        if let Some(link) = links.values().find(|link| known(link)) {
            return vec![link.clone()];
        }
        let lost = |link: &StoredLink| {
            let id = link.item.as_ref();
            id.is_some_and(|id| self.world.remote.contact(id).is_none())
        };
        links.into_values().filter(lost).collect()
    }

    /// Whether the row of an item has an edit that is not delivered yet, which outlives a deletion of the item.
    fn row_is_ahead(&self, item: &ItemId) -> bool {
        let mut links = self.links_of(item).into_iter();
        links.any(|link| {
            let base = Base::decode(&link.base).unwrap_or_default();
            let row = self.world.database.contact(&link.key);
            row.is_some_and(|row| !base.row_changes(&row, &FIELDS).is_empty())
        })
    }

    /// Whether we do not know yet that an item of ours was made, or do not sync it: then its deletion tells nothing.
    fn is_unconfirmed(&self, item: &ItemId) -> bool {
        let stamp = self.world.remote.with(|server| {
            let stored = server.items.get(item);
            stored.and_then(|stored| stored.stamp.clone())
        });
        let own = self.links_of(item);
        let mut links = self.world.database.links().into_values();
        // Nor do we know of an update whose answer was lost; its fourth field tells.
        let unsettled = |base: &str| base.lines().any(|line| line.split('\t').count() == 4);
        if own.iter().any(|link| unsettled(&link.base)) {
            return true;
        }
        links.any(|link| {
            let tried = link.attempts.iter().map(|(stamp, _)| stamp);
            let ours = tried
                .chain(&link.failed)
                .any(|tried| Some(tried) == stamp.as_ref());
            link.state == LinkState::Creating && ours
        })
    }

    /// What comes back may have been made anew meanwhile, or be about to be: then there are two on purpose.
    fn expect_twins(&self, place: usize) {
        let back = self
            .world
            .remote
            .with(|server| server.elsewhere[place].contact.clone());
        let mut ledger = self.ledger.lock().unwrap();
        let items = self.world.remote.contacts().into_iter();
        let rows = self.world.database.rows().into_iter();
        let links = self.world.database.links();
        let linked = |key: &RowKey| links.values().any(|link| link.key == *key);
        let changed = rows
            .filter(|(key, row)| row.contact != back || !linked(key))
            .map(|(_, row)| row.contact);
        for other in items.map(|(_, item)| item).chain(changed) {
            if Ledger::share(&back, &other) {
                ledger.copied(&back);
                ledger.copied(&other);
            }
        }
    }

    fn wrote(&self, old: Option<&Contact>, new: Option<&Contact>) {
        self.ledger.lock().unwrap().wrote(old, new);
    }

    fn row(&self, which: Which) -> Option<(RowKey, Contact)> {
        let rows = self.world.database.rows();
        nth(rows.into_iter().map(|(key, row)| (key, row.contact)), which)
    }

    fn item(&self, which: Which) -> Option<(ItemId, Contact)> {
        nth(self.world.remote.contacts().into_iter(), which)
    }
}

/// By values rather than by keys, which depend on the order in which contacts arrive.
fn nth<K>(contacts: impl Iterator<Item = (K, Contact)>, which: Which) -> Option<(K, Contact)> {
    let mut sorted: Vec<_> = contacts
        .map(|(key, contact)| (format!("{contact:?}"), key, contact))
        .collect();
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    let place = usize::from(which) % sorted.len().max(1);
    let (_, key, contact) = sorted.into_iter().nth(place)?;
    Some((key, contact))
}
