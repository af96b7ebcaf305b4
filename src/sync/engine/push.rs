//! Delivering rows: one after a save, or all that wait.

use std::collections::HashSet;

use super::Engine;
use super::deliver::{Delivered, Rows};
use super::guard::Deletes;
use crate::sync::error::{RemoteClass, RemoteError, StoreClass, SyncError};
use crate::sync::ids::{LinkId, OutboxId, RowKey};
use crate::sync::ports::{Asked, Begun, Errand, Lease, Observer, Pending, Side, Stage};
use crate::sync::report::{Outcome, PushResult, Report};

impl Engine<'_> {
    /// Notes a row durably and tries to deliver it. What Exchange does never fails it: the row is then queued.
    ///
    /// # Errors
    /// When the store fails, or a callback of the caller did.
    pub fn push(
        &mut self,
        key: &RowKey,
        observer: &mut dyn Observer,
    ) -> Result<PushResult, SyncError> {
        let begun = match self.store.begin_push(key) {
            // It is noted all the same.
            Err(error) if error.class == StoreClass::OtherKind => {
                return Ok(queued(key, error.message));
            }
            begun => begun?,
        };
        let key = begun.key.clone();
        let pushed = self.release_after(&Begun::leases(&key), |engine| {
            engine.push_begun(begun, observer)
        });
        if std::mem::take(&mut self.probing) {
            self.store.leave_probe()?;
        }
        match pushed {
            Err(SyncError::Remote(error)) => Ok(queued(&key, error.to_string())),
            Err(SyncError::Store(error)) if error.class == StoreClass::OtherKind => {
                Ok(queued(&key, error.message))
            }
            Err(SyncError::Busy) => Ok(queued(
                &key,
                "another process is delivering this contact".to_owned(),
            )),
            Err(SyncError::Crowded) => Ok(queued(&key, SyncError::Crowded.to_string())),
            result => result,
        }
    }

    /// Sends something for a row at which no other process is, when it is this one's turn.
    fn push_begun(
        &mut self,
        begun: Begun,
        observer: &mut dyn Observer,
    ) -> Result<PushResult, SyncError> {
        let Begun {
            key,
            pair,
            granted,
            look,
        } = begun;
        self.admit(&pair)?;
        match granted.as_slice() {
            [true, true] => {}
            // What is left of the time is for the requests.
            [true, _] => {
                let half = self.settings.push_seconds / 2;
                self.await_turn(Errand::Push, half, observer)?;
            }
            _ => return Err(SyncError::Busy),
        }
        let folder = self.opened(&pair)?;
        if !pair.paired && !self.book.paired {
            let resolved = self.ask(|remote| remote.resolve_folder())?;
            self.book.paired = resolved.total == Some(0);
        }
        let rows = Rows {
            folder: &folder,
            keys: std::slice::from_ref(&key),
            leases: &Begun::leases(&key),
            looks: look.map(|look| vec![look]),
        };
        let delivered = self.deliver(rows, &mut Deletes::Any, false, observer)?;
        Ok(delivered
            .results
            .into_iter()
            .next()
            .unwrap_or_else(|| queued(&key, "it waits in the outbox".to_owned())))
    }

    /// Delivers every row that waits.
    ///
    /// # Errors
    /// When Exchange fails before the first delivery, or the store or a callback fails. A failure of Exchange in between ends
    /// the round; it is in the report, and what was not delivered waits.
    pub fn push_pending(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut report = self.deliver_pending(None, observer)?;
        self.finish(&mut report);
        Ok(report)
    }

    /// A pull and the delivery of what waits, as one round.
    ///
    /// # Errors
    /// As [`pull`](Self::pull) and [`push_pending`](Self::push_pending).
    pub fn sync(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut report = self.pull(observer)?;
        if report.complete {
            report.add(self.deliver_pending(None, observer)?);
        }
        self.finish(&mut report);
        Ok(report)
    }

    /// Tries a held contact again: by its row's key, or by the number that `held()` shows, which goes before a key.
    ///
    /// # Errors
    /// As [`push`](Self::push); a held item is read from Exchange, whose failure is an error here.
    pub fn retry(
        &mut self,
        id: &str,
        observer: &mut dyn Observer,
    ) -> Result<PushResult, SyncError> {
        let held = self.store.held()?;
        let record = held
            .iter()
            .find(|held| held.id.to_string() == id)
            .or_else(|| {
                held.iter()
                    .find(|held| held.key.as_ref().is_some_and(|key| key.as_str() == id))
            });
        let Some(record) = record else {
            return self.push(&RowKey::new(id), observer);
        };
        let side = record.hold.side;
        match (side, &record.item, &record.key) {
            (Side::Row, Some(item), key) => {
                let mut report = Report::default();
                let items = [item.clone()];
                self.pulling(observer, |engine, observer| {
                    let (_, folder) = engine.open()?;
                    engine.retry_items(&folder, &items, false, &mut report, observer)?;
                    let counts = engine.store.gone_counts()?;
                    if engine.too_many_gone(&counts) {
                        return Ok(());
                    }
                    engine.execute_removals(&folder, None, &mut report, observer)
                })?;
                let still = self
                    .store
                    .held()?
                    .into_iter()
                    .find(|now| now.id == record.id);
                Ok(PushResult {
                    key: key.as_ref().map_or_else(String::new, ToString::to_string),
                    outcome: match (&still, report.rows_inserted + report.rows_updated) {
                        (Some(_), _) => Outcome::Held,
                        (None, 0) => Outcome::Unchanged,
                        (None, _) => Outcome::Merged,
                    },
                    reason: still.map(|held| held.hold.reason),
                    conflicts: report.conflicts,
                })
            }
            (Side::Row | Side::Item, _, Some(key)) => self.push(&key.clone(), observer),
            (Side::Row | Side::Item, _, None) => self.push(&RowKey::new(id), observer),
        }
    }

    pub(super) fn deliver_pending(
        &mut self,
        confirmed: Option<HashSet<LinkId>>,
        observer: &mut dyn Observer,
    ) -> Result<Report, SyncError> {
        let mut report = Report {
            complete: true,
            ..Report::default()
        };
        match self.deliver_into(&mut report, confirmed, observer) {
            Err(SyncError::Remote(error)) if error.class == RemoteClass::Interrupted => {
                report.complete = false;
            }
            result => result?,
        }
        Ok(report)
    }

    fn deliver_into(
        &mut self,
        report: &mut Report,
        confirmed: Option<HashSet<LinkId>>,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        self.renote_held()?;
        let batch = self.capabilities.write.max(1);
        if self.store.pending(OutboxId(0), 1)?.is_empty() {
            self.store.ask_about(Asked::RowsGone, &[])?;
            return Ok(());
        }
        let (_, folder) = self.open()?;
        let total = self.store.counts()?.pending;
        let mut deletes = match confirmed {
            Some(links) => Deletes::Only(links),
            None => self.guard_items(total, report)?,
        };
        let mut done = 0;
        // Rows that Exchange may fail on come last and alone, so that none of them stops the others.
        for alone in [false, true] {
            let mut after = OutboxId(0);
            loop {
                let waiting = self.store.pending(after, batch)?;
                let Some(last) = waiting.last() else {
                    break;
                };
                after = last.first;
                let pending: Vec<Pending> = waiting
                    .into_iter()
                    .filter(|pending| (pending.tries > 0) == alone)
                    .collect();
                for some in pending.chunks(if alone { 1 } else { batch }) {
                    let delivered =
                        match self.deliver_leased(&folder, some, &mut deletes, alone, observer) {
                            Err(SyncError::Crowded) => Delivered {
                                failure: Some(RemoteError::new(
                                    RemoteClass::Untried,
                                    SyncError::Crowded.to_string(),
                                )),
                                queued: some.len() as u64,
                                ..Delivered::default()
                            },
                            delivered => delivered?,
                        };
                    done += some.len() as u64;
                    count(&delivered, report);
                    if let Some(failure) = delivered.failure {
                        if failure.class == RemoteClass::Interrupted {
                            report.complete = false;
                            return Ok(());
                        }
                        report.failure = Some(failure);
                        return Ok(());
                    }
                    if !observer.progress(Stage::Push, done, Some(total.max(done)))?
                        || observer.interrupted()
                    {
                        report.complete = false;
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn deliver_leased(
        &mut self,
        folder: &crate::sync::ids::FolderId,
        pending: &[Pending],
        deletes: &mut Deletes,
        alone: bool,
        observer: &mut dyn Observer,
    ) -> Result<Delivered, SyncError> {
        let rows = pending
            .iter()
            .map(|pending| Lease::Row(pending.key.clone()));
        let leases: Vec<Lease> = rows.chain([Lease::Turn(Errand::Push)]).collect();
        let mut granted = self.store.lease(&leases)?;
        let turn = granted.pop() == Some(true);
        let keys: Vec<RowKey> = pending
            .iter()
            .zip(granted)
            .filter(|(_, granted)| *granted)
            .map(|(pending, _)| pending.key.clone())
            .collect();
        let mut delivered = self.release_after(&leases, |engine| {
            if keys.is_empty() {
                return Ok(Delivered::default());
            }
            if !turn {
                engine.await_turn(Errand::Push, engine.patience(), observer)?;
            }
            if alone {
                engine.ask(|remote| remote.resolve_folder())?;
            }
            let rows = Rows {
                folder,
                keys: &keys,
                leases: &leases,
                looks: None,
            };
            engine.deliver(rows, deletes, alone, observer)
        })?;
        delivered.queued += (pending.len() - keys.len()) as u64;
        Ok(delivered)
    }

    /// Rows whose item was refused are noted anew when they are due.
    fn renote_held(&mut self) -> Result<(), SyncError> {
        let due = self.store.held_due(Side::Item, 0, 512)?;
        let keys: Vec<RowKey> = due.into_iter().filter_map(|held| held.key).collect();
        if keys.is_empty() {
            return Ok(());
        }
        Ok(self.store.enqueue_all(&keys)?)
    }
}

fn count(delivered: &Delivered, report: &mut Report) {
    for effect in &delivered.effects {
        report.count(*effect);
    }
    report.queued += delivered.queued;
    for result in &delivered.results {
        report.conflicts += result.conflicts;
        if result.outcome == Outcome::Queued {
            report.queued += 1;
        }
    }
}

pub(super) fn queued(key: &RowKey, reason: String) -> PushResult {
    PushResult {
        key: key.to_string(),
        outcome: Outcome::Queued,
        reason: Some(reason),
        conflicts: 0,
    }
}
