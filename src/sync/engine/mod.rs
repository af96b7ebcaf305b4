//! The driver: asks the ports in an order in which a killed process at any line loses and doubles nothing.

mod ahead;
mod candidates;
mod deliver;
mod dry_run;
mod guard;
mod identify;
mod moving;
mod page;
mod prepared;
mod pull;
mod push;
mod removals;
mod room;
mod settle;
mod unlooked;
mod work;

use std::sync::Arc;

use super::back_off::BackOff;
use super::clock::Skew;
use super::error::{RemoteError, StoreClass, StoreError, SyncError};
use super::ids::{FolderId, RowKey};
use super::plan::{Rules, Ruling, open_clashes};
use super::policy::{ConflictPolicy, Policy};
use super::ports::{
    Capabilities, Errand, Identity, Item, Lease, Look, Observer, PairState, Question, Remote,
    RowSeen, Standing, Store,
};
use super::report::Report;
use crate::contact::{Kind, Property, Value};

/// What the engine needs to know beside its ports.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The user's policies.
    pub policy: Policy,
    /// The server as the configuration names it, for the pair's identity.
    pub server: String,
    /// The mailbox as the configuration names it, for the pair's identity.
    pub mailbox: String,
    /// How many seconds one push may take in all.
    pub push_seconds: u32,
}

/// The engine of one pair, for the length of a call.
pub struct Engine<'a> {
    remote: Arc<dyn Remote>,
    store: &'a mut dyn Store,
    settings: &'a Settings,
    book: Book,
    capabilities: Capabilities,
    requests_before: u64,
    /// Whether this call may send requests.
    admitted: bool,
    /// Whether all other processes wait for what this call hears from Exchange.
    probing: bool,
    /// How many failures in a row all processes had before this call.
    failures: u32,
    /// Whether an item that the running full pass did not meet could not be looked at: the pass is not complete without it.
    pass_open: bool,
    /// The rows of items that may be gone and could not be looked at.
    unlooked: Vec<RowKey>,
    /// Whether an item that nobody knows could not be read in this pull: it may be one that is missed under its old id.
    unread: bool,
    /// Whether a list ended without moving the cursor: what it named, the next one will name again, and of what follows nothing is known.
    unmoved: bool,
    /// Whether an item was found to have left the folder by a look at it: it may be there under another id that no list has named yet.
    left_unlisted: bool,
}

/// What all plans of a call go by; cheap to clone, so that a plan can be made while the store is at work.
#[derive(Debug, Clone)]
struct Book {
    mapped: Arc<[Property]>,
    computed: Arc<[Property]>,
    lists: Arc<[Vec<Property>]>,
    policy: Policy,
    paired: bool,
    skew: Skew,
    /// Whether the server refuses to change an item whose version is stale, if that is known.
    checks_versions: Option<bool>,
}

impl Book {
    fn rules(&self) -> Rules<'_> {
        Rules {
            mapped: &self.mapped,
            computed: &self.computed,
            lists: &self.lists,
            conflict: self.policy.conflict,
            remote_delete: self.policy.remote_delete,
            edit_versus_delete: self.policy.edit_versus_delete,
            paired: self.paired,
            skew: self.skew,
        }
    }
}

impl<'a> Engine<'a> {
    /// An engine over its ports.
    pub fn new(remote: Arc<dyn Remote>, store: &'a mut dyn Store, settings: &'a Settings) -> Self {
        let capabilities = remote.capabilities();
        let book = Book {
            mapped: store.mapped().into(),
            computed: capabilities.computed.as_slice().into(),
            lists: capabilities.lists.as_slice().into(),
            policy: settings.policy,
            paired: false,
            skew: Skew::default(),
            checks_versions: None,
        };
        Self {
            requests_before: remote.requests(),
            remote,
            store,
            settings,
            book,
            capabilities,
            admitted: false,
            probing: false,
            failures: 0,
            pass_open: false,
            unlooked: Vec::new(),
            unmoved: false,
            unread: false,
            left_unlisted: false,
        }
    }

