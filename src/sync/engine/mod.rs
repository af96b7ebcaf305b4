//! The driver: asks the ports in an order in which a killed process at any line loses and doubles nothing.

mod ahead;
mod candidates;
mod deliver;
mod dry_run;
mod identify;
mod page;
mod pull;
mod push;
mod removals;
mod settle;
mod work;

use std::sync::Arc;
use std::time::Duration;

use super::error::{RemoteClass, RemoteError, StoreClass, StoreError, SyncError};
use super::ids::FolderId;
use super::plan::{Rules, Ruling, open_clashes};
use super::policy::{ConflictPolicy, Policy};
use super::ports::{
    Capabilities, Identity, Item, Lease, Look, Observer, PairState, Question, Remote, RowSeen,
    Store,
};
use super::report::Report;
use crate::contact::Property;

/// What the engine needs to know beside its ports.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The user's policies.
    pub policy: Policy,
    /// The server as the configuration names it, for the pair's identity.
    pub server: String,
    /// The mailbox as the configuration names it, for the pair's identity.
    pub mailbox: String,
}

/// The engine of one pair, for the length of a call.
pub struct Engine<'a> {
    remote: Arc<dyn Remote>,
    store: &'a mut dyn Store,
    settings: &'a Settings,
    book: Book,
    capabilities: Capabilities,
    requests_before: u64,
}

/// What all plans of a call go by; cheap to clone, so that a plan can be made while the store is at work.
#[derive(Debug, Clone)]
struct Book {
    mapped: Arc<[Property]>,
    computed: Arc<[Property]>,
    policy: Policy,
    paired: bool,
}

impl Book {
    fn rules(&self) -> Rules<'_> {
        Rules {
            mapped: &self.mapped,
            computed: &self.computed,
            conflict: self.policy.conflict,
            remote_delete: self.policy.remote_delete,
            edit_versus_delete: self.policy.edit_versus_delete,
            paired: self.paired,
        }
    }
}

/// How the reason of a back-off begins that the server itself asked for: until its end nothing at all is sent. Any other one
/// spares saves the wait, while a round from cron finds out whether the server is back.
const THROTTLED: &str = "throttled: ";

/// The longest back-off, whatever a server asks for.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(3600);

impl<'a> Engine<'a> {
    /// An engine over its ports.
    pub fn new(remote: Arc<dyn Remote>, store: &'a mut dyn Store, settings: &'a Settings) -> Self {
        let capabilities = remote.capabilities();
        let book = Book {
            mapped: store.mapped().into(),
            computed: capabilities.computed.as_slice().into(),
            policy: settings.policy,
            paired: false,
        };
        Self {
            requests_before: remote.requests(),
            remote,
            store,
            settings,
            book,
            capabilities,
        }
    }

    /// How the pair stands, with the folder that it is bound to or is now bound to.
    fn open(&mut self) -> Result<(PairState, FolderId), SyncError> {
        let pair = self.store.pair()?;
        self.book.paired = pair.paired;
        if let Some(reason) = pair
            .back_off_reason
            .as_deref()
            .filter(|reason| reason.starts_with(THROTTLED))
            && let Some(wait) = pair.back_off
        {
            let mut error = RemoteError::new(
                RemoteClass::Throttled,
                format!(
                    "Exchange asked to be left alone for another {} s; nothing was sent ({reason})",
                    wait.as_secs().max(1)
                ),
            );
            error.retry_after = Some(wait);
            return Err(error.into());
        }
        let folder = self.folder(&pair)?;
        Ok((pair, folder))
    }

    fn folder(&mut self, pair: &PairState) -> Result<FolderId, SyncError> {
        if let Some(identity) = &pair.identity {
            let mailbox = self.settings.mailbox.to_lowercase();
            if identity.server != self.settings.server
                || identity.mailbox != mailbox
                || identity.kind != self.capabilities.kind
            {
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
        let folder = self.ask(|remote| remote.resolve_folder())?;
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

    /// Sends something; a failure that speaks of the server is noted for all processes.
    fn ask<T>(
        &mut self,
        request: impl FnOnce(&dyn Remote) -> Result<T, RemoteError>,
    ) -> Result<T, SyncError> {
        request(self.remote.as_ref()).map_err(|error| self.failed(error))
    }

    /// Notes a failure that speaks of the server, for all processes.
    fn failed(&mut self, error: RemoteError) -> SyncError {
        let (least, prefix) = match error.class {
            RemoteClass::Throttled => (Duration::from_secs(10), THROTTLED),
            RemoteClass::Auth => (Duration::from_secs(60), ""),
            RemoteClass::Transient => (Duration::from_secs(5), ""),
            RemoteClass::Config
            | RemoteClass::FolderGone
            | RemoteClass::Gone
            | RemoteClass::Conflict
            | RemoteClass::CursorInvalid
            | RemoteClass::Permanent => return error.into(),
        };
        let wait = error
            .retry_after
            .map_or(least, |told| told.max(Duration::from_secs(1)))
            .min(LONGEST_BACK_OFF);
        let reason = format!("{prefix}{error}");
        match self.store.back_off(Some(wait), &reason) {
            Ok(()) => error.into(),
            Err(store) => store.into(),
        }
    }

    /// Ends a back-off after Exchange has answered again.
    fn recovered(&mut self, pair: &PairState) -> Result<(), SyncError> {
        if pair.back_off.is_some() {
            self.store.back_off(None, "")?;
        }
        Ok(())
    }

    fn leased<T>(
        &mut self,
        lease: Lease,
        work: impl FnOnce(&mut Self) -> Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let leases = [lease];
        if self.store.lease(&leases)? != [true] {
            return Err(SyncError::Busy);
        }
        let result = work(self);
        let released = self.store.release(&leases);
        let value = result?;
        released?;
        Ok(value)
    }

    fn finish(&self, report: &mut Report) {
        report.requests = self.remote.requests().saturating_sub(self.requests_before);
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
                let mut rulings =
                    open_clashes(row, look.link.as_ref(), &item.contact, &book.rules());
                for ruling in &mut rulings {
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
