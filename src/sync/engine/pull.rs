//! The pull: pages of changes from Exchange into the table.

use std::collections::HashMap;

use super::Engine;
use super::ahead::Ahead;
use super::page::{PIECE, Round};
use super::prepared::Prepared;
use super::unlooked::BELIEVED;
use crate::sync::error::{RemoteClass, SyncError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, LinkId};
use crate::sync::matching::match_keys;
use crate::sync::ports::{
    Batch, Change, ChangePage, CursorMove, Fetched, HeldRecord, HoldKind, Level, Observer,
    PairState, Stage,
};
use crate::sync::report::Report;

/// So many more lists are read in one pull because something left while it was looking; then the next pull goes on.
const LISTS: usize = 3;

/// So many entries are remembered, to see that a list begins anew.
const REMEMBERED: usize = 1_024;

/// What a list of changes turned out to be.
enum Read {
    /// What changed since the cursor.
    Changes,
    /// The whole folder, as the full pass of this number.
    Folder(u64),
    /// Not what was asked for: the whole folder is to be read, for this reason.
    Anew(&'static str),
}

impl Engine<'_> {
    /// Takes over what changed in Exchange.
    ///
    /// # Errors
    /// [`SyncError::Busy`] when another process is pulling this pair, [`SyncError::Crowded`] when too many are at the mailbox; otherwise the failure that ended the pull. What was
    /// applied until then stays, and the next pull goes on from there.
    pub fn pull(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut report = self.pulling(observer, Self::pull_leased)?;
        self.finish(&mut report);
        Ok(report)
    }

    fn pull_leased(&mut self, observer: &mut dyn Observer) -> Result<Report, SyncError> {
        let mut report = Report {
            complete: true,
            ..Report::default()
        };
        match self.pull_into(&mut report, observer) {
            Err(SyncError::Remote(error)) if error.class == RemoteClass::Interrupted => {
                report.complete = false;
            }
            result => result?,
        }
        Ok(report)
    }

    fn pull_into(
        &mut self,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let (pair, folder) = self.open()?;
        (self.left_unlisted, self.unread) = (false, false);
        self.pass_open = false;
        self.unlooked.clear();
        if !pair.triggers {
            report.warnings.push(
                "the triggers on the contacts table are missing; every row is compared instead, which is slower. Call install() with an account that may create triggers"
                    .to_owned(),
            );
        }
        self.note_unnoted(&pair, report, observer)?;
        if !pair.triggers && pair.standing.paired {
            self.store.enqueue_unlinked()?;
        }
        let mut generation = self.read(&folder, report, observer)?;
        if report.complete {
            // What could not be read before may be an item that is missed under its old id: it is identified with the others.
            let unread =
                |held: &HeldRecord| held.key.is_none() && held.hold.kind == HoldKind::Refused;
            self.retry_held(&folder, unread, true, report, observer)?;
        }
        let mut settled = report.complete && self.settle(&folder, generation, report, observer)?;
        // What left while we were looking may be there under another id, which only a later list can name.
        for _ in 0..LISTS {
            if !report.complete || !std::mem::take(&mut self.left_unlisted) {
                break;
            }
            let again = self.read(&folder, report, observer)?;
            generation = again.or(generation);
            settled = report.complete && self.settle(&folder, generation, report, observer)?;
        }
        if !report.complete {
            return Ok(());
        }
        if settled && !self.left_unlisted && !self.unread && !self.unmoved {
            self.guarded_removals(&folder, report, observer)?;
        }
        self.retry_held(&folder, |_| true, false, report, observer)?;
        self.complete_pass(generation)?;
        self.store.finish_pull()?;
        Ok(())
    }

