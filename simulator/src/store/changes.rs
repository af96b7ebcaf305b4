//! What changed in a folder since a state: one page, newest first.
//!
//! A state is the set of changes already shown, kept as ranges of change numbers. A page costs what
//! it shows, not what the folder holds.

use std::collections::HashSet;
use std::sync::Arc;

use super::Store;
use super::folder::{Departed, Folder};
use super::item::{Item, ItemKind};

/// Change numbers already shown: ranges (above, up to and including), newest first, none touching.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(pub Vec<(u64, u64)>);

impl Seen {
    /// Whether a change has been shown.
    pub fn contains(&self, change: u64) -> bool {
        change != 0
            && self
                .0
                .iter()
                .any(|(above, last)| (*above < change) && (change <= *last))
    }

    fn add(&mut self, above: u64, last: u64) {
        if above >= last {
            return;
        }
        self.0.push((above, last));
        self.0.sort_unstable_by(|a, b| b.cmp(a));
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(self.0.len());
        for (above, last) in self.0.drain(..) {
            match merged.last_mut() {
                Some(newer) if newer.0 <= last => newer.0 = newer.0.min(above),
                _ => merged.push((above, last)),
            }
        }
        self.0 = merged;
    }

    /// Ranges not yet shown up to a change, newest first.
    fn gaps(&self, newest: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut top = newest;
        for (above, last) in &self.0 {
            if *last < top {
                gaps.push((*last, top));
            }
            top = top.min(*above);
        }
        if top > 0 {
            gaps.push((0, top));
        }
        gaps
    }
}

/// One entry of a page.
#[derive(Debug)]
pub enum Change {
    /// An item that the reader has not seen.
    Create(Arc<Item>),
    /// An item that the reader knows and that has changed.
    Update(Arc<Item>),
    /// An item that the reader knows and that has left the folder.
    Delete {
        /// Its number while it was here.
        number: u64,
        /// The number that it was made with.
        origin: u64,
        /// The element that showed it.
        kind: ItemKind,
    },
}

/// One page of changes.
#[derive(Debug)]
pub struct Page {
    /// At most as many as asked for, newest first, each item once.
    pub changes: Vec<Change>,
    /// What has been shown after this page.
    pub seen: Seen,
    /// Whether nothing is left.
    pub last: bool,
}

enum Entry<'a> {
    Live(&'a Arc<Item>),
    Departed(&'a Departed),
}

/// Changes in a gap, newest first.
fn entries<'a>(
    store: &'a Store,
    folder: &'a Folder,
    (above, last): (u64, u64),
) -> impl Iterator<Item = (u64, Entry<'a>)> {
    let mut live = folder.live.range(above + 1..=last).rev().peekable();
    let mut departed = folder.departed.range(above + 1..=last).rev().peekable();
    std::iter::from_fn(move || {
        loop {
            let newest_live = live.peek().map_or(0, |(change, _)| **change);
            let newest_departed = departed.peek().map_or(0, |(change, _)| **change);
            if newest_departed > newest_live {
                return departed
                    .next()
                    .map(|(change, departed)| (*change, Entry::Departed(departed)));
            }
            let (change, number) = live.next()?;
            if let Some(item) = store.item(*number) {
                return Some((*change, Entry::Live(item)));
            }
        }
    })
}

/// The next page of a folder's changes.
pub fn page(
    store: &Store,
    folder: &Folder,
    seen: &Seen,
    limit: usize,
    ignore: &HashSet<u64>,
) -> Page {
    let mut changes = Vec::with_capacity(limit.min(512));
    let mut shown = seen.clone();
    for (above, last) in seen.gaps(store.last_change()) {
        for (change, entry) in entries(store, folder, (above, last)) {
            let Some(found) = describe(entry, seen, ignore) else {
                continue;
            };
            if changes.len() == limit {
                shown.add(change, last);
                return Page {
                    changes,
                    seen: shown,
                    last: false,
                };
            }
            changes.push(found);
        }
        shown.add(above, last);
    }
    Page {
        changes,
        seen: shown,
        last: true,
    }
}

