//! Deletions in Exchange, carried out at the end of a round, when their number is known (R8).

use std::collections::HashSet;

use super::Engine;
use super::page::by_item;
use super::work::Intent;
use crate::sync::error::SyncError;
use crate::sync::ids::{FolderId, ItemId, LinkId};
use crate::sync::link::LinkRef;
use crate::sync::plan::plan_row_removal;
use crate::sync::ports::{Applied, Batch, Effect, Fetched, Observer, Target};
use crate::sync::report::Report;

const PAGE: usize = 128;

impl Engine<'_> {
    /// Carries out the deletions that wait: all of them, or those of a set, looked at again.
    pub(super) fn execute_removals(
        &mut self,
        folder: &FolderId,
        confirmed: Option<&HashSet<LinkId>>,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut after = LinkId(0);
        loop {
            let mut links = self.store.gone(after, self.portion(PAGE))?;
            let Some(last) = links.last() else {
                return Ok(());
            };
            after = last.id;
            if let Some(confirmed) = confirmed {
                links.retain(|link| confirmed.contains(&link.id));
                links = self.still_gone(folder, links, report, observer)?;
            }
            self.remove_rows(&links, report)?;
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
            let target = Target::Link(link.id, link.version);
            match fetched {
                Fetched::Gone => gone.push(link),
                Fetched::Item(item) => {
                    work.push((target, Intent::Absorb(item, Some(link.key.clone()))));
                }
                Fetched::Foreign(version) => work.push((target, Intent::LeaveOut(version))),
                Fetched::Failed(_) => {}
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