    /// How the pair stands, unless Exchange is to be left alone for now. A call that was let in once goes on.
    fn admitted(&mut self) -> Result<PairState, SyncError> {
        let pair = self.store.pair()?;
        self.admit(&pair.standing)?;
        Ok(pair)
    }

    /// Lets a call in to a pair that stands like this.
    fn admit(&mut self, pair: &Standing) -> Result<(), SyncError> {
        if !self.admitted {
            if let Some(pause) = &pair.pause {
                self.probing = pause.left.is_zero() && self.store.probe()?;
                if !self.probing {
                    return Err(pause.refusal().into());
                }
            }
            self.admitted = true;
            self.failures = pair.failures;
        }
        Ok(())
    }

    /// How the pair stands, with the folder that it is bound to or is now bound to.
    fn open(&mut self) -> Result<(PairState, FolderId), SyncError> {
        let pair = self.admitted()?;
        let folder = self.opened(&pair.standing)?;
        Ok((pair, folder))
    }

    /// The folder of a pair that stands like this.
    fn opened(&mut self, pair: &Standing) -> Result<FolderId, SyncError> {
        self.book.paired = pair.paired;
        self.book.checks_versions = pair.checks_versions;
        self.folder(pair)
    }

    fn folder(&mut self, pair: &Standing) -> Result<FolderId, SyncError> {
        if let Some(identity) = &pair.identity {
            if identity.kind != self.capabilities.kind {
                let kind = self.capabilities.kind;
                return Err(StoreError::of_other_kind(&identity.kind, kind).into());
            }
            let mailbox = self.settings.mailbox.to_lowercase();
            if identity.server != self.settings.server || identity.mailbox != mailbox {
                return Err(StoreError::new(
                    StoreClass::Identity,
                    format!(
                        "this pair belongs to mailbox {} on {}, but the configuration names {mailbox} on {}; nothing was written. Use another \"pair\" name for another mailbox, or uninstall() and install() to begin anew",
                        identity.mailbox, identity.server, self.settings.server
                    ),
                )
                .into());
            }
            return Ok(identity.folder.clone());
        }
        let folder = self.ask(|remote| remote.prepare_folder())?;
        self.store.bind(&Identity {
            kind: self.capabilities.kind.to_owned(),
            server: self.settings.server.clone(),
            mailbox: self.settings.mailbox.to_lowercase(),
            folder: folder.id.clone(),
        })?;
        if !self.book.paired && folder.total == Some(0) {
            self.book.paired = true;
        }
        Ok(folder.id)
    }

    /// Makes sure that the pair is still with this server: it may have been moved since this call began.
    fn still_there(&mut self) -> Result<(), SyncError> {
        let pair = self.store.pair()?;
        self.folder(&pair.standing).map(|_| ())
    }

    /// Sends something; what that tells of the server is noted for all processes.
    fn ask<T>(
        &mut self,
        request: impl FnOnce(&dyn Remote) -> Result<T, RemoteError>,
    ) -> Result<T, SyncError> {
        let answer = request(self.remote.as_ref());
        self.heard(answer)
    }

