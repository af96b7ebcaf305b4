//! One session on the database: its transactions end wholly or not at all, its leases end with it.

use std::sync::Arc;

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::error::{StoreClass, StoreError};
use exchange_contact_sync::sync::ids::{LinkId, Moment};
use exchange_contact_sync::sync::link::LinkRef;
use exchange_contact_sync::sync::ports::HeldRecord;

use super::app::Database;
use super::tables::Tables;
use crate::script::{Fault, Port, Script};

pub(crate) struct MemoryStore {
    pub(super) database: Database,
    pub(super) script: Arc<Script>,
    pub(super) session: u64,
    pub(super) mapped: Vec<Property>,
}

impl MemoryStore {
    pub(crate) fn open(database: &Database, script: &Arc<Script>) -> Self {
        let (session, mapped) =
            database.with(|tables| (tables.next(), tables.schema.mapped.clone()));
        Self {
            database: database.clone(),
            script: Arc::clone(script),
            session,
            mapped,
        }
    }

    /// A transaction: all of it or nothing.
    pub(super) fn call<T>(
        &mut self,
        op: &'static str,
        work: impl FnOnce(&mut Tables, Moment) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let fault = self.begin(op)?;
        let now = self.database.now();
        let result = self.database.with(|tables| {
            let mut transaction = tables.clone();
            let result = work(&mut transaction, now);
            if result.is_ok() {
                *tables = transaction;
            }
            result
        });
        answered(fault, result)
    }

    pub(super) fn begin(&mut self, op: &'static str) -> Result<Option<Fault>, StoreError> {
        let dead = |()| StoreError::new(StoreClass::Unavailable, "the process is dead");
        let fault = self.script.enter(Port::Store, op).map_err(dead)?;
        self.database.tick();
        match fault {
            None | Some(Fault::After | Fault::Deadlock | Fault::OneTransient(_)) => Ok(fault),
            Some(_) => Err(StoreError::new(StoreClass::Failed, "the database failed")),
        }
    }
}

pub(super) fn answered<T>(
    fault: Option<Fault>,
    result: Result<T, StoreError>,
) -> Result<T, StoreError> {
    if fault == Some(Fault::After) {
        return Err(StoreError::new(
            StoreClass::Unavailable,
            "the connection was lost during the commit",
        ));
    }
    result
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        let session = self.session;
        self.database
            .with(|tables| tables.leases.retain(|(owner, _)| *owner != session));
    }
}

/// How long a held contact waits for its next try.
pub(super) fn is_due(record: &HeldRecord, now: Moment) -> bool {
    now.seconds_since(record.tried) >= 60 << record.tries.min(6)
}

pub(super) fn page<T: Clone>(
    tables: &Tables,
    after: LinkId,
    limit: usize,
    wanted: impl Fn(&LinkRef) -> bool,
    of: impl Fn(LinkRef) -> T,
) -> Vec<T> {
    let following = tables.links.keys().filter(|id| **id > after);
    let found = following.map(|id| tables.link_ref(*id)).filter(wanted);
    found.take(limit).map(of).collect()
}
