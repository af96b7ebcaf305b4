//! The guard: what disappears or changes in masses waits for a person's word, in both directions (R8, R9, R25).

use std::collections::HashSet;

use super::Engine;
use crate::sync::error::SyncError;
use crate::sync::ids::{FolderId, LinkId, OutboxId, RowKey};
use crate::sync::link::Link;
use crate::sync::ports::{Asked, GoneCounts, Level, Observer, PairState, RowSeen};
use crate::sync::report::Report;

const PAGE: usize = 512;

/// Which items a delivery may delete because their rows have vanished.
#[derive(Debug)]
pub(super) enum Deletes {
    /// All: the caller named the row itself.
    Any,
    /// So many more; what vanishes while the round runs is counted by the next one.
    AtMost(u64),
    /// Those of these links.
    Only(HashSet<LinkId>),
}

impl Deletes {
    /// Whether the item of a link may be deleted; one that may is counted.
    pub(super) fn allow(&mut self, link: Option<&Link>) -> bool {
        match self {
            Self::Any => true,
            Self::AtMost(0) => false,
            Self::AtMost(left) => {
                *left -= 1;
                true
            }
            Self::Only(links) => link.is_some_and(|link| links.contains(&link.id)),
        }
    }
}

impl Engine<'_> {
    /// Carries out what a person was asked about, and nothing else: deletions in Exchange and vanished rows, each looked at again
    /// however many they are, and rows that changed without a note. What came since is asked about by the next round.
    ///
    /// # Errors
    /// As [`pull`](Self::pull). What was not carried out is still confirmed by the next call.
    pub fn confirm_deletes(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut report = self.pulling(observer, |engine, observer| {
            let (_, folder) = engine.open()?;
            let mut report = Report {
                complete: true,
                ..Report::default()
            };
            let gone = engine.asked(Asked::ItemsGone)?;
            if !gone.is_empty() {
                engine.execute_removals(&folder, Some(&gone), &mut report, observer)?;
            }
            engine.store.ask_about(Asked::ItemsGone, &[])?;
            let differing = engine.store.asked_about(Asked::RowsDiffer)?;
            let keys: Vec<RowKey> = differing.into_iter().map(|(_, key)| key).collect();
            engine.store.enqueue_all(&keys)?;
            engine.store.ask_about(Asked::RowsDiffer, &[])?;
            Ok(report)
        })?;
        let vanished = self.asked(Asked::RowsGone)?;
        report.add(self.deliver_pending(Some(vanished), observer)?);
        if report.complete && report.failure.is_none() {
            self.store.ask_about(Asked::RowsGone, &[])?;
        }
        self.finish(&mut report);
        Ok(report)
    }

    fn asked(&mut self, what: Asked) -> Result<HashSet<LinkId>, SyncError> {
        let asked = self.store.asked_about(what)?;
        Ok(asked.into_iter().map(|(link, _)| link).collect())
    }

    /// Whether so many items are gone that their rows may not be deleted without a person's word.
    pub(super) fn too_many_gone(&self, counts: &GoneCounts) -> bool {
        counts.waiting > 0
            && self
                .book
                .policy
                .needs_confirmation(counts.waiting + counts.done_today, counts.linked)
    }

    /// Carries out the deletions of this round, or asks about them.
    pub(super) fn guarded_removals(
        &mut self,
        folder: &FolderId,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let counts = self.store.gone_counts()?;
        if !self.too_many_gone(&counts) {
            self.store.ask_about(Asked::ItemsGone, &[])?;
            return self.execute_removals(folder, None, report, observer);
        }
        let mut waiting = Vec::new();
        let mut after = LinkId(0);
        loop {
            let links = self.store.gone(after, PAGE)?;
            let Some(last) = links.last() else {
                break;
            };
            after = last.id;
            waiting.extend(links.iter().map(|link| link.id));
        }
        self.store.ask_about(Asked::ItemsGone, &waiting)?;
        report.waiting_deletes = counts.waiting;
        let warning = format!(
            "{} contacts are gone in Exchange ({} more within a day) of {} in step; nothing is deleted until confirmDeletes() is called",
            counts.waiting, counts.done_today, counts.linked
        );
        warn(warning, report, observer);
        Ok(())
    }

    /// Which items this round may delete because their rows have vanished; asks about them if they are many (R9).
    pub(super) fn guard_items(
        &mut self,
        total: u64,
        report: &mut Report,
    ) -> Result<Deletes, SyncError> {
        if total <= self.book.policy.max_deletes {
            self.store.ask_about(Asked::RowsGone, &[])?;
            return Ok(Deletes::AtMost(self.book.policy.max_deletes));
        }
        let mut vanished = Vec::new();
        let mut after = OutboxId(0);
        loop {
            let pending = self.store.pending(after, PAGE)?;
            let Some(last) = pending.last() else {
                break;
            };
            after = last.first;
            let keys: Vec<RowKey> = pending.iter().map(|pending| pending.key.clone()).collect();
            let looks = self.store.look(&keys)?.into_iter();
            vanished.extend(
                looks
                    .filter(|look| look.row == RowSeen::Absent)
                    .filter_map(|look| look.link.map(|link| link.id)),
            );
        }
        let linked = self.store.gone_counts()?.linked;
        let count = vanished.len() as u64;
        if !self.book.policy.needs_confirmation(count, linked) {
            self.store.ask_about(Asked::RowsGone, &[])?;
            return Ok(Deletes::Only(vanished.into_iter().collect()));
        }
        self.store.ask_about(Asked::RowsGone, &vanished)?;
        report.waiting_deletes = count;
        report.warnings.push(format!(
            "{count} of {linked} contacts have vanished from the table; their items are not deleted until confirmDeletes() is called"
        ));
        Ok(Deletes::AtMost(0))
    }

    /// Notes rows that changed although no trigger spoke of them (R12). Where there are triggers, or were, and such rows are many, the
    /// table was restored or rebuilt: those that differ are not noted but asked about (R25). A slice that finds many is a sign to
    /// count them all, so that no mass goes through slice by slice.
    pub(super) fn note_unnoted(
        &mut self,
        pair: &PairState,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut found = self.store.compare_rows(!pair.triggers)?;
        if !found.by_surprise {
            let differing = found.differing.into_iter().map(|(key, _)| key);
            found.others.extend(differing);
            self.store.ask_about(Asked::RowsDiffer, &[])?;
            return Ok(self.store.enqueue_all(&found.others)?);
        }
        let count = (found.differing.len() + found.others.len()) as u64;
        let was_asked = !self.store.asked_about(Asked::RowsDiffer)?.is_empty();
        if pair.triggers && (was_asked || count > self.book.policy.max_deletes) {
            found = self.store.compare_rows(true)?;
        }
        let differing = found.differing.len() as u64;
        let linked = match differing {
            0 => 0,
            _ => self.store.gone_counts()?.linked,
        };
        let (keys, links): (Vec<RowKey>, Vec<LinkId>) = found.differing.into_iter().unzip();
        if self.book.policy.needs_confirmation(differing, linked) {
            self.store.ask_about(Asked::RowsDiffer, &links)?;
            let warning = format!(
                "{differing} of {linked} contacts differ in the table from what was last in step although no trigger noted a change, as after a restore of the table; they are not delivered to Exchange until confirmDeletes() is called"
            );
            warn(warning, report, observer);
        } else {
            if was_asked {
                self.store.ask_about(Asked::RowsDiffer, &[])?;
            }
            found.others.extend(keys);
        }
        Ok(self.store.enqueue_all(&found.others)?)
    }
}

fn warn(warning: String, report: &mut Report, observer: &mut dyn Observer) {
    observer.log(Level::Warning, &warning);
    report.warnings.push(warning);
}
