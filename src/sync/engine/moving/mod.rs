//! Moving a pair to another kind of server: the same items under other ids. Until the switch the pair is the old server's and goes on
//! there; on either side no contact is written.

mod lost;

use super::Engine;
use crate::sync::error::{StoreClass, StoreError, SyncError};
use crate::sync::ids::{FolderId, ItemId};
use crate::sync::ports::{
    Change, FoundBy, Identity, Lease, Level, Observer, Stage, Staged, TRANSLATED,
};
use crate::sync::report::MoveReport;
use lost::Unknown;

/// So often it is tried to switch while deliveries over the old server go on making items.
const ROUNDS: usize = 5;

impl Engine<'_> {
    /// Moves the pair from another kind of server to this one, or looks whether that would succeed. Whatever ends it early: called again it
    /// goes on, and until the switch, which is one transaction, nothing has changed for the pair.
    ///
    /// # Errors
    /// When the pair was never in step, another process is pulling or moving it, or Exchange or the store fails.
    pub fn migrate(
        &mut self,
        dry_run: bool,
        observer: &mut dyn Observer,
    ) -> Result<MoveReport, SyncError> {
        let moved = if dry_run {
            self.moving_alone(observer, Self::prepare_move)
        } else {
            self.pulling(observer, |engine, observer| {
                engine.moving_alone(observer, Self::move_pair)
            })
        };
        let mut report = match moved {
            Err(SyncError::Interrupted) => self.stopped_move()?,
            moved => moved?,
        };
        report.requests = self.sent();
        Ok(report)
    }

    fn moving_alone(
        &mut self,
        observer: &mut dyn Observer,
        work: fn(&mut Self, &Identity, &mut dyn Observer) -> Result<MoveReport, SyncError>,
    ) -> Result<MoveReport, SyncError> {
        if self.store.lease(&[Lease::Move])? != [true] {
            return Err(StoreError::new(
                StoreClass::Contended,
                "another process is moving this pair; try again when it has finished, or leave it to that one",
            )
            .into());
        }
        self.release_after(&[Lease::Move], |engine| {
            let pair = engine.store.pair()?;
            let Some(from) = &pair.standing.identity else {
                return Err(StoreError::new(
                    StoreClass::Config,
                    "this pair has not been in step with Exchange yet, so there is nothing to move: call sync()",
                )
                .into());
            };
            if from.kind == engine.capabilities.kind {
                // It is there already, unless it is another one altogether.
                engine.folder(&pair.standing)?;
                let linked = engine.store.counts()?.linked;
                let mut report = engine.move_report(from);
                report.moved = true;
                report.counts.linked = linked;
                return Ok(report);
            }
            work(engine, from, observer)
        })
    }

    fn stopped_move(&mut self) -> Result<MoveReport, SyncError> {
        let pair = self.store.pair()?;
        let mut report = pair
            .standing
            .identity
            .map_or_else(MoveReport::default, |from| self.move_report(&from));
        report.refused = Some(
            "stopped on request of the caller; nothing was changed, and the next call goes on"
                .to_owned(),
        );
        Ok(report)
    }

    fn move_report(&self, from: &Identity) -> MoveReport {
        MoveReport {
            from: from.kind.clone(),
            to: self.capabilities.kind.to_owned(),
            ..MoveReport::default()
        }
    }

    fn prepare_move(
        &mut self,
        from: &Identity,
        observer: &mut dyn Observer,
    ) -> Result<MoveReport, SyncError> {
        Ok(self.prepared_move(from, observer)?.1)
    }

    /// Finds every item's new id and compares with the folder. Gives the folder, and what a move would do.
    fn prepared_move(
        &mut self,
        from: &Identity,
        observer: &mut dyn Observer,
    ) -> Result<(FolderId, MoveReport), SyncError> {
        let mut report = self.move_report(from);
        let folder = self.remote.resolve_folder()?.id;
        self.store.begin_move(self.capabilities.kind)?;
        self.translate_all(from, false, observer)?;
        let lost = self.lost()?;
        let unknown = self.compare_folder(&folder, !lost.is_empty(), &mut report, observer)?;
        self.find_lost(lost, unknown)?;
        report.counts = self.store.move_counts()?;
        report.unknown -= (report.counts.by_stamp + report.counts.by_content).min(report.unknown);
        let (missing, linked) = (report.counts.missing, report.counts.linked);
        let too_many = self.book.policy.needs_confirmation(missing, linked);
        // Without any of its items it is another folder, however few they are.
        if missing > 0 && (too_many || missing == linked) {
            report.refused = Some(format!(
                "{missing} of {linked} contacts in step are not in the folder as {} shows it, and the next pull would take them for deleted; check that mailbox and folder are the ones that the pair is synced with. If they were deleted, let the pair be synced and the deletions confirmed over {} first. Nothing was changed",
                report.to, report.from
            ));
        }
        Ok((folder, report))
    }

    fn move_pair(
        &mut self,
        from: &Identity,
        observer: &mut dyn Observer,
    ) -> Result<MoveReport, SyncError> {
        let (folder, mut report) = self.prepared_move(from, observer)?;
        if report.refused.is_some() {
            return Ok(report);
        }
        let to = Identity {
            kind: self.capabilities.kind.to_owned(),
            server: self.settings.server.clone(),
            mailbox: self.settings.mailbox.to_lowercase(),
            folder,
        };
        for _ in 0..ROUNDS {
            // What was made meanwhile over the old server is in the folder.
            self.translate_all(from, true, observer)?;
            if self.store.switch(from, &to)? {
                report.moved = true;
                let told = format!("the pair is moved from {} to {}", report.from, report.to);
                observer.log(Level::Info, &told);
                return Ok(report);
            }
        }
        Err(StoreError::new(
            StoreClass::Contended,
            "contacts go on being made over the old server while the pair is to be moved; call migrate() again when it is quieter",
        )
        .into())
    }

    /// Asks for the new ids of all items of which nobody has done so.
    fn translate_all(
        &mut self,
        from: &Identity,
        listed: bool,
        observer: &mut dyn Observer,
    ) -> Result<(), SyncError> {
        let mut done = 0;
        loop {
            let old = self.store.unstaged(TRANSLATED)?;
            if old.is_empty() {
                return Ok(());
            }
            go_on(observer, done)?;
            let new = self.remote.translate(&from.kind, &old)?;
            done += old.len() as u64;
            let staged: Vec<Staged> = old
                .into_iter()
                .zip(new)
                .map(|(old, new)| Staged {
                    old,
                    new,
                    by: FoundBy::Translation,
                    listed,
                })
                .collect();
            self.store.stage(self.capabilities.kind, &staged)?;
        }
    }

    /// Reads the list of the whole folder and notes which items are there. Gives those that nobody knows, if they are wanted.
    fn compare_folder(
        &mut self,
        folder: &FolderId,
        wanted: bool,
        report: &mut MoveReport,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Unknown>, SyncError> {
        let mut unknown = Vec::new();
        let (mut cursor, mut done) = (None, 0);
        loop {
            go_on(observer, done)?;
            let page = self.remote.changes(folder, cursor.as_ref())?;
            let present: Vec<ItemId> = page
                .changes
                .into_iter()
                .filter_map(|change| match change {
                    Change::Present(id, _) => Some(id),
                    Change::Foreign(_) | Change::Gone(_) => None,
                })
                .collect();
            done += present.len() as u64;
            let known = self.store.stage_listed(&present)?;
            let new: Vec<ItemId> = present
                .into_iter()
                .zip(known)
                .filter_map(|(id, known)| (!known).then_some(id))
                .collect();
            report.unknown += new.len() as u64;
            if wanted {
                self.look_at_unknown(folder, &new, &mut unknown)?;
            }
            if page.last || cursor.as_ref() == Some(&page.cursor) {
                return Ok(unknown);
            }
            cursor = Some(page.cursor);
        }
    }
}

/// Tells how far it is, and stops where the caller wants that.
fn go_on(observer: &mut dyn Observer, done: u64) -> Result<(), SyncError> {
    if observer.progress(Stage::Move, done, None)? && !observer.interrupted() {
        Ok(())
    } else {
        Err(SyncError::Interrupted)
    }
}
