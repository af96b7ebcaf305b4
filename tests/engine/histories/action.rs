//! What may happen in a history, and how it is played.

use std::sync::{Arc, Mutex};

use exchange_contact_sync::contact::{Changes, Contact};
use exchange_contact_sync::sync::error::{StoreClass, SyncError};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::link::LinkState;

use crate::ledger::Ledger;
use crate::outlook::Outlook;
use crate::script::{Fault, Port};
use crate::world::World;

use super::edits::{Edit, changes, new_contact};

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
pub(crate) struct Play<R> {
    pub(crate) world: World<R>,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    /// Whether the engine may fail: something was made to go wrong.
    pub(crate) rough: bool,
    /// Whether contacts have the slots that some servers keep as lists.
    pub(crate) slots: bool,
    /// Who does something during a call does it to its end: a pull calls the remote from a thread of its own.
    pub(crate) turn: Arc<Mutex<()>>,
}

impl<R> Clone for Play<R> {
    fn clone(&self) -> Self {
        Self {
            world: self.world.clone(),
            ledger: Arc::clone(&self.ledger),
            rough: self.rough,
            slots: self.slots,
            turn: Arc::clone(&self.turn),
        }
    }
}

impl<R: Outlook> Play<R> {
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
                self.world.remote.creates(&contact);
            }
            Action::PersonEdits(which, edit) => self.person_edits(which, edit, id),
            Action::PersonDeletes(which) => {
                if let Some((item, contact)) = self.item(which) {
                    if self.is_unconfirmed(&item) || self.row_is_ahead(&item) {
                        self.ledger.lock().unwrap().doubtful(&contact);
                    }
                    if self.world.remote.deletes(&item, &contact) {
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
                    let mut changes = changes(&contact, edit, "c", id);
                    if !edits {
                        changes = Changes::new();
                    }
                    // All else of it is a copy.
                    let mut own = Contact::new();
                    own.apply(&changes);
                    if self.world.remote.copies(&item, &contact, &changes) {
                        self.wrote(None, Some(&own));
                    }
                }
            }
            Action::PersonTouches(which) => {
                if let Some((item, contact)) = self.item(which) {
                    self.world.remote.touches(&item, &contact);
                }
            }
            Action::PersonMakesList => self.world.remote.makes_list(),
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

    fn person_edits(&self, which: Which, edit: Edit, id: u32) {
        let Some((item, contact)) = self.item(which) else {
            return;
        };
        let changes = changes(&contact, edit, "p", id);
        let mut edited = contact.clone();
        edited.apply(&changes);
        let mut links = self.world.database.links().into_values();
        let is_known = links.any(|link| link.item.as_ref() == Some(&item));
        let remote = &self.world.remote;
        let renews = remote.renews_ids() || !is_known;
        let unknowable = renews && remote.stamp(&item).is_none();
        if !remote.edits(&item, &contact, &changes) {
            return;
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

    fn moves_back(&self, which: Which) {
        let away = self.world.remote.elsewhere().into_iter().enumerate();
        if let Some((place, contact)) = nth(away, which) {
            self.expect_twins(&contact);
            self.world.remote.moves_back(place);
            let pending = self.is_deletion_pending(&contact);
            let mut ledger = self.ledger.lock().unwrap();
            // The app may have changed every word of it before it went: that somebody brings it back is still no error.
            ledger.doubtful(&contact);
            if !pending {
                ledger.restored(&contact);
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