    /// Notes for all processes what an answer tells of the server: that it is to be left alone, or that it is back.
    fn heard<T>(&mut self, answer: Result<T, RemoteError>) -> Result<T, SyncError> {
        self.probing = false;
        match answer {
            Ok(answer) => {
                self.compare_clocks();
                if std::mem::take(&mut self.failures) > 0 {
                    self.store.recovered()?;
                }
                Ok(answer)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// What is known of the clocks of both sides by now.
    fn compare_clocks(&mut self) {
        if let (Some(server), Some(database)) = (self.remote.clock(), self.store.clock()) {
            self.book.skew = server.minus(database);
        }
    }

    /// Notes a failure that speaks of the server, for all processes.
    fn failed(&mut self, error: RemoteError) -> SyncError {
        let Some(back_off) = BackOff::after(&error, self.failures) else {
            return error.into();
        };
        self.failures = back_off.failures;
        match self.store.back_off(&back_off) {
            Ok(()) => error.into(),
            Err(store) => store.into(),
        }
    }

    /// Waits until this process may send requests to the mailbox, but not for longer than so many seconds.
    fn await_turn(
        &mut self,
        errand: Errand,
        seconds: u32,
        observer: &dyn Observer,
    ) -> Result<(), SyncError> {
        for _ in 0..seconds {
            if observer.interrupted() {
                break;
            }
            if self.store.await_turn(errand)? {
                if self.admitted && !self.probing {
                    // Meanwhile Exchange may have told another process that it is to be left alone.
                    self.admitted = false;
                    self.admitted()?;
                }
                return Ok(());
            }
        }
        Err(SyncError::Crowded)
    }

    /// How long those wait for their turn for whom nobody waits: so long that each push of now has come to its end.
    fn patience(&self) -> u32 {
        let pushes = self.settings.push_seconds.saturating_add(1);
        pushes.max(self.settings.policy.wait_for_pull)
    }

    /// Does what only one process at a time may do with a pair, after a wait for another one as long as the user wants that.
    fn pulling<T>(
        &mut self,
        observer: &mut dyn Observer,
        work: impl FnOnce(&mut Self, &mut dyn Observer) -> Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let pull = [Lease::Pull];
        let turn = Lease::Turn(Errand::Pull);
        let mut seconds = self.settings.policy.wait_for_pull;
        while self.store.lease(&pull)? != [true] {
            if seconds == 0 || observer.interrupted() {
                return Err(SyncError::Busy);
            }
            seconds -= 1;
            self.store.await_pull()?;
        }
        self.release_after(&[Lease::Pull, turn.clone()], |engine| {
            if engine.store.lease(&[turn])? != [true] {
                engine.await_turn(Errand::Pull, engine.patience(), observer)?;
            }
            work(engine, observer)
        })
    }

    fn release_after<T>(
        &mut self,
        leases: &[Lease],
        work: impl FnOnce(&mut Self) -> Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let result = work(self);
        let released = self.store.release(leases);
        let value = result?;
        released?;
        Ok(value)
    }

    /// How many of `most` items are taken at a time: fewer where they come with pictures.
    fn portion(&self, most: usize) -> usize {
        let pictures = |property: &Property| property.kind() == Kind::Picture;
        if self.book.mapped.iter().any(pictures) {
            most.min(room::portion(self.capabilities.picture))
        } else {
            most
        }
    }

    fn finish(&self, report: &mut Report) {
        report.requests = self.sent();
    }

    /// How many requests this call has sent.
    fn sent(&self) -> u64 {
        self.remote.requests().saturating_sub(self.requests_before)
    }

    /// Asks the caller about every clash of these rows and items, when the policy says so.
    fn rulings(
        &mut self,
        pairs: &[(&Look, &Item)],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Vec<Ruling>>, SyncError> {
        let book = self.book.clone();
        pairs
            .iter()
            .map(|(look, item)| {
                let (ConflictPolicy::Ask, RowSeen::Present(row)) =
                    (book.policy.conflict, &look.row)
                else {
                    return Ok(Vec::new());
                };
                let mut rulings = open_clashes(row, look.link.as_ref(), item, &book.rules());
                for ruling in &mut rulings {
                    if let Some(Value::Picture(picture)) = &ruling.row {
                        // Who decides between two pictures sees both.
                        let whole = self.store.picture(&look.key, picture.print())?;
                        ruling.row = whole.map(Value::Picture).or(ruling.row.take());
                    }
                    ruling.keep = observer.resolve(&Question {
                        property: ruling.property,
                        row: ruling.row.as_ref(),
                        item: ruling.item.as_ref(),
                        base: ruling.keep.as_ref(),
                        contact: &row.contact,
                    })?;
                }
                Ok(rulings)
            })
            .collect()
    }
}
