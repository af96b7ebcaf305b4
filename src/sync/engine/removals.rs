//! Deletions in Exchange, carried out at the end of a round, when their number is known (R8).

use std::collections::HashSet;

use super::Engine;
use super::page::by_item;
use super::work::Intent;
use crate::sync::error::SyncError;
use crate::sync::ids::{FolderId, ItemId, LinkId, RowKey};
use crate::sync::link::{LinkRef, LinkState};
use crate::sync::plan::plan_row_removal;
use crate::sync::ports::{Applied, Batch, Effect, Fetched, Lease, Level, Observer, Target};
use crate::sync::report::Report;

const PAGE: usize = 256;

impl Engine<'_> {
    /// Carries out what a person was last asked about and has now agreed to, after a look at each item: deletions on either side,
    /// and rows that changed in masses without a trace. What came after the question is not meant and is asked about anew (R8).
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub fn confirm_deletes(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut agreed = HashSet::new();
        let mut report = self.leased(Lease::Pull, |engine| {
            let (_, folder) = engine.open()?;
            let mut report = Report {
                complete: true,
                ..Report::default()
            };
            let mut after = LinkId(0);
            loop {
                let links = engine.store.asked(after, PAGE)?;
                let Some(last) = links.last() else {
                    return Ok(report);
                };
                after = last.id;
                let (gone, there): (Vec<LinkRef>, Vec<LinkRef>) = links
                    .into_iter()
                    .partition(|link| link.state == LinkState::RemoteGone);
                let keys: Vec<RowKey> = there.iter().map(|link| link.key.clone()).collect();
                engine.store.note_rows(&keys)?;
                agreed.extend(there.iter().map(|link| link.id));
                let gone = engine.still_gone(&folder, gone, &mut report, observer)?;
                engine.remove_rows(&gone, &mut report)?;
            }
        })?;
        report.add(self.deliver_pending(Some(agreed), observer)?);
        self.store.forget_asked()?;
        self.finish(&mut report);
        Ok(report)
    }

    pub(super) fn execute_removals(
        &mut self,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let counts = self.store.gone_counts()?;
        let policy = self.book.policy;
        let asks = counts.waiting > 0
            && policy.needs_confirmation(counts.waiting + counts.done_today, counts.linked);
        if asks {
            report.waiting_deletes = counts.waiting;
            let warning = format!(
                "{} contacts are gone in Exchange ({} more within a day) of {} in step; nothing is deleted until confirmDeletes() is called",
                counts.waiting, counts.done_today, counts.linked
            );
            observer.log(Level::Warning, &warning);
            report.warnings.push(warning);
        }
        let mut after = LinkId(0);
        loop {
            let links = self.store.gone(after, PAGE)?;
            let Some(last) = links.last() else {
                return Ok(());
            };
            after = last.id;
            if asks {
                let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
                self.store.ask_about(&ids)?;
            } else {
                self.remove_rows(&links, report)?;
            }
        }
    }

    /// Looks again at items that a person has confirmed as gone; one that is back is taken over.
    fn still_gone(
        &mut self,
        folder: &FolderId,
        links: Vec<LinkRef>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Vec<LinkRef>, SyncError> {
        let (known, without): (Vec<LinkRef>, Vec<LinkRef>) =
            links.into_iter().partition(|link| link.item.is_some());
        let mut known = by_item(known);
        let ids: Vec<ItemId> = known.keys().cloned().collect();
        let fetched = self.fetch_all(folder, &ids, report)?;
        let mut gone = without;
        let mut work = Vec::new();
        for (id, fetched) in ids.iter().zip(fetched) {
            let Some(link) = known.remove(id) else {
                continue;
            };
            match fetched {
                Fetched::Gone => gone.push(link),
                Fetched::Item(item) => {
                    work.push((
                        Target::Link(link.id, link.version),
                        Intent::Absorb(item, Some(link.key.clone())),
                    ));
                }
                Fetched::Foreign | Fetched::Failed(_) => {}
            }
        }
        self.carry_out(Batch::default(), work, true, report, observer)?;
        Ok(gone)
    }

    fn remove_rows(&mut self, links: &[LinkRef], report: &mut Report) -> Result<(), SyncError> {
        let batch = Batch {
            targets: links
                .iter()
                .map(|link| Target::Link(link.id, link.version))
                .collect(),
            ..Batch::default()
        };
        if batch.targets.is_empty() {
            return Ok(());
        }
        let book = self.book.clone();
        let applied = self
            .store
            .apply(&batch, &mut |seen| plan_row_removal(seen, &book.rules()))?;
        for applied in applied {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    report.count(effect);
                    report.conflicts += conflicts as u64;
                }
                Applied::Held(..) => report.count(Effect::Held),
                Applied::Missed(_) => {}
            }
        }
        Ok(())
    }
}