    /// Reads and applies a list of changes from the cursor on; the whole folder where the server has forgotten it or begins anew.
    /// Gives the number of the full pass if it was one.
    fn read(
        &mut self,
        folder: &FolderId,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Option<u64>, SyncError> {
        let pair = self.store.pair()?;
        let mut read = self.pages(&pair, folder, report, observer);
        if read.is_ok() && self.unmoved {
            // It may be a passing fault: nothing is decided on a part of a list without another try.
            let pair = self.store.pair()?;
            read = self.pages(&pair, folder, report, observer);
            if read.is_ok() && self.unmoved {
                report.warnings.push(
                    "Exchange said that there is more, but did not move its cursor; the next pull goes on"
                        .to_owned(),
                );
            }
        }
        let read = match read {
            Err(SyncError::Remote(error)) if error.class == RemoteClass::CursorInvalid => {
                Read::Anew("Exchange refused the cursor; comparing the whole folder")
            }
            result => result?,
        };
        let reason = match read {
            Read::Changes => return Ok(None),
            Read::Folder(generation) => return Ok(Some(generation)),
            Read::Anew(reason) => reason,
        };
        observer.log(Level::Warning, reason);
        self.store.reset_cursor()?;
        let pair = self.store.pair()?;
        Ok(match self.pages(&pair, folder, report, observer)? {
            Read::Folder(generation) => Some(generation),
            Read::Changes | Read::Anew(_) => None,
        })
    }

    /// Reads and applies all pages.
    fn pages(
        &mut self,
        pair: &PairState,
        folder: &FolderId,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Read, SyncError> {
        self.store.begin_list()?;
        let (cursor, mut round) = self.begin(pair)?;
        // What an earlier list named without moving its cursor, this one names again.
        self.unmoved = false;
        let total = None;
        let mut done = 0;
        let mut ahead = Ahead::new(
            self.remote.clone(),
            folder.clone(),
            self.book.mapped.clone(),
            self.capabilities.fetch,
        );
        ahead.list(cursor.clone());
        let first = self.heard(ahead.listed())?;
        let mut named = HashMap::new();
        names_again(&mut named, &first);
        let size = self.portion(PIECE);
        if !first.last || first.changes.len() > size {
            ahead = ahead.spawn();
        }
        let (mut page, mut pieces) = self.prepare(first, cursor, round)?.pieces(round, size);
        self.read_on(&mut ahead, &page);
        let mut undecided = !round.full;
        loop {
            let fetched = self.heard(ahead.fetched())?;
            if page.is_restarted(&fetched) {
                return Ok(Read::Anew(
                    "Exchange began its list of changes anew; comparing the whole folder",
                ));
            }
            if std::mem::take(&mut undecided) {
                round = self.decide_on_unknown(&page, &fetched, round)?;
            }
            round.defer_unknown |= page.has_departures(&fetched);
            let repeats = page.repeats();
            let next = if !page.closes {
                pieces.pop_front()
            } else if page.last || repeats {
                None
            } else {
                let listed = self.heard(ahead.listed())?;
                if names_again(&mut named, &listed) {
                    return Ok(Read::Anew(
                        "Exchange began its list of changes anew in the middle; comparing the whole folder",
                    ));
                }
                let mut next = self.prepare(listed, Some(page.to.clone()), round)?;
                next.follow(&page);
                let (first, rest) = next.pieces(round, size);
                pieces = rest;
                Some(first)
            };
            if let Some(next) = &next {
                self.read_on(&mut ahead, next);
            }
            if repeats && page.closes && !page.last {
                self.unmoved = page.entries > 0;
            }
            done += page.entries;
            self.apply_page(page, fetched, round, report, observer)?;
            let go_on = observer.progress(Stage::Pull, done, total)? && !observer.interrupted();
            match next {
                Some(next) if go_on => page = next,
                Some(_) => {
                    report.complete = false;
                    break;
                }
                None => break,
            }
        }
        Ok(if round.full {
            Read::Folder(round.generation)
        } else {
            Read::Changes
        })
    }

    fn read_on(&self, ahead: &mut Ahead, page: &Prepared) {
        ahead.fetch(page.wanted.clone());
        if page.closes && !page.last && !page.repeats() {
            ahead.list(Some(page.to.clone()));
        }
    }

    fn begin(&mut self, pair: &PairState) -> Result<(Option<Cursor>, Round), SyncError> {
        let kind = self.capabilities.kind;
        let usable = pair
            .cursor
            .clone()
            .filter(|cursor| cursor.kind == kind && !pair.wants_pass());
        let full = usable.is_none() || !pair.pass_complete;
        let generation = if usable.is_none() {
            // A pass that was killed before its first cursor has left marks under its number.
            self.store.reset_cursor()?;
            pair.generation + 1
        } else {
            pair.generation
        };
        let mut round = Round {
            generation,
            full,
            defer_unknown: false,
            has_candidates: false,
        };
        if full {
            round.has_candidates = self.store.index_candidates(&match_keys)? > 0;
            let counts = self.store.gone_counts()?;
            // Also when the first pass of all was interrupted: what it has linked may have got another id since.
            round.defer_unknown = counts.linked > 0;
        }
        Ok((usable, round))
    }

    /// In a round that is no full pass an unknown item may be one that left and came back under another id: unless the list is
    /// short and names no departure, it waits until the whole list is known.
    fn decide_on_unknown(
        &mut self,
        page: &Prepared,
        fetched: &[Fetched],
        round: Round,
    ) -> Result<Round, SyncError> {
        if !page.last {
            return Ok(Round {
                defer_unknown: true,
                ..round
            });
        }
        if !page.has_unknown() {
            return Ok(round);
        }
        Ok(Round {
            defer_unknown: page.has_departures(fetched)
                || !self.store.parked(None, 1)?.is_empty()
                || !self.store.refused(BELIEVED, 0, 1)?.is_empty()
                || self.has_never_seen(page)?,
            has_candidates: self.store.index_candidates(&match_keys)? > 0,
            ..round
        })
    }

    /// Whether an item that we made or wrote is missing in a list that should name it: it may have left under its own id.
    fn has_never_seen(&mut self, page: &Prepared) -> Result<bool, SyncError> {
        let links = self.store.never_seen(LinkId(0), page.named() + 1)?;
        Ok(links.iter().any(|link| !page.names(link)))
    }

    fn complete_pass(&mut self, generation: Option<u64>) -> Result<(), SyncError> {
        let (Some(generation), Some(cursor)) = (generation, self.store.pair()?.cursor) else {
            return Ok(());
        };
        if self.unmoved || self.pass_open {
            return Ok(());
        }
        self.store.enqueue_unlinked()?;
        let batch = Batch {
            cursor: Some(CursorMove {
                from: Some(cursor.clone()),
                to: cursor,
                generation,
                pass_complete: true,
            }),
            ..Batch::default()
        };
        self.store
            .apply(&batch, &mut |_| crate::sync::ports::Step::nothing())?;
        Ok(())
    }
}

/// Whether a page names an item once more as a page before it did, so that the list has begun anew (R11); remembers what it names.
fn names_again(named: &mut HashMap<ItemId, ChangeKey>, page: &ChangePage) -> bool {
    let present = |change: &Change| match change {
        Change::Present(id, key) => Some((id.clone(), key.clone())),
        Change::Foreign(_) | Change::Gone(_) => None,
    };
    let entries: Vec<(ItemId, ChangeKey)> = page.changes.iter().filter_map(present).collect();
    let again = entries.iter().any(|(id, key)| named.get(id) == Some(key));
    if named.len() >= REMEMBERED {
        named.clear();
    }
    named.extend(entries);
    again
}
