//! Moving a pair to another kind of server: the same items under other ids. Until the switch the pair is the old server's and goes on
//! there; on either side no contact is written.

use std::collections::HashMap;

use super::Engine;
use super::settle::{PAGE, fetch};
use crate::contact::{Kind, Property};
use crate::sync::error::{StoreClass, StoreError, SyncError};
use crate::sync::ids::{FolderId, ItemId, LinkId, Stamp};
use crate::sync::matching::{MatchKey, match_keys, pair_off};
use crate::sync::ports::{
    Change, Fetched, FoundBy, Identity, Item, Lease, Level, Observer, RowSeen, Stage, Staged,
    TRANSLATED,
};
use crate::sync::report::MoveReport;

/// So often it is tried to switch while deliveries over the old server go on making items.
const ROUNDS: usize = 5;

/// An item of which no link is known, by what tells whose it is.
struct Unknown {
    id: ItemId,
    stamp: Option<Stamp>,
    keys: Vec<MatchKey>,
}

/// A link whose item was not found, by its number and the old id of its item.
type Lost = (LinkId, ItemId);

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
        let mut report = if dry_run {
            self.moving_alone(observer, Self::prepare_move)?
        } else {
            self.pulling(observer, |engine, observer| {
                engine.moving_alone(observer, Self::move_pair)
            })?
        };
        report.requests = self.remote.requests().saturating_sub(self.requests_before);
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
            let Some(from) = &pair.identity else {
                return Err(StoreError::new(
                    StoreClass::Config,
                    "this pair has not been in step with Exchange yet, so there is nothing to move: call sync()",
                )
                .into());
            };
            if from.kind == engine.capabilities.kind {
                // It is there already, unless it is another one altogether.
                engine.folder(&pair)?;
                let linked = engine.store.counts()?.linked;
                let mut report = engine.move_report(from);
                report.moved = true;
                report.counts.linked = linked;
                return Ok(report);
            }
            work(engine, from, observer)
        })
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

    /// The links whose items have no new id yet.
    fn lost(&mut self) -> Result<Vec<Lost>, SyncError> {
        let mut lost = Vec::new();
        let mut after = LinkId(0);
        loop {
            let links = self.store.unfound(after, PAGE)?;
            let Some(last) = links.last() else {
                return Ok(lost);
            };
            after = last.id;
            lost.extend(
                links
                    .into_iter()
                    .filter_map(|link| Some((link.id, link.item?))),
            );
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

    fn look_at_unknown(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        unknown: &mut Vec<Unknown>,
    ) -> Result<(), SyncError> {
        let telling: Vec<Property> = self
            .book
            .mapped
            .iter()
            .filter(|property| property.kind() != Kind::Picture)
            .copied()
            .collect();
        for some in ids.chunks(self.capabilities.fetch.max(1)) {
            let fetched = fetch(self.remote.as_ref(), folder, some, &telling)?;
            unknown.extend(fetched.into_iter().filter_map(|fetched| match fetched {
                Fetched::Item(item) => Some(Unknown::of(*item)),
                Fetched::Gone | Fetched::Foreign(_) | Fetched::Failed(_) => None,
            }));
        }
        Ok(())
    }

    /// Finds lost items among those that nobody knows: by our stamp where one item alone bears it, then by what they hold.
    fn find_lost(&mut self, lost: Vec<Lost>, mut unknown: Vec<Unknown>) -> Result<(), SyncError> {
        if lost.is_empty() || unknown.is_empty() {
            return Ok(());
        }
        let mut lost: HashMap<LinkId, ItemId> = lost.into_iter().collect();
        let mut found = Vec::new();
        for (link, id) in self.by_their_stamps(&unknown)? {
            if let Some(old) = lost.remove(&link) {
                unknown.retain(|item| item.id != id);
                found.push(staged(old, id, FoundBy::Stamp));
            }
        }
        let items: Vec<(ItemId, Vec<MatchKey>)> = unknown
            .into_iter()
            .map(|unknown| (unknown.id, unknown.keys))
            .collect();
        let links = self.keys_of_links(&lost)?;
        for (id, link) in pair_off(&items, &links, true) {
            if let Some(old) = lost.remove(&link) {
                found.push(staged(old, id, FoundBy::Content));
            }
        }
        for some in found.chunks(PAGE) {
            self.store.stage(self.capabilities.kind, some)?;
        }
        Ok(())
    }

    /// The links whose stamp one of these items alone bears. Of two, a person has copied one.
    fn by_their_stamps(&mut self, unknown: &[Unknown]) -> Result<Vec<(LinkId, ItemId)>, SyncError> {
        let stamped: Vec<(Stamp, ItemId)> = unknown
            .iter()
            .filter_map(|item| Some((item.stamp.clone()?, item.id.clone())))
            .collect();
        let mut items: HashMap<LinkId, Vec<ItemId>> = HashMap::new();
        for some in stamped.chunks(PAGE) {
            let stamps: Vec<Stamp> = some.iter().map(|(stamp, _)| stamp.clone()).collect();
            let links: HashMap<Stamp, LinkId> = self
                .store
                .links_stamped(&stamps)?
                .into_iter()
                .map(|(stamp, link)| (stamp, link.id))
                .collect();
            for (stamp, id) in some {
                if let Some(link) = links.get(stamp) {
                    items.entry(*link).or_default().push(id.clone());
                }
            }
        }
        Ok(items
            .into_iter()
            .filter_map(|(link, items)| match items.as_slice() {
                [one] => Some((link, one.clone())),
                _ => None,
            })
            .collect())
    }

    /// The keys of what the items of these links last held, and of what their rows hold.
    fn keys_of_links(
        &mut self,
        lost: &HashMap<LinkId, ItemId>,
    ) -> Result<Vec<(LinkId, Vec<MatchKey>)>, SyncError> {
        let mut found = Vec::new();
        let mut after = LinkId(0);
        loop {
            let links = self.store.unfound(after, PAGE)?;
            let Some(last) = links.last() else {
                return Ok(found);
            };
            after = last.id;
            let rows: Vec<_> = links.into_iter().map(|link| link.key).collect();
            for look in self.store.look(&rows)? {
                let Some(link) = look.link.filter(|link| lost.contains_key(&link.id)) else {
                    continue;
                };
                let mut keys = match_keys(&link.base.item());
                if let RowSeen::Present(row) = &look.row {
                    for key in match_keys(&row.contact) {
                        if !keys.contains(&key) {
                            keys.push(key);
                        }
                    }
                }
                found.push((link.id, keys));
            }
        }
    }
}

impl Unknown {
    fn of(item: Item) -> Self {
        Self {
            keys: match_keys(&item.contact),
            id: item.id,
            stamp: item.stamp,
        }
    }
}

const fn staged(old: ItemId, new: ItemId, by: FoundBy) -> Staged {
    Staged {
        old,
        new: Some(new),
        by,
        listed: true,
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