fn describe(entry: Entry<'_>, seen: &Seen, ignore: &HashSet<u64>) -> Option<Change> {
    let known = |arrived, before| seen.contains(arrived) || seen.contains(before);
    match entry {
        Entry::Live(item) if ignore.contains(&item.number) => None,
        Entry::Live(item) if known(item.arrived, item.change_before) => {
            Some(Change::Update(Arc::clone(item)))
        }
        Entry::Live(item) => Some(Change::Create(Arc::clone(item))),
        Entry::Departed(gone) => {
            let known = known(gone.arrived, gone.change_before) || seen.contains(gone.change);
            (known && !ignore.contains(&gone.number)).then_some(Change::Delete {
                number: gone.number,
                origin: gone.origin,
                kind: gone.kind,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::value::Properties;
    use crate::store::folder::FolderNo;

    fn store() -> (Store, FolderNo) {
        let store = Store::new(&["a@example.com".to_owned()], 1);
        let contacts = store.distinguished(0, "contacts").unwrap();
        (store, contacts)
    }

    fn add(store: &mut Store, folder: FolderNo) -> u64 {
        store
            .create(folder, "IPM.Contact", Properties::default(), "x")
            .number
    }

    fn next(
        store: &Store,
        folder: FolderNo,
        seen: &Seen,
        limit: usize,
    ) -> (Vec<String>, Seen, bool) {
        let page = page(
            store,
            store.folder(folder).unwrap(),
            seen,
            limit,
            &HashSet::new(),
        );
        let text = page.changes.iter().map(|change| match change {
            Change::Create(item) => format!("+{}", item.number),
            Change::Update(item) => format!("~{}", item.number),
            Change::Delete { number, .. } => format!("-{number}"),
        });
        (text.collect(), page.seen, page.last)
    }

    #[test]
    fn pages_newest_first_until_the_last() {
        let (mut store, folder) = store();
        for _ in 0..5 {
            add(&mut store, folder);
        }
        let (first, seen, last) = next(&store, folder, &Seen::default(), 2);
        assert_eq!(
            (first, last),
            (vec!["+4".to_owned(), "+3".to_owned()], false)
        );
        let (second, seen, last) = next(&store, folder, &seen, 3);
        assert_eq!(
            (second, last),
            (
                vec!["+2".to_owned(), "+1".to_owned(), "+0".to_owned()],
                true
            )
        );
        let (third, _, last) = next(&store, folder, &seen, 3);
        assert_eq!((third.len(), last), (0, true));
    }

    #[test]
    fn shows_an_item_once_and_nothing_of_one_that_came_and_went() {
        let (mut store, folder) = store();
        let kept = add(&mut store, folder);
        let (_, seen, _) = next(&store, folder, &Seen::default(), 9);
        let brief = add(&mut store, folder);
        store.remove(brief);
        store.touch(kept);
        store.touch(kept);
        let (changes, seen, _) = next(&store, folder, &seen, 9);
        assert_eq!(changes, ["~0"]);
        store.remove(kept);
        assert_eq!(next(&store, folder, &seen, 9).0, ["-0"]);
    }

    #[test]
    fn changes_between_pages_are_neither_lost_nor_wrong() {
        let (mut store, folder) = store();
        for _ in 0..4 {
            add(&mut store, folder);
        }
        let (first, seen, _) = next(&store, folder, &Seen::default(), 2);
        assert_eq!(first, ["+3", "+2"]);
        store.touch(0);
        store.touch(3);
        store.remove(1);
        store.remove(2);
        let (second, seen, last) = next(&store, folder, &seen, 2);
        assert_eq!(
            (second, last),
            (vec!["-2".to_owned(), "~3".to_owned()], false)
        );
        let (third, seen, last) = next(&store, folder, &seen, 2);
        assert_eq!((third, last), (vec!["+0".to_owned()], true));
        assert_eq!(seen.0.len(), 1);
    }

    #[test]
    fn ranges_merge() {
        let mut seen = Seen::default();
        seen.add(10, 20);
        seen.add(0, 5);
        assert_eq!(seen.gaps(25), [(20, 25), (5, 10)]);
        seen.add(5, 10);
        assert_eq!(seen, Seen(vec![(0, 20)]));
    }
}
